"""The places of a running process: what the files and rows name, followed as it changes, in whichever process.

Rule 1: building a list of many names is a thread's work; telephone and screens go on beside it.
Rule 2: a database that is away changes nothing: the desk goes on with the names it has.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from siaga.adapters.maps.boundaries import Boundary
from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.domain.city import City
from siaga.domain.event import Event, PlaceLearned, PlaceLessonJudged, PlaceNamesImported, PlaceNamesUndone
from siaga.domain.known_place import LessonState, PlaceLesson, PlaceName
from siaga.domain.place import Place, Suggestion
from siaga.records.postgres import PostgresArchive, Row
from siaga.records.tables import table_of
from siaga.records.writer import DatabaseAway

Values = tuple[Any, ...]  # of a row, in the order of the table's columns

log = logging.getLogger("siaga.places")

LISTS = (PlaceNamesImported, PlaceNamesUndone)
LESSONS = (PlaceLearned, PlaceLessonJudged)
REST_SECONDS = 0.5  # an import comes in many portions; one list is built when it has rested for so long
REST_AFTER_OUTAGE_SECONDS = 2.0
PAGE_ROWS = 500  # rows read between two breaths of the event loop: a few milliseconds
NAMES_MAX = 300_000  # three times a large regency; more would crowd the other processes' memory
YOUNGEST = 0
# The garbage collector walks through all new objects when fifty thousand have come, and everything waits for it. So it
# is asked to look at the few of each page: it forgets tuples of words and numbers, and the great walk finds none.
LESSONS_MAX = 5_000  # the newest; a busy room teaches some hundred in a year


class LivingPlaces:
    """A `PlaceFinder` that is never older than the journal, give or take a moment."""

    def __init__(self, archive: PostgresArchive, city: City, boundaries: Sequence[Boundary] = ()) -> None:
        self._archive = archive
        self._city = city
        self._boundaries = boundaries
        self._finder = CityPlaceFinder(city, boundaries)
        self._news = asyncio.Event()
        self._lists_changed = True
        self._task: asyncio.Task[None] | None = None
        self.loaded = asyncio.Event()  # the rows have been read once

    async def start(self) -> None:
        """Begin with the city's own names at once; the others follow in the background."""
        await asyncio.to_thread(
            self._finder.suggest, self._city.name, 1
        )  # the first question loads what it needs
        self._news.set()
        self._task = asyncio.create_task(self._follow(), name="known-places")

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def noticed(self, event: Event) -> None:
        """Called by the hub for every entry it learns something from."""
        if isinstance(event, LISTS):
            self._lists_changed = True
        elif not isinstance(event, LESSONS):
            return
        self._news.set()

    # --- PlaceFinder ---------------------------------------------------------------------------------------------

    @property
    def outlined(self) -> int:
        return self._finder.outlined

    @property
    def size(self) -> int:
        """How many names are searched."""
        return self._finder.size

    def locate(self, lat: float, lon: float, *, text: str = "", accuracy_m: float | None = None) -> Place:
        return self._finder.locate(lat, lon, text=text, accuracy_m=accuracy_m)

    def suggest(self, text: str, limit: int = 5, near: Place | None = None) -> Sequence[Suggestion]:
        return self._finder.suggest(text, limit, near)

    # --- following -----------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            lists, self._lists_changed = self._lists_changed, False
            try:
                await self._read(lists=lists)
            except (DatabaseAway, OSError) as outage:
                log.warning("place names stay as they are: %s", type(outage).__name__)
                self._lists_changed = self._lists_changed or lists
                self._news.set()
                await asyncio.sleep(REST_AFTER_OUTAGE_SECONDS)
                continue
            self.loaded.set()
            await asyncio.sleep(REST_SECONDS if lists else 0.0)

    async def _read(self, *, lists: bool) -> None:
        lessons = await _lessons(self._archive)
        if lists:
            rows = await _names(self._archive)
            self._finder = await asyncio.to_thread(_built, self._city, self._boundaries, rows, lessons)
        else:
            self._finder = await asyncio.to_thread(self._finder.with_lessons, lessons)


async def finder_of(
    archive: PostgresArchive, city: City, boundaries: Sequence[Boundary] = ()
) -> CityPlaceFinder:
    """The finder with everything the rows name, once: for commands and the worker."""
    rows, lessons = await _names(archive), await _lessons(archive)
    return await asyncio.to_thread(_built, city, boundaries, rows, lessons)


def _built(
    city: City, boundaries: Sequence[Boundary], rows: list[Values], lessons: Sequence[PlaceLesson]
) -> CityPlaceFinder:
    """The finder over these rows, which are gone afterwards."""
    rested = gc.isenabled()
    gc.disable()
    try:
        names = (_name(*row) for row in _taken(rows))
        return CityPlaceFinder(city, boundaries, names, lessons)
    finally:
        if rested:
            gc.enable()


def _taken(rows: list[Values]) -> Iterator[Values]:
    """Each row once, first to last, letting go of it."""
    rows.reverse()
    while rows:
        yield rows.pop()
        if not len(rows) % PAGE_ROWS:
            gc.collect(YOUNGEST)


async def _names(archive: PostgresArchive) -> list[Values]:
    """Every imported name whose import still stands, page by page."""
    columns = ", ".join(table_of(PlaceName).columns)
    names: list[Values] = []
    last = ""
    while len(names) < NAMES_MAX:
        rows = await archive.rows(
            f"select {columns} from place_name where city_id = $1 and id > $2 order by id limit $3",
            last,
            PAGE_ROWS,
        )
        names += [_values(row) for row in rows]
        gc.collect(YOUNGEST)
        if len(rows) < PAGE_ROWS:
            return names
        last = rows[-1]["id"]
        await asyncio.sleep(0)
    log.warning("more than %d imported place names: the others are not searched", NAMES_MAX)
    return names


async def _lessons(archive: PostgresArchive) -> list[PlaceLesson]:
    table = table_of(PlaceLesson)
    rows = await archive.rows(
        f"select {', '.join(table.columns)} from place_lesson where city_id = $1 and state <> $2 "
        "order by last_at desc limit $3",
        str(LessonState.REJECTED),
        LESSONS_MAX,
    )
    return [lesson for row in rows if (lesson := table.from_row(dict(row))).is_used]


def _values(row: Row) -> Values:
    """Only tuples, words and numbers: what holds nothing else is nothing to the garbage collector."""
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


def _name(
    id: str, batch: str, name: str, kind: str, lat: float | None, lon: float | None, accuracy_m: float | None,
    kelurahan: str | None, aliases: tuple[str, ...], note: str, line: str | None, verified: bool,
) -> PlaceName:  # fmt: skip
    return PlaceName(
        id=id, batch=batch, name=name, kind=kind, lat=lat, lon=lon, accuracy_m=accuracy_m, kelurahan=kelurahan,
        aliases=aliases, note=note, line=line, verified=verified,
    )  # fmt: skip
