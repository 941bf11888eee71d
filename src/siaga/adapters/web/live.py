"""`GET /siaran`: the journal as server-sent events, for the person who is signed in here.

Raw ASGI, because a stream costs nothing but its bytes: no framework, one queue, one write for whatever has queued.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from siaga import clock
from siaga.adapters.web.answers import Receive, Scope, Send
from siaga.adapters.web.audience import Audience
from siaga.adapters.web.hub import Hub, Listener
from siaga.adapters.web.sessions import Sessions, cookie_name
from siaga.adapters.web.tokens import NotSignedIn
from siaga.domain.errors import TooBusy
from siaga.records.writer import DatabaseAway

LISTENERS_MAX = 5000  # at some 12 kB each 60 MB; beyond it the next web process should take them
STILL_SIGNED_IN_SECONDS = 60.0  # an open screen keeps its session alive, and is closed when that has ended

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy that gathers bytes would turn "live" into "sometimes"
]


class Live:
    """Answers /siaran."""

    def __init__(self, hub: Hub, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._hub = hub
        self._sessions = sessions
        self._now = now
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream, from sign-in to sign-out. Raises NotSignedIn, TooBusy before it has begun."""
        who = scope["state"]["asking"]
        if who.session is None:
            raise NotSignedIn
        if self._open >= LISTENERS_MAX:
            raise TooBusy("Terlalu banyak layar terbuka di server ini.")
        after = _last_event_id(who.headers.get(b"last-event-id"))
        cookie = _cookie(who.headers, cookie_name(who.scheme))
        viewer = who.session.viewer
        listener = await self._hub.join(Audience.of(viewer), viewer.person, after)
        self._open += 1
        left = asyncio.create_task(_until_left(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self._stream(listener, cookie, send)
        except asyncio.CancelledError:
            if not listener.closed:
                raise  # the server is stopping; otherwise the hub has cut a reader that takes nothing
        finally:
            self._open -= 1
            self._hub.leave(listener)
            left.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await left

    async def _stream(self, listener: Listener, cookie: str, send: Send) -> None:
        checked_at = clock.monotonic()
        while True:
            await listener.news.wait()
            listener.news.clear()
            if listener.closed:
                break
            chunk = b"".join(listener.chunks)
            listener.chunks.clear()
            listener.sending_since = clock.monotonic()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if listener.sending_since - checked_at > STILL_SIGNED_IN_SECONDS:
                checked_at = listener.sending_since
                if not await self._is_signed_in(cookie, self._now()):
                    break
            listener.sending_since = None
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _is_signed_in(self, cookie: str, now: datetime) -> bool:
        try:
            return await self._sessions.of_cookie(cookie, now) is not None
        except DatabaseAway:
            return True  # the hub's pulses have stopped by then; the screen knows


async def _until_left(receive: Receive, listener: Listener) -> None:
    """The only way ASGI tells that a reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.close()


def _last_event_id(given: bytes | None) -> int | None:
    return int(given) if given is not None and given.isdigit() and len(given) < 19 else None


def _cookie(headers: dict[bytes, bytes], name: str) -> str:
    pairs = (pair.partition("=") for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}.get(name, "")
