"""Our own faults as alarms (A10): the operator's line, a disk that fills, clocks that differ.

Rule 1: one alarm a cause, and it stands exactly while the cause does; whoever looks may be restarted at any moment.
Rule 2: the words kept are a code and its figures, said in the reader's language; what others told us stays as it is.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.heartbeat import Life
from siaga.domain.house_fault import (
    CLOCKS_APART_SECONDS_MAX,
    NODE_CLOCK_SECONDS_MAX,
    RELEASED,
    clocks_differ,
    disk_is_low,
)
from siaga.features.calls.nodes.actions import phones
from siaga.records.archive import Archive, Transaction

log = logging.getLogger(__name__)

WORDS_CHARACTERS_MAX = 200
MEBIBYTE = 1024 * 1024


async def trunk_looked_at(tx: Transaction, *, node: str, trouble: str, now: datetime) -> None:
    """This node's registration stands (no ``trouble``), or nobody can ring us, and nobody would notice."""
    words = (
        f"jalur operator telepon putus, 112 mungkin tidak berdering ({node}: {trouble})" if trouble else ""
    )
    await fault_looked_at(tx, cause=f"trunk:{node}", words=words, now=now)


async def fault_looked_at(tx: Transaction, *, cause: str, words: str, now: datetime) -> None:
    """This cause stands, and ``words`` say how; or it does not (no words)."""
    id = f"{AlarmKind.OUR_OWN_FAULT}:{cause}"
    known = await tx.seek(Alarm, id)
    stands = known is not None and known.cleared_at is None
    if known is not None and stands and not words:
        tx.keep(known.cleared(at=now))
    if not words or stands:
        return
    words = words[:WORDS_CHARACTERS_MAX]
    if known is not None:
        tx.keep(replace(known, words=words).raised_again(at=now))
        return
    alarm = Alarm(id=id, kind=AlarmKind.OUR_OWN_FAULT, priority=1, raised_at=now, words=words)
    tx.put(alarm)
    tx.record(alarm.fact())


@dataclass
class Teller:
    """Tells the record of causes that came or went since it last told; at first of all it looks at."""

    _told: dict[str, bool] = field(default_factory=dict)

    def stands(self, cause: str) -> bool:
        """What was told last."""
        return self._told.get(cause, False)

    async def tell(self, archive: Archive, cause: str, words: str, now: datetime) -> None:
        """Raises DatabaseAway; then it is told again at the next look."""
        if self._told.get(cause) == bool(words):
            return
        await archive.do(fault_looked_at, cause=cause, words=words, now=now)
        self._told[cause] = bool(words)


@dataclass
class DiskWatch:
    """The disk a folder lies on. Two that watch the same disk of one machine tell of the same cause."""

    folder: Path
    free_mib: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free // MEBIBYTE
    machine: str = field(default_factory=socket.gethostname)
    _teller: Teller = field(default_factory=Teller)

    async def __call__(self, archive: Archive, now: datetime) -> None:
        """One look."""
        try:
            free, device = self.free_mib(self.folder), os.stat(self.folder).st_dev
        except OSError as unreadable:
            log.error("the disk of %s cannot be looked at: %s", self.folder, unreadable)
            return
        cause = f"disk:{self.machine}:{device}"
        low = disk_is_low(free, stands=self._teller.stands(cause))
        await self._teller.tell(archive, cause, f"disk/{self.machine}/{free}" if low else "", now)


@dataclass
class ClockWatch:
    """This machine's clock beside the record's, and beside those of the call nodes that beat since the last look."""

    machine: str = field(default_factory=socket.gethostname)
    _beats: dict[str, tuple[str, int]] = field(default_factory=dict)
    _teller: Teller = field(default_factory=Teller)

    async def __call__(self, archive: Archive, now: datetime, record_now: datetime) -> None:
        """One look. ``record_now``: what the record's clock said at ``now``."""
        if now < RELEASED:
            await self._teller.tell(archive, f"clock:{self.machine}", f"clock_wrong/{self.machine}", now)
            return
        await self._compare(
            archive, self.machine, (record_now - now).total_seconds(), CLOCKS_APART_SECONDS_MAX, now
        )
        for heart in await archive.look(phones):
            beat, before = (heart.life, heart.beats), self._beats.get(heart.name)
            self._beats[heart.name] = beat
            if heart.state is Life.UP and before not in (None, beat):
                apart = (heart.beat_at - now).total_seconds()
                await self._compare(archive, heart.name, apart, NODE_CLOCK_SECONDS_MAX, now)

    async def _compare(self, archive: Archive, name: str, apart: float, limit: float, now: datetime) -> None:
        cause = f"clock:{name}"
        differ = clocks_differ(apart, limit, stands=self._teller.stands(cause))
        await self._teller.tell(archive, cause, f"clock/{name}/{abs(round(apart))}" if differ else "", now)
