"""Tells what changed in the data from one database to a later one, figure by figure, as Markdown."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from elections.codebook import Value, names
from elections.problems import BuildError


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
        after.execute("attach database ? as before", [read_only(old)])
        told = [line for section in SECTIONS for line in _section(section, before, after)] + list(_rows(before, after))
    return "\n".join(["# What changed in the data", "", *(told or ["Nothing changed.", ""])])


def open_database(path: Path) -> sqlite3.Connection:
    """Open a database of elections for reading. Raises BuildError if there is none."""
    db = None
    try:
        db = sqlite3.connect(read_only(path), uri=True)
        if {"figures", "claims"} <= set(names(db)):
            return db
        reason = "it has no figures and claims"
    except sqlite3.Error as error:
        reason = str(error)
    if db:
        db.close()
    raise BuildError(f"{path} is no database of elections that can be read: {reason}.")


def read_only(path: Path) -> str:
    """Return the address under which SQLite only reads a database."""
    return f"{path.resolve().as_uri()}?mode=ro"


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
    """Count the rows of every table and view that are in one database only: a changed row is one of each.

    after: with the earlier database attached as `before`; SQLite compares, since there may be millions of rows.
    """
    lines = []
    old, new = names(before), names(after)
    for name in sorted(old.keys() | new.keys()):
        columns = [_columns(db, name) for db, there in ((before, old), (after, new)) if name in there]
        common = sorted(set.intersection(*columns))
        other = sorted(set.union(*columns) - set(common))
        counts = _compare(after, name, common, name in old, name in new)
        if any(counts[2:]) or other or (name in old) != (name in new):
            cells = [f"`{name}`", *map(str, counts), ", ".join(f"`{column}`" for column in other)]
            lines.append(f"| {' | '.join(cells)} |")
    if lines:
        yield from ("## Rows of every table and view", "", "A changed row counts as one gone and one new.", "")
        yield from ("| table or view | before | now | gone | new | columns in one only |", "|---|--:|--:|--:|--:|---|")
        yield from (*lines, "")


def _columns(db: sqlite3.Connection, name: str) -> set[str]:
    """Name the columns to compare: not one that only numbers the rows, since one new row shifts all after it."""
    found = db.execute(
        "select name from pragma_table_info(?) where not (name = 'id' and pk and type = 'INTEGER')", [name]
    )
    return {column for (column,) in found if (name, column) != ("claims", "position")}


def _compare(db: sqlite3.Connection, name: str, columns: list[str], was: bool, is_: bool) -> tuple[int, int, int, int]:
    """Count the rows of a table or view before and now, and those that are in one of the two only."""
    listed = "".join(f'"{column}", ' for column in columns)
    sides = [f'select {listed} 1 as was, 0 as now from before."{name}"'] if was else []
    sides += [f'select {listed} 0 as was, 1 as now from main."{name}"'] if is_ else []
    grouped = f"group by {listed.removesuffix(', ')}" if columns else ""
    counts: tuple[int, int, int, int] = db.execute(
        "select coalesce(sum(was), 0), coalesce(sum(now), 0), coalesce(sum(max(was - now, 0)), 0), "
        "coalesce(sum(max(now - was, 0)), 0) from (select sum(was) as was, sum(now) as now "
        f"from ({' union all '.join(sides)}) {grouped})"
    ).fetchone()
    return counts


def _shown(value: Value) -> str:
    """Show a number as it is and a text as code, in which Markdown and HTML mean nothing."""
    if value is None:
        return "none"
    return "`" + value.replace("`", "'").replace("\n", " ") + "`" if isinstance(value, str) else repr(value)
