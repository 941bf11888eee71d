"""Alarms put aside: for the minutes of their priority, with a reason, by a person; then they interrupt again.

Nothing is hidden: a shelved alarm stays in the list of standing alarms with who put it aside, why and until when.
"""

from __future__ import annotations

from datetime import datetime

from siaga.domain.alarm import Alarm
from siaga.domain.roles import Viewer
from siaga.features.dispatch.actions import alarm_for
from siaga.records.archive import Transaction, UpTo

RETURNED_AT_ONCE_MAX = 100  # in one transaction; the next second takes the rest


async def shelve_alarm(tx: Transaction, *, alarm: str, reason: str, by: Viewer, now: datetime) -> None:
    """Put one alarm aside. The same person pressing twice changes nothing."""
    found = await alarm_for(tx, alarm, by)
    if found.shelved_until is not None and found.shelved_by == by.person:
        return
    tx.keep(found.shelved(reason=reason, by=by.person, at=now))


async def return_shelved(tx: Transaction, *, now: datetime) -> int:
    """Whose time aside is over stands in the way again."""
    due = await tx.find(Alarm, cleared_at=None, shelved_until=UpTo(now), limit=RETURNED_AT_ONCE_MAX)
    for alarm in due:
        tx.keep(alarm.returned(at=now))
    return len(due)
