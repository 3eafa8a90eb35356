"""Keeps answers in memory, compressed, so that what was asked before costs no query and no template.

What decides an answer does not change while the site runs (plugins/etag.py puts a validator on each such answer, and
on no other), so an answer with a validator may be given again. Each process keeps its own, up to a number of bytes:
pages, the tables of Datasette, and, for half a minute, the SQL of visitors have a shelf each, and none can push out
what stands on another.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from elections.site import settings
from elections.site.asked import Headers, Ours, has, read, send_not_modified, without_body

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
# Scheme, host, path with query string as sent, whether compressed.
Key = tuple[str, bytes, bytes, bool]
# Names by which visitors come, with and without encryption, and for which pages are made ready: those by which pages
# were asked for first. Whoever looks after the site may come by another.
MOST_HOSTS = 4
# Seconds between two pages that are made ready, for visitors.
PAUSE = 0.02
# A request with one of these is answered for itself; so is one that has one of those twice, of which somebody else
# may take the first and we the last.
PERSONAL = {b"cookie", b"authorization", b"range"}
DECIDING = (b"host", b"accept-encoding")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes over the wire: status 200, headers, body."""

    headers: Headers
    body: bytes
    etag: bytes
    head: bytes  # status line and headers, but for the date and the empty line
    not_modified: bytes  # the same of a 304


def answer_of(headers: Headers, body: bytes) -> Answer:
    """Put an answer together. Headers without a length get one."""
    said = [one for one in headers if one[0] not in (b"content-length", b"transfer-encoding")]
    etag = next(value for name, value in said if name == b"etag")
    said.append((b"content-length", str(len(body)).encode()))
    not_modified = status_and(b"304 Not Modified", without_body(said))
    return Answer(said, body, etag, status_and(b"200 OK", said), not_modified)


def status_and(status: bytes, headers: Headers) -> bytes:
    """Write the first lines of an answer."""
    return b"HTTP/1.1 %b\r\n" % status + b"".join(b"%b: %b\r\n" % one for one in headers)


