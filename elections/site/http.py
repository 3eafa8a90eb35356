"""The rules of HTTP: what may be asked, what an answer tells browsers and caches, and who waits for whom.

`wrapped` puts them around Datasette, the response cache outside.
"""

import asyncio
import functools
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from anyio import CapacityLimiter
from datasette.app import Datasette

from elections.site import ROOT, bounds
from elections.site.database import NAME, CutShort
from elections.site.requests import Asked, current, read
from elections.site.responses import Headers, ResponseCache, is_named, send_not_modified

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
METHODS = ("GET", "HEAD", "OPTIONS")
RETRY = (b"retry-after", b"5")

# A page loads nothing from elsewhere. Vega compiles the expressions of a chart; styles stand in attributes.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-eval'{inline}; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
# Datasette's own pages have scripts in them, ours have none.
DATASETTE_PAGE = re.compile(r"/(elections|_memory|_internal|-)(/|\.|$)")
# Scripts, styles and shapes: their names tell their types. Each header counts in the weight of a page.
OUR_FILE = re.compile(r"/(static|-/static|-/static-plugins)/")
# Charts may be embedded anywhere.
CHART = re.compile(r"/-/dashboards/")
# What takes long to render: tables and answers to questions, as pages and as files.
TABLE = re.compile(rf"/{NAME}[/.](?!db$)|/{NAME}$")

# A minute spares a reader who goes back and forth every request, and hides a correction no longer than a minute, or
# two where a cache refreshes behind the reader's back. If no instance answers, yesterday's figures beat none.
LASTING = b"public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
# Only what has its own digest in its address may be kept without asking.
FOR_EVER = b"public, max-age=31536000, immutable"
# What Datasette tells of itself and of the visitor changes from one request to the next; these parts do not.
LASTING_PARTS = re.compile(r"/-/(static|static-plugins|dashboards)(/|$)")
# With these, a visitor's SQL may give another answer each time. SQLite takes quotes around the name of a function, and
# a comment after it.
FLEETING = re.compile(
    r"\b(random|randomblob|now|current_(date|time|timestamp)|(date|time|datetime|strftime|julianday|unixepoch)\W*\()",
    re.IGNORECASE,
)
# What, beside the data, decides an answer.
SITE_FILES = (
    "charts.yml", "elections", "metadata.yml", "plugins", "pyproject.toml", "settings.json", "sql", "static",
    "templates", "words",
)  # fmt: skip


def wrapped(datasette: Datasette, app: App) -> App:
    """Put the rules around Datasette's application."""
    cache = ResponseCache(Rules(datasette, app))
    address = (datasette.plugin_config("elections-site") or {}).get("address")
    return Address(address, cache) if address else cache


