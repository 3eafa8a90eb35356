"""Does the response cache give an answer again only to whom it is the same, and never more than it has room for?"""

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Client, site_of
from hypothesis import given
from hypothesis import strategies as st

from elections.site import bounds
from elections.site.requests import current, read
from elections.site.responses import Response, ResponseCache, is_named, size_of

LASTING = ((b"etag", b'W/"1"'), (b"cache-control", b"public, max-age=60"))
GZIP = ("accept-encoding", "gzip")
Scope = dict[str, Any]


class Application:
    """Answers each request with its number, and counts. It reads the request as the rules of HTTP do."""

    def __init__(self, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = LASTING, size: int = 0) -> None:
        self.asked = 0
        self.status, self.headers, self.size = status, headers, size
        self.finishes = True

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.asked += 1
        token = current.set(read(scope))
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"%d" % self.asked, "more_body": True})
        if self.finishes:
            await send({"type": "http.response.body", "body": b"x" * self.size})
        current.reset(token)


def ask(
    app: ResponseCache, target: str = "/", *headers: tuple[str, str], method: str = "GET", scheme: str = "http"
) -> tuple[int, bytes, dict[bytes, bytes]]:
    """Ask for an address, of the host x where no other is named; return status, body and headers."""
    path, _, query = target.partition("?")
    named = headers if any(name == "host" for name, _ in headers) else (("host", "x"), *headers)
    scope = {
        "type": "http", "method": method, "scheme": scheme, "path": path, "raw_path": path.encode(),
        "query_string": query.encode(), "headers": [(name.encode(), value.encode()) for name, value in named],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, None, send))
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent), dict(sent[0]["headers"])


def test_what_was_answered_is_answered_the_same_without_asking_again() -> None:
    app = ResponseCache(inner := Application())
    first = ask(app)
    assert first[:2] == ask(app)[:2] == (200, b"1")
    assert ask(app)[2] == {**first[2], b"content-length": b"1"}
    assert ask(app, method="HEAD")[:2] == (200, b"") and ask(app, method="HEAD")[2][b"content-length"] == b"1"
    assert inner.asked == 1


@pytest.mark.parametrize("wanted", ['"1"', 'W/"1"', '"0", W/"1"', '"0","1"'])
def test_who_has_an_answer_is_told_that_it_has_not_changed(wanted: str) -> None:
    app = ResponseCache(inner := Application(headers=(*LASTING, (b"content-type", b"text/html"), (b"vary", b"Cookie"))))
    ask(app)
    status, body, headers = ask(app, "/", ("if-none-match", wanted))
    assert (status, body) == (304, b"") and inner.asked == 1
    assert headers == {**dict(LASTING), b"vary": b"Cookie"}
    assert ask(app, "/", ("if-none-match", '"10"'))[0] == 200


def test_each_scheme_host_path_query_and_encoding_has_its_own_answer() -> None:
    app = ResponseCache(Application())
    assert ask(app)[1] == b"1"
    others: list[tuple[str, tuple[tuple[str, str], ...]]] = [
        ("/", (("host", "y"),)), ("/", (GZIP,)), ("/?a=1", ()), ("/?a=2", ()), ("/a", ()), ("/%61", ()),
    ]  # fmt: skip
    answers = [ask(app, target, *headers)[1] for target, headers in others]
    answers.append(ask(app, scheme="https")[1])
    assert len({b"1", *answers}) == 1 + len(others) + 1
    assert ask(app)[1] == b"1"


@pytest.mark.parametrize(
    "inner",
    [
        Application(status=404),
        Application(status=500),
        Application(status=302),
        Application(status=206),
        Application(headers=LASTING[:1]),
        Application(headers=LASTING[1:]),
        Application(headers=(LASTING[0], (b"cache-control", b"no-store"))),
        Application(headers=(LASTING[0], (b"cache-control", b"private, max-age=60"))),
        Application(headers=(*LASTING, (b"set-cookie", b"a=b"))),
        Application(headers=(*LASTING, (b"Set-Cookie", b"a=b"))),
        Application(headers=(*LASTING, (b"content-encoding", b"br"))),
        Application(headers=(*LASTING, (b"content-encoding", b"gzip"))),
        Application(size=bounds.CACHED_RESPONSE),
    ],
    ids=["not found", "error", "redirect", "part", "no terms", "no validator", "not to be stored", "private", "cookie",
         "cookie in capitals", "another encoding", "gzip unasked", "too large"],
)  # fmt: skip
def test_what_is_not_the_same_for_everybody_is_not_cached(inner: Application) -> None:
    app = ResponseCache(inner)
    first, second = ask(app), ask(app)
    assert first[0] == second[0] == inner.status and first[1] != second[1] and not app.responses


