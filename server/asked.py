"""Reads what a request asks for, as Datasette reads it, and notes what came of it.

An address has many spellings: /elections.json?sql= and /~65lections.json?%73ql= ask for the same. How a request is
treated (server/gate.py), where its answer is kept (server/kept.py) and whether it lasts (plugins/etag.py) is decided by
what is read here, and so for every spelling alike.
"""

from collections.abc import Container, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from datasette.utils import tilde_decode

Headers = list[tuple[bytes, bytes]]
# Parameters that may hold SQL of the visitor.
SQL = ("sql", "_where")
# What tells of a body. The answer that it has not changed has none.
OF_A_BODY = {b"content-type", b"content-length", b"content-encoding", b"content-disposition", b"transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Asked:
    """An address: the path as Datasette reads it, path and query string as sent, and the parameters."""

    path: str
    sent: str
    query: str
    parameters: Mapping[str, list[str]]

    @property
    def sql(self) -> list[str]:
        """The SQL that comes with the address, whatever page it is sent to."""
        return [text for name in SQL for text in self.parameters.get(name, ())]

    def brings_sql(self, own_queries: Container[str]) -> bool:
        """Tell whether there is SQL that is not of a chart of ours."""
        return "_where" in self.parameters or any(text not in own_queries for text in self.sql)


def asked(scope: Mapping[str, Any]) -> Asked:
    """Read the address of a request."""
    # As sent: %2F in it is no slash.
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    return read(path + b"?" + scope.get("query_string", b""))


def read(target: bytes) -> Asked:
    """Read an address, given as sent."""
    path, _, query = target.decode("latin-1").partition("?")
    return Asked(tilde_decode(path), path, query, parse_qs(query, keep_blank_values=True))


@dataclass(slots=True)
class Outcome:
    """What came of the queries of a request, all of them: what runs for it in other tasks writes here, too."""

    # How many gave an error, or were stopped. Datasette leaves out a count, a facet or a label then, or ends a file.
    failed: int = 0


# Of the request that is answered just now.
outcome: ContextVar[Outcome | None] = ContextVar("outcome", default=None)


def failed() -> int:
    """Return how many queries of this request have failed yet."""
    found = outcome.get()
    return found.failed if found else 0


class CutShort(BaseException):
    """An answer of which a part has left cannot be finished. Datasette takes each Exception for the end of a file."""


def has(scope: Mapping[str, Any], etag: bytes) -> bool:
    """Tell whether who asks has the answer of this validator."""
    return is_named(b",".join(value for name, value in scope["headers"] if name == b"if-none-match"), etag)


def is_named(wanted: bytes, etag: bytes) -> bool:
    """Tell whether an If-None-Match names a validator."""
    plain = etag.removeprefix(b"W/")
    return plain in wanted and any(one.strip().removeprefix(b"W/") == plain for one in wanted.split(b","))


def without_body(headers: Headers) -> Headers:
    """Return those of the headers of an answer that also go with the news that it has not changed."""
    return [one for one in headers if one[0] not in OF_A_BODY]


async def send_not_modified(send: Any, headers: Headers) -> None:
    """Answer who has the answer with these headers that it still holds."""
    await send({"type": "http.response.start", "status": 304, "headers": without_body(headers)})
    await send({"type": "http.response.body", "body": b""})
