"""A Datasette for data that do not change while it runs, of which everything may be seen.

Datasette asks the database for its schema, and the metadata for permissions, again with every request; here it asks
once. Our own SQL runs where it is asked; that of visitors runs on a thread, within its bounds.
"""

import asyncio
import contextvars
import copy
import functools
import os
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, cast

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted, Results
from datasette.plugins import pm

from elections.site import changes_to_datasette, settings
from elections.site.asked import Unreadable, is_of_the_file, outcome
from elections.site.deadline import running
from elections.site.memory import trim

# Set for the time of a request that brings SQL of its own.
visitor: contextvars.ContextVar[bool] = contextvars.ContextVar("visitor", default=False)
# Set for the time of a request for a page, of which each row costs a millisecond.
as_page: contextvars.ContextVar[bool] = contextvars.ContextVar("as_page", default=False)
# Set for the time of a request that waits its turn, and therefore lets others run between its queries.
patient: contextvars.ContextVar[bool] = contextvars.ContextVar("patient", default=False)
# Templates of Datasette that wait for nothing; to fill them in so takes half the time.
TEMPLATES_AT_ONCE = ("query.html",)
Method = Callable[..., Awaitable[Any]]


def once(method: Method) -> Method:
    """Keep what a method of a database answers: a schema that does not change need not be asked for again."""

    @functools.wraps(method)
    async def kept(self: "ReadOnly", *arguments: str) -> Any:
        key = (method.__name__, *arguments)
        if key not in self.known:
            answer = await method(self, *arguments)
            # Visitors name tables that are not there; these are not kept, or they would fill the memory.
            if arguments and arguments[0] not in await self.relations():
                return answer
            self.known[key] = answer
        return copy.deepcopy(self.known[key])

    return kept


