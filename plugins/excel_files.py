"""Writes Excel files on a thread, from rows that Datasette has fetched within its bounds.

datasette-xlsx keeps everybody waiting while it writes a large file, and runs a visitor's SQL a second time on a thread
where nothing can end it. A file of a single row it writes from the rows that it is given; so it does here with all
(docs/upstream.md, section 3).
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

from datasette import hookimpl
from datasette.utils.asgi import BadRequest
from datasette_xlsx import can_render, render_xlsx

PAGING = ("_next", "_size", "_shape", "_format", "_extra")


async def rows_of_all_pages(datasette: Any, request: Any, columns: list[str], most: int) -> list[list[Any]]:
    """Return the rows of a table or view, and one more than `most` where there are more."""
    path = request.path.removesuffix(".xlsx") + ".json"
    asked = [(name, value) for name in request.args if name not in PAGING for value in request.args.getlist(name)]
    rows: list[list[Any]] = []
    following: str | None = None
    while len(rows) <= most:
        query = [*asked, ("_size", "max"), ("_shape", "objects"), *([("_next", following)] if following else [])]
        answer = await datasette.client.get(f"{path}?{urlencode(query)}")
        page = answer.json()
        if answer.status_code != 200:
            raise BadRequest(page["error"])
        rows += [[row[column] for column in columns] for row in page["rows"]]
        following = page["next"]
        if not following:
            break
    return rows[: most + 1]


async def render(
    datasette: Any, request: Any, database: Any, table: Any, sql: Any, query_name: Any, columns: Any, rows: Any,
    view_name: Any, data: Any,
) -> dict[str, Any]:  # fmt: skip
    """Answer with an Excel file. Datasette passes the arguments by their names."""
    if data.get("error"):
        raise BadRequest(data["error"])
    if table and view_name == "table":
        most = datasette.plugin_config("datasette-xlsx")["max_rows"]
        rows, sql = await rows_of_all_pages(datasette, request, columns, most), None
    written = render_xlsx(datasette, request, database, table, sql, query_name, columns, rows, "row", data)
    # With rows at hand it waits for nothing, so any event loop does.
    return dict(await asyncio.to_thread(asyncio.run, written))


# Of several renderers for one extension Datasette takes the last.
@hookimpl(trylast=True)
def register_output_renderer() -> dict[str, Any]:
    """Take the place of the renderer of datasette-xlsx."""
    return {"extension": "xlsx", "render": render, "can_render": can_render}
