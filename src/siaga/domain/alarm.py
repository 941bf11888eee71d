"""The only things that may interrupt somebody: a closed catalogue. An alarm demands an act.

Acknowledged is not cleared: it clears by itself when its cause ends. Shelved is neither: for some minutes it does not
interrupt, then it does again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import AlarmAcknowledged, AlarmCleared, AlarmRaised, AlarmReturned, AlarmShelved


class AlarmKind(StrEnum):
    """Numbers A3, A4, A8, A10 and A11 of the catalogue in docs/glossary.md; more come with their features."""

    CALLER_WAITS = "A1"  # nobody ready and a caller waits
    PRESS_WAITS = "A2"  # the same for who presses or writes, and whose new words nobody has read
    NO_ANSWER_FROM_AGENCY = "A4"
    ABANDONED_NOT_CALLED_BACK = "A8"
    MANY_CALLERS = "A9"  # advice: so many report one thing that it may be a major incident
    OUR_OWN_FAULT = "A10"
    ALL_CHANNELS_FAILED = "A11"
    OVERFLOW = "A13"  # a telephone outside rings, or speaks, for a caller of ours
    ON_CALL = "A14"  # the takers on call have been told to come
    LEGAL_CLOCK = (
        "A15"  # a protected case: an act the law wants in time is still open; told to its circle only
    )


WAITING_SECONDS_BEFORE_ALARM = 10  # the room's own target is an answer within 10 s (NFPA 1225)
ABANDONED_SECONDS_BEFORE_ALARM = 120  # long enough to finish the sentence with the present caller

NEVER_SHELVED = frozenset({AlarmKind.CALLER_WAITS, AlarmKind.PRESS_WAITS})
# A person waits for an answer this very second; whoever cannot answer acknowledges, and the next one hears the ring.
SHELVED_MINUTES = {1: 2, 2: 5, 3: 10, 4: 10}  # by priority: long enough for one telephone call, no longer


class ShelfReason(StrEnum):
    """Why an alarm may wait: a closed list, because it is chosen with one digit."""

    ALREADY_CALLED = "already_called"
    BEING_MENDED = "being_mended"
    OTHERS_FIRST = "others_first"
    FALSE = "false"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm; its id names its cause, so the same cause never rings twice."""

    id: str
    kind: AlarmKind
    priority: int
    raised_at: datetime
    incident: str | None = None
    call: str | None = None
    assignment: str | None = None
    agency: str | None = None
    words: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    cleared_at: datetime | None = None
    shelved_until: datetime | None = None
    shelved_by: str | None = None
    shelved_reason: str | None = None
    shelvings: int = 0  # how often it was put aside since it was raised; the screens say so

    @property
    def is_fresh(self) -> bool:
        """Nobody has taken it on, and nobody has put it aside."""
        return self.cleared_at is None and self.acknowledged_at is None and self.shelved_until is None

    @property
    def may_be_shelved(self) -> bool:
        return self.kind not in NEVER_SHELVED and self.is_fresh

    @property
    def shelf_minutes(self) -> int:
        """How long it would be put aside."""
        return SHELVED_MINUTES[self.priority]

    def acknowledged(self, *, by: str, at: datetime) -> tuple[Alarm, AlarmAcknowledged]:
        """A person has seen it and acts."""
        if self.cleared_at is not None:
            raise RuleBroken("Alarm ini sudah selesai.")
        if self.acknowledged_at is not None:
            raise RuleBroken("Alarm ini sudah diterima.")
        return (
            replace(self, acknowledged_at=at, acknowledged_by=by, shelved_until=None),
            AlarmAcknowledged(alarm=self.id, by=by, at=at),
        )

    def shelved(self, *, reason: str, by: str, at: datetime) -> tuple[Alarm, AlarmShelved]:
        """A person puts it aside, with a reason, for the minutes of its priority; then it comes back by itself."""
        if self.kind in NEVER_SHELVED:
            raise RuleBroken("Alarm ini tidak boleh ditunda: seseorang sedang menunggu jawaban.")
        if self.cleared_at is not None:
            raise RuleBroken("Alarm ini sudah selesai.")
        if self.acknowledged_at is not None:
            raise RuleBroken("Alarm ini sudah diterima.")
        if self.shelved_until is not None:
            raise RuleBroken("Alarm ini sudah ditunda.")
        until = at + timedelta(minutes=self.shelf_minutes)
        alarm = replace(
            self,
            shelved_until=until,
            shelved_by=by,
            shelved_reason=ShelfReason(reason),
            shelvings=self.shelvings + 1,
        )
        return alarm, AlarmShelved(alarm=self.id, reason=ShelfReason(reason), until=until, by=by, at=at)

    def returned(self, *, at: datetime) -> tuple[Alarm, AlarmReturned]:
        """Its time aside is over and its cause still stands: it interrupts again."""
        return replace(self, shelved_until=None), AlarmReturned(alarm=self.id, at=at)

    def cleared(self, *, at: datetime) -> tuple[Alarm, AlarmCleared]:
        """Its cause has ended."""
        return replace(self, cleared_at=at, shelved_until=None), AlarmCleared(alarm=self.id, at=at)

    def raised_again(self, *, at: datetime) -> tuple[Alarm, AlarmRaised]:
        """The same cause is back."""
        alarm = replace(
            self, raised_at=at, cleared_at=None, acknowledged_at=None, acknowledged_by=None, shelved_until=None,
            shelved_by=None, shelved_reason=None, shelvings=0,
        )  # fmt: skip
        return alarm, alarm.fact()

    def fact(self) -> AlarmRaised:
        return AlarmRaised(
            alarm=self.id,
            kind=self.kind,
            priority=self.priority,
            incident=self.incident,
            call=self.call,
            agency=self.agency,
            at=self.raised_at,
        )
