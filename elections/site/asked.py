"""Reads what a request asks for, as Datasette reads it, and notes what came of it.

An address has many spellings: /elections.json?sql= and /~65lections.json?%73ql= ask for the same. How a request is
treated (gate.py), where its answer is kept (kept.py) and whether it lasts (plugins/etag.py) is decided by
what is read here, and so for every spelling alike.
"""

import re
import sqlite3
from collections.abc import Collection, Container, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from datasette.utils import tilde_decode

Headers = list[tuple[bytes, bytes]]
# Parameters that may hold SQL of the visitor.
SQL = ("sql", "_where")
# Our pages, but for those of which there are thousands: the figures, and whatever is searched for.
PAGE = re.compile(
    r"/|/ar|(/ar)?/(governorates|lists|compare|audit|sources|simulator|download|about"
    r"|(governorate|list|party|election|source)/[^/]+)"
)
# Scripts, styles and shapes, spelled in the one way in which pages ask for them.
FILE = re.compile(r"/(static|-/static|-/static-plugins)(/[\w-][\w.-]*)+")
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


class Ours:
    """Our pages and their charts, as they ask for each other: there are only so many, and nobody can add to them."""

    def __init__(self, queries: Iterable[str] = (), values: Mapping[str, Collection[str]] | None = None) -> None:
        # The SQL of the charts, and what the parameters of charts and pages can be.
        self.queries = frozenset(queries)
        self.values = values or {}
        # As a browser writes it (static/charts.js), with the parameters that it names.
        self.charts = {f"sql={quote(sql, safe='!~*()')}": set(re.findall(r":(\w+)", sql)) for sql in self.queries}

    def has(self, wanted: Asked) -> bool:
        """Tell whether this is one of our pages, or a file or a chart in it."""
        return self.has_page(wanted) or self.has_chart(wanted) or self.has_file(wanted)

    def has_page(self, wanted: Asked) -> bool:
        """Tell whether this is the address of a page, of an election that there is."""
        name, _, value = wanted.query.partition("=")
        known = not wanted.query or (name == "election" and value in self.values.get(name, ()))
        return known and bool(PAGE.fullmatch(wanted.sent))

    def has_file(self, wanted: Asked) -> bool:
        """Tell whether this is the address of a script, a style or a shape."""
        return not wanted.query and bool(FILE.fullmatch(wanted.sent))

    def has_chart(self, wanted: Asked) -> bool:
        """Tell whether this is a chart, of something that there is."""
        sql, *more = wanted.query.split("&")
        if wanted.sent != "/elections.json" or sql not in self.charts or len(set(more)) < len(more):
            return False
        pairs = [one.partition("=")[::2] for one in more if one not in ("", "_shape=objects")]
        return all(name in self.charts[sql] and value in self.values.get(name, ()) for name, value in pairs)


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


# What SQLite says when it cannot read the file, whatever it was asked.
OF_THE_FILE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
}  # fmt: skip


class Unreadable(OSError):
    """The database cannot be read. Datasette takes each error of SQLite for one of the visitor's SQL, but not this."""


def is_of_the_file(error: sqlite3.Error) -> bool:
    """Tell whether an error of SQLite is one of the file and not of the SQL."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in OF_THE_FILE


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
