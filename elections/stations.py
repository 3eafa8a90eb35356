"""Reads the files about polling stations with DuckDB, which proves every row and adds the counts up.

What the files contain, what is wrong with them and what they add up to is SQL: sql/stations/. In Python, files are
opened, the names on the ballots resolved (elections/ballots.py), and the rows handed on to SQLite, the counts by
elections/loading.py.
"""

import csv
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from elections.ballots import Ballots, Line
from elections.claims import Cell, Meaning, Resolver, table_id, table_path
from elections.loading import Loading, Repeated
from elections.packed import find
from elections.problems import LISTED, BuildError, Problems, is_of_the_disk
from elections.reading import Row, Table, header_is_sound, note_empty

TREES = ("stations", "stations_in_part")
KINDS = (*TREES, "ballot", "station_counts")
TREE_COLUMNS = ["place", "centre", "station", "name", "name_ar", "registered_voters", "ballots_cast"]
COLUMNS = {
    **dict.fromkeys(TREES, TREE_COLUMNS),
    "ballot": ["place", "seat_type", "list", "candidate", "name", "name_ar"],
    "station_counts": ["station", "list", "candidate", "votes"],
}
# What a sound cell of a count looks like: a code from 1, a number from 1, one from 0 or nothing, votes from 0.
FORMS = {
    "station": "0*[1-9][0-9]{0,9}",
    "list": "0*[1-9][0-9]{0,4}",
    "candidate": "0*[0-9]{0,5}",
    "votes": "0*[0-9]{1,5}",
}
# DuckDB writes what it cannot hold in so much memory to its folder. Each of its threads needs some.
MEMORY, THREADS = "100MB", 2


@dataclass(frozen=True)
class File:
    """A file about polling stations, as the manifest names it."""

    number: int
    manifest: Row
    path: Path
    header: list[str]


