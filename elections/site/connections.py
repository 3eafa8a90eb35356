"""Prepares each connection to the database: limits, forbidden actions, our functions."""

import sqlite3
from collections.abc import Callable
from typing import Any

from elections.allocation_function import allocate_seats
from elections.search_names import fold, sounds
from elections.site import bounds

# fts3_tokenizer gives and takes addresses in memory; Debian's SQLite has it. The others read and write files.
FORBIDDEN_FUNCTIONS = {"fts3_tokenizer", "load_extension", "readfile", "writefile", "edit"}
# sqlite_stmt shows the SQL of other visitors; the others show pages and programs instead of data.
FORBIDDEN_TABLES = {"sqlite_stmt", "sqlite_dbpage", "dbstat", "bytecode", "tables_used"}
FORBIDDEN_ACTIONS = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH}
LONGEST_TEXT = 1_000  # characters that fold() and sounds() read, so that nobody can keep them busy


def authorize(action: int, first: str | None, second: str | None, schema: str | None, view: str | None) -> int:
    """Tell SQLite whether a statement may do something. SQLite asks when it compiles the statement."""
    if action == sqlite3.SQLITE_FUNCTION:
        forbidden = (second or "").lower() in FORBIDDEN_FUNCTIONS
    elif action == sqlite3.SQLITE_READ:
        forbidden = (first or "").lower() in FORBIDDEN_TABLES
    else:
        forbidden = action in FORBIDDEN_ACTIONS
    return sqlite3.SQLITE_DENY if forbidden else sqlite3.SQLITE_OK


def prepare(connection: sqlite3.Connection) -> None:
    """Set the limits and add the functions. Sorting stays in memory: nothing is written anywhere."""
    connection.execute("pragma temp_store = memory")
    for name, limit in bounds.SQLITE_LIMITS.items():
        connection.setlimit(getattr(sqlite3, name), limit)
    add_functions(connection)
    connection.set_authorizer(authorize)


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the functions that our queries call, and anybody may."""
    # fold() and sounds() let SQL compare names as the build did: where folded = fold('الأساس').
    for function in (fold, sounds):
        connection.create_function(function.__name__, 1, of_any_value(function), deterministic=True)
    connection.create_function("allocate_seats", 4, allocate_seats, deterministic=True)
    connection.create_function("escape_fts", 1, escape_fts)


def escape_fts(query: Any) -> Any:
    """Quote what is searched for, as Datasette does for ?_search=."""
    # Imported here: the processes that run visitors' SQL seldom need it, and are half as large without.
    from datasette.utils import escape_fts as datasettes

    return datasettes(query)


def of_any_value(function: Callable[[str], str]) -> Callable[[Any], str | None]:
    """Make a function of a text one of whatever SQL passes to it."""
    return lambda value: None if value is None else function(str(value)[:LONGEST_TEXT])
