"""Reads the tree of polling centres and stations and the ballot, and turns what is added up over it into claims.

The counts of the stations themselves, millions of rows, are loaded by elections/counts.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from elections import streams
from elections.claims import Cell, Meaning, Resolver, table_id, table_path
from elections.problems import Problems
from elections.reading import Row, Table

KINDS = ("stations", "stations_in_part", "ballot", "station_counts")
STATION_COLUMNS = ["place", "centre", "station", "name", "name_ar", "registered_voters", "ballots_cast"]
BALLOT_COLUMNS = ["place", "seat_type", "list", "candidate", "name", "name_ar"]

# A station's number is the year of its election and the commission's code in one: two elections never meet in a row,
# and none needs a look-up while ten million rows are loaded.
CODES = 10**10
LARGEST_CODE = CODES - 1
LARGEST_BALLOT_NUMBER = 99_999
LARGEST_STATION = 99_999  # voters; a station of the commission has some 500


Fault = Callable[[str, str, str, str], None]  # notes a fault: column, found, expected, mend


@dataclass
class Line:
    """One line of a ballot: a list, or a candidate of a list, in a governorate."""

    manifest: Row
    path: Path
    line: int
    meaning: Meaning
    list_number: int
    candidate_number: int
    printed: str
    column: str  # in which the printed name stands
    candidate: dict[str, Any] | None = None  # the row to add, for a candidate whom no curated file knows

    @property
    def key(self) -> tuple[str, str, int, int]:
        """Return what the line is known by: election, governorate and the two numbers."""
        return self.manifest["election_id"], str(self.meaning.governorate_id), self.list_number, self.candidate_number

    def id(self) -> str:
        """Return the id of the line: election, governorate, list number and candidate number."""
        election, governorate, numbers, candidate = self.key
        return f"{election}-{governorate}-{numbers}" + (f"-{candidate}" if candidate else "")


# All lines of all ballots, by Line.key.
Ballots = dict[tuple[str, str, int, int], Line]


def of_kind(manifest: Table, *kinds: str) -> Iterator[Row]:
    """Yield the lines of the manifest of a kind, or of several."""
    return (line for line in manifest.rows if line["kind"] in kinds)


def places(curated: Mapping[str, Table], manifest: Row) -> dict[str, tuple[str, str]]:
    """Return what a place may be called, by id or as printed, with its governorate and itself.

    An empty cell is the governorate that the manifest gives.
    """
    known = {
        row["id"]: (row["governorate_id"], row["id"])
        for row in curated["reporting_units"].rows
        if row["kind"] != "group"
    }
    for row in curated["governorate_names"].rows:
        if row["election_id"] in ("", manifest["election_id"]) and row["governorate_id"]:
            known[row["name_as_printed"]] = row["governorate_id"], row["reporting_unit_id"]
    return known | {"": (manifest["governorate_id"], manifest["governorate_id"])}


def number(text: str, least: int, most: int) -> int | None:
    """Return a whole number in western digits within bounds, None if the text is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    value = int(text)
    return value if least <= value <= most else None


def is_numbered(manifest_path: Path, manifest: Row, problems: Problems) -> bool:
    """Tell whether the stations of an election can be numbered; if not, it is noted."""
    election = manifest["election_id"]
    if election.isascii() and election.isdigit() and len(election) == 4:
        return True
    problems.add(
        manifest_path, manifest.line, "election_id", repr(election), "an election whose id is its year",
        "Stations are numbered by the year of their election.",
    )  # fmt: skip
    return False


def outside(manifest: Row, governorate: str) -> tuple[str, str] | None:
    """Return what was expected and the mend, if a place is not in the governorate that the manifest gives its file."""
    if manifest["governorate_id"] in ("", governorate):
        return None
    return (
        f"a place in {manifest['governorate_id']}, as the manifest says of the file",
        "Mend the place, or leave governorate_id empty in data/source_tables.csv.",
    )


