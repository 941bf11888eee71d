"""A reminder a person sets herself: "in 5 minutes: ring the neighbour again"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import ReminderDone, ReminderDue, ReminderSet

MINUTES_MAX = 12 * 60  # longer than a shift is somebody else's reminder
TEXT_CHARACTERS_MAX = 200  # one line on the screen
OPEN_MAX = 50  # of one person; more are a list nobody reads


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """``told_at``: when its time came and the screens of ``person`` said so. ``done_at``: she has seen it."""

    id: str
    person: str
    text: str
    made_at: datetime
    due_at: datetime
    told_at: datetime | None = None
    done_at: datetime | None = None

    def told(self, *, at: datetime) -> tuple[Reminder, ReminderDue]:
        """Its time has come."""
        return replace(self, told_at=at), ReminderDue(reminder=self.id, taker=self.person, at=at)

    def done(self, *, by: str, at: datetime) -> tuple[Reminder, ReminderDone | None]:
        """She has seen it; saying so twice changes nothing."""
        if by != self.person:
            raise NotAllowed("Pengingat ini milik orang lain.")
        if self.done_at is not None:
            return self, None
        return replace(self, done_at=at), ReminderDone(reminder=self.id, taker=self.person, at=at)


def reminder_in(
    minutes: int, text: str, *, id: str, person: str, now: datetime
) -> tuple[Reminder, ReminderSet]:
    """A new one. Raises RuleBroken for an empty text or a time beyond the shift."""
    if not 1 <= minutes <= MINUTES_MAX:
        raise RuleBroken("Pengingat: 1 sampai {max} menit.", max=MINUTES_MAX)
    if not text.strip():
        raise RuleBroken("Tulis apa yang perlu diingatkan.")
    due = now + timedelta(minutes=minutes)
    made = Reminder(id=id, person=person, text=text.strip()[:TEXT_CHARACTERS_MAX], made_at=now, due_at=due)
    return made, ReminderSet(reminder=id, taker=person, due_at=due, at=now)
