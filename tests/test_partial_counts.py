"""What is the count of a part of the stations taken for: never for the whole, and where is it said?"""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from conftest import build, served
from spoiling import add_station_file

BALLOT = "wasit,general,101,,Wasit Ajmal Alliance,\nwasit,general,102,,State of Law Coalition,\n"
STATIONS = "wasit,7001,700101,,,400,250\nwasit,7001,700102,,,380,240\n"
COUNTS = "700101,101,,90\n700101,102,,30\n"
WHOLE = COUNTS + "700102,101,,70\n700102,102,,50\n"
LIST = "2023-wasit-general-wasit-ajmal-votes"

Ask = Callable[..., list[tuple]]


@pytest.fixture
def page(data: Path, ask: Ask) -> Iterator[Callable[[str], str]]:
    """Serve what is built when it is first asked for a page."""
    with contextlib.ExitStack() as stack:
        addresses: list[str] = []

        def get(path: str) -> str:
            if not addresses:
                ask(SUMS)
                addresses.append(stack.enter_context(served(data.parent / "elections.db")))
            answer = httpx.get(addresses[0] + path)
            assert answer.status_code == 200, path
            return answer.text

        yield get


@pytest.fixture
def ask(data: Path, tmp_path: Path, capsys) -> Ask:
    """Build, and ask the database."""

    def answer(query: str, *parameters: object) -> list[tuple]:
        database = tmp_path / "elections.db"
        if not database.exists():
            assert build(data, capsys) == (0, [])
        with sqlite3.connect(database) as db:
            return db.execute(query, parameters).fetchall()

    return answer


def put(data: Path, stations: str = STATIONS, counts: str = WHOLE, kind: str = "stations", **manifest: str) -> None:
    add_station_file(data, kind, stations, **manifest)
    add_station_file(data, "ballot", BALLOT, **manifest)
    if counts:
        add_station_file(data, "station_counts", counts, **manifest)


SUMS = "select measure, list_id, value, stations, stations_of from claims where basis = 'added_up' order by position"


def test_a_whole_count_is_claimed_with_all_totals(data: Path, ask: Ask) -> None:
    put(data)
    assert ask(SUMS) == [
        ("votes", "wasit-ajmal-2023", 160, 2, 2), ("votes", "state-of-law-2023", 80, 2, 2),
        ("votes", None, 240, 2, 2), ("ballots_cast", None, 490, 2, 2), ("registered_voters", None, 780, 2, 2),
    ]  # fmt: skip
    assert ask("select value from adopted where figure_id = ?", LIST) == [(160,)]


def test_a_station_that_is_missing_takes_the_total_away(data: Path, ask: Ask) -> None:
    put(data, counts=COUNTS)
    assert ask(SUMS) == [
        ("votes", "wasit-ajmal-2023", 90, 1, 2), ("votes", "state-of-law-2023", 30, 1, 2),
        ("ballots_cast", None, 490, 2, 2), ("registered_voters", None, 780, 2, 2),
    ]  # fmt: skip
    assert ask("select votes from place_totals where id = '2023-wasit'") == []


def test_a_source_that_lists_a_part_of_the_stations_has_no_totals(data: Path, ask: Ask) -> None:
    """All that are listed are counted, and still it is a part."""
    put(data, kind="stations_in_part")
    assert ask(SUMS) == [
        ("votes", "wasit-ajmal-2023", 160, 2, None), ("votes", "state-of-law-2023", 80, 2, None),
    ]  # fmt: skip


def test_an_unknown_number_at_one_station_is_no_total(data: Path, ask: Ask) -> None:
    put(data, STATIONS.replace("380,240", "380,"), counts="")
    assert ask(SUMS) == [("registered_voters", None, 780, 2, 2)]


@pytest.mark.parametrize("stage", ["preliminary", "final", "amended"])
@pytest.mark.parametrize("part", [{"counts": COUNTS}, {"kind": "stations_in_part"}], ids=["counts", "stations"])
def test_a_part_comes_after_every_printed_figure(data: Path, ask: Ask, db, stage: str, part: dict[str, str]) -> None:
    """Whatever its stage and source: the wire's preliminary figure is of the whole."""
    printed = db.execute("select value from adopted where figure_id = ?", [LIST]).fetchone()["value"]
    assert printed > 1000
    put(data, stage=stage, **part)
    assert ask("select value from adopted where figure_id = ?", LIST) == [(printed,)]
    assert ask("select * from disagreements where figure_id = ?", LIST) == []
    assert ask("select id from checks where code in ('W07', 'W08') and status = 'fails' and list_id is not null"
               " and source_id = 'made-up'") == []  # fmt: skip


