"""Lets in what this site answers: requests that read. Puts the rules for browsers on each answer.

What brings SQL of its own is marked, so that it runs within bounds (site.py), and waits its turn; so do the
tables of Datasette, and their Excel files, in lines of their own. Our pages do not wait, nor do the charts in them,
whose SQL comes in an address, too, and is known.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from elections.site import settings
from elections.site.asked import Asked, CutShort, Headers, Ours, Outcome, asked, outcome
from elections.site.site import as_page, patient, visitor
from elections.site.turns import Busy, Turns

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
METHODS = ("GET", "HEAD", "OPTIONS")
# Whatever else stands after the point, Datasette answers with a page.
FILE = re.compile(r"\.(csv|json|jsono|xlsx|blob|db)$")
# A page loads nothing from elsewhere. Vega compiles the expressions of a chart; styles stand in attributes.
RULES = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-eval'{inline}; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
# Datasette's own pages have scripts within them, ours have none.
DATASETTES = re.compile(r"/(elections|_memory|_internal|-)(/|\.|$)")
# What takes long to write: tables and answers to questions, also as files.
TABLES = re.compile(r"/(elections|_memory|_internal)([/.]|$)")
FILE_OF_ALL = "/elections.db"
# Scripts, styles and shapes of ours and of the packages: their names tell their types, and no visitor can add one.
OUR_FILES = re.compile(r"/(static|-/static|-/static-plugins)/")
# Charts may stand in the pages of others.
CHARTS = re.compile(r"/-/dashboards/")


class Gate:
    """The application behind a gate."""

    def __init__(self, app: App, ours: Ours) -> None:
        self.app = app
        self.ours = ours
        self.sql = Turns(settings.TURNS, settings.WAITING)
        self.tables = Turns(settings.TURNS, settings.WAITING)
        self.spreadsheets = Turns(1, settings.WAITING)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Refuse what does not read; mark what brings SQL; put the rules on the answer."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        wanted = asked(scope)
        start: dict[str, Any] | None = None

        async def with_rules(message: dict[str, Any]) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message | {"headers": with_rules_for(wanted.path, scope["scheme"], message["headers"])}
                return
            if start is not None:
                if not message.get("more_body") and scope["method"] != "HEAD" and start["status"] != 304:
                    # It comes in one piece, so its length is known.
                    start["headers"] = with_length(start["headers"], len(message.get("body", b"")))
                await send(start)
                start = None
            await send(message)

        async def refuse(status: int, reason: str, *more: tuple[bytes, bytes]) -> None:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"access-control-allow-origin", b"*"), *more]
            await with_rules({"type": "http.response.start", "status": status, "headers": headers})
            await with_rules({"type": "http.response.body", "body": reason.encode()})

        if refusal := refused(scope):
            # What else the visitor sends is not read.
            await refuse(*refusal, (b"allow", ", ".join(METHODS).encode()), (b"connection", b"close"))
            return
        visitor.set(wanted.brings_sql(self.ours.queries))
        as_page.set(not FILE.search(wanted.path))
        outcome.set(Outcome())
        turns = self.turns_for(wanted)
        patient.set(turns is not None)
        try:
            if turns is None:
                await self.app(scope, receive, with_rules)
            else:
                async with turns.turn() as turn:
                    await self.app(scope, receive, turn.with_send(with_rules))
        except CutShort:
            # Not finished, so that uvicorn hangs up: the reader learns that something is missing.
            return
        except Busy:
            await refuse(503, "Many people are asking for this just now. Please try again.", (b"retry-after", b"5"))

    def turns_for(self, wanted: Asked) -> Turns | None:
        """Return the line in which a request waits; None where it does not."""
        if visitor.get():
            return self.sql
        if wanted.path.endswith(".xlsx"):
            return self.spreadsheets
        if not TABLES.match(wanted.path) or wanted.path == FILE_OF_ALL or self.ours.has_chart(wanted):
            return None
        return self.tables


def with_length(headers: Headers, length: int) -> Headers:
    """Say how long an answer is."""
    return [*(one for one in headers if one[0].lower() != b"content-length"), (b"content-length", b"%d" % length)]


def refused(scope: dict[str, Any]) -> tuple[int, str] | None:
    """Return status and reason if a request is none that this site answers."""
    if scope["method"] not in METHODS:
        return 405, "This site can only be read."
    said = dict(scope["headers"])
    if said.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in said:
        return 413, "This site takes no content; ask with the address alone."
    return None


def with_rules_for(path: str, scheme: str, headers: Headers) -> Headers:
    """Tell a browser what it may do with an answer. Each header costs some of the 300,000 bytes of a page."""
    said = {name.lower(): value for name, value in headers}
    # Nobody signs in, so no page elsewhere may send a password here; and only some answers lead to further pages.
    left_out = {b"access-control-allow-headers"} | (set() if b"link" in said else {b"access-control-expose-headers"})
    headers = [one for one in headers if one[0].lower() not in left_out]
    if not OUR_FILES.match(path):
        headers.append((b"x-content-type-options", b"nosniff"))
    if said.get(b"content-type", b"").startswith(b"text/html"):
        # Frame-ancestors is what X-Frame-Options was; what browsers tell other sites by default, the host, is enough.
        rules = RULES.format(
            inline=" 'unsafe-inline'" if DATASETTES.match(path) else "",
            ancestors="*" if CHARTS.match(path) else "'self'",
        )
        headers.append((b"content-security-policy", rules.encode()))
    if scheme == "https":
        headers.append((b"strict-transport-security", b"max-age=31536000"))
    return headers
