"""Lets the costly requests of visitors wait for each other, so that the pages wait for none of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from elections.site import settings


class Busy(Exception):
    """Too many are waiting for their turn."""


class Turns:
    """Lets a few run at once, and the others wait in a line that has an end."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.free = asyncio.Semaphore(at_once)
        self.waiting = 0
        self.longest = waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Turn"]:
        """Wait for a turn and hold it. Raises Busy where the line is full."""
        if self.free.locked() and self.waiting >= self.longest:
            raise Busy
        self.waiting += 1
        try:
            await self.free.acquire()
        finally:
            self.waiting -= 1
        turn = Turn(self.free)
        # Whoever reads a long answer slowly does not hold up the others.
        too_long = asyncio.get_running_loop().call_later(settings.LONGEST_TURN, turn.give_back)
        try:
            yield turn
        finally:
            too_long.cancel()
            turn.give_back()


class Turn:
    """A turn, which can be given back once."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self.free = free
        self.held = True

    def give_back(self) -> None:
        """Let the next one run."""
        if self.held:
            self.held = False
            self.free.release()

    def with_send(self, send: Any) -> Any:
        """Return a send that lets others run between the lines of a long answer, and the next one before its end."""
        parts = 0

        async def sent(message: dict[str, Any]) -> None:
            nonlocal parts
            if message["type"] == "http.response.body":
                parts += 1
                if not message.get("more_body"):
                    # The work is done, whenever the reader takes it.
                    self.give_back()
                elif parts % settings.PARTS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            await send(message)

        return sent
