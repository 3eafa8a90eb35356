"""Lets browsers and caches keep an answer, and learn cheaply whether it still holds.

The database is read-only and the site's files do not change while it runs, so an answer follows from the data, the
site and the address, the host included, with which links begin. The digest of these three is its validator (ETag). Who
has an answer asks with it (If-None-Match) and gets 304 without a query being run; a corrected figure or a changed
template changes every validator. It is weak (W/): a table says how many milliseconds it took, and datasette-gzip
compresses what leaves here.
"""

import functools
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import add_cors_headers

from elections.site.asked import Asked, asked, failed, has, send_not_modified

HERE = Path(__file__).resolve().parent.parent

DATABASE = "elections"
SITE = (
    "charts.yml", "elections", "metadata.yml", "plugins", "pyproject.toml", "serve.py", "sql", "static",
    "templates", "words",
)  # fmt: skip
# A minute spares a reader who goes back and forth every request, and hides a correction no longer than a minute, or
# two where a cache refreshes behind the reader's back. If no instance answers, yesterday's figures beat none.
KEPT = b"public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
# Only what has its own digest in its address may be kept without asking.
KEPT_FOR_EVER = b"public, max-age=31536000, immutable"
# What Datasette says of itself and of the visitor changes from one request to the next; these parts of it do not.
LASTING = re.compile(r"/-/(static|static-plugins|dashboards)(/|$)")
# Under these, a reader's own SQL may give another answer each time. SQLite takes quotes around the name of a function,
# and a comment after it.
FLEETING = re.compile(
    r"\b(random|randomblob|now|current_(date|time|timestamp)|(date|time|datetime|strftime|julianday|unixepoch)\W*\()",
    re.IGNORECASE,
)
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@functools.cache
def digest_of_site() -> str:
    """Return a digest of what, beside the data, decides an answer: our files, and the packages that these need.

    What else is installed, such as the tools of the tests, differs from machine to machine and answers nothing.
    """
    digest = hashlib.sha256()
    roots = [HERE / name for name in SITE]
    paths = [path for root in roots for path in (sorted(root.rglob("*")) if root.is_dir() else [root])]
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(HERE).as_posix()} {path.stat().st_size}\n".encode() + path.read_bytes())
    needed = set(re.findall(r"^([\w.-]+)==", (HERE / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))
    named = {(re.sub(r"[-_.]+", "-", one.name).lower(), one.version) for one in distributions()}
    digest.update("\n".join(sorted(f"{name} {version}" for name, version in named if name in needed)).encode())
    return digest.hexdigest()


def lasts(scope: dict[str, Any], wanted: Asked) -> bool:
    """Tell whether data, site and address alone decide the answer. A cookie or a password might, too."""
    if scope["method"] not in ("GET", "HEAD"):
        return False
    if any(name in (b"cookie", b"authorization") for name, _ in scope["headers"]):
        return False
    # What the SQL is given by name counts as well: datetime(:at)&at=now.
    said = (text for texts in wanted.parameters.values() for text in texts) if wanted.sql else ()
    if any(FLEETING.search(text) for text in said):
        return False
    return not wanted.path.startswith("/-/") or bool(LASTING.match(wanted.path))


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Put a validator and a term on each answer that lasts, and answer 304 to those who have it."""

    def wrap(app: App) -> App:
        data = datasette.get_database(DATABASE).hash if DATABASE in datasette.databases else None
        settings = json.dumps(datasette.settings_dict(), sort_keys=True)
        release = hashlib.sha256(f"{data} {digest_of_site()} {settings}".encode()).hexdigest()
        own_css = f"/-/static/app.css?{datasette.app_css_hash()}"

        async def kept(scope: dict[str, Any], receive: Any, send: Any) -> None:
            # A database that may change has no digest.
            if data is None or scope["type"] != "http" or not lasts(scope, wanted := asked(scope)):
                await app(scope, receive, send)
                return
            # Links in an answer begin with the scheme and the host.
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            address = f"{scope['scheme']}://{host}{wanted.sent}?{wanted.query}"
            etag = f'W/"{hashlib.sha256(f"{release} {address}".encode()).hexdigest()[:32]}"'
            terms = [
                (b"etag", etag.encode()),
                (b"cache-control", KEPT_FOR_EVER if address.endswith(own_css) else KEPT),
            ]
            if has(scope, etag.encode()):
                cors: dict[str, str] = {}
                if datasette.cors:
                    add_cors_headers(cors)
                more = [(name.lower().encode(), value.encode()) for name, value in cors.items()]
                vary = (b"vary", b"Cookie, Authorization, Accept-Encoding")
                await send_not_modified(send, [*terms, vary, *more])
                return

            async def send_with_terms(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start" and message["status"] == 200:
                    said = {name.lower(): value for name, value in message["headers"]}
                    private = re.search(rb"private|no-store", said.get(b"cache-control", b""))
                    # elections.db comes with a validator of its own, its SHA-256, which readers may want.
                    new = [one for one in terms if one[0] != b"etag" or b"etag" not in said]
                    if failed():
                        # A count, a facet or a label is missing that was not found in time; another time it is there.
                        new = [(b"cache-control", b"no-store")]
                    if not private and b"set-cookie" not in said:
                        old = [one for one in message["headers"] if one[0].lower() != b"cache-control"]
                        message = message | {"headers": [*old, *new]}
                await send(message)

            await app(scope, receive, send_with_terms)

        return kept

    return wrap
