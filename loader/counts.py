"""Loads the counts of the stations, millions of rows, as fast as SQLite takes them, and proves every one.

Two cores share the work, a block of the file at a time. One unpacks the block and proves its form; the other has
SQLite's own code parse and insert it (apsw's CSV table), so that Python never sees a row. Then both add the votes up.
What is proved, and where:

- four fields a row, digits and nothing else: without its digits a block is the same three commas and a line break
  over and over;
- no empty field but the candidate's, whole numbers in range, no row twice: by the table, which is STRICT;
- a station of the tree, in the governorate of the file: by adding up, which leaves out and so misses any other;
- a line of that governorate's ballot: by the sums, one for each line.

If any of it fails, nothing is kept, and all files are read once more, slowly, to say which lines are wrong (Faults).
"""

import contextlib
import csv
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import apsw.sqlite_extra
from sqlite_utils import Database

from loader import streams
from loader.claims import table_id, table_path
from loader.problems import BuildError, Problems
from loader.progress import progress
from loader.reading import Row, Table, header_is_sound
from loader.stations import CODES, LARGEST_BALLOT_NUMBER, LARGEST_CODE, Ballots, count_rows, number, of_kind
from loader.streams import Unreadable

COLUMNS = ["station", "list", "candidate", "votes"]
LARGEST_COUNT = 99_999  # votes in one cell: a station has some 500 voters
DIGITS = b"0123456789"
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
    header: list[str] = field(default_factory=lambda: list(COLUMNS))
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
    with contextlib.closing(apsw.Connection(str(database))) as db:
        db.execute("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -16000")
        adder = Adder(database, db)
        for path in scratch:
            path.write_bytes(b"")
        apsw.sqlite_extra.load(db, "csv")
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
            blocks = Blocks(file, scratch)
            db.execute("begin")
            for place in range(AHEAD):
                _csv_table(db, f"block_{place}", scratch[place], blocks.columns)
            try:
                for place in blocks:
                    db.execute(
                        f"insert into station_results select {offset} + station, list, {blocks.candidate}, votes "
                        f"from temp.block_{place}"
                    )
                    rows = db.changes()
                    file.rows += rows
                    if line := counted.add(rows):
                        yield line
            except (apsw.Error, Unreadable) as error:
                raise Refused(str(error)) from error
            finally:
                blocks.stop()
            for place in range(AHEAD):
                db.execute(f"drop table temp.block_{place}")
            db.execute("commit")
            file.sums = adder.add(file)
            if sum(stations for _, stations in file.sums.values()) != file.rows:
                raise Refused("a row of no station")
            if any((file.election, *key) not in ballots.lines for key in file.sums):
                raise Refused("a row of no line of the ballot")


def _csv_table(db: apsw.Connection, name: str, path: Path, columns: Sequence[str]) -> None:
    """Let SQLite read a file as a table, anew for each statement."""
    schema = f"create table rows ({', '.join(columns)})"
    quoted = str(path).replace("'", "''")
    db.execute(
        f"create virtual table temp.{name} using csv(filename='{quoted}', header=no, columns=4, schema='{schema}')"
    )