def read_ballots(data: Path, curated: Mapping[str, Table], resolver: Resolver, problems: Problems) -> Ballots:
    """Read who stands where. A list's name is resolved as in every table, and so is a candidate's, where it is known;
    any other candidate becomes one of our own."""
    ballots = Ballot(curated, resolver, problems)
    rows = []
    for manifest in of_kind(curated["source_tables"], "ballot"):
        if path := streams.find(table_path(data, manifest), problems):
            found = list(streams.rows(path, problems, BALLOT_COLUMNS))
            count_rows(manifest, curated["source_tables"].path, path, len(found), problems)
            where = places(curated, manifest)
            rows += [(manifest, path, where, row) for row in found]
    # Lists first: a candidate's list may stand below, or in another file.
    for manifest, path, where, row in sorted(rows, key=lambda each: bool(each[-1]["candidate"])):
        ballots.take(manifest, path, where, row)
    return ballots.lines


class Ballot:
    """Gathers the lines of the ballots."""

    def __init__(self, curated: Mapping[str, Table], resolver: Resolver, problems: Problems) -> None:
        self.resolver = resolver
        self.problems = problems
        self.seat_types = {each["id"] for each in curated["seat_types"].rows}
        self.lines: Ballots = {}
        self.standing: dict[tuple[str | None, str | None, bool], Line] = {}
        self.known = {
            (row["contest_id"], name): row["id"]
            for row in curated["candidates"].rows
            for name in (row["name"], row["name_ar"])
            if name
        }

    def take(self, manifest: Row, path: Path, where: Mapping[str, tuple[str, str]], row: Row) -> None:
        """Take one row; what is wrong with it is noted. where: what a place may be called."""

        def fault(column: str, found: str, expected: str, mend: str) -> None:
            self.problems.add(path, row.line, column, found, expected, mend)

        line = self._line(manifest, path, where, row, fault)
        if line is None:
            return
        if first := self.lines.get(line.key):
            mend = f"{self._told(first)} has the same numbers. Take one out, or mend its numbers."
            fault("", f"{line.id()} a second time", "each line of the ballot once", mend)
            return
        self.lines[line.key] = line
        if line.candidate is not None:
            return  # any number of our own may have one name
        who = line.meaning.contest_id, line.meaning.list_id or line.meaning.candidate_id, False
        if line.candidate_number:
            who = line.meaning.contest_id, line.meaning.candidate_id, True
        if (first := self.standing.setdefault(who, line)) is not line:
            kind, file = ("candidate", "candidates") if line.candidate_number else ("list", "list_names")
            mend = f"{self._told(first)} is the same {kind}. Mend one of the names, or data/{file}.csv."
            fault(line.column, repr(line.printed), f"each {kind} under one number", mend)

    def _told(self, line: Line) -> str:
        return f"{self.problems.name(line.path)}:{line.line}"

    def _line(
        self, manifest: Row, path: Path, where: Mapping[str, tuple[str, str]], row: Row, fault: Fault
    ) -> Line | None:
        list_number = number(row["list"], 1, LARGEST_BALLOT_NUMBER)
        candidate_number = number(row["candidate"], 1, LARGEST_BALLOT_NUMBER) if row["candidate"] else 0
        sound = True
        for column, value in (("list", list_number), ("candidate", candidate_number)):
            if value is None:
                expected = f"a whole number from 1 to {LARGEST_BALLOT_NUMBER:,}"
                fault(column, repr(row[column]), expected, "Write the number as on the ballot.")
                sound = False
        printed = row["name"] or row["name_ar"]
        if not printed:
            fault("name", "an empty cell", "a name in one script or both", "Fill it in.")
            sound = False
        if row["seat_type"] not in self.seat_types:
            fault("seat_type", repr(row["seat_type"]), "an id of data/seat_types.csv", "Mend it.")
            sound = False
        governorate, unit = where.get(row["place"], ("", ""))
        if not governorate or unit != governorate:
            mend = "Write its id, or a name that data/governorate_names.csv knows."
            fault("place", repr(row["place"]), "a governorate", mend)
            sound = False
        elif elsewhere := outside(manifest, governorate):
            fault("place", repr(row["place"]), *elsewhere)
            sound = False
        if not sound or list_number is None or candidate_number is None:
            return None
        manifest = Row(manifest.line, manifest.cells | {"seat_type": row["seat_type"]})
        line = Line(
            manifest, path, row.line, Meaning("place", governorate, governorate), list_number, candidate_number,
            printed, "name" if row["name"] else "name_ar",
        )  # fmt: skip
        meaning = self._candidate(line, row, fault) if candidate_number else self._list(line, row, fault)
        if meaning is None:
            return None
        line.meaning = meaning
        return line

    def _list(self, line: Line, row: Row, fault: Fault) -> Meaning | None:
        place, election = line.meaning, line.manifest["election_id"]
        cell = Cell(line.path, line.line, line.line - 1, row["place"], line.printed, line.column, "votes", "votes", "",
                    None, None)  # fmt: skip
        meaning = self.resolver.name(line.manifest, cell, place)
        if meaning is None:
            return None
        if meaning.contest_id is None:
            mend = "A line without a candidate's number is a list. Mend data/list_names.csv."
            fault(line.column, repr(line.printed), "a list or a candidate", mend)
            return None
        name = self.resolver.known_name(line.printed, election, place.governorate_id or "")
        if meaning.candidate_id is None and name is not None and name["seat_type"] not in ("", row["seat_type"]):
            mend = "Mend the seat type, or that of the name in data/list_names.csv."
            fault("seat_type", repr(row["seat_type"]), f"{name['seat_type']}, for which the list stands", mend)
            return None
        if meaning.seat_type != row["seat_type"]:
            mend = "Mend the seat type, or the contest in data/candidates.csv."
            fault("seat_type", repr(row["seat_type"]), f"{meaning.seat_type}, for which the candidate stands", mend)
            return None
        return meaning

    def _candidate(self, line: Line, row: Row, fault: Fault) -> Meaning | None:
        election, governorate, list_number, candidate_number = line.key
        if (its_list := self.lines.get((election, governorate, list_number, 0))) is None:
            mend = "Add a line for the list itself, with its number and no candidate's number."
            fault("list", row["list"], f"a list of the ballot of {governorate}", mend)
            return None
        stands = its_list.meaning
        if stands.seat_type != row["seat_type"]:
            mend = "A list and its candidates stand for the same seats."
            fault("seat_type", repr(row["seat_type"]), f"{stands.seat_type}, as its list", mend)
            return None
        known = self._known(line, str(stands.contest_id), (row["name"], row["name_ar"]))
        if known and (known["list_id"] or None) != stands.list_id:
            fault(
                line.column, repr(line.printed), f"a candidate of {known['list_id'] or 'no list'}",
                f"data/candidates.csv knows {known['id']}. Mend the list there, or the number of the list here.",
            )  # fmt: skip
            return None
        candidate = known["id"] if known else f"{governorate}-{list_number}-{candidate_number}-{election}"
        if not known:
            line.candidate = {
                "id": candidate,
                "name": line.printed,
                "name_ar": row["name_ar"] or None,
                "contest_id": stands.contest_id,
                "list_id": stands.list_id,
                "note": None if row["name"] else "The ballot prints the name in Arabic only.",
            }
        return Meaning(
            "candidate", governorate, governorate, stands.contest_id, stands.seat_type, stands.list_id, candidate
        )

    def _known(self, line: Line, contest: str, names: tuple[str, str]) -> Row | None:
        """Return the candidate of a contest whom the curated files know by one of the names."""
        for name in filter(None, names):
            row = self.resolver.known_name(name, line.manifest["election_id"], str(line.meaning.governorate_id))
            if row is not None and row["denotes"] == "candidate":
                self.resolver.used.add(id(row))
                candidate = row["candidate_id"]
            else:
                candidate = self.known.get((contest, name), "")
            found = self.resolver.candidates.get(candidate)
            if found is not None and found["contest_id"] == contest:
                return found
        return None


