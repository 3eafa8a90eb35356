"""Shows the cells of Datasette's tables as people read them: ids as links, numbers with commas.

Datasette links a foreign key on the page of its table only. Without this, a reader of a view could not go from a figure
to the claim that it rests on, which is what this site is for. The name of the column tells the table. A column of
seven-digit votes cannot be compared by eye without commas; in JSON and CSV a figure stays a number.
"""

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import tilde_encode
from markupsafe import Markup

from elections.site.bounds import LONGEST_ID

SINGULAR = (
    "candidate", "claim", "contest", "decision", "election", "governorate", "list", "reporting_unit", "result",
    "source", "source_table",
)  # fmt: skip
TABLES = {word: f"{word}s" for word in SINGULAR} | {"party": "parties", "figure": "claims"}
# list_id and earlier_list_ids are of lists; claim_id, votes_claim_id and claim_ids are of claims.
COLUMN = re.compile(rf"(?:\w+_)?(?P<word>{'|'.join(TABLES)})_id(?P<many>s?)")
# The same few columns come a thousand times a page.
kind_of = lru_cache(maxsize=500)(COLUMN.fullmatch)
# What a source prints keeps the digits that it prints: 8.2 must not turn into 8.20. Years and other ids are text.
AS_PRINTED = ("value", "turnout_as_printed")


def ids_in(value: str) -> list[str]:
    """Read a JSON list of ids. Anything else holds none: the cell is then shown as it is."""
    try:
        ids = json.loads(value)
    except (ValueError, RecursionError):
        return []
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []


def linked(datasette: Datasette, database: str, kind: str, one: str) -> Markup:
    """Link an id to its row, but that of a figure to all claims that state it, contradictions included."""
    table = datasette.urls.table(database, TABLES[kind])
    address = f"{table}?{urlencode({'figure_id': one})}" if kind == "figure" else f"{table}/{tilde_encode(one)}"
    return Markup('<a href="{}">{}</a>').format(address, one)


def readable(value: int | float, as_printed: bool) -> str:
    """Write a number with commas, a computed fraction with two decimals."""
    return f"{value:,}" if isinstance(value, int) or as_printed else f"{value:,.2f}"


@hookimpl
def render_cell(value: object, column: str, database: str, datasette: Datasette) -> Markup | None:
    """Show a number, or link ids. A foreign key with a label comes as a dict: Datasette links it itself."""
    if isinstance(value, int | float):
        # A block, which static/datasette.css aligns to the right. A number holds nothing that would have to be escaped.
        return Markup(
            f'<span class="number">{readable(value, column in AS_PRINTED or column.endswith("_value"))}</span>'
        )
    # A visitor's SQL can call any text an id, and a column by any name.
    if not isinstance(value, str) or not value or len(column) > LONGEST_ID or (named := kind_of(column)) is None:
        return None
    ids = ids_in(value) if named["many"] else [value]
    if any(len(one) > LONGEST_ID for one in ids):
        return None
    return Markup("<br>").join(linked(datasette, database, named["word"], one) for one in ids) or None


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Let the templates write numbers in the same way; a text stays as it is."""
    env.filters["number"] = lambda value: readable(value, True) if isinstance(value, int | float) else value