@pytest.mark.parametrize("personal", ["cookie", "authorization", "range", "content-length", "transfer-encoding"])
def test_a_visitor_who_is_known_or_sends_content_gets_an_answer_of_their_own(personal: str) -> None:
    app = ResponseCache(Application())
    assert [ask(app, "/", (personal, "a"))[1] for _ in range(2)] == [b"1", b"2"]
    assert ask(app)[1] == b"3"
    assert ask(app, "/", (personal, "a"))[1] == b"4"


def test_the_sql_of_visitors_is_not_cached() -> None:
    app = ResponseCache(Application())
    for address in (
        "/elections.json?sql=select+1", "/elections.json?%73ql=select+1", "/elections/claims?_where=1",
        "/elections/claims.json?id__like=a%25",
    ):  # fmt: skip
        assert ask(app, address)[1] != ask(app, address)[1]
    assert not app.responses


def test_half_an_answer_is_not_cached() -> None:
    app = ResponseCache(inner := Application())
    inner.finishes = False
    ask(app)
    assert not app.responses


def test_an_answer_to_another_method_is_not_cached() -> None:
    app = ResponseCache(Application())
    assert [ask(app, method=method)[1] for method in ("HEAD", "HEAD", "OPTIONS", "OPTIONS")] == [b"1", b"2", b"3", b"4"]
    assert ask(app)[1] == b"5" and ask(app, method="OPTIONS")[1] == b"6"


def test_a_request_that_the_site_sends_itself_passes_by() -> None:
    async def nested() -> None:
        current.set(read({"path": "/"}))

    app = ResponseCache(Application())

    async def run() -> None:
        await nested()
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b""}

        async def send(_: dict[str, Any]) -> None:
            pass

        await app(scope | {"headers": []}, None, send)

    asyncio.run(run())
    assert not app.responses


DOUBLED = {
    "gzip first": [("accept-encoding", "gzip"), ("accept-encoding", "identity")],
    "gzip last": [("accept-encoding", "identity"), ("accept-encoding", "gzip")],
    "host first": [("host", "localhost"), ("host", "evil")],
    "host last": [("host", "evil"), ("host", "localhost")],
}


@pytest.mark.parametrize("kind", DOUBLED)
def test_who_says_two_things_at_once_spoils_no_answer(kind: str, client: Client, cache: ResponseCache) -> None:
    """Of two headers, parts of Datasette read the first and others the last."""
    for more in ([], [("accept-encoding", "identity")] if "host" in kind else []):
        client.get("/about", headers=httpx.Headers([*more, *DOUBLED[kind]]))
    plain = client.get("/about", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and "evil" not in plain.text
    compressed = client.get("/about", headers={"accept-encoding": "gzip"})
    assert compressed.headers["content-encoding"] == "gzip" and compressed.text == plain.text


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 50_000)), max_size=100))
def test_it_never_takes_more_than_its_room_and_keeps_what_was_used_last(puts: list[tuple[int, int]]) -> None:
    app = ResponseCache(Application(), size=100_000)
    for name, size in puts:
        key = ("http", b"x", b"/%d" % name, b"", True)
        app.responses[key] = Response([], b"x" * size, b"")
        assert key in app.responses
        assert sum(size_of(one) for one in app.responses.values()) <= 100_000


def test_a_thousand_addresses_take_no_more_than_its_room() -> None:
    app = ResponseCache(Application(size=bounds.CACHED_RESPONSE - 10))
    for number in range(100):
        ask(app, f"/{number}")
    assert 2 < len(app.responses) < bounds.CACHE_SIZE / bounds.CACHED_RESPONSE
    small = ResponseCache(Application(), size=100_000)
    for number in range(1_000):
        ask(small, f"/{number}")
    # However short an answer is, its headers and its key take room.
    assert len(small.responses) <= 50


