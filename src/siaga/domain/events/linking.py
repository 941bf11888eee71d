"""What is said about incidents that belong together, and about callers who meant another one."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class CallerParted(Event):
    """A joined caller meant something else; ``into`` is the incident made of his statement, if one was."""

    name = "incident.caller_parted.v1"
    incident: str
    statement: str
    call: str | None
    by: str
    into: str | None = None


@dataclass(frozen=True, kw_only=True)
class IncidentsLinked(Event):
    """Two incidents belong together; recorded once for each. The reason is in the row."""

    name = "incident.linked.v1"
    incident: str
    other: str
    link: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IncidentsUnlinked(Event):
    """They do not; recorded once for each."""

    name = "incident.unlinked.v1"
    incident: str
    other: str
    link: str
    by: str


@dataclass(frozen=True, kw_only=True)
class MajorIncidentDeclared(Event):
    """It is (``on``), or is no longer, a major incident under which others are gathered."""

    name = "incident.major_declared.v1"
    incident: str
    on: bool
    by: str


@dataclass(frozen=True, kw_only=True)
class ParentChosen(Event):
    """An incident is gathered under a major one, or let go (``parent`` None)."""

    name = "incident.parent_chosen.v1"
    incident: str
    parent: str | None
    before: str | None
    by: str


LINKING_EVENTS: tuple[type[Event], ...] = (
    CallerParted, IncidentsLinked, IncidentsUnlinked, MajorIncidentDeclared, ParentChosen,
)  # fmt: skip
