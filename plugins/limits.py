"""Bounds each connection to the database, so that no query of a visitor costs memory or gets at what is no data.

SQL in the address is what this site is for; what it may cost is in elections/site/settings.py.
"""

import functools
import re
import sqlite3
import threading
from collections.abc import Callable, Sequence
from time import perf_counter as clock
from typing import Any

from datasette import hookimpl

from elections.site import settings
from elections.site.deadline import running

# fts3_tokenizer gives and takes addresses in memory; Debian's SQLite has it. json_patch compares each key with each,
# which takes a quarter of a second that nothing stops; no data here are an object to change.
FORBIDDEN_FUNCTIONS = {"fts3_tokenizer", "load_extension", "readfile", "writefile", "edit", "json_patch"}
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
    """Take letters off both ends. SQLite's own compares each letter with each, as Python's does, and for longer."""
    return ltrim(rtrim(value, letters), letters)


def ltrim(value: Any, letters: Any) -> str | None:
    """Take letters off the beginning."""
    if value is None or letters is None:
        return None
    value, letters = written(value), set(written(letters))
    return value[next((place for place, letter in enumerate(value) if letter not in letters), len(value)) :]


def rtrim(value: Any, letters: Any) -> str | None:
    """Take letters off the end."""
    off = ltrim(None if value is None else written(value)[::-1], letters)
    return None if off is None else off[::-1]


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


def like(pattern: Any, text: Any, *escape: Any) -> Any:
    """Compare a text with a pattern of % and _. SQLite's own takes up to 25 ms, and many of them cannot be stopped."""
    fits = None if escape or not isinstance(pattern, str) else like_without_signs(pattern)
    if fits is None or not isinstance(text, str) or "\0" in text:
        return own_sqlite(f"select like(?, ?{', ?' * len(escape)})", [pattern, text, *escape])
    # As in SQLite, only the letters from A to Z are the same as small ones.
    return fits(text.encode().lower())


def glob(pattern: Any, text: Any) -> Any:
    """Compare a text with a pattern of *, ? and [...]."""
    fits = glob_without_signs(pattern) if isinstance(pattern, str) else None
    if fits is None or not isinstance(text, str) or "\0" in text:
        return own_sqlite("select glob(?, ?)", [pattern, text])
    return fits(text.encode())


@functools.lru_cache(maxsize=100)
def like_without_signs(pattern: str) -> Callable[[bytes], bool] | None:
    """Return the test of a pattern that has no sign but %; None where SQLite is needed."""
    return None if re.search("[_\0]", pattern) else fitting(pattern.encode().lower().split(b"%"))


@functools.lru_cache(maxsize=100)
def glob_without_signs(pattern: str) -> Callable[[bytes], bool] | None:
    """Return the test of a pattern that has no sign but *; None where SQLite is needed."""
    return None if re.search(r"[?[\0]", pattern) else fitting(pattern.encode().split(b"*"))


def fitting(parts: list[bytes]) -> Callable[[bytes], bool] | None:
    """Return the test whether a text consists of parts, with anything between them; None if SQLite refuses as many."""
    if sum(map(len, parts)) + len(parts) - 1 > settings.LIMITS["SQLITE_LIMIT_LIKE_PATTERN_LENGTH"]:
        return None
    if len(parts) == 3 and not parts[0] and not parts[2]:
        # What most people ask for.
        return lambda text: parts[1] in text
    return lambda text: matches(text, parts)


def matches(text: bytes, parts: Sequence[bytes]) -> bool:
    """Tell whether a text consists of parts in this order, with anything between them."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return place <= end


def written(value: Any) -> str:
    """Write a value as SQLite does."""
    if isinstance(value, float):
        return str(own_sqlite("select cast(? as text)", [value]))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def own_sqlite(sql: str, values: Sequence[Any]) -> Any:
    """Ask an SQLite of this thread's own, without our functions."""
    if not hasattr(plain, "connection"):
        plain.connection = sqlite3.connect(":memory:")
        set_limits(plain.connection)
    return plain.connection.execute(sql, values).fetchone()[0]


def in_time(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of SQL end with its query, and note what it has to say, which SQLite does not pass on."""

    @functools.wraps(function)
    def timed(*values: Any) -> Any:
        if clock() >= running.end:
            return running.stop()
        try:
            return function(*values)
        except (ValueError, sqlite3.Error) as error:
            running.fault = str(error)
            raise

    return timed


# What stands in for functions of SQLite's own, with their numbers of arguments.
BOUNDED: tuple[tuple[str, Callable[..., Any], Sequence[int]], ...] = (
    ("printf", printf, [-1]),
    ("format", printf, [-1]),
    ("trim", trim, [2]),
    ("ltrim", ltrim, [2]),
    ("rtrim", rtrim, [2]),
    ("instr", instr, [2]),
    ("replace", replace, [3]),
    ("like", like, [2, 3]),
    ("glob", glob, [2]),
)


def set_limits(connection: sqlite3.Connection) -> None:
    """Set the bounds that SQLite knows."""
    for name, bound in settings.LIMITS.items():
        connection.setlimit(getattr(sqlite3, name), bound)


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Set the bounds. Sorting stays in memory, up to the limit of the process: nothing is written anywhere."""
    if database == "_internal":
        return
    conn.execute("pragma temp_store = memory")
    conn.execute(f"pragma hard_heap_limit = {settings.LARGEST_HEAP}")
    set_limits(conn)
    # Our own SQL has no need of them, and SQLite's are faster.
    for name, function, counts in () if running.ours else BOUNDED:
        for count in counts:
            conn.create_function(name, count, in_time(function), deterministic=True)
    conn.set_authorizer(may)