class ReadOnly(Database):  # type: ignore[misc]
    """A file that nobody changes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.known: dict[tuple[str, ...], Any] = {}
        self.here = False
        self.own_connection: Any = None
        # A function of SQL that takes long cannot be stopped: visitors' queries hold up none of ours.
        self.visitors = ThreadPoolExecutor(settings.TURNS, "visitors", initializer=step_back)
        self.connections = threading.local()

    async def relations(self) -> set[str]:
        """Name the tables and views."""
        if ("relations",) not in self.known:
            found = await super().execute("select name from sqlite_master")
            self.known[("relations",)] = {name for (name,) in found.rows}
        return cast(set[str], self.known[("relations",)])

    table_exists = once(Database.table_exists)
    table_names = once(Database.table_names)
    table_columns = once(Database.table_columns)
    table_column_details = once(Database.table_column_details)
    primary_keys = once(Database.primary_keys)
    fts_table = once(Database.fts_table)
    label_column_for_table = once(Database.label_column_for_table)
    foreign_keys_for_table = once(Database.foreign_keys_for_table)
    view_names = once(Database.view_names)
    get_all_foreign_keys = once(Database.get_all_foreign_keys)
    get_table_definition = once(Database.get_table_definition)
    get_view_definition = once(Database.get_view_definition)

    @once
    async def hidden_table_names(self) -> list[str]:
        """Name the tables that are no data of their own: the full-text index and the rows kept of views."""
        hidden: list[str] = await super().hidden_table_names()
        return [*hidden, *(name for name in await self.relations() if name.startswith("kept_"))]

    async def execute(
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,
    ) -> Results:
        """Run a query. What fails is noted, so that nobody keeps an answer that lacks it."""
        try:
            return await self.run(sql, params, truncate, custom_time_limit, page_size, log_sql_errors)
        except Exception:
            if (came := outcome.get()) is not None:
                came.failed += 1
            raise

    async def run(
        self,
        sql: str,
        params: Any,
        truncate: bool,
        custom_time_limit: int | None,
        page_size: int | None,
        log_sql_errors: bool,
    ) -> Results:
        """Run a query: our own here for a moment, and whatever takes longer or is a visitor's on a thread."""
        if patient.get():
            await asyncio.sleep(0)
        if not visitor.get() and not (custom_time_limit and custom_time_limit <= settings.AT_ONCE_MS):
            self.here = True
            try:
                return await super().execute(sql, params, truncate, settings.AT_ONCE_MS, page_size, log_sql_errors)
            except QueryInterrupted:
                pass
            except MemoryError:
                # Visitors' queries have taken what SQLite may have. They will be stopped within half a second.
                await asyncio.sleep(settings.PATIENCE)
            finally:
                self.here = False
        for _ in range(0 if visitor.get() or patient.get() else settings.TRIES):
            # In a storm a query of our pages may run into the limit, which was made for others.
            with suppress(QueryInterrupted):
                return await super().execute(sql, params, truncate, custom_time_limit, page_size, log_sql_errors)
        return await super().execute(sql, params, truncate, custom_time_limit, page_size, log_sql_errors)

    async def execute_fn(self, fn: Callable[[Any], Any]) -> Any:
        """Run a function of a connection. Raises Unreadable where a request finds the file at fault."""
        try:
            return await self.run_function(fn)
        except sqlite3.Error as error:
            if outcome.get() is not None and is_of_the_file(error):
                raise Unreadable(f"The database cannot be read: {error}") from error
            raise

    async def run_function(self, fn: Callable[[Any], Any]) -> Any:
        """Run a function of a connection: here, or on a thread, a visitor's with a bound."""
        if self.here:
            # Nothing is awaited between here and the answer, so the connection is never shared.
            self.here = False
            if self.own_connection is None:
                self.own_connection = self.connect()
                running.ours = True
                try:
                    self.ds._prepare_connection(self.own_connection, self.name)
                finally:
                    running.ours = False
            return fn(self.own_connection)
        # A thread knows of the request what is handed to it: how many rows its answer may have, for one.
        context = contextvars.copy_context()

        def known(connection: Any) -> Any:
            return context.run(fn, connection)

        if not visitor.get():
            return await super().execute_fn(known)
        return await asyncio.get_running_loop().run_in_executor(self.visitors, self.for_visitor, known)

    def for_visitor(self, fn: Callable[[Any], Any]) -> Any:
        """Run a function of a connection on this thread, which is for visitors only."""
        connection = getattr(self.connections, "own", None)
        if connection is None:
            connection = self.connections.own = self.connect()
            self.ds._prepare_connection(connection, self.name)
        return bounded(fn, connection)


