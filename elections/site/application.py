"""The site as an ASGI application for a server with workers (gunicorn.conf.py), and what must be there to serve it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from elections.site.database import NAME
from elections.site.http import site_files


class NotServable(Exception):
    """The site cannot be served; the message is for people."""


def application() -> Any:
    """Return the application: Datasette with the configuration directory that the server was started in."""
    return Datasette(config_dir=Path.cwd()).app()


def check(folder: Path) -> None:
    """Make sure that a folder holds the very database that the build wrote. Raises NotServable, saying what to do.

    Datasette takes the digest and the counts of inspect-data.json without a look at the database.
    """
    database, facts = folder / f"{NAME}.db", folder / "inspect-data.json"
    build = "Build it with `python build_db.py`; it takes a second."
    try:
        for path in (database, *site_files()):
            path.open("rb").close()
        told = json.loads(facts.read_text(encoding="utf-8"))[NAME]["hash"]
        with database.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NotServable(f"There is no file {error.filename}. {build}") from error
    except OSError as error:
        raise NotServable(f"{error.filename} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotServable(f"{facts} is not what the build writes beside {database.name}. {build}") from error
    if digest != told:
        raise NotServable(
            f"{database} is damaged, cut short or of another build: its SHA-256 is not the one in {facts.name}. {build}"
        )
