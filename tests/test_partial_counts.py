"""What is the count of a part of the stations taken for: never for the whole, and where is it said?

Each case is made up in a governorate of its own, beside all real data, and all are built at once.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, Client, build_here, site_of
from spoiling import add_station_file

Ask = Callable[..., list[tuple[object, ...]]]

STATIONS = "{here},{code},{code}01,,,400,250\n{here},{code},{code}02,,,380,240\n"
PART = "{code}01,101,,90\n{code}01,102,,30\n"
WHOLE = PART + "{code}02,101,,70\n{code}02,102,,50\n"
CANDIDATES = "{here},general,102,1,One,\n{here},general,101,1,Two,\n"
# For each governorate the list on line 101 of its ballot, whose votes are printed; line 102 is State of Law. The codes
# of its stations begin with its place in this table.
FIRST = {
    "wasit": "Wasit Ajmal Alliance", "basra": "Tasmim", "anbar": "Taqadum", "babil": "Nabni", "dhi-qar": "Nabni",
    "diyala": "National Diyala Alliance", "karbala": "Ibdaa Karbala", "maysan": "Nabni", "najaf": "Nabni",
    "nineveh": "Nineveh for Its People", "qadisiyyah": "Nabni", "saladin": "National Party of the Masses",
}  # fmt: skip
# Parts, of all stages, and of either kind: not all stations are counted, or not all are listed.
PARTS = {
    "wasit": ("final", "counts"), "basra": ("preliminary", "counts"), "najaf": ("amended", "counts"),
    "babil": ("final", "stations"), "dhi-qar": ("preliminary", "stations"), "diyala": ("amended", "stations"),
}  # fmt: skip


class Cases:
    """Puts cases into a copy of the data."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def add(self, kind: str, here: str, rows: str, **manifest: str) -> None:
        """Add a file about the stations of a governorate; rows may name it and the beginning of its codes."""
        code = 8000 + list(FIRST).index(here)
        add_station_file(self.data, kind, rows.format(here=here, code=code), governorate_id=here, **manifest)

    def put(self, here: str, counts: str = WHOLE, stations: str = STATIONS, kind: str = "stations", more: str = "",
            **manifest: str) -> None:  # fmt: skip
        """Add stations, a ballot, to which there may be more lines, and counts."""
        self.add(kind, here, stations, **manifest)
        ballot = f"{{here}},general,101,,{FIRST[here]},\n{{here}},general,102,,State of Law Coalition,\n{more}"
        self.add("ballot", here, ballot, **manifest)
        self.add("station_counts", here, counts, **manifest)


