"""Tells how far a long step is: a bar on a terminal, a plain line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

EVERY = 5.0  # seconds between two plain lines


@contextmanager
def progress(what: str, total: int, bar: bool) -> Iterator[Callable[[int], str | None]]:
    """Show how many rows are done, how fast, and how long the others will take.

    Yields what to call with the number of rows done; it returns a line to tell, where it is time for one and no bar
    tells it.
    """
    started = told = time.monotonic()

    def at(done: int) -> str | None:
        nonlocal told
        rate = done / max(time.monotonic() - started, 0.001)
        shown.update(done - shown.pos, rate)
        if bar or not done or time.monotonic() - told < EVERY:
            return None
        told = time.monotonic()
        left = max(total - done, 0) / rate
        return f"{what:<10}{done:>10,} of {total:,} rows, {rate:,.0f} a second, about {left:,.0f} s left"

    with click.progressbar(
        length=total, label=what, hidden=not bar, file=sys.stderr, show_pos=True,
        item_show_func=lambda rate: f"{rate:,.0f} rows/s" if rate else None,
    ) as shown:  # fmt: skip
        yield at
