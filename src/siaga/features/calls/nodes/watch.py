"""Watching the call nodes: who has fallen silent, who is dead, and who only seems so because we ourselves stood still.

The watcher writes a beat of its own before each look. A look counts only when that write was quick (the same record
the nodes beat into was then open to them) and the watcher itself neither slept nor came late: a starved machine starves
its nodes too. See docs/decisions/0011.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from siaga import clock
from siaga.domain.heartbeat import DEAD_SECONDS, GONE_SECONDS, SILENT_SECONDS, Heartbeat, Life
from siaga.features.calls.nodes.actions import node_gone, node_silent, phones, worker_beat
from siaga.records.archive import Archive
from siaga.records.identity import new_id

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
WRITE_SECONDS_MAX = 1.0  # slower, and a node's beat may be waiting in the same place
ON_TIME_SECONDS_MAX = 2 * LOOK_SECONDS
# Between two looks; a watcher who comes later than this is being starved of the processor, and a node on the same
# machine probably is too. What passed in such a look is not counted as silence.
ASLEEP_SECONDS_MAX = (
    2.5  # between two looks; more, and we were stopped and know nothing of what happened meanwhile
)
WATCHER = "worker"


@dataclass
class _Seen:
    life: str
    beats: int
    unmoved_seconds: float = 0.0  # since the count last moved, whatever else was wrong
    silent_seconds: float = 0.0  # of these, the ones in which a beat could have reached us

    def is_of(self, heart: Heartbeat) -> bool:
        return (self.life, self.beats) == (heart.life, heart.beats)


@dataclass
class NodeWatch:
    """A duty of the worker. ``is_dead``: proof, from the machine, that no process is behind a node's name."""

    is_dead: Callable[[str], bool] = lambda _: False
    monotonic: Callable[[], float] = clock.monotonic
    life: str = field(default_factory=new_id)
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _looked: float | None = None

    async def __call__(self, archive: Archive, now: datetime) -> None:
        """One look. Raises DatabaseAway, which is no sign of anything but itself."""
        began = self.monotonic()
        await archive.do(worker_beat, name=WATCHER, life=self.life, now=now)
        hearts = await archive.look(phones)
        ended = self.monotonic()
        passed = ended - self._looked if self._looked is not None else 0.0
        fair = ended - began <= WRITE_SECONDS_MAX and passed <= ASLEEP_SECONDS_MAX
        on_time = passed <= ON_TIME_SECONDS_MAX
        self._looked = ended
        for heart in hearts:
            await self._judge(archive, heart, min(passed, WRITE_SECONDS_MAX), fair, on_time, now)

    async def _judge(
        self, archive: Archive, heart: Heartbeat, passed: float, fair: bool, on_time: bool, now: datetime
    ) -> None:
        seen = self._seen.get(heart.name)
        if seen is None or not seen.is_of(heart):
            self._seen[heart.name] = _Seen(heart.life, heart.beats)
            return
        seen.unmoved_seconds += passed
        if not fair:
            seen.silent_seconds = 0.0
        elif on_time:
            seen.silent_seconds += passed
        if heart.state is Life.GONE:
            return
        node, life, beats = heart.name, heart.life, heart.beats
        dead = seen.unmoved_seconds >= DEAD_SECONDS and self.is_dead(heart.name)
        if dead or seen.silent_seconds >= GONE_SECONDS:
            lost = await archive.do(node_gone, node=node, life=life, beats=beats, now=now)
            log.error(
                "call node %s is %s: %d calls lost", heart.name, "dead" if dead else "silent", len(lost)
            )
        elif (
            heart.state is Life.UP
            and seen.silent_seconds >= SILENT_SECONDS
            and await archive.do(node_silent, node=node, life=life, beats=beats, now=now)
        ):
            log.error("call node %s gives no sign of life; its callers are listed", heart.name)
