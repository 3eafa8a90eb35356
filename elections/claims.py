"""Turns the printed tables into claims: each cell with the name it is about, what that name denotes, and its figure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from elections.printed import NotAFigure, parse
from elections.problems import Problems
from elections.reading import Row, Table, read_table

STATEMENT_COLUMNS = ["label", "place", "name", "measure", "value"]
# What voting is measured by: each figure is of one vote, the general or the special.
TURNOUT_MEASURES = {
    "registered_voters", "ballots_cast", "ballots_cast_over", "turnout", "valid_votes", "invalid_ballots",
    "blank_ballots",
}  # fmt: skip
# A heading that says percent, so that its figures need no sign.
PERCENT = re.compile(r"[%٪]|\bper ?cent|نسبة|بالمئة|بالمائة", re.IGNORECASE)

Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One printed cell, read but not yet resolved."""

    path: Path
    line: int
    row_number: int
    place: str
    name: str
    name_column: str
    column: str
    measure: str
    printed: str
    value: int | float | None
    decimals: int | None


@dataclass
class Meaning:
    """What a row is about: a list, candidate or party, the lists lumped as others, or the place itself."""

    subject: str
    governorate_id: str | None
    reporting_unit_id: str | None = None
    contest_id: str | None = None
    seat_type: str | None = None
    list_id: str | None = None
    candidate_id: str | None = None
    party_id: str | None = None

    def slug(self, election: str) -> str:
        """Return the part of a figure's id that names its subject."""
        if self.subject == "place":
            return ""
        if self.subject == "party":
            return f"party-{self.party_id}"
        return (self.list_id or self.candidate_id or self.subject).removesuffix(f"-{election}")


def table_id(manifest: Row) -> str:
    """Return the id of a source table: its source and the name of its file without the position."""
    return f"{manifest['source_id']}-{manifest['slug']}"


def table_path(manifest: Row) -> Path:
    """Return the file that a line of the manifest names: in the folder of its source, beside the manifest."""
    return manifest.path.parent / manifest["source_id"] / f"{int(manifest['position']):02d}-{manifest['slug']}.csv"


class Reader:
    """Reads the cells of the printed tables that the manifest names."""

    def __init__(self, curated: Mapping[str, Table], problems: Problems) -> None:
        self.problems = problems
        self.measures = {row["id"]: row for row in curated["measures"].rows}
        self.digits = {row["id"]: row["digits"] for row in curated["sources"].rows}
        self.columns = {
            (row["source_id"], row["column_as_printed"]): row["measure"] for row in curated["source_columns"].rows
        }
        self.units = {
            (row["source_id"], row["column_as_printed"]): row["unit"] for row in curated["source_columns"].rows
        }
        self.words: dict[str, dict[str, int | None]] = defaultdict(dict)
        for row in curated["printed_words"].rows:
            self.words[row["measure"]][row["printed"]] = int(row["value"]) if row["value"] else None

    def read(self, manifest: Row) -> list[Cell]:
        """Read the cells of one table in the order printed; problems are noted and the cells concerned left out."""
        path = table_path(manifest)
        statements = manifest["kind"] == "statements"
        table = read_table(path, self.problems, STATEMENT_COLUMNS if statements else None)
        if table.whole and len(table.rows) != int(manifest["row_count"]):
            self.problems.add(
                manifest.path, manifest.line, "row_count", manifest["row_count"],
                f"{len(table.rows)}, the rows of {path.name}",
                "Hold the file beside the document and count: a row is missing, or the number is wrong.",
            )  # fmt: skip
        cells = self._statements(manifest, table) if statements else self._columns(manifest, table)
        return list(cells)

    def _statements(self, manifest: Row, table: Table) -> Iterable[Cell]:
        for number, row in enumerate(table.rows, 1):
            if row["measure"] not in self.measures:
                self.problems.add(
                    table.path, row.line, "measure", repr(row["measure"]), "a measure of data/measures.csv",
                    "Fix the word, or add the measure.", follows=["measures.csv"],
                )  # fmt: skip
            elif cell := self._cell(manifest, table, row, number, row["label"], row["measure"], "value"):
                yield replace(cell, place=row["place"], name=row["name"], name_column="name")

    def _columns(self, manifest: Row, table: Table) -> Iterable[Cell]:
        meanings = {column: self.columns.get((manifest["source_id"], column)) for column in table.columns}
        meanings_file = self.problems.name(manifest.path.with_name("source_columns.csv"))
        known = bool(table.columns)  # a file without a header has been told of
        for column, measure in meanings.items():
            if measure is None:
                known = False
                self.problems.add(
                    table.path, 1, column, "a column without a meaning", f"a column that {meanings_file} knows",
                    f"Fix the heading, or add it to {meanings_file} for {manifest['source_id']}.",
                    follows=["source_columns.csv"],
                )  # fmt: skip
        naming = [column for column, measure in meanings.items() if measure == ""]
        measures = [(column, measure) for column, measure in meanings.items() if measure]
        if known and (len(naming) != 1 or len({measure for _, measure in measures}) < max(1, len(measures))):
            known = False
            self.problems.add(
                table.path, 1, "", ", ".join(table.columns), "one column of names and each measure once",
                f"Fix the header, or the meanings in {meanings_file}.", follows=["source_columns.csv"],
            )  # fmt: skip
        if not known:
            return
        seen: dict[str, int] = {}
        for number, row in enumerate(table.rows, 1):
            name = row[naming[0]]
            if not name or name in seen:
                self.problems.add(
                    table.path, row.line, naming[0], repr(name),
                    f"a name other than in line {seen[name]}" if name else "a name",
                    "Is a row transcribed twice?" if name else "Write the name as printed.",
                )  # fmt: skip
                continue
            seen[name] = row.line
            for column, measure in measures:
                if cell := self._cell(manifest, table, row, number, column, str(measure), column):
                    yield replace(cell, name=name, name_column=naming[0])

    def _cell(
        self, manifest: Row, table: Table, row: Row, number: int, label: str, measure: str, column: str
    ) -> Cell | None:
        printed = row[column]
        rules = self.measures.get(measure)
        if rules is None:
            return None  # the broken reference is told where the curated tables are inserted
        maximum = int(rules["maximum"]) if rules["maximum"] else None
        try:
            value, decimals = parse(
                printed,
                rules["value_type"],
                digits=self.digits.get(manifest["source_id"], "western"),
                words=self.words[measure],
                maximum=maximum,
                says_percent=bool(PERCENT.search(label) or self.units.get((manifest["source_id"], label))),
            )
        except NotAFigure as expected:
            without_sign = "a percentage without its sign wants percent in the column unit of source_columns.csv; "
            self.problems.add(
                table.path, row.line, column, repr(printed), str(expected),
                f"Write the figure as the source prints it; {without_sign * (rules['value_type'] == 'percent')}a word "
                "or sign that stands for a figure belongs in data/printed_words.csv, other digits in the column digits "
                "of sources.csv.",
                follows=["printed_words.csv", "measures.csv", "sources.csv"],
            )  # fmt: skip
            return None
        return Cell(table.path, row.line, number, "", "", "", label, measure, printed, value, decimals)


