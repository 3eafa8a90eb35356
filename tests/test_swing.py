"""Is a party followed from one election to any later one, through whatever became of it, and nothing beyond that?

Elections are made up in Wasit and Najaf, beside those of the data: of 3001, 3005 and 3009.
"""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence

import pytest

# A list: its party, None for an alliance; its votes and its seats, None if unknown.
Stood = tuple[str, str | None, int | None, int | None]
FIRST, SECOND, THIRD = "first", "second", "of-3009"
DAYS = {FIRST: "3001-05-01", SECOND: "3005-05-01", THIRD: "3009-05-01"}


def hold(db: sqlite3.Connection, election: str, councils: Mapping[str, Sequence[Stood]], total: int | None = None):
    """Hold an election: the lists of each council, of ten seats."""
    db.execute(
        "insert into elections (id, title, title_ar, short_title, short_title_ar, polling_date)"
        " values (?1, ?1, ?1, ?1, ?1, ?2)",
        [election, DAYS[election]],
    )
    for governorate, stood in councils.items():
        contest = f"{election}-{governorate}-general"
        db.execute(
            "insert into contests values (?, ?, ?, 'general', 10, ?, 'unknown', 'printed', '')",
            [contest, election, governorate, DAYS[election]],
        )
        if total is not None:
            db.execute(
                "insert into place_totals (id, election_id, governorate_id, votes) values (?, ?, ?, ?)",
                [contest, election, governorate, total],
            )
        for name, party, votes, seats in stood:
            db.execute("insert or ignore into parties (id, name) values (?1, ?1)", [party or "nobody"])
            list_id = f"{name}-{election}"
            db.execute(
                "insert or ignore into lists (id, election_id, name, party_id) values (?1, ?2, ?1, ?3)",
                [list_id, election, party],
            )
            db.execute(
                "insert into results (id, contest_id, list_id, votes, votes_claim_id, seats, seats_basis,"
                " seats_claim_id) values (?, ?, ?, ?, 'x', ?, ?, 'x')",
                [f"{contest}-{name}", contest, list_id, votes, seats, None if seats is None else "printed"],
            )


def link(db: sqlite3.Connection, earlier: str, later: str, kind: str) -> None:
    for party in (earlier, later):
        db.execute("insert or ignore into parties (id, name) values (?1, ?1)", [party])
    db.execute("insert into party_links values (?, ?, ?, 'certain', 'made up')", [earlier, later, kind])


def member(db: sqlite3.Connection, list_id: str, party: str) -> None:
    db.execute("insert or ignore into parties (id, name) values (?1, ?1)", [party])
    db.execute(
        "insert into list_members (list_id, party_id, certainty, evidence) values (?, ?, 'certain', 'made up')",
        [list_id, party],
    )


def seats(
    db: sqlite3.Connection, earlier: str, later: str, governorate: str = "wasit", mapping: str = "strict"
) -> dict[str, tuple[int | None, int | None]]:
    """The seats of each party in both elections."""
    rows = db.execute(
        "select party_id, earlier_seats, later_seats from swing where earlier_election_id = ?"
        " and later_election_id = ? and governorate_id = ? and mapping = ?",
        [earlier, later, governorate, mapping],
    ).fetchall()
    assert len({row["party_id"] for row in rows}) == len(rows), "a party has one row"
    return {row["party_id"]: (row["earlier_seats"], row["later_seats"]) for row in rows}


# Which elections are compared?


def test_any_two_elections_are_compared_the_earlier_one_first(scratch: sqlite3.Connection) -> None:
    """By their days, whatever their ids are called."""
    for election, won in ((FIRST, 7), (SECOND, 5), (THIRD, 1)):
        hold(scratch, election, {"wasit": [("dawn", "dawn", 100, won)]})
    assert seats(scratch, FIRST, SECOND) == {"dawn": (7, 5)}
    assert seats(scratch, FIRST, THIRD) == {"dawn": (7, 1)}
    assert seats(scratch, SECOND, THIRD) == {"dawn": (5, 1)}
    assert seats(scratch, SECOND, FIRST) == {}
    real = [row["id"] for row in scratch.execute("select id from elections where polling_date < '3000'")]
    for election in real:
        assert "dawn" in seats(scratch, election, THIRD)


def test_the_latest_two_elections_with_councils_entered_are_the_default(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("dawn", "dawn", 100, 7)]})
    hold(scratch, SECOND, {"wasit": [("dawn", "dawn", 100, 5)]})
    hold(scratch, THIRD, {"wasit": []})  # known to have been held, and no more
    query = "select earlier_election_id, later_election_id from election_pairs where is_latest"
    assert [tuple(row) for row in scratch.execute(query)] == [(FIRST, SECOND)]
    number = scratch.execute("select count(*) from elections").fetchone()[0]
    assert scratch.execute("select count(*) from election_pairs").fetchone()[0] == number * (number - 1) // 2


