"""Is each error told as what it is: 400 for the address, 500 for the machine, a broken connection for half a file?"""

import asyncio
import csv
import io
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import datasette
import httpx
import pytest
from conftest import PROJECT, Client, site_of
from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.plugins import pm

from elections.site import bounds
from elections.site.database import ElectionsDatabase

# An address that Datasette cannot read, or SQL that SQLite refuses.
MISTAKES = [
    "/elections/claims{}?_size=x",
    "/elections/claims{}?_size=-1",
    "/elections/claims{}?_facet_size=x&_facet=nothing",
    "/elections/claims{}?_next=a&_sort=nothing",
    "/elections/claims{}?_next=a,b,c",
    "/elections/claims{}?_sort=id&_sort_desc=id",
    "/elections/claims{}?_facet=nothing",
    "/elections/claims{}?_where=missing",
    "/elections/claims{}?_through={",
    "/elections/claims{}?_col=nothing",
    "/elections/seat_totals{}?_next=x",
    "/elections{}?sql=select+missing",
    "/elections{}?sql=select+:a+limit+:a&a=x",
    "/elections{}?sql=select+zeroblob(1000000000)",
    "/elections{}?sql=select+load_extension('x')",
    "/elections{}?sql=select+1&_timelimit=x",
    "/elections{}?sql=pragma+user_version",
    "/elections/who_won{}?election=2023&governorate=kirkuk&_timelimit=x",
]


