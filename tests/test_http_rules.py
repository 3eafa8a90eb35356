"""Does the site refuse what it does not answer, bound what it does, and tell browsers and caches what they may do?"""

import asyncio
import io
import itertools
import json
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from anyio import CapacityLimiter
from conftest import PROJECT, Client, configuration, make_site, site_of
from playwright.sync_api import Browser
from serving import free_port, running, wait_for
from test_errors import sent

from elections.site import bounds, http
from elections.site.requests import read

KINDS = {
    "page": "/",
    "table": "/elections/results",
    "file": "/elections/results.json",
    "csv": "/elections/results.csv",
    "excel": "/elections/results.xlsx",
    "style": "/static/site.css",
    "nothing": "/nothing",
    "no table": "/elections/nothing.json",
    "mistake": "/elections/results?_size=x",
    "mistake in a file": "/elections/results.csv?_size=x",
    "question": "/elections?sql=select+1",
    "question at fault": "/elections.json?sql=select+missing",
    "dashboard": "/-/dashboards/election?election=2023",
    "database": "/elections.db",
    "about Datasette": "/-/versions",
}


# What every answer tells


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_tells_the_browser_what_it_may_do(kind: str, client: Client) -> None:
    answer = client.get(KINDS[kind], headers={"Origin": "https://example.org"})
    # Anybody's page may read what anybody may read, errors included: each header once. Our scripts and styles go
    # without: a page brings a dozen of them, and their names tell their types.
    once = kind != "style"
    assert answer.headers.get_list("access-control-allow-origin") == ["*"] * once
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"] * once
    assert "strict-transport-security" not in answer.headers
    is_page = answer.headers["content-type"].startswith("text/html")
    assert ("content-security-policy" in answer.headers) == is_page
    if is_page:
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'" and policy["base-uri"] == "'none'"
        assert policy["frame-ancestors"] == ("*" if kind == "dashboard" else "'self'")
        # Our own pages have no scripts in them.
        assert ("'unsafe-inline'" in policy["script-src"]) == (not KINDS[kind].startswith("/n") and kind != "page")
        assert "http" not in answer.headers["content-security-policy"]


def test_https_is_asked_for_where_it_is_spoken(client: Client) -> None:
    secured = client.get("https://localhost/")
    assert secured.headers["strict-transport-security"] == "max-age=31536000"
    assert secured.headers["etag"] != client.get("/").headers["etag"]


def test_another_page_may_read_where_the_next_rows_are(client: Client) -> None:
    answer = client.get("/elections/claims.json?_shape=array&_size=1")
    assert "link" in answer.headers and answer.headers["access-control-expose-headers"] == "Link"


def test_https_is_believed_of_a_proxy_on_this_machine_only(site: str) -> None:
    through = {"X-Forwarded-Proto": "https", "Host": "elections.example"}

    def secured(reply: httpx.Response) -> bool:
        return "strict-transport-security" in reply.headers

    def next_page(client: httpx.Client) -> str:
        return str(client.get(f"{site}/elections/results.json?_size=1", headers=through).json()["next_url"])

    with httpx.Client() as proxy:
        assert secured(proxy.get(site, headers=through)) and not secured(proxy.get(site))
        assert next_page(proxy).startswith("https://elections.example/")
    # Another address of this machine stands for another machine.
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as elsewhere:
        assert not secured(elsewhere.get(site, headers=through))
        assert next_page(elsewhere).startswith("http://elections.example/")


# What is refused


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "FETCH"])
def test_only_reading_is_answered(method: str, client: Client) -> None:
    for address in ("/", "/elections", "/elections/claims.json", "/-/permissions", "/-/messages", "/-/logout"):
        answer = client.run(lambda method=method, address=address: raw(client, method, address))  # type: ignore[misc]
        assert answer["status"] == 405 and answer["headers"][b"allow"] == b"GET, HEAD, OPTIONS"
        assert (
            answer["headers"][b"access-control-allow-origin"] == b"*" and answer["headers"][b"connection"] == b"close"
        )


