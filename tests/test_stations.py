"""Do the counts of polling stations load, add up to what was counted, and fail with file, line and mend where they are
wrong?"""

import asyncio
import csv
import gzip
import json
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import httpx
import pytest
import synthetic
import yaml
import zstandard
from conftest import LAST_GOOD, PROJECT, build, run_build
from datasette.app import Datasette
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spoiling import add, add_station_file, read_rows, write_rows

import build_db
from elections import codebook, counts, release, streams
from elections.problems import BuildError, Problems

ROWS = 3_000
TREE = "synthetic-stations/01-stations.csv"
BALLOT = "synthetic-stations/02-ballot.csv"
COUNTS = "synthetic-stations/03-counts.csv"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> synthetic.Synthetic:
    """An election made up once for the whole run."""
    return synthetic.write(tmp_path_factory.mktemp("made") / "data", ROWS)


@pytest.fixture(scope="session")
def stations_database(made: synthetic.Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database built from it once."""
    path = tmp_path_factory.mktemp("stations") / "elections.db"
    built = run_build("--data", made.folder, "--database", path)
    assert built.returncode == 0, built.stderr
    assert f" {ROWS} counts of {made.stations} stations in " in built.stdout
    return path


@pytest.fixture
def stations_db(stations_database: Path):
    connection = sqlite3.connect(f"file:{stations_database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture
def folder(made: synthetic.Synthetic, tmp_path: Path) -> Path:
    """A copy of its data to change."""
    return Path(shutil.copytree(made.folder, tmp_path / "data"))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def put(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# What the counts add up to


def test_the_sums_of_each_ballot_line_are_what_was_counted(made, stations_db) -> None:
    found = {
        (row["governorate_id"], row["list_number"], row["candidate_number"]): row["votes"]
        for row in stations_db.execute("select * from ballot_lines where votes is not null")
    }
    assert found == {key: votes for key, votes in made.votes.items() if key in found}
    assert all(not votes for key, votes in made.votes.items() if key not in found)
    assert len(found) > 900


def test_each_station_has_the_votes_of_its_rows(made, stations_db) -> None:
    """Added up here, by Python, from the file."""
    votes: dict[int, int] = {}
    with (made.folder / COUNTS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = 2099 * 10**10 + int(row["station"])
            votes[number] = votes.get(number, 0) + (0 if row["candidate"] else int(row["votes"]))
    assert votes == dict(stations_db.execute("select number, votes from stations where votes is not null").fetchall())


def test_a_row_is_found_by_its_station(made, stations_db) -> None:
    line = lines_of(made.folder / COUNTS)[777].split(",")
    found = stations_db.execute(
        "select votes from station_results where station_number = ? and list_number = ? and candidate_number = ?",
        (2099 * 10**10 + int(line[0]), int(line[1]), int(line[2] or 0)),
    ).fetchone()
    assert found["votes"] == int(line[3])


def test_results_and_turnout_come_from_the_sums_where_nothing_is_printed(folder, capsys) -> None:
    """Without the other documents the sums are all that is known."""
    manifest = [row for row in read_rows(folder / "source_tables.csv") if row["source_id"] == "synthetic-stations"]
    write_rows(folder / "source_tables.csv", manifest)
    for source in ("synthetic-results", "synthetic-preliminary"):
        shutil.rmtree(folder / source)
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(folder.parent / "elections.db") as db:
        bases = db.execute("select distinct basis, value_as_printed from claims").fetchall()
        assert bases == [("added_up", "")]
        lists = db.execute(
            "select results.votes, ballot_lines.votes, results.candidate_id is not null, contests.seat_type"
            " from results"
            " inner join ballot_lines on results.contest_id = ballot_lines.contest_id"
            " and results.list_id = ballot_lines.list_id and ballot_lines.candidate_number = 0"
            " inner join contests on results.contest_id = contests.id"
        ).fetchall()
        assert len(lists) > 500
        assert all(result == added_up for result, added_up, _, _ in lists)
        # A list of one name is that candidate's; one of many is nobody's.
        assert all(bool(alone) == (seat_type != "general") for _, _, alone, seat_type in lists)
        turnout = db.execute("select governorate_id, registered_voters, ballots_cast from turnout").fetchall()
        tree = db.execute(
            "select governorate_id, sum(registered_voters), sum(ballots_cast) from stations group by 1 order by 1"
        ).fetchall()
        assert turnout == tree
        assert db.execute("select distinct votes_basis from seat_totals").fetchall() == [("summed",)]


def test_turnout_is_unknown_where_one_station_is(folder, capsys) -> None:
    rows = read_rows(folder / TREE)
    rows[-1]["ballots_cast"] = ""
    write_rows(folder / TREE, rows)
    manifest = [row for row in read_rows(folder / "source_tables.csv") if row["slug"] != "turnout"]
    write_rows(folder / "source_tables.csv", manifest)
    next((folder / "synthetic-results").glob("*-turnout.csv")).unlink()
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(folder.parent / "elections.db") as db:
        unknown = db.execute("select governorate_id from turnout where ballots_cast is null").fetchall()
    assert unknown == [(rows[-1]["place"],)]


def test_a_printed_total_outranks_a_sum_of_the_same_stage_and_the_difference_is_told(stations_db) -> None:
    other = stations_db.execute(
        "select adopted_by, basis from (select other_claim_id, adopted_by from disagreements) "
        "inner join claims on claims.id = other_claim_id"
    ).fetchall()
    assert {tuple(row) for row in other} == {("printed over added up", "added_up")}


@pytest.mark.parametrize("stage", ["preliminary", "amended"])
def test_the_stage_of_the_manifest_says_how_far_the_count_is(folder, capsys, stage: str) -> None:
    manifest = read_rows(folder / "source_tables.csv")
    for row in manifest:
        if row["kind"] == "station_counts":
            row["stage"] = stage
    write_rows(folder / "source_tables.csv", manifest)
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(folder.parent / "elections.db") as db:
        adopted = db.execute(
            "select distinct basis from results inner join claims on results.votes_claim_id = claims.id"
        ).fetchall()
    assert adopted == [("printed" if stage == "preliminary" else "added_up",)]


# The tree


def test_the_tree_goes_down_to_the_station(made, stations_db) -> None:
    chains = stations_db.execute(
        "select station.id, centre.kind, place.kind, place.governorate_id from reporting_units as station"
        " inner join reporting_units as centre on station.parent_id = centre.id"
        " inner join reporting_units as place on centre.parent_id = place.id where station.kind = 'polling_station'"
    ).fetchall()
    assert len(chains) == made.stations
    assert {row[1] for row in chains} == {"polling_centre"}
    assert {row[2] for row in chains if row[3] == "baghdad"} == {"electoral_division"}
    assert {row[2] for row in chains if row[3] != "baghdad"} == {"governorate"}


def test_a_tree_without_counts_misses_nothing(folder, capsys) -> None:
    """A tree alone is worth having; that nothing is counted is no finding at each of its stations."""
    manifest = [row for row in read_rows(folder / "source_tables.csv") if row["kind"] != "station_counts"]
    write_rows(folder / "source_tables.csv", manifest)
    (folder / COUNTS).unlink()
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(folder.parent / "elections.db") as db:
        assert db.execute("select count(*) from stations where votes is null").fetchone()[0] > 0
        assert db.execute("select count(*) from station_findings where code = 'W28'").fetchone()[0] == 0
        assert db.execute("select distinct status from checks where code = 'W28'").fetchall() == [("not_checkable",)]


def test_centres_and_stations_are_no_divisions_that_report(made, stations_db) -> None:
    rows = stations_db.execute("select * from turnout_by_governorate where governorate_id = 'baghdad'").fetchall()
    assert [(row["reporting_units"], row["ballots_cast"]) for row in rows] == [(1, made.ballots["baghdad"])]


# Files in other forms


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_packed_file_gives_the_same_database(folder, capsys, stations_database, ending: str) -> None:
    plain = (folder / COUNTS).read_bytes()
    packed = gzip.compress(plain) if ending == ".gz" else zstandard.compress(plain)
    (folder / (COUNTS + ending)).write_bytes(packed)
    (folder / COUNTS).unlink()
    assert build(folder, capsys)[0] == 0
    assert (folder.parent / "elections.db").read_bytes() == stations_database.read_bytes()


def test_the_same_data_give_the_same_bytes(folder, capsys, stations_database) -> None:
    assert build(folder, capsys)[0] == 0
    assert (folder.parent / "elections.db").read_bytes() == stations_database.read_bytes()


def test_rows_and_columns_in_another_order_and_line_ends_of_windows(folder, capsys, stations_database) -> None:
    header, *rows = [line.split(",") for line in lines_of(folder / COUNTS)]
    order = [3, 1, 0, 2]
    turned = [",".join(row[place] for place in order) for row in [header, *reversed(rows)]]
    (folder / COUNTS).write_bytes(b"\xef\xbb\xbf" + "\r\n".join(turned).encode())
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(stations_database) as one, sqlite3.connect(folder.parent / "elections.db") as other:
        for table in ("station_results", "stations", "ballot_lines", "results", "checks", "claims"):
            assert (
                one.execute(f"select * from {table}").fetchall() == other.execute(f"select * from {table}").fetchall()
            )


def test_quoted_cells_give_the_same_database(folder, capsys, stations_database) -> None:
    """Some programs quote every cell."""
    quoted = [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines_of(folder / COUNTS)]
    put(folder / COUNTS, quoted)
    assert build(folder, capsys) == (0, [])
    assert (folder.parent / "elections.db").read_bytes() == stations_database.read_bytes()


def test_a_wrong_count_among_quoted_cells_is_told_with_its_line(folder, capsys) -> None:
    quoted = [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines_of(folder / COUNTS)]
    put(folder / COUNTS, [*quoted[:8], quoted[8].rpartition(",")[0] + ',"-3"', *quoted[9:]])
    status, said = build(folder, capsys)
    assert status == 1
    assert [line for line in said if line.startswith("data/")] == [
        f"""data/{COUNTS}:9, column "votes": found '"-3"'; expected {WHOLE}. Write digits only. """
        "Is it a total among the stations, or of another column?"
    ]


@pytest.mark.parametrize("file", [COUNTS, TREE, BALLOT])
def test_line_ends_of_an_old_mac_give_the_same_database(folder, capsys, stations_database, file: str) -> None:
    (folder / file).write_bytes((folder / file).read_bytes().replace(b"\n", b"\r"))
    assert build(folder, capsys) == (0, [])
    assert (folder.parent / "elections.db").read_bytes() == stations_database.read_bytes()


def test_line_ends_of_an_old_mac_in_a_file_of_many_blocks(tmp_path: Path) -> None:
    lines = [f"{number},1,,2" for number in range(300_000)]
    path = tmp_path / "mac.csv"
    path.write_bytes("\r".join(lines).encode())
    read = list(streams.blocks(path))
    assert len(read) > 2
    assert b"".join(read) == "".join(f"{line}\n" for line in lines).encode()


def test_stations_of_two_elections_may_have_one_code(data: Path, tmp_path: Path, capsys) -> None:
    for election, name, votes in (("2013", "State of Law Coalition", 30), ("2023", "State of Law Coalition", 50)):
        add_station_file(data, "stations", "wasit,7001,700101,,,400,250\n", election_id=election)
        add_station_file(data, "ballot", f"wasit,general,1,,{name},\n", election_id=election)
        add_station_file(data, "station_counts", f"700101,1,,{votes}\n", election_id=election)
    assert build(data, capsys) == (0, [])
    with sqlite3.connect(tmp_path / "elections.db") as db:
        assert db.execute("select number, election_id, votes from stations").fetchall() == [
            (20130000700101, "2013", 30), (20230000700101, "2023", 50),
        ]  # fmt: skip
        assert db.execute("select election_id, votes from ballot_lines").fetchall() == [("2013", 30), ("2023", 50)]


def test_one_file_a_governorate(folder, capsys, stations_database) -> None:
    """The lines may come in several files, one a governorate; the sums are the same."""
    places = {row["station"]: row["place"].replace("Baghdad (Karkh)", "baghdad").replace("Baghdad (Rusafa)", "baghdad")
              for row in read_rows(folder / TREE)}  # fmt: skip
    files: dict[str, list[str]] = {}
    for line in lines_of(folder / COUNTS)[1:]:
        files.setdefault(places[line.partition(",")[0]], []).append(line)
    manifest = read_rows(folder / "source_tables.csv")
    whole = next(row for row in manifest if row["kind"] == "station_counts")
    manifest.remove(whole)
    for position, (place, lines) in enumerate(files.items(), 3):
        put(folder / f"synthetic-stations/{position:02d}-counts-{place}.csv", ["station,list,candidate,votes", *lines])
        manifest.append(
            whole | {"position": str(position), "slug": f"counts-{place}", "governorate_id": place,
                     "row_count": str(len(lines))}
        )  # fmt: skip
    write_rows(folder / "source_tables.csv", manifest)
    (folder / COUNTS).unlink()
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(stations_database) as one, sqlite3.connect(folder.parent / "elections.db") as other:
        for query in (
            "select * from station_results",
            "select id, votes, stations from ballot_lines",
            "select figure_id, value from claims order by 1, 2",
            "select id, votes from results",
        ):
            assert one.execute(query).fetchall() == other.execute(query).fetchall()


def test_the_recipe_of_contributing_works(data: Path, tmp_path: Path, capsys) -> None:
    """As written there: two stations of Wasit with a list that the data know, beside all real data."""
    recipe = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add station results")[2]
    columns = re.findall(r"`((?:[a-z_]+,)+[a-z_]+)`", recipe.partition("\n## ")[0])
    files = {
        "stations": "Wasit,7001,700101,A school,مدرسة,400,250\nwasit,7001,700102,A school,مدرسة,380,\n",
        "ballot": "Wasit,general,144,,Wasit Ajmal,\nWasit,general,144,3,Somebody Made Up,\n",
        "station_counts": "700101,144,,90\n700101,144,3,40\n700102,144,,70\n",
    }
    (data / "made-up").mkdir()
    add("sources.csv", {"id": "wikipedia-2013"}, id="made-up", title="Made up", copied_from="", kind="commission")(data)
    for position, (header, (kind, rows)) in enumerate(zip(columns, files.items(), strict=True), 1):
        add(
            "source_tables.csv", {"source_id": "wikipedia-2023", "slug": "kirkuk-general"},
            source_id="made-up", position=str(position), slug=kind, governorate_id="", seat_type="",
            kind="stations_in_part" if kind == "stations" else kind,
            vote="general", stage="preliminary", row_count=str(rows.count("\n")),
        )(data)  # fmt: skip
        (data / f"made-up/{position:02d}-{kind}.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    add("list_names.csv", {"name_as_printed": "Progress Party", "election_id": "2023"},
        name_as_printed="Wasit Ajmal", list_id="wasit-ajmal-2023", governorate_id="")(data)  # fmt: skip
    assert build(data, capsys) == (0, [])
    with sqlite3.connect(tmp_path / "elections.db") as db:
        claims = db.execute(
            "select list_id, measure, value, stations, stations_of from claims where source_id = 'made-up'"
        ).fetchall()
        # Two stations are not Wasit: no total is made of them.
        assert claims == [("wasit-ajmal-2023", "votes", 160, 2, None)]
        assert db.execute("select name, list_id from candidates where id = 'wasit-144-3-2023'").fetchall() == [
            ("Somebody Made Up", "wasit-ajmal-2023")
        ]
        assert db.execute("select count(*) from results").fetchone()[0] > 200, "the real data are still there"


def test_a_release_writes_a_table_too_large_for_a_sheet_without_holding_it(
    stations_database: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(codebook, "MOST_ROWS", ROWS - 1)
    monkeypatch.setattr(release, "validate", lambda descriptor: None)  # takes long, and is tried on the real data
    out = tmp_path / "dist"
    release.release(stations_database, out)
    with (out / "csv/station_results.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(map(int, row)) for row in list(csv.reader(file))[1:]]
    with sqlite3.connect(stations_database) as db:
        assert rows == db.execute("select * from station_results").fetchall()
    assert duckdb.sql(f"select count(*) from '{out}/parquet/station_results.parquet'").fetchall() == [(ROWS,)]
    assert not (out / "json/station_results.json").exists()
    assert (out / "json/stations.json").exists()
    named = {each["name"]: each for each in json.loads((out / "datapackage.json").read_text("utf-8"))["resources"]}
    assert named["station_results"]["schema"]["primaryKey"] == ["station_number", "list_number", "candidate_number"]
    assert f"table, {ROWS:,} rows" in (out / "codebook.md").read_text(encoding="utf-8")
    assert not (out / "checked.json").exists()


# Faults: how the counts are spoiled, which line is told, and what is said of it


def cells(lines: list[str], number: int, **new: str) -> list[str]:
    """Change cells of a line, counted from 1 with the header."""
    row = dict(zip(lines[0].split(","), lines[number - 1].split(","), strict=True)) | new
    return [*lines[: number - 1], ",".join(row.values()), *lines[number:]]


WHOLE = "a whole number from 0 to 99,999"
BAD_COUNTS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a negative count": (
        lambda lines: cells(lines, 9, votes="-3"), f"""9, column "votes": found '-3'; expected {WHOLE}"""
    ),
    "a fraction": (lambda lines: cells(lines, 9, votes="1.5"), """9, column "votes": found '1.5'"""),
    "an absurd count": (lambda lines: cells(lines, 9, votes="100000"), """9, column "votes": found '100000'"""),
    "a count of many digits": (lambda lines: cells(lines, 9, votes="9" * 30), """9, column "votes": found '999999"""),
    "an empty count": (lambda lines: cells(lines, 9, votes=""), """9, column "votes": found ''"""),
    "a count with a space": (lambda lines: cells(lines, 9, votes=" 5"), """9, column "votes": found ' 5'"""),
    "a count with a quote at one end": (
        lambda lines: cells(lines, 9, votes='"5'), """9, column "votes": found '"5'"""
    ),
    "a count in two pairs of quotes": (
        lambda lines: cells(lines, 9, votes='"5""6"'), """9, column "votes": found '"5""6"'"""
    ),
    "a blank line at the end": (lambda lines: [*lines, ""], f"{ROWS + 2}: found a blank line"),
    "Arabic-Indic digits": (lambda lines: cells(lines, 9, votes="٥"), """9, column "votes": found '٥'"""),
    "a word": (lambda lines: cells(lines, 9, votes="none"), """9, column "votes": found 'none'"""),
    "no station": (lambda lines: cells(lines, 9, station=""), """9, column "station": found ''"""),
    "a station of eleven digits": (
        lambda lines: cells(lines, 9, station="1" * 11), """9, column "station": found '1111"""
    ),
    "an unknown station": (
        lambda lines: cells(lines, 9, station="42"),
        '9, column "station": found 42; expected a station of the tree of 2099',
    ),
    "no list": (lambda lines: cells(lines, 9, list=""), """9, column "list": found ''"""),
    "list 0": (lambda lines: cells(lines, 9, list="0"), """9, column "list": found '0'"""),
    "an unknown list": (
        lambda lines: cells(lines, 9, list="9999"),
        '9, column "list": found 9999; expected a line of the ballot of baghdad',
    ),
    "an unknown candidate": (lambda lines: cells(lines, 9, candidate="77"), '9, column "candidate": found 1'),
    "a candidate beyond all bounds": (
        lambda lines: cells(lines, 9, candidate=str((1 << 20) + 1)), """9, column "candidate": found '1048577'"""
    ),
    "a row twice": (
        lambda lines: [*lines, lines[8]],
        f" a second time; expected each count once. It stands in data/{COUNTS}:9",
    ),
    "a missing cell": (lambda lines: [*lines[:8], lines[8].rpartition(",")[0], *lines[9:]], "9: found 3 cells"),
    "a cell too many": (lambda lines: [*lines[:8], lines[8] + ",1", *lines[9:]], "9: found 5 cells"),
    "a comma inside a number": (lambda lines: cells(lines, 9, votes="1,234"), "9: found 5 cells"),
    "a blank line": (lambda lines: [*lines[:8], "", *lines[8:]], "9: found a blank line"),
    "a header of another name": (
        lambda lines: [lines[0].replace("votes", "count"), *lines[1:]], '1, column "votes": found no such column'
    ),
    "no header": (lambda lines: lines[1:], '1, column "station": found no such column'),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_COUNTS)
