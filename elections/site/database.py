"""The database as the site serves it: our own SQL runs where it is asked, visitors' SQL in processes.

Datasette runs all SQL on threads. SQLite cannot interrupt some functions, and a thread cannot be killed; a process can.
Of Datasette's Database only `execute` is overridden (docs/upstream.md, section 1;
https://github.com/simonw/datasette/issues/1270).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio import BrokenWorkerProcess, CapacityLimiter, to_process
from datasette.database import Database, QueryInterrupted, Results
from datasette.plugins import pm
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import BadRequest

from elections.site import bounds
from elections.site.requests import current
from elections.site.sql_process import fetch, get_ready, run

NAME = "elections"
# Datasette asks this with each request, also with one that brings a visitor's SQL.
SCHEMA_VERSION = "PRAGMA schema_version"
Result = TypeVar("Result")


class Unreadable(OSError):
    """The database file cannot be read. Datasette takes each error of SQLite for one of the visitor's SQL."""


class CutShort(BaseException):
    """The rest of a CSV file cannot be made. Datasette would take an Exception for the end of the file."""


# What SQLite reports when it cannot read the file, whatever it was asked.
FILE_ERRORS = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
}  # fmt: skip


class ElectionsDatabase(Database):  # type: ignore[misc]
    """elections.db, read-only."""

    def __init__(self, datasette: Any, path: str) -> None:
        super().__init__(datasette, path, is_mutable=False)
        self.uri = Path(path).resolve().as_uri()
        self.in_loop: sqlite3.Connection | None = None
        self.processes: CapacityLimiter | None = None

    async def execute(
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,
    ) -> Results:
        """Run a query. Takes and returns what Datasette's own does, and raises the same."""
        asked = current.get()
        limit_ms = min(custom_time_limit or self.ds.sql_time_limit_ms, self.ds.sql_time_limit_ms)
        most_rows = self.most_rows(page_size or self.ds.page_size) if truncate else None
        try:
            if asked and asked.is_visitor_sql and sql != SCHEMA_VERSION:
                return await self.run_in_process(sql, params, limit_ms, most_rows)
            try:
                return self.run_in_loop(sql, params, min(limit_ms, bounds.IN_LOOP_MS), most_rows)
            except QueryInterrupted:
                if limit_ms <= bounds.IN_LOOP_MS:
                    raise
                return await super().execute(sql, params, truncate, limit_ms, page_size, log_sql_errors)
        except Exception as error:
            if asked is None:
                raise
            asked.failed_queries += 1
            if asked.is_being_written:
                # Datasette writes the error into the file, ends it, and calls it whole. Who reads it could not know.
                raise CutShort from error
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in FILE_ERRORS:
                raise Unreadable(f"The database cannot be read: {error}") from error
            if asked.is_csv and isinstance(error, sqlite3.Error | QueryInterrupted):
                # Datasette sends an empty file.
                took_too_long = isinstance(error, QueryInterrupted)
                raise BadRequest("SQL query took too long" if took_too_long else str(error)) from error
            raise

    def most_rows(self, page_size: int) -> int:
        """Return the most rows of a result. Datasette asks for one more than a page, to see whether there are more."""
        asked = current.get()
        most = bounds.PAGE_ROWS if asked and asked.is_page else int(self.ds.max_returned_rows)
        return most + 1 if most == page_size else most

    def run_in_loop(self, sql: str, params: Any, limit_ms: float, most_rows: int | None) -> Results:
        """Run a query here. Nothing is awaited meanwhile, so nobody else uses the connection."""
        if self.in_loop is None:
            self.in_loop = self.connect()
            self.in_loop.row_factory = sqlite3.Row
            self.in_loop.text_factory = lambda text: str(text, "utf-8", "replace")
            pm.hook.prepare_connection(conn=self.in_loop, database=self.name, datasette=self.ds)
        try:
            with sqlite_timelimit(self.in_loop, limit_ms):
                return Results(*fetch(self.in_loop.execute(sql, params or {}), most_rows))
        except sqlite3.OperationalError as error:
            raise interrupted_or(error, sql, params) from error

    async def run_in_process(self, sql: str, params: Any, limit_ms: float, most_rows: int | None) -> Results:
        """Run a visitor's query in a process, which is killed if SQLite does not end it."""
        if self.processes is None:
            self.processes = CapacityLimiter(bounds.SQL_PROCESSES)
        # Datasette's own dict for the parameters of a canned query holds the request, too.
        values = dict(params) if isinstance(params, dict) else params or {}
        async with self.processes:
            # A process that has to be started first takes its time, on a busy machine more than the query has.
            await self.ask_process(get_ready, self.uri)
            try:
                with anyio.fail_after(limit_ms / 1_000 + bounds.KILL_AFTER):
                    fetched = await self.ask_process(run, self.uri, sql, values, limit_ms, most_rows)
            except TimeoutError as error:
                raise QueryInterrupted(error, sql, params) from error
            except sqlite3.OperationalError as error:
                raise interrupted_or(error, sql, params) from error
        rows, truncated, description = fetched
        return Results(as_rows(rows, description), truncated, description)

    async def start_processes(self) -> None:
        """Start the processes before the first visitor needs one."""
        await asyncio.gather(
            *(self.run_in_process("select 1", {}, self.ds.sql_time_limit_ms, 1) for _ in range(bounds.SQL_PROCESSES))
        )

    async def ask_process(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function in an idle process, or in a new one."""
        slots = CapacityLimiter(1)  # run_sync wants one of its own; self.processes has let us in
        try:
            return await to_process.run_sync(function, *arguments, cancellable=True, limiter=slots)
        except BrokenWorkerProcess:
            # It had just retired.
            return await to_process.run_sync(function, *arguments, cancellable=True, limiter=slots)


def interrupted_or(error: sqlite3.OperationalError, sql: str, params: Any) -> Exception:
    """Return the error that Datasette raises for an error of SQLite."""
    return QueryInterrupted(error, sql, params) if error.args == ("interrupted",) else error


def as_rows(values: list[tuple[Any, ...]], description: Any) -> list[sqlite3.Row]:
    """Turn tuples into rows that know the names of their columns, as Datasette and its plugins expect."""
    if not description:
        return []
    names = ", ".join('null as "{}"'.format(column[0].replace('"', '""')) for column in description)
    connection = sqlite3.connect(":memory:")
    cursor = connection.execute(f"select {names}")
    rows = [sqlite3.Row(cursor, one) for one in values]
    connection.close()
    return rows