async def raw(client: Client, method: str, path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """Send a request that httpx would not send."""
    first, *rest = await sent(client, path, method=method, headers=headers)
    body = b"".join(one["body"] for one in rest)
    return {"status": first["status"], "headers": dict(first["headers"]), "body": body}


@pytest.mark.parametrize(
    "header", [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")], ids=["length", "parts"]
)
def test_no_content_is_read(header: tuple[bytes, bytes], client: Client) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.run(raw, client, method, "/", header)["status"] == 413
    assert client.run(raw, client, "GET", "/", (b"content-length", b"0"))["status"] == 200
    assert client.run(raw, client, "POST", "/", header)["status"] == 405


def test_content_is_refused_over_the_wire_without_waiting_for_it(site: str) -> None:
    host, port = site.removeprefix("http://").split(":")
    for method, status in ((b"GET", b"413"), (b"POST", b"405")):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(method + b" / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nbeginning")
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 " + status) and b"connection: close" in answer.lower()


# What is bounded


@pytest.mark.parametrize(
    ("kinds", "status"),
    [(["_facet"], 200), (["_facet", "_facet_date"], 200), (["_facet", "_facet_date", "_facet_array"], 400)],
)
def test_facets_of_all_kinds_count_together(kinds: list[str], status: int, client: Client) -> None:
    columns = ["id", "source_table_id", "row_number", "value", "measure"]
    asked = [(kind, column) for kind in kinds for column in columns]
    answer = client.get("/elections/claims.json", params=[*asked, ("_facet_size", "3"), ("_size", "1")])
    assert answer.status_code == status, answer.text
    assert (f"at most {bounds.FACETS} facets" in answer.text) == (status == 400)


def rows(answer: httpx.Response) -> int:
    return answer.raise_for_status().text.count("<tr>") - 1


# Each is more than a page may have, as Python reads numbers.
TOO_MANY = ["max", "1000", "+1000", "1_000", "%201000", "%2B1000", "0001000", "%D9%A1%D9%A0%D9%A0%D9%A0", "9" * 4_000]


def test_a_page_has_no_more_rows_than_a_page(
    client: Client, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "PAGE_ROWS", 30)
    for suffix, size in itertools.product(("", ".html", ".nothing"), TOO_MANY):
        for more in ("", "&_where=1"):
            with subtests.test(f"{suffix} {size[:20]} {more}"):
                answer = client.get(f"/elections/claims{suffix}?_col=id&_nofacet=1&_size={size}{more}")
                assert answer.status_code == 400 or rows(answer) == 30
    assert rows(client.get("/elections/claims?_size=7&_nofacet=1")) == 7


def test_a_number_too_long_to_be_read_is_a_mistake(client: Client) -> None:
    for address in (
        "/elections/claims?_size=",
        "/elections/claims.json?_size=",
        "/elections/claims?_facet=id&_facet_size=",
    ):
        assert client.get(address + "9" * 5_000).status_code in (200, 400)


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_facet_has_no_more_values_than_can_be_shown(suffix: str, client: Client, subtests: pytest.Subtests) -> None:
    def values(size: str) -> int:
        answer = client.get(f"/elections/claims{suffix}?_facet=id&_size=1&_facet_size={size}").raise_for_status()
        if suffix:
            return len(answer.json()["facet_results"]["id"]["results"])
        return answer.text.count("id__exact=") + answer.text.count("?id=") + answer.text.count("&amp;id=")

    for size in TOO_MANY:
        with subtests.test(size[:20]):
            assert values(size) <= bounds.FACET_VALUES + 10
    assert values("3") <= 4 < values("50")


def test_the_page_after_a_bounded_page_goes_on_where_it_ended(client: Client) -> None:
    page = client.get("/elections/claims?_size=max&_nofacet=1&_col=id").text
    (following,) = set(re.findall(r'href="([^"]*_next=[^"]*)"', page))
    first, second = (
        re.findall(r'class="col-id[^>]*>.*?</td>', one) for one in (page, client.get(unescape(following)).text)
    )
    assert f"_size={bounds.PAGE_ROWS}" in following
    assert len(first) == len(second) == bounds.PAGE_ROWS and not set(first) & set(second)


@pytest.mark.parametrize("suffix", [".json", ".csv", ".xlsx"])
def test_a_file_has_all_its_rows(suffix: str, client: Client, db: sqlite3.Connection) -> None:
    (count,) = db.execute("select count(*) from figures").fetchone()
    assert count > bounds.PAGE_ROWS
    answer = client.get(f"/elections/figures{suffix}?_size=max&_shape=array&_col=id").raise_for_status()
    if suffix == ".json":
        assert len(answer.json()) == count
    elif suffix == ".csv":
        assert len(answer.text.splitlines()) == count + 1
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0]
        assert sum(1 for _ in sheet.iter_rows()) == count + 1


def test_a_query_string_is_passed_on_as_it_was_sent(client: Client) -> None:
    """Links in the page repeat it."""
    for query in (b"_size=5&q=%D9%83", b"a=b;c&&_x=+", b""):
        asked = read({"path": "/elections/claims", "query_string": query})
        assert http.bounded_query(asked, query) == query
    asked = read({"path": "/elections/claims", "query_string": b"_size=max&q=%D9%83&a="})
    assert http.bounded_query(asked, b"") == b"_size=300&q=%D9%83&a="


# Whose turn it is


@pytest.fixture
def rules(client: Client) -> http.Rules:
    """The middleware of the site that gives turns."""
    app = client.datasette.client.app
    while not isinstance(app, http.Rules):
        app = app.app
    return app


@contextmanager
def taken(line: CapacityLimiter) -> Iterator[None]:
    """Take all turns of a line."""
    others = [object() for _ in range(int(line.total_tokens))]
    for other in others:
        line.acquire_on_behalf_of_nowait(other)
    yield
    for other in others:
        line.release_on_behalf_of(other)


OTHERS_TABLES = [
    "/elections/results?_x=turn", "/elections/results.json?_x=turn", "/elections?_x=turn",
    "/elections/results.csv?_x=turn", "/elections/results.xlsx?_x=turn", "/elections/who_won?_x=turn",
    "/~65lections/results?_x=turn",
]  # fmt: skip
OTHERS_SQL = [
    "/elections.json?sql=select+2", "/elections?sql=select+2", "/elections.csv?sql=select+2",
    "/elections.xlsx?sql=select+2", "/elections/claims?_where=1", "/elections/claims.xlsx?_where=1",
    "/elections/claims?id__like=a", "/~65lections?%73ql=select+2", "/governorate/kirkuk?sql=select+2",
]  # fmt: skip
NOBODY_WAITS = ["/?_x=turn", "/governorate/kirkuk?_x=turn", "/static/site.css?_x=turn", "/elections.db", "/-/health"]


@pytest.mark.parametrize("kind", ["tables", "queries"])
def test_tables_and_queries_wait_for_their_turn_and_pages_for_nobody(
    kind: str, client: Client, rules: http.Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "TABLE_QUEUE", 1)
    monkeypatch.setattr(bounds, "SQL_QUEUE", 1)
    mine, others = (OTHERS_TABLES, OTHERS_SQL) if kind == "tables" else (OTHERS_SQL, OTHERS_TABLES)
    line: CapacityLimiter = getattr(rules, kind)
    dashboards = client.datasette.plugin_config("datasette-dashboards")
    chart = next(chart["query"] for one in dashboards.values() for chart in one["charts"].values())

    async def crowd() -> None:
        async def get(address: str, **named: Any) -> httpx.Response:
            return await asyncio.wait_for(client.datasette.client.get(address, **named), 20)

        with taken(line):
            waiting = asyncio.create_task(get(mine[0]))
            while not line.statistics().tasks_waiting:
                await asyncio.sleep(0)
            for address in mine[1:]:
                refused = await get(address)
                assert refused.status_code == 503 and refused.headers["retry-after"] == "5", address
                assert "Many people are asking" in refused.text
                assert refused.headers["access-control-allow-origin"] == "*" and "etag" not in refused.headers
            for address in [*NOBODY_WAITS, *others]:
                assert (await get(address)).status_code == 200, address
            assert (await get("/elections.json", params={"sql": chart, "election": "2023"})).status_code == 200
            assert not waiting.done()
        assert (await waiting).status_code == 200

    client.run(crowd)


def test_a_turn_lasts_until_the_answer_is_made(client: Client, rules: http.Rules) -> None:
    async def ask() -> None:
        with taken(rules.queries):
            waiting = asyncio.create_task(client.datasette.client.get("/elections?sql=select+'made'"))
            await asyncio.sleep(0.1)
            assert not waiting.done()
        async with asyncio.timeout(20):
            while not rules.queries.statistics().borrowed_tokens:
                await asyncio.sleep(0)
            while not waiting.done():
                assert rules.queries.statistics().borrowed_tokens or waiting.done()
                await asyncio.sleep(0)

    client.run(ask)


def test_a_slow_reader_holds_up_nobody(client: Client, rules: http.Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LONGEST_TURN", 0.05)

    async def read_slowly(more: str, line: CapacityLimiter) -> None:
        goes_on = asyncio.Event()

        async def reader(number: int) -> None:
            await sent(client, f"/elections/claims.csv?_stream=1&_x={number}{more}", pause=goes_on)

        slow = [asyncio.create_task(reader(number)) for number in range(int(line.total_tokens))]
        async with asyncio.timeout(20):
            while line.statistics().borrowed_tokens < line.total_tokens:
                await asyncio.sleep(0)
            answer = await client.datasette.client.get(f"/elections/claims.json?_size=1&_x=slow{more}")
        assert answer.status_code == 200 and not any(one.done() for one in slow)
        goes_on.set()
        await asyncio.gather(*slow)
        assert line.statistics().borrowed_tokens == 0

    client.run(read_slowly, "", rules.tables)
    client.run(read_slowly, "&_where=1", rules.queries)


def test_the_turn_of_a_request_that_fails_is_given_back(client: Client, rules: http.Rules) -> None:
    for address in ("/elections/nothing", "/elections/claims?_size=x", "/elections/claims.csv?_next=x&_stream=1",
                    "/elections?sql=select+missing", "/elections.csv?sql=select+missing"):  # fmt: skip
        client.get(address)
    for line in (rules.tables, rules.queries):
        assert line.statistics().borrowed_tokens == 0 == line.statistics().tasks_waiting


# Validators


def etag(client: Client, address: str = "/governorate/kirkuk") -> str:
    return str(client.get(address).headers["etag"])


def test_a_validator_is_of_one_address(client: Client) -> None:
    addresses = [
        "/governorate/kirkuk",
        "/governorate/basra",
        "/governorate/kirkuk?election=2013",
        "/ar/governorate/kirkuk",
    ]
    assert len({etag(client, address) for address in addresses}) == 4
    assert etag(client) == etag(client)
    for wanted in (etag(client), f'"x", {etag(client)}', etag(client).removeprefix("W/")):
        same = client.get("/governorate/kirkuk", headers={"if-none-match": wanted})
        assert same.status_code == 304 and not same.content and "content-type" not in same.headers
        assert same.headers["etag"] == etag(client) and "public" in same.headers["cache-control"]
        assert "Cookie" in same.headers["vary"] and same.headers["access-control-allow-origin"] == "*"
    assert client.get("/governorate/kirkuk", headers={"if-none-match": etag(client, "/governorate/basra")}).content


def test_a_doubled_list_of_validators_is_read_whole(client: Client) -> None:
    headers = [(b"if-none-match", b'"x"'), (b"if-none-match", etag(client).encode())]
    assert client.run(raw, client, "GET", "/governorate/kirkuk", *headers, *headers[:1])["status"] in (200, 304)


def test_answers_last_a_minute_and_what_has_its_digest_in_its_address_a_year(client: Client) -> None:
    for address in ("/", "/elections/claims", "/elections/claims.csv", "/static/site.css", "/elections.db"):
        assert "max-age=60," in client.get(address).headers["cache-control"]
    own = f"/-/static/app.css?{client.datasette.app_css_hash()}"
    assert "immutable" in client.get(own).headers["cache-control"]
    for address in ("/-/static/app.css", "/-/static/app.css?other"):
        assert "immutable" not in client.get(address).headers["cache-control"]


def test_the_database_comes_with_its_own_digest(client: Client) -> None:
    assert client.get("/elections.db").headers["etag"].strip('"') == client.datasette.get_database("elections").hash


@pytest.mark.parametrize("header", ["Cookie", "Authorization"])
def test_a_request_with_a_cookie_gets_no_validator(header: str, client: Client) -> None:
    for address in ("/", "/elections/claims.json?_size=1", "/static/site.css"):
        answer = client.get(address, headers={header: "ds_actor=x"})
        assert answer.status_code == 200
        assert "etag" not in answer.headers and "public" not in answer.headers.get("cache-control", "")
        whole = client.get(
            address, headers={header: "ds_actor=x", "if-none-match": client.get(address).headers["etag"]}
        )
        assert whole.status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/elections.json?sql=select+random()",
        "/elections.json?%73ql=select+random()",
        "/~65lections.json?sql=select+random()",
        "/elections.json?sql=select+%22datetime%22()",
        "/elections.json?sql=select+datetime/**/()",
        "/elections.json?sql=select+current_timestamp",
        "/elections/claims.json?_where=random()%252=0",
        "/elections/claims.json?%5Fwhere=random()%252=0",
        "/elections/claims.json?_where=:at<datetime(:b)&b=now&_size=1",
        "/-/versions.json",
        "/-/settings.json",
        "/-/threads.json",
        "/-/actor.json",
    ],
)
def test_what_another_request_would_get_otherwise_has_no_validator(address: str, client: Client) -> None:
    answer = client.get(address)
    assert "etag" not in answer.headers and "public" not in answer.headers.get("cache-control", "")


