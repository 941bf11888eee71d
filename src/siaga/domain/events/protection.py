"""What happens to a protected case beside its story: its circle, its legal clocks, whether a number may be rung.

Reasons and names are personal data and lie in rows; an event says only that it happened, to which row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class IncidentRestricted(Event):
    """The case is for its circle only, from now on."""

    name = "incident.restricted.v1"
    incident: str
    protected_class: str
    by: str | None


@dataclass(frozen=True, kw_only=True)
class IncidentUnrestricted(Event):
    """A supervisor of the circle found that it needs no protection; why is in the story."""

    name = "incident.unrestricted.v1"
    incident: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CircleJoined(Event):
    """Somebody was named for this one case; why is in his row."""

    name = "circle.joined.v1"
    incident: str
    person: str
    by: str
    until_at: datetime


@dataclass(frozen=True, kw_only=True)
class CircleLeft(Event):
    """He no longer needs to see it."""

    name = "circle.left.v1"
    incident: str
    person: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CaseRevealed(Event):
    """Somebody outside the circle broke the glass; why is in his row."""

    name = "circle.revealed.v1"
    incident: str
    person: str
    until_at: datetime


@dataclass(frozen=True, kw_only=True)
class LegalClockStarted(Event):
    """The law wants this done by ``due_at``."""

    name = "circle.clock_started.v1"
    incident: str
    duty: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class LegalClockMet(Event):
    """It was done, and who says so."""

    name = "circle.clock_met.v1"
    incident: str
    duty: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallSafetySet(Event):
    """Whether a reporter's number may be rung; the number itself is in the row ``number_row``."""

    name = "circle.call_safety_set.v1"
    incident: str
    number_row: str
    verdict: str
    by: str | None


PROTECTION_EVENTS = (
    IncidentRestricted, IncidentUnrestricted, CircleJoined, CircleLeft, CaseRevealed, LegalClockStarted,
    LegalClockMet, CallSafetySet,
)  # fmt: skip