# Who is a party's successor?


def test_a_party_that_took_another_name_has_one_row_under_the_new_one(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("dawn", "dawn", 100, 7)]})
    hold(scratch, SECOND, {"wasit": [("noon", "noon", 100, 5)]})
    link(scratch, "dawn", "noon", "renamed")
    assert seats(scratch, FIRST, SECOND) == {"noon": (7, 5)}
    row = scratch.execute("select * from swing where party_id = 'noon' and mapping = 'strict'"
                          " and earlier_election_id = ?", [FIRST]).fetchone()  # fmt: skip
    assert sorted(json.loads(row["party_ids"])) == ["dawn", "noon"]
    assert (row["earlier_list_ids"], row["later_list_ids"]) == (f'["dawn-{FIRST}"]', f'["noon-{SECOND}"]')


def test_a_successor_is_found_through_names_that_never_stood(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("dawn", "dawn", 100, 7)]})
    hold(scratch, THIRD, {"wasit": [("dusk", "dusk", 100, 5)]})
    link(scratch, "dawn", "noon", "renamed")
    link(scratch, "noon", "dusk", "renamed")
    assert seats(scratch, FIRST, THIRD) == {"dusk": (7, 5)}


def test_parties_that_merged_are_added_up(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("sun", "sun", 100, 4), ("moon", "moon", 50, 2)]})
    hold(scratch, SECOND, {"wasit": [("sky", "sky", 100, 5)]})
    for party in ("sun", "moon"):
        link(scratch, party, "sky", "merged")
    assert seats(scratch, FIRST, SECOND) == {"sky": (6, 5)}


def test_the_sum_over_parties_that_merged_is_unknown_if_a_part_of_it_is(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("sun", "sun", None, 4), ("moon", "moon", 50, None)]})
    hold(scratch, SECOND, {"wasit": [("sky", "sky", 100, 5)]})
    for party in ("sun", "moon"):
        link(scratch, party, "sky", "merged")
    row = scratch.execute("select * from swing where party_id = 'sky' and mapping = 'strict'"
                          " and earlier_election_id = ?", [FIRST]).fetchone()  # fmt: skip
    assert (row["earlier_votes"], row["earlier_seats"], row["seats_change"]) == (None, None, None)


def test_a_merger_is_not_read_back_into_elections_before_it(scratch: sqlite3.Connection) -> None:
    both: list[Stood] = [("sun", "sun", 100, 4), ("moon", "moon", 50, 2)]
    hold(scratch, FIRST, {"wasit": both})
    hold(scratch, SECOND, {"wasit": both})
    hold(scratch, THIRD, {"wasit": [("sky", "sky", 100, 5)]})
    for party in ("sun", "moon"):
        link(scratch, party, "sky", "merged")
    assert seats(scratch, FIRST, SECOND) == {"sun": (4, 4), "moon": (2, 2)}
    assert seats(scratch, SECOND, THIRD) == {"sky": (6, 5)}


def test_a_party_that_another_joined_has_the_seats_of_both_before(scratch: sqlite3.Connection) -> None:
    both: list[Stood] = [("sun", "sun", 100, 4), ("moon", "moon", 50, 2)]
    hold(scratch, FIRST, {"wasit": both})
    hold(scratch, SECOND, {"wasit": both})
    hold(scratch, THIRD, {"wasit": [("sun", "sun", 100, 5)]})
    link(scratch, "moon", "sun", "joined")
    assert seats(scratch, FIRST, SECOND) == {"sun": (4, 4), "moon": (2, 2)}
    assert seats(scratch, SECOND, THIRD) == {"sun": (6, 5)}


def test_the_parts_of_a_party_that_split_are_one_row_until_each_stood_by_itself(scratch: sqlite3.Connection) -> None:
    both: list[Stood] = [("sky", "sky", 100, 4), ("moon", "moon", 50, 2)]
    hold(scratch, FIRST, {"wasit": [("sky", "sky", 100, 7)]})
    hold(scratch, SECOND, {"wasit": both})
    hold(scratch, THIRD, {"wasit": both})
    link(scratch, "sky", "moon", "split")
    assert len(seats(scratch, FIRST, SECOND)) == 1
    assert set(seats(scratch, FIRST, SECOND).values()) == {(7, 6)}
    assert seats(scratch, SECOND, THIRD) == {"sky": (4, 4), "moon": (2, 2)}


def test_an_alliance_of_two_of_a_family_is_counted_once(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("joint", None, 100, 7)]})
    hold(scratch, SECOND, {"wasit": [("sky", "sky", 100, 5)]})
    for party in ("sun", "moon"):
        member(scratch, f"joint-{FIRST}", party)
        link(scratch, party, "sky", "merged")
    assert seats(scratch, FIRST, SECOND) == {"sky": (None, 5)}
    assert seats(scratch, FIRST, SECOND, mapping="lenient") == {"sky": (7, 5)}


