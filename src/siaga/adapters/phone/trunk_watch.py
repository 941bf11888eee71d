"""Tells the room when the operator no longer knows us. Looks at what the engine says of its registration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from siaga.adapters.phone.engine import TelephonyEngine
from siaga.clock import monotonic
from siaga.features.calls.nodes.fault_alarms import trunk_looked_at
from siaga.records.archive import Archive

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
GRACE_SECONDS = (
    30.0  # two tries to sign in (trunk.REGISTER_RETRY_SECONDS): a registrar that restarts is no alarm
)
WELL = ("", "registered")  # nothing wanted, or all is well
EXCHANGE_WELL = ": connected"  # how an office's exchange says the same


class TrunkWatch:
    """For one life of one node."""

    def __init__(
        self,
        engine: TelephonyEngine,
        archive: Archive,
        node: str,
        now: Callable[[], datetime],
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._engine = engine
        self._archive = archive
        self._node = node
        self._now = now
        self._grace_seconds = grace_seconds
        self._bad_since: float | None = None
        self._told: bool | None = None

    async def look(self) -> None:
        """Once; a record that is away is told at the next look."""
        state = self._engine.health().trunk
        if state in WELL or state.endswith(EXCHANGE_WELL):
            self._bad_since = None
        elif self._bad_since is None:
            self._bad_since = monotonic()
        bad = self._bad_since is not None and monotonic() - self._bad_since >= self._grace_seconds
        if bad == self._told or (self._bad_since is not None and not bad):
            return
        try:
            await self._archive.do(
                trunk_looked_at, node=self._node, trouble=state if bad else "", now=self._now()
            )
            self._told = bad
        except Exception as failed:  # noqa: BLE001  a poller: a node without a record goes on serving its callers
            log.debug("the trunk's state is not in the record yet: %s", type(failed).__name__)

    async def forever(self) -> None:
        """Run as a task."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)