def count_rows(manifest: Row, manifest_path: Path, path: Path, found: int, problems: Problems) -> None:
    """Note a problem if a file has not as many rows as its line of the manifest says, unless it has others."""
    faulty = any(problem.file == problems.name(path) for problem in problems.found)
    if not faulty and found != int(manifest["row_count"]):
        problems.add(
            manifest_path, manifest.line, "row_count", manifest["row_count"], f"{found}, the rows of {path.name}",
            "Count the rows of the document: some are missing, or the number is wrong.",
        )  # fmt: skip


def insert_ballots(db: Database, ballots: Ballots) -> None:
    """Insert the candidates and the lines of the ballots."""
    lines = sorted(ballots.values(), key=Line.id)
    db.table("candidates").insert_all(line.candidate for line in lines if line.candidate)
    db.table("ballot_lines").insert_all(
        {
            "id": line.id(),
            "election_id": line.manifest["election_id"],
            "governorate_id": line.meaning.governorate_id,
            "contest_id": line.meaning.contest_id,
            "list_number": line.list_number,
            "candidate_number": line.candidate_number,
            "list_id": line.meaning.list_id,
            "candidate_id": line.meaning.candidate_id,
            "name_as_printed": line.printed,
            "source_table_id": table_id(line.manifest),
        }
        for line in lines
    )