class StationFiles:
    """The files about polling stations, in a DuckDB database that uses a folder, which the build deletes in the end."""

    def __init__(self, sql: Path, folder: Path, curated: Mapping[str, Table], problems: Problems) -> None:
        try:
            import apsw.sqlite_extra  # noqa: F401  # needed in the end, but asked for before any work is done
            import duckdb
        except ImportError as error:
            raise BuildError(
                "source_tables.csv names files about polling stations, which are read with DuckDB and apsw: "
                f"install them with python -m pip install -e '.[stations]' ({error})."
            ) from error
        self.sql, self.folder = sql / "stations", folder
        self.curated, self.manifest = curated, curated["source_tables"]
        self.problems = problems
        self.files: dict[int, File] = {}
        self.stations = self.counts = 0
        self.loading: Loading | None = None
        self.begun = time.perf_counter()
        with (self.sql / "rules.csv").open(encoding="utf-8", newline="") as rules:
            self.rules = {rule: texts for rule, *texts in csv.reader(rules)}
        self.unreadable = duckdb.IOException, duckdb.InvalidInputException
        folder.mkdir(parents=True)
        self.db = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "temp_directory": str(folder),
                "autoinstall_known_extensions": False,
            }
        )
        self._run("schema")
        self._set(listed=LISTED)
        self._insert("seat_types", [(row["id"],) for row in curated["seat_types"].rows])
        names = sorted(row["id"] for row in curated["elections"].rows)
        self.elections = {name: number for number, name in enumerate(names, 1)}
        self._insert("elections", list(self.elections.items()))

    def __enter__(self) -> "StationFiles":
        return self

    def __exit__(self, *_: object) -> None:
        if self.loading:
            self.loading.close()
        self.db.close()

    def read_trees_and_ballots(self, resolver: Resolver) -> None:
        """Read which stations there are and who is on the ballots; what is wrong is noted."""
        self.ballots = Ballots(self.curated, resolver, self.problems)
        for file in self._open(*TREES, "ballot"):
            self._read(file, "read_text")
        for path in sorted((self.sql / "faults").glob("*.sql")):
            self._run(f"faults/{path.stem}")
        self._note_faults()
        self._count_rows("lines")
        self.ballots.resolve(
            Line(
                self.files[row["file"]].manifest,
                self.files[row["file"]].path,
                row["line"],
                (row["election_id"], row["governorate_id"], row["list"], row["candidate"]),
                row["id"],
                row["cell"]["seat_type"],
                row["cell"]["name"],
                row["cell"]["name_ar"],
                Meaning("place", row["governorate_id"], row["governorate_id"]),
            )
            for row in self._rows("ballot_rows_in_order")
        )

    def read_counts(self) -> None:
        """Read the counts, of sound trees and ballots, and add them up; what is wrong is noted."""
        self._run("stations")
        self._insert("ballot_lines", [line.record for line in self.ballots.lines.values()])
        for file in self._open("station_counts"):
            forms = [FORMS[column] for column in file.header]
            quoted = ",".join(f'(?:{form}|"{form}")' for form in forms)
            self._set(
                election=self.elections.get(file.manifest["election_id"], 0), plain=",".join(forms), quoted=quoted
            )
            self._read(file, "read_counts")
        if self.problems:
            return
        self._run("sums")
        if not next(self._rows("is_sound"))["is_sound"]:
            self._note_faults_of_counts()
        self._count_rows("counts")
        [(self.stations, self.counts)] = self.db.execute(
            "select (select count(*) from stations), (select count(*) from counts)"
        ).fetchall()

    def add_up(self, resolver: Resolver) -> int:
        """Turn what is added up over the stations into claims of the tables that it is from. Returns their number."""
        self._run("station_sums")
        manifests = {table_id(file.manifest): file.manifest for file in self.files.values()}
        numbers = dict.fromkeys(manifests, 0)
        for row in self._rows("added_up"):
            table, governorate, measure = row["source_table_id"], row["governorate_id"], row["measure"]
            manifest = manifests[table]
            if row["seat_type"]:
                manifest = Row(manifest.path, manifest.line, manifest.cells | {"seat_type": row["seat_type"]})
            subject = "list" if row["list_id"] else "candidate" if row["candidate_id"] else "place"
            meaning = Meaning(
                subject, governorate, governorate, row["contest_id"], row["seat_type"], row["list_id"],
                row["candidate_id"],
            )  # fmt: skip
            numbers[table] += 1
            name = row["name"] or ""
            cell = Cell(Path(), 0, numbers[table], "", name, "", measure, measure, "", row["value"], 0)
            resolver.add(manifest, cell, meaning, {"stations": row["stations"], "stations_of": row["stations_of"]})
        return sum(numbers.values())

    def insert(self, db: Database) -> None:
        """Insert the tree and the ballots, with the votes of each station and of each line."""
        sums = self.db.execute(
            "select election_id, governorate_id, list, candidate, votes, stations, source_table_id from sums"
        ).fetchall()
        self.ballots.insert(db, {row[:4]: row[4:] for row in sums})
        for table in ("reporting_units", "stations"):
            self._run(f"rows_of_{table}")
            columns = [column[0] for column in self.db.description]
            db.conn.executemany(
                f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
                iter(self.db.fetchone, None),
            )

    def begin_loading(self, file: Path, definition: str) -> None:
        """Begin to load the counts into a new SQLite database, whose table of them is defined so."""
        self.loading = Loading(self.db.cursor(), self.sql, self.folder, file, definition, self.counts)

    def finish_loading(self, bar: bool) -> Iterator[str]:
        """Wait until the counts are loaded, yielding lines of progress; what is wrong is noted."""
        try:
            if self.loading:
                yield from self.loading.wait(bar)
            seconds = time.perf_counter() - self.begun
            yield f"loaded    {self.counts:>5} counts of {self.stations} stations in {seconds:.2f} s"
        except Repeated:
            self._note_faults_of_counts()

    def _open(self, *kinds: str) -> Iterator[File]:
        """Yield the files of the manifest that are there, whole and have a sound header; what is wrong is noted."""
        scopes: dict[str, list[str]] = {}
        for line in self.manifest.rows:
            if (
                line["kind"] in kinds
                and (line["kind"] != "station_counts" or self._is_only_count(line, scopes))
                and (path := find(table_path(line), self.problems))
                and (header := self._header(path, COLUMNS[line["kind"]]))
            ):
                file = self.files[len(self.files)] = File(len(self.files), line, path, header)
                self._describe(file)
                yield file

    def _is_only_count(self, line: Row, scopes: dict[str, list[str]]) -> bool:
        """Tell whether no file before counts the same stations; if one does, it is noted."""
        scope = scopes.setdefault(line["election_id"], [])
        governorate = line["governorate_id"]
        if scope and (governorate in scope or "" in (governorate, *scope)):
            self.problems.add(
                line.path, line.line, "governorate_id", repr(governorate),
                "one file of counts for all governorates, or one for each of them",
                "A station is counted once in an election: a later count takes the place of an earlier one.",
            )  # fmt: skip
            return False
        scope.append(governorate)
        return True

    def _header(self, path: Path, columns: Sequence[str]) -> list[str] | None:
        """Return the header of a file if it has the columns, in whatever order."""
        self._set(path=str(path))
        try:
            first = self.db.execute("select line from read_lines(getvariable('path'), 0) limit 1").fetchone()
            if first is None:
                note_empty(path, self.problems)
                return None
            header = next(csv.reader(first, strict=True), [])
        except csv.Error as error:
            found, fix = f"a quoting error ({error})", "Close the quote, and double inner ones."
            self.problems.add(path, 1, "", found, "every opening quote to be closed in its line", fix)
            return None
        except self.unreadable as error:
            self._note_unreadable(path, error)
            return None
        return header if header_is_sound(path, header, columns, self.problems) else None

    def _describe(self, file: File) -> None:
        """Let the SQL know a file, and what it may call a place, by id or as printed."""
        line = file.manifest
        self.problems.limit(file.path)
        ranks = {row["id"]: int(row["rank"]) for row in self.curated["stages"].rows}
        self._insert("files", [(
            file.number, self.problems.name(file.path), file.header, line["kind"], line["election_id"],
            line["governorate_id"] or None, table_id(line), line["source_id"], int(line["position"]),
            ranks.get(line["stage"], 0), line["vote"] or "unstated", None,
        )])  # fmt: skip
        places = {
            row["id"]: (row["governorate_id"], row["id"])
            for row in self.curated["reporting_units"].rows
            if row["kind"] != "group"
        }
        for row in self.curated["governorate_names"].rows:
            if row["election_id"] in ("", line["election_id"]) and row["governorate_id"]:
                places[row["name_as_printed"]] = row["governorate_id"], row["reporting_unit_id"]
        if line["governorate_id"]:
            places[""] = line["governorate_id"], line["governorate_id"]
        self._insert("places", [(file.number, name, *place) for name, place in places.items()])

    def _read(self, file: File, script: str) -> None:
        """Run a script that reads a file; if the file cannot be read, it is noted."""
        places = {column: place for place, column in enumerate(file.header, 1) if column in FORMS}
        self._set(file=file.number, path=str(file.path), **places)
        try:
            self._run(script)
        except self.unreadable as error:
            self._note_unreadable(file.path, error)

    def _note_unreadable(self, path: Path, error: Exception) -> None:
        """Note what DuckDB says of a file that it cannot read."""
        if is_of_the_disk(error):
            raise error
        message = str(error)
        line = re.search(r"CSV Error on Line: (\d+)", message)
        if "Invalid unicode" in message:
            told = "bytes that are not UTF-8", "UTF-8", "Save the file with the encoding UTF-8."
        elif "Maximum line size" in message:
            told = "a line of more than 100,000 bytes", "a row per line", "Is this the right file?"
        elif "state machine" in message:
            told = "line ends of more than one kind", "one kind throughout", "Save the file anew, or use dos2unix."
        else:
            reason = message.splitlines()[0].removesuffix(f": {path}").rpartition("Error: ")[2]
            told = reason, "a file that can be read to its end", "Copy or pack it again."
        self.problems.add(path, int(line[1]) if line else 0, "", *told)

    def _note_faults_of_counts(self) -> None:
        for file in self.files.values():
            if file.manifest["kind"] == "station_counts":
                self._read(file, "count_faults")
        self._note_faults()
        if not self.problems:
            raise BuildError("The counts of the stations cannot be loaded, and no line of them is wrong.")

    def _note_faults(self) -> None:
        """Note the first faults of each file, and how many others there are."""
        left: dict[Path, int] = {}
        for row in self._rows("listed_faults"):
            rule, found, about = row["told"]
            path = self.files[row["file"]].path
            column, expected, fix = (text.format(about) for text in self.rules[rule])
            self.problems.add(path, row["line"], column, found, expected, fix)
            left[path] = left.get(path, row["faults_of_file"]) - 1
        self.problems.unlisted += sum(left.values())

    def _count_rows(self, table: str) -> None:
        """Note each file that has not as many rows as its line of the manifest says, unless it has other faults."""
        rows = dict(self.db.execute(f"select file, count(*) from {table} group by file").fetchall())
        faulty = {problem.file for problem in self.problems.found}
        for file in self.files.values():
            is_here = (file.manifest["kind"] == "station_counts") == (table == "counts")
            found, expected = rows.get(file.number, 0), file.manifest["row_count"]
            if is_here and found != int(expected) and self.problems.name(file.path) not in faulty:
                self.problems.add(
                    file.manifest.path, file.manifest.line, "row_count", expected,
                    f"{found}, the rows of {file.path.name}",
                    "Count the rows of the document: some are missing, or the number is wrong.",
                )  # fmt: skip

    def _run(self, name: str) -> None:
        self.db.execute((self.sql / f"{name}.sql").read_text(encoding="utf-8"))

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        self._run(name)
        columns = [column[0] for column in self.db.description]
        for row in self.db.fetchall():
            yield dict(zip(columns, row, strict=True))

    def _insert(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.db.execute(f"insert into {table} select {', '.join(['unnest(?)'] * len(columns))}", columns)

    def _set(self, **variables: str | int) -> None:
        for name, value in variables.items():
            self.db.execute(f"set variable {name} = ?", [value])
