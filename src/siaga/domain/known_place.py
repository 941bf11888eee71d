"""Names of places the house has been given or has learnt: imported lists, and what takers' corrections teach.

Rule 1: a taker's words may hold a person's name; they live in an erasable row, never in an event.
Rule 2: what an incident taught goes when the incident becomes protected, whoever has confirmed it since.
Rule 3: one person alone teaches nothing: what is learnt is used once two takers agree, or a supervisor confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import (
    PlaceLearned,
    PlaceLessonJudged,
    PlaceNamesImported,
    PlaceNamesUndone,
)
from siaga.domain.spelling import folded

NAME_CHARACTERS_MAX = 120  # longer is a description, not a name
WORDS_CHARACTERS_MAX = 120  # what a taker typed; longer is a story and teaches nothing
WORDS_CHARACTERS_MIN = 3
ALIASES_MAX = 12
NOTE_CHARACTERS_MAX = 200
LINE_CHARACTERS_MAX = 4_000  # some 400 corners of a street, encoded
TAKERS_FOR_USE = 2  # two people who mean the same are no slip of one hand
TAKERS_KEPT_MAX = 5
SAME_PLACE_METRES = 150.0  # two corrections this close mean one place: phones and map clicks are no surer
LEARNT_ACCURACY_METRES = 150.0
WITHDRAWN = "withdrawn"  # in the journal: one of its incidents is protected now


class PlaceSource(StrEnum):
    """Where a list of names came from."""

    FILE = "file"
    OSM = "osm"


@dataclass(frozen=True, kw_only=True)
class PlaceName:
    """One imported name. ``line``: a street's course, as an encoded polyline; ``accuracy_m``: its reach in metres."""

    id: str
    batch: str
    name: str
    kind: str
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    kelurahan: str | None = None
    aliases: tuple[str, ...] = ()
    note: str = ""
    line: str | None = None
    verified: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > NAME_CHARACTERS_MAX:
            raise RuleBroken("Nama tempat harus diisi, paling banyak {max} huruf.", max=NAME_CHARACTERS_MAX)
        if (self.lat is None) != (self.lon is None):
            raise RuleBroken("Koordinat belum lengkap: perlu lintang dan bujur.")


@dataclass(frozen=True, kw_only=True)
class PlaceImport:
    """One file of names, added together and taken back together."""

    id: str
    file: str
    source: PlaceSource
    rows: int
    by: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None

    def grown(self, rows: int, *, at: datetime) -> tuple[PlaceImport, PlaceNamesImported]:
        """One portion more."""
        if self.undone_at is not None:
            raise RuleBroken("Impor ini sudah dibatalkan.")
        event = PlaceNamesImported(batch=self.id, rows=rows, by=self.by, at=at)
        return replace(self, rows=self.rows + rows), event

    def undone(self, rows: int, *, by: str, at: datetime) -> tuple[PlaceImport, PlaceNamesUndone]:
        """All of it is gone."""
        return (
            replace(self, undone_at=at, undone_by=by),
            PlaceNamesUndone(batch=self.id, rows=rows, by=by, at=at),
        )


class LessonState(StrEnum):
    """What a supervisor has said about a lesson."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class PlaceLesson:
    """Words callers use for a place, as takers' corrections taught them. Erasable.

    ``key``: the words folded, to find the lesson again; ``place``: the name the taker chose, as the list calls it
    (empty: a point on the map).
    """

    id: str
    key: str
    words: str
    place: str
    lat: float
    lon: float
    accuracy_m: float | None = None
    kelurahan: str | None = None
    uses: int = 0
    takers: tuple[str, ...] = ()
    state: LessonState = LessonState.OPEN
    first_at: datetime
    last_at: datetime
    last_by: str
    judged_at: datetime | None = None
    judged_by: str | None = None

    @property
    def is_used(self) -> bool:
        """Whether suggestions heed it."""
        if self.state is LessonState.OPEN:
            return len(self.takers) >= TAKERS_FOR_USE
        return self.state is LessonState.CONFIRMED

    @property
    def is_verified(self) -> bool:
        return self.state is LessonState.CONFIRMED

    def again(self, *, by: str, at: datetime) -> tuple[PlaceLesson, PlaceLearned]:
        """Somebody meant the same."""
        takers = self.takers if by in self.takers else (*self.takers, by)[:TAKERS_KEPT_MAX]
        lesson = replace(self, uses=self.uses + 1, takers=takers, last_at=at, last_by=by)
        return lesson, PlaceLearned(lesson=self.id, by=by, uses=lesson.uses, in_use=lesson.is_used, at=at)

    def left_with(self, sources: Sequence[LessonSource]) -> PlaceLesson:
        """What is left of it when only these uses count."""
        takers = tuple(dict.fromkeys(one.taker for one in sources))[:TAKERS_KEPT_MAX]
        return replace(self, uses=len(sources), takers=takers)

    def judged(self, state: LessonState, *, by: str, at: datetime) -> tuple[PlaceLesson, PlaceLessonJudged]:
        """The supervisor knows the place, or knows better."""
        if state is LessonState.OPEN:
            raise RuleBroken("Pilih: pastikan atau tolak.")
        lesson = replace(self, state=state, judged_at=at, judged_by=by)
        return lesson, PlaceLessonJudged(lesson=self.id, state=state, by=by, at=at)


@dataclass(frozen=True, kw_only=True)
class LessonSource:
    """One use of a lesson: the incident and the taker who taught it. Gone with the lesson."""

    id: str
    lesson: str
    incident: str
    taker: str
    at: datetime


def source_of(lesson: PlaceLesson, incident: str, *, by: str, at: datetime) -> LessonSource:
    """The same taker at the same incident is one source, however often she moves the point."""
    return LessonSource(
        id=f"{lesson.id}:{incident}:{by}", lesson=lesson.id, incident=incident, taker=by, at=at
    )


def words_worth_learning(words: str) -> str | None:
    """The words as a lesson keeps them, or None when they teach nothing: too short, too long, only numbers."""
    words = " ".join(words.split())
    key = folded(words)
    if not WORDS_CHARACTERS_MIN <= len(words) <= WORDS_CHARACTERS_MAX:
        return None
    return words if sum(letter.isalpha() for letter in key) >= WORDS_CHARACTERS_MIN else None


def first_lesson(
    *,
    id: str,
    words: str,
    place: str,
    lat: float,
    lon: float,
    by: str,
    at: datetime,
    accuracy_m: float | None = None,
    kelurahan: str | None = None,
) -> PlaceLesson:
    """A lesson nobody has given yet; `again` makes it count."""
    return PlaceLesson(
        id=id,
        key=folded(words),
        words=words,
        place=place[:NAME_CHARACTERS_MAX],
        lat=lat,
        lon=lon,
        accuracy_m=accuracy_m if accuracy_m is not None else LEARNT_ACCURACY_METRES,
        kelurahan=kelurahan,
        first_at=at,
        last_at=at,
        last_by=by,
    )
