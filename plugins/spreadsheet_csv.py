"""Begins a CSV file that is downloaded with a byte order mark, without which Excel garbles Arabic.

Only where the address asks for a file (`_dl`, as the links of the pages and the box "download file" of Datasette do):
a program that reads the CSV of an address gets it without.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from datasette import hookimpl

MARK = "\ufeff".encode()
App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@hookimpl
def asgi_wrapper() -> Callable[[App], App]:
    """Put the mark before the first bytes of each CSV file."""

    def wrap(app: App) -> App:
        async def marked(scope: dict[str, Any], receive: Any, send: Any) -> None:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            if scope["type"] != "http" or "_dl" not in asked or not scope["path"].endswith(".csv"):
                await app(scope, receive, send)
                return
            to_mark = False

            async def send_marked(message: dict[str, Any]) -> None:
                nonlocal to_mark
                if message["type"] == "http.response.start":
                    to_mark = message["status"] == 200
                    message["headers"] = [one for one in message["headers"] if one[0].lower() != b"content-length"]
                elif to_mark and message.get("body"):
                    message["body"] = MARK + message["body"]
                    to_mark = False
                await send(message)

            await app(scope, receive, send_marked)

        return marked

    return wrap