def test_the_sql_of_a_visitor_has_a_validator_where_the_data_decide_it(client: Client) -> None:
    address = "/elections.json?sql=select+count(*)+from+claims"
    answer = client.get(address)
    assert "public" in answer.headers["cache-control"]
    assert client.get(address, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_data_site_and_settings_change_every_validator(
    database: Path, tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = etag(client)
    other = Path(shutil.copy(database, tmp_path / "elections.db"))
    with sqlite3.connect(other) as connection:
        connection.execute("update sources set title = title || '.'")
    connection.close()
    with site_of(other) as corrected:
        assert etag(corrected) != before
    same = (
        Path(shutil.copy(database, tmp_path / "same" / "elections.db"))
        if (tmp_path / "same").mkdir() is None
        else other
    )
    folder = configuration(same)
    with site_of(same) as again:
        assert etag(again) == before
    with monkeypatch.context() as patch:
        patch.setattr(http, "digest_of_site", lambda: "another")
        with site_of(same) as changed:
            assert etag(changed) != before
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    (folder / "settings.json").unlink()
    (folder / "settings.json").write_text(json.dumps(settings | {"default_page_size": 7}), encoding="utf-8")
    with site_of(same) as set_otherwise:
        assert etag(set_otherwise) != before


def test_each_file_of_the_site_changes_every_validator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in http.SITE_FILES:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("*.pyc"))
        elif source.exists():
            shutil.copy(source, tmp_path / name)
    shutil.copy(PROJECT / "requirements.txt", tmp_path)
    monkeypatch.setattr(http, "ROOT", tmp_path)
    digests = {http.digest_of_site.__wrapped__()}
    assert digests == {http.digest_of_site.__wrapped__()}
    changed = ["metadata.yml", "plugins/site.py", "templates/base.html", "static/site.css", "settings.json",
               "elections/site/bounds.py", "words/en.yml", "sql/pages/figure_head.sql"]  # fmt: skip
    for number, name in enumerate(changed):
        # As long as before.
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-1] + b" ")
        digests.add(http.digest_of_site.__wrapped__())
        assert len(digests) == number + 2, name
    (tmp_path / "plugins" / "new.py").touch()
    (tmp_path / "plugins" / "new.pyc").write_bytes(b"compiled")
    digests.add(http.digest_of_site.__wrapped__())
    assert len(digests) == len(changed) + 2
    # Tools, tests and documents decide no answer.
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_new.py").touch()
    assert http.digest_of_site.__wrapped__() in digests


