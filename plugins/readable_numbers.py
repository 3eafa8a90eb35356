"""Shows numbers as people read them: 6,599,668 and not 6599668, 38.54 and not 38.53812.

A column of seven-digit votes cannot be compared by eye without commas, and SQL formats nothing here, so that a figure
in JSON and CSV stays a number. Only the HTML cell changes. Years and other ids are text and stay as they are.
"""

from typing import Any

from datasette import hookimpl
from markupsafe import Markup

# What a source prints keeps the digits that it prints: 8.2 must not turn into 8.20.
AS_PRINTED = ("value", "turnout_as_printed")


def readable(value: int | float, as_printed: bool) -> str:
    """Write a number with commas, a computed fraction with two decimals."""
    return f"{value:,}" if isinstance(value, int) or as_printed else f"{value:,.2f}"


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Let the templates write numbers in the same way; a text stays as it is."""
    env.filters["number"] = lambda value: readable(value, True) if isinstance(value, int | float) else value


@hookimpl
def render_cell(value: object, column: str) -> Markup | None:
    """Write the number of a cell, in a block that static/site.css aligns to the right."""
    if not isinstance(value, int | float):
        return None
    as_printed = column in AS_PRINTED or column.endswith("_value")
    # A number holds nothing that would have to be escaped.
    return Markup(f'<span class="number">{readable(value, as_printed)}</span>')
