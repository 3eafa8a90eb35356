"""Do the counts of polling stations load, add up to what was counted, and fail with file, line and fix where they are
wrong?

Faults that do not hide each other are put into one copy of the data, which is built once.
"""

import contextlib
import csv
import gzip
import io
import itertools
import json
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import synthetic
import zstandard
from conftest import LAST_GOOD, PROJECT, Client, build, build_here, site_of
from spoiling import STATION_FILES, add, add_station_file, folder_of, read_rows, write_rows

import build_db
from elections import codebook, release
from elections.claims import Resolver
from elections.curated import read_curated
from elections.packed import find
from elections.problems import Problems
from elections.progress import progress
from elections.stations import StationFiles

ROWS = 1_000
TREE = "synthetic-stations/01-stations.csv"
BALLOT = "synthetic-stations/02-ballot.csv"
COUNTS = "synthetic-stations/03-counts.csv"

Database = sqlite3.Connection


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> synthetic.Synthetic:
    """An election made up once a session."""
    return synthetic.write(tmp_path_factory.mktemp("made") / "data", ROWS)


@pytest.fixture(scope="session")
def stations_database(made: synthetic.Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database built from it once."""
    path = tmp_path_factory.mktemp("stations") / "elections.db"
    built = build_here("--data", made.folder, "--database", path)
    assert built.returncode == 0, built.stderr
    assert f" {ROWS} counts of {made.stations} stations in " in built.stdout
    return path


@pytest.fixture
def stations_db(stations_database: Path) -> Iterator[Database]:
    with opened(stations_database) as db:
        yield db


@pytest.fixture
def folder(made: synthetic.Synthetic, tmp_path: Path) -> Path:
    """A copy of its data to change."""
    return Path(shutil.copytree(made.folder, tmp_path / "data"))


@contextlib.contextmanager
def opened(database: Path) -> Iterator[Database]:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        yield db


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def put(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def change_manifest(folder: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    path = folder / "source_tables.csv"
    write_rows(path, change(read_rows(path)))


def split_counts(folder: Path) -> dict[str, Path]:
    """Put a file of counts for each governorate in the place of the one for all. Returns the files by governorate."""
    places = {row["station"]: re.sub(r"Baghdad \(.*\)", "baghdad", row["place"]) for row in read_rows(folder / TREE)}
    header, *rows = lines_of(folder / COUNTS)
    (folder / COUNTS).unlink()
    files: dict[str, list[str]] = {}
    for row in rows:
        files.setdefault(places[row.partition(",")[0]], []).append(row)
    manifest = read_rows(folder / "source_tables.csv")
    whole = next(line for line in manifest if line["kind"] == "station_counts")
    manifest.remove(whole)
    paths = {}
    for position, (place, lines) in enumerate(files.items(), 3):
        slug = f"counts-{place}"
        paths[place] = folder / f"synthetic-stations/{position:02d}-{slug}.csv"
        put(paths[place], [header, *lines])
        manifest.append(
            whole | {"position": str(position), "slug": slug, "governorate_id": place, "row_count": str(len(lines))}
        )
    write_rows(folder / "source_tables.csv", manifest)
    return paths


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Build what must not be built. Returns what is said of faults, and the number of all of them last."""
    status, said = build(folder, capsys)
    assert status == 1
    *faults, total, _ = said
    assert total.startswith(f"{len(faults):,} faults in the data") or len(faults) >= 100, said
    return [*faults, total]


# What the counts add up to


def test_the_sums_of_each_ballot_line_are_what_was_counted(made, stations_db) -> None:
    found = {
        (row["governorate_id"], row["list_number"], row["candidate_number"]): row["votes"]
        for row in stations_db.execute("select * from ballot_lines where votes is not null")
    }
    assert found == {key: votes for key, votes in made.votes.items() if key in found}
    assert all(not votes for key, votes in made.votes.items() if key not in found)
    assert len(found) > 400


def test_each_station_has_the_votes_of_its_rows(made, stations_db) -> None:
    """Added up here, by Python, from the file."""
    votes: dict[int, int] = {}
    with (made.folder / COUNTS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = 10**10 + int(row["station"])
            votes[number] = votes.get(number, 0) + (0 if row["candidate"] else int(row["votes"]))
    found = stations_db.execute("select number, votes from stations where votes is not null").fetchall()
    assert votes == dict(map(tuple, found))


def test_each_count_is_found_by_its_station(made, stations_db) -> None:
    header, *rows = [line.split(",") for line in lines_of(made.folder / COUNTS)]
    assert header == ["station", "list", "candidate", "votes"]
    expected = [(10**10 + int(row[0]), int(row[1]), int(row[2] or 0), int(row[3])) for row in rows]
    assert list(map(tuple, stations_db.execute("select * from station_results"))) == sorted(expected)


def test_results_and_turnout_come_from_the_sums_where_nothing_is_printed(folder, capsys) -> None:
    """Without the other documents the sums are all that is known; where that of one station is not, there is none."""
    change_manifest(folder, lambda lines: [line for line in lines if line["source_id"] == "synthetic-stations"])
    for source in ("synthetic-results", "synthetic-preliminary"):
        shutil.rmtree(folder / source)
    rows = read_rows(folder / TREE)
    rows[-1]["ballots_cast"] = ""
    write_rows(folder / TREE, rows)
    assert build(folder, capsys)[0] == 0
    with opened(folder.parent / "elections.db") as db:
        bases = db.execute("select distinct basis, value_as_printed from claims").fetchall()
        assert list(map(tuple, bases)) == [("added_up", "")]
        lists = db.execute(
            "select results.votes, ballot_lines.votes, results.candidate_id is not null, contests.seat_type"
            " from results"
            " inner join ballot_lines on results.contest_id = ballot_lines.contest_id"
            " and results.list_id = ballot_lines.list_id and ballot_lines.candidate_number = 0"
            " inner join contests on results.contest_id = contests.id"
        ).fetchall()
        assert len(lists) > 150
        assert all(result == added_up for result, added_up, _, _ in lists)
        # A list of one name is that candidate's; one of many is nobody's.
        assert all(bool(alone) == (seat_type != "general") for _, _, alone, seat_type in lists)
        turnout = db.execute("select governorate_id, registered_voters, ballots_cast from turnout").fetchall()
        tree = db.execute(
            "select governorate_id, sum(registered_voters),"
            " iif(count(*) = count(ballots_cast), sum(ballots_cast), null) from stations group by 1 order by 1"
        ).fetchall()
        assert list(map(tuple, turnout)) == list(map(tuple, tree))
        assert [row["governorate_id"] for row in turnout if row["ballots_cast"] is None] == [rows[-1]["place"]]
        assert [row[0] for row in db.execute("select distinct votes_basis from seat_totals")] == ["summed"]


def test_a_printed_total_outranks_a_sum_of_the_same_stage_and_the_difference_is_told(stations_db) -> None:
    other = stations_db.execute(
        "select adopted_by, basis from (select other_claim_id, adopted_by from disagreements) "
        "inner join claims on claims.id = other_claim_id"
    ).fetchall()
    assert {tuple(row) for row in other} == {("printed over added up", "added_up")}


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


def test_centres_and_stations_are_no_divisions_that_report(made, stations_db) -> None:
    rows = stations_db.execute("select * from turnout_by_governorate where governorate_id = 'baghdad'").fetchall()
    assert [(row["reporting_units"], row["ballots_cast"]) for row in rows] == [(1, made.ballots["baghdad"])]


# Files in other forms


def quoted(content: bytes) -> bytes:
    """Quote every cell, as some programs do."""
    return re.sub(rb"[^,\n]+|(?<=,)(?=,)", rb'"\g<0>"', content)


def turned(content: bytes) -> bytes:
    """Put the columns and the rows into another order."""
    header, *rows = [line.split(b",") for line in content.splitlines()]
    return b"\n".join(b",".join(row[place] for place in (3, 1, 0, 2)) for row in [header, *reversed(rows)])


def halves(content: bytes, pack: Callable[[bytes], bytes]) -> bytes:
    """Pack each half by itself."""
    return pack(content[:300]) + pack(content[300:])


FORMS: list[tuple[str, Callable[[bytes], bytes]]] = [
    (".gz", gzip.compress),
    (".gz", lambda content: halves(content, gzip.compress)),
    (".zst", zstandard.compress),
    (".zst", lambda content: halves(content, zstandard.compress)),
    (".zst", zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress),
    ("", lambda content: b"\xef\xbb\xbf" + content),
    ("", lambda content: content.replace(b"\n", b"\r\n")),
    ("", lambda content: content.replace(b"\n", b"\r")),  # as on an old Mac
    ("", lambda content: content.rstrip(b"\n")),
    ("", quoted),
    ("", turned),
    (".gz", lambda content: gzip.compress(b"\xef\xbb\xbf" + quoted(turned(content)).replace(b"\n", b"\r\n"))),
]


def test_a_file_a_governorate_each_in_another_form(folder, capsys, stations_database: Path) -> None:
    """The sums are the same as of one plain file for all."""
    forms = itertools.cycle(FORMS)
    for path in [*split_counts(folder).values(), folder / TREE, folder / BALLOT]:
        ending, form = next(forms)
        content = path.read_bytes()
        path.unlink()
        path.with_name(path.name + ending).write_bytes(form(content))
    assert build(folder, capsys) == (0, [])
    with opened(stations_database) as one, opened(folder.parent / "elections.db") as other:
        for query in (
            "select * from station_results",
            "select * from stations order by number",
            "select id, votes, stations from ballot_lines order by id",
            "select figure_id, value from claims order by 1, 2",
            "select id, votes from results order by id",
        ):
            assert one.execute(query).fetchall() == other.execute(query).fetchall(), query


def test_the_same_data_give_the_same_bytes_in_whatever_order(folder, capsys, stations_database: Path) -> None:
    content = (folder / COUNTS).read_bytes()
    (folder / COUNTS).unlink()
    (folder / f"{COUNTS}.zst").write_bytes(zstandard.compress(turned(content)))
    assert build(folder, capsys) == (0, [])
    assert (folder.parent / "elections.db").read_bytes() == stations_database.read_bytes()


def test_the_recipe_of_contributing_works(data: Path, tmp_path: Path, capsys, db: Database) -> None:
    """As written there: two stations of Wasit with a list that the data know, beside all real data.

    And beside them a station of another election with the same code; a ballot in two files, the candidates first; and
    candidates of the list for the Christians of Kirkuk, of whom the data know the winner.
    """
    recipe = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add station results")[2]
    columns = re.findall(r"`((?:[a-z_]+,)+[a-z_]+)`", recipe.partition("\n## ")[0])
    files = {
        "stations": "Wasit,7001,700101,A school,مدرسة,400,250\nwasit,7001,700102,A school,مدرسة,380,\n",
        "ballot": "Wasit,general,144,,Wasit Ajmal,\nWasit,general,144,3,Somebody Made Up,\n",
        "station_counts": "700101,144,,90\n700101,144,3,40\n700102,144,,70\n",
    }
    add("sources.csv", {"id": "wikipedia-2023"}, id="made-up", title="Made up", copied_from="", kind="commission")(data)
    for position, (header, (kind, rows)) in enumerate(zip(columns, files.items(), strict=True), 1):
        add(
            "source_tables.csv", {"source_id": "wikipedia-2023", "slug": "kirkuk-general"},
            source_id="made-up", position=str(position), slug=kind, governorate_id="", seat_type="",
            kind="stations_in_part" if kind == "stations" else kind,
            vote="general", stage="preliminary", row_count=str(rows.count("\n")),
        )(data)  # fmt: skip
        (folder_of(data, "made-up") / f"{position:02d}-{kind}.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    add("list_names.csv", {"name_as_printed": "Progress Party"}, name_as_printed="Wasit Ajmal",
        list_id="wasit-ajmal-2023", governorate_id="")(data)  # fmt: skip

    other = {"source_id": "other-made-up", "election_id": "2013"}
    add_station_file(data, "stations", "wasit,7001,700101,,,400,250\n", **other)
    add_station_file(data, "ballot", "wasit,general,1,,State of Law Coalition,\n", **other)
    add_station_file(data, "station_counts", "700101,1,,30\n", **other)
    other = {"source_id": "other-made-up"}
    add_station_file(data, "ballot", "basra,general,7,3,Somebody Else,\n", **other)
    add_station_file(data, "ballot", "basra,general,7,,State of Law Coalition,\n", **other)
    names = f"{ANJEL},\nkirkuk,christian,184,2,Another Candidate,\n"
    add_station_file(
        data, "ballot", f"kirkuk,christian,184,,Babylon Movement,\nkirkuk,christian,184,1,{names}", **other
    )

    assert build(data, capsys) == (0, [])
    with opened(tmp_path / "elections.db") as built:
        claims = built.execute(
            "select list_id, measure, value, stations, stations_of from claims where source_id = 'made-up'"
        ).fetchall()
        # Two stations are not Wasit: no total is made of them.
        assert list(map(tuple, claims)) == [("wasit-ajmal-2023", "votes", 160, 2, None)]
        query = "select cast(number % 1e10 as integer), election_id, votes from stations order by number"
        assert list(map(tuple, built.execute(query))) == [
            (700101, "2013", 30), (700101, "2023", 90), (700102, "2023", 70),
        ]  # fmt: skip
        assert list(map(tuple, built.execute("select name, list_id from candidates where name like 'Somebody %'"))) == [
            ("Somebody Else", "state-of-law-2023"), ("Somebody Made Up", "wasit-ajmal-2023"),
        ]  # fmt: skip
        assert built.execute("select count(*) from results").fetchone()[0] > 200, "the real data are still there"
        # Her list's other candidates take nothing from her: the sources print its votes and seat under her name.
        query = "select id, candidate_id, seats from results where contest_id = '2023-kirkuk-christian' order by id"
        assert built.execute(query).fetchall() == db.execute(query).fetchall()


def test_a_release_writes_a_table_too_large_for_a_sheet_without_holding_it(
    stations_database: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(codebook, "MOST_ROWS", ROWS - 1)
    monkeypatch.setattr(release, "validate", lambda descriptor: None)  # takes long, and is tried on the real data
    out = tmp_path / "dist"
    release.release(stations_database, out)
    with (out / "csv/station_results.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(map(int, row)) for row in list(csv.reader(file))[1:]]
    with opened(stations_database) as db:
        assert rows == list(map(tuple, db.execute("select * from station_results")))
    assert duckdb.sql(f"select count(*) from '{out}/parquet/station_results.parquet'").fetchall() == [(ROWS,)]
    assert not (out / "json/station_results.json").exists()
    assert (out / "json/stations.json").exists()
    named = {each["name"]: each for each in json.loads((out / "datapackage.json").read_text("utf-8"))["resources"]}
    assert named["station_results"]["schema"]["primaryKey"] == ["station_number", "list_number", "candidate_number"]
    assert f"table, {ROWS:,} rows" in (out / "codebook.md").read_text(encoding="utf-8")
    assert not (out / "checked.json").exists()


# Faults: what is wrong with a row, and how it is told


def with_cells(line: str, **cells: str) -> str:
    """Change cells of a line of counts."""
    return ",".join(
        (dict(zip(STATION_FILES["station_counts"].split(","), line.split(","), strict=True)) | cells).values()
    )


WHOLE = "a whole number from 0 to 99,999"
BAD_COUNTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a negative count": (lambda row: with_cells(row, votes="-3"), f", column \"votes\": found '-3'; expected {WHOLE}."),
    "a fraction": (lambda row: with_cells(row, votes="1.5"), ", column \"votes\": found '1.5'; "),
    "an exponent": (lambda row: with_cells(row, votes="1e3"), ", column \"votes\": found '1e3'; "),
    "an absurd count": (lambda row: with_cells(row, votes="100000"), ", column \"votes\": found '100000'; "),
    "a count of many digits": (lambda row: with_cells(row, votes="9" * 30), ", column \"votes\": found '999999"),
    "an empty count": (lambda row: with_cells(row, votes=""), ", column \"votes\": found ''; "),
    "a count with a space": (lambda row: with_cells(row, votes=" 5"), ", column \"votes\": found ' 5'; "),
    "a quoted negative count": (lambda row: with_cells(row, votes='"-3"'), ", column \"votes\": found '\"-3\"'; "),
    "a quote at one end": (lambda row: with_cells(row, votes='"5'), ", column \"votes\": found '\"5'; "),
    "two pairs of quotes": (lambda row: with_cells(row, votes='"5""6"'), ", column \"votes\": found '\"5\"\"6\"'; "),
    "Arabic-Indic digits": (lambda row: with_cells(row, votes="٥"), ", column \"votes\": found '٥'; "),
    "a word": (lambda row: with_cells(row, votes="none"), ", column \"votes\": found 'none'; "),
    "no station": (lambda row: with_cells(row, station=""), ", column \"station\": found ''; "),
    "a station of eleven digits": (lambda row: with_cells(row, station="1" * 11), ", column \"station\": found '1111"),
    "an unknown station": (
        lambda row: with_cells(row, station="42"),
        ', column "station": found 42; expected a station of the tree of 2099.',
    ),
    "a station of another governorate": (
        lambda row: with_cells(row, station="12000101"),
        ', column "station": found 12000101, in nineveh; expected a station of baghdad, as the manifest says',
    ),
    "no list": (lambda row: with_cells(row, list=""), ", column \"list\": found ''; expected the number of a list."),
    "list 0": (lambda row: with_cells(row, list="0"), ", column \"list\": found '0'; "),
    "an unknown list": (
        lambda row: with_cells(row, list="9999", candidate=""),
        ', column "list": found 9999; expected a line of the ballot of baghdad.',
    ),
    "a candidate of an unknown list": (
        lambda row: with_cells(row, list="9999", candidate="1"), ', column "list": found 9999, candidate 1; '
    ),
    "an unknown candidate": (
        lambda row: with_cells(row, candidate="77"), ', column "candidate": found 1'
    ),
    "a candidate beyond all bounds": (
        lambda row: with_cells(row, candidate=str((1 << 20) + 1)), ", column \"candidate\": found '1048577'; "
    ),
    "a missing cell": (lambda row: row.rpartition(",")[0], ": found 3 cells; expected 4 cells, as in the header."),
    "a cell too many": (lambda row: row + ",1", ": found 5 cells; "),
    "a comma inside a number": (lambda row: with_cells(row, votes="1,234"), ": found 5 cells; "),
    "a blank line": (lambda row: "", ": found a blank line; "),
}  # fmt: skip


def test_each_fault_in_the_counts_is_told_with_its_line_and_no_other(folder, capsys) -> None:
    paths = split_counts(folder)
    lines = lines_of(paths["baghdad"])
    told = []
    for number, (spoil, said) in enumerate(BAD_COUNTS.values()):
        place = 8 + number
        lines[place] = spoil(lines[place])
        told.append((place + 1, said))
    said = f" a second time; expected each count once. It stands in data/{paths['baghdad'].relative_to(folder)}:7."
    told += [(len(lines) + 1, said), (len(lines) + 2, ": found a blank line; ")]
    put(paths["baghdad"], [*lines, lines[6], ""])
    # And of another file, that a row is missing.
    put(paths["basra"], lines_of(paths["basra"])[:-1])
    rows = len(lines_of(paths["basra"])) - 1

    manifest, *faults, total = refused(folder, capsys)
    prefix = f"data/{paths['baghdad'].relative_to(folder)}:"
    missed = [
        (place, said)
        for place, said in told
        if not any(fault.startswith(f"{prefix}{place}") and said in fault for fault in faults)
    ]
    assert not missed, faults
    assert len(faults) == len(told)
    assert [int(fault.removeprefix(prefix).partition(":")[0].partition(",")[0]) for fault in faults] == sorted(
        place for place, _ in told
    )
    assert f'column "row_count": found {rows + 1}; expected {rows}, the rows of {paths["basra"].name}.' in manifest
    assert total == f"{len(told) + 1} faults in the data."


def test_a_count_there_twice_is_told_when_nothing_else_is_wrong(folder, capsys) -> None:
    """Only the table of the database notices it."""
    lines = lines_of(folder / COUNTS)
    put(folder / COUNTS, [*lines, lines[8]])
    change_manifest(
        folder,
        lambda rows: [row | {"row_count": str(ROWS + 1)} if row["row_count"] == str(ROWS) else row for row in rows],
    )
    fault, total = refused(folder, capsys)
    station, list_number, candidate, _ = lines[8].split(",")
    what = f"station {station}, list {list_number}" + (f", candidate {candidate}" if candidate else "")
    assert fault == (
        f"data/{COUNTS}:{ROWS + 2}: found {what} a second time; expected each count once. "
        f"It stands in data/{COUNTS}:9. Take one of them out."
    )
    assert total == "1 faults in the data."


def test_a_hundred_faults_are_listed_and_all_are_counted(folder, capsys) -> None:
    header, *rows = lines_of(folder / COUNTS)
    put(folder / COUNTS, [header, *[f"{row}x" if number % 2 else row for number, row in enumerate(rows)]])
    *faults, total = refused(folder, capsys)
    assert [int(fault.partition(":")[2].partition(",")[0]) for fault in faults] == list(range(3, 203, 2))
    assert (
        total == f"{ROWS // 2} faults in the data; {ROWS // 2 - 100} of them are not listed, as 100 of their file are."
    )


BAD_TREES: dict[str, tuple[dict[str, str], str]] = {
    "an unknown place": ({"place": "Atlantis"}, ", column \"place\": found 'Atlantis'; "),
    "a code with letters": ({"station": "A1"}, ", column \"station\": found 'A1'; "),
    "a station twice": ({"station": "11000101"}, ', column "station": found 11000101 a second time; '),
    "a centre in two places": ({"centre": "110001"}, ', column "centre": found centre 110001 with '),
    "nobody registered": ({"registered_voters": "0"}, ", column \"registered_voters\": found '0'; "),
    "a negative number of ballots": ({"ballots_cast": "-1"}, ", column \"ballots_cast\": found '-1'; "),
    "a space before a name": ({"name": " Synthetic"}, ", column \"name\": found ' Synthetic'; "),
    "a line break of another kind": ({"name": "A\u2028school"}, ""),  # which is text to those who read CSV
    "a control character": ({"name": "A\tschool"}, ", column \"name\": found 'A\\tschool'; expected printable"),
    "a letter in two parts": ({"name": "Cafe\u0301"}, ", column \"name\": found 'Cafe\u0301'; expected composed"),
    "an endless cell": ({"name": "x" * 5_001}, ', column "name": found \'xxx'),
    "a comma in quotes": ({"name": '"School, the ""third"""', "centre": "880001"}, ""),
    "a quote that is not closed": ({"name": '"A school'}, ": found a quoting error; "),
    "text behind a quote": ({"name": '"A" school'}, ": found a quoting error; "),
    "a comma without quotes": ({"name": "School, the third"}, ": found 8 cells; expected 7 cells, as in the header."),
}
BAD_BALLOTS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown list": (
        {"candidate": "", "list": "55", "name": "Synthetic list 55"}, ", column \"name\": found 'Synthetic list 55'; "
    ),
    "a candidate of no list": ({"list": "56"}, ', column "list": found 56; expected a list of the ballot of '),
    "a line twice": ({"candidate": "1"}, " a second time; expected each line of the ballot once. data/"),
    "an unknown kind of seat": ({"seat_type": "martian"}, ", column \"seat_type\": found 'martian'; "),
    "another kind of seat than the list": (
        {"candidate": "71", "seat_type": "shabak"},
        ", column \"seat_type\": found 'shabak'; expected general, as its list.",
    ),
    "a list under two numbers": (
        {"candidate": "", "list": "57", "name": "Synthetic list 101", "name_ar": "", "seat_type": "general"},
        ", column \"name\": found 'Synthetic list 101'; expected each list under one number.",
    ),
    "no name": ({"name": "", "name_ar": ""}, ', column "name": found an empty cell; '),
    "a division of a governorate": ({"place": "Baghdad (Karkh)"}, ", column \"place\": found 'Baghdad (Karkh)'; "),
    "a number with a sign": ({"candidate": "+1"}, ", column \"candidate\": found '+1'; "),
}  # fmt: skip