def test_a_fault_in_the_counts_is_told_with_its_line(folder, capsys, fault: str) -> None:
    spoil, told = BAD_COUNTS[fault]
    put(folder / COUNTS, spoil(lines_of(folder / COUNTS)))
    status, said = build(folder, capsys)
    assert status == 1
    found = [line for line in said if line.startswith(f"data/{COUNTS}:")]
    assert any(told in line for line in found), found or said
    if "header" not in fault:
        assert len(found) == 1
        assert "1 faults in the data." in said


def test_a_hundred_faults_are_listed_and_all_are_counted(folder, capsys) -> None:
    header, *rows = lines_of(folder / COUNTS)
    put(folder / COUNTS, [header, *[f"{row}x" if number % 2 else row for number, row in enumerate(rows)]])
    status, said = build(folder, capsys)
    assert status == 1
    listed = [line for line in said if line.startswith(f"data/{COUNTS}:")]
    assert len(listed) == 100
    assert (
        f"{ROWS // 2:,} faults in the data; {ROWS // 2 - 100:,} of them are not listed, as 100 of their file are."
        in said
    )


def test_faults_of_all_kinds_and_files_are_told_in_one_run(folder, capsys) -> None:
    lines = lines_of(folder / COUNTS)
    lines = cells(cells(cells(lines, 20, votes="-1"), 30, station="42"), 40, list="9999")
    put(folder / COUNTS, [*lines, lines[49]])
    status, said = build(folder, capsys)
    assert status == 1
    told = [int(re.match(rf"data/{COUNTS}:(\d+)", line)[1]) for line in said if line.startswith(f"data/{COUNTS}")]
    assert told == [20, 30, 40, ROWS + 2]
    assert "4 faults in the data." in said


