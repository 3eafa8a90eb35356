"""Turns ids into links where Datasette does not: in views, in queries and on the page of a single row.

Datasette links a foreign key on the page of its table only. Without this, a reader of a view could not go from a
figure to the claim that it rests on, which is what this site is for. The name of the column tells the table.
"""

import json
import re
from functools import lru_cache
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import tilde_encode
from markupsafe import Markup, escape

from elections.site.bounds import LONGEST_ID

TABLES = {
    "candidate": "candidates",
    "claim": "claims",
    "contest": "contests",
    "decision": "decisions",
    "election": "elections",
    "governorate": "governorates",
    "list": "lists",
    "party": "parties",
    "reporting_unit": "reporting_units",
    "result": "results",
    "source": "sources",
    "source_table": "source_tables",
}
# list_id and list_ids_2013 are of lists; claim_id, votes_claim_id and claim_ids are of claims.
COLUMN = re.compile(rf"(?:\w+_)?(?P<word>{'|'.join([*TABLES, 'figure'])})_id(?P<many>s?)(?:_[0-9]{{4}})?")


def ids_in(value: str) -> list[str]:
    """Read a JSON list of ids. Anything else holds none: the cell is then shown as it is."""
    try:
        ids = json.loads(value)
    except (ValueError, RecursionError):
        return []
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []


# The same few columns come a thousand times a page.
kind_of = lru_cache(maxsize=500)(COLUMN.fullmatch)


@lru_cache(maxsize=50)
def table_of(datasette: Datasette, database: str, kind: str) -> str:
    """Return the address of the table that ids of a kind are of."""
    return str(datasette.urls.table(database, "claims" if kind == "figure" else TABLES[kind]))


def address(datasette: Datasette, database: str, kind: str, one: str) -> str:
    """Return where an id leads: to its row, but for a figure to all claims that state it, contradictions included."""
    table = table_of(datasette, database, kind)
    return f"{table}?{urlencode({'figure_id': one})}" if kind == "figure" else f"{table}/{tilde_encode(one)}"


@hookimpl
def render_cell(value: object, column: str, database: str, datasette: Datasette) -> Markup | None:
    """Link the ids of a cell to their rows. A foreign key with a label comes as a dict: Datasette links it itself."""
    # A visitor's SQL can call any text an id, and a column by any name.
    if not isinstance(value, str) or not value or len(column) > LONGEST_ID or (named := kind_of(column)) is None:
        return None
    ids = ids_in(value) if named["many"] else [value]
    if any(len(one) > LONGEST_ID for one in ids):
        return None
    links = [f'<a href="{escape(address(datasette, database, named["word"], one))}">{escape(one)}</a>' for one in ids]
    return Markup("<br>".join(links)) or None
