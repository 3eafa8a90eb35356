"""Speaks HTTP: uvicorn's protocol, with a short way to kept answers and an end to what a visitor may send.

The short way takes a request that came in one piece, asks for nothing unusual and has an answer in memory, and writes
that answer: no task, no scope, no parser. It makes the site about as fast as a server of files. Whatever else comes
goes the long way through uvicorn, and gets the same answer there.
"""

import asyncio
import functools
from collections.abc import Collection
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from elections.site import settings
from elections.site.asked import is_named
from elections.site.kept import Kept

# A request with a header of these goes the long way.
UNUSUAL = (b"cookie", b"authorization", b"range", b"content-length", b"transfer-encoding", b"expect", b"upgrade")
END = b"\r\n\r\n"
# Bytes of a request that may go the short way, and of one that is remembered.
PLAIN = 4_096
SHORT = 1_024
TOO_LONG = b"The address or the headers are too long."


async def too_long(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request whose head is too long."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": TOO_LONG})


# Host, target, whether it takes gzip, If-None-Match.
Plain = tuple[bytes, bytes, bool, bytes]


def understood(data: bytes) -> Plain | None:
    """Read a plain request that came whole. None if it is not one.

    Short ones are remembered, since browsers of one make, and machines, ask for the same in the same words.
    """
    size = len(data)
    if size > PLAIN or not data.startswith(b"GET /") or not data.endswith(END):
        return None
    return remembered(data) if size <= SHORT else read_plain(data)


def read_plain(data: bytes) -> Plain | None:
    """Read what may be a plain request."""
    if data.count(END) != 1:
        return None
    line, *headers = data[: -len(END)].split(b"\r\n")
    parts = line.split(b" ")
    if len(parts) != 3 or parts[2] != b"HTTP/1.1" or b"#" in parts[1]:
        return None
    said: dict[bytes, bytes] = {}
    for header in headers:
        name, colon, value = header.partition(b":")
        name = name.lower()
        # A header given twice, or folded, is for uvicorn to judge.
        if not colon or name in said or name in UNUSUAL or name.startswith((b"x-forwarded", b" ", b"\t")):
            return None
        said[name] = value.strip()
    if not said.get(b"host") or said.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    wanted = said.get(b"if-none-match", b"")
    return said[b"host"], parts[1], b"gzip" in said.get(b"accept-encoding", b""), wanted


remembered = functools.lru_cache(maxsize=1_000)(read_plain)


class Protocol(HttpToolsProtocol):
    """One connection."""

    kept: Kept  # set once, before the first connection
    open: Collection[Any] = ()  # the connections of this process

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.head_size = 0  # bytes of a request whose headers are not complete
        self.in_head = False
        self.head_timer: asyncio.TimerHandle | None = None
        self.reader_timer: asyncio.TimerHandle | None = None
        self.last_answer = 0.0

    def connection_made(self, transport: Any) -> None:
        """Give a new visitor some seconds to say what is wanted."""
        super().connection_made(transport)
        Protocol.open = self.connections
        if len(self.connections) > settings.CONNECTIONS:
            transport.abort()
            return
        self.head_timer = self.loop.call_later(settings.SLOWEST_HEAD, self.give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection with all that waits for it."""
        self.stop_head_timer()
        if self.reader_timer is not None:
            self.reader_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer at once where that is possible; else let uvicorn read what came, if it is not too much."""
        if not self.in_head and self.is_idle() and self.answered(data):
            return
        self.head_size += len(data)
        super().data_received(data)
        if not self.in_head:
            self.head_size = 0
        elif self.head_size > settings.LARGEST_HEAD:
            self.refuse(b"431 Request Header Fields Too Large", TOO_LONG)

    def on_message_begin(self) -> None:
        """Note that a request begins, and give it some seconds."""
        self.in_head = True
        if self.head_timer is None:
            self.head_timer = self.loop.call_later(settings.SLOWEST_HEAD, self.give_up)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Have a request answered, or refused if it came in one piece that is too long."""
        self.in_head = False
        self.stop_head_timer()
        application = self.app
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > settings.LARGEST_HEAD:
            self.app = too_long
        super().on_headers_complete()
        self.app = application

    def is_idle(self) -> bool:
        """Tell whether nothing is being asked or answered."""
        cycle: Any = self.cycle  # none before the first request
        return (cycle is None or cycle.response_complete) and not self.pipeline

    def answered(self, data: bytes) -> bool:
        """Answer a plain request from memory. Returns False where it must go the long way."""
        asked = understood(data)
        if asked is None or self.flow.write_paused or self.transport.is_closing():
            return False
        host, target, compressed, wanted = asked
        answer = self.kept.find((str(self.scheme), host, target, compressed))
        if answer is None:
            return False
        if wanted and is_named(wanted, answer.etag):
            self.transport.write(b"".join((answer.not_modified, self.date(), END[2:])))
        else:
            self.transport.write(b"".join((answer.head, self.date(), END[2:], answer.body)))
        self.last_answer = self.loop.time()
        self.stop_head_timer()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        return True

    def date(self) -> bytes:
        """Write the header that uvicorn puts on each answer."""
        return b"".join(b"%b: %b\r\n" % one for one in self.server_state.default_headers)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nothing came over for a while. The short way does not set the clock anew."""
        left = self.last_answer + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        """Give a reader some seconds to take what was written."""
        super().pause_writing()
        if self.reader_timer is None:
            self.reader_timer = self.loop.call_later(settings.SLOWEST_READER, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that the reader has taken it."""
        super().resume_writing()
        if self.reader_timer is not None:
            self.reader_timer.cancel()
            self.reader_timer = None

    def stop_head_timer(self) -> None:
        """Stop the clock of a request that has come."""
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def give_up(self) -> None:
        """Close a connection over which no whole request came."""
        self.head_timer = None
        self.refuse(b"408 Request Timeout", b"The request did not come within %d s." % settings.SLOWEST_HEAD)

    def refuse(self, status: bytes, reason: bytes) -> None:
        """Say why, and hang up."""
        if not self.transport.is_closing():
            lines = (b"content-type: text/plain; charset=utf-8", b"content-length: %d" % len(reason))
            head = b"\r\n".join((b"HTTP/1.1 " + status, *lines, b"connection: close"))
            self.transport.write(head + END + reason)
            self.transport.close()
