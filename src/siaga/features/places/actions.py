"""Lists of place names come in and go out whole; what takers taught is confirmed, rejected or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import PlaceLessonJudged
from siaga.domain.known_place import (
    LessonSource,
    LessonState,
    PlaceImport,
    PlaceLesson,
    PlaceName,
    PlaceSource,
)
from siaga.domain.roles import May, Viewer
from siaga.records.archive import Transaction
from siaga.records.identity import new_id
from siaga.records.postgres import PostgresArchive

PORTION_ROWS_MAX = 1_000
# One portion is one transaction of the city's only journal: it holds it for some tens of milliseconds, so that a call
# that arrives in the middle of a large import does not wait.
FORGOTTEN = "forgotten"


async def import_names(
    tx: Transaction,
    *,
    batch: str,
    file: str,
    source: PlaceSource,
    portion: Sequence[PlaceName],
    by: str,
    now: datetime,
) -> int:
    """Record one portion of a list; the import begins with its first portion. Returns its rows so far."""
    known = await tx.seek(PlaceImport, batch)
    if known is None:
        known = PlaceImport(id=batch, file=file, source=source, rows=0, by=by, at=now)
    tx.put(*portion)
    kept = tx.keep(known.grown(len(portion), at=now))
    rows: int = kept.rows
    return rows


async def undo_names(tx: Transaction, *, batch: str, by: str, now: datetime) -> int:
    """Take one portion of a list back; the last one closes it. Returns how many names went: call until fewer than
    ``PORTION_ROWS_MAX``."""
    known = await tx.seek(PlaceImport, batch)
    if known is None:
        raise RuleBroken("Impor {batch} tidak ada.", batch=batch)
    if known.undone_at is not None:
        raise RuleBroken("Impor ini sudah dibatalkan.")
    names = await tx.find(PlaceName, batch=batch, order=("id",), limit=PORTION_ROWS_MAX)
    tx.delete(*names)
    if len(names) < PORTION_ROWS_MAX:
        tx.keep(known.undone(known.rows, by=by, at=now))
    return len(names)


async def judge_lesson(tx: Transaction, *, lesson: str, state: str, by: Viewer, now: datetime) -> None:
    """The supervisor knows the place, or knows better."""
    by.must(May.SUPERVISE)
    if state not in (LessonState.CONFIRMED, LessonState.REJECTED):
        raise RuleBroken("Pilih: pastikan atau tolak.")
    known = await tx.get(PlaceLesson, lesson)
    if known.state != state:
        tx.keep(known.judged(LessonState(state), by=by.person, at=now))


async def forget_lesson(tx: Transaction, *, lesson: str, by: Viewer, now: datetime) -> None:
    """The words hold somebody's name, or mean nothing: the row goes, only the fact that it went stays."""
    by.must(May.SUPERVISE)
    known = await tx.seek(PlaceLesson, lesson)
    if known is None:
        raise NotFound("Tidak ditemukan.")
    tx.delete(known, *await tx.find(LessonSource, lesson=lesson))
    tx.record(PlaceLessonJudged(lesson=lesson, state=FORGOTTEN, by=by.person, at=now))


async def bring_in(
    archive: PostgresArchive,
    names: Sequence[PlaceName],
    *,
    batch: str,
    file: str,
    source: PlaceSource,
    by: str,
    now: datetime,
) -> int:
    """Record a whole list, portion by portion; returns its rows. Names of an earlier OpenStreetMap import go once the
    new ones are in: a street must not be proposed twice."""
    if not names:
        raise RuleBroken("Tidak ada nama yang dapat diimpor.")
    rows = 0
    for start in range(0, len(names), PORTION_ROWS_MAX):
        portion = names[start : start + PORTION_ROWS_MAX]
        rows = await archive.do(
            import_names, batch=batch, file=file, source=source, portion=portion, by=by, now=now
        )
    if source is PlaceSource.OSM:
        for earlier in await archive.look(_standing, source=source):
            if earlier.id != batch:
                await take_back(archive, earlier.id, by=by, now=now)
    return rows


async def take_back(archive: PostgresArchive, batch: str, *, by: str, now: datetime) -> int:
    """Take a whole list back; returns how many names went. May be called again after a crash."""
    removed = 0
    while True:
        portion = await archive.do(undo_names, batch=batch, by=by, now=now)
        removed += portion
        if portion < PORTION_ROWS_MAX:
            return removed


def new_batch() -> str:
    """The code of an import, before its first row."""
    return new_id()


async def _standing(tx: Transaction, *, source: PlaceSource) -> list[PlaceImport]:
    return await tx.find(PlaceImport, source=source, undone_at=None)
