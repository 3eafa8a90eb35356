"""Makes a CSV file that is downloaded fit for Excel.

It begins with a byte order mark, without which Excel garbles Arabic. A text that a spreadsheet would take for a formula
(it begins with =, +, -, @, a tab or a carriage return) gets an apostrophe before it: a formula can send what else is in
the file to a stranger. Numbers stay numbers.

Only where the address asks for a file (`_dl`, as the links of the pages and the box "download file" of Datasette do): a
program that reads the CSV of an address gets it exact.
"""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from datasette import hookimpl

MARK = "\ufeff".encode()
FORMULA = ("=", "+", "-", "@", "\t", "\r")
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def harmless(cell: str) -> str:
    """Put an apostrophe before a text that would be a formula."""
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def without_formulas(lines: bytes) -> bytes:
    """Do so in each cell of some lines. Datasette sends whole lines."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows(
        [harmless(cell) for cell in row] for row in csv.reader(io.StringIO(lines.decode(), newline=""))
    )
    return written.getvalue().encode()


@hookimpl
def asgi_wrapper() -> Callable[[App], App]:
    """Put the mark before the first bytes of each CSV file, and apostrophes before formulas."""

    def wrap(app: App) -> App:
        async def marked(scope: dict[str, Any], receive: Any, send: Any) -> None:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            if scope["type"] != "http" or "_dl" not in asked or not scope["path"].endswith(".csv"):
                await app(scope, receive, send)
                return
            to_mark = is_file = False

            async def send_marked(message: dict[str, Any]) -> None:
                nonlocal to_mark, is_file
                if message["type"] == "http.response.start":
                    to_mark = is_file = message["status"] == 200
                    message["headers"] = [one for one in message["headers"] if one[0].lower() != b"content-length"]
                elif is_file and message.get("body"):
                    message["body"] = MARK * to_mark + without_formulas(message["body"])
                    to_mark = False
                await send(message)

            await app(scope, receive, send_marked)

        return marked

    return wrap
