"""An archive that may not be there yet: the telephone must answer while the database still starts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from siaga.records.archive import Action, Archive, Entry
from siaga.records.change import Receipt
from siaga.records.writer import DatabaseAway

log = logging.getLogger(__name__)

R = TypeVar("R")
RETRY_SECONDS = 0.5


class LateArchive:
    """Opens the real archive in the background; once a try has failed, every question raises DatabaseAway."""

    def __init__(self, city_id: str, open_archive: Callable[[], Awaitable[Archive]]) -> None:
        self.city_id = city_id
        self._open = open_archive
        self._archive: Archive | None = None
        self._tried = asyncio.Event()
        self._opening = asyncio.ensure_future(self._open_in_time())

    async def close(self) -> None:
        """Stop trying, or close what was opened."""
        self._opening.cancel()
        await asyncio.gather(self._opening, return_exceptions=True)
        close = getattr(self._archive, "close", None)
        if close is not None:
            await close()

    async def opened(self) -> Archive:
        """The real archive; waits for it as long as it takes."""
        await asyncio.shield(self._opening)
        return await self._there()

    async def _open_in_time(self) -> None:
        failures = 0
        while self._archive is None:
            try:
                self._archive = await self._open()
            except Exception as failed:  # noqa: BLE001  a poller: no database is a state of the world here
                if not failures:
                    log.warning("the record is not there yet (%s: %s)", type(failed).__name__, failed)
                failures += 1
                self._tried.set()
                await asyncio.sleep(RETRY_SECONDS)
        self._tried.set()
        if failures:
            log.warning("the record is there")

    async def _there(self) -> Archive:
        await self._tried.wait()
        if self._archive is None:
            raise DatabaseAway
        return self._archive

    async def do(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> R:
        """See ``Archive.do``."""
        return await (await self._there()).do(action, key=key, **given)

    async def receipt(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> Receipt:
        """See ``Archive.receipt``."""
        return await (await self._there()).receipt(action, key=key, **given)

    async def look(self, action: Action[R], /, **given: Any) -> R:
        """See ``Archive.look``."""
        return await (await self._there()).look(action, **given)

    async def read(self, after: int, limit: int = 500) -> list[Entry]:
        """See ``Archive.read``."""
        return await (await self._there()).read(after, limit)

    async def head(self) -> int:
        """See ``Archive.head``."""
        return await (await self._there()).head()

    async def wait_for_news(self, after: int, timeout_seconds: float) -> None:
        """See ``Archive.wait_for_news``."""
        await (await self._there()).wait_for_news(after, timeout_seconds)