@dataclass
class Resolver:
    """Says what the printed names denote, and builds the claims and figures."""

    curated: Mapping[str, Table]
    problems: Problems
    claims: list[Record] = field(default_factory=list)
    figures: dict[str, Record] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_figure = {row["id"]: row["is_figure"] == "1" for row in self.curated["measures"].rows}
        self.contests = {row["id"]: row for row in self.curated["contests"].rows}
        self.contest_ids = {
            (row["election_id"], row["governorate_id"], row["seat_type"]): row["id"] for row in self.contests.values()
        }
        self.candidates = {row["id"]: row for row in self.curated["candidates"].rows}
        self.standing = Counter((row["contest_id"], row["list_id"]) for row in self.candidates.values())
        self.used: set[int] = set()
        self.missing_contests: set[tuple[str, str, str]] = set()
        self.list_names = self._index("list_names", ("name_as_printed", "election_id", "governorate_id"))
        self.own_names = self._own_names()
        self.place_names = self._index("governorate_names", ("name_as_printed", "election_id"))

    def _index(self, table: str, key: tuple[str, ...]) -> dict[tuple[str, ...], Row]:
        index: dict[tuple[str, ...], Row] = {}
        for row in self.curated[table].rows:
            scope = tuple(row[column] for column in key)
            if scope in index:
                self.used.add(id(row))  # told here, so not also as a name that no table prints
                self.problems.add(
                    row.path, row.line, "name_as_printed", repr(row["name_as_printed"]),
                    f"one meaning for a name in one place; {self._told(index[scope])} gives it another",
                    "Take one line out, or say in which governorate or election each holds.",
                )  # fmt: skip
            index.setdefault(scope, row)
        return index

    def _own_names(self) -> dict[tuple[str, str], Row]:
        """Make the lines of list_names.csv that nobody need write: the own names of lists and candidates."""
        standing = [(row, {"denotes": "list", "list_id": row["id"], "election_id": row["election_id"]})
                    for row in self.curated["lists"].rows]  # fmt: skip
        standing += [
            (row, {"denotes": "candidate", "candidate_id": row["id"], **contest})
            for row in self.candidates.values()
            if (contest := self._scope_of(row["contest_id"]))
        ]
        names: dict[tuple[str, str], Row] = {}
        shared = set()
        blank = dict.fromkeys(("governorate_id", "list_id", "candidate_id", "party_id", "seat_type"), "")
        for row, own in standing:
            evidence = f"The name of the {own['denotes']}, as printed."
            for name in dict.fromkeys((row["name"], row["name_ar"])):
                line = blank | own | {"name_as_printed": name, "certainty": "certain", "evidence": evidence}
                key = name, own["election_id"]
                if names.setdefault(key, Row(row.path, row.line, line)).cells != line:
                    shared.add(key)
        return {key: row for key, row in names.items() if key[0] and key not in shared}

    def _scope_of(self, contest_id: str) -> dict[str, str]:
        """Return election and governorate of a contest; nothing if there is none such."""
        contest = self.contests.get(contest_id)
        return {column: contest[column] for column in ("election_id", "governorate_id")} if contest else {}

    def used_own_names(self) -> list[Row]:
        """List the own names of lists and candidates that a table prints, as lines of list_names.csv."""
        return [row for row in self.own_names.values() if id(row) in self.used]

    def resolve(self, manifest: Row, cells: Iterable[Cell]) -> None:
        """Add the claims and figures of one source table."""
        for cell in cells:
            place = self.place(manifest, cell)
            meaning = self.name(manifest, cell, place) if place and manifest["kind"] != "turnout" else place
            if meaning is not None:
                self.add(manifest, cell, meaning)

    def report_unused_names(self, unread: str) -> None:
        """Note every line of list_names.csv that no table prints, but for the names in the text that was not read."""
        unread = unread.replace('""', '"')
        for row in self.curated["list_names"].rows:
            if id(row) not in self.used and row["name_as_printed"] not in unread:
                self.problems.add(
                    row.path, row.line, "name_as_printed", repr(row["name_as_printed"]),
                    "a name that a table of that election and governorate prints",
                    "Fix the name, its election or its governorate, or take the line out.",
                    follows=["source_tables.csv"],
                )  # fmt: skip

    def place(self, manifest: Row, cell: Cell) -> Meaning | None:
        """Say where a row is: where it names a place, there; otherwise where its table is."""
        printed = cell.name if manifest["kind"] == "turnout" else cell.place
        if not printed:
            governorate = manifest["governorate_id"] or None
            return Meaning("place", governorate, governorate)
        name = self.place_names.get((printed, manifest["election_id"])) or self.place_names.get((printed, ""))
        if name is None:
            file = self.problems.root / "governorate_names.csv"
            self._unknown(cell, printed, self.problems.name(file), manifest["election_id"], "")
            return None
        return Meaning("place", name["governorate_id"] or None, name["reporting_unit_id"] or None)

    def name(self, manifest: Row, cell: Cell, place: Meaning) -> Meaning | None:
        """Say what the name of a row denotes in its election and place."""
        if not cell.name:
            return place
        election, governorate = manifest["election_id"], place.governorate_id or ""
        name = self.known_name(cell.name, election, governorate)
        if name is None:
            file = manifest.path.with_name("list_names.csv")
            self._unknown(cell, cell.name, self.problems.name(file), election, governorate)
            return None
        self.used.add(id(name))
        match name["denotes"]:
            case "total":
                return place
            case "other":
                return replace(place, subject="other")
            case "party":
                return replace(place, subject="party", party_id=name["party_id"])
            case "candidate":
                return self._candidate(cell, name, place)
            case _:
                return self._list(manifest, cell, name, place)

    def known_name(self, printed: str, election: str, governorate: str) -> Row | None:
        """Return the line of list_names.csv that says what a name denotes there, or the list that has it as its own."""
        return (
            self.list_names.get((printed, election, governorate))
            or self.list_names.get((printed, election, ""))
            or self.own_names.get((printed, election))
        )

    def _candidate(self, cell: Cell, name: Row, place: Meaning) -> Meaning | None:
        candidate = self.candidates.get(name["candidate_id"])
        contest = self.contests.get(candidate["contest_id"]) if candidate else None
        if candidate is None or contest is None:
            return None  # the broken reference is told where the curated tables are inserted
        if contest["governorate_id"] != place.governorate_id:
            self.problems.add(
                cell.path, cell.line, cell.name_column, repr(cell.name),
                f"a candidate of {place.governorate_id or 'the whole country'}",
                f"{self._told(candidate)} lets {name['candidate_id']} stand in {contest['id']}; fix it there or "
                f"in {self._told(name)}.", follows=["contests.csv", "source_tables.csv"],
            )  # fmt: skip
            return None
        # A list's only candidate for a component's seat is the list there; any other's votes are some of the list's.
        alone = contest["seat_type"] != "general" and self.standing[contest["id"], candidate["list_id"]] == 1
        its_list = candidate["list_id"] if alone else ""
        return replace(
            place,
            subject="list" if its_list else "candidate",
            contest_id=contest["id"] if its_list or not candidate["list_id"] else None,
            seat_type=contest["seat_type"],
            list_id=its_list or None,
            candidate_id=name["candidate_id"],
        )

    def _list(self, manifest: Row, cell: Cell, name: Row, place: Meaning) -> Meaning | None:
        if not place.governorate_id:
            return replace(place, subject="list", list_id=name["list_id"])
        seat_type = manifest["seat_type"] or name["seat_type"] or "general"
        contest = self.contest_ids.get((manifest["election_id"], place.governorate_id, seat_type))
        if contest is None and (manifest["election_id"], place.governorate_id, seat_type) in self.missing_contests:
            return None  # told of another name
        if contest is None:
            self.missing_contests.add((manifest["election_id"], place.governorate_id, seat_type))
            self.problems.add(
                cell.path, cell.line, cell.name_column, repr(cell.name),
                f"a contest for {seat_type} seats in {place.governorate_id} in {manifest['election_id']}",
                f"Add the contest to {self.problems.name(manifest.path.with_name('contests.csv'))}, or fix the seat "
                "type of the name or the table.", follows=["contests.csv", "source_tables.csv"],
            )  # fmt: skip
            return None
        return replace(place, subject="list", contest_id=contest, seat_type=seat_type, list_id=name["list_id"])

    def _told(self, row: Row) -> str:
        """Return file and line of a row."""
        return f"{self.problems.name(row.path)}:{row.line}"

    def _unknown(self, cell: Cell, name: str, file: str, election: str, governorate: str) -> None:
        self.problems.add(
            cell.path, cell.line, "place" if name == cell.place else cell.name_column, repr(name),
            f"a name that {file} knows",
            f"Fix the spelling, or add the name to {file} for {election}, {governorate or 'the whole country'}.",
            follows=["list_names.csv", "lists.csv", "candidates.csv", "contests.csv", "governorate_names.csv",
                     "source_tables.csv", "header"],
        )  # fmt: skip

    def add(
        self, manifest: Row, cell: Cell, meaning: Meaning, added_up: Mapping[str, int | None] | None = None
    ) -> None:
        """Add a claim and the figure that it states. added_up: for one that no source prints, of how many stations."""
        table = table_id(manifest)
        self.claims.append(
            {
                "id": f"{table}-{cell.row_number}-{cell.measure}",
                "source_id": manifest["source_id"],
                "source_table_id": table,
                "locator": manifest["locator"],
                "position": len(self.claims) + 1,
                "row_number": cell.row_number,
                "column_as_printed": cell.column,
                "name_as_printed": cell.name or None,
                "measure": cell.measure,
                "value_as_printed": cell.printed,
                "value": cell.value,
                "decimals": cell.decimals,
                "basis": "added_up" if added_up else "printed",
                **(added_up or {"stations": None, "stations_of": None}),
                "election_id": manifest["election_id"],
                "governorate_id": meaning.governorate_id,
                "stage": manifest["stage"],
                "list_id": meaning.list_id,
                "candidate_id": meaning.candidate_id,
                "party_id": meaning.party_id,
                "figure_id": self._figure(manifest, cell, meaning) if self.is_figure[cell.measure] else None,
            }
        )

    def _figure(self, manifest: Row, cell: Cell, meaning: Meaning) -> str:
        election = manifest["election_id"]
        vote = None
        if cell.measure in TURNOUT_MEASURES:
            vote = manifest["vote"] or "unstated"
        place = meaning.reporting_unit_id or "all"
        parts = [election, place, vote or meaning.seat_type or "", meaning.slug(election), cell.measure]
        figure = "-".join(part for part in parts if part).replace("_", "-")
        self.figures.setdefault(
            figure,
            {
                "id": figure,
                "election_id": election,
                "governorate_id": meaning.governorate_id,
                # Votes and seats are won in a governorate; only where a part or group is printed are they of that.
                "reporting_unit_id": (
                    meaning.reporting_unit_id if vote or meaning.reporting_unit_id != meaning.governorate_id else None
                ),
                "contest_id": meaning.contest_id,
                "vote": vote,
                "subject": meaning.subject,
                "list_id": meaning.list_id,
                "candidate_id": None if meaning.list_id else meaning.candidate_id,
                "party_id": meaning.party_id,
                "measure": cell.measure,
            },
        )
        return figure
