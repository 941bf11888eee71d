"""The worker's part of the nightly training: ask the row whether it is due, and let a process of its own do the work.

A process of its own, because training needs a library of a hundred megabytes and a core for some seconds, and the
worker has escalations to watch every second.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from siaga.domain.city import City
from siaga.domain.type_learning import NIGHTLY, RETRY_MINUTES, Learning, next_night
from siaga.records.archive import Archive, Transaction

log = logging.getLogger("siaga.worker")

LOOK_SECONDS = 60.0
TRAINING_SECONDS_MAX = 1800.0  # fifty thousand texts take minutes on a slow machine; more is stuck
TRAINING_COMMAND = ("-m", "siaga", "triage", "train", "--nightly")

Train = Callable[[], Awaitable[int]]


class NightlyTraining:
    """Called again and again; trains when the row says so. ``train`` answers with the exit code."""

    def __init__(self, city: City, train: Train | None = None) -> None:
        self._city = city
        self._train = train or train_in_a_process

    async def __call__(self, archive: Archive, now: datetime) -> bool:
        """Whether a training was due and has been done."""
        if not await archive.do(begin_if_due, city=self._city, now=now):
            return False
        code = await self._train()
        if code != 0:
            log.error("the type model was not trained (exit code %d); it is tried again", code)
        return code == 0


async def train_in_a_process() -> int:
    """`siaga triage train`; what it prints are figures, never texts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *TRAINING_COMMAND, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        return await asyncio.wait_for(process.wait(), TRAINING_SECONDS_MAX)
    except TimeoutError:
        return -1
    finally:
        if process.returncode is None:  # too slow, or the worker itself is told to stop
            process.kill()
            await process.wait()


async def begin_if_due(tx: Transaction, *, city: City, now: datetime) -> bool:
    """Whether the training is due now; if so the next try is set before it begins, so that a crash does not repeat it.

    The first night after the installation is the first deadline.
    """
    known = await tx.seek(Learning, NIGHTLY)
    if known is None:
        tx.put(Learning(id=NIGHTLY, due_at=next_night(city.room.learning, now, city.zone)))
        return False
    if now < known.due_at:
        return False
    tx.put(replace(known, began_at=now, due_at=now + timedelta(minutes=RETRY_MINUTES)))
    return True


async def ended(tx: Transaction, *, city: City, result: str, now: datetime) -> None:
    """It went well: the next one is due the coming night."""
    due_at = next_night(city.room.learning, now, city.zone)
    known = await tx.seek(Learning, NIGHTLY) or Learning(id=NIGHTLY, due_at=due_at)
    tx.put(replace(known, due_at=due_at, ended_at=now, result=result))
