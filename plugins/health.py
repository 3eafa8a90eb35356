"""Says whether the site works (/-/health) and which software and data it is (/-/version), for machines that ask."""

import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import datasette as datasette_package
from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils import add_cors_headers
from datasette.utils.asgi import Response

DATABASE = "elections"
PROJECT = tomllib.loads((Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
QUESTION = "select 1 from elections limit 1"
QUERY_MS = 200


def reply(datasette: Datasette, said: dict[str, Any], status: int = 200) -> Response:
    """Answer with JSON that nobody may keep: it is asked for to learn what holds now."""
    headers = {"Cache-Control": "no-store"}
    if datasette.cors:
        add_cors_headers(headers)
    return Response.json(said, status=status, headers=headers)


async def health(datasette: Datasette) -> Response:
    """Answer 200 if the database answers a trivial question, else 503.

    It is asked as our pages ask, and waits in no line of visitors: they may be kept waiting while the site is well.
    """
    try:
        database = datasette.get_database(DATABASE)
        rows = (await database.execute(QUESTION, custom_time_limit=QUERY_MS, log_sql_errors=False)).rows
    except (KeyError, OSError, MemoryError, QueryInterrupted, sqlite3.Error):
        return reply(datasette, {"status": "unavailable", "version": VERSION}, 503)
    status = "ok" if rows else "empty"
    said = {"status": status, "digest": database.hash, "version": VERSION}
    return reply(datasette, said, 200 if rows else 503)


async def version(datasette: Datasette) -> Response:
    """Name the software, and the data by the SHA-256 of elections.db: the same data have the same wherever built."""
    said = {
        "name": PROJECT["project"]["name"],
        "version": VERSION,
        "digest": datasette.get_database(DATABASE).hash,
        "datasette": datasette_package.__version__,
        "sqlite": sqlite3.sqlite_version,
    }
    return reply(datasette, said)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Add the two addresses."""
    return [(r"^/-/health$", health), (r"^/-/version$", version)]
