"""The line to the exchange: orders over HTTP, events over a websocket (the Asterisk REST Interface).

The password travels in a header, never in an address, because addresses are what programs log.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from siaga.adapters.phone.asterisk.options import PING_SECONDS, AsteriskOptions

log = logging.getLogger(__name__)

MESSAGE_BYTES_MAX = 256 * 1024  # an event is 2 kB
EVENTS_WAITING_MAX = 2000  # a burst of a hundred calls is some hundred events; none is thrown away below that
CLOSE_SECONDS_MAX = 1.0
AWAY = frozenset({502, 503, 504})
# 503: it has not finished starting, or is on its way down; the others are said by a proxy before it.
REASON_CHARACTERS_MAX = 200

NOT_OURS = frozenset({404, 409, 410, 422})
# 404: there is no such channel. 409 and 422: it is not, or no longer, in our hands.

_QUIET = ("httpx", "httpcore", "websockets.client")
# They would write every address, and with it callers' numbers, and at DEBUG our password, into the log.


class AriAway(Exception):
    """The exchange cannot be reached, or has not answered in time. Whether it did as told is not known."""


class AriRefused(Exception):
    """The exchange said no. ``status`` is HTTP's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{reason[:REASON_CHARACTERS_MAX]} ({status})")
        self.status = status


class NotThere(AriRefused):
    """The channel or bridge is gone, or no longer in our hands. Expected: people hang up at any moment."""


class Ari:
    """One exchange. `ask` gives orders, `listen` hears what happens; both may fail and be tried again."""

    def __init__(self, options: AsteriskOptions) -> None:
        self._options = options
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
        secure = options.url.startswith("https:")
        self._tls = ssl.create_default_context() if secure else None
        self._http = httpx.AsyncClient(
            base_url=f"{options.url}/ari/",
            auth=httpx.BasicAuth(options.user, options.password),
            timeout=httpx.Timeout(options.ask_seconds_max),
            verify=self._tls or False,
            trust_env=False,  # a proxy of the office has no business between us and the telephone
        )

    async def close(self) -> None:
        """No more orders."""
        await self._http.aclose()

    async def ask(self, method: str, *path: str, **given: str | int) -> Any:
        """Give one order or ask one thing; returns what the exchange says, parsed, or ``None``.

        Raises NotThere, AriRefused or AriAway.
        """
        if self._http.is_closed:  # what was begun before our end and not done by then
            raise AriAway(f"{method} {path[0]}: we ask no more")
        address = "/".join(quote(part, safe="") for part in path)
        try:
            answer = await self._http.request(method, address, params=given)
            said = answer.json() if answer.content and answer.status_code not in AWAY else None
        except httpx.HTTPError as failed:
            raise AriAway(f"{method} {path[0]}: {type(failed).__name__}") from None
        except ValueError:
            raise AriAway(f"{method} {path[0]}: the answer is not JSON") from None
        if answer.is_success:
            return said
        if answer.status_code in AWAY:
            raise AriAway(f"{method} {path[0]}: {answer.status_code}")
        reason = said.get("message") or said.get("error") if isinstance(said, dict) else None
        kind = NotThere if answer.status_code in NOT_OURS else AriRefused
        raise kind(answer.status_code, str(reason or answer.reason_phrase))

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[ClientConnection]:
        """A line of events: iterate over it for messages; it ends when the exchange is away.

        Being connected is also what makes us the application callers are sent to. Raises AriRefused (the exchange
        does not know us), AriAway.
        """
        options = self._options
        secret = base64.b64encode(f"{options.user}:{options.password}".encode()).decode()
        try:
            line = await connect(
                f"{options.events_url}?app={options.app}",
                additional_headers={"Authorization": f"Basic {secret}"},
                ssl=self._tls,
                proxy=None,
                open_timeout=options.ask_seconds_max,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                close_timeout=CLOSE_SECONDS_MAX,
                max_size=MESSAGE_BYTES_MAX,
                max_queue=EVENTS_WAITING_MAX,
            )
        except InvalidStatus as refused:
            status = refused.response.status_code
            if status in AWAY:
                raise AriAway(f"the line of events: {status}") from None
            raise AriRefused(status, "the exchange does not let us listen") from None
        except (OSError, TimeoutError, WebSocketException) as failed:
            raise AriAway(f"the line of events: {type(failed).__name__}") from None
        try:
            yield line
        finally:
            await line.close()


async def messages_of(line: ClientConnection) -> AsyncIterator[str | bytes]:
    """The messages of a line of events until it ends, however it ends."""
    with contextlib.suppress(ConnectionClosed):
        async for message in line:
            yield message
