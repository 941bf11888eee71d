"""The short way: a small, whole, ordinary request is answered without the machinery of a framework.

uvicorn makes a scope, a cycle, an event and a task for every request: nearly half of what a panic press costs. A
connection begins here. As long as each piece that comes is exactly one plain POST to the address of a `Shortcut`
(parsed by the same llhttp uvicorn uses), the shortcut answers it. Whatever is anything else (another address, a
request in pieces or with a second one behind it, a body in chunks, a shortcut that declines) is handed with all its
bytes to uvicorn, which keeps the connection from then on. So nothing is understood here that is not understood
there, and declining is always safe: nothing has been answered yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from siaga.adapters.web.joined_writes import JoiningProtocol

WAITING_BYTES_MAX = 65_536  # as much may arrive behind a request under way; then the far end must wait
_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade", b"connection", b"content-encoding"))
# "connection" too: keep-alive is the default, and closing after the answer is uvicorn's business.
_HEAD = b"HTTP/1.1 201 Created\r\n%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"

Headers = list[tuple[bytes, bytes]]


class Shortcut(Protocol):
    """Something that can answer small requests at once."""

    line: bytes
    """How such a request begins, to the end of its first line."""

    def begin(self, headers: Headers, body: bytes) -> asyncio.Future[Any] | None:
        """Begin to deal with it, or decline without having done anything. Must not raise.

        A future that fails means: ask the long way; it will do or refuse the same thing once.
        """

    def answered(self, outcome: Any, began: float) -> bytes:
        """The JSON of the answer (201). ``began``: the loop's time when the request came."""


class ShortWay(asyncio.Protocol):
    """One connection, until uvicorn takes it."""

    def __init__(
        self,
        shortcut: Shortcut,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._shortcut = shortcut
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._idle_seconds_max: float = config.timeout_keep_alive
        self._inner: Callable[[], JoiningProtocol] = lambda: JoiningProtocol(
            config, server_state, app_state, self._loop
        )
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._idle: asyncio.TimerHandle | None = None
        self._last_at = 0.0
        self._request = b""  # the one under way
        self._waiting = b""  # what came behind it
        self._paused = False
        self._closing = False
        self._headers: Headers = []
        self._body = b""
        self._begun = self._whole = 0
        self._plain = True

    # --- the connection ---------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        self._transport = transport
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn only ever calls shutdown() on them
        self._last_at = self._loop.time()
        self._idle = self._loop.call_later(self._idle_seconds_max, self._look_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """The far end is gone. What is under way is recorded all the same; its key answers a retry."""
        self._forget()
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """A request, or what comes behind one."""
        if self._request:
            self._waiting += data
            if len(self._waiting) > WAITING_BYTES_MAX and not self._paused:
                self._paused = True
                self._transport.pause_reading()
            return
        outcome = self._begin(data)
        if outcome is None:
            self._hand_over(data)
            return
        self._last_at = self._loop.time()
        self._request = data
        outcome.add_done_callback(self._answer)

    def shutdown(self) -> None:
        """The server stops: what is under way is still answered."""
        if self._request:
            self._closing = True
        elif self._transport is not None:
            self._transport.close()

    # --- one request ------------------------------------------------------------------------------------

    def _begin(self, data: bytes) -> asyncio.Future[Any] | None:
        if not data.startswith(self._shortcut.line):
            return None
        self._headers, self._body, self._begun, self._whole, self._plain = [], b"", 0, 0, True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            return None  # uvicorn says what is wrong with it
        if not self._plain or self._begun != 1 or self._whole != 1:
            return None
        return self._shortcut.begin(self._headers, self._body)

    def on_message_begin(self) -> None:
        """Called by the parser."""
        self._begun += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        name = name.lower()
        if name in _UNUSUAL:
            self._plain = False
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body += body

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._whole += 1

    def _answer(self, outcome: asyncio.Future[Any]) -> None:
        if self._transport is None:
            outcome.exception()  # looked at, so that nobody complains that nobody did
            return
        request, self._request = self._request, b""
        if outcome.cancelled() or outcome.exception() is not None:
            self._hand_over(request + self._take_waiting())
            return
        body = self._shortcut.answered(outcome.result(), self._last_at)
        self._state.total_requests += 1
        self._transport.write(_HEAD % (_lines(self._state.default_headers), len(body), body))
        if self._closing:
            self._transport.close()
        elif waiting := self._take_waiting():
            self.data_received(waiting)

    # --- leaving ----------------------------------------------------------------------------------------

    def _take_waiting(self) -> bytes:
        waiting, self._waiting = self._waiting, b""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return waiting

    def _hand_over(self, data: bytes) -> None:
        """uvicorn goes on with this connection, from these bytes."""
        self._forget()
        inner, transport, closing = self._inner(), self._transport, self._closing
        self._transport = None
        inner.connection_made(transport)
        transport.set_protocol(inner)
        inner.data_received(data)
        if closing:
            inner.shutdown()

    def _forget(self) -> None:
        self._state.connections.discard(self)
        if self._idle is not None:
            self._idle.cancel()

    def _look_if_idle(self) -> None:
        """One timer a connection, not one a request."""
        left = self._last_at + self._idle_seconds_max - self._loop.time()
        if left <= 0 and not self._request:
            self._transport.close()
        else:
            self._idle = self._loop.call_later(max(left, 1.0), self._look_if_idle)


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The server's own headers (the date), as they stand in an answer."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
