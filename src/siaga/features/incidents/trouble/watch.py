"""Looks for trouble once for all desks of a web process, and says on their stream when the list is another one.

Every look is said again, so a desk that was away for a moment has missed nothing: it compares and asks when it differs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from zlib import crc32

from siaga.features.incidents.trouble.queries import Trouble

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0  # with the fetch that follows she knows within five seconds, as the desk promises
SIGNAL = "trouble"


class TroubleWatch:
    """``look``: everything that is broken now; ``listened``: whether any desk is open; ``tell``: to all of them."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Sequence[Trouble]]],
        listened: Callable[[], bool],
        tell: Callable[[str, object], None],
    ) -> None:
        self._look = look
        self._listened = listened
        self._tell = tell

    async def forever(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.once()
            except Exception as failed:  # noqa: BLE001  a poller: looking for trouble must not make any
                log.error("trouble cannot be looked for: %s: %s", type(failed).__name__, failed)

    async def once(self) -> None:
        """One look, if anybody would hear of it."""
        if self._listened():
            self._tell(SIGNAL, {"list": mark_of(await self._look())})


def mark_of(found: Sequence[Trouble]) -> int:
    """Another number when the list, or a word in it, is another."""
    return crc32("\n".join(one.words for one in found).encode())
