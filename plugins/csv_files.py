"""Sends CSV files in blocks, and makes those that are downloaded fit for Excel.

Datasette sends each row by itself, which costs more than to make it.

A downloaded file (`_dl` in the address, as in the links of the pages) begins with a byte order mark, without which
Excel garbles Arabic. A text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage
return) gets an apostrophe before it: a formula can send what else is in the file to a stranger. Numbers stay numbers,
and a program that reads the CSV of an address gets it exact.
"""

import csv
import io
from typing import Any

from datasette import hookimpl

from elections.site import bounds
from elections.site.database import CutShort
from elections.site.requests import current

BLOCK = 65_536  # bytes
MARK = "\ufeff".encode()
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    """Do so in each cell of some whole lines."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows(
        [harmless(cell) for cell in row] for row in csv.reader(io.StringIO(lines.decode(), newline=""))
    )
    return written.getvalue().encode()


@hookimpl
def asgi_wrapper() -> Any:
    """Gather the rows of each CSV file."""

    def wrap(app: Any) -> Any:
        async def gathered(scope: dict[str, Any], receive: Any, send: Any) -> None:
            asked = current.get()
            if scope["type"] != "http" or asked is None or not asked.is_csv:
                await app(scope, receive, send)
                return
            is_download = any(name == "_dl" for name, _ in asked.parameters)
            is_file = False
            block = bytearray()
            size = 0

            async def send_blocks(message: dict[str, Any]) -> None:
                nonlocal is_file, size
                if message["type"] == "http.response.start":
                    # Datasette sends some other files whatever their address ends in, such as its icon.
                    said = dict(message["headers"])
                    is_file = is_download and said.get(b"content-type", b"").startswith(b"text/csv")
                    asked.is_being_written = True
                    if is_file:
                        message["headers"] = [one for one in message["headers"] if one[0].lower() != b"content-length"]
                        block.extend(MARK)
                    await send(message)
                    return
                lines = message.get("body", b"")
                size += len(lines)
                if size > bounds.CSV_FILE:
                    raise CutShort
                block.extend(without_formulas(lines) if is_file else lines)
                if len(block) >= BLOCK or not message.get("more_body"):
                    await send(message | {"body": bytes(block)})
                    block.clear()

            await app(scope, receive, send_blocks)

        return gathered

    return wrap
