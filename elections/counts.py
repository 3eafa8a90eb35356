"""Loads the counts of the stations, millions of rows, as fast as SQLite takes them, and proves every one.

Two cores share the work, a block of the file at a time. One unpacks the block, proves its form and adds its votes up
by line of the ballot; the other inserts it. Both let SQLite's own code parse it (apsw's CSV table), so that Python
never sees a row. What is proved, and where:

- four fields a row, digits and nothing else: without its digits a block is the same three commas and a line break
  over and over;
- no empty field but the candidate's, which becomes 0, numbers in range, no row twice: by the table, which is STRICT;
- a station of the tree, in the governorate of the file: by adding up, which leaves out and so misses any other;
- a line of that governorate's ballot: by the sums, one for each line.

If any of it fails, nothing is kept, and all files are read once more, slowly, to say which lines are wrong (Faults).
"""

import contextlib
import csv
import queue
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw
import apsw.sqlite_extra
from sqlite_utils import Database

from elections import streams
from elections.claims import table_id, table_path
from elections.problems import BuildError, Problems
from elections.progress import progress
from elections.reading import Row, Table
from elections.stations import (
    CODES,
    LARGEST_BALLOT_NUMBER,
    LARGEST_CODE,
    Ballots,
    count_rows,
    is_numbered,
    number,
    of_kind,
)
from elections.streams import Unreadable

COLUMNS = ["station", "list", "candidate", "votes"]
LARGEST_COUNT = 99_999  # votes in one cell: a station has some 500 voters
DIGITS = b"0123456789"
QUOTED = re.compile(rb'(?<![^,\n])"([0-9]*)"(?![^,\n])')
AHEAD = 8  # blocks that are made ready before they are inserted
GOVERNORATE_BITS, LIST_BITS = 40, 20  # of a key of the sums: governorate, list number, candidate number

Sums = dict[tuple[str, int, int], tuple[int, int]]


class Refused(Exception):
    """A file holds something that must be looked at row by row."""


@dataclass
class CountFile:
    """One file of counts as the manifest names it, with its sums once it is loaded."""

    manifest: Row
    path: Path
    rows: int = 0
    sums: Sums = field(default_factory=dict)

    @property
    def election(self) -> str:
        """Return the election of the counts."""
        return self.manifest["election_id"]


def find_counts(data: Path, curated: Mapping[str, Table], problems: Problems) -> list[CountFile]:
    """Find the files of counts, and hold the manifest's lines about them against each other."""
    manifest = curated["source_tables"]
    files = []
    scopes: dict[str, dict[str, int]] = {}
    for line in of_kind(manifest, "station_counts"):
        if not is_numbered(manifest.path, line, problems):
            continue
        scope = scopes.setdefault(line["election_id"], {})
        governorate = line["governorate_id"]
        if scope and (governorate in scope or "" in (governorate, *scope)):
            problems.add(
                manifest.path, line.line, "governorate_id", repr(governorate),
                "one file of counts for all governorates, or one for each of them",
                "A station is counted once in an election: a later count takes the place of an earlier one.",
            )  # fmt: skip
            continue
        scope[governorate] = line.line
        if path := streams.find(table_path(data, line), problems):
            files.append(CountFile(line, path))
    return files


def load_counts(
    database: Path, files: Sequence[CountFile], ballots: Ballots, problems: Problems, bar: bool
) -> Iterator[str]:
    """Load the files into station_results, yielding lines of progress. What is wrong is noted.

    The database must hold the stations, and no other connection may be at work in it.
    """
    scratch = [database.with_name(f"{database.name}-{place}") for place in range(AHEAD)]
    with contextlib.closing(apsw.Connection(str(database))) as db, contextlib.closing(Adder(db, scratch)) as adder:
        db.execute("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -16000")
        for path in scratch:
            path.write_bytes(b"")
        try:
            yield from _load_all(db, adder, files, scratch, ballots, bar)
        except Refused:
            faults = Faults(files, adder, ballots, problems, database.with_name(f"{database.name}-seen"))
            yield from faults.find(bar)
            return
    for file in files:
        count_rows(file.manifest, problems.root / "source_tables.csv", file.path, file.rows, problems)


