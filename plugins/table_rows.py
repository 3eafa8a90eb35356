"""Writes the rows of Datasette's tables and queries in one step.

A hundred rows have a thousand cells, and a template spends most of its time on them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from datasette import hookimpl
from datasette.utils import escape_css_string, to_css_class
from markupsafe import Markup, escape

from elections.site.memory import remember_short

class_of = remember_short(to_css_class, 1_000)


def table_rows(rows: Iterable[Iterable[dict[str, Any]]]) -> Markup:
    """Write rows of cells {"column", "value_type", "value"}; a value that is no markup is escaped."""
    written = []
    for row in rows:
        cells = (
            f'<td class="col-{class_of(cell["column"])} type-{cell["value_type"]}">{escape(cell["value"])}</td>'
            for cell in row
        )
        written.append(f"<tr>{''.join(cells)}</tr>")
    return Markup("\n".join(written))


def query_rows(rows: Iterable[Iterable[Any]], columns: Sequence[str]) -> Markup:
    """Write rows of values, one a column; a value that is no markup is escaped."""
    begins = [f'<td class="col-{class_of(column)}">' for column in columns]
    return Markup("\n".join(
        f"<tr>{''.join(f'{begin}{escape(value)}</td>' for begin, value in zip(begins, row, strict=True))}</tr>"
        for row in rows
    ))  # fmt: skip


def narrow_columns(columns: Sequence[str]) -> Markup:
    """Name the columns before their cells where a row stands on a phone, one cell below the other."""
    names = "\n".join(
        f'.rows-and-columns td:nth-of-type({place}):before {{ content: "{escape(escape_css_string(column))}"; }}'
        for place, column in enumerate(columns, 1)
    )
    return (
        Markup(f"<style>\n@media only screen and (max-width: 576px) {{\n{names}\n}}\n</style>") if names else Markup()
    )


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Give the filters to the templates."""
    env.filters |= {"table_rows": table_rows, "query_rows": query_rows, "narrow_columns": narrow_columns}
