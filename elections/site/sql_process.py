"""Runs the SQL of visitors in a process of its own (visitor_sql.py starts it).

The process has its own read-only connection, as little memory as the system lets us set, and low priority. What goes
in and out is plain data: SQL and parameters, tuples of values.
"""

import contextlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from elections.site import bounds
from elections.site.connections import prepare

resource: Any
try:
    import resource
except ImportError:  # Windows
    resource = None

# Only Linux keeps a process within its limit of memory; macOS accepts the limit and ignores it.
BOUNDS_MEMORY = resource is not None and sys.platform == "linux"

STEPS = 10_000  # of SQLite's between two looks at the clock, about a millisecond

Fetched = tuple[list[Any], bool, Any]
connections: dict[str, sqlite3.Connection] = {}
retirement: threading.Timer | None = None


def get_ready(path: str) -> None:
    """Open the database, and stay though the process may have grown: a query is to come."""
    connect(path)
    stay()


def run(path: str, sql: str, parameters: Any, limit_ms: float, most_rows: int | None) -> Fetched:
    """Run a query. Returns rows, whether there are more than `most_rows`, and the cursor's description.

    Raises sqlite3.OperationalError: "interrupted" after `limit_ms` milliseconds, or what of memory or result is too
    large; sqlite3.Error for whatever SQLite refuses.
    """
    connection = connect(path)
    stay()
    connection.row_factory = rows_up_to(bounds.RESULT_SIZE)
    try:
        end = time.perf_counter() + limit_ms / 1_000
        connection.set_progress_handler(lambda: time.perf_counter() >= end, STEPS)
        return fetch(connection.execute(sql, parameters), most_rows)
    except MemoryError:
        raise sqlite3.OperationalError("the query takes too much memory") from None
    finally:
        retire_if_grown()


def fetch(cursor: sqlite3.Cursor, most_rows: int | None) -> Fetched:
    """Fetch up to `most_rows` rows, or all."""
    if most_rows is None:
        return cursor.fetchall(), False, cursor.description
    rows = cursor.fetchmany(most_rows + 1)
    return rows[:most_rows], len(rows) > most_rows, cursor.description


def rows_up_to(size: int) -> Callable[[sqlite3.Cursor, tuple[Any, ...]], tuple[Any, ...]]:
    """Make a row factory that raises sqlite3.OperationalError once the rows hold more than `size` bytes."""
    taken = 0

    def row(_: sqlite3.Cursor, values: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal taken
        taken += sum(len(value) if isinstance(value, str | bytes) else 8 for value in values)
        if taken > size:
            raise sqlite3.OperationalError("the result is too large; ask for fewer rows or columns, or shorter texts")
        return values

    return row


def connect(path: str) -> sqlite3.Connection:
    """Return the connection of this process. The first call also bounds the process."""
    if path not in connections:
        end_with_parent()
        bound_process()
        connections[path] = sqlite3.connect(f"{path}?immutable=1", uri=True)
        connections[path].text_factory = lambda text: str(text, "utf-8", "replace")
        connections[path].execute(f"pragma hard_heap_limit = {bounds.SQLITE_MEMORY}")
        prepare(connections[path])
    return connections[path]


def end_with_parent() -> None:
    """See to it that this process ends once the worker that started it is gone, even in the midst of a query."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def bound_process() -> None:
    """Let the pages have the processor first, and bound memory where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    if BOUNDS_MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (bounds.PROCESS_MEMORY, bounds.PROCESS_MEMORY))


def stay() -> None:
    """Stop a retirement that was planned."""
    global retirement
    if retirement is not None:
        retirement.cancel()
        retirement = None


def retire_if_grown() -> None:
    """Plan to end this process once it is idle, if it still has much memory. A fresh one starts with the next query."""
    global retirement
    if memory() > bounds.GROWN_PROCESS:
        retirement = threading.Timer(bounds.IDLE_SECONDS, os._exit, (0,))
        retirement.daemon = True
        retirement.start()


def memory() -> int:
    """Return the bytes of memory that this process has, 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * int(resource.getpagesize())
    except (OSError, AttributeError):
        return 0