def test_a_station_of_another_governorate_is_told(folder, capsys) -> None:
    manifest = read_rows(folder / "source_tables.csv")
    next(row for row in manifest if row["kind"] == "station_counts")["governorate_id"] = "baghdad"
    write_rows(folder / "source_tables.csv", manifest)
    status, said = build(folder, capsys)
    assert status == 1
    first = next(line for line in said if line.startswith("data/"))
    assert ", in nineveh'" in first or ", in nineveh; expected a station of baghdad" in first


def test_rows_that_the_manifest_does_not_expect(folder, capsys) -> None:
    put(folder / COUNTS, lines_of(folder / COUNTS)[:-1])
    status, said = build(folder, capsys)
    assert status == 1
    assert f'column "row_count": found {ROWS}; expected {ROWS - 1}, the rows of 03-counts.csv' in said[0]


BAD_TREES: dict[str, tuple[dict[str, str], str]] = {
    "an unknown place": ({"place": "Atlantis"}, """column "place": found 'Atlantis'"""),
    "a code with letters": ({"station": "A1"}, """column "station": found 'A1'"""),
    "a station twice": ({"station": "11000101"}, 'column "station": found 11000101 a second time'),
    "a centre in two places": ({"centre": "110001"}, 'column "centre": found centre 110001 with '),
    "nobody registered": ({"registered_voters": "0"}, """column "registered_voters": found '0'"""),
    "a negative number of ballots": ({"ballots_cast": "-1"}, """column "ballots_cast": found '-1'"""),
    "a space before a name": ({"name": " Synthetic"}, """column "name": found ' Synthetic'"""),
}