def spoil_rows(path: Path, cases: dict[str, tuple[dict[str, str], str]], rows: list[int]) -> dict[int, str]:
    """Change a row for each case, as text. Returns what is to be said of each line."""
    lines = lines_of(path)
    header = lines[0].split(",")
    told = {}
    for row, (cells, said) in zip(rows, cases.values(), strict=False):
        lines[row] = ",".join((dict(zip(header, lines[row].split(","), strict=True)) | cells).values())
        if said:
            told[row + 1] = said
    put(path, lines)
    return told


def test_each_fault_in_the_trees_and_ballots_is_told_with_its_line_and_no_other(folder, capsys) -> None:
    rows = read_rows(folder / BALLOT)
    of_basra = [number for number, row in enumerate(rows, 1) if row["place"] == "basra"]
    candidates = [
        number
        for number in of_basra
        if int(rows[number - 1]["candidate"] or 0) > 1 and rows[number - 1]["list"] != "101"
    ]
    told = {
        TREE: spoil_rows(folder / TREE, BAD_TREES, list(range(10, 30))),
        BALLOT: spoil_rows(folder / BALLOT, BAD_BALLOTS, candidates),
    }
    *faults, total = refused(folder, capsys)
    missed = [
        (file, line, said)
        for file, lines in told.items()
        for line, said in lines.items()
        if not any(fault.startswith(f"data/{file}:{line}") and said in fault for fault in faults)
    ]
    assert not missed, faults
    assert total == f"{sum(map(len, told.values()))} faults in the data.", faults


