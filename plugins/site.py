"""Serves elections.db with visitors' SQL in processes of their own, within the rules of HTTP (elections/site/)."""

import sqlite3
import sys
from collections.abc import Generator
from typing import Any

import click
from datasette import hookimpl
from datasette.app import Datasette

from elections.site import http
from elections.site.application import NotServable, check
from elections.site.connections import prepare
from elections.site.database import NAME, ElectionsDatabase
from elections.site.sql_process import BOUNDS_MEMORY


@hookimpl(tryfirst=True)
def startup(datasette: Datasette) -> None:
    """Put our database in the place of Datasette's, if the files are whole."""
    folder = datasette.config_dir
    try:
        check(folder)
    except NotServable as error:
        # Datasette prints this exception as a sentence and any other as a traceback.
        raise click.ClickException(str(error)) from error
    if not BOUNDS_MEMORY:
        print("This system cannot bound a process: SQLite's own bounds on visitors' SQL must do.", file=sys.stderr)
    datasette.remove_database(NAME)
    datasette.add_database(ElectionsDatabase(datasette, str(folder / f"{NAME}.db")), name=NAME)


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Bound each connection to it."""
    if database == NAME:
        prepare(conn)


@hookimpl(hookwrapper=True)
def permission_allowed(action: str, resource: Any) -> Generator[None, Any, None]:
    """Let everybody see all of the database: Datasette copies all metadata to look for a rule (docs/upstream.md, 2).

    tests/test_metadata.py holds that metadata.yml has no such rule (allow), which would not be obeyed.
    """
    answers = yield
    database = resource[0] if isinstance(resource, tuple) else resource
    if database == NAME and action.startswith("view-"):
        answers.force_result([])


# The last of all: datasette-gzip wants the same and is registered before, so the cache holds compressed answers.
@hookimpl(trylast=True)
def asgi_wrapper(datasette: Datasette) -> Any:
    """Put the rules, the validators and the response cache around the application."""
    return lambda app: http.wrapped(datasette, app)
