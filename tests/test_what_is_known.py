"""Do the views say how far their figures can be trusted?"""

import sqlite3

from conftest import Client


def one(db: sqlite3.Connection, query: str) -> object:
    return db.execute(query).fetchone()[0]


def test_an_interval_says_whether_unnamed_losers_could_raise_its_lower_end(db: sqlite3.Connection) -> None:
    # Kirkuk leaves 645 votes to nobody, less than the 25,910 of a named loser; Anbar lumps 17,457 and names no loser.
    query = "select lower_known from implied_divisor where contest_id = '{}-general'"
    assert one(db, query.format("2023-kirkuk")) == 1
    assert one(db, query.format("2013-anbar")) == 0


def test_nothing_is_said_of_a_remainder_below_nought(db: sqlite3.Connection) -> None:
    # The rows of Nineveh have 20,558 votes more than its total.
    row = db.execute("select * from seat_margins where contest_id = '2013-nineveh-general'").fetchone()
    assert (row["remainder"], row["remainder_can_matter"]) == (-20558, None)


def test_the_stage_of_summed_votes_is_that_of_the_weakest_part(scratch: sqlite3.Connection) -> None:
    query = "select votes_stage from seat_totals where list_id = 'babylon-2023' and votes_basis = 'summed'"
    assert one(scratch, query) == "undated"
    scratch.execute("update claims set stage = 'preliminary' where id = 'wikipedia-2023-assyrian-ninewa-1-votes'")
    assert one(scratch, query) == "preliminary"


def test_a_copy_is_no_independent_source(scratch: sqlite3.Connection) -> None:
    query = "select sources || ' ' || independent_sources from coverage where election_id = '2013'"
    query += " and governorate_id = 'dhi-qar'"
    assert one(scratch, query) == "2 2"
    scratch.execute("update sources set copied_from = 'wikipedia-2013' where id = 'wikipedia-2013-dhi-qar'")
    assert one(scratch, query) == "2 1"


def test_what_contradicts_a_result_is_two_links_away(client: Client) -> None:
    result = client.get("/elections/results/2023-kirkuk-general-uruba").text
    assert 'href="/elections/claims/wikipedia-2023-kirkuk-general-6-votes"' in result
    claim = client.get("/elections/claims/wikipedia-2023-kirkuk-general-6-votes").text
    assert 'href="/elections/claims?figure_id=2023-kirkuk-general-uruba-votes"' in claim
    figure = client.get("/elections/claims?figure_id=2023-kirkuk-general-uruba-votes").text
    assert "47,919" in figure
    assert "49,919" in figure
