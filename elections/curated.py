"""Reads the curated tables, the files that say what the printed ones mean; the schema is their only definition.

What all elections share stands in data/, what one election brings in the folder of that election, data/ID/. A file of
any name may stand in either; in an election's folder it has no column for the election.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from elections.claims import Record, table_id
from elections.problems import Problems
from elections.reading import Row, Table, read_table

# In an order in which each table comes after those that it refers to. The first must be in data/.
SHARED = [
    "stages", "source_kinds", "seat_types", "measures", "printed_words",
    "allocation_rules", "governorates", "governorate_neighbours", "reporting_units", "parties",
]  # fmt: skip
CURATED = [
    *SHARED, "party_links", "group_members", "elections", "polling_days", "councils", "contests",
    "lists", "list_colours", "list_members", "candidates",
    "sources", "source_tables", "source_columns", "list_names", "governorate_names", "decisions", "explanations",
    "search_aliases",
]  # fmt: skip

# Columns that the build makes, and one that becomes rows of another table.
MADE_IDS = ["source_tables", "list_members", "list_names", "governorate_names", "search_aliases"]
MADE = {name: {"id"} for name in MADE_IDS} | {"list_colours": {"basis"}}
EXTRA = {"decisions": ["evidence"]}


def election_folders(data: Path) -> list[Path]:
    """List the folders of elections: those that have a file elections.csv."""
    return sorted(path.parent for path in data.glob("*/elections.csv"))


def curated_paths(data: Path) -> list[Path]:
    """List where the files of curated tables may stand."""
    return [folder / f"{name}.csv" for folder in (data, *election_folders(data)) for name in CURATED]


def read_curated(db: Database, data: Path, problems: Problems) -> dict[str, Table]:
    """Read the files of each curated table; a cell that its column's type refuses leaves its row out."""
    return {name: _typed(db, name, _read(db, data, name, problems), problems) for name in CURATED}


def _read(db: Database, data: Path, name: str, problems: Problems) -> Table:
    """Read the files of a name in data/ and in the elections' folders, and join their rows."""
    columns = _columns(db, name)
    shared = data / f"{name}.csv"
    # What may be null may be left out.
    optional = {column.name for column in db.table(name).columns if not column.notnull and not column.is_pk}
    tables = [read_table(shared, problems, columns, optional)] if name in SHARED or shared.exists() else []
    of_election = "id" if name == "elections" else "election_id"
    for folder in election_folders(data):
        path = folder / shared.name
        if path.exists():
            read = read_table(path, problems, [column for column in columns if column != of_election], optional)
            added = {of_election: folder.name} if of_election in columns else {}
            tables.append(
                Table(path, columns, [Row(path, row.line, row.cells | added) for row in read.rows], read.whole)
            )
    rows = [row for table in tables for row in table.rows]
    return Table(shared, columns, rows, all(table.whole for table in tables))


def _columns(db: Database, name: str) -> list[str]:
    made = MADE.get(name, set())
    return [column.name for column in db.table(name).columns if column.name not in made] + EXTRA.get(name, [])


def _typed(db: Database, name: str, table: Table, problems: Problems) -> Table:
    types = {column.name: column for column in db.table(name).columns}
    rows = []
    for row in table.rows:
        sound = True
        for column, cell in row.cells.items():
            rules = types.get(column)
            if rules is None:
                continue
            if cell == "" and (rules.notnull or rules.is_pk):
                problems.add(row.path, row.line, column, "an empty cell", "a value", "Fill it in.")
                sound = False
            elif cell and rules.type.lower() == "integer" and not re.fullmatch(r"[0-9]{1,9}", cell):
                problems.add(row.path, row.line, column, repr(cell), "a whole number without commas", "Fix it.")
                sound = False
        if sound:
            rows.append(row)
    return Table(table.path, table.columns, rows, table.whole and len(rows) == len(table.rows))


def insert_curated(
    db: Database, curated: Mapping[str, Table], claims: Sequence[Record], figures: Sequence[Record], problems: Problems
) -> None:
    """Insert the curated tables, the figures and the claims; what the schema's rules refuse is a problem."""
    lines: dict[str, dict[int | None, Row]] = {}
    for name, table in curated.items():
        lines[name] = _insert(db, name, table, problems)
    insert_claims(db, claims, figures)
    _insert_evidence(db, lines["decisions"].values(), problems)
    for name, rows in lines.items():
        _check_references(db, name, rows, problems)