def content_type(answer: httpx.Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


def test_a_mistake_in_an_address_is_no_error_of_the_server(client: Client, subtests: pytest.Subtests) -> None:
    for mistake, suffix in itertools.product(MISTAKES, ("", ".json", ".csv", ".xlsx")):
        address = mistake.replace("{}", suffix)
        with subtests.test(address):
            answer = client.get(address, follow_redirects=True)
            assert answer.headers["access-control-allow-origin"] == "*"
            if "_facet" in mistake and suffix in (".csv", ".xlsx") and answer.status_code == 200:
                continue  # no facets are counted for a file
            assert answer.status_code == 400, answer.text[:300]
            assert content_type(answer) == ("application/json" if suffix == ".json" else "text/html")
            assert "etag" not in answer.headers and "Traceback" not in answer.text
            assert suffix != ".json" or (answer.json()["ok"] is False and answer.json()["error"])


def test_what_is_not_there_is_not_found(client: Client, subtests: pytest.Subtests) -> None:
    for address in ("/nothing", "/elections/nothing", "/elections/results/nothing", "/elections/results/nothing/more",
                    "/nothing.json", "/elections/nothing.json", "/elections/results/nothing.json", "/nothing.csv",
                    "/-/nothing", "/governorate/nothing", "/ar/nothing", "/-/dashboards/nothing", "/static/nothing",
                    "/elections/nothing.csv", "/elections/nothing.xlsx"):  # fmt: skip
        with subtests.test(address):
            answer = client.get(address)
            assert answer.status_code == 404, answer.text[:300]
            expected = "application/json" if address.endswith(".json") else ("text/html", "text/plain")
            assert content_type(answer) in expected
            assert "etag" not in answer.headers and "public" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("place", ["/-/static", "/static", "/-/static-plugins/datasette_vega"])
def test_a_file_that_cannot_be_there_is_no_error_of_the_server(place: str, client: Client) -> None:
    for name in ("a" * 300, "app.css/more", "site.css/more", "%00", "../settings.json", "..%2fsettings.json"):
        first, *rest = client.run(sent, client, f"{place}/{name}")
        body = b"".join(message["body"] for message in rest)
        assert first["status"] in (302, 400, 403, 404), name
        assert str(PROJECT).encode() not in body and b"sql_time_limit_ms" not in body


def test_a_cell_that_only_begins_like_a_list_of_ids_is_shown_as_it_is(client: Client) -> None:
    for cell in ("'[['", "replace(hex(zeroblob(20000)), '0', '[')", "'{}'", "'[1, null]'"):
        answer = client.get("/elections", params={"sql": f"select {cell} as claim_ids"})
        assert answer.status_code == 200, cell


@pytest.mark.parametrize("column", ["claim_id", "figure_id", "claim_ids"])
def test_a_text_too_long_for_an_id_becomes_no_link(column: str, client: Client) -> None:
    def cell(letters: int) -> str:
        text = f"hex(zeroblob({letters // 2}))"
        made = f"json_array({text})" if column.endswith("s") else text
        answer = client.get("/elections", params={"sql": f"select {made} as {column}", "_hide_sql": "1"})
        return answer.raise_for_status().text

    assert 'href="/elections/claims' in cell(100)
    assert 'href="/elections/claims' not in cell(bounds.LONGEST_ID + 100)


def test_every_id_is_short_enough_to_be_a_link(db: sqlite3.Connection) -> None:
    tables = [name for (name,) in db.execute("select name from sqlite_master where type in ('table', 'view')")]
    for table in tables:
        for column in (row["name"] for row in db.execute(f"pragma table_info([{table}])")):
            if column.endswith("_id"):
                (longest,) = db.execute(f"select max(length([{column}])) from [{table}]").fetchone()
                assert (longest or 0) <= bounds.LONGEST_ID / 1.5, (table, column)


# Faults of ours


class Faulty:
    """A plugin with faults."""

    @hookimpl(tryfirst=True)
    def render_cell(self, value: Any) -> None:
        if value == "a failing disk":
            raise OSError(5, "Input/output error", "/var/lib/secret")
        if value == "no memory":
            # As if Datasette had none left.
            exec(compile("raise MemoryError", str(Path(datasette.__file__)), "exec"), {})
        if value == "a fault of ours":
            # As if plugins/ had made it: a fault of a file of ours.
            exec(compile("None + 1", str(PROJECT / "plugins" / "pages.py"), "exec"), {})
        if value == "a fault of ours in a call":
            exec(compile("import json; json.loads('no JSON')", str(PROJECT / "plugins" / "pages.py"), "exec"), {})


@pytest.fixture
def faulty() -> Iterator[None]:
    plugin = Faulty()
    pm.register(plugin)
    yield
    pm.unregister(plugin)


@pytest.mark.parametrize("fault", ["a fault of ours", "a fault of ours in a call", "no memory", "a failing disk"])
@pytest.mark.usefixtures("faulty")
def test_a_fault_of_ours_is_an_error_of_the_server(fault: str, client: Client) -> None:
    assert client.get("/elections", params={"sql": "select 'a word'"}).status_code == 200
    answer = client.get("/elections", params={"sql": f"select '{fault}'"})
    assert answer.status_code == 500
    assert "secret" not in answer.text and str(PROJECT) not in answer.text and "etag" not in answer.headers


def test_a_page_that_takes_too_long_says_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own queries take milliseconds: the machine has too much to do."""

    async def execute(*_: Any, **__: Any) -> None:
        raise QueryInterrupted(TimeoutError(), "select 1", {})

    monkeypatch.setattr(ElectionsDatabase, "execute", execute)
    for address in ("/?_x=late", "/ar/governorate/kirkuk?_x=late", "/search.json?q=kirkuk"):
        answer = client.get(address)
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5", address
        assert "too much to do" in answer.text and "etag" not in answer.headers


UNREADABLE = [
    "/",
    "/governorate/kirkuk",
    "/elections/claims?_size=max",
    "/elections/claims.json?_size=max&_shape=array",
    "/elections/claims.csv?_size=max",
    "/elections/claims.xlsx",
    "/elections.json?sql=select+sum(length(locator))+from+claims",
    "/elections.csv?sql=select+sum(length(locator))+from+claims",
    "/elections.xlsx?sql=select+sum(length(locator))+from+claims",
    "/elections/claims.csv?_where=length(locator)>0&_size=max",
    "/elections/who_won?election=2023&governorate=kirkuk",
]


def test_a_database_that_cannot_be_read_is_an_error_of_the_server(
    database: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Whether it is asked for as a page, as a file, or by a visitor's SQL."""
    copy = Path(shutil.copy(database, tmp_path / "spoilt.db"))
    with site_of(copy) as client:
        size = copy.stat().st_size
        with copy.open("r+b") as file:
            file.seek(8192)
            file.write(b"\x5a" * (size - 8192))
        for address in UNREADABLE:
            with subtests.test(address):
                answer = client.get(address)
                assert answer.status_code in (500, 503), (answer.status_code, answer.text[:300])
                assert "etag" not in answer.headers
                assert "spoilt.db" not in answer.text and str(tmp_path) not in answer.text
        assert client.get("/-/health").status_code == 503


# Files that lack rows


Message = dict[str, Any]


async def sent(
    client: Client,
    address: str,
    gzip: bool = False,
    method: str = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (),
    pause: asyncio.Event | None = None,
) -> list[Message]:
    """Ask as a server does. Returns all messages: of a whole answer, the last says that no more come.

    Takes the first part of the answer, and the rest when `pause` is over.
    """
    path, _, query = address.partition("?")
    encoding = [(b"accept-encoding", b"gzip")] if gzip else []
    scope = {
        "type": "http", "method": method, "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": [(b"host", b"localhost"), *encoding, *headers],
    }  # fmt: skip
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)
        if pause and message["type"] == "http.response.body":
            await pause.wait()

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    await client.datasette.client.app(scope, receive, send)
    return messages


