"""Bounds each connection to the database, so that no query of a visitor costs memory or gets at what is no data.

SQL in the address is what this site is for; what it may cost is in server/settings.py.
"""

import re
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasette import hookimpl

PROJECT = Path(__file__).resolve().parent.parent
# Datasette runs a plugin's text by itself, from wherever it was started.
if str(PROJECT) not in sys.path:
    sys.path.insert(0, str(PROJECT))

from server import settings  # noqa: E402

# fts3_tokenizer gives and takes addresses in memory; Debian's SQLite has it.
FORBIDDEN_FUNCTIONS = {"fts3_tokenizer", "load_extension", "readfile", "writefile", "edit"}
# sqlite_stmt shows what other visitors ask, the others show pages and programs instead of data.
FORBIDDEN_TABLES = {"sqlite_stmt", "sqlite_dbpage", "dbstat", "bytecode", "tables_used"}
FORBIDDEN_ACTIONS = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}


def may(action: int, first: str | None, second: str | None, schema: str | None, view: str | None) -> int:
    """Tell SQLite whether a statement may do something. It asks when it compiles the statement."""
    if action == sqlite3.SQLITE_FUNCTION:
        forbidden = (second or "").lower() in FORBIDDEN_FUNCTIONS
    elif action == sqlite3.SQLITE_READ:
        forbidden = (first or "").lower() in FORBIDDEN_TABLES
    else:
        forbidden = action in FORBIDDEN_ACTIONS
    return sqlite3.SQLITE_DENY if forbidden else sqlite3.SQLITE_OK


# A width or precision of four digits, or one that is given as a value.
TOO_WIDE = re.compile(r"%[^a-zA-Z%]*(\*|[0-9]{4})")
plain = threading.local()


def printf(*values: Any) -> Any:
    """Write values by a format. SQLite's own writes two thousand million letters if asked, and cannot be stopped."""
    if values and TOO_WIDE.search(str(values[0])):
        raise ValueError("the format is too wide")
    return own_sqlite(f"select printf({', '.join('?' * len(values))})", values)


def trim(value: Any, letters: Any) -> str | None:
    """Take letters off both ends. SQLite's own compares each letter with each, and cannot be stopped."""
    return None if value is None or letters is None else written(value).strip(written(letters))


def ltrim(value: Any, letters: Any) -> str | None:
    """Take letters off the beginning."""
    return None if value is None or letters is None else written(value).lstrip(written(letters))


def rtrim(value: Any, letters: Any) -> str | None:
    """Take letters off the end."""
    return None if value is None or letters is None else written(value).rstrip(written(letters))


def instr(text: Any, wanted: Any) -> int | None:
    """Find a text in another. SQLite's own compares at each letter anew, and a hundred of these last for seconds."""
    if text is None or wanted is None:
        return None
    if isinstance(text, bytes) and isinstance(wanted, bytes):
        return text.find(wanted) + 1
    return written(text).find(written(wanted)) + 1


def replace(text: Any, old: Any, new: Any) -> Any:
    """Put a text in the place of another."""
    if text is None or old is None:
        return None
    if not written(old):
        return written(text) if isinstance(text, bytes) else text
    if new is None:
        return None
    text, old, new = written(text), written(old), written(new)
    if len(text) + text.count(old) * (len(new) - len(old)) > settings.LIMITS["SQLITE_LIMIT_LENGTH"]:
        raise ValueError("the text is too long")
    return text.replace(old, new)


def written(value: Any) -> str:
    """Write a value as SQLite does."""
    if isinstance(value, float):
        return str(own_sqlite("select cast(? as text)", [value]))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def own_sqlite(sql: str, values: Sequence[Any]) -> Any:
    """Ask an SQLite of this thread's own, without our functions."""
    if not hasattr(plain, "connection"):
        plain.connection = sqlite3.connect(":memory:")
    return plain.connection.execute(sql, values).fetchone()[0]


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Set the bounds. Sorting stays in memory, up to the limit of the process: nothing is written anywhere."""
    if database == "_internal":
        return
    conn.execute("pragma temp_store = memory")
    conn.execute(f"pragma hard_heap_limit = {settings.LARGEST_HEAP}")
    for name, bound in settings.LIMITS.items():
        conn.setlimit(getattr(sqlite3, name), bound)
    for function, count in ((printf, -1), (trim, 2), (ltrim, 2), (rtrim, 2), (instr, 2), (replace, 3)):
        conn.create_function(function.__name__, count, function, deterministic=True)
    conn.create_function("format", -1, printf, deterministic=True)
    conn.set_authorizer(may)
