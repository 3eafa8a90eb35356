"""Is an answer that was given before given again, the same, and only where that is right?"""

import asyncio
import gzip
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elections.site import kept as kept_module
from elections.site import settings
from elections.site.asked import Ours
from elections.site.kept import Answer, Kept, Shelf, answer_of
from elections.site.protocol import understood

ETAG = (b"etag", b'W/"1"')
OURS = Ours({"select :election"}, {"election": {"", "2013", "2023"}})
GZIP = ("accept-encoding", "gzip")
Scope = dict[str, Any]


class Application:
    """Answers each request with its number, and counts."""

    def __init__(self, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = (ETAG,), size: int = 0) -> None:
        self.asked = 0
        self.status, self.headers, self.size = status, headers, size
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.asked += 1
        number = self.asked
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
        await send({"type": "http.response.body", "body": b"x" * self.size})


async def ask(app: Kept, target: str = "/", *headers: tuple[str, str], method: str = "GET") -> tuple[int, bytes]:
    """Ask for an address, of the host x where no other is named; return status and body."""
    path, _, query = target.partition("?")
    named = headers if any(name == "host" for name, _ in headers) else (("host", "x"), *headers)
    said = [(name.encode(), value.encode()) for name, value in named]
    scope = {
        "type": "http", "method": method, "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": said,
    }  # fmt: skip
    status, body = 0, b""

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    await app(scope, None, send)
    return status, body


def test_what_was_asked_before_is_answered_the_same_without_asking_again() -> None:
    async def run() -> None:
        app = Kept(inner := Application())
        assert await ask(app) == await ask(app) == (200, b"1")
        assert await ask(app, method="HEAD") == (200, b"")
        assert await ask(app, "/", ("if-none-match", '"0", W/"1"')) == (304, b"")
        assert inner.asked == 1
        # Another name, encoding or address has an answer of its own.
        for other in (("/", ("host", "y")), ("/", ("accept-encoding", "gzip")), ("/?a=1",), ("/a",)):
            assert (await ask(app, *other))[1] != b"1"

    asyncio.run(run())


@pytest.mark.parametrize(
    "inner",
    [
        Application(status=404),
        Application(status=500),
        Application(headers=()),
        Application(headers=(ETAG, (b"set-cookie", b"a=b"))),
        Application(size=settings.LARGEST_KEPT),
    ],
    ids=["not found", "error", "no validator", "cookie", "too large"],
)
def test_what_is_not_to_be_kept_is_asked_for_again(inner: Application) -> None:
    async def run() -> None:
        app = Kept(inner)
        first, second = await ask(app), await ask(app)
        assert first[0] == second[0] == inner.status and first[1] != second[1]

    asyncio.run(run())


@pytest.mark.parametrize("personal", ["cookie", "authorization", "range"])
def test_a_visitor_of_whom_something_is_known_gets_an_answer_of_their_own(personal: str) -> None:
    async def run() -> None:
        app = Kept(Application())
        assert [(await ask(app, "/", (personal, "a")))[1] for _ in range(2)] == [b"1", b"2"]
        assert await ask(app) == (200, b"3")

    asyncio.run(run())


@pytest.mark.parametrize(
    "doubled",
    [
        (("accept-encoding", "gzip"), ("accept-encoding", "identity")),
        (("accept-encoding", "identity"), ("accept-encoding", "gzip")),
        (("host", "x"), ("host", "evil")),
        (("host", "evil"), ("host", "x")),
    ],
    ids=["gzip first", "gzip last", "host first", "host last"],
)
def test_who_says_two_things_at_once_decides_nothing_for_others(doubled: tuple[tuple[str, str], ...]) -> None:
    async def run() -> None:
        app = Kept(inner := Application())
        assert await ask(app, "/", *doubled) == (200, b"1")
        assert await ask(app) == (200, b"2") and await ask(app, "/", GZIP) == (200, b"3")
        assert await ask(app, "/", *doubled) == (200, b"4") and inner.asked == 4

    asyncio.run(run())


def test_what_is_compressed_is_not_given_to_who_cannot_read_it() -> None:
    async def run() -> None:
        app = Kept(Application(headers=(ETAG, (b"content-encoding", b"gzip"))))
        assert [(await ask(app))[1] for _ in range(2)] == [b"1", b"2"]
        assert [(await ask(app, "/", GZIP))[1] for _ in range(2)] == [b"3", b"3"]

    asyncio.run(run())


@pytest.mark.parametrize(
    "inner",
    [Application(status=404), Application(headers=()), Application(size=settings.LARGEST_KEPT)],
    ids=["not found", "no validator", "too large"],
)
def test_a_slow_reader_keeps_nobody_waiting_for_what_cannot_be_kept(inner: Application) -> None:
    async def run() -> None:
        app = Kept(inner)
        taken = asyncio.Event()

        async def slow(message: dict[str, Any]) -> None:
            # Takes the beginning, and not what comes last.
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await taken.wait()

        scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b""}
        reading = asyncio.create_task(app(scope | {"headers": [(b"host", b"x")]}, None, slow))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            assert (await ask(app))[1].startswith(b"2")
        taken.set()
        await reading

    asyncio.run(run())


