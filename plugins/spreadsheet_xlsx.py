"""Writes Excel files a few rows at a time, so that others are answered meanwhile.

datasette-xlsx writes a file in one go, for half a second where a table has 5,000 rows. Here it gathers the rows, and
writes them when all are there: a query that fails leaves no temporary file behind either.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import datasette_xlsx
from datasette import hookimpl

ROWS_AT_ONCE = 20
Writer = datasette_xlsx._Writer
# The widths of the columns are those of the first rows, which are therefore written together.
datasette_xlsx.WIDTH_SAMPLE_ROWS = 50


class Gathered:
    """Stands for the writer of datasette-xlsx: gathers what it would write."""

    def __init__(self, columns: Sequence[str], title: str, most_rows: int) -> None:
        self.columns, self.title, self.most_rows = columns, title, most_rows
        self.rows: list[Sequence[Any]] = []
        self.cut = False
        self.info: dict[str, Any] = {}

    def write(self, row: Sequence[Any]) -> bool:
        """Take a row. Returns False where there are enough."""
        self.cut = len(self.rows) >= self.most_rows
        if not self.cut:
            self.rows.append(row)
        return not self.cut

    def finish(self, info: dict[str, Any]) -> "Gathered":
        """Take what the file says of itself."""
        self.info = info
        return self

    async def file(self) -> bytes:
        """Write the file."""
        writer = Writer(self.columns, self.title, self.most_rows)
        try:
            for number, row in enumerate(self.rows):
                writer.write(row)
                if number % ROWS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            writer.hit_limit = self.cut
            # What is left is to compress it, which a thread can do without keeping others from running.
            return bytes(await asyncio.to_thread(writer.finish, self.info))
        except BaseException:
            for sheet in writer.wb.worksheets:
                if sheet._writer is not None:
                    sheet._writer.cleanup()
            raise


datasette_xlsx._Writer = Gathered


async def render(
    datasette: Any, request: Any, database: Any, table: Any, sql: Any, query_name: Any, columns: Any, rows: Any,
    view_name: Any, data: Any,
) -> dict[str, Any]:  # fmt: skip
    """Answer with an Excel file. Datasette passes the arguments by their names."""
    answer = await datasette_xlsx.render_xlsx(
        datasette, request, database, table, sql, query_name, columns, rows, view_name, data
    )
    if isinstance(answer["body"], Gathered):
        answer["body"] = await answer["body"].file()
    return dict(answer)


# The last that names an extension has it.
@hookimpl(trylast=True)
def register_output_renderer() -> dict[str, Any]:
    """Take the place of the renderer of datasette-xlsx."""
    return {"extension": "xlsx", "render": render, "can_render": datasette_xlsx.can_render}
