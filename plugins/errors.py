"""Answers 400, not 500, where an address of Datasette's makes no sense.

What is wrong with a query or an address it tells as Datasette does, but within the site's own frame.

Datasette reads its parameters (_size, _next, _sort, _facet ...) with few checks and calls it an error of the server
when they make no sense. The same page without them works, so the address is at fault. What went wrong is logged all the
same, in a line. An unreadable file, used up memory and faults in our own code stay errors of the server.
"""

import errno
import re
import sqlite3
import sys
import traceback
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils import tilde_decode
from datasette.utils.asgi import Base400, NotFound, Request, Response
from datasette.views.base import DatasetteError
from jinja2 import TemplateError
from markupsafe import Markup

from elections.site import ROOT
from elections.site.database import FILE_ERRORS

# A table, a row, a query, a file; and what Datasette tells about itself.
DATASETTE = re.compile(r"/(elections|_internal|_memory|static|-)(/|\.|$)")
# What an address can bring about: a name that no file can have.
NAMES = {errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL}


def is_of_the_server(exception: Exception) -> bool:
    """Tell whether the machine or our own code is at fault, and not the address."""
    if isinstance(exception, OSError):
        return exception.errno not in NAMES
    if isinstance(exception, sqlite3.Error):
        return getattr(exception, "sqlite_errorcode", 0) & 0xFF in FILE_ERRORS
    if isinstance(exception, MemoryError | TemplateError):
        return True
    # Datasette and its plugins read the address. What our own code cannot do is a fault of it.
    for frame, _ in reversed(list(traceback.walk_tb(exception.__traceback__))):
        file = Path(frame.f_code.co_filename)
        if "site-packages" in file.parts:
            return False
        if file.is_relative_to(ROOT):
            return True
    return False


def explained(exception: Exception) -> str:
    """Say in a line what went wrong. An error of the system names the place of the file, which is nobody's business."""
    what = exception.strerror if isinstance(exception, OSError) else exception
    return f"{type(exception).__name__}: {what}"[:300]


@hookimpl(hookwrapper=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Generator[None, Any, None]:
    """Have one answer made, ours if there is one: Datasette makes each and sends the first (docs/upstream.md, 2)."""
    answers = yield
    ours = answer_to(datasette, request, exception)
    answers.force_result([ours] if ours else answers.get_result()[:1])


def answer_to(datasette: Datasette, request: Request, exception: Exception) -> Any:
    """Return what makes the answer to an exception; None where others have one, or Datasette."""
    if isinstance(exception, NotFound) and not re.search(r"\.\w+$", request.path):
        return lambda: not_found(datasette, request)
    if isinstance(exception, Base400):
        return lambda: answer(datasette, request, exception.status, exception.args[0])
    if isinstance(exception, DatasetteError) and exception.status < 500:
        error = Markup(exception.message) if exception.message_is_html else exception.message
        return lambda: answer(datasette, request, exception.status, error, exception.title, exception.error_dict)
    # An address with nothing in it that could be wrong.
    bare = not request.query_string and request.path.count("/") < 3 and "." not in request.path
    if (
        not DATASETTE.match(request.path)
        or is_of_the_server(exception)
        or (bare and not isinstance(exception, OSError))
    ):
        return lambda: failed(datasette, request, exception)
    told = explained(exception)
    print(f"Not understood: {request.path!r} {request.query_string!r}: {told}"[:1_000], file=sys.stderr, flush=True)
    return lambda: answer(datasette, request, 400, f"This address cannot be understood. {told}")


async def not_found(datasette: Datasette, request: Request) -> Response:
    """Answer for an address that is not there with a page that says what was probably meant."""
    # Datasette writes what is no plain letter in an address in a way of its own.
    address = tilde_decode(request.path)
    meant = re.sub(r"[-_+]+", " ", address.rpartition("/")[2]).strip()
    said = {"page": "404", "address": address, "meant": meant}
    return Response.html(await datasette.render_template("site/404.html", said, request=request), status=404)


async def answer(
    datasette: Datasette,
    request: Request,
    status: int,
    error: str,
    title: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Answer with an error, as JSON where that was asked for and as a page elsewhere, as Datasette does."""
    said = {**(more or {}), "ok": False, "error": error, "status": status, "title": title}
    if request.path.endswith(".json"):
        return Response.json(said, status=status)
    page = await datasette.render_template([f"{status}.html", "error.html"], said, request=request)
    return Response.html(page, status=status)


async def failed(datasette: Datasette, request: Request, exception: Exception) -> Response:
    """Answer 500, or 503 if it might work later. Datasette's own answer tells the error, and the places of files."""
    traceback.print_exception(exception)
    status, error, headers = 500, "The site cannot answer this. What went wrong is logged.", {}
    if isinstance(exception, QueryInterrupted):
        status, error, headers = 503, "The site has too much to do just now. Please try again.", {"Retry-After": "5"}
    said = {"ok": False, "error": error, "status": status, "title": None}
    if request.path.endswith(".json"):
        return Response.json(said, status=status, headers=headers)
    # Nothing of the database is asked for, which may be what failed.
    template = datasette.jinja_env.select_template([f"{status}.html", "error.html"])
    frame = {"urls": datasette.urls, "app_css_hash": datasette.app_css_hash(), "menu_links": lambda: []}
    return Response.html(await template.render_async(said | frame), status=status, headers=headers)
