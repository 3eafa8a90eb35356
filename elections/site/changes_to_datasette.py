"""What is changed in Datasette where it has no hook for it. Importing this module changes it, for the whole process."""

import asyncio
import functools
import importlib
import itertools
import math
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import datasette.app
import datasette.database
import datasette.url_builder
import datasette.utils
import datasette.views.table
from datasette.database import QueryInterrupted
from datasette.facets import Facet, load_facet_configs
from datasette.plugins import pm
from datasette.utils.asgi import AsgiStream, BadRequest
from datasette.views.base import DatasetteError, DataView
from pluggy import HookCaller

from elections.site import settings
from elections.site.asked import CutShort, failed
from elections.site.deadline import running
from elections.site.memory import remember_short

# Where the package rich is installed, as it is beside the tests, Datasette draws each 404 with all variables into the
# log, which takes up to a second, during which nobody else is answered. Imported here and not above: Datasette must
# have found its plugins before.
vars(importlib.import_module("datasette.handle_exception"))["rich"] = None


@contextmanager
def time_limit(connection: Any, milliseconds: float) -> Iterator[None]:
    """Stop a query after some time, looking at the clock every millisecond or so.

    Datasette looks ten times as often. Each look waits for the other threads of the process: under load, queries that
    take some milliseconds ran into the limit, waiting to look whether they had.
    """
    end = time.perf_counter() + milliseconds / 1_000
    connection.set_progress_handler(lambda: time.perf_counter() >= end, 10_000)
    running.begin(connection, end)
    try:
        yield
        if running.stopped:
            # A value of it may be one that a function did not work out.
            raise QueryInterrupted(sqlite3.OperationalError("interrupted"), "", None)
    except sqlite3.OperationalError as error:
        if running.fault:
            raise sqlite3.OperationalError(running.fault) from error
        raise
    finally:
        running.begin(None, math.inf)
        connection.set_progress_handler(None, 0)


vars(datasette.database)["sqlite_timelimit"] = time_limit


datasettes_csv = DataView.as_csv


async def csv_or_error(view: Any, request: Any, database: str) -> Any:
    """Write CSV, as Datasette does, but for a query that fails: Datasette gives an empty file then, with status 200."""
    ask = view.data

    async def data(*arguments: Any, **named: Any) -> Any:
        answer = await ask(*arguments, **named)
        status = answer[3] if isinstance(answer, tuple) and len(answer) > 3 else 200
        if status >= 400:
            raise DatasetteError(str(answer[0].get("error")), status=status)
        return answer

    view.data = data
    answer = await datasettes_csv(view, request, database)
    if isinstance(answer, AsgiStream):
        answer.stream_fn = whole_or_cut(answer.stream_fn)
    return answer


def whole_or_cut(stream: Any) -> Any:
    """Have a file that cannot be written to its end break off.

    Datasette writes the error into the file and ends it as if it were whole; a label that was not found in time is
    missing. Who reads it would not know, and caches would keep it.
    """

    async def streamed(writer: Any) -> None:
        before = failed()

        class Watched:
            async def write(self, text: str) -> None:
                # Datasette writes an error while it handles it.
                if sys.exception() is not None or failed() > before:
                    raise CutShort
                await writer.write(text)

        await stream(Watched())
        if failed() > before:
            raise CutShort

    return streamed


DataView.as_csv = csv_or_error


size_of_facet = Facet.get_facet_size


def few_configs(facet: Facet) -> Any:
    """Read which facets of a kind are asked for. Raises BadRequest where those of all kinds together are too many."""
    configs = load_facet_configs(facet.request, facet.metadata)
    # Datasette takes _facet_size for a kind, too; and a table may have facets by itself.
    asked = [
        one for kind, of_kind in configs.items() if kind != "size" for one in of_kind if one["source"] == "request"
    ]
    if len(asked) > settings.FACETS:
        raise BadRequest(f"Ask for at most {settings.FACETS} facets at a time.")
    return configs.get(facet.type, [])


# Nothing else is answered while Datasette writes the links of facets, one for each value.
Facet.get_configs = few_configs
Facet.get_facet_size = lambda facet: min(size_of_facet(facet), settings.VALUES_OF_A_FACET)


resolve_routes = datasette.utils.resolve_routes


class Routes(list[Any]):
    """The patterns of all addresses, some two hundred, of which each request tries one after the other, but once."""

    def __init__(self, routes: list[Any]) -> None:
        super().__init__(routes)
        self.resolve = remember_short(functools.partial(resolve_routes, routes), 1_000)


def resolve(routes: list[Any], path: str) -> Any:
    """Find what answers at an address."""
    return routes.resolve(path) if isinstance(routes, Routes) else resolve_routes(routes, path)


vars(datasette.app)["resolve_routes"] = resolve


def without_token(app: Any, **_: Any) -> Any:
    """Serve without a secret for forms. Datasette signs one for each request; here nobody can send a form."""

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await app({**scope, "csrftoken": str}, receive, send)

    return serve


vars(datasette.app.asgi_csrf)["asgi_csrf"] = without_token


class CellHook(HookCaller):
    """Asks the plugins how a cell is shown, a thousand times a page: pluggy takes five times as long as they do.

    Datasette pauses nowhere in a table, which takes it a third of a second: without a pause now and then, thirty tables
    asked for at once would keep everybody else waiting for seconds.
    """

    __slots__ = ()

    def __call__(self, **named: Any) -> list[Any]:
        """Return what the plugins make of a cell, but for nothing; the first counts, and is awaited if it wants to."""
        implementations = self.get_hookimpls()
        if implementations and (implementations[-1].hookwrapper or implementations[-1].wrapper):
            return cast(list[Any], super().__call__(**named))
        made: list[Any] = [] if next(cells) % settings.CELLS_AT_ONCE else [asyncio.sleep(0)]
        for each in reversed(implementations):
            result = each.function(*[named[name] for name in each.argnames])
            if result is not None:
                made.append(result)
        return made


cells = itertools.count(1)
pm.hook.render_cell.__class__ = CellHook


# A page of a table writes the same ids as part of addresses a thousand times.
tilde_encode = remember_short(datasette.utils.tilde_encode, 10_000)
for module in (datasette.utils, datasette.url_builder, datasette.views.table):
    vars(module)["tilde_encode"] = tilde_encode
