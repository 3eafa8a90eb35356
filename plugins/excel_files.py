"""Writes Excel files on a thread, from rows that Datasette has fetched within its bounds.

datasette-xlsx keeps everybody waiting while it writes a large file, and runs a visitor's SQL a second time on a thread
where nothing can end it. A file of a single row it writes from the rows that it is given; so it does here with all.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.utils.asgi import BadRequest
from datasette_xlsx import can_render, render_xlsx

PAGING = ("_next", "_size", "_shape", "_format", "_extra")


async def rows_of_all_pages(datasette: Any, request: Any, columns: Sequence[str]) -> AsyncIterator[list[Any]]:
    """Yield the rows of a table or view as Datasette pages through them."""
    path = request.path.removesuffix(".xlsx") + ".json"
    asked = [(name, value) for name in request.args if name not in PAGING for value in request.args.getlist(name)]
    following: list[tuple[str, str]] = []
    while True:
        query = urlencode([*asked, ("_size", "max"), ("_shape", "objects"), *following])
        answer = await datasette.client.get(f"{path}?{query}")
        if answer.status_code != 200:
            raise BadRequest(answer.json()["error"])
        page = answer.json()
        for row in page["rows"]:
            yield [row[column] for column in columns]
        if not page["next"]:
            return
        following = [("_next", page["next"])]


async def render(
    datasette: Any, request: Any, database: Any, table: Any, sql: Any, query_name: Any, columns: Any, rows: Any,
    view_name: Any, data: Any,
) -> dict[str, Any]:  # fmt: skip
    """Answer with an Excel file. Datasette passes the arguments by their names."""
    most = datasette.plugin_config("datasette-xlsx")["max_rows"]
    if view_name == "table":
        rows, sql = [], None
        async for row in rows_of_all_pages(datasette, request, columns):
            rows.append(row)
            if len(rows) > most:
                break

    def write() -> dict[str, Any]:
        # Its "row" is whatever it is given; nothing in it waits, so it needs no event loop but one of its own.
        return dict(
            asyncio.run(render_xlsx(datasette, request, database, table, sql, query_name, columns, rows, "row", data))
        )

    return await asyncio.to_thread(write)


# Of several renderers for one extension Datasette takes the last.
@hookimpl(trylast=True)
def register_output_renderer() -> dict[str, Any]:
    """Take the place of the renderer of datasette-xlsx."""
    return {"extension": "xlsx", "render": render, "can_render": can_render}
