"""Reminders: set by a line, told when their time comes (also after a restart), put away by whoever set them."""

from __future__ import annotations

from datetime import datetime

from siaga.domain.errors import RuleBroken
from siaga.domain.reminder import OPEN_MAX, Reminder, reminder_in
from siaga.domain.roles import Viewer
from siaga.records.archive import Transaction, UpTo

TOLD_AT_ONCE_MAX = 200  # after a long darkness; the rest a second later


async def set_reminder(tx: Transaction, *, minutes: int, text: str, by: Viewer, now: datetime) -> str:
    """Remind ``by`` in so many minutes; returns the id."""
    if len(await tx.find(Reminder, person=by.person, done_at=None)) >= OPEN_MAX:
        raise RuleBroken("Sudah {max} pengingat: selesaikan dulu sebagian.", max=OPEN_MAX)
    made = tx.keep(reminder_in(minutes, text, id=tx.new_id(), person=by.person, now=now))
    id: str = made.id
    return id


async def put_away(tx: Transaction, *, reminder: str, by: Viewer, now: datetime) -> None:
    """Seen. Twice changes nothing."""
    known = await tx.get(Reminder, reminder)
    done, event = known.done(by=by.person, at=now)
    if event is not None:
        tx.keep((done, event))


async def tell_due(tx: Transaction, *, now: datetime) -> int:
    """Every second: whose time has come is told to the screens of its person."""
    due = await tx.find(
        Reminder, done_at=None, told_at=None, due_at=UpTo(now), order=("due_at",), limit=TOLD_AT_ONCE_MAX
    )
    for one in due:
        tx.keep(one.told(at=now))
    return len(due)


async def told(tx: Transaction, *, by: Viewer) -> list[Reminder]:
    """What has been told to ``by`` and not put away, the oldest first."""
    open_ = await tx.find(Reminder, person=by.person, done_at=None, order=("due_at",))
    return [one for one in open_ if one.told_at is not None]
