"""How well it sounds, measured for everybody who talks by voice and told to her own screens, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from siaga.domain.errors import OutsideFailed, TooBusy
from siaga.features.calls.audio import SeatAudio
from siaga.records.postgres import PostgresArchive

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0  # the node measures about once a second; more often would only make numbers flicker
NODE_SECONDS_MAX = 1.5
# A node answers in milliseconds; one that does not is stuck, and with a look every 3 s the bar says so within five.
MOS_GOOD, MOS_FAIR = 4.0, 3.6
# ITU-T G.107 Annex B: at 4.03 users are satisfied, below 3.60 many are not.
SIGNAL = "quality"

TALKING = """
    select s.taker, coalesce(s.leg, s.call) as line from seat s
    left join call c on c.city_id = s.city_id and c.id = s.call and s.leg is null
    left join leg l on l.city_id = s.city_id and l.id = s.leg
    where s.city_id = $1 and s.taker = any($2) and s.state = 'talking'
    and (c.channel = 'voice' or (l.id is not null and l.colleague is null))"""


class QualityWatch:
    """``people``: who has a screen open here; ``tell``: a signal to the screens of one of them."""

    def __init__(
        self,
        archive: PostgresArchive,
        seat_audio: SeatAudio,
        people: Callable[[], frozenset[str]],
        tell: Callable[[str, object, str], None],
    ) -> None:
        self._archive = archive
        self._seat_audio = seat_audio
        self._people = people
        self._tell = tell
        self._lines: dict[str, str] = {}

    async def forever(self) -> None:
        """Measure until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.once()
            except Exception as failed:  # noqa: BLE001  a poller: no figure must end the screens' stream
                log.error("conversations cannot be measured: %s: %s", type(failed).__name__, failed)

    async def once(self) -> None:
        """Measure every conversation of those who are here. With the record away: those it knew of last."""
        people = self._people()
        if not people:
            return
        try:
            async with asyncio.timeout(NODE_SECONDS_MAX):
                rows = await self._archive.rows(TALKING, list(people))
            self._lines = {row["taker"]: row["line"] for row in rows}
        except (TooBusy, TimeoutError) as failed:
            log.warning("conversations are measured as last known: %s", failed)
        await asyncio.gather(*(self._measure(taker, line) for taker, line in self._lines.items()))

    async def _measure(self, taker: str, line: str) -> None:
        self._tell(SIGNAL, {"line": line, **await measured(self._seat_audio, taker, line)}, taker)


async def measured(seat_audio: SeatAudio, taker: str, line: str) -> dict[str, Any]:
    """The worst of: the line as we hear it, her headset, what he hears of us by his own reports; with its level.

    ``lost``: the node does not answer.
    """
    try:
        async with asyncio.timeout(NODE_SECONDS_MAX):
            line_here = await seat_audio.quality(line)
            headset = await seat_audio.seat_quality(taker)
    except (OutsideFailed, TimeoutError):
        return {"level": "unknown", "lost": True}
    there = {name: line_here.get(f"far_{name}") for name in ("mos", "loss_percent", "jitter_ms")}
    ends = [_end("line", line_here), _end("headset", headset), _end("far", there)]
    known = [end for end in ends if end["mos"] is not None]
    worst = min(known, key=lambda end: end["mos"], default={})
    return {**worst, "level": quality_level(worst.get("mos"))}


def _end(end: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    return {"end": end, **{name: figures.get(name) for name in ("mos", "loss_percent", "jitter_ms")}}


def quality_level(mos: float | None) -> str:
    """How satisfied people are with a line like this."""
    if mos is None:
        return "unknown"
    if mos >= MOS_GOOD:
        return "good"
    return "fair" if mos >= MOS_FAIR else "bad"