@pytest.fixture(scope="session")
def parts_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all cases."""
    data = Path(shutil.copytree(PROJECT / "data", tmp_path_factory.mktemp("parts") / "data"))
    cases = Cases(data)
    for here, (stage, what) in PARTS.items():
        if what == "counts":
            cases.put(here, PART, stage=stage)
        else:
            cases.put(here, kind="stations_in_part", stage=stage)
    # A part that is more than the whole.
    cases.put("karbala", PART.replace(",90", ",99999").replace(",30", ",99998"), stage="preliminary")
    # Whole counts, of a stage before and after that of what is printed.
    cases.put("maysan", stage="amended")
    cases.put("anbar", stage="preliminary")
    # Candidates without their list, and one above it.
    third = STATIONS + "{here},{code},{code}03,,,300,200\n"
    cases.put("nineveh", PART + "{code}02,102,1,7\n{code}03,101,,9\n{code}03,102,1,8\n", third, more=CANDIDATES)
    cases.put("qadisiyyah", "{code}01,102,1,7\n", more=CANDIDATES)
    cases.put("saladin", WHOLE + "{code}01,102,1,31\n", more=CANDIDATES)

    # Of 2013 only stations: of one a number is unknown; some are in two files, listed in part, or of two votes.
    of_2013 = {"election_id": "2013", "source_id": "made-up-2013"}
    first, second = STATIONS.splitlines(keepends=True)
    cases.add("stations", "wasit", STATIONS.replace("380,240", "380,"), **of_2013)
    cases.add("stations", "basra", first, **of_2013)
    cases.add("stations", "basra", second, **of_2013, stage="preliminary")
    cases.add("stations", "babil", first, **of_2013)
    cases.add("stations_in_part", "babil", second, **of_2013)
    cases.add("stations", "anbar", first, **of_2013, vote="special")
    cases.add("stations", "anbar", second.replace("240", ""), **of_2013, vote="general")

    # A list on two lines of a ballot.
    stations = "".join(f"kirkuk,1,{number},,,400,250\n" for number in range(1001, 1252))
    add_station_file(data, "stations", stations)
    ballot = "kirkuk,general,7,,State of Law Coalition,\nkirkuk,christian,3,,State of Law Coalition,\n"
    add_station_file(data, "ballot", ballot)
    counts = "".join(f"{number},7,,20\n{number},3,,1\n" for number in range(1001, 1252) if number != 1100)
    add_station_file(data, "station_counts", counts, governorate_id="kirkuk")
    # Stations of Baghdad, of which halves are printed.
    add_station_file(data, "stations", "baghdad,2,101,,,400,250\n", stage="amended")

    database = data.parent / "elections.db"
    built = build_here("--data", data, "--database", database, "--quiet")
    assert built.returncode == 0, built.stderr
    return database


@pytest.fixture
def ask(parts_database: Path) -> Iterator[Ask]:
    """Ask the database."""
    db = sqlite3.connect(f"file:{parts_database}?mode=ro", uri=True)
    yield lambda query, *parameters: db.execute(query, parameters).fetchall()
    db.close()


@pytest.fixture(scope="module")
def parts_site(parts_database: Path) -> Iterator[Client]:
    """Its site."""
    with site_of(parts_database) as client:
        yield client


@pytest.fixture(scope="module")
def page(parts_site: Client) -> Callable[[str], str]:
    """Ask the site for a page."""
    return lambda path: parts_site.page(path).raise_for_status().text


def sums(ask: Ask, here: str, election: str = "2023") -> list[tuple[object, ...]]:
    return ask(
        "select measure, substr(list_id, 1, length(list_id) - 5), value, stations, stations_of from claims"
        " where basis = 'added_up' and governorate_id = ? and election_id = ? order by position", here, election,
    )  # fmt: skip


def figure_of(ask: Ask, here: str) -> str:
    """The votes of the list on line 101."""
    return ask("select id from figures where measure = 'votes' and contest_id = ? and list_id ="
               " (select list_id from ballot_lines where governorate_id = ? and list_number = 101"
               " and candidate_number = 0)", f"2023-{here}-general", here)[0][0]  # fmt: skip


TURNOUT = [("ballots_cast", None, 490, 2, 2), ("registered_voters", None, 780, 2, 2)]


def test_a_whole_count_is_claimed_with_all_totals(ask: Ask) -> None:
    assert sums(ask, "maysan") == [
        ("votes", "nabni", 160, 2, 2), ("votes", "state-of-law", 80, 2, 2), ("votes", None, 240, 2, 2), *TURNOUT,
    ]  # fmt: skip


def test_a_whole_count_is_adopted_if_its_stage_is_later_than_that_of_what_is_printed(ask: Ask, db) -> None:
    [(figure, later), (of_anbar, earlier)] = [
        (figure_of(ask, here), ask("select value from adopted where figure_id = ?", figure_of(ask, here)))
        for here in ("maysan", "anbar")
    ]
    [printed] = db.execute("select value from adopted where figure_id = ?", [of_anbar]).fetchall()
    assert figure == "2023-maysan-general-nabni-votes"
    assert (later, earlier) == ([(160,)], [tuple(printed)])


def test_a_station_that_is_missing_takes_the_total_away(ask: Ask) -> None:
    assert sums(ask, "wasit") == [
        ("votes", "wasit-ajmal", 90, 1, 2), ("votes", "state-of-law", 30, 1, 2), *TURNOUT
    ]  # fmt: skip
    assert ask("select votes from place_totals where id = '2023-wasit'") == []


def test_a_source_that_lists_a_part_of_the_stations_has_no_totals(ask: Ask) -> None:
    """All that are listed are counted, and still it is a part."""
    assert sums(ask, "babil") == [("votes", "nabni", 160, 2, None), ("votes", "state-of-law", 80, 2, None)]


def test_an_unknown_number_at_one_station_is_no_total(ask: Ask) -> None:
    assert sums(ask, "wasit", "2013") == [("registered_voters", None, 780, 2, 2)]


def test_a_part_comes_after_every_printed_figure(ask: Ask, db: sqlite3.Connection, subtests: pytest.Subtests) -> None:
    """Whatever its stage and source: the wire's preliminary figure is of the whole."""
    for here, part in PARTS.items():
        with subtests.test(here, part=part):
            figure = figure_of(ask, here)
            printed = db.execute("select value from adopted where figure_id = ?", [figure]).fetchone()["value"]
            assert printed > 1000
            assert ask("select value from adopted where figure_id = ?", figure) == [(printed,)]
            assert ask("select * from disagreements where figure_id = ? and 'made-up' in (adopted_source_id,"
                       " other_source_id)", figure) == []  # fmt: skip
            assert ask("select id from checks where code in ('W07', 'W08') and status = 'fails' and list_id is not null"
                       " and source_id = 'made-up' and governorate_id = ?", here) == []  # fmt: skip