def insert_stations(db: Database, data: Path, curated: Mapping[str, Table], problems: Problems) -> int:
    """Read the centres and stations, row by row, into the database. Returns the number of stations."""
    stations = 0
    # All at once and in order the tree takes half as long as unit by unit.
    db.execute("create temp table units (id, governorate_id, parent_id, kind, name, name_ar)")
    known: dict[str, dict[int, Centre]] = {}
    seen: dict[str, dict[int, tuple[Path, int]]] = {}
    for manifest in of_kind(curated["source_tables"], "stations", "stations_in_part"):
        path = streams.find(table_path(data, manifest), problems)
        election = manifest["election_id"]
        if not is_numbered(curated["source_tables"].path, manifest, problems) or path is None:
            continue
        reader = Stations(db, manifest, path, curated, problems)
        reader.centres = known.setdefault(election, {})
        reader.stations = seen.setdefault(election, {})
        stations += reader.read()
        count_rows(manifest, curated["source_tables"].path, path, reader.rows, problems)
    db.execute(
        "insert into reporting_units (id, governorate_id, parent_id, kind, name, name_ar) "
        "select id, governorate_id, parent_id, kind, name, name_ar from temp.units order by id"
    )
    db.execute("drop table temp.units")
    return stations


Centre = tuple[str, str, str, Path, int]  # place, both names, and where they stand


