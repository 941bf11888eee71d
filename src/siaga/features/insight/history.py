"""A whole file of history: what would happen, doing it portion by portion, and taking it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.features.insight.actions import PORTION_ROWS_MAX, import_history, undo_import
from siaga.features.insight.columns import HEADING_ROWS_MAX, Columns, find_columns
from siaga.features.insight.moments import is_blank
from siaga.features.insight.register import Interpreter, PastIncident, Remark, WrongRow
from siaga.records.identity import new_id
from siaga.records.postgres import PostgresArchive

Row = tuple[int, tuple[object, ...]]  # the line in the file, from 1, and its cells
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Register:
    """A file as we understand it. Nothing has been recorded yet."""

    columns: Columns
    good: tuple[PastIncident, ...]
    wrong: tuple[WrongRow, ...]
    remarks: Counter[Remark] = field(default_factory=Counter)

    @property
    def by_type(self) -> Counter[str]:
        """How many good rows of each type."""
        return Counter(past.type.code for past in self.good)

    @property
    def without_place(self) -> int:
        """Good rows that say nothing about where."""
        places = (past.place for past in self.good)
        return sum(not place.text and place.kecamatan is None and not place.has_point for place in places)


def read_register(
    rows: Sequence[Row],
    *,
    city: City,
    finder: PlaceFinder | None,
    now: datetime,
    progress: Progress | None = None,
) -> Register | None:
    """What the rows of one sheet mean; ``None`` when no row can be its headings."""
    found = find_columns([cells for _, cells in rows[:HEADING_ROWS_MAX]])
    if found is None:
        return None
    heading, columns = found
    interpreter = Interpreter(city, columns, finder, now)
    good: list[PastIncident] = []
    wrong: list[WrongRow] = []
    for line, cells in rows[heading + 1 :]:
        if all(is_blank(cell) for cell in cells) or columns.are_repeated_in(cells):
            continue
        read = interpreter.read(line, cells)
        if isinstance(read, WrongRow):
            wrong.append(read)
        else:
            good.append(read)
        if progress is not None and (len(good) + len(wrong)) % PORTION_ROWS_MAX == 0:
            progress(len(good) + len(wrong), len(rows))
    return Register(columns=columns, good=tuple(good), wrong=tuple(wrong), remarks=interpreter.remarks)


async def already_there(archive: PostgresArchive, good: Sequence[PastIncident]) -> tuple[PastIncident, ...]:
    """The rows of a file that earlier imports have brought already.

    Two lines that look the same are both kept when the archive has neither; when it has one, one of them is there
    already. So a corrected file, or one that was cut off by a power failure, can be given again whole.
    """
    if not good:
        return ()
    rows = await archive.rows(
        "select opened_at, type, place_text, lat, lon, case when lat is null then kelurahan end, "
        "case when lat is null then kecamatan end, count(*) as amount from incident "
        "where city_id = $1 and source = 'history' and opened_at between $2 and $3 group by 1, 2, 3, 4, 5, 6, 7",
        min(past.opened_at for past in good),
        max(past.opened_at for past in good),
    )
    there = Counter({tuple(row.values())[:-1]: int(row["amount"]) for row in rows})
    known = []
    for past in good:
        if there[past.likeness] > 0:
            there[past.likeness] -= 1
            known.append(past)
    return tuple(known)


async def apply_import(
    archive: PostgresArchive,
    city: City,
    good: Sequence[PastIncident],
    *,
    file: str,
    by: str,
    now: datetime,
    progress: Progress | None = None,
) -> str:
    """Record the rows as one batch, in the order of their time; returns the batch.

    A crash in the middle leaves whole portions: give the file again and the rest follows.
    """
    if not good:
        raise RuleBroken("Tidak ada baris yang dapat diimpor.")
    batch = new_id()
    ordered = sorted(good, key=lambda past: (past.opened_at, past.row))
    for start in range(0, len(ordered), PORTION_ROWS_MAX):
        portion = ordered[start : start + PORTION_ROWS_MAX]
        done = await archive.do(
            import_history, city=city, batch=batch, file=file, portion=portion, by=by, now=now
        )
        if progress is not None:
            progress(done, len(ordered))
    return batch


async def undo(
    archive: PostgresArchive, batch: str, *, by: str, now: datetime, progress: Progress | None = None
) -> int:
    """Take the whole batch back; returns how many incidents were removed. May be called again after a crash."""
    removed = 0
    while True:
        portion = await archive.do(undo_import, batch=batch, by=by, now=now)
        removed += portion
        if progress is not None:
            progress(removed, removed)
        if portion < PORTION_ROWS_MAX:
            return removed


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One import as the list shows it."""

    id: str
    file: str
    rows: int
    at: datetime
    undone_at: datetime | None


async def batches(archive: PostgresArchive, limit: int = 50) -> list[Batch]:
    """The newest imports first."""
    rows = await archive.rows(
        "select id, file, rows, at, undone_at from import_batch where city_id = $1 order by at desc, id desc limit $2",
        limit,
    )
    return [Batch(**dict(row)) for row in rows]