def test_of_many_who_ask_at_once_one_waits_for_the_application_and_the_others_for_its_answer() -> None:
    async def run() -> None:
        app = Kept(inner := Application())
        inner.may_answer.clear()
        crowd = [asyncio.create_task(ask(app)) for _ in range(50)]
        await asyncio.sleep(0)
        inner.may_answer.set()
        assert set(await asyncio.gather(*crowd)) == {(200, b"1")} and inner.asked == 1

    asyncio.run(run())


def test_who_waits_for_another_asks_when_the_other_gets_no_answer_that_can_be_kept() -> None:
    async def run() -> None:
        app = Kept(inner := Application(status=503))
        inner.may_answer.clear()
        crowd = [asyncio.create_task(ask(app)) for _ in range(5)]
        gone = asyncio.create_task(ask(app))
        await asyncio.sleep(0)
        inner.may_answer.set()
        gone.cancel()
        assert {status for status, _ in await asyncio.gather(*crowd)} == {503} and inner.asked == 5

    asyncio.run(run())


def test_the_sql_of_visitors_cannot_push_out_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        app = Kept(inner := Application(size=10_000), (), OURS)
        pages = ["/", "/ar", "/governorate/kirkuk", "/ar/governorate/kirkuk?election=2013", "/elections/results"]
        for page in pages:
            await ask(app, page)
        asked = inner.asked
        for number in range(1_000):
            await ask(app, f"/elections.json?sql=select+{number}")
        for page in pages:
            await ask(app, page)
        assert inner.asked == asked + 1_000
        assert app.sql.taken <= settings.KEPT_SQL < 1_000 * 10_000
        # It is kept for a while, and then asked for again.
        await ask(app, "/elections.json?sql=select+999")
        assert inner.asked == asked + 1_000
        later = time.monotonic() + settings.KEPT_SQL_SECONDS + 1
        monkeypatch.setattr(kept_module.time, "monotonic", lambda: later)
        await ask(app, "/elections.json?sql=select+999")
        assert inner.asked == asked + 1_001

    asyncio.run(run())


MADE_UP = {
    "parameters": "/governorate/kirkuk?list={}",
    "rows": "/elections/results/{}",
    "figures": "/figure/{}",
    "figures in Arabic": "/ar/figure/{}",
    "claims in Arabic": "/ar/claim/{}",
    "searches in Arabic": "/ar/search?q={}",
    "elections that were never held": "/governorate/kirkuk?election={:04}",
    "an election in other spellings": "/governorate/kirkuk?election=2023&{}",
    "no page": "/nothing/{}",
    "files in other spellings": "/static/{}/../site.css",
    "what Datasette says of itself": "/-/dashboards/election?election={}",
    "a chart with more": "/elections.json?sql=select%20%3Aelection&election=2023&_shape=objects&x={}",
    "a chart of another election": "/elections.json?sql=select%20%3Aelection&election={}&_shape=objects",
    "a chart in another form": "/elections.csv?sql=select%20%3Aelection&election=2023&{}",
}


@pytest.mark.parametrize("made_up", MADE_UP)
def test_addresses_that_somebody_makes_up_cannot_push_out_pages(made_up: str) -> None:
    async def run() -> None:
        app = Kept(inner := Application(size=50_000), (), OURS)
        chart = "/elections.json?sql=select%20%3Aelection&election=2023&_shape=objects"
        pages = ["/governorate/kirkuk", "/ar/governorate/kirkuk?election=2013", "/static/site.css", chart]
        for page in pages:
            await ask(app, page)
        for number in range(500):
            await ask(app, MADE_UP[made_up].format(number))
        assert inner.asked == 504
        for page in pages:
            await ask(app, page)
        assert inner.asked == 504

    asyncio.run(run())


def test_names_of_the_site_that_somebody_makes_up_cannot_push_out_pages() -> None:
    async def run() -> None:
        app = Kept(inner := Application(size=50_000), (), OURS)
        await ask(app, "/governorate/kirkuk")
        for number in range(500):
            await ask(app, "/governorate/kirkuk", ("host", f"made-up-{number}"))
        assert inner.asked == 501 and len(app.hosts) == kept_module.MOST_HOSTS
        await ask(app, "/governorate/kirkuk")
        assert inner.asked == 501

    asyncio.run(run())


def test_who_only_asks_whether_the_site_works_has_no_pages_made_ready() -> None:
    async def run() -> None:
        app = Kept(inner := Application(), ["/", "/ar"], OURS)
        for address in ("/-/health", "/-/version", "/elections", "/nothing", "/static/site.css"):
            await ask(app, address, ("host", "10.0.0.1"))
        await asyncio.sleep(0.1)
        assert inner.asked == 5 and not app.hosts

    asyncio.run(run())


