"""Takers who talk with each other about a caller, and with him: kept, so that a broken headset comes back into it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from siaga.adapters.phone.engine import SeatGone, TelephonyEngine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Two:
    taker: str
    colleague: str
    with_caller: bool


class Consultations:
    """The consultations of one node, by call."""

    def __init__(self, engine: TelephonyEngine) -> None:
        self._engine = engine
        self._two: dict[str, _Two] = {}

    def __contains__(self, call: str) -> bool:
        """Whether this caller, should his taker's headset be lost, still has somebody to talk with."""
        return call in self._two and self._two[call].with_caller

    def of(self, seat: str) -> list[str]:
        """The calls this taker is asked, or asks, about."""
        return [call for call, two in self._two.items() if seat in (two.taker, two.colleague)]

    async def begin(self, call: str, taker: str, colleague: str, with_caller: bool) -> None:
        """The two talk; ``with_caller``: all three. Raises CallGone."""
        self._two[call] = _Two(taker, colleague, with_caller)
        await self.again(call)

    async def again(self, call: str) -> None:
        """Bring together whoever is there of them: at the beginning, and when a headset is back. Raises CallGone."""
        two = self._two[call]
        try:
            if two.with_caller:
                await self._engine.bridge(call, two.taker)
                await self._engine.join(call, two.colleague)
            else:
                await self._engine.consult(call, two.taker, two.colleague)
        except SeatGone:
            log.info("call %s: a headset of those who consult is away", call)

    async def end(self, call: str, colleague: str) -> None:
        """The colleague is out of it. Raises CallGone."""
        if self._two.pop(call, None) is not None:
            await self._engine.leave(call, colleague)

    def over(self, call: str) -> None:
        """The caller is gone; the engine has ended what was about him."""
        self._two.pop(call, None)