ANJEL = "Anjel Ziya Shiba Al-Barwari"


def test_faults_of_names_and_of_several_files_are_told_in_one_run(data: Path, capsys) -> None:
    in_wasit = add_station_file(data, "stations", "wasit,7001,700101,A,,400,250\n")
    again = add_station_file(data, "stations", "wasit,7002,700101,A,,400,250\nwasit,7001,700102,B,,400,250\n")
    hammurabi = f"kirkuk,christian,9,,Hammurabi Coalition,\nkirkuk,christian,9,1,{ANJEL},\n"
    of_another = add_station_file(data, "ballot", hammurabi)
    names = (
        f"kirkuk,christian,184,,Babylon Movement,\nkirkuk,christian,184,1,{ANJEL},\nkirkuk,christian,184,2,{ANJEL},\n"
    )
    twice = add_station_file(data, "ballot", names, election_id="2023")
    seats = "kirkuk,general,102,,Ameel Putros Qanstantin Ibrahim Agha,\nnineveh,general,102,,Babylon Movement,\n"
    other_seats = add_station_file(data, "ballot", seats)
    numbers = "basra,general,7,,State of Law Coalition,\n"
    first = add_station_file(data, "ballot", numbers)
    second = add_station_file(data, "ballot", numbers)
    elsewhere = "nineveh,8001,800101,A,,400,250\n,8002,800102,A,,400,250\n"
    in_basra = add_station_file(data, "stations", elsewhere, governorate_id="basra")
    ballot_of_basra = add_station_file(data, "ballot", "wasit,general,8,,Azm Alliance,\n", governorate_id="basra")

    *faults, total = refused(data, capsys)
    as_manifest = "expected a place in basra, as the manifest says of the file. Fix the place, or leave governorate_id"
    expected = [
        f"data/{again}:2, column \"station\": found 700101 a second time; expected each station once. "
        f"It stands in data/{in_wasit}:2 before.",
        f"data/{again}:3, column \"centre\": found centre 7001 with wasit, B; expected the place and names of "
        f"data/{in_wasit}:2.",
        f"data/{of_another}:3, column \"name\": found '{ANJEL}'; expected a candidate of babylon-2023.",
        f"data/{twice}:4, column \"name\": found '{ANJEL}'; expected each candidate under one number. "
        f"data/{twice}:3 is the same candidate.",
        f"data/{other_seats}:2, column \"seat_type\": found 'general'; expected christian, for which the candidate",
        f"data/{other_seats}:3, column \"seat_type\": found 'general'; expected christian, for which the list stands.",
        f"data/{second}:2: found 2023-basra-7 a second time; expected each line of the ballot once. "
        f"data/{first}:2 has the same numbers.",
        f"data/{in_basra}:2, column \"place\": found 'nineveh'; {as_manifest}",
        f"data/{ballot_of_basra}:2, column \"place\": found 'wasit'; {as_manifest}",
    ]  # fmt: skip
    missed = [each for each in expected if not any(fault.startswith(each) for fault in faults)]
    assert not missed, faults
    assert total == f"{len(expected)} faults in the data.", faults