class Adder:
    """Adds votes up by line of the ballot."""

    def __init__(self, database: Path, loaded: apsw.Connection) -> None:
        self.database = database
        self.governorates = [str(row[0]) for row in loaded.execute("select id from governorates order by id")]

    def add(self, file: CountFile) -> Sums:
        """Add up what was loaded from a file: votes and stations by governorate, list number and candidate number.

        Only rows of stations that are known, and in the file's governorate, are added up: others are missing from the
        number of stations. Two connections read one half of the stations each, so that both cores are at work.
        """
        found: dict[int, tuple[int, int]] = {}
        for half in in_halves(self.database, self._half(file)):
            for key, votes, stations in half:
                before = found.get(key, (0, 0))
                found[key] = before[0] + votes, before[1] + stations
        mask = (1 << LIST_BITS) - 1
        return {
            (self.governorates[(key >> GOVERNORATE_BITS) - 1], key >> LIST_BITS & mask, key & mask): sums
            for key, sums in found.items()
        }

    def _half(self, file: CountFile) -> Callable[[apsw.Connection, str, int], list[tuple[int, int, int]]]:
        def add(reader: apsw.Connection, half: str, middle: int) -> list[tuple[int, int, int]]:
            reader.execute(
                "create temp table places (id text primary key, place integer not null);"
                "create temp table sums (key integer primary key, votes integer not null, stations integer not null)"
            )
            reader.executemany("insert into temp.places values (?, ?)", zip(self.governorates, count(1), strict=False))
            # Adding to a row for each line of the ballot takes half the time of sorting the counts by line.
            reader.execute(
                f"insert into temp.sums select (places.place << {GOVERNORATE_BITS}) "
                f"| (station_results.list_number << {LIST_BITS}) | station_results.candidate_number, "
                "station_results.votes, 1 from stations cross join temp.places on places.id = stations.governorate_id "
                "cross join station_results on station_results.station_number = stations.number "
                f"where stations.number {half} ? and stations.election_id = ? and ? in ('', stations.governorate_id) "
                "on conflict do update set votes = votes + excluded.votes, stations = stations + 1",
                [middle, file.election, file.manifest["governorate_id"]],
            )
            return list(reader.execute("select key, votes, stations from temp.sums"))

        return add

    def stations(self, election: str) -> dict[int, str]:
        """Return the stations of an election with their governorates."""
        with contextlib.closing(apsw.Connection(str(self.database), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            return dict(db.execute("select number, governorate_id from stations where election_id = ?", [election]))


def in_halves(
    database: Path, read: Callable[[apsw.Connection, str, int], list[tuple[int, int, int]]]
) -> list[list[tuple[int, int, int]]]:
    """Read a database over two connections at the same time, one for the stations below the middle, one for the others.

    read: is given a connection, how a station's number stands to the middle (< or >=), and the middle.
    """
    with contextlib.closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        query = "select number from stations order by number limit 1 offset (select count(*) / 2 from stations)"
        middle = db.execute(query).get

    def half(how: str) -> list[tuple[int, int, int]]:
        with contextlib.closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as reader:
            return read(reader, how, middle)

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(half, ("<", ">=")))


class Blocks:
    """The blocks of a file, each proved and laid into one of the scratch files, by a thread of its own."""

    def __init__(self, file: CountFile, scratch: Sequence[Path]) -> None:
        self.file = file
        self.scratch = scratch
        self.source = streams.blocks(file.path)
        self.first = b""
        try:
            head, _, self.first = next(self.source, b"").partition(b"\n")
        except Unreadable as error:
            raise Refused(str(error)) from error
        self.columns = next(csv.reader([head.decode("utf-8", "replace").strip("\r")]), [])
        if sorted(self.columns) != sorted(COLUMNS):
            raise Refused("another header")
        # In the usual order an empty candidate stands between two commas and is made 0 with the whole block.
        usual = self.columns == COLUMNS
        self.candidate = "candidate" if usual else "iif(candidate = '', 0, candidate)"
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
                block = _proved(block)
                self.scratch[place].write_bytes(block.replace(b",,", b",0,") if self.columns == COLUMNS else block)
                self.ready.put(place)
            self.ready.put(None)
        except Exception as error:  # told by whoever takes the blocks
            self.ready.put(error)

    def _blocks(self) -> Iterator[bytes]:
        if self.first:
            yield self.first
        yield from self.source


def _proved(block: bytes) -> bytes:
    """Return a block with plain line ends. Raises Refused unless each line is four fields of digits, or empty ones."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    commas = block.translate(None, DIGITS)
    if commas != b",,,\n" * (len(commas) // 4):
        raise Refused("a line that is not four fields of digits")
    return block


def add_to_stations(database: Path) -> list[tuple[int, int, int]]:
    """Add up each station's votes. Returns station, votes, and the lists with fewer votes than their candidates."""

    def half(reader: apsw.Connection, how: str, middle: int) -> list[tuple[int, int, int]]:
        return list(
            reader.execute(
                "select station_number, sum(votes), sum(candidates > votes) from ("
                "select station_number, "
                "coalesce(sum(votes) filter (where candidate_number = 0), 0) as votes, "
                "sum(votes) filter (where candidate_number > 0) as candidates "
                f"from station_results where station_number {how} ? "
                "group by station_number, list_number) group by station_number",
                [middle],
            )
        )

    lower, upper = in_halves(database, half)
    return lower + upper


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
                self._header(file)
                for _ in self._file(place, file, seen):
                    if line := counted.add(1000):
                        yield line
        if len(self.problems.found) == before:
            raise BuildError(f"{self.problems.name(self.files[0].path)}: cannot be loaded, and no line of it is wrong.")

    def _header(self, file: CountFile) -> None:
        self.stations = self.adder.stations(file.election)

    def _file(self, place: int, file: CountFile, seen: sqlite3.Connection) -> Iterator[None]:
        """Check one file, yielding after every thousand rows."""
        columns: list[str] = []
        line = 0
        try:
            for block in streams.blocks(file.path):
                for raw in block.splitlines():
                    line += 1
                    if columns:
                        self._line(place, file, columns, line, raw, seen)
                        if line % 1000 == 0:
                            yield
                        continue
                    columns = streams.parse(file.path, line, raw, self.problems) or []
                    if not columns or not header_is_sound(file.path, columns, COLUMNS, self.problems):
                        return
        except Unreadable as error:
            self.problems.add(file.path, 0, "", *error.args)
        if not line:
            self.problems.add(
                file.path, 0, "", "an empty file", "a header line and the rows", "Fill the file, or delete it."
            )

    def _line(
        self, place: int, file: CountFile, columns: Sequence[str], line: int, raw: bytes, seen: sqlite3.Connection
    ) -> None:
        fault = self._fault(place, file, columns, raw, line, seen)
        if fault is not None:
            self.problems.add(file.path, line, *fault)

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
        if (file.election, governorate, list_number, candidate) not in self.ballots.lines:
            found = f"{list_number}, candidate {candidate}" if candidate else str(list_number)
            column = "candidate" if candidate and self._is_list(file, governorate, list_number) else "list"
            return column, found, f"a line of the ballot of {governorate}", "Mend the number, or add it to the ballot."
        return self._twice(place, line, (int(file.election) * CODES + station, list_number, candidate), seen)

    def _is_list(self, file: CountFile, governorate: str, list_number: int) -> bool:
        return (file.election, governorate, list_number, 0) in self.ballots.lines

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


def insert_sums(db: Database, files: Sequence[CountFile], stations: Sequence[tuple[int, int, int]]) -> None:
    """Set the sums beside the lines of the ballots and the stations that they are of."""
    db.conn.executemany(
        "update ballot_lines set votes = ?, stations = ?, counts_source_table_id = ? "
        "where election_id = ? and governorate_id = ? and list_number = ? and candidate_number = ?",
        [
            (*sums, table_id(file.manifest), file.election, *key)
            for file in files
            for key, sums in sorted(file.sums.items())
        ],
    )
    db.conn.executemany(
        "update stations set votes = ?, lists_below_candidates = ? where number = ?",
        ((votes, lists, number) for number, votes, lists in stations),
    )
