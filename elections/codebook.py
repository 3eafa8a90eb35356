"""Describes every table, view and column, from the schema and metadata.yml: for people and for the other formats."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from elections.problems import BuildError

# More rows than that are not held in memory and fit no sheet of Excel, which has 1,048,576.
MOST_ROWS = 1_000_000

# What a cell of the database can hold: None is unknown.
Value = str | int | float | None


@dataclass(frozen=True)
class Column:
    """One column. `type` is integer, real, text, or any where numbers and texts are mixed."""

    name: str
    type: str
    description: str
    required: bool = False  # never null
    unique: bool = False
    minimum: int | None = None
    words: tuple[str, ...] = ()  # the only values that may stand there
    unit: str = ""
    references: str = ""  # the table whose key stands there


@dataclass(frozen=True)
class Relation:
    """One table or view with its rows, ordered by all columns from the left so that no query plan can reorder them.

    Of a table of more than MOST_ROWS the rows are left out; `query` gives them.
    """

    name: str
    kind: str  # table or view
    title: str
    description: str
    columns: list[Column]
    rows: list[tuple[Value, ...]] = field(repr=False)
    key: tuple[str, ...] = ()  # columns of the primary key
    foreign: tuple[tuple[str, str, str], ...] = ()  # column, table referred to, its column
    count: int = 0
    query: str = ""

    @property
    def is_large(self) -> bool:
        """Tell whether the rows are left out."""
        return self.count > len(self.rows)


def names(db: sqlite3.Connection) -> dict[str, str]:
    """Name the tables and views with their kind, tables first; without SQLite's own, the index and kept rows."""
    found = db.execute(
        "select name, type from pragma_table_list "
        "where schema = 'main' and type in ('table', 'view') and name not like 'sqlite%' "
        "and name not like 'kept!_%' escape '!' order by type, name"
    )
    return dict(found)


def describe(db: sqlite3.Connection, metadata: Mapping[str, Any]) -> list[Relation]:
    """Describe every table and view. metadata: what metadata.yml says. Raises BuildError for what it leaves out."""
    words = metadata["databases"]["elections"]["tables"]
    measures = db.execute("select id, unit from measures where value_type in ('integer', 'percent')")
    units = dict(measures)
    return [_describe(db, name, kind, words.get(name, {}), units) for name, kind in names(db).items()]


def _describe(
    db: sqlite3.Connection, name: str, kind: str, words: Mapping[str, Any], units: Mapping[str, str]
) -> Relation:
    columns = list(db.execute('select name, type, "notnull", pk from pragma_table_info(?)', [name]))
    order = ", ".join(str(place) for place in range(1, len(columns) + 1))
    query = f'select * from "{name}" order by {order}'
    (count,) = db.execute(f'select count(*) from "{name}"').fetchone()
    rows = db.execute(query).fetchall() if count <= MOST_ROWS else []
    (sql,) = db.execute("select sql from sqlite_schema where name = ?", [name]).fetchone()
    indexes = db.execute('select name from pragma_index_list(?) where "unique" and not partial', [name]).fetchall()
    uniques = [db.execute("select name from pragma_index_info(?)", index).fetchall() for index in indexes]
    foreign = db.execute('select "from", "table", "to" from pragma_foreign_key_list(?) order by 1', [name]).fetchall()
    key = tuple(column for column, _, _, place in sorted(columns, key=lambda each: each[3]) if place)
    described = []
    for place, (column, declared, required, _) in enumerate(columns):
        if column not in words.get("columns", {}):
            raise BuildError(f"metadata.yml: {name}.{column} has no description. Add one, then release again.")
        type_ = _type(declared, {type(row[place]) for row in rows})
        allowed = re.search(rf"check \({column} in \(('[^)]*')\)\)", sql) if kind == "table" else None
        least = re.search(rf"check \({column} (>=?) 0\)", sql) if kind == "table" else None
        described.append(
            Column(
                column,
                type_,
                words["columns"][column],
                required=bool(required) or column in key,
                unique=[(column,)] in uniques or key == (column,),
                minimum=None if least is None else int(least[1] == ">"),
                words=tuple(re.findall("'([^']*)'", allowed[1])) if allowed else (),
                unit=_unit(column, units) if type_ in ("integer", "real") else "",
                references=next((table for origin, table, _ in foreign if origin == column), ""),
            )
        )
    return Relation(
        name, kind, words["title"], words["description"], described, rows, key, tuple(foreign), count, query
    )