def is_whole(messages: list[Message]) -> bool:
    """Tell whether an answer has the rows that it should have, or looks like it."""
    return (
        messages[0]["status"] == 200
        and messages[-1]["type"] == "http.response.body"
        and not messages[-1].get("more_body")
    )


def fails_at(row: int, db: sqlite3.Connection) -> str:
    """A condition that holds for the claims before one, and is an error for that one."""
    (claim,) = db.execute("select id from claims order by position, id limit 1 offset ?", [row]).fetchone()
    return quote_plus(f"iif(id = '{claim}', json('no JSON'), 1)")


@pytest.mark.parametrize("gzip", [True, False], ids=["gzip", "plain"])
def test_a_file_of_which_a_later_part_fails_is_no_whole_file(
    gzip: bool, client: Client, db: sqlite3.Connection
) -> None:
    for row in (50, 250, 1_300):
        messages = client.run(sent, client, f"/elections/claims.csv?_stream=1&_where={fails_at(row, db)}", gzip)
        # While nothing is sent, there is still a status to tell.
        assert messages[0]["status"] == {50: 400, 250: 503, 1_300: 200}[row]
        assert not is_whole(messages)
        assert row == 50 or b"\nmalformed" not in b"".join(one.get("body", b"") for one in messages)
    assert is_whole(client.run(sent, client, "/elections/claims.csv?_stream=1&_where=1", gzip))


FAULTS: dict[str, Callable[[], Exception]] = {
    "a query at fault": lambda: sqlite3.OperationalError("malformed JSON"),
    "an unreadable file": lambda: unreadable(),
    "no memory": MemoryError,
    "a fault of ours": lambda: TypeError("None + 1"),
}


