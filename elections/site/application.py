"""The site as an ASGI application for a server with workers (gunicorn.conf.py), and what must be there to serve it."""

import hashlib
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from elections.site import ROOT
from elections.site.database import NAME
from elections.site.sql_process import BOUNDS_MEMORY

MEBIBYTE = 1_048_576
# A database of up to this size is read through before it is served; a larger one would keep the visitors waiting.
SMALL = 64 * MEBIBYTE
BUILD = "Build it with `python build_db.py`; it takes a second."


class NotServable(Exception):
    """The site cannot be served; the message is for people."""


def application() -> Any:
    """Return the application: Datasette with the configuration directory that this project is."""
    return Datasette(config_dir=ROOT).app()


def check(folder: Path) -> None:
    """Make sure that a folder holds a whole database and the facts about it. Raises NotServable, saying what to do."""
    database = folder / f"{NAME}.db"
    if not database.is_file():
        raise NotServable(f"There is no file {database}. {BUILD}")
    try:
        size = database.stat().st_size
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?immutable=1", uri=True)
        try:
            (pages,) = connection.execute("pragma page_count").fetchone()
            (page_size,) = connection.execute("pragma page_size").fetchone()
            (elections,) = connection.execute("select count(*) from elections").fetchone()
            faults = connection.execute("pragma quick_check(1)").fetchone()[0] if size <= SMALL else "ok"
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise NotServable(f"{database} cannot be read as a database of elections: {error}. {BUILD}") from error
    if pages * page_size != size:
        raise NotServable(f"{database} has {size} bytes and should have {pages * page_size}: it was cut short. {BUILD}")
    if faults != "ok" or not elections:
        # SQLite reports on several lines; the last one says what is wrong.
        fault = faults.splitlines()[-1] if elections else "it holds no election"
        raise NotServable(f"{database} is damaged: {fault}. {BUILD}")
    check_facts(database)


def check_facts(database: Path) -> None:
    """Make sure that inspect-data.json is of this database: Datasette shows its counts and its digest without a look.

    Raises NotServable.
    """
    facts = database.parent / "inspect-data.json"
    again = f"Build both again with `python build_db.py --database {database}`."
    try:
        told = json.loads(facts.read_text(encoding="utf-8"))[NAME]
        size, digest = told["size"], told["hash"]
    except OSError as error:
        raise NotServable(
            f"{facts}, which the build writes beside the database, cannot be read: {error}. {again}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotServable(f"{facts} does not hold what the build writes there. {again}") from error
    with database.open("rb") as file:
        if size != database.stat().st_size or digest != hashlib.file_digest(file, "sha256").hexdigest():
            raise NotServable(f"{facts} is about another database than {database}. {again}")


def warn() -> None:
    """Say once what this system cannot do."""
    if not BOUNDS_MEMORY:
        print(
            "This system cannot bound the memory of a process: visitors' SQL has SQLite's own bounds only.",
            file=sys.stderr,
        )