def _load_all(
    db: apsw.Connection,
    adder: "Adder",
    files: Sequence[CountFile],
    scratch: Sequence[Path],
    ballots: Ballots,
    bar: bool,
) -> Iterator[str]:
    with progress("loading", sum(int(file.manifest["row_count"]) for file in files), bar) as counted:
        for file in files:
            offset = int(file.election) * CODES
            blocks = Blocks(file, scratch, adder)
            db.execute("begin")
            csv_tables(db, scratch, blocks.columns)
            try:
                for place in blocks:
                    # A cast is faster than leaving it to the table. Votes are not cast, so that an empty cell is none.
                    db.execute(
                        f"insert into station_results select {offset} + cast(station as integer), "
                        f"cast(list as integer), cast(candidate as integer), votes from temp.block_{place}"
                    )
                    rows = db.changes()
                    file.rows += rows
                    if line := counted.add(rows):
                        yield line
            except (apsw.FullError, apsw.IOError):
                raise  # the disk is at fault, not the file
            except (apsw.Error, Unreadable) as error:
                raise Refused(str(error)) from error
            finally:
                blocks.stop()
            db.execute("commit")
            file.sums = adder.sums()
            if sum(stations for _, stations in file.sums.values()) != file.rows:
                raise Refused("a row of no station")
            if any((file.election, *key) not in ballots for key in file.sums):
                raise Refused("a row of no line of the ballot")


def csv_tables(db: apsw.Connection, scratch: Sequence[Path], columns: Sequence[str]) -> None:
    """Let SQLite read each scratch file as a table, block_NUMBER, anew for each statement."""
    apsw.sqlite_extra.load(db, "csv")
    schema = f"create table rows ({', '.join(columns)})"
    for place, path in enumerate(scratch):
        quoted = str(path).replace("'", "''")
        db.execute(f"drop table if exists temp.block_{place}")
        db.execute(
            f"create virtual table temp.block_{place} "
            f"using csv(filename='{quoted}', header=no, columns=4, schema='{schema}')"
        )


class Adder:
    """Adds votes up by line of the ballot, in a small database of its own in memory."""

    def __init__(self, loaded: apsw.Connection, scratch: Sequence[Path]) -> None:
        self.scratch = scratch
        self.governorates = [str(row[0]) for row in loaded.execute("select id from governorates order by id")]
        self.db = apsw.Connection(":memory:")
        self.db.execute(
            "create table stations (number integer primary key, governorate integer not null);"
            "create table sums (key integer primary key, votes integer not null, stations integer not null);"
            "begin"
        )
        numbers = {governorate: place for place, governorate in enumerate(self.governorates, 1)}
        self.db.executemany(
            "insert into stations values (?, ?)",
            ((row[0], numbers[str(row[1])]) for row in loaded.execute("select number, governorate_id from stations")),
        )

    def close(self) -> None:
        """Let the memory go."""
        self.db.close()

    def begin(self, file: CountFile, columns: Sequence[str]) -> None:
        """Make ready for a file: its columns, election and governorate."""
        self.offset = int(file.election) * CODES
        governorate = file.manifest["governorate_id"]
        self.only = f"and stations.governorate = {self.governorates.index(governorate) + 1}" if governorate else ""
        self.db.execute("delete from sums")
        csv_tables(self.db, self.scratch, columns)

    def add(self, place: int) -> None:
        """Add up one block, but for rows of a station that is not known, or not in the file's governorate.

        Those are missing from the number of stations.
        """
        # Adding to a row for each line of the ballot takes half the time of sorting the counts by line.
        self.db.execute(
            f"insert into sums select (stations.governorate << {GOVERNORATE_BITS}) "
            f"| (cast(rows.list as integer) << {LIST_BITS}) | cast(rows.candidate as integer), "
            f"cast(rows.votes as integer), 1 from temp.block_{place} as rows cross join stations "
            f"on stations.number = {self.offset} + cast(rows.station as integer) {self.only} where true "
            "on conflict do update set votes = votes + excluded.votes, stations = stations + 1"
        )

    def sums(self) -> Sums:
        """Return votes and number of stations by governorate, list number and candidate number."""
        mask = (1 << LIST_BITS) - 1
        return {
            (self.governorates[(key >> GOVERNORATE_BITS) - 1], key >> LIST_BITS & mask, key & mask): (votes, stations)
            for key, votes, stations in self.db.execute("select key, votes, stations from sums")
        }

    def stations(self, election: str) -> dict[int, str]:
        """Return the stations of an election with their governorates."""
        first = int(election) * CODES
        return {
            number: self.governorates[place - 1]
            for number, place in self.db.execute(
                "select number, governorate from stations where number between ? and ?", [first, first + LARGEST_CODE]
            )
        }