def test_a_part_that_is_more_than_the_whole_is_told(data: Path, ask: Ask) -> None:
    put(data, counts=COUNTS.replace(",90", ",99999"), stage="preliminary")
    assert ask("select adopted_by, other_value from disagreements where figure_id = ?", LIST) == [
        ("whole over part", 99999)
    ]


def test_where_nothing_else_is_known_a_part_is_shown_and_nothing_computed_from_it(data: Path, ask: Ask) -> None:
    """No source prints the votes of the second list."""
    put(data, counts=COUNTS)
    query = "select votes, vote_share, votes_stations, votes_stations_of from seats_by_governorate where contest_id = ?"
    assert ask(query + " and list_id = 'state-of-law-2023'", "2023-wasit-general") == [(30, None, 1, 2)]
    assert ask("select status, remainder from allocation_readiness where contest_id = '2023-wasit-general'") == [
        ("votes of a part of the stations", None)
    ]
    assert ask("select votes_summed from seat_totals where list_id = 'state-of-law-2023'") == [(None,)]
    assert ask("select distinct votes_2023 from swing where governorate_id = 'wasit'"
               " and list_ids_2023 like '%state-of-law-2023%'") == [(None,)]  # fmt: skip
    assert ask("select id from checks where code = 'W06' and status = 'fails' and governorate_id = 'wasit'"
               " and election_id = '2023'") == []  # fmt: skip


def test_pages_say_of_how_many_stations(data: Path, page) -> None:
    put(data, counts=COUNTS)
    assert "(1 of 2 stations)" in page("/governorate/wasit")
    assert "(1 of 2 stations)" in page("/list/state-of-law-2023")
    assert "(added up by us, 1 of 2 stations)" in page("/source/made-up")
    figure = "/figure/2023-wasit-general-state-of-law-votes"
    assert "added up by us from 1 of 2 stations, a part of the count: 30" in page(figure)
    assert '<b class="big">30</b>\n1 of 2 stations.' in page(figure)
    assert "جمعناه من 1 من أصل 2 محطة، وهو جزء من العدّ: 30" in page(f"/ar{figure}")
    # Registered voters are known of both stations, however few are counted.
    assert "added up by us from 2 stations: 780" in page("/figure/2023-wasit-general-registered-voters")


def test_a_council_of_which_only_votes_are_known_has_no_number_of_winners(database: Path, tmp_path: Path) -> None:
    """As in the night of an election."""
    copy = Path(shutil.copy(database, tmp_path / "elections.db"))
    with sqlite3.connect(copy) as db:
        db.execute(
            "update results set seats = null, seats_basis = null, seats_claim_id = null "
            "where contest_id like '2023-wasit-%'"
        )
    with served(copy) as address:
        assert "No winners known" in httpx.get(f"{address}/governorate/wasit").text
        assert "الفائزون غير معروفين" in httpx.get(f"{address}/ar/governorate/wasit").text
        assert "No winners known" not in httpx.get(f"{address}/governorate/kirkuk").text


def test_pages_say_that_not_all_stations_are_listed(data: Path, page) -> None:
    put(data, kind="stations_in_part")
    assert "(2 stations, a part of all)" in page("/governorate/wasit")
    assert "a part of all; the source does not list the others: 80" in page(
        "/figure/2023-wasit-general-state-of-law-votes"
    )


def test_two_files_of_one_governorate_give_one_sum(data: Path, ask: Ask) -> None:
    """Told of the first, or of that whose figures are of the earliest stage."""
    first, second = STATIONS.splitlines(keepends=True)
    add_station_file(data, "stations", first)
    add_station_file(data, "stations", second, stage="preliminary")
    assert ask("select source_table_id, measure, value, stations, stations_of, stage from claims"
               " where basis = 'added_up' order by position") == [
        ("made-up-stations-2", "ballots_cast", 490, 2, 2, "preliminary"),
        ("made-up-stations-2", "registered_voters", 780, 2, 2, "preliminary"),
    ]  # fmt: skip


def test_a_file_that_lists_a_part_makes_the_whole_a_part(data: Path, ask: Ask) -> None:
    first, second = STATIONS.splitlines(keepends=True)
    add_station_file(data, "stations", first)
    put(data, second, kind="stations_in_part")
    assert [row for row in ask(SUMS) if row[1] is None] == []


