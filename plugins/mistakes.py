"""Answers 400, not 500, where what a visitor put into an address of Datasette's cannot be understood.

Datasette reads its parameters (_size, _next, _sort, _facet ...) with few checks and calls it an error of the server
when they make no sense. The same page without them works, so the address is at fault. What went wrong is printed all
the same, in a line, so that a real error of ours does not hide behind it.
"""

import re
import sys
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import add_cors_headers
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError

# A table, a row, a query, a file; and what Datasette tells of itself.
DATASETTES = re.compile(r"/(elections|_internal|_memory|-)(/|\.|$)")


@hookimpl(tryfirst=True)
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Any:
    """Tell the visitor what Datasette could not read."""
    if isinstance(exception, Base400) or not DATASETTES.match(request.path):
        return None
    if isinstance(exception, DatasetteError) and exception.status != 500:
        return None
    if not request.query_string and request.path.count("/") < 3 and "." not in request.path:
        return None
    told = f"{type(exception).__name__}: {exception}"[:300]
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
