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
import pytest
from anyio import to_process
from conftest import Client
from datasette.app import DatasetteRouter
from datasette.database import Database, QueryInterrupted, Results
from datasette.plugins import pm
from datasette_xlsx import render_xlsx
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from elections.site.database import ElectionsDatabase
from elections.site.protocol import JoiningProtocol


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


class Written(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.parts: list[bytes] = []

    def write(self, data: Any) -> None:
        self.parts.append(bytes(data))

    def is_closing(self) -> bool:
        return "closed" in self._extra

    def close(self) -> None:
        self._extra["closed"] = True

    def resume_reading(self) -> None:
        pass


def answered(kind: type[HttpToolsProtocol], *parts: bytes, method: bytes = b"GET", close: bool = False) -> list[bytes]:
    """Return what a protocol of uvicorn's writes for an answer in some parts."""

    async def app(_: Any, __: Any, send: Any) -> None:
        length = [] if len(parts) > 1 else [(b"content-length", b"%d" % len(b"".join(parts)))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": len(parts) > 1})
        if close:
            raise ValueError
        if len(parts) > 1:
            await send({"type": "http.response.body"})

    async def ask() -> list[bytes]:
        config, transport = Config(app, log_config=None, access_log=False, ws="none"), Written()
        config.load()
        protocol = kind(config, ServerState(), {})
        protocol.connection_made(transport)
        protocol.data_received(method + b" / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.01)
        assert transport.is_closing() == close
        return transport.parts

    return asyncio.run(ask())


def test_uvicorn_still_writes_head_and_body_apart_and_we_do_not() -> None:
    assert len(answered(HttpToolsProtocol, b"x")) == 2, "elections/site/protocol.py can go"
    assert len(answered(JoiningProtocol, b"x")) == 1


@pytest.mark.parametrize("parts", [[b""], [b"x"], [b"x", b"y"], [b"x", b"y", b"z"]], ids=len)
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("close", [False, True])
def test_what_is_joined_is_what_uvicorn_writes(parts: list[bytes], method: bytes, close: bool) -> None:
    """Also where an answer breaks off."""
    if close and len(parts) == 1:
        close = False
    stock, joined = (answered(one, *parts, method=method, close=close) for one in (HttpToolsProtocol, JoiningProtocol))
    assert b"".join(joined) == b"".join(stock)


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
