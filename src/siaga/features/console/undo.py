"""Taking back the last act of a person. Each feature brings how its own kinds are taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.last_act import LastAct
from siaga.domain.roles import Viewer
from siaga.records.archive import Transaction
from siaga.records.undoing import Kind, Said, Undoing

Kinds = Mapping[str, Kind]


async def undo_last(tx: Transaction, *, kinds: Kinds, city: City, by: Viewer, now: datetime) -> list[Said]:
    """Take back what ``by`` did last, the last step first; returns what was taken back.

    Raises RuleBroken when there is nothing, when it is too late, or when somebody has gone on from there: then
    nothing is taken back.
    """
    last = await tx.seek(LastAct, by.person)
    if last is None:
        raise RuleBroken("Tidak ada yang dapat dibatalkan.")
    undone, event = last.undone(at=now)
    said = []
    for step in reversed(last.steps):
        try:
            await kinds[step.kind].back(tx, step, Undoing(city, by, now))
        except RuleBroken:
            if step.must:
                raise
            continue
        said.append(kinds[step.kind].said(step))
    tx.put(undone)
    tx.record(event)
    return said


async def offered(
    tx: Transaction, *, kinds: Kinds, by: Viewer, now: datetime
) -> tuple[float, list[Said]] | None:
    """Seconds left and what would be taken back; ``None`` when there is nothing any more."""
    last = await tx.seek(LastAct, by.person)
    if last is None or (left := last.seconds_left(now)) <= 0:
        return None
    return left, [kinds[step.kind].said(step) for step in last.steps]
