"""Are the libraries still as docs/upstream.md says? Where one is not, a workaround has to change or can go."""

import asyncio
import inspect
import io
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
from anyio import to_process
from conftest import Client
from datasette.app import DatasetteRouter
from datasette.database import Database, QueryInterrupted, Results
from datasette.plugins import pm
from datasette_xlsx import render_xlsx

from elections.site.database import ElectionsDatabase


def test_what_is_overridden_has_the_signature_of_datasettes() -> None:
    theirs, ours = (inspect.signature(each.execute).parameters for each in (Database, ElectionsDatabase))
    assert [(one.name, one.default) for one in ours.values()] == [(one.name, one.default) for one in theirs.values()]
    own = {name for name in vars(ElectionsDatabase) if callable(getattr(ElectionsDatabase, name))}
    assert own & {name for name in vars(Database) if not name.startswith("__")} == {"execute"}


def test_results_and_interruptions_are_made_as_before() -> None:
    results = Results([(1,)], True, (("a",),))
    assert (results.rows, results.truncated, results.columns) == ([(1,)], True, ["a"])
    error = QueryInterrupted(sqlite3.OperationalError("interrupted"), "select 1", {})
    assert (error.sql, error.params) == ("select 1", {})


def test_datasette_still_gives_an_empty_file_for_a_query_that_fails(database: Path, client: Client) -> None:
    failing = "/elections.csv?sql=select+nothing+from+lists"
    command = [Path(sys.executable).with_name("datasette"), database, "--get", failing]
    # It exits with 0 where the status is 200.
    stock = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (stock.returncode, stock.stdout.strip()) == (0, ""), "see docs/upstream.md, section 1"
    assert client.get(failing).status_code == 400


def test_datasette_still_awaits_every_answer_to_an_exception() -> None:
    assert "responses[0]" in inspect.getsource(DatasetteRouter.handle_exception), "see docs/upstream.md, section 2"


def test_an_excel_file_of_a_row_is_written_from_the_rows_that_are_given(client: Client) -> None:
    async def write() -> dict[str, Any]:
        class Request:
            url, actor = "/x.xlsx", None

        written: dict[str, Any] = await render_xlsx(
            client.datasette, Request, "elections", "lists", None, None, ["a", "b"], [[1, "x"], [2, "y"]], "row", {}
        )
        return written

    book = openpyxl.load_workbook(io.BytesIO(asyncio.run(write())["body"]))
    assert [[cell.value for cell in row] for row in book.worksheets[0].rows] == [["a", "b"], [1, "x"], [2, "y"]]


def test_the_cache_is_outside_of_the_compression(client: Client) -> None:
    assert client
    wrappers = [one.plugin.__name__ for one in pm.hook.asgi_wrapper.get_hookimpls()]
    # pluggy calls them from the last to the first, and each wraps what the earlier calls have made.
    assert wrappers.index("site.py") < wrappers.index("datasette_gzip")


def test_a_process_that_is_cancelled_is_killed() -> None:
    assert "process.kill()" in inspect.getsource(to_process.run_sync)