def answer(size: int) -> Answer:
    return answer_of([ETAG], b"x" * size)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 50_000)), max_size=200))
def test_a_shelf_never_takes_more_room_than_it_has_and_keeps_what_was_used_last(puts: list[tuple[int, int]]) -> None:
    shelf = Shelf(100_000)
    for name, size in puts:
        key = ("http", b"x", b"/%d" % name, True)
        shelf.put(key, answer(size))
        assert shelf.find(key) is not None
        assert shelf.taken <= shelf.room
        assert shelf.taken == sum(kept_module.weight(key, one) for key, (one, _) in shelf.answers.items())


def test_the_pages_that_matter_are_made_ready_when_the_first_visitor_comes() -> None:
    async def run() -> None:
        app = Kept(inner := Application(), ["/", "/ar", "/governorates"])
        await ask(app, "/about", GZIP)
        for _ in range(100):
            await asyncio.sleep(0.01)
        asked = inner.asked
        assert asked == 4
        for page in ("/", "/ar", "/governorates"):
            await ask(app, page, GZIP)
        assert inner.asked == asked

    asyncio.run(run())


# The short way over the wire


class Talk:
    """One connection, over which a test sends bytes and reads whole answers."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.file = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name] = value
        return status, headers, self.file.read(int(headers.get("content-length", "0")))

    def ask(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        self.send(data)
        return self.answer()


@pytest.fixture
def talk(site: str) -> Iterator[Talk]:
    host, port = site.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        yield Talk(connection)


def request(path: str = "/about", *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def test_the_short_way_says_the_same_as_the_long(talk: Talk) -> None:
    long = talk.ask(request("/about", "Connection: x"))
    assert long[0] == 200 and len(long[2]) > 1_000
    for _ in range(2):  # over the same connection, and so from the same process
        short = talk.ask(request())
        assert short[0] == 200 and short[2] == long[2]
        assert {name: value for name, value in short[1].items() if name != "date"} == {
            name: value for name, value in long[1].items() if name != "date"
        }
        assert short[1]["date"] and short[1]["content-security-policy"]
    compressed = talk.ask(request("/about", "Accept-Encoding: br, gzip"))
    assert gzip.decompress(compressed[2]) == long[2] and compressed[1]["content-encoding"] == "gzip"
    unchanged = talk.ask(request("/about", f"If-None-Match: {long[1]['etag']}"))
    assert unchanged[0] == 304 and not unchanged[2] and unchanged[1]["etag"] == long[1]["etag"]
    assert talk.ask(request("/about", 'If-None-Match: "other"'))[2] == long[2]
    assert talk.ask(request("/nothing-here"))[0] == 404


def test_requests_that_come_in_pieces_or_together_are_all_answered_in_turn(talk: Talk) -> None:
    about = talk.ask(request())[2]
    talk.send(request() + request("/nothing-here") + request())
    first, second, third = (talk.answer() for _ in range(3))
    assert first[2] == third[2] == about and second[0] == 404
    for cut in (1, 3, 20, len(request()) - 2):
        talk.send(request()[:cut])
        time.sleep(0.05)
        assert talk.ask(request()[cut:])[2] == about


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_as_a_plain_request_or_left_to_the_parser(data: bytes) -> None:
    for sent in (data, b"GET /" + data + b"\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + data + b"\r\n\r\n"):
        asked = understood(sent)
        if asked is not None:
            host, target, _, _ = asked
            assert target.startswith(b"/") and host and b"\r" not in target and b" " not in target
            assert sent.count(b"\r\n\r\n") == 1


@pytest.mark.parametrize(
    "header",
    ["Cookie: a=b", "Authorization: x", "Range: bytes=0-1", "Content-Length: 5", "Transfer-Encoding: chunked",
     "X-Forwarded-Proto: https", "Connection: close", "Host: y", " folded", "no colon", "Expect: 100-continue"],
)  # fmt: skip
def test_an_unusual_request_goes_the_long_way(header: str) -> None:
    assert understood(request()) is not None
    assert understood(request("/about", header)) is None


def test_a_connection_is_kept_open_and_closed_when_nothing_comes(site: str) -> None:
    """Five seconds without a request, counted from the last answer, by whichever way it went."""
    host, port = site.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(request("/-/static/app.css"))
            assert connection.recv(1_000_000)
            time.sleep(2)
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                while connection.recv(1_000_000):
                    pass
            connection.setblocking(True)
        connection.settimeout(10)
        before = time.monotonic()
        assert connection.recv(1) == b""
        assert 2 < time.monotonic() - before < 6


def test_a_figure_corrected_is_a_figure_served(site: str) -> None:
    """The validator of an answer holds the digest of the data; that of another release is another."""
    reply = httpx.get(f"{site}/governorate/kirkuk")
    assert reply.headers["etag"] != httpx.get(f"{site}/governorate/basra").headers["etag"]
    assert httpx.get(f"{site}/governorate/kirkuk", headers={"If-None-Match": reply.headers["etag"]}).status_code == 304
