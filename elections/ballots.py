"""Says what the names on the ballots of polling stations denote: lists and candidates, known or new."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from elections.claims import Cell, Meaning, Resolver, table_id
from elections.problems import Problems
from elections.reading import Row, Table

Key = tuple[str, str, int, int]  # election, governorate, list number, candidate number (0 for the list itself)
Fault = Callable[[str, str, str, str], None]  # notes a fault: column, found, expected, fix


@dataclass
class Line:
    """One line of a ballot: a list, or a candidate of a list, in a governorate."""

    manifest: Row
    path: Path
    line: int
    key: Key
    id: str
    seat_type: str
    name: str
    name_ar: str
    meaning: Meaning
    candidate: dict[str, Any] | None = None  # the row to add, for a candidate whom no curated file knows

    @property
    def printed(self) -> str:
        """Return the name as printed, in Latin script if it is there."""
        return self.name or self.name_ar

    @property
    def record(self) -> tuple[object, ...]:
        """Return the line for the SQL that adds up."""
        meaning = self.meaning
        return (*self.key, meaning.contest_id, self.seat_type, meaning.list_id, meaning.candidate_id, self.printed)

    @property
    def column(self) -> str:
        """Return the column that the printed name is in."""
        return "name" if self.name else "name_ar"


class Ballots:
    """The lines of all ballots, by key."""

    def __init__(self, curated: Mapping[str, Table], resolver: Resolver, problems: Problems) -> None:
        self.resolver = resolver
        self.problems = problems
        self.lines: dict[Key, Line] = {}
        self.first: dict[tuple[str | None, str | None, bool], Line] = {}
        self.known = {
            (row["contest_id"], name): row["id"]
            for row in curated["candidates"].rows
            for name in (row["name"], row["name_ar"])
            if name
        }

    def resolve(self, lines: Iterable[Line]) -> None:
        """Take the lines whose names are resolved, lists before their candidates; what is wrong is noted."""
        for line in lines:
            fault = self._fault(line)
            meaning = self._candidate(line, fault) if line.key[3] else self._list(line, fault)
            if meaning is None:
                continue
            line.meaning = meaning
            self.lines[line.key] = line
            if line.candidate is None:  # any number of our own may have one name
                self._once(line, fault)

    def _fault(self, line: Line) -> Fault:
        return lambda column, found, expected, fix: self.problems.add(
            line.path, line.line, column, found, expected, fix
        )

    def _once(self, line: Line, fault: Fault) -> None:
        is_candidate = bool(line.key[3])
        who = line.meaning.candidate_id if is_candidate else line.meaning.list_id or line.meaning.candidate_id
        first = self.first.setdefault((line.meaning.contest_id, who, is_candidate), line)
        if first is not line:
            kind, file = ("candidate", "candidates") if is_candidate else ("list", "list_names")
            place = f"{self.problems.name(first.path)}:{first.line}"
            fix = f"{place} is the same {kind}. Fix one of the names, or {file}.csv."
            fault(line.column, repr(line.printed), f"each {kind} under one number", fix)

    def _list(self, line: Line, fault: Fault) -> Meaning | None:
        cell = Cell(
            line.path, line.line, line.line - 1, "", line.printed, line.column, "votes", "votes", "", None, None
        )
        manifest = Row(line.manifest.path, line.manifest.line, line.manifest.cells | {"seat_type": line.seat_type})
        meaning = self.resolver.name(manifest, cell, line.meaning)
        if meaning is None:
            return None
        if meaning.contest_id is None:
            fix = "A line without a candidate's number is a list. Fix list_names.csv."
            fault(line.column, repr(line.printed), "a list or a candidate", fix)
            return None
        name = self.resolver.known_name(line.printed, line.key[0], line.key[1])
        if meaning.candidate_id is None and name is not None and name["seat_type"] not in ("", line.seat_type):
            fix = "Fix the seat type, or that of the name in list_names.csv."
            fault("seat_type", repr(line.seat_type), f"{name['seat_type']}, for which the list stands", fix)
            return None
        if meaning.seat_type != line.seat_type:
            fix = "Fix the seat type, or the contest in candidates.csv."
            fault("seat_type", repr(line.seat_type), f"{meaning.seat_type}, for which the candidate stands", fix)
            return None
        return meaning

    def _candidate(self, line: Line, fault: Fault) -> Meaning | None:
        election, governorate, list_number, candidate_number = line.key
        its_list = self.lines.get((election, governorate, list_number, 0))
        if its_list is None:
            return None  # its name is not known, which is told
        contest, list_id = its_list.meaning.contest_id, its_list.meaning.list_id
        known = self._known(line, str(contest))
        if known and (known["list_id"] or None) != list_id:
            fault(
                line.column, repr(line.printed), f"a candidate of {known['list_id'] or 'no list'}",
                f"candidates.csv knows {known['id']}. Fix the list there, or the number of the list here.",
            )  # fmt: skip
            return None
        candidate = known["id"] if known else f"{governorate}-{list_number}-{candidate_number}-{election}"
        if not known:
            line.candidate = {
                "id": candidate,
                "name": line.printed,
                "name_ar": line.name_ar or None,
                "contest_id": contest,
                "list_id": list_id,
                "note": None if line.name else "The ballot prints the name in Arabic only.",
            }
        return Meaning("candidate", governorate, governorate, contest, its_list.meaning.seat_type, list_id, candidate)

    def _known(self, line: Line, contest: str) -> Row | None:
        """Return the candidate of a contest whom the curated files know by one of the names."""
        for name in filter(None, (line.name, line.name_ar)):
            row = self.resolver.known_name(name, line.key[0], line.key[1])
            if row is not None and row["denotes"] == "candidate":
                self.resolver.used.add(id(row))
                candidate = row["candidate_id"]
            else:
                candidate = self.known.get((contest, name), "")
            found = self.resolver.candidates.get(candidate)
            if found is not None and found["contest_id"] == contest:
                return found
        return None

    def insert(self, db: Database, sums: Mapping[Key, tuple[Any, ...]]) -> None:
        """Insert the candidates and the lines, each with its votes, of how many stations, and from which table."""
        lines = sorted(self.lines.values(), key=lambda line: line.id)
        db.table("candidates").insert_all(line.candidate for line in lines if line.candidate)
        records = []
        for line in lines:
            election, governorate, list_number, candidate_number = line.key
            votes, stations, counts_table = sums.get(line.key, (None, None, None))
            records.append(
                {
                    "id": line.id,
                    "election_id": election,
                    "governorate_id": governorate,
                    "contest_id": line.meaning.contest_id,
                    "list_number": list_number,
                    "candidate_number": candidate_number,
                    "list_id": line.meaning.list_id,
                    "candidate_id": line.meaning.candidate_id,
                    "name_as_printed": line.printed,
                    "source_table_id": table_id(line.manifest),
                    "votes": votes,
                    "stations": stations,
                    "counts_source_table_id": counts_table,
                }
            )
        db.table("ballot_lines").insert_all(records)