class Blocks:
    """The blocks of a file, each proved, laid into one of the scratch files and added up, by a thread of its own."""

    def __init__(self, file: CountFile, scratch: Sequence[Path], adder: Adder) -> None:
        self.scratch = scratch
        self.adder = adder
        self.source = streams.blocks(file.path)
        self.first = b""
        try:
            head, _, self.first = next(self.source, b"").partition(b"\n")
            self.columns = next(csv.reader([head.decode("utf-8", "replace")], strict=True), [])
        except (Unreadable, csv.Error) as error:
            raise Refused(str(error)) from error
        if sorted(self.columns) != sorted(COLUMNS):
            raise Refused("another header")
        adder.begin(file, self.columns)
        self.ready: queue.Queue[int | Exception | None] = queue.Queue()
        self.free: queue.Queue[int | None] = queue.Queue()
        for place in range(len(scratch)):
            self.free.put(place)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def __iter__(self) -> Iterator[int]:
        """Yield the number of the scratch file of each block; it is free again when the next one is asked for."""
        while (place := self.ready.get()) is not None:
            if isinstance(place, Exception):
                raise place
            yield place
            self.free.put(place)

    def stop(self) -> None:
        """End the thread, wherever it is."""
        self.free.put(None)
        self.thread.join()

    def _work(self) -> None:
        try:
            for block in self._blocks():
                place = self.free.get()
                if place is None:
                    return
                self.scratch[place].write_bytes(_proved(block))
                # Inserted while it is added up: this thread writes to no scratch file before it is done with this one.
                self.ready.put(place)
                self.adder.add(place)
            self.ready.put(None)
        except Exception as error:  # told by whoever takes the blocks
            self.ready.put(error)

    def _blocks(self) -> Iterator[bytes]:
        if self.first:
            yield self.first
        yield from self.source