def test_a_part_that_is_more_than_the_whole_is_told(ask: Ask) -> None:
    found = ask("select adopted_by, other_value from disagreements where figure_id = ? and other_source_id = 'made-up'",
                figure_of(ask, "karbala"))  # fmt: skip
    assert found == [("whole over part", 99999)]


def test_where_nothing_else_is_known_a_part_is_shown_and_nothing_computed_from_it(ask: Ask) -> None:
    """No source prints the votes of the second list."""
    query = "select votes, vote_share, votes_stations, votes_stations_of from seats_by_governorate where contest_id = ?"
    assert ask(query + " and list_id = 'state-of-law-2023'", "2023-wasit-general") == [(30, None, 1, 2)]
    assert ask("select status, remainder from allocation_readiness where contest_id = '2023-wasit-general'") == [
        ("votes of a part of the stations", None)
    ]
    assert ask("select distinct later_votes from swing where governorate_id = 'wasit'"
               " and later_list_ids like '%state-of-law-2023%'") == [(None,)]  # fmt: skip
    assert ask("select id from checks where code = 'W06' and status = 'fails' and governorate_id = 'wasit'"
               " and election_id = '2023'") == []  # fmt: skip


def test_votes_of_a_part_are_not_added_to_those_of_the_country(ask: Ask, db: sqlite3.Connection) -> None:
    query = "select votes_summed from seat_totals where list_id = 'state-of-law-2023'"
    assert ask(query) == [(None,)]
    assert db.execute(query).fetchone()[0] is None, "or this tests nothing"


def test_pages_say_of_how_many_stations(page) -> None:
    assert "(1 of 2 stations)" in page("/governorate/wasit")
    assert "(1 of 2 stations)" in page("/list/state-of-law-2023")
    assert "(added up by us, 1 of 2 stations)" in page("/source/made-up")
    figure = "/figure/2023-wasit-general-state-of-law-votes"
    assert "added up by us from 1 of 2 stations, a part of the count: 30" in page(figure)
    assert '<b class="big">30</b>\n1 of 2 stations.' in page(figure)
    assert "جمعناه من 1 من أصل 2 محطة، وهو جزء من العدّ: 30" in page(f"/ar{figure}")
    # Registered voters are known of both stations, however few are counted.
    assert "added up by us from 2 stations: 780" in page("/figure/2023-wasit-general-registered-voters")


def test_pages_say_that_not_all_stations_are_listed(page) -> None:
    assert "(2 stations, a part of all)" in page("/governorate/babil")
    figure = "/figure/2023-babil-general-state-of-law-votes"
    assert "a part of all; the source does not list the others: 80" in page(figure)


def test_a_council_of_which_only_votes_are_known_has_no_number_of_winners(database: Path, tmp_path: Path) -> None:
    """As in the night of an election."""
    copy = Path(shutil.copy(database, tmp_path / "elections.db"))
    with sqlite3.connect(copy) as db:
        db.execute(
            "update results set seats = null, seats_basis = null, seats_claim_id = null "
            "where contest_id like '2023-wasit-%'"
        )
    with site_of(copy) as client:
        assert "No winners known" in client.get("/governorate/wasit").text
        assert "الفائزون غير معروفين" in client.get("/ar/governorate/wasit").text
        assert "No winners known" not in client.get("/governorate/kirkuk").text


def test_two_files_of_one_governorate_give_one_sum(ask: Ask) -> None:
    """Told of the first, or of that whose figures are of the earliest stage."""
    assert sums(ask, "basra", "2013") == TURNOUT
    told = ask("select distinct source_table_id, stage from claims where basis = 'added_up' and election_id = '2013'"
               " and governorate_id = 'basra'")  # fmt: skip
    assert told == [("made-up-2013-stations-3", "preliminary")]


def test_a_file_that_lists_a_part_makes_the_whole_a_part(ask: Ask) -> None:
    assert sums(ask, "babil", "2013") == []


