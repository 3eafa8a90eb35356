"""The response cache: what was asked for before costs no query and no template.

Data and site do not change while the server runs, so an answer with a validator (http.py puts it on those, and on no
other) is the same for everybody. What a visitor's SQL gives is not cached: anybody can make up any number of queries.
Each worker has a cache of its own, up to a number of bytes. Where a crowd comes, a proxy in front of the site serves
it (deploy/nginx.conf).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache

from elections.site import bounds
from elections.site.requests import current

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
# Scheme, host, path, query string, whether gzip is understood.
Key = tuple[str, bytes, bytes, bytes, bool]
# A request with one of these gets an answer of its own; one with content is refused.
PERSONAL = frozenset((b"cookie", b"authorization", b"range", b"content-length", b"transfer-encoding"))
# The headers of a body, which 304 (not changed) has none of.
OF_A_BODY = (b"content-type", b"content-length", b"content-encoding", b"content-disposition", b"transfer-encoding")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with status 200, as it is sent."""

    headers: Headers
    body: bytes
    etag: bytes


class ResponseCache:
    """ASGI middleware that answers from memory what it can."""

    def __init__(self, app: App, size: int = bounds.CACHE_SIZE) -> None:
        self.app = app
        self.responses: LRUCache[Key, Response] = LRUCache(size, getsizeof=size_of)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer from the cache, or ask the application and cache what it answers."""
        # A plugin of Datasette's may ask the site itself, within a request: that is no visitor.
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or current.get() is not None:
            await self.app(scope, receive, send)
            return
        said = dict(scope["headers"])
        # Of two hosts or sets of encodings Datasette reads one here and the other there.
        if len(said) < len(scope["headers"]) or not PERSONAL.isdisjoint(said):
            await self.app(scope, receive, send)
            return
        path = scope.get("raw_path") or scope["path"].encode()
        takes_gzip = b"gzip" in said.get(b"accept-encoding", b"")
        key = (scope["scheme"], said.get(b"host", b""), path, scope["query_string"], takes_gzip)
        response = self.responses.get(key)
        if response is None:
            await self.app(scope, receive, self.caching(key, send) if scope["method"] == "GET" else send)
        elif is_named(said.get(b"if-none-match", b""), response.etag):
            await send_not_modified(send, response.headers)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": response.headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    def caching(self, key: Key, send: Any) -> Any:
        """Return a send that passes on an answer, and caches it once it is whole."""
        headers: Headers | None = None
        etag = b""
        parts: list[bytes] = []

        async def pass_on(message: dict[str, Any]) -> None:
            nonlocal headers, etag
            asked = current.get()
            if message["type"] == "http.response.start" and message["status"] == 200 and asked:
                said = {name.lower(): value for name, value in message["headers"]}
                if not asked.is_visitor_sql and may_be_cached(said, takes_gzip=key[-1]):
                    headers, etag = message["headers"], said[b"etag"]
            elif message["type"] == "http.response.body" and headers is not None:
                parts.append(message.get("body", b""))
                if sum(map(len, parts)) > bounds.CACHED_RESPONSE:
                    headers = None
                    parts.clear()
                elif not message.get("more_body"):
                    body = b"".join(parts)
                    length = (b"content-length", b"%d" % len(body))
                    headers = [*(one for one in headers if one[0].lower() != b"content-length"), length]
                    self.responses[key] = Response(headers, body, etag)
            await send(message)

        return pass_on


def may_be_cached(headers: Mapping[bytes, bytes], takes_gzip: bool) -> bool:
    """Tell whether an answer with these headers is the same for everybody whose request has the same key."""
    encoding = headers.get(b"content-encoding", b"")
    return (
        b"etag" in headers
        and b"set-cookie" not in headers
        and headers.get(b"cache-control", b"").startswith(b"public")
        and (not encoding or (encoding == b"gzip" and takes_gzip))
    )


def size_of(response: Response) -> int:
    """Return the bytes that a cached answer takes, roughly: its headers and its key take a kilobyte or two."""
    return len(response.body) + 2_000


def is_named(wanted: bytes, etag: bytes) -> bool:
    """Tell whether an If-None-Match names a validator."""
    plain = etag.removeprefix(b"W/")
    return bool(wanted) and any(one.strip().removeprefix(b"W/") == plain for one in wanted.split(b","))


async def send_not_modified(send: Any, headers: Headers) -> None:
    """Tell who has the answer with these headers that it has not changed."""
    kept = [one for one in headers if one[0].lower() not in OF_A_BODY]
    await send({"type": "http.response.start", "status": 304, "headers": kept})
    await send({"type": "http.response.body", "body": b""})