@pytest.mark.parametrize("fault", BAD_TREES)
def test_a_fault_in_the_tree_is_told_with_its_line(folder, capsys, fault: str) -> None:
    spoiled, told = BAD_TREES[fault]
    rows = read_rows(folder / TREE)
    rows[-1] |= spoiled
    write_rows(folder / TREE, rows)
    status, said = build(folder, capsys)
    assert status == 1
    assert any(line.startswith(f"data/{TREE}:{len(rows) + 1}, {told}") for line in said), said


BAD_BALLOTS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown list": ({"candidate": "", "list": "55", "name": "Synthetic list 5555"}, "'Synthetic list 5555'"),
    "a candidate of no list": ({"list": "55"}, 'column "list": found 55; expected a list of the ballot of '),
    "a line twice": ({"candidate": "1"}, " a second time; expected each line of the ballot once"),
    "an unknown kind of seat": ({"seat_type": "martian"}, """column "seat_type": found 'martian'"""),
    "another kind of seat than the list": ({"seat_type": "shabak"}, """column "seat_type": found 'shabak'"""),
    "a list under two numbers": (
        {"candidate": "", "list": "55", "name": "Synthetic list 101", "name_ar": "", "seat_type": "general"},
        """column "name": found 'Synthetic list 101'; expected each list under one number""",
    ),
    "no name": ({"name": "", "name_ar": ""}, 'column "name": found an empty cell'),
    "a division of a governorate": ({"place": "Baghdad (Karkh)"}, """column "place": found 'Baghdad (Karkh)'"""),
    "a number with a sign": ({"candidate": "+1"}, """column "candidate": found '+1'"""),
}