@given(st.text('"W/, 01*', max_size=12))
def test_any_if_none_match_is_read(wanted: str) -> None:
    entries = [one.strip().removeprefix("W/") for one in wanted.split(",")]
    assert is_named(wanted.encode(), b'W/"1"') == ('"1"' in entries)


# In the site


@pytest.fixture
def cache(client: Client) -> Iterator[ResponseCache]:
    """The cache of the site, emptied."""
    app = client.datasette.client.app
    assert isinstance(app, ResponseCache), "something is around the cache"
    app.responses.clear()
    yield app
    app.responses.clear()


@pytest.mark.parametrize(
    "address", ["/", "/ar/governorate/kirkuk", "/elections/claims.json?_size=5", "/static/site.css"]
)
def test_an_answer_from_the_cache_is_that_of_the_site(address: str, client: Client, cache: ResponseCache) -> None:
    for encoding in ("identity", "gzip"):
        first, second = (client.get(address, headers={"accept-encoding": encoding}) for _ in range(2))
        assert first.content == second.content and first.status_code == second.status_code == 200
        assert {**first.headers, "content-length": ""} == {**second.headers, "content-length": ""}
        assert second.headers["vary"].replace(" ", "").count("Accept-Encoding") == 1
        head = client.request("HEAD", address, headers={"accept-encoding": encoding})
        assert head.headers["content-length"] == second.headers["content-length"] and not head.content
        same = client.get(address, headers={"accept-encoding": encoding, "if-none-match": first.headers["etag"]})
        assert same.status_code == 304 and not same.content
    assert len(cache.responses) == 2


def test_the_cache_holds_compressed_answers(client: Client, cache: ResponseCache) -> None:
    """Compressing takes longer than to make some pages. A cache inside of gzip would compress each time."""
    client.get("/about", headers={"accept-encoding": "gzip"})
    ((key, response),) = cache.responses.items()
    assert key[-1] and gzip.decompress(response.body).startswith(b"<!DOCTYPE html>")
    assert dict(response.headers)[b"content-encoding"] == b"gzip"


@pytest.mark.parametrize(
    "address",
    [
        "/elections.json?sql=select+1", "/elections/claims.json?_where=1&_size=1", "/nothing", "/elections/nothing",
        "/elections/claims?_size=x", "/-/versions.json", "/-/health", "/-/version", "/-/plugins.json",
    ],
)  # fmt: skip
def test_the_site_caches_no_sql_of_visitors_no_errors_and_nothing_of_itself(
    address: str, client: Client, cache: ResponseCache
) -> None:
    client.get(address)
    assert not cache.responses


def test_the_host_of_one_visitor_gets_into_no_answer_to_another(client: Client, cache: ResponseCache) -> None:
    for address in ("/", "/governorate/kirkuk", "/sitemap.xml", "/robots.txt", "/elections/claims.json?_size=1",
                    "/-/dashboards/election?election=2023", "/figure/2023-kirkuk-general-seats", "/about"):  # fmt: skip
        evil = client.get(address, headers={"host": "evil.example"})
        good = client.get(address, headers={"host": "good.example"})
        assert "evil.example" not in good.text + str(good.headers)
        assert client.get(address, headers={"host": "evil.example"}).text == evil.text
        assert "good.example" not in client.get(address, headers={"host": "evil.example"}).text


def test_the_address_of_the_site_makes_every_host_the_same(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_ADDRESS", "https://elections.example")
    with site_of(database) as client:
        for address in ("/", "/governorate/kirkuk", "/sitemap.xml", "/elections/claims.json?_size=1"):
            answers = [client.get(address, headers={"host": host}) for host in ("evil.example", "10.0.0.1", "x:8001")]
            assert len({(answer.text, answer.headers["etag"]) for answer in answers}) == 1
            assert "evil.example" not in answers[0].text
        assert "https://elections.example/governorate/kirkuk" in client.get("/sitemap.xml").text
        cache = client.datasette.client.app.app
        assert len(cache.responses) == 4