def step_back() -> None:
    """Let the pages have the processor first, where the machine allows to say so for one thread."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def bounded(fn: Callable[[Any], Any], connection: Any) -> Any:
    """Run a function of a connection with a bound on what it may return. Raises sqlite3.OperationalError beyond."""
    taken = 0
    began = time.monotonic()

    def row(cursor: Any, values: tuple[Any, ...]) -> Any:
        nonlocal taken
        taken += sum(len(value) if isinstance(value, str | bytes) else 8 for value in values)
        if taken > settings.LARGEST_RESULT:
            raise sqlite3.OperationalError("the result is too large; ask for fewer rows or columns, or shorter texts")
        return sqlite3.Row(cursor, values)

    usual = connection.row_factory
    # The limit of time looks at the clock between steps; few and slow steps are stopped by this.
    stop = threading.Timer(settings.DATASETTE["sql_time_limit_ms"] / 1_000, connection.interrupt)
    stop.daemon = True
    stop.start()
    connection.row_factory = row
    try:
        return fn(connection)
    except MemoryError:
        raise sqlite3.OperationalError("the query takes too much memory") from None
    finally:
        stop.cancel()
        connection.row_factory = usual
        if time.monotonic() - began > settings.LONG:
            # What a large sort took stays with the process otherwise.
            trim(0)


class FrozenDatasette(Datasette):  # type: ignore[misc]
    """A Datasette that serves one file, all of it to everybody."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.answers: dict[tuple[Any, ...], Any] = {}
        self.schemas_known = False
        super().__init__(*arguments, **named)
        self.select_template = self.jinja_env.select_template
        self.jinja_env.select_template = self.first_template
        # Comes with datasette-dashboards and looks at each cell of each table; no chart or cell of ours is Markdown.
        if pm.has_plugin("render_markdown"):
            pm.unregister(name="render_markdown")

    @property
    def max_returned_rows(self) -> int:
        """Rows of one answer: fewer in a page than in a file."""
        return min(self.most_rows, settings.ROWS_OF_A_PAGE) if as_page.get() else self.most_rows

    @max_returned_rows.setter
    def max_returned_rows(self, rows: int) -> None:
        self.most_rows = rows

    def add_database(self, db: Database, name: str | None = None, route: str | None = None) -> Database:
        """Put the kinder database in the place of the file, and call it elections, whatever the file is called."""
        if not db.is_mutable and not db.is_memory:
            return super().add_database(ReadOnly(self, db.path, is_mutable=False), settings.DATABASE)
        return super().add_database(db, name, route)

    def absolute_url(self, request: Any, path: str) -> str:
        """Put the host before a path. Datasette takes an address apart for that, for each value of a facet."""
        if str.startswith(path, "/") and not str.startswith(path, "//") and not self.setting("force_https_urls"):
            return f"{request.scheme}://{request.host}{str.__str__(path)}"
        return str(super().absolute_url(request, path))

    def _routes(self) -> changes_to_datasette.Routes:
        return changes_to_datasette.Routes(super()._routes())

    def first_template(self, names: Sequence[str], *parent_and_globals: Any) -> Any:
        """Return the first of some templates that is there. Jinja looks for each in all folders, every time."""
        asked = ("template", *names)
        if asked not in self.answers:
            found = self.select_template(names, *parent_and_globals)
            at_once = found.name in TEMPLATES_AT_ONCE
            self.answers[asked] = self.jinja_env.at_once.get_template(found.name) if at_once else found
        return self.answers[asked]

    async def refresh_schemas(self) -> None:
        """Read the schemas, once."""
        if not self.schemas_known:
            await super().refresh_schemas()
            self.schemas_known = True

    def metadata(
        self, key: str | None = None, database: str | None = None, table: str | None = None, fallback: bool = True
    ) -> Any:
        """Look up the metadata. Datasette merges all of them each time."""
        asked = ("metadata", key, database, table, fallback)
        if asked in self.answers:
            return copy.copy(self.answers[asked])
        answer = super().metadata(key, database, table, fallback)
        known = database in (None, *self.databases) and (table is None or self.is_known(database, table))
        if self._startup_invoked and known:
            self.answers[asked] = answer
        return copy.copy(answer)

    def is_known(self, database: str | None, table: str) -> bool:
        """Tell whether there is such a table, as far as was asked yet."""
        known = getattr(self.databases.get(database), "known", {})
        return table in known.get(("relations",), ())

    async def get_canned_queries(self, database_name: str, actor: Any) -> Any:
        """Return the ready questions, which are the same for everybody."""
        asked = ("queries", database_name)
        if asked not in self.answers:
            answer = await super().get_canned_queries(database_name, None)
            if database_name not in self.databases:
                return answer
            self.answers[asked] = answer
        return dict(self.answers[asked])

    async def permission_allowed(
        self, actor: Any, action: str, resource: Any = None, default: Any = False
    ) -> bool | None:
        """Tell whether somebody may do something. Nobody signs in here, so the answer lasts."""
        asked = ("permission", action, resource, default)
        if actor is None and asked in self.answers:
            return cast(bool | None, self.answers[asked])
        answer = await super().permission_allowed(actor, action, resource, default)
        relation = resource[1] if isinstance(resource, tuple) else None
        if actor is None and (relation is None or self.is_known(resource[0], relation)):
            self.answers[asked] = answer
        return cast(bool | None, answer)