def test_a_station_of_whose_lists_only_candidates_are_counted(data: Path, ask: Ask) -> None:
    """The votes of the list are unknown there, not 0, and so are those of all."""
    add_station_file(data, "ballot", "wasit,general,102,1,One,\nwasit,general,101,1,Two,\n")
    put(data, STATIONS + "wasit,7001,700103,,,300,200\n", COUNTS + "700102,102,1,7\n700103,101,,9\n700103,102,1,8\n")
    assert ask("select votes, lists_below_candidates from stations order by number") == [
        (120, None), (None, None), (None, None)
    ]  # fmt: skip
    assert ask(SUMS)[:2] == [("votes", "wasit-ajmal-2023", 99, 2, 3), ("votes", "state-of-law-2023", 30, 1, 3)]
    assert ask("select figure_id from claims where basis = 'added_up' and list_id is null and measure = 'votes'") == []
    assert ask("select code, status, found from checks where code in ('W25', 'W27', 'W28') order by 1") == [
        ("W25", "holds", 0), ("W27", "not_checkable", None), ("W28", "fails", 2)
    ]  # fmt: skip
    assert ask("select code, station_number from station_findings order by 2") == [
        ("W28", 20230000700102), ("W28", 20230000700103)
    ]  # fmt: skip
    assert ask("select stations_counted, stations_missing, votes from stations_by_governorate") == [(1, 2, 120)]


def test_where_only_candidates_are_counted_no_station_misses_anything(data: Path, ask: Ask) -> None:
    add_station_file(data, "ballot", "wasit,general,102,1,One,\n")
    put(data, counts="700101,102,1,7\n")
    assert ask("select count(*) from station_findings") == [(0,)]
    assert ask("select code, status from checks where code in ('W25', 'W27', 'W28') order by 1") == [
        ("W25", "not_checkable"), ("W27", "not_checkable"), ("W28", "not_checkable")
    ]  # fmt: skip


def test_a_candidate_above_the_list_is_found_beside_stations_that_cannot_be_checked(data: Path, ask: Ask) -> None:
    add_station_file(data, "ballot", "wasit,general,102,1,One,\n")
    put(data, counts=WHOLE + "700101,102,1,31\n")
    assert ask("select votes, lists_below_candidates from stations order by number") == [(120, 1), (120, None)]
    assert ask("select status, found from checks where code = 'W27'") == [("fails", 1)]


@pytest.mark.parametrize("stage", ["preliminary", "amended"])
def test_baghdad_comes_once_when_its_halves_are_printed_and_its_stations_known(data: Path, ask: Ask, db, stage) -> None:
    """As whichever the rule of adoption prefers; the country is not counted with sixteen governorates of fifteen."""
    add_station_file(data, "stations", "baghdad,1,101,,,400,250\n", stage=stage)
    query = "select election_id, governorate_id, vote from turnout_by_governorate group by 1, 2, 3 having count(*) > 1"
    assert ask(query) == []
    printed = db.execute("select * from turnout_by_governorate where governorate_id = 'baghdad' and vote = 'general'"
                         " and election_id = '2023'").fetchone()  # fmt: skip
    found = ask("select registered_voters, ballots_cast, reporting_units from turnout_by_governorate"
                " where governorate_id = 'baghdad' and vote = 'general' and election_id = '2023'")  # fmt: skip
    expected = (printed["registered_voters"], printed["ballots_cast"], 2) if stage == "preliminary" else (400, 250, 1)
    assert found == [expected]
    summed = ask("select governorates_known, registered_voters_summed from turnout_by_election"
                 " where election_id = '2023' and vote = 'general' and reporting_unit_id is null")  # fmt: skip
    assert summed[0][0] == 15
    assert summed[0][1] is not None


def test_a_list_on_two_lines_of_a_ballot_is_told_apart_by_station(data: Path, page) -> None:
    """And none is lost where one page ends and the next begins."""
    stations = "".join(f"kirkuk,1,{number},,,400,250\n" for number in range(1001, 1252))
    add_station_file(data, "stations", stations)
    add_station_file(
        data, "ballot", "kirkuk,general,7,,State of Law Coalition,\nkirkuk,christian,3,,State of Law Coalition,\n"
    )
    counts = "".join(f"{number},7,,20\n{number},3,,1\n" for number in range(1001, 1252) if number != 1100)
    add_station_file(data, "station_counts", counts)
    address = "/elections/list_by_station.json?_shape=array&list=state-of-law-2023&governorate=kirkuk&after="
    rows = json.loads(page(address))
    rows += json.loads(page(f"{address}{rows[-1]['station_number']}"))
    found = [(row["station_number"] % 10**10, row["seat_type"], row["list_number"], row["votes"]) for row in rows]
    assert found == [
        (number, *line)
        for number in range(1001, 1252)
        for line in (("christian", 3, 1), ("general", 7, 20))
        if number != 1100
    ]


def test_what_is_of_another_vote_is_another_sum(data: Path, ask: Ask) -> None:
    add_station_file(data, "stations", "wasit,7001,700101,,,400,250\n", vote="special")
    add_station_file(data, "stations", "wasit,7001,700102,,,380,\n", vote="general")
    assert ask("select figure_id, value from claims where basis = 'added_up' order by 1") == [
        ("2023-wasit-general-registered-voters", 380), ("2023-wasit-special-ballots-cast", 250),
        ("2023-wasit-special-registered-voters", 400),
    ]  # fmt: skip