class Stations:
    """Reads one file of stations."""

    def __init__(self, db: Database, manifest: Row, path: Path, curated: Mapping[str, Table], problems: Problems):
        self.db = db
        self.manifest = manifest
        self.path = path
        self.problems = problems
        self.rows = 0
        self.centres: dict[int, Centre] = {}
        self.stations: dict[int, tuple[Path, int]] = {}
        self.places = places(curated, manifest)
        self.table = table_id(manifest)

    def read(self) -> int:
        """Insert the centres and stations of the file. Returns the number of stations."""
        inserted = 0
        batch: list[tuple[Any, ...]] = []
        units: list[tuple[Any, ...]] = []
        for row in streams.rows(self.path, self.problems, STATION_COLUMNS):
            self.rows += 1
            self._take(row, units, batch)
            if len(batch) >= 1000:
                inserted += self._insert(units, batch)
        return inserted + self._insert(units, batch)

    def _insert(self, units: list[tuple[Any, ...]], stations: list[tuple[Any, ...]]) -> int:
        self.db.conn.executemany("insert into temp.units values (?, ?, ?, ?, ?, ?)", units)
        self.db.conn.executemany(
            "insert into stations (number, reporting_unit_id, election_id, governorate_id, centre_id, source_table_id, "
            "registered_voters, ballots_cast) values (?, ?, ?, ?, ?, ?, ?, ?)",
            stations,
        )
        inserted = len(stations)
        units.clear()
        stations.clear()
        return inserted

    def _fault(self, row: Row, column: str, found: str, expected: str, mend: str) -> None:
        self.problems.add(self.path, row.line, column, found, expected, mend)

    def _told(self, path: Path, line: int) -> str:
        return f"{self.problems.name(path)}:{line}"

    def _take(self, row: Row, units: list[tuple[Any, ...]], batch: list[tuple[Any, ...]]) -> None:
        election = self.manifest["election_id"]
        centre, station = number(row["centre"], 1, LARGEST_CODE), number(row["station"], 1, LARGEST_CODE)
        sound = True
        for column, value in (("centre", centre), ("station", station)):
            if value is None:
                self._fault(row, column, repr(row[column]), "a whole number of at most 10 digits, from 1",
                            "Write the commission's code, digits only.")  # fmt: skip
                sound = False
        counts = []
        for column, least in (("registered_voters", 1), ("ballots_cast", 0)):
            value = number(row[column], least, LARGEST_STATION) if row[column] else None
            if row[column] and value is None:
                self._fault(row, column, repr(row[column]), f"a whole number from {least} to {LARGEST_STATION:,}",
                            "Write the digits only, or leave the cell empty if it is not known.")  # fmt: skip
                sound = False
            counts.append(value)
        governorate, place = self.places.get(row["place"], ("", ""))
        if not governorate:
            self._fault(row, "place", repr(row["place"]), "a governorate, or a division of one",
                        "Write its id, or a name that data/governorate_names.csv knows.")  # fmt: skip
            sound = False
        elif elsewhere := outside(self.manifest, governorate):
            self._fault(row, "place", repr(row["place"]), *elsewhere)
            sound = False
        if not sound or centre is None or station is None:
            return
        if first := self.stations.get(station):
            self._fault(row, "station", f"{station} a second time", "each station once",
                        f"It stands in {self._told(*first)} before. Take one of them out.")  # fmt: skip
            return
        names = row["name"], row["name_ar"]
        known = self.centres.get(centre)
        if known is None:
            self.centres[centre] = (place, *names, self.path, row.line)
            units.append((f"{election}-centre-{centre}", governorate, place, "polling_centre",
                          *(name or None for name in names)))  # fmt: skip
        elif known[:3] != (place, *names):
            found = f"centre {centre} with {', '.join(filter(None, (row['place'], *names)))}"
            expected = f"the place and names of {self._told(*known[3:])}"
            self._fault(row, "centre", found, expected, "A centre lies in one place and has one name.")
            return
        self.stations[station] = self.path, row.line
        unit = f"{election}-station-{station}"
        units.append((unit, governorate, f"{election}-centre-{centre}", "polling_station", None, None))
        batch.append((int(election) * CODES + station, unit, election, governorate, f"{election}-centre-{centre}",
                      self.table, *counts))  # fmt: skip


def add_up(db: Database, sql: Path, curated: Mapping[str, Table], resolver: Resolver) -> None:
    """Turn what is added up over the stations into claims of the tables that it is added up from.

    sql: the file of the query that adds up, and says what.
    """
    manifests = {table_id(line): line for line in curated["source_tables"].rows if line["kind"] in KINDS}
    numbers: dict[str, int] = {}
    for row in db.query(sql.read_text(encoding="utf-8")):
        manifest = manifests[row["source_table_id"]]
        if row["seat_type"]:
            manifest = Row(manifest.line, manifest.cells | {"seat_type": row["seat_type"]})
        subject = "list" if row["list_id"] else "candidate" if row["candidate_id"] else "place"
        meaning = Meaning(
            subject, row["governorate_id"], row["governorate_id"], row["contest_id"], row["seat_type"],
            row["list_id"], row["candidate_id"],
        )  # fmt: skip
        numbers[row["source_table_id"]] = numbers.get(row["source_table_id"], 0) + 1
        cell = Cell(
            Path(), 0, numbers[row["source_table_id"]], "", row["name"] or "", "", row["measure"], row["measure"], "",
            row["value"], 0,
        )  # fmt: skip
        resolver.add(manifest, cell, meaning, {"stations": row["stations"], "stations_of": row["stations_of"]})