class Shelf:
    """Holds answers up to a number of bytes; whatever was not asked for the longest makes room."""

    def __init__(self, room: int, seconds: float | None = None) -> None:
        self.room, self.seconds = room, seconds
        self.taken = 0
        self.answers: OrderedDict[Key, tuple[Answer, float]] = OrderedDict()

    def find(self, key: Key) -> Answer | None:
        """Return an answer, None if it is not here or too old."""
        found = self.answers.get(key)
        if found is None:
            return None
        if self.seconds is not None and time.monotonic() - found[1] > self.seconds:
            self.drop(key)
            return None
        self.answers.move_to_end(key)
        return found[0]

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer."""
        self.drop(key)
        self.answers[key] = answer, time.monotonic()
        self.taken += weight(key, answer)
        while self.taken > self.room:
            self.drop(next(iter(self.answers)))

    def drop(self, key: Key) -> None:
        """Give an answer up."""
        if key in self.answers:
            self.taken -= weight(key, self.answers.pop(key)[0])


def weight(key: Key, answer: Answer) -> int:
    """Return the bytes that an answer takes, about."""
    return len(answer.body) + 2 * len(answer.head) + len(answer.not_modified) + len(key[1]) + len(key[2]) + 1_000


class Kept:
    """The application, and before it what it has answered."""

    def __init__(self, app: App, matter: Sequence[str] = (), ours: Ours | None = None) -> None:
        self.app = app
        self.ours = ours or Ours()
        # Addresses of pages that are made ready before anybody asks, once it is known under what name people come.
        self.matter = matter
        self.hosts: set[tuple[str, bytes]] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.pages = Shelf(settings.KEPT_PAGES)
        self.tables = Shelf(settings.KEPT_TABLES)
        self.sql = Shelf(settings.KEPT_SQL, settings.KEPT_SQL_SECONDS)
        self.coming: dict[Key, asyncio.Event] = {}

    def shelf(self, key: Key) -> Shelf:
        """Return the shelf on which an answer is put."""
        wanted = read(key[2])
        if wanted.brings_sql(self.ours.queries):
            return self.sql
        # Anybody can make up addresses, and names of the site: neither can push out pages.
        return self.pages if key[:2] in self.hosts and self.ours.has(wanted) else self.tables

    def find(self, key: Key) -> Answer | None:
        """Return the answer to a request, None if it is not kept."""
        # Looked for on each shelf: that is sooner done than to read the address.
        for shelf in (self.pages, self.tables, self.sql):
            if (found := shelf.find(key)) is not None:
                return found
        return None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer from memory, or ask the application and keep what it says."""
        key = key_of(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        if key[:2] not in self.hosts and len(self.hosts) < MOST_HOSTS and self.ours.has_page(read(key[2])):
            self.hosts.add(key[:2])
            task = asyncio.create_task(self.make_ready(scope))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        # Many ask for the same at once: one of them asks the application, the others wait for its answer.
        if self.find(key) is None and key in self.coming:
            await self.coming[key].wait()
        answer = self.find(key)
        if answer is None:
            await self.ask(key, scope, receive, send)
        elif has(scope, answer.etag):
            await send_not_modified(send, answer.headers)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": answer.headers})
            body = b"" if scope["method"] == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})

    async def ask(self, key: Key, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Ask the application, pass on what it says, and keep it if it lasts and is no larger than may be."""
        headers: Headers | None = None
        parts: list[bytes] = []
        size = 0

        async def passed_on(message: dict[str, Any]) -> None:
            nonlocal headers, size
            if message["type"] == "http.response.start":
                if message["status"] == 200 and may_be_kept(key, message["headers"]):
                    headers = [(name.lower(), value) for name, value in message["headers"]]
                else:
                    # Before it is sent, here and below: a slow reader keeps nobody waiting.
                    self.arrived(key, event)
            elif message["type"] == "http.response.body" and headers is not None:
                size += len(message.get("body", b""))
                if size > settings.LARGEST_KEPT:
                    headers = None
                    parts.clear()
                    self.arrived(key, event)
                else:
                    parts.append(message.get("body", b""))
                    if not message.get("more_body"):
                        self.shelf(key).put(key, answer_of(headers, b"".join(parts)))
                        self.arrived(key, event)
            await send(message)

        if scope["method"] == "HEAD":
            await self.app(scope, receive, send)
            return
        event = self.coming[key] = asyncio.Event()
        try:
            await self.app(scope, receive, passed_on)
        finally:
            self.arrived(key, event)

    async def make_ready(self, like: dict[str, Any]) -> None:
        """Ask for the pages that matter under the name that a visitor came by. Links in pages hold that name."""

        async def nothing(*_: Any) -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        host = [one for one in like["headers"] if one[0] == b"host"]
        for path in self.matter:
            await asyncio.sleep(PAUSE)
            wanted = {"path": path, "raw_path": path.encode(), "query_string": b"", "method": "GET"}
            headers = [*host, (b"accept-encoding", b"gzip")]
            await self(like | wanted | {"headers": headers}, nothing, nothing)

    def arrived(self, key: Key, event: asyncio.Event) -> None:
        """Let those go on who wait for an answer."""
        event.set()
        if self.coming.get(key) is event:
            del self.coming[key]


def may_be_kept(key: Key, headers: Headers) -> bool:
    """Tell whether an answer of status 200 is the same for all who ask with this key."""
    said = {name.lower(): value for name, value in headers}
    # Who did not ask for it compressed could not read it.
    readable = b"content-encoding" not in said or (said[b"content-encoding"] == b"gzip" and key[3])
    return b"etag" in said and b"set-cookie" not in said and readable


def key_of(scope: dict[str, Any]) -> Key | None:
    """Return what tells an answer from others; None where it is for this visitor only."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    said = dict(scope["headers"])
    if PERSONAL & said.keys():
        return None
    if len(said) < len(scope["headers"]) and twice(scope["headers"]):
        return None
    target = scope["raw_path"].partition(b"?")[0]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return scope["scheme"], said.get(b"host", b""), target, b"gzip" in said.get(b"accept-encoding", b"")


def twice(headers: Headers) -> bool:
    """Tell whether one of the headers that decide an answer is there twice."""
    names = [name for name, _ in headers]
    return any(names.count(name) > 1 for name in DECIDING)
