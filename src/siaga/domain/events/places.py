"""What happens to the names of places: imported, taken back, learnt, judged. Words and points stay in rows."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class PlaceNamesImported(Event):
    """A portion of a file of names was added, marked with ``batch`` so that it can be undone."""

    name = "place.names_imported.v1"
    batch: str
    rows: int
    by: str


@dataclass(frozen=True, kw_only=True)
class PlaceNamesUndone(Event):
    """An import of names was taken back."""

    name = "place.names_undone.v1"
    batch: str
    rows: int
    by: str


@dataclass(frozen=True, kw_only=True)
class PlaceLearned(Event):
    """A taker's correction taught what callers call a place. ``in_use``: suggestions heed it from now on."""

    name = "place.learned.v1"
    lesson: str
    by: str
    uses: int
    in_use: bool


@dataclass(frozen=True, kw_only=True)
class PlaceLessonJudged(Event):
    """A supervisor confirmed, rejected or forgot a lesson, or an incident that taught it is protected now."""

    name = "place.lesson_judged.v1"
    lesson: str
    state: str
    by: str | None


@dataclass(frozen=True, kw_only=True)
class IncidentPlaceConfirmed(Event):
    """Somebody made sure that an incident is where its row says."""

    name = "incident.place_confirmed.v1"
    incident: str
    by: str


PLACE_EVENTS: tuple[type[Event], ...] = (
    PlaceNamesImported, PlaceNamesUndone, PlaceLearned, PlaceLessonJudged, IncidentPlaceConfirmed,
)  # fmt: skip