# How it starts


def test_datasette_is_ready_before_the_first_request(database: Path, client: Client) -> None:
    """It would get ready as a part of the first request, within the bounds of that, and fail others meanwhile."""

    async def start() -> bool:
        site = make_site(database)
        events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        told: list[str] = []

        async def receive() -> dict[str, str]:
            if told:
                assert site._startup_invoked
            return events.pop(0)

        async def send(message: dict[str, str]) -> None:
            told.append(message["type"])

        await site.client.app({"type": "lifespan"}, receive, send)
        assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        return bool(site._startup_invoked)

    assert client.run(start)


def test_the_processes_start_before_the_first_visitor_needs_one(site: str) -> None:
    answer = httpx.get(f"{site}/elections.json?sql=select+1")
    assert answer.status_code == 200 and answer.json()["query_ms"] < 500


@pytest.mark.browser
def test_a_chart_draws_in_the_page_of_another_site_and_a_page_of_ours_does_not(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    with browser.new_context() as context:
        tab = context.new_page()
        framed = (
            f'<iframe name="chart" src="{site}/-/dashboards/election/seats/embed"></iframe>'
            f'<iframe name="page" src="{site}/governorate/kirkuk"></iframe>'
        )
        (tmp_path / "index.html").write_text(framed, encoding="utf-8")
        port = free_port()
        server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
        with running(server, tmp_path) as process:
            wait_for(f"http://127.0.0.1:{port}/", process)
            # To a browser localhost is another site than 127.0.0.1.
            tab.goto(f"http://localhost:{port}/")
            chart, page = tab.frame(name="chart"), tab.frame(name="page")
            assert chart is not None and page is not None
            chart.wait_for_selector("svg path", timeout=15_000, state="attached")
            assert chart.locator("svg path").count() and page.locator("main").count() == 0
