"""Says whether the site works (/-/health) and which software and data it is (/-/version), for machines that ask."""

import sqlite3
import tomllib
from typing import Any

import datasette as datasette_package
from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Response

from elections.site import ROOT
from elections.site.database import NAME

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOW = {"Cache-Control": "no-store"}


async def health(datasette: Datasette) -> Response:
    """Answer 200 if the database answers a trivial question, else 503. It waits behind no visitor's query."""
    version = PROJECT["version"]
    try:
        database = datasette.get_database(NAME)
        await database.execute("select 1 from elections limit 1", custom_time_limit=200, log_sql_errors=False)
    except (KeyError, OSError, MemoryError, QueryInterrupted, sqlite3.Error):
        return Response.json({"status": "unavailable", "version": version}, status=503, headers=NOW)
    return Response.json({"status": "ok", "digest": database.hash, "version": version}, headers=NOW)


async def version(datasette: Datasette) -> Response:
    """Name the software, and the data by the SHA-256 of elections.db: the same data have the same wherever built."""
    said = {"name": PROJECT["name"], "version": PROJECT["version"], "digest": datasette.get_database(NAME).hash}
    more = {"datasette": datasette_package.__version__, "sqlite": sqlite3.sqlite_version}
    return Response.json(said | more, headers=NOW)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Add the two addresses."""
    return [(r"^/-/health$", health), (r"^/-/version$", version)]
