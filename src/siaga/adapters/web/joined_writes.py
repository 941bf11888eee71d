"""One answer, one system call: what is written in the same turn of the loop leaves together.

uvicorn writes an answer's head and its body apart, and uvloop sends each at once. Two packets and two calls for
every small answer cost a tenth of the panic path.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class JoinedWrites:
    """A transport that keeps what is written until the turn ends. Everything else it passes on."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._call_soon = loop.call_soon
        self._kept: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send these bytes at the end of this turn, behind those that already wait."""
        if not self._kept:
            self._call_soon(self._send)
        self._kept.append(data)

    def close(self) -> None:
        """Send what waits, then close."""
        self._send()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        """Bytes not yet taken by the network, those that wait here included."""
        size: int = self._transport.get_write_buffer_size()
        return size + sum(map(len, self._kept))

    def _send(self) -> None:
        if self._kept:
            data = b"".join(self._kept)
            self._kept.clear()
            self._transport.write(data)


class JoiningProtocol(HttpToolsProtocol):
    """uvicorn's HTTP over such a transport."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]  # it is one by delegation
