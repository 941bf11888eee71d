"""What happens to an incident, and to the history that was typed in."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One line of the routing decision: this agency must answer within these seconds."""

    agency: str
    within_seconds: int


@dataclass(frozen=True, kw_only=True)
class IncidentOpened(Event):
    """A call taker knows what and where; ``asks`` is what the city's table said at that moment."""

    name = "incident.opened.v1"
    incident: str
    type: str
    priority: int
    kelurahan: str | None
    kecamatan: str | None
    asks: tuple[Ask, ...]
    taker: str | None
    call: str | None = None
    protected: bool = False
    demo: bool = False


@dataclass(frozen=True, kw_only=True)
class IncidentAmended(Event):
    """Something about the incident is known better; the new values are in its row.

    ``priority`` is the priority from now on (none in entries written before it was added).
    """

    name = "incident.amended.v1"
    incident: str
    fields: tuple[str, ...]
    taker: str | None
    asks: tuple[Ask, ...] = ()
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class IncidentNoted(Event):
    """A line was added to the incident's story; the words are in its row."""

    name = "incident.noted.v1"
    incident: str
    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IncidentNoteStruck(Event):
    """A line of the story was wrong and is struck through; it stays readable."""

    name = "incident.note_struck.v1"
    incident: str
    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallerJoined(Event):
    """Another caller reported the same incident."""

    name = "incident.caller_joined.v1"
    incident: str
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class IncidentClosed(Event):
    """The incident is over, for the reason in ``outcome``."""

    name = "incident.closed.v1"
    incident: str
    outcome: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IncidentReopened(Event):
    """It was not over. ``priority`` is what it has now (none in entries written before it was added)."""

    name = "incident.reopened.v1"
    incident: str
    by: str
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class HistoryImported(Event):
    """Incidents of the past were added from a file, all marked with ``batch`` so that it can be undone."""

    name = "history.imported.v1"
    batch: str
    rows: int
    by: str


@dataclass(frozen=True, kw_only=True)
class HistoryUndone(Event):
    """An import was taken back."""

    name = "history.undone.v1"
    batch: str
    rows: int
    by: str