class Address:
    """ASGI middleware that serves under the address of the site, by whatever name a visitor came.

    Some links of Datasette's and all citations begin with the host. With a set address no request can put another name
    into an answer or into the cache. Without one, each name has answers of its own.
    """

    def __init__(self, address: str, app: App) -> None:
        self.app = app
        self.scheme, self.host = urlsplit(address)[:2]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Put the address of the site into the request."""
        if scope["type"] == "http":
            others = [one for one in scope["headers"] if one[0] != b"host"]
            scope = scope | {"scheme": self.scheme, "headers": [(b"host", self.host.encode()), *others]}
        await self.app(scope, receive, send)


class Validators:
    """Lets browsers and caches keep an answer, and learn cheaply whether it still holds.

    The data and the files of the site do not change while it runs, so they and the address decide an answer. The digest
    of these is its validator (ETag). Who has an answer sends it along (If-None-Match) and gets 304 without a query; a
    corrected figure or a changed template changes every validator. It is weak (W/), since a table says how long its
    queries took, and compression changes the bytes.
    """

    def __init__(self, datasette: Datasette) -> None:
        self.datasette = datasette

    @functools.cached_property
    def release(self) -> str:
        """The digest of data, site and settings."""
        data = self.datasette.get_database(NAME).hash
        settings = json.dumps(self.datasette.settings_dict(), sort_keys=True)
        return hashlib.sha256(f"{data} {digest_of_site()} {settings}".encode()).hexdigest()

    @functools.cached_property
    def own_css(self) -> str:
        """The one address that has a digest in it."""
        return f"/-/static/app.css?{self.datasette.app_css_hash()}"

    def terms(self, scope: dict[str, Any], asked: Asked) -> Headers:
        """Return the validator of an answer that lasts, and how long it may be kept; nothing for other answers."""
        if not lasts(scope, asked):
            return []
        sent = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        host = next((value for name, value in reversed(scope["headers"]) if name == b"host"), b"").decode("latin-1")
        address = f"{scope['scheme']}://{host}{sent}?{query}"
        etag = f'W/"{hashlib.sha256(f"{self.release} {address}".encode()).hexdigest()[:16]}"'.encode()
        return [(b"etag", etag), (b"cache-control", FOR_EVER if f"{sent}?{query}" == self.own_css else LASTING)]


def with_terms(terms: Headers, asked: Asked, headers: Headers) -> Headers:
    """Put validator and terms on an answer, unless it is for one visitor or a part of it is missing."""
    said = {name.lower(): value for name, value in headers}
    if not terms or re.search(rb"private|no-store", said.get(b"cache-control", b"")) or b"set-cookie" in said:
        return headers
    # elections.db comes with a validator of its own, its SHA-256.
    new = [one for one in terms if one[0] != b"etag" or b"etag" not in said]
    if asked.failed_queries:
        # A count, a facet or a label was not found in time; another time it is.
        new = [(b"cache-control", b"no-store")]
    return [*(one for one in headers if one[0].lower() != b"cache-control"), *new]


def lasts(scope: dict[str, Any], asked: Asked) -> bool:
    """Tell whether data, site and address alone decide the answer. A cookie or a password might, too."""
    if scope["method"] not in ("GET", "HEAD"):
        return False
    if any(name in (b"cookie", b"authorization") for name, _ in scope["headers"]):
        return False
    # What SQL is given by name counts as well: datetime(:at)&at=now.
    if asked.is_visitor_sql and any(FLEETING.search(value) for _, value in asked.parameters):
        return False
    return not asked.path.startswith("/-/") or bool(LASTING_PARTS.match(asked.path))


@functools.cache
def digest_of_site() -> str:
    """Return a digest of our files and of the packages that they need.

    What else is installed, such as the tools of the tests, differs from machine to machine and decides no answer.
    """
    digest = hashlib.sha256()
    for path in site_files():
        digest.update(f"{path.relative_to(ROOT).as_posix()} {path.stat().st_size}\n".encode() + path.read_bytes())
    needed = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
    named = {(re.sub(r"[-_.]+", "-", one.name).lower(), one.version) for one in distributions()}
    digest.update("\n".join(sorted(f"{name} {version}" for name, version in named if name in needed)).encode())
    return digest.hexdigest()


def site_files() -> list[Path]:
    """List our files that decide an answer."""
    roots = [ROOT / name for name in SITE_FILES]
    paths = [path for root in roots for path in (sorted(root.rglob("*")) if root.is_dir() else [root])]
    return [path for path in paths if path.is_file() and path.suffix != ".pyc"]


class Rules:
    """ASGI middleware: refuses what this site does not answer, bounds what may be asked for, and adds the rules."""

    def __init__(self, datasette: Datasette, app: App) -> None:
        self.datasette = datasette
        self.app = app
        self.validators = Validators(datasette)
        # Pages wait for nobody. Whoever brings SQL has a process at once with the turn, and renders within it, too.
        self.tables = CapacityLimiter(bounds.TABLES_AT_ONCE)
        self.queries = CapacityLimiter(bounds.SQL_PROCESSES)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, self.starting_processes(send))
            return
        if scope["type"] != "http":
            return
        # A plugin of Datasette's may ask the site itself. Its request is a part of one that has had its turn.
        is_nested = current.get() is not None
        asked = read(scope, self.own_sql)
        terms = self.validators.terms(scope, asked)
        has_begun = False
        give_back: Callable[[], None] | None = None

        async def send_with_rules(message: dict[str, Any]) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                if give_back:
                    # Who reads a long answer slowly does not hold up the others.
                    asyncio.get_running_loop().call_later(bounds.LONGEST_TURN, give_back)
                headers = message["headers"]
                if message["status"] == 200:
                    headers = with_terms(terms, asked, headers)
                message = message | {"headers": with_rules(asked.path, scope["scheme"], headers)}
            elif message.get("more_body"):
                # Between the lines of a long file others are answered.
                await asyncio.sleep(0)
            await send(message)

        async def refuse(status: int, reason: str, *headers: tuple[bytes, bytes]) -> None:
            plain = (b"content-type", b"text/plain; charset=utf-8")
            await send_with_rules({"type": "http.response.start", "status": status, "headers": [plain, *headers]})
            await send_with_rules({"type": "http.response.body", "body": reason.encode()})

        if refusal := refused(scope):
            # Whatever else the visitor sends is not read.
            await refuse(*refusal, (b"allow", ", ".join(METHODS).encode()), (b"connection", b"close"))
            return
        if sum(name.startswith("_facet") and name != "_facet_size" for name, _ in asked.parameters) > bounds.FACETS:
            await refuse(400, f"Ask for at most {bounds.FACETS} facets at a time.")
            return
        wanted = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
        if terms and is_named(wanted, terms[0][1]):
            await send_not_modified(send_with_rules, [*terms, (b"vary", b"Cookie, Authorization, Accept-Encoding")])
            return
        line, most = (self.queries, bounds.SQL_QUEUE) if asked.is_visitor_sql else (self.tables, bounds.TABLE_QUEUE)
        waits = not is_nested and (asked.is_visitor_sql or (TABLE.match(asked.path) and not is_chart(asked)))
        if waits and line.statistics().tasks_waiting >= most:
            await refuse(503, "Many people are asking for this just now. Please try again.", RETRY)
            return
        token = current.set(asked)
        try:
            bounded = scope | {"query_string": bounded_query(asked, scope["query_string"])}
            give_back = await take_turn(line) if waits else None
            await self.app(bounded, receive, send_with_rules)
        except CutShort as error:
            # If a part is sent, the server closes the connection, and the reader learns that something is missing.
            if not has_begun:
                await refuse(503, f"This file cannot be made. {error.__cause__ or ''}", RETRY)
        finally:
            if give_back:
                give_back()
            current.reset(token)

    def starting_processes(self, send: Any) -> Any:
        """Return a send that gets Datasette and the processes for visitors' SQL ready, so that no visitor waits."""

        async def send_and_start(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                # Datasette does so as a part of the first request, and fails those that come meanwhile.
                await self.datasette.invoke_startup()
                self.starting = asyncio.create_task(self.datasette.get_database(NAME).start_processes())
            await send(message)

        return send_and_start

    @functools.cached_property
    def own_sql(self) -> frozenset[str]:
        """The SQL of our charts, which the pages send back in addresses."""
        dashboards = self.datasette.plugin_config("datasette-dashboards") or {}
        return frozenset(chart["query"] for dashboard in dashboards.values() for chart in dashboard["charts"].values())


async def take_turn(line: CapacityLimiter) -> Callable[[], None]:
    """Wait until one of those before is done. Returns a function that gives the turn to the next."""
    turn = object()
    await line.acquire_on_behalf_of(turn)

    def give_back() -> None:
        if turn in line.statistics().borrowers:
            line.release_on_behalf_of(turn)

    return give_back


def is_chart(asked: Asked) -> bool:
    """Tell whether a request that brings no SQL of the visitor's is for the data of a chart. Pages wait for nobody."""
    return asked.path == f"/{NAME}.json" and any(name == "sql" for name, _ in asked.parameters)


def refused(scope: dict[str, Any]) -> tuple[int, str] | None:
    """Return status and reason if a request is none that this site answers."""
    if scope["method"] not in METHODS:
        return 405, "This site can only be read."
    said = dict(scope["headers"])
    if said.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in said:
        return 413, "This site takes no content; ask with the address alone."
    return None


def bounded_query(asked: Asked, query: bytes) -> bytes:
    """Return the query string with what Datasette would render for seconds cut down to what is bearable."""
    most = {"_facet_size": bounds.FACET_VALUES} | ({"_size": bounds.PAGE_ROWS} if asked.is_page else {})

    def bounded(name: str, value: str) -> str:
        too_many = name in most and (value == "max" or (value.isdecimal() and float(value) > most[name]))
        return str(most[name]) if too_many else value

    pairs = [(name, bounded(name, value)) for name, value in asked.parameters]
    # As sent, where nothing is cut down: links in the page repeat it.
    return query if pairs == asked.parameters else urlencode(pairs).encode()


def with_rules(path: str, scheme: str, headers: Headers) -> Headers:
    """Tell a browser what it may do with an answer."""
    said = {name.lower(): value for name, value in headers}
    is_page = said.get(b"content-type", b"").startswith(b"text/html")
    # Anybody's page may read what anybody may read. Nobody signs in, so there is nothing to protect.
    new = [(b"x-content-type-options", b"nosniff"), (b"access-control-allow-origin", b"*")]
    if OUR_FILE.match(path):
        new = []
    if b"link" in said:
        new.append((b"access-control-expose-headers", b"Link"))
    if is_page:
        policy = POLICY.format(
            inline=" 'unsafe-inline'" if DATASETTE_PAGE.match(path) else "",
            ancestors="*" if CHART.match(path) else "'self'",
        )
        new.append((b"content-security-policy", policy.encode()))
    if scheme == "https":
        new.append((b"strict-transport-security", b"max-age=31536000"))
    return [*headers, *new]
