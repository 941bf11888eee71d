"""What agencies and units do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class AssignmentSent(Event):
    """An agency has been asked and must answer before ``due``. Said again when it must answer sooner."""

    name = "assignment.sent.v1"
    assignment: str
    incident: str
    agency: str
    due: datetime


@dataclass(frozen=True, kw_only=True)
class AssignmentAcknowledged(Event):
    """An agency has said: we have it, we are going."""

    name = "assignment.acknowledged.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentDeclined(Event):
    """An agency has said: this is not ours. The duty officer decides."""

    name = "assignment.declined.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentEscalated(Event):
    """Nobody answered in time; the next person on the ladder is called."""

    name = "assignment.escalated.v1"
    assignment: str
    incident: str
    agency: str
    rung: int
    due: datetime


@dataclass(frozen=True, kw_only=True)
class AssignmentOnScene(Event):
    """The agency is at the place."""

    name = "assignment.on_scene.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentDone(Event):
    """The agency has finished its part."""

    name = "assignment.done.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentWithdrawn(Event):
    """The incident was closed before the agency had finished; nothing more is asked of it."""

    name = "assignment.withdrawn.v1"
    assignment: str
    incident: str
    agency: str


@dataclass(frozen=True, kw_only=True)
class UnitStatusChanged(Event):
    """A unit (vehicle or team) is in another state."""

    name = "unit.status_changed.v1"
    unit: str
    agency: str
    status: str
    incident: str | None
    by: str
