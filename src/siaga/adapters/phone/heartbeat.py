"""The node's sign of life: one row it counts up in the record every second.

It does not wait on this node's disk like a report: a beat that is late has no worth.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from siaga.domain.heartbeat import BEAT_SECONDS
from siaga.features.calls.nodes.actions import node_beat
from siaga.records.archive import Archive

log = logging.getLogger(__name__)

BEAT_SECONDS_MAX = 2.0  # a record that takes longer is away, and the next beat says the same

Facts = Callable[[], tuple[tuple[str, ...], tuple[str, ...]]]


class Beating:
    """Beats for one life of one node."""

    def __init__(
        self, archive: Archive, node: str, life: str, facts: Facts, now: Callable[[], datetime]
    ) -> None:
        """``facts``: the calls on the line and the connected seats, should the record have given them up."""
        self._archive = archive
        self._node = node
        self._life = life
        self._facts = facts
        self._now = now

    async def once(self) -> bool:
        """One beat; whether it is in the record."""
        live, seats = self._facts()
        try:
            async with asyncio.timeout(BEAT_SECONDS_MAX):
                found = await self._archive.do(
                    node_beat, node=self._node, life=self._life, live=live, seats=seats, now=self._now()
                )
        except Exception as failed:  # noqa: BLE001  a poller: a node without a record goes on serving its callers
            log.debug("no beat: %s", type(failed).__name__)
            return False
        if found:
            log.warning("the record had given up %d calls that are still on the line", len(found))
        return True

    async def forever(self) -> None:
        """Run as a task on the node's own loop: when the loop is stuck, the beats stop."""
        while True:
            await self.once()
            await asyncio.sleep(BEAT_SECONDS)