@pytest.mark.parametrize(
    "names",
    [
        (ANJEL, "إنجيل زيا شيبا زيا البرواري"),
        ("", "إنجيل زيا شيبا زيا البرواري"),
        ("Another One", "إنجيل زيا شيبا زيا البرواري"),
    ],
)
def test_a_candidate_whom_the_data_know_is_found_by_either_name(data: Path, tmp_path: Path, names) -> None:
    lines = "kirkuk,christian,184,,Babylon Movement,\nkirkuk,christian,184,1,{},{}\n".format(*names)
    add_station_file(data, "ballot", lines)
    with reading(data, tmp_path / "scratch") as (files, resolver):
        files.read_trees_and_ballots(resolver)
        assert not files.problems
        line = files.ballots.lines["2023", "kirkuk", 184, 1]
        assert (line.meaning.candidate_id, line.candidate) == ("anjel-ziya-2023", None)


@contextlib.contextmanager
def reading(data: Path, scratch: Path) -> Iterator[tuple[StationFiles, Resolver]]:
    """Make ready to read the files about stations, and nothing else."""
    problems = Problems(data)
    db = build_db.Database(memory=True)
    build_db.run_script(db, PROJECT / "sql/schema.sql")
    curated = read_curated(db, data, problems)
    resolver = Resolver(curated, problems)
    with StationFiles(PROJECT / "sql", scratch, curated, problems) as files:
        yield files, resolver


