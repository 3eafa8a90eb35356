"""uvicorn's protocol, with head and body of an answer in one write: each write is a call of the system and a packet."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Joining:
    """A transport that holds back what is written until more comes, or until the loop has nothing else to do."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.held = b""
        self.loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        """Return whatever else a transport has."""
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Hold a first part back, and send the second with it."""
        if self.held:
            self.held += data
            self.flush()
        elif data:
            self.held = data
            self.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is held back."""
        held, self.held = self.held, b""
        if held:
            self.transport.write(held)

    def close(self) -> None:
        """Send what is held back, and close."""
        self.flush()
        self.transport.close()


class JoiningProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, on a transport that joins writes."""

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        super().connection_made(Joining(transport))  # type: ignore[arg-type]
