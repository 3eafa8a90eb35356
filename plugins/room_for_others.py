"""Lets other requests be answered while Datasette prepares the cells of a long table.

A page of a thousand rows takes a third of a second, and Datasette pauses nowhere in it: without this, thirty of them
asked for at once keep everybody else waiting for seconds.
"""

import asyncio
import itertools
from collections.abc import Awaitable

from datasette import hookimpl

# Some five milliseconds.
CELLS = 200
cells = itertools.count(1)


@hookimpl(tryfirst=True)
def render_cell() -> Awaitable[None] | None:
    """Show a cell as it is, and now and then pause before it."""
    return None if next(cells) % CELLS else pause()


async def pause() -> None:
    """Let the others run."""
    await asyncio.sleep(0)