# Every two strange cells in a row: what is loaded and what is told, beside what this test makes of the row.

STRANGE = ["", "-1", " 1", "1 ", "0x1", "1e3", "1.5", "+1", "1_0", "٣", '"1"', '"1', '""', '"1""2"', "9" * 25, "0",
           "00", "01"]  # fmt: skip
MOST = {"station": 9_999_999_999, "list": 99_999, "candidate": 99_999, "votes": 99_999}


def judged(line: str, known: dict[tuple[int, int], int], seen: set[tuple[int, int, int]]) -> str:
    """Say what is wrong with a line of counts, if anything is."""
    cells = dict(zip(MOST, line.split(","), strict=True))
    numbers = []
    for column, cell in cells.items():
        digits = match[1] or match[2] or "" if (match := re.fullmatch('(?:"([0-9]*)"|([0-9]*))', cell)) else "x"
        if column == "candidate" and not digits:
            digits = "0"
        least = 1 if column in ("station", "list") else 0
        if not digits.isdecimal() or not least <= int(digits) <= MOST[column]:
            return f"count_{column}"
        numbers.append(int(digits))
    station, list_number, candidate, _ = numbers
    if (station, 0) not in known:
        return "no_station"
    if (station, list_number) not in known:
        return "list_unknown"
    if candidate > known[station, list_number]:
        return "candidate_unknown"
    if (station, list_number, candidate) in seen:
        return "count_twice"
    seen.add((station, list_number, candidate))
    return ""


