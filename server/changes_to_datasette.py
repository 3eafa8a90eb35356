"""What is changed in Datasette where it has no hook for it. Importing this module changes it, for the whole process."""

import functools
import importlib
import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import datasette.app
import datasette.database
import datasette.url_builder
import datasette.utils
import datasette.views.table
from datasette.database import QueryInterrupted
from datasette.facets import Facet, load_facet_configs
from datasette.utils.asgi import BadRequest
from datasette.views.base import DatasetteError, DataView

from server import settings
from server.deadline import running

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
    return await datasettes_csv(view, request, database)


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
        self.resolve = functools.lru_cache(maxsize=1_000)(functools.partial(resolve_routes, routes))


def resolve(routes: list[Any], path: str) -> Any:
    """Find what answers at an address."""
    return routes.resolve(path) if isinstance(routes, Routes) else resolve_routes(routes, path)


vars(datasette.app)["resolve_routes"] = resolve


# A page of a table writes the same ids as part of addresses a thousand times.
tilde_encode = functools.lru_cache(maxsize=10_000)(datasette.utils.tilde_encode)
for module in (datasette.utils, datasette.url_builder, datasette.views.table):
    vars(module)["tilde_encode"] = tilde_encode
