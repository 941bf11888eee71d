"""How long the web process stands still because of place names: while the list is read, asked, and read anew.

Processor time between two beats of the event loop, so that other programs on the machine are not counted. A beat is
late when a thread that builds the list keeps the interpreter, when the garbage collector walks, or when a question is
answered.
"""

from __future__ import annotations

import asyncio
import gc
import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, cast

from siaga import clock
from siaga.adapters.maps.living_places import LivingPlaces
from siaga.domain.city import City
from siaga.domain.event import PlaceNamesImported
from siaga.domain.known_place import PlaceName
from siaga.records.postgres import PostgresArchive
from siaga.records.tables import table_of
from siaga.services import GARBAGE_LOOKED_AT_EVERY

BEAT_SECONDS = 0.001
ANSWER_SECONDS = 0.002  # of the database, for a page of rows
BETWEEN_QUESTIONS_SECONDS = 0.01


class _Row(tuple[Any, ...]):
    """A row as the database gives it: its values in order, and its id by name."""

    __slots__ = ()

    def __getitem__(self, at: Any) -> Any:
        return tuple.__getitem__(self, 0) if at == "id" else tuple.__getitem__(self, at)


class _Rows:
    """The reading half of an archive that holds these names and no lessons."""

    def __init__(self, names: Sequence[PlaceName]) -> None:
        columns = table_of(PlaceName).columns
        ordered = sorted(names, key=lambda name: name.id)
        self._ids = [name.id for name in ordered]
        self._rows = [_Row(getattr(name, column) for column in columns) for name in ordered]

    async def rows(self, sql: str, *values: Any) -> list[_Row]:
        await asyncio.sleep(ANSWER_SECONDS)
        if "place_name" not in sql:
            return []
        first = bisect_right(self._ids, values[0])
        return self._rows[first : first + values[1]]


async def pauses(city: City, names: Sequence[PlaceName], questions: Sequence[str]) -> dict[str, float]:
    """The longest pause in milliseconds while the list is read, asked, and read anew beside questions."""
    was = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_LOOKED_AT_EVERY)  # as in the web process
    places = LivingPlaces(cast(PostgresArchive, _Rows(names)), city)
    beats = _Beats()
    watch = asyncio.create_task(beats.watch())
    try:
        await places.start()
        await places.loaded.wait()
        beats.phase = "asked"
        await _ask(places, questions)
        beats.phase = "read_anew"
        places.loaded.clear()
        places.noticed(PlaceNamesImported(batch="b", rows=1, by="bench", at=clock.now()))
        asking = asyncio.create_task(_ask(places, questions))
        await places.loaded.wait()
        await asking
    finally:
        watch.cancel()
        await places.close()
        gc.set_threshold(*was)
        gc.unfreeze()
    return {phase: round(longest * 1e3, 1) for phase, longest in beats.longest.items()}


class _Beats:
    """The longest pause of each phase, in seconds of this process's time."""

    def __init__(self) -> None:
        self.phase = "read"
        self.longest = {"read": 0.0, "asked": 0.0, "read_anew": 0.0}

    async def watch(self) -> None:
        while True:
            wall, cpu = time.perf_counter(), time.process_time()
            await asyncio.sleep(BEAT_SECONDS)
            late = min(time.perf_counter() - wall - BEAT_SECONDS, time.process_time() - cpu)
            self.longest[self.phase] = max(self.longest[self.phase], late)


async def _ask(places: LivingPlaces, questions: Sequence[str]) -> None:
    for question in questions:
        places.suggest(question)
        await asyncio.sleep(BETWEEN_QUESTIONS_SECONDS)
