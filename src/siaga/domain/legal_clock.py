"""The acts the law wants done in time after a protected report, as deadlines in rows.

Rule 1: a clock begins when the case is protected and ends only when somebody records that the act was done, and how.
Rule 2: closing the incident stops no clock: the law does not ask whether the telephone call is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.errors import RuleBroken
from siaga.domain.event import LegalClockMet, LegalClockStarted
from siaga.domain.protection import a_reason
from siaga.domain.protection_rules import LAW_HOURS_MAX, LegalDuty

ALARM_PRIORITY_WARNED = 3
ALARM_PRIORITY_OVERDUE = 2


@dataclass(frozen=True, kw_only=True)
class LegalClock:
    """One act for one case. ``rung_at``: when the circle was first told; ``overdue_at``: when told it is too late."""

    id: str
    incident: str
    duty: str
    started_at: datetime
    warn_at: datetime
    due_at: datetime
    rung_at: datetime | None = None
    overdue_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    done_how: str | None = None

    @property
    def alarm_id(self) -> str:
        return f"{AlarmKind.LEGAL_CLOCK}:{self.id}"

    def is_late(self, now: datetime) -> bool:
        """Not done in time, whether or not it was done afterwards."""
        return (self.done_at or now) > self.due_at

    def wants_alarm(self, now: datetime) -> bool:
        """Whether the circle must be told something it has not been told yet."""
        if self.done_at is not None:
            return False
        return (self.rung_at is None and now >= self.warn_at) or (
            self.overdue_at is None and now >= self.due_at
        )

    def rung(self, known: Alarm | None, *, at: datetime) -> tuple[LegalClock, Alarm]:
        """Tell the circle; once when the end is near and once more when it has passed. Say it with ``alarm.fact()``."""
        late = at >= self.due_at
        clock = replace(self, rung_at=self.rung_at or at, overdue_at=at if late else None)
        fresh = Alarm(
            id=self.alarm_id,
            kind=AlarmKind.LEGAL_CLOCK,
            priority=ALARM_PRIORITY_OVERDUE if late else ALARM_PRIORITY_WARNED,
            raised_at=at,
            incident=self.incident,
            words=self.duty,
        )
        if known is None:
            return clock, fresh
        return clock, replace(known.raised_again(at=at)[0], priority=fresh.priority)

    def met(self, how: str, *, by: str, at: datetime) -> tuple[LegalClock, LegalClockMet]:
        """It was done; ``how`` names the letter, the officer, the shelter."""
        if self.done_at is not None:
            raise RuleBroken("Kewajiban ini sudah dicatat selesai.")
        how = a_reason(
            how, RuleBroken("Tulis bagaimana kewajiban ini dipenuhi: nomor surat, nama petugas, atau tempat.")
        )
        done = replace(self, done_at=at, done_by=by, done_how=how)
        return done, LegalClockMet(incident=self.incident, duty=self.duty, by=by, at=at)


def started(
    duty: LegalDuty, *, id: str, incident: str, since: datetime, at: datetime
) -> tuple[LegalClock, LegalClockStarted]:
    """The clock of one duty, counted from ``since``. A city's number longer than the law's is the law's."""
    due = since + timedelta(hours=min(duty.hours, LAW_HOURS_MAX))
    clock = LegalClock(
        id=id,
        incident=incident,
        duty=duty.code,
        started_at=since,
        warn_at=max(since, due - timedelta(hours=duty.warn_hours)),
        due_at=due,
    )
    return clock, LegalClockStarted(incident=incident, duty=duty.code, due_at=due, at=at)