def insert_claims(db: Database, claims: Iterable[Record], figures: Iterable[Record]) -> None:
    """Insert claims, and those of the figures that are not there yet."""
    db.table("figures").insert_all(sorted(figures, key=by_id), ignore=True)
    db.table("claims").insert_all(sorted(claims, key=by_id))


def by_id(record: Record) -> str | int:
    """Return the id of a record. Rows lie in the order of their ids: Datasette's turning of pages relies on it."""
    identity: str | int = record.get("id", "")
    return identity


def _record(name: str, number: int, row: Row) -> Record:
    record: Record = {column: cell or None for column, cell in row.cells.items() if column not in EXTRA.get(name, [])}
    if name == "source_tables":
        return {"id": table_id(row)} | record
    if "id" in MADE.get(name, set()):
        return {"id": number} | record
    return record


def _insert(db: Database, name: str, table: Table, problems: Problems) -> dict[int | None, Row]:
    """Insert one table and return its rows by their rowids."""
    numbered = ((_record(name, number, row), row) for number, row in enumerate(table.rows, 1))
    pairs = sorted(numbered, key=lambda pair: by_id(pair[0]))
    try:
        db.conn.execute("savepoint curated")
        db.table(name).insert_all(record for record, _ in pairs)
        db.conn.execute("release curated")
        return {rowid: row for rowid, (_, row) in enumerate(pairs, 1)}
    except sqlite3.IntegrityError:
        # Some row breaks a rule: insert again one by one to tell which.
        db.conn.execute("rollback to curated")
        db.conn.execute("release curated")
    inserted: dict[int | None, Row] = {}
    for record, row in pairs:
        holes = ", ".join("?" for _ in record)
        try:
            new = db.conn.execute(
                f"insert into [{name}] ({', '.join(f'[{column}]' for column in record)}) values ({holes})",
                list(record.values()),
            )
            inserted[new.lastrowid] = row
        except sqlite3.IntegrityError as error:
            if not problems.tell_of(row.path, row.line):
                problems.add(row.path, row.line, *_explain(str(error), row))
    return inserted


def _explain(message: str, row: Row) -> tuple[str, str, str, str]:
    """Return the column concerned, if it is one, and what was found, expected and to be done."""
    rule = message.partition(": ")[2]
    if message.startswith("UNIQUE"):
        if rule.startswith("index"):
            return "", "a row that says the same of the same", f"one row a subject ({rule})", "Take the second row out."
        columns = [name.rpartition(".")[2] for name in rule.split(", ")]
        values = ", ".join(repr(row.cells[column]) for column in columns if column in row.cells)
        column = columns[0] if len(columns) == 1 and values else ""
        return column, f"{values or 'a row'} a second time", f"{' and '.join(columns)} once", "Take the second row out."
    columns = [column for column in row.cells if re.search(rf"\b{column}\b", rule)] or list(row.cells)
    values = ", ".join(repr(row.cells[column]) for column in columns)
    column = columns[0] if len(columns) == 1 else ""
    return column, values, f"a row for which this holds: {rule}", "Fix the cell that breaks the rule."


def _insert_evidence(db: Database, decisions: Iterable[Row], problems: Problems) -> None:
    claims = {row["id"] for row in db.query("select id from claims")}
    for row in decisions:
        for claim in dict.fromkeys(row["evidence"].split()):
            if claim in claims:
                db.table("decision_evidence").insert({"decision_id": row["id"], "claim_id": claim})
            else:
                problems.add(
                    row.path, row.line, "evidence", repr(claim), "ids of claims, separated by spaces",
                    "Copy the id from the table claims.", follows=_faulty_tables(problems),
                )  # fmt: skip


def _faulty_tables(problems: Problems) -> set[str]:
    """Return the names of the printed tables that have faults, so that claims and figures may be missing."""
    return {Path(problem.file).name for problem in problems.found} - {f"{name}.csv" for name in CURATED}


def _check_references(db: Database, name: str, rows: Mapping[int | None, Row], problems: Problems) -> None:
    columns = {key[0]: (key[3], key[2]) for key in db.execute(f"pragma foreign_key_list([{name}])")}
    for _, rowid, _, key in db.execute(f"pragma foreign_key_check([{name}])"):
        column, parent = columns[key]
        row = rows[rowid]
        follows = {f"{parent}.csv"} if parent in CURATED else _faulty_tables(problems)
        folder = problems.root if parent in SHARED else row.path.parent
        place = problems.name(folder / f"{parent}.csv") if parent in CURATED else f"the table {parent}"
        problems.add(
            row.path, row.line, column, repr(row.cells.get(column, "")), f"an id of {place}",
            "Fix the id, or add the row that it names.", follows=follows,
        )  # fmt: skip
