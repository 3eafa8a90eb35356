"""Tells what changed in the data from one database to a later one, figure by figure, as Markdown."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from loader.codebook import Value, names
from loader.problems import BuildError


class Section(NamedTuple):
    """What is compared row by row: the first column of the query tells the rows apart."""

    title: str
    query: str
    new: str = "new"
    gone: str = "gone"
    shared: bool = False  # only tell of rows that both databases have


SECTIONS = [
    Section(
        "Figures",
        "select figures.id, coalesce(decisions.adopted_value, claims.value) as value, claims.id as claim, "
        "figures.decision_id as decision from figures left join claims on figures.adopted_claim_id = claims.id "
        "left join decisions on figures.decision_id = decisions.id",
    ),
    Section(
        "Printed cells", "select id, value_as_printed as printed, value, figure_id as figure from claims", shared=True
    ),
    Section("Printed cells by source", "select source_id, count(*) as cells from claims group by source_id"),
    Section(
        "Decisions",
        "select id, figure_id as figure, adopted_claim_id as claim, adopted_value as value, reason from decisions",
        "added", "removed",
    ),
    Section(
        "Sources",
        "select id, title, publisher, kind, published_on as published, url, licence, copied_from as copy_of "
        "from sources",
        "added", "removed",
    ),
    Section(
        "Findings of the audit",
        "select id, status, expected, found, decision_id as decision from checks where status <> 'holds'",
        "opened", "closed",
    ),
    Section("Seats to fill", "select id, seats from contests"),
]  # fmt: skip


def changes(old: Path, new: Path) -> str:
    """Compare two databases. Returns Markdown, the same for the same two; raises BuildError if one cannot be read."""
    with closing(open_database(old)) as before, closing(open_database(new)) as after:
        told = [line for section in SECTIONS for line in _section(section, before, after)] + list(_rows(before, after))
    return "\n".join(["# What changed in the data", "", *(told or ["Nothing changed.", ""])])


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database of elections for reading. Raises BuildError if there is none."""
    db = None
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        if {"figures", "claims"} <= set(names(db)):
            return db
        reason = "it has no figures and claims"
    except sqlite3.Error as error:
        reason = str(error)
    if db:
        db.close()
    raise BuildError(f"{path} is no database of elections that can be read: {reason}.")


def _section(section: Section, before: sqlite3.Connection, after: sqlite3.Connection) -> Iterator[str]:
    try:
        old, new = _keyed(before, section.query), _keyed(after, section.query)
    except sqlite3.OperationalError as error:  # the schema of the older one was another
        yield from (f"## {section.title}", "", f"Cannot be compared: {error}.", "")
        return
    lines = []
    for key in sorted(old.keys() | new.keys()):
        if key in old and key in new:
            if differing := [
                f"{name} {_shown(old[key][name])} → {_shown(value)}"
                for name, value in new[key].items()
                if old[key][name] != value
            ]:
                lines.append(f"- changed {_shown(key)}: {'; '.join(differing)}")
        elif not section.shared:
            word, row = (section.new, new[key]) if key in new else (section.gone, old[key])
            known = (f"{name} {_shown(value)}" for name, value in row.items() if value is not None)
            lines.append(f"- {word} {_shown(key)}: {'; '.join(known)}")
    if lines:
        yield from (f"## {section.title}", "", f"{len(lines):,} in all.", "", *lines, "")


def _keyed(db: sqlite3.Connection, query: str) -> dict[str, dict[str, Value]]:
    cursor = db.execute(query)
    columns = [column for column, *_ in cursor.description[1:]]
    return {key: dict(zip(columns, values, strict=True)) for key, *values in cursor}


def _rows(before: sqlite3.Connection, after: sqlite3.Connection) -> Iterator[str]:
    """Count the rows of every table and view that are in one database only: a changed row is one of each."""
    lines = []
    old, new = names(before), names(after)
    for name in sorted(old.keys() | new.keys()):
        columns = [_columns(db, name) for db, there in ((before, old), (after, new)) if name in there]
        common = sorted(set.intersection(*columns))
        was: Counter[Any] = Counter(_select(before, name, common) if name in old else ())
        now: Counter[Any] = Counter(_select(after, name, common) if name in new else ())
        gone, come = was - now, now - was
        other = sorted(set.union(*columns) - set(common))
        if gone or come or other or (name in old) != (name in new):
            counts = (was.total(), now.total(), gone.total(), come.total())
            cells = [f"`{name}`", *map(str, counts), ", ".join(f"`{column}`" for column in other)]
            lines.append(f"| {' | '.join(cells)} |")
    if lines:
        yield from ("## Rows of every table and view", "", "A changed row counts as one gone and one new.", "")
        yield from ("| table or view | before | now | gone | new | columns in one only |", "|---|--:|--:|--:|--:|---|")
        yield from (*lines, "")


def _columns(db: sqlite3.Connection, name: str) -> set[str]:
    """Name the columns to compare: not those that number the rows, since one new row shifts all after it."""
    found = db.execute("select name from pragma_table_info(?) where not (pk and type = 'INTEGER')", [name])
    return {column for (column,) in found if (name, column) != ("claims", "position")}


def _select(db: sqlite3.Connection, name: str, columns: Iterable[str]) -> Iterable[Any]:
    listed = ", ".join(f'"{column}"' for column in columns)
    return db.execute(f'select {listed} from "{name}"')


def _shown(value: Value) -> str:
    """Show a number as it is and a text as code, in which Markdown and HTML mean nothing."""
    if value is None:
        return "none"
    return "`" + value.replace("`", "'").replace("\n", " ") + "`" if isinstance(value, str) else repr(value)