def _proved(block: bytes) -> bytes:
    """Return a block without quotes. Raises Refused unless each line is four fields of digits, or empty ones."""
    block = _unquoted(block)
    commas = block.translate(None, DIGITS)
    if commas != b",,,\n" * (len(commas) // 4):
        raise Refused("a line that is not four fields of digits")
    return block


def _unquoted(block: bytes) -> bytes:
    """Take the quotes off fields that are digits or nothing, as some programs quote every field."""
    return QUOTED.sub(rb"\1", block) if b'"' in block else block


class StationSums:
    """Adds up each station's votes, one half of the stations a thread, while the build goes on.

    To read beside somebody who writes is safe here: the counts lie there whole and are not touched again, and the
    schema, which is, has been read with the first row, before this goes on.
    """

    def __init__(self, database: Path) -> None:
        path = f"file:{quote(str(database))}?immutable=1"
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        self.readers = [apsw.Connection(path, flags=flags) for _ in range(2)]
        middle = "(select number from stations order by number limit 1 offset (select count(*) / 2 from stations))"
        halves = [
            reader.execute(
                # Of a list of which only candidates are counted the votes are unknown, and so are those of all.
                "select station_number, iif(count(*) = count(votes), sum(votes), null), sum(candidates > votes) from ("
                "select station_number, list_number, "
                "sum(votes) filter (where candidate_number = 0) as votes, "
                "sum(votes) filter (where candidate_number > 0) as candidates "
                f"from station_results where station_number {half} {middle} group by station_number, list_number "
                # In order and with a limit, what is grouped again need not be sorted again.
                "order by station_number, list_number limit -1) group by station_number"
            )
            for reader, half in zip(self.readers, ("<", ">="), strict=True)
        ]
        threads = ThreadPoolExecutor(len(halves))
        self.halves = [threads.submit(list, half) for half in halves]
        threads.shutdown(wait=False)

    def insert(self, db: Database) -> None:
        """Set beside each station its votes, and the number of lists with fewer votes than their candidates."""
        for half, reader in zip(self.halves, self.readers, strict=True):
            db.conn.executemany(
                "update stations set votes = ?, lists_below_candidates = ? where number = ?",
                ((votes, lists, number) for number, votes, lists in half.result()),
            )
            reader.close()


class Faults:
    """Reads files of counts line by line and says what is wrong: slow, and only done where something is."""

    def __init__(
        self, files: Sequence[CountFile], adder: Adder, ballots: Ballots, problems: Problems, seen: Path
    ) -> None:
        self.files = files
        self.adder = adder
        self.ballots = ballots
        self.problems = problems
        self.seen = seen

    def find(self, bar: bool) -> Iterator[str]:
        """Note every fault: a hundred of each file are listed, all are counted. Yields lines of progress."""
        before = len(self.problems.found)
        with (
            contextlib.closing(sqlite3.connect(self.seen, isolation_level=None)) as seen,
            progress("checking", sum(int(file.manifest["row_count"]) for file in self.files), bar) as counted,
        ):
            seen.execute("pragma journal_mode = off")
            seen.execute("pragma synchronous = off")
            seen.execute(
                "create table seen (station integer, list integer, candidate integer, file integer, line integer, "
                "primary key (station, list, candidate)) without rowid"
            )
            seen.execute("begin")
            for place, file in enumerate(self.files):
                self.stations = self.adder.stations(file.election)
                for header, line, raw, _ in streams.body(file.path, self.problems, COLUMNS):
                    if fault := self._fault(place, file, header, _unquoted(raw), line, seen):
                        self.problems.add(file.path, line, *fault)
                    if line % 1000 == 0 and (told := counted.add(1000)):
                        yield told
        if len(self.problems.found) == before:
            raise BuildError(f"{self.problems.name(self.files[0].path)}: cannot be loaded, and no line of it is wrong.")

    def _fault(
        self, place: int, file: CountFile, columns: Sequence[str], raw: bytes, line: int, seen: sqlite3.Connection
    ) -> tuple[str, str, str, str] | None:
        """Return what is wrong with a line: column, found, expected, mend."""
        cells = raw.decode("utf-8", "backslashreplace").split(",")
        if len(cells) != len(COLUMNS):
            found = "a blank line" if not raw else f"{len(cells)} cells"
            return "", found, "4 cells, as in the header", "Add or take out commas; numbers have none inside."
        row = dict(zip(columns, cells, strict=True))
        station = number(row["station"], 1, LARGEST_CODE)
        if station is None:
            return (
                "station",
                repr(row["station"]),
                "a whole number of at most 10 digits",
                "Write the code, digits only.",
            )
        list_number = number(row["list"], 1, LARGEST_BALLOT_NUMBER)
        if list_number is None:
            return "list", repr(row["list"]), "the number of a list", "Write digits only: no quotes, spaces or signs."
        candidate = number(row["candidate"] or "0", 0, LARGEST_BALLOT_NUMBER)
        if candidate is None:
            mend = "Write digits only; leave the cell empty for the list itself."
            return "candidate", repr(row["candidate"]), "the number of a candidate", mend
        if number(row["votes"], 0, LARGEST_COUNT) is None:
            expected = f"a whole number from 0 to {LARGEST_COUNT:,}"
            mend = "Write digits only. Is it a total among the stations, or of another column?"
            return "votes", repr(row["votes"]), expected, mend
        governorate = self.stations.get(int(file.election) * CODES + station)
        if governorate is None:
            expected = f"a station of the tree of {file.election}"
            return "station", str(station), expected, "Mend the code, or add the station to the file of stations."
        if file.manifest["governorate_id"] not in ("", governorate):
            expected = f"a station of {file.manifest['governorate_id']}, as the manifest says of the file"
            return "station", f"{station}, in {governorate}", expected, "Mend the code, or move the row to its file."
        if (file.election, governorate, list_number, candidate) not in self.ballots:
            found = f"{list_number}, candidate {candidate}" if candidate else str(list_number)
            column = "candidate" if candidate and self._is_list(file, governorate, list_number) else "list"
            return column, found, f"a line of the ballot of {governorate}", "Mend the number, or add it to the ballot."
        return self._twice(place, line, (int(file.election) * CODES + station, list_number, candidate), seen)

    def _is_list(self, file: CountFile, governorate: str, list_number: int) -> bool:
        return (file.election, governorate, list_number, 0) in self.ballots

    def _twice(
        self, place: int, line: int, key: tuple[int, int, int], seen: sqlite3.Connection
    ) -> tuple[str, str, str, str] | None:
        try:
            seen.execute("insert into seen values (?, ?, ?, ?, ?)", [*key, place, line])
            return None
        except sqlite3.IntegrityError:
            query = "select file, line from seen where station = ? and list = ? and candidate = ?"
            first: tuple[Any, ...] = seen.execute(query, key).fetchone()
        name = self.problems.name(self.files[first[0]].path)
        station, list_number, candidate = key[0] % CODES, key[1], key[2]
        what = f"station {station}, list {list_number}" + (f", candidate {candidate}" if candidate else "")
        return "", f"{what} a second time", "each count once", f"It stands in {name}:{first[1]}. Take one of them out."


def insert_sums(db: Database, files: Sequence[CountFile]) -> None:
    """Set the sums beside the lines of the ballots that they are of."""
    db.conn.executemany(
        "update ballot_lines set votes = ?, stations = ?, counts_source_table_id = ? "
        "where election_id = ? and governorate_id = ? and list_number = ? and candidate_number = ?",
        [
            (*sums, table_id(file.manifest), file.election, *key)
            for file in files
            for key, sums in sorted(file.sums.items())
        ],
    )