# What is not known is not made up


def test_a_row_says_why_there_is_no_figure(scratch: sqlite3.Connection) -> None:
    """No list, since the named votes are all; none known, since they are not; not entered; no vote at all."""
    dawn: Stood = ("dawn", "dawn", 100, 5)
    hold(scratch, FIRST, {"wasit": [dawn], "najaf": [dawn], "babil": [dawn], "basra": [dawn]})
    hold(scratch, SECOND, {"wasit": [("dusk", "dusk", 80, 10)], "babil": []}, total=80)
    hold(scratch, THIRD, {"wasit": [("dusk", "dusk", 80, 9)]}, total=100)
    rows = scratch.execute(
        "select later_election_id, governorate_id, later_status, later_seats, later_seats_unfilled, earlier_status"
        " from swing where party_id = 'dawn' and mapping = 'strict' and earlier_election_id = ?",
        [FIRST],
    ).fetchall()
    assert {row["earlier_status"] for row in rows} == {"stood"}
    assert {tuple(row)[:5] for row in rows} == {
        (SECOND, "wasit", "no list", None, 0),
        (SECOND, "babil", "not entered", None, 10),
        (SECOND, "najaf", "no vote", None, None),
        (SECOND, "basra", "no vote", None, None),
        (THIRD, "wasit", "none known", None, 1),
        (THIRD, "najaf", "no vote", None, None),
        (THIRD, "babil", "no vote", None, None),
        (THIRD, "basra", "no vote", None, None),
    }


def test_a_share_says_what_it_is_of(scratch: sqlite3.Connection) -> None:
    hold(scratch, FIRST, {"wasit": [("dawn", "dawn", 100, 5)]}, total=400)
    hold(scratch, SECOND, {"wasit": [("dawn", "dawn", 100, 5)]}, total=200)
    hold(scratch, THIRD, {"wasit": [("dawn", "dawn", 100, 5)]})
    found = scratch.execute(
        "select earlier_vote_share, earlier_vote_share_of, later_vote_share, later_vote_share_of, vote_share_change"
        " from swing where party_id = 'dawn' and mapping = 'strict' and earlier_election_id in (?, ?)"
        " order by earlier_election_id, later_election_id",
        [FIRST, SECOND],
    ).fetchall()
    assert [tuple(row) for row in found] == [
        (25.0, 400, None, None, None), (25.0, 400, 50.0, 200, 25.0), (50.0, 200, None, None, None),
    ]  # fmt: skip


def test_each_figure_of_a_party_is_that_of_its_lists(db: sqlite3.Connection) -> None:
    """Of the data, whatever they are: every row names parties, lists and elections that go together."""
    dates = dict(db.execute("select id, polling_date from elections").fetchall())
    party_of = dict(db.execute("select id, party_id from lists").fetchall())
    election_of = dict(db.execute("select id, election_id from lists").fetchall())
    for row in db.execute("select * from swing").fetchall():
        assert dates[row["earlier_election_id"]] <= dates[row["later_election_id"]]
        for when in ("earlier", "later"):
            lists = json.loads(row[f"{when}_list_ids"] or "[]")
            assert bool(lists) == (row[f"{when}_status"] == "stood")
            assert {election_of[one] for one in lists} <= {row[f"{when}_election_id"]}
            if row["mapping"] == "strict":
                assert {party_of[one] for one in lists} <= set(json.loads(row["party_ids"]))


# Turnout


TURNOUT = (
    "insert into turnout (id, election_id, governorate_id, reporting_unit_id, vote, turnout_as_printed, denominator)"
    " values (?, ?, 'wasit', 'wasit', ?, ?, 'unstated')"
)


@pytest.mark.parametrize("vote, compared", [("general", True), ("special", True), ("both", True), ("unstated", False)])
def test_turnout_is_compared_with_that_of_the_same_vote(scratch: sqlite3.Connection, vote: str, compared: bool) -> None:
    for election, turnout in ((FIRST, 50), (SECOND, 40), (THIRD, 45)):
        hold(scratch, election, {"wasit": []})
        scratch.execute(TURNOUT, [election, election, vote, turnout])
        scratch.execute(TURNOUT, [f"{election}-x", election, "special" if vote == "general" else "general", None])
    found = scratch.execute(
        "select earlier_election_id, later_election_id, change from turnout_change where earlier_election_id in (?, ?)",
        [FIRST, SECOND],
    ).fetchall()
    expected = {(FIRST, SECOND, -10), (FIRST, THIRD, -5), (SECOND, THIRD, 5)} if compared else set()
    assert {tuple(row) for row in found} == expected


# Speed


def test_all_pairs_of_the_data_are_computed_within_a_second(scratch: sqlite3.Connection) -> None:
    started = time.perf_counter()
    assert scratch.execute("select * from swing").fetchall()
    assert time.perf_counter() - started < 1
