"""Serves elections.db with the SQL of visitors in processes of their own (elections/site/database.py)."""

import sqlite3

import click
from datasette import hookimpl
from datasette.app import Datasette

from elections.site.application import NotServable, check, warn
from elections.site.connections import prepare
from elections.site.database import NAME, ElectionsDatabase


@hookimpl(tryfirst=True)
def startup(datasette: Datasette) -> None:
    """Put our database in the place of Datasette's, if the files are whole."""
    folder = datasette.config_dir
    try:
        check(folder)
    except NotServable as error:
        # Datasette prints this exception as a sentence and any other as a traceback.
        raise click.ClickException(str(error)) from error
    warn()
    datasette.remove_database(NAME)
    datasette.add_database(ElectionsDatabase(datasette, str(folder / f"{NAME}.db")), name=NAME)


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Bound each connection to it."""
    if database == NAME:
        prepare(conn)