def unreadable() -> sqlite3.Error:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("condition", ["", "&_where=1"], ids=["table", "visitor's condition"])
def test_a_file_breaks_off_whatever_goes_wrong_while_it_is_written(
    fault: str, condition: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = "run_in_process" if condition else "run_in_loop"
    run: Callable[..., Any] = getattr(ElectionsDatabase, method)
    done = 0

    def fail_later(self: ElectionsDatabase, sql: str, *rest: Any) -> Any:
        nonlocal done
        done += "from claims" in sql
        if done > 2:
            raise FAULTS[fault]()
        return run(self, sql, *rest)

    monkeypatch.setattr(ElectionsDatabase, method, fail_later)
    messages = client.run(sent, client, f"/elections/claims.csv?_stream=1&_x={fault.replace(' ', '-')}{condition}")
    assert messages[0]["status"] == 503 and b"This file cannot be made" in messages[1]["body"]
    # When a part of it is sent, the rest is not.
    monkeypatch.setattr(csv_plugin(), "BLOCK", 1_000)
    done = 0
    messages = client.run(sent, client, f"/elections/claims.csv?_stream=1&_x={fault.replace(' ', '-')}{condition}")
    assert messages[0]["status"] == 200 and not is_whole(messages) and len(messages) > 2
    assert not any(word in message.get("body", b"") for message in messages for word in (b"None + 1", b"malformed"))


def test_a_file_of_which_the_beginning_fails_is_an_error(client: Client, db: sqlite3.Connection) -> None:
    answer = client.get(f"/elections/claims.csv?_stream=1&_where={fails_at(50, db)}")
    assert answer.status_code == 400 and "malformed JSON" in answer.text


def csv_plugin() -> Any:
    (plugin,) = (one for one in pm.get_plugins() if getattr(one, "__name__", "") == "csv_files.py")
    return plugin


def test_a_file_larger_than_may_be_breaks_off(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Datasette would end it with a sentence, as if it were whole."""
    assert bounds.CSV_FILE + bounds.SQLITE_LIMITS["SQLITE_LIMIT_LENGTH"] < client.datasette.setting("max_csv_mb") << 20
    monkeypatch.setattr(bounds, "CSV_FILE", 200_000)
    for asked in ("_stream=1", "_stream=1&_dl=1"):
        messages = client.run(sent, client, f"/elections/claims.csv?{asked}")
        assert messages[0]["status"] == 200 and not is_whole(messages)
        assert 100_000 < sum(len(one.get("body", b"")) for one in messages) <= 200_010


def test_a_reader_of_half_a_file_learns_of_it_over_the_wire(site: str, db: sqlite3.Connection) -> None:
    """The server closes the connection before the end of the answer."""
    for encoding in ("gzip", "identity"):
        address = f"{site}/elections/claims.csv?_stream=1&_where={fails_at(1_300, db)}"
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(address, headers={"Accept-Encoding": encoding})


def test_a_whole_file_is_whole(client: Client, db: sqlite3.Connection) -> None:
    (count,) = db.execute("select count(*) from claims").fetchone()
    for asked in ("_stream=1", "_stream=1&_labels=on"):
        answer = client.get(f"/elections/claims.csv?{asked}").raise_for_status()
        assert len(list(csv.reader(io.StringIO(answer.text)))) == 1 + count
    assert client.get("/elections.csv?sql=explain+select+1").status_code == 200


# A millisecond for a row: a page of a hundred rows comes, a count or a facet of the thousands is stopped.
SLOW = (
    "(with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000 + length({0}.id)) "
    "select count(*) from n) > 0"
)


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_an_answer_without_a_facet_that_took_too_long_is_not_kept(suffix: str, client: Client) -> None:
    address = f"/elections/claims{suffix}?_facet=measure&_size=20"
    answer = client.get(f"{address}&_where={quote(SLOW.format('claims'))}")
    assert answer.status_code == 200
    assert ("measure" in answer.json()["facet_results"]) is False if suffix else "facets-timed-out" in answer.text
    assert "etag" not in answer.headers and answer.headers["cache-control"] == "no-store"
    whole = client.get(address)
    assert "etag" in whole.headers and "public" in whole.headers["cache-control"]


def test_a_file_that_only_ends_like_csv_is_sent_as_it_is(client: Client) -> None:
    """Datasette sends its icon whatever follows its name."""
    icon = client.get("/favicon.ico.csv?_dl=on")
    assert icon.status_code == 200 and icon.content.startswith(b"\x89PNG")