@pytest.mark.parametrize("fault", BAD_BALLOTS)
def test_a_fault_in_the_ballot_is_told_with_its_line(folder, capsys, fault: str) -> None:
    spoiled, told = BAD_BALLOTS[fault]
    rows = read_rows(folder / BALLOT)
    rows[-1] |= spoiled
    write_rows(folder / BALLOT, rows)
    status, said = build(folder, capsys)
    assert status == 1
    assert any(line.startswith(f"data/{BALLOT}:{len(rows) + 1}") and told in line for line in said), said


def test_a_file_that_is_missing_or_there_twice(folder, capsys) -> None:
    (folder / (COUNTS + ".gz")).write_bytes(b"")
    (folder / TREE).rename(folder / "synthetic-stations/stations.csv")
    status, said = build(folder, capsys)
    assert status == 1
    assert any("found 03-counts.csv and 03-counts.csv.gz; expected one of them" in line for line in said)
    assert any(line.startswith(f"data/{TREE}: found no such file") for line in said)
    assert any("stations.csv: found a file that no manifest names" in line for line in said)


@pytest.mark.parametrize("file", [COUNTS, TREE, BALLOT])
@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_packed_file_that_is_cut_off_or_no_such_file(folder, capsys, ending: str, file: str) -> None:
    """What is wrong is told once, and nothing that only follows from it."""
    plain = (folder / file).read_bytes()
    (folder / file).unlink()
    packed = gzip.compress(plain) if ending == ".gz" else zstandard.compress(plain)
    if file != COUNTS:  # nothing is then said of the stations or lists that are not known
        manifest = [row for row in read_rows(folder / "source_tables.csv") if row["kind"] != "station_counts"]
        write_rows(folder / "source_tables.csv", manifest)
        (folder / COUNTS).unlink()
    for spoiled, found in (
        (packed[: len(packed) // 2], "marker was reached" if ending == ".gz" else "the last frame is cut off"),
        (packed[:-1], "marker was reached" if ending == ".gz" else "the last frame is cut off"),
        (packed[: len(packed) // 2] + packed[len(packed) // 2 + 99 :], ""),
        (b"no such thing" * 100, "Not a gzipped file" if ending == ".gz" else "Unknown frame descriptor"),
        (b"", "an empty file"),
    ):
        (folder / (file + ending)).write_bytes(spoiled)
        status, said = build(folder, capsys)
        assert status == 1
        told = [line for line in said if line.startswith("data/")]
        assert len(told) == 1, told
        assert told[0].startswith(f"data/{file}{ending}: found ")
        assert found in told[0]


@pytest.mark.parametrize("size", [1, 2, 3, 131_072, 300_000])
def test_a_file_packed_in_several_frames_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    """Each end of a frame but the last looks like the end of the file."""
    packer = zstandard.ZstdCompressor(write_checksum=size % 2 == 0, write_content_size=size > 2)
    path = tmp_path / "x.csv.zst"
    frames = packer.compress(b"1" * size), packer.compress(b"2\n"), b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    for order in ((0, 1), (0, 1, 2), (2, 0, 1)):
        whole = b"".join(frames[place] for place in order)
        path.write_bytes(whole)
        assert b"".join(streams.blocks(path, 1 << 20)) == b"1" * size + b"2\n"
        for cut in range(1, len(frames[order[-1]])):
            path.write_bytes(whole[:-cut])
            with pytest.raises(streams.Unreadable):
                list(streams.blocks(path, 1 << 20))


@pytest.mark.parametrize("file", [COUNTS, TREE, BALLOT])
@pytest.mark.parametrize("header", ["place\udcff", '"place'], ids=["a bad byte", "a quote left open"])
def test_a_fault_in_a_header_is_told_once(folder, capsys, file: str, header: str) -> None:
    _, *rows = lines_of(folder / file)
    text = "\n".join([header, *rows]) + "\n"
    (folder / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    status, said = build(folder, capsys)
    assert status == 1
    assert len([line for line in said if line.startswith(f"data/{file}")]) == 1, said
    assert said[0].startswith(f"data/{file}:1: found ") or file == BALLOT


def test_counts_of_an_election_that_is_no_year(data: Path, capsys) -> None:
    """There need be no file of stations beside them."""
    add("elections.csv", {"id": "2023"}, id="by-election", title="A", title_ar="ب")(data)
    add_station_file(data, "station_counts", "700101,1,,5\n", election_id="by-election")
    status, said = build(data, capsys)
    assert status == 1
    line = len(read_rows(data / "source_tables.csv")) + 1
    assert said[0] == (
        f"data/source_tables.csv:{line}, column \"election_id\": found 'by-election'; "
        "expected an election whose id is its year. Stations are numbered by the year of their election."
    )


def test_a_station_and_a_centre_twice_over_two_files(data: Path, capsys) -> None:
    first = add_station_file(data, "stations", "wasit,7001,700101,A,,400,250\n")
    add_station_file(data, "stations", "wasit,7002,700101,A,,400,250\nwasit,7001,700102,B,,400,250\n")
    status, said = build(data, capsys)
    assert status == 1
    assert "found 700101 a second time; expected each station once" in said[0]
    assert f"It stands in data/{first}:2 before." in said[0]
    assert f"expected the place and names of data/{first}:2." in said[1]


def test_a_ballot_in_two_files(data: Path, tmp_path: Path, capsys) -> None:
    """The file of the candidates may come before that of the lists."""
    add_station_file(data, "ballot", "wasit,general,144,3,Somebody Made Up,\n")
    second = add_station_file(data, "ballot", "wasit,general,144,,Wasit Ajmal,\n")
    add("list_names.csv", {"name_as_printed": "Progress Party", "election_id": "2023"},
        name_as_printed="Wasit Ajmal", list_id="wasit-ajmal-2023", governorate_id="")(data)  # fmt: skip
    assert build(data, capsys) == (0, [])
    with sqlite3.connect(tmp_path / "elections.db") as db:
        assert db.execute("select id from ballot_lines").fetchall() == [("2023-wasit-144",), ("2023-wasit-144-3",)]
    add_station_file(data, "ballot", "wasit,general,144,,Wasit Ajmal,\n")
    status, said = build(data, capsys)
    assert status == 1
    assert f"data/{second}:2 has the same numbers." in said[0]


KIRKUK_BALLOT = "kirkuk,christian,184,,Babylon Movement,\nkirkuk,christian,184,1,{},{}\n"


@pytest.mark.parametrize(
    "names",
    [
        ("Anjel Ziya Shiba Al-Barwari", "إنجيل زيا شيبا زيا البرواري"),
        ("", "إنجيل زيا شيبا زيا البرواري"),
        ("Another Transliteration", "إنجيل زيا شيبا زيا البرواري"),
    ],
)
def test_a_candidate_whom_the_data_know_stands_on_a_ballot(data, tmp_path, capsys, db, names) -> None:
    add_station_file(data, "ballot", KIRKUK_BALLOT.format(*names))
    assert build(data, capsys) == (0, [])
    query = "select id, candidate_id, seats from results where contest_id = '2023-kirkuk-christian' order by id"
    with sqlite3.connect(tmp_path / "elections.db") as built:
        assert built.execute("select candidate_id from ballot_lines where candidate_number = 1").fetchall() == [
            ("anjel-ziya-2023",)
        ]
        assert built.execute("select count(*) from candidates").fetchone() == tuple(
            db.execute("select count(*) from candidates").fetchone()
        )
        assert built.execute(query).fetchall() == [tuple(row) for row in db.execute(query)]


def test_other_candidates_of_a_list_do_not_take_the_name_of_its_winner_away(data, tmp_path, capsys, db) -> None:
    """The sources print the votes and the seat of the list under her name."""
    ballot = KIRKUK_BALLOT.format("Anjel Ziya Shiba Al-Barwari", "") + "kirkuk,christian,184,2,Somebody Made Up,\n"
    add_station_file(data, "ballot", ballot)
    assert build(data, capsys) == (0, [])
    query = "select id, candidate_id, seats from results where contest_id = '2023-kirkuk-christian' order by id"
    with sqlite3.connect(tmp_path / "elections.db") as built:
        assert built.execute(query).fetchall() == [tuple(row) for row in db.execute(query)]


def test_a_candidate_of_another_list_than_the_data_know(data, capsys) -> None:
    path = add_station_file(
        data, "ballot", "kirkuk,christian,9,,Hammurabi Coalition,\nkirkuk,christian,9,1,Anjel Ziya Shiba Al-Barwari,\n"
    )
    status, said = build(data, capsys)
    assert status == 1
    told = "found 'Anjel Ziya Shiba Al-Barwari'; expected a candidate of babylon-2023."
    assert said[0].startswith(f'data/{path}:3, column "name": {told}')


def test_a_candidate_twice_on_a_ballot(data, capsys) -> None:
    name = "Anjel Ziya Shiba Al-Barwari"
    path = add_station_file(data, "ballot", KIRKUK_BALLOT.format(name, "") + f"kirkuk,christian,184,2,{name},\n")
    status, said = build(data, capsys)
    assert status == 1
    assert f"data/{path}:4" in said[0] and "expected each candidate under one number" in said[0]
    assert f"data/{path}:3 is the same candidate." in said[0]


@pytest.mark.parametrize("name", ["Ameel Putros Qanstantin Ibrahim Agha", "Babylon Movement"])
def test_a_ballot_with_another_kind_of_seat_than_the_name_stands_for(data, capsys, name: str) -> None:
    path = add_station_file(data, "ballot", f"kirkuk,general,102,,{name},\n")
    status, said = build(data, capsys)
    assert status == 1
    assert said[0].startswith(f"data/{path}:2, column \"seat_type\": found 'general'; expected christian, for which")
    assert "1 faults in the data." in said


@pytest.mark.parametrize("file", [TREE, BALLOT])
def test_a_row_of_another_governorate_than_the_manifest_gives_its_file(folder, capsys, file: str) -> None:
    manifest = read_rows(folder / "source_tables.csv")
    kind = "stations" if file == TREE else "ballot"
    next(row for row in manifest if row["kind"] == kind)["governorate_id"] = "basra"
    write_rows(folder / "source_tables.csv", manifest)
    status, said = build(folder, capsys)
    assert status == 1
    rows = read_rows(folder / file)
    wrong = next(number for number, row in enumerate(rows, 2) if row["place"] != "basra")
    place = rows[wrong - 2]["place"]
    told = f"data/{file}:{wrong}, column \"place\": found '{place}'; expected a place in basra, as the manifest says"
    assert any(line.startswith(told) for line in said), said[:3]
    right = next(number for number, row in enumerate(rows, 2) if row["place"] == "basra")
    assert not any(line.startswith(f"data/{file}:{right}, ") for line in said)


def test_two_counts_of_one_governorate_are_refused(folder, capsys) -> None:
    manifest = read_rows(folder / "source_tables.csv")
    whole = next(row for row in manifest if row["kind"] == "station_counts")
    manifest.append(whole | {"position": "9", "slug": "again", "governorate_id": "basra"})
    write_rows(folder / "source_tables.csv", manifest)
    shutil.copyfile(folder / COUNTS, folder / "synthetic-stations/09-again.csv")
    status, said = build(folder, capsys)
    assert status == 1
    assert any('column "governorate_id": found' in line and "one file of counts" in line for line in said)


# Builds that are killed


KILLED_WHILE_LOADING = """
import os, signal, sys
import build_db
from elections import counts
written = counts.Adder.add
def add(self, place):
    written(self, place)
    os.kill(os.getpid(), signal.SIGKILL)
counts.Adder.add = add
build_db.main(["--data", sys.argv[1], "--database", sys.argv[2], "--quiet"])
"""


def test_a_build_killed_while_it_loads_leaves_the_old_database_and_the_next_clears_up(folder, capsys) -> None:
    database = folder.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_LOADING, folder, database], cwd=PROJECT, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert database.read_bytes() == LAST_GOOD
    assert len(list(folder.parent.iterdir())) > 3, "the killed build should have left its files, or this tests nothing"
    assert build(folder, capsys)[0] == 0
    with sqlite3.connect(database) as db:
        assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert db.execute("pragma foreign_key_check").fetchall() == []


@pytest.mark.parametrize("kilobytes", [20, 300, 700, 1500, 3000, 5000, 6500])
def test_no_room_on_the_disk_while_stations_are_loaded(folder, kilobytes: int) -> None:
    """A limit to the size of a file stands for the full disk; it is met in one step or another."""
    database = folder.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    failed = subprocess.run(
        [sys.executable, "-B", PROJECT / "build_db.py", "--data", folder, "--database", database],
        capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, kilobytes * 1000)),
    )  # fmt: skip
    assert failed.returncode == 1, failed.stdout
    assert failed.stderr.startswith(f"{database} cannot be written: ")
    assert failed.stderr.endswith(f"{database} is unchanged.\n")
    assert failed.stderr.count("\n") == 2
    assert database.read_bytes() == LAST_GOOD
    assert sorted(path.name for path in folder.parent.iterdir()) == ["data", "elections.db"]


def test_the_file_is_sound(stations_db) -> None:
    assert stations_db.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert stations_db.execute("pragma foreign_key_check").fetchall() == []


# Progress


def test_progress_is_told_in_plain_lines_where_there_is_no_terminal(folder, monkeypatch) -> None:
    monkeypatch.setattr("elections.progress.EVERY", 0.0)
    said = list(build_db.build(folder, PROJECT / "sql", folder.parent / "elections.db"))
    line = next(line for line in said if line.startswith("loading"))
    assert re.fullmatch(r"loading +[\d,]+ of 3,000 rows, [\d,]+ a second, about \d+ s left", line)


def test_progress_is_a_bar_on_a_terminal(folder, capsys) -> None:
    list(build_db.build(folder, PROJECT / "sql", folder.parent / "elections.db", bar=True))
    said = capsys.readouterr().err
    assert "loading: 100%" in said
    assert "rows/s" in said


# The two ways to read a file agree: what is proved a block at a time, and what is said line by line.

FIELD = st.one_of(
    st.integers(0, 120_000).map(str), st.sampled_from(["", "-1", " 1", "1 ", "0x1", "1e3", "٣", '"1"', "9" * 25, "00"])
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.lists(FIELD, min_size=3, max_size=5) | st.tuples(st.just("11000101"), FIELD, FIELD, FIELD).map(list),
    place=st.integers(1, ROWS),
)
def test_what_is_refused_fast_is_explained_slowly(made, tmp_path, line: list[str], place: int) -> None:
    """A strange line is either loaded as what it says, or told; the build never fails without a reason."""
    folder = tmp_path / "data"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made.folder, folder)
    lines = lines_of(folder / COUNTS)
    lines[place] = ",".join(line)
    put(folder / COUNTS, lines)
    try:
        list(build_db.build(folder, PROJECT / "sql", tmp_path / "elections.db"))
    except BuildError as error:
        assert f"data/{COUNTS}:{place + 1}" in str(error) or "a second time" in str(error)
    else:
        station, list_number, candidate, votes = [cell.strip('"') for cell in line]
        key = 2099 * 10**10 + int(station), int(list_number), int(candidate or 0)
        with sqlite3.connect(tmp_path / "elections.db") as db:
            stored = db.execute(
                "select votes from station_results"
                " where station_number = ? and list_number = ? and candidate_number = ?", key,
            ).fetchall()  # fmt: skip
            assert stored == [(int(votes),)]
            assert db.execute("select count(*) from station_results").fetchone() == (ROWS,)


@given(st.binary(max_size=200), st.integers(1, 50))
def test_a_file_is_read_whole_in_lines_whatever_the_size_of_its_blocks(
    tmp_path_factory, content: bytes, size: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "blocks.csv"
    path.write_bytes(content)
    read = list(streams.blocks(path, size))
    expected = content.removeprefix(streams.BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert b"".join(read) == expected + (b"" if expected.endswith(b"\n") or not expected else b"\n")
    assert all(block.endswith(b"\n") for block in read)


def test_a_file_without_line_breaks_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"1" * 3_000_000)
    with pytest.raises(streams.Unreadable):
        list(streams.blocks(path))


def test_a_block_is_proved_by_what_is_left_without_its_digits() -> None:
    assert counts._proved(b'1,2,,4\n"1",2,"3",4\n') == b"1,2,,4\n1,2,3,4\n"
    for bad in (b"1,2,3\n", b"1,2,3,4,5\n", b"1,2,3,-4\n", b"\n", b"1,2\n,3,4\n", b"a,2,3,4\n"):
        with pytest.raises(counts.Refused):
            counts._proved(bad)


def test_of_one_file_a_hundred_problems_are_kept(tmp_path: Path) -> None:
    """Millions of them would fill the memory."""
    problems = Problems(tmp_path)
    path = tmp_path / "x.csv"
    problems.limit(path)
    for line in range(250):
        problems.add(path, line, "", "a", "b", "c")
    assert len(problems.found) == 100
    assert problems.total().startswith("250 faults")


# The site


@pytest.fixture(scope="module")
def ask(stations_database: Path) -> Callable[[str], str]:
    """Ask the site of the made-up election for a page."""
    site = Datasette(
        [str(stations_database)],
        metadata=yaml.safe_load((PROJECT / "metadata.yml").read_text(encoding="utf-8")),
        plugins_dir=str(PROJECT / "plugins"),
        template_dir=str(PROJECT / "templates"),
    )

    async def get(path: str) -> str:
        await site.invoke_startup()
        answer = await site.client.get(path)
        assert answer.status_code == 200, path
        return str(answer.text)

    return lambda path: asyncio.run(get(path))


@pytest.mark.parametrize("path", ["/", "/governorate/basra", "/sources", "/elections", "/elections/stations", "/audit"])
def test_every_page_says_that_it_is_made_up(ask, path: str) -> None:
    assert "Synthetic data, made up for tests." in ask(path)


def test_it_says_so_in_arabic(ask) -> None:
    assert "بيانات مصطنعة للاختبار" in ask("/ar/governorate/basra")


def test_the_real_site_says_nothing_of_the_kind(site: str) -> None:
    assert "Synthetic data" not in httpx.get(site).text


def test_a_sum_is_not_shown_as_printed(ask, stations_db) -> None:
    figure, value, stations = stations_db.execute(
        "select claims.figure_id, claims.value, (select count(votes) from stations where governorate_id = 'basra')"
        " from claims where basis = 'added_up' and governorate_id = 'basra' and list_id is not null limit 1"
    ).fetchone()
    assert f"added up by us from {stations} stations: {value:,}" in ask(f"/figure/{figure}")
    page = ask("/source/synthetic-stations")
    assert "added up from them by us and printed nowhere" in page
    assert "(added up by us)" in page
    assert "(empty)" not in page


def test_a_governorate_leads_to_its_stations(ask, stations_db) -> None:
    page = ask("/governorate/basra")
    assert 'href="/elections/stations?governorate_id=basra&amp;election_id=2099"' in page
    rows = json.loads(ask("/elections/stations_of.json?_shape=array&governorate=basra&election=2099&after="))
    numbers = [
        row["number"] for row in stations_db.execute("select number from stations where governorate_id = 'basra'")
    ]
    assert [row["station_number"] for row in rows] == sorted(numbers)
    after = json.loads(
        ask(f"/elections/stations_of.json?_shape=array&governorate=basra&election=2099&after={numbers[0]}")
    )
    assert [row["station_number"] for row in after] == sorted(numbers)[1:]


def test_the_results_of_a_station_and_a_list_by_station(ask, stations_db) -> None:
    station = stations_db.execute("select max(number) from stations where votes is not null").fetchone()[0]
    rows = json.loads(ask(f"/elections/results_of_station.json?_shape=array&station={station}"))
    expected = stations_db.execute("select votes from station_results where station_number = ?", [station]).fetchall()
    assert [row["votes"] for row in rows] == [row["votes"] for row in expected]
    assert all(row["name"] for row in rows)
    by_station = json.loads(
        ask("/elections/list_by_station.json?_shape=array&list=synthetic-list-101-2099&governorate=basra&after=")
    )
    total = stations_db.execute("select votes from ballot_lines where id = '2099-basra-101'").fetchone()[0]
    assert sum(row["votes"] for row in by_station) == total


def test_a_search_shows_some_of_the_many_it_finds(ask) -> None:
    found = json.loads(ask("/search.json?q=synthetic"))
    assert found["total"] > 1000
    assert sum(len(group["hits"]) for group in found["groups"]) == 200