def test_every_strange_row_is_told_or_loaded_as_what_it_says(data: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("elections.stations.LISTED", 1_000_000)
    usual = ["700101", "7", "1", "5"]
    lines = []
    for one, other in itertools.combinations(range(4), 2):
        choices = [[cell] for cell in usual]
        choices[one], choices[other] = [usual[one], *STRANGE], [usual[other], *STRANGE]
        lines += [",".join(row) for row in itertools.product(*choices)]
    add_station_file(
        data, "stations", "basra,7001,700101,,,400,250\nbasra,7001,700102,,,400,250\nbasra,7001,1,,,400,250\n"
    )
    names = ("State of Law Coalition", "Azm Alliance")
    ballot = "".join(
        f"basra,general,{number},,{name},\nbasra,general,{number},1,Somebody of {number},\n"
        for number, name in zip((1, 7), names, strict=True)
    )
    add_station_file(data, "ballot", ballot)
    add_station_file(data, "station_counts", "".join(f"{line}\n" for line in lines), governorate_id="basra")
    known = {(station, number): 1 for station in (1, 700101, 700102) for number in (0, 1, 7)}
    seen: set[tuple[int, int, int]] = set()
    expected = {number: fault for number, line in enumerate(lines, 2) if (fault := judged(line, known, seen))}
    with reading(data, tmp_path / "scratch") as (files, resolver):
        files.read_trees_and_ballots(resolver)
        assert not files.problems, str(files.problems)
        files.read_counts()
        found = dict(files.db.execute("select line, told[1] from faults").fetchall())
        loaded = files.db.execute("select distinct station % 10000000000, list, candidate from counts").fetchall()
    differing = {lines[line - 2]: (found.get(line), expected.get(line)) for line in {*found, *expected}
                 if found.get(line) != expected.get(line)}  # fmt: skip
    assert not differing
    assert seen <= set(loaded)
    assert len(expected) > 1_500


def test_rows_keep_the_numbers_of_their_lines_however_long_the_file(data: Path, tmp_path: Path, monkeypatch) -> None:
    """Two threads read it, a piece at a time. Each row says here where it is, but is of no ballot."""
    rows = 400_000
    add_station_file(data, "stations", "basra,7001,700101,,,400,250\n")
    counts = "".join(f"700101,{number // 100_000 + 1},{number % 100_000},5\n" for number in range(rows))
    add_station_file(data, "station_counts", counts)
    monkeypatch.setattr(StationFiles, "_note_faults_of_counts", lambda files: None)
    with reading(data, tmp_path / "scratch") as (files, resolver):
        files.read_trees_and_ballots(resolver)
        files.read_counts()
        found = files.db.execute("select count(*) from counts where (list - 1) * 100000 + candidate = rowid").fetchall()
    assert found == [(rows,)]


# Faults of whole files


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def bad_files(header: str, row: str) -> dict[str, tuple[str, bytes | None, str]]:
    """Ways in which a file as a whole is wrong: its ending, its content, and what is said."""
    plain = bytes_of(f"{header}\n{row}\n" * 1)
    long = bytes_of(f"{header}\n" + f"{row}\n" * 20_000)
    gz, zst = gzip.compress(plain), zstandard.compress(plain)
    half = zstandard.compress(long)
    cut_off = "Compressed file ended before the end-of-stream marker was reached"
    return {
        "cut off": (".gz", gz[: len(gz) // 2], f": found {cut_off}"),
        "cut at the end": (".gz", gz[:-1], f": found {cut_off}"),
        "with another checksum": (".gz", gz[:-8] + b"0000" + gz[-4:], ": found CRC check failed"),
        "with a hole": (".gz", gz[:12] + gz[20:], ": found "),
        "no such file": (".gz", b"no such thing" * 100, ": found Not a gzipped file"),
        "empty": (".gz", b"", ": found an empty file; expected a header line and the rows."),
        "cut off, zst": (".zst", half[: len(half) // 2], ": found the last frame is cut off"),
        "cut at the end, zst": (".zst", zst[:-1], ": found the last frame is cut off"),
        "with a hole, zst": (".zst", half[:40] + half[48:], ": found "),
        "no such file, zst": (".zst", b"no such thing" * 100, ": found "),
        "empty, zst": (".zst", b"", ": found an empty file; "),
        "empty, plain": ("", b"", ": found an empty file; "),
        "not there": ("", None, ": found no such file; expected the file, or the same packed as .gz or .zst."),
        "a header of another name": (
            "", plain.replace(b"station", b"booth"), ':1, column "station": found no such column; '
        ),
        "no header": ("", plain.partition(b"\n")[2], ':1, column "station": found no such column; '),
        "a bad byte in the header": ("", b"place\xff\n" + plain, ":1: found bytes that are not UTF-8; expected UTF-8."),
        "a quote left open in the header": ("", b'"place\n' + plain, ":1: found a quoting error ("),
        "a bad byte in a row": ("", plain + b"\xff\n", ":3: found bytes that are not UTF-8; expected UTF-8."),
        "two kinds of line ends": (
            "", plain + plain.partition(b"\n")[2].replace(b"\n", b"\r\n"), ": found line ends of more than one kind; "
        ),
        "no line breaks": ("", plain + b"1" * 3_000_000, ":3: found a line of more than 100,000 bytes; "),
    }  # fmt: skip


def place_bad_files(data: Path, kind: str, governorates: Iterator[str], row: str) -> tuple[int, list[str]]:
    """Add a file for each fault. Returns their number, and those of which is not said what should be."""
    expected = []
    for ending, content, said in bad_files(STATION_FILES[kind], row).values():
        path = add_station_file(data, kind, "", governorate_id=next(governorates))
        (data / path).unlink()
        if content is not None:
            (data / f"{path}{ending}").write_bytes(content)
        expected.append(f"data/{path}{ending if content is not None else ''}{said}")
    return len(expected), expected


def test_a_tree_that_cannot_be_read_is_told_once(data: Path, capsys) -> None:
    number, expected = place_bad_files(data, "stations", itertools.repeat(""), "basra,7001,700101,,,400,250")
    both = add_station_file(data, "stations", "basra,7001,700101,,,400,250\n")
    (data / f"{both}.gz").write_bytes(b"")
    (data / "2023/made-up/stations.csv").write_text("of no line of the manifest", encoding="utf-8")
    name = both.rpartition("/")[2]
    expected += [
        f"data/{both}: found {name} and {name}.gz; expected one of them.",
        "data/2023/made-up/stations.csv: found a file that no manifest names; ",
    ]
    faults = told_of_stations(refused(data, capsys))
    assert not [each for each in expected if not any(fault.startswith(each) for fault in faults)], faults
    assert len({fault.partition(":")[0] for fault in faults}) == number + 2


def told_of_stations(said: list[str]) -> list[str]:
    """Return what is said of files; a header of another name is told of for each column."""
    return [line for line in said if line.startswith("data/2023/made-up/")]


def test_counts_that_cannot_be_read_are_told_once(data: Path, capsys) -> None:
    add_station_file(data, "stations", "basra,7001,700101,,,400,250\n")
    add_station_file(data, "ballot", "basra,general,7,,State of Law Coalition,\n")
    names = [row["id"] for row in read_rows(data / "governorates.csv")]
    number, expected = place_bad_files(
        data, "station_counts", itertools.chain(names, map(str, range(9))), "700101,7,,5"
    )
    again = add_station_file(data, "station_counts", "700101,7,,5\n", governorate_id=names[0])
    line = len(read_rows(data / "2023/source_tables.csv")) + 1
    said = refused(data, capsys)
    faults = told_of_stations(said)
    assert not [each for each in expected if not any(fault.startswith(each) for fault in faults)], faults
    assert len({fault.partition(":")[0] for fault in faults}) == number
    assert not any(again in fault for fault in faults)
    place = f'data/2023/source_tables.csv:{line}, column "governorate_id"'
    one_file = f"{place}: found '{names[0]}'; expected one file of counts"
    assert any(fault.startswith(one_file) for fault in said), said


@pytest.mark.parametrize("size", [1, 2, 3, 131_072, 300_000])
def test_a_file_packed_in_several_frames_is_whole_or_cut_off(tmp_path: Path, size: int) -> None:
    """Each end of a frame but the last looks like the end of the file."""
    packer = zstandard.ZstdCompressor(write_checksum=size % 2 == 0, write_content_size=size > 2)
    path = tmp_path / "x.csv"
    packed = tmp_path / "x.csv.zst"
    frames = packer.compress(b"1" * size), packer.compress(b"2\n"), b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    for order in ((0, 1), (0, 1, 2), (2, 0, 1)):
        whole = b"".join(frames[place] for place in order)
        packed.write_bytes(whole)
        assert find(path, Problems(tmp_path)) == packed
        for cut in range(1, len(frames[order[-1]])):
            packed.write_bytes(whole[:-cut])
            problems = Problems(tmp_path)
            assert find(path, problems) is None
            assert "the last frame is cut off" in str(problems)


def test_of_one_file_a_hundred_problems_are_kept(tmp_path: Path) -> None:
    """Millions of them would fill the memory."""
    problems = Problems(tmp_path)
    path = tmp_path / "x.csv"
    problems.limit(path)
    for line in range(250):
        problems.add(path, line, "", "a", "b", "c")
    assert len(problems.found) == 100
    assert problems.total().startswith("250 faults")


@pytest.mark.parametrize("package", ["duckdb", "apsw"])
def test_the_engine_is_asked_for_in_one_sentence_where_it_is_missing(folder, capsys, monkeypatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    status, said = build(folder, capsys)
    assert status == 1
    assert len(said) == 2
    assert said[0].startswith(
        "source_tables.csv names files about polling stations, which are read with DuckDB and apsw: "
        "install them with python -m pip install -e '.[stations]' ("
    )


def test_no_engine_is_needed_where_no_files_about_stations_are_named(tmp_path: Path, monkeypatch) -> None:
    for package in ("duckdb", "apsw"):
        monkeypatch.setitem(sys.modules, package, None)
    assert build_here("--database", tmp_path / "built.db", "--quiet").returncode == 0


# Builds that are killed, or find no room


KILLED_WHILE_LOADING = """
import os, signal, sys
import build_db
from elections.loading import Loading
written = Loading._write
def write(*arguments):
    written(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
Loading._write = write
build_db.main(["--data", sys.argv[1], "--database", sys.argv[2], "--quiet"])
"""


def test_a_build_killed_while_it_loads_leaves_the_old_database_and_the_next_clears_up(
    folder, capsys, monkeypatch
) -> None:
    database = folder.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_LOADING, folder, database], cwd=PROJECT, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert database.read_bytes() == LAST_GOOD
    left = [path for path in folder.parent.iterdir() if path.name.startswith(".elections.db.")]
    assert [path for path in left if path.is_dir() and list(path.glob("part-*.csv"))], (
        "the killed build should have left its files, or this tests nothing"
    )
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert build(folder, capsys)[0] == 1  # which also asserts that nothing is left


# In the thread that loads, in the copy of the rest, and in the whole file.
ROOM = [30, 1_000, 2_500]


@pytest.mark.parametrize(
    "kilobytes", [*ROOM, *(pytest.param(size, marks=pytest.mark.storm) for size in range(100, 2_500, 300))]
)
def test_no_room_on_the_disk_while_stations_are_loaded(folder, kilobytes: int) -> None:
    """A limit to the size of a file stands for the full disk; it is met in one step or another."""
    database = folder.parent / "elections.db"
    database.write_bytes(LAST_GOOD)
    limit, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, most))
    try:
        failed = build_here("--data", folder, "--database", database)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    assert failed.returncode == 1, failed.stdout
    assert failed.stderr.startswith(f"{database} cannot be written: ")
    assert failed.stderr.endswith(f"{database} is unchanged.\n")
    assert failed.stderr.count("\n") == 2
    assert database.read_bytes() == LAST_GOOD
    assert sorted(path.name for path in folder.parent.iterdir()) == ["data", "elections.db"]


def test_the_file_is_sound(stations_db) -> None:
    assert stations_db.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert stations_db.execute("pragma foreign_key_check").fetchall() == []


# VmHWM and not ru_maxrss, which a process takes over from the one that started it.
MEASURED = """
import re, sys
import build_db
status = build_db.main(["--data", sys.argv[1], "--database", sys.argv[2], "--quiet"])
print(status, int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024)
"""


def test_a_million_counts_take_little_memory(data: Path, tmp_path: Path) -> None:
    """Unsorted, they must be sorted; and ten million are held in no more (tests/bench_build.py measures them)."""
    stations, lists = 5_000, 200
    add_station_file(data, "stations", "".join(f"basra,1,{100_000 + number},,,400,250\n" for number in range(stations)))
    candidates = "".join(f"basra,general,7,{number},Somebody {number},\n" for number in range(1, lists))
    add_station_file(data, "ballot", f"basra,general,7,,State of Law Coalition,\n{candidates}")
    votes = [f",7,{number or ''},{number % 90}\n" for number in range(lists)]
    counts = "".join(f"{100_000 + station}{line}" for line in votes for station in range(stations))
    add_station_file(data, "station_counts", counts)
    built = subprocess.run(
        [sys.executable, "-c", MEASURED, data, tmp_path / "built.db"],
        cwd=PROJECT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    status, megabytes = map(int, built.stdout.split())
    assert status == 0, built.stderr
    assert megabytes < 350
    with opened(tmp_path / "built.db") as db:
        assert db.execute("select count(*), sum(votes) from station_results").fetchone()[:] == (
            stations * lists, stations * sum(number % 90 for number in range(lists)),
        )  # fmt: skip


# Progress


def test_progress_is_told_in_plain_lines_where_there_is_no_terminal(monkeypatch, capsys) -> None:
    monkeypatch.setattr("elections.progress.EVERY", 0.0)
    with progress("loading", 3_000, bar=False) as told:
        assert told(0) is None
        line = told(1_500)
    assert line is not None
    assert re.fullmatch(r"loading +1,500 of 3,000 rows, [\d,]+ a second, about \d+ s left", line)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal(monkeypatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("loading", 3_000, bar=True) as told:
        for done in (0, 1_500, 3_000):
            assert told(done) is None
    assert "loading  [" in terminal.getvalue()
    assert "3000/3000" in terminal.getvalue()
    assert " rows/s" in terminal.getvalue()


# The site


@pytest.fixture(scope="module")
def stations_site(stations_database: Path) -> Iterator[Client]:
    """The site of the made-up election."""
    with site_of(stations_database) as client:
        yield client


@pytest.fixture(scope="module")
def ask(stations_site: Client) -> Callable[[str], str]:
    """Ask it for a page."""
    return lambda path: stations_site.page(path).raise_for_status().text


def test_every_page_says_that_it_is_made_up(ask) -> None:
    paths = ["/", "/governorate/basra", "/sources", "/elections", "/elections/stations", "/audit"]
    assert [path for path in paths if "Synthetic data, made up for tests." not in ask(path)] == []
    assert "بيانات مصطنعة للاختبار" in ask("/ar/governorate/basra")


def test_the_real_site_says_nothing_of_the_kind(client: Client) -> None:
    assert "Synthetic data" not in client.page("/").text


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


def test_a_governorate_leads_to_its_stations(ask, stations_site: Client, stations_db) -> None:
    def stations_of(after: object) -> list[dict[str, object]]:
        parameters = {"governorate": "basra", "election": "2099", "after": after}
        return stations_site.rows("/elections/stations_of.json", params=parameters)

    page = ask("/governorate/basra")
    assert 'href="/elections/stations?governorate_id=basra&amp;election_id=2099"' in page
    rows = stations_of("")
    numbers = [
        row["number"] for row in stations_db.execute("select number from stations where governorate_id = 'basra'")
    ]
    assert [row["station_number"] for row in rows] == sorted(numbers)
    assert [row["station_number"] for row in stations_of(min(numbers))] == sorted(numbers)[1:]


def test_the_results_of_a_station_and_a_list_by_station(stations_site: Client, stations_db) -> None:
    station = stations_db.execute("select max(number) from stations where votes is not null").fetchone()[0]
    rows = stations_site.rows("/elections/results_of_station.json", params={"station": station})
    expected = stations_db.execute("select votes from station_results where station_number = ?", [station]).fetchall()
    assert [row["votes"] for row in rows] == [row["votes"] for row in expected]
    assert all(row["name"] for row in rows)
    parameters = {"list": "synthetic-list-101-2099", "governorate": "basra", "after": ""}
    by_station = stations_site.rows("/elections/list_by_station.json", params=parameters)
    total = stations_db.execute("select votes from ballot_lines where id = '2099-basra-101'").fetchone()[0]
    assert sum(row["votes"] for row in by_station) == total


def test_a_search_shows_some_of_the_many_it_finds(ask) -> None:
    found = json.loads(ask("/search.json?q=synthetic"))
    assert found["total"] > 1000
    assert sum(len(group["hits"]) for group in found["groups"]) == 200