def _type(declared: str, found: set[type]) -> str:
    """Type a column as declared. What the views compute has no declared type; the values tell it."""
    if declared not in ("", "ANY"):
        return declared.lower()
    if not found:  # no row tells
        return "any"
    if str in found:
        return "text" if found <= {str, type(None)} else "any"
    return "integer" if not declared and int in found and float not in found else "real"


def _unit(column: str, units: Mapping[str, str]) -> str:
    """Return the unit of the measure that a column is named for: later_votes, turnout_as_printed."""
    if re.search("with_|without_|effective_", column):  # these count names, not votes
        return ""
    ending = re.fullmatch(r"(\w+?)(?:_as_printed|_printed|_summed|_short)?", column)
    words = ending[1].split("_") if ending else []
    return next((units[end] for start in range(len(words)) if (end := "_".join(words[start:])) in units), "")


def keys(column: Column, relation: Relation) -> str:
    """Say what a column may hold besides its type: key, null, unique, unit, words."""
    said = [
        "key" if relation.key == (column.name,) else "part of the key" if column.name in relation.key else "",
        f"→ {column.references}" if column.references else "",
        "unique" if column.unique and relation.key != (column.name,) else "",
        "never null" if column.required and column.name not in relation.key else "",
        f"in {column.unit}" if column.unit else "",
        f"from {column.minimum}" if column.minimum is not None else "",
        " or ".join(column.words),
    ]
    return "; ".join(filter(None, said))


def markdown(title: str, introduction: Sequence[str], relations: Sequence[Relation]) -> str:
    """Write the codebook as Markdown."""

    def plain(text: str) -> str:
        return re.sub(r"([|*`\\])", r"\\\1", escape(text, quote=False)).replace("\n", " ")

    lines = [f"# {plain(title)}", "", *(f"{plain(text)}\n" for text in introduction)]
    for relation in relations:
        lines += [f"## {relation.name}", "", f"**{plain(relation.title)}** ({_size(relation)}).", ""]
        lines += [plain(relation.description), "", "| column | type | key and values | meaning |", "|---|---|---|---|"]
        lines += [f"| `{name}` | {' | '.join(map(plain, cells))} |" for name, *cells in _table(relation)] + [""]
    return "\n".join(lines)


def html(title: str, introduction: Sequence[str], relations: Sequence[Relation]) -> str:
    """Write the codebook as a page of its own, which loads nothing."""
    return "\n".join(_html(title, introduction, relations))


def _html(title: str, introduction: Sequence[str], relations: Sequence[Relation]) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
    yield "body{font:1rem/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}div{overflow-x:auto}"
    yield "table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2rem .5rem;text-align:start;"
    yield f"vertical-align:top}}</style></head>\n<body><main><h1>{escape(title)}</h1>"
    yield from (f"<p>{escape(text)}</p>" for text in introduction)
    yield "<ul>"
    yield from (f'<li><a href="#{each.name}">{each.name}</a>: {escape(each.title)}</li>' for each in relations)
    yield "</ul>"
    for relation in relations:
        yield f'<h2 id="{relation.name}">{relation.name}</h2>'
        yield f"<p><strong>{escape(relation.title)}</strong> ({_size(relation)}).</p>"
        yield f"<p>{escape(relation.description)}</p><div tabindex=0><table>"
        yield "<tr><th>column</th><th>type</th><th>key and values</th><th>meaning</th></tr>"
        yield from (f"<tr><td>{'</td><td>'.join(map(escape, cells))}</td></tr>" for cells in _table(relation))
        yield "</table></div>"
    yield "</main></body></html>"


def _size(relation: Relation) -> str:
    return f"{relation.kind}, {relation.count:,} rows, {len(relation.columns)} columns"


def _table(relation: Relation) -> Iterator[tuple[str, str, str, str]]:
    return ((each.name, each.type, keys(each, relation), each.description) for each in relation.columns)
