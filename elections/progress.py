"""Tells how far a long step is: a bar on a terminal, a plain line every few seconds elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 5.0  # seconds between two plain lines


class Progress:
    """Counts rows; says how many, how fast and how long it will still take."""

    def __init__(self, what: str, total: int, bar: bool) -> None:
        self.what = what
        self.total = total
        self.done = 0
        self.started = self.told = time.monotonic()
        self.bar = None
        if bar:
            # Most builds show none, and are spared what it takes to import.
            from tqdm import tqdm  # type: ignore[import-untyped]  # no stubs among our dependencies

            self.bar = tqdm(total=total, desc=what, unit=" rows", unit_scale=True, file=sys.stderr)

    def add(self, rows: int) -> str | None:
        """Count rows. Returns a line to tell, where it is time for one and no bar tells it."""
        self.done += rows
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(rows)
        elif now - self.told >= EVERY:
            self.told = now
            rate = self.done / (now - self.started)
            left = max(self.total - self.done, 0) / rate
            return (
                f"{self.what:<10}{self.done:>10,} of {self.total:,} rows, {rate:,.0f} a second, "
                f"about {left:,.0f} s left"
            )
        return None


@contextmanager
def progress(what: str, total: int, bar: bool) -> Iterator[Progress]:
    """Count rows for as long as the step takes."""
    counted = Progress(what, total, bar)
    try:
        yield counted
    finally:
        if counted.bar is not None:
            counted.bar.close()