def test_a_station_of_whose_lists_only_candidates_are_counted(ask: Ask) -> None:
    """The votes of the list are unknown there, not 0, and so are those of all."""
    assert votes_of_stations(ask, "nineveh") == [(120, None), (None, None), (None, None)]
    assert [row for row in sums(ask, "nineveh") if row[0] == "votes"] == [
        ("votes", "nineveh-for-its-people", 99, 2, 3), ("votes", "state-of-law", 30, 1, 3),
    ]  # fmt: skip
    assert checks(ask, "nineveh") == [("W25", "holds", 0), ("W27", "not_checkable", None), ("W28", "fails", 2)]
    stations = ask("select number from stations where governorate_id = 'nineveh' order by 1")
    assert ask("select code, station_number from station_findings where governorate_id = 'nineveh' order by 2") == [
        ("W28", number) for (number,) in stations[1:]
    ]
    assert ask("select stations_counted, stations_missing, votes from stations_by_governorate"
               " where governorate_id = 'nineveh'") == [(1, 2, 120)]  # fmt: skip


def votes_of_stations(ask: Ask, here: str) -> list[tuple[object, ...]]:
    return ask("select votes, lists_below_candidates from stations where governorate_id = ? order by number", here)


def checks(ask: Ask, here: str, election: str = "2023") -> list[tuple[object, ...]]:
    return ask("select code, status, found from checks where code in ('W25', 'W27', 'W28') and governorate_id = ?"
               " and election_id = ? order by 1", here, election)  # fmt: skip


def test_where_only_candidates_are_counted_no_station_misses_anything(ask: Ask) -> None:
    assert ask("select count(*) from station_findings where governorate_id = 'qadisiyyah'") == [(0,)]
    assert [row[:2] for row in checks(ask, "qadisiyyah")] == [
        ("W25", "not_checkable"), ("W27", "not_checkable"), ("W28", "not_checkable")
    ]  # fmt: skip


def test_a_tree_without_counts_misses_nothing(ask: Ask) -> None:
    """A tree alone is worth having; that nothing is counted is no finding at each of its stations."""
    assert ask("select count(*) from stations where votes is null and election_id = '2013'") == [(8,)]
    assert ask("select count(*) from station_findings where code = 'W28' and election_id = '2013'") == [(0,)]
    assert ask("select distinct status from checks where code = 'W28' and election_id = '2013'") == [("not_checkable",)]


def test_a_candidate_above_the_list_is_found_beside_stations_that_cannot_be_checked(ask: Ask) -> None:
    assert votes_of_stations(ask, "saladin") == [(120, 1), (120, None)]
    assert checks(ask, "saladin")[1] == ("W27", "fails", 1)


@pytest.mark.parametrize("stage", ["preliminary", "amended"])
def test_baghdad_comes_once_when_its_halves_are_printed_and_its_stations_known(
    ask: Ask, db: sqlite3.Connection, data: Path, tmp_path: Path, stage: str
) -> None:
    """As whichever the rule of adoption prefers; the country is not counted with sixteen governorates of fifteen."""
    if stage == "preliminary":
        add_station_file(data, "stations", "baghdad,1,101,,,400,250\n", stage=stage)
        built = build_here("--data", data, "--database", tmp_path / "built.db", "--quiet")
        assert built.returncode == 0, built.stderr
        other = sqlite3.connect(tmp_path / "built.db")
        ask = lambda query, *parameters: other.execute(query, parameters).fetchall()  # noqa: E731
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


def test_a_list_on_two_lines_of_a_ballot_is_told_apart_by_station(parts_site: Client) -> None:
    """And none is lost where one page ends and the next begins."""
    parameters = {"list": "state-of-law-2023", "governorate": "kirkuk", "after": ""}
    rows = parts_site.rows("/elections/list_by_station.json", params=parameters)
    parameters["after"] = rows[-1]["station_number"]
    rows += parts_site.rows("/elections/list_by_station.json", params=parameters)
    found = [(row["station_number"] % 10**10, row["seat_type"], row["list_number"], row["votes"]) for row in rows]
    assert found == [
        (number, *line)
        for number in range(1001, 1252)
        for line in (("christian", 3, 1), ("general", 7, 20))
        if number != 1100
    ]


def test_what_is_of_another_vote_is_another_sum(ask: Ask) -> None:
    assert ask("select figure_id, value from claims where basis = 'added_up' and governorate_id = 'anbar'"
               " and election_id = '2013' order by 1") == [
        ("2013-anbar-general-registered-voters", 380), ("2013-anbar-special-ballots-cast", 250),
        ("2013-anbar-special-registered-voters", 400),
    ]  # fmt: skip
