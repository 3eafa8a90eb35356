"""Answers 400, not 500, where what a visitor put into an address of Datasette's cannot be understood.

Datasette reads its parameters (_size, _next, _sort, _facet ...) with few checks and calls it an error of the server
when they make no sense. The same page without them works, so the address is at fault. What went wrong is printed all
the same, in a line. A file that cannot be read, memory that is used up and a fault in our own code stay errors of ours.
"""

import errno
import re
import sqlite3
import sys
import traceback
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import add_cors_headers
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from jinja2 import TemplateError

from elections.site.asked import is_of_the_file

PROJECT = Path(__file__).resolve().parent.parent

# A table, a row, a query, a file; and what Datasette tells of itself.
DATASETTES = re.compile(r"/(elections|_internal|_memory|static|-)(/|\.|$)")
# What an address can bring about: a name that is none of a file.
NAMES = {errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL}


def is_ours(exception: Exception) -> bool:
    """Tell whether the machine or our own code is at fault, and not the address."""
    if isinstance(exception, OSError):
        return exception.errno not in NAMES
    if isinstance(exception, sqlite3.Error):
        return is_of_the_file(exception)
    if isinstance(exception, MemoryError | TemplateError):
        return True
    # Datasette and its plugins read the address. What our own code cannot do is a fault of it.
    for frame, _ in reversed(list(traceback.walk_tb(exception.__traceback__))):
        file = Path(frame.f_code.co_filename)
        if "site-packages" in file.parts:
            return False
        if file.is_relative_to(PROJECT):
            return True
    return False


@hookimpl(tryfirst=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Any:
    """Tell the visitor what Datasette could not read."""
    if isinstance(exception, Base400) or not DATASETTES.match(request.path) or is_ours(exception):
        return None
    if isinstance(exception, DatasetteError) and exception.status != 500:
        return None
    # An address with nothing in it that could be mistaken.
    bare = not request.query_string and request.path.count("/") < 3 and "." not in request.path
    if bare and not isinstance(exception, OSError):
        return None
    # An error of the system names the place of the file.
    what = exception.strerror if isinstance(exception, OSError) else exception
    told = f"{type(exception).__name__}: {what}"[:300]
    print(f"Not understood: {request.path!r} {request.query_string!r}: {told}"[:1_000], file=sys.stderr, flush=True)

    async def inner() -> Response:
        headers: dict[str, str] = {}
        if datasette.cors:
            add_cors_headers(headers)
        said = {"ok": False, "error": f"This address cannot be understood. {told}", "status": 400, "title": None}
        if request.path.endswith(".json"):
            return Response.json(said, status=400, headers=headers)
        if re.search(r"\.\w+$", request.path):
            return Response.text(str(said["error"]), status=400, headers=headers)
        page = await datasette.render_template(["400.html", "error.html"], said, request=request)
        return Response.html(page, status=400, headers=headers)

    return inner
