"""What the browser sends of a call sheet, and what it means: from typed fields to a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from siaga.domain.city import City
from siaga.domain.incident_type import IncidentType
from siaga.domain.place import Place, PlaceFinder, PlaceMethod
from siaga.domain.type_match import match_types
from siaga.features.incidents.actions import Report
from siaga.features.incidents.amending import Believed, Wanted
from siaga.features.incidents.desk.spoken_place import spoken_place
from siaga.features.incidents.interview import Spoken
from siaga.features.incidents.joining import Told
from siaga.features.incidents.premises.lessons import Meant, meant_by_choice

ANSWERS_MAX = 100  # twelve questions, each changed a few times
NOTE_LINES_MAX = 200  # an hour of typing; a pasted novel is refused by the draft's own limit first

Text = Annotated[str, msgspec.Meta(max_length=4000)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Long = Annotated[str, msgspec.Meta(max_length=1000)]  # a pasted map link


class ChosenPlace(msgspec.Struct):
    """A place as GET /meja/dimana proposed it. ``words``: what of the typed text it was found by; ``rank``: its place
    in the list, from 0; ``unverified``: the list itself is not sure of it."""

    text: Long = ""
    words: Long = ""
    name: Short = ""
    rank: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0
    unverified: bool = False
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=100_000)] | None = None
    code: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class Answered(msgspec.Struct):
    """One line of the interview, in the words that stood on the screen; ``at`` is the desk's clock."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    said: Literal["answered", "skipped", "told", "taken_back"]
    asked: Short = ""
    text: Short = ""
    edition: Annotated[str, msgspec.Meta(max_length=120)] = ""
    at: datetime | None = None

    def spoken(self) -> Spoken:
        at = self.at if self.at is not None and self.at.tzinfo is not None else None
        return Spoken(
            question=self.question,
            said=self.said,
            asked=self.asked,
            text=self.text,
            edition=self.edition,
            at=at,
        )


class Fields(msgspec.Struct):
    """The sheet as the browser keeps it (web/src/draft.ts)."""

    what: Short = ""
    type: Short | None = None
    type_is_chosen: bool = False
    where: Long = ""
    place: ChosenPlace | None = None
    landmark: Short = ""
    rt_rw: Annotated[str, msgspec.Meta(max_length=20)] = ""
    caller_name: Short = ""
    hazards: Annotated[list[Short], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)
    notes: Text = ""
    notes_sent: Annotated[list[Text], msgspec.Meta(max_length=NOTE_LINES_MAX)] = msgspec.field(
        default_factory=list
    )
    priority: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    answers: Annotated[list[Answered], msgspec.Meta(max_length=ANSWERS_MAX)] = msgspec.field(
        default_factory=list
    )


class Saving(msgspec.Struct):
    """One autosave. ``fields`` is kept as it came, so that a newer browser loses nothing on an older server."""

    version: int
    fields: dict[str, Any]
    caret: dict[str, Any] | None = None
    was: dict[str, Any] | None = (
        None  # what the fields grew from; then both sides are merged (sheet_merge.py)
    )
    resolved: Annotated[list[Short], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)


class Sending(msgspec.Struct):
    """The sheet becomes an incident."""

    fields: Fields
    call: Short | None = None


class Joining(msgspec.Struct):
    """The sheet's caller reports an incident we have."""

    incident: Short
    fields: Fields
    call: Short | None = None


class Shown(msgspec.Struct):
    """What the sheet believes the incident to be, in the words of its fields."""

    type: Short | None = None
    where: Long | None = None
    landmark: Short | None = None
    rt_rw: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    hazards: Annotated[list[Short], msgspec.Meta(max_length=20)] | None = None

    def believed(self) -> Believed:
        return Believed(
            type=self.type, where=self.where, landmark=self.landmark, rt_rw=self.rt_rw,
            hazards=tuple(self.hazards) if self.hazards is not None else None,
        )  # fmt: skip


class Amending(msgspec.Struct):
    """What is known better; what is left out stays. ``before``: what it was believed to be."""

    type: Short | None = None
    where: Long | None = None
    place: ChosenPlace | None = None
    landmark: Short | None = None
    rt_rw: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    hazards: Annotated[list[Short], msgspec.Meta(max_length=20)] | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    before: Shown | None = None

    def wanted(self, place: Place | None) -> Wanted:
        return Wanted(
            type=self.type, place=place, landmark=self.landmark, rt_rw=self.rt_rw, priority=self.priority,
            hazards=tuple(self.hazards) if self.hazards is not None else None,
        )  # fmt: skip


def report_of(city: City, finder: PlaceFinder, fields: Fields) -> Report:
    kind = _type(city, fields)
    notes = note_lines(fields)
    if fields.what.strip() and fields.what.strip().casefold() not in (
        kind.name.casefold(),
        kind.name_en.casefold(),
    ):
        notes = (fields.what.strip(), *notes)  # her own words, when they say more than the type's name
    return Report(
        type=kind.code,
        place=place_of(city, finder, fields.where, fields.place),
        hazards=tuple(fields.hazards),
        landmark=fields.landmark.strip() or None,
        rt_rw=fields.rt_rw.strip() or None,
        reporter_name=fields.caller_name.strip() or None,
        notes=notes,
        priority=fields.priority,
        answers=tuple(line.spoken() for line in fields.answers),
    )


def told_of(city: City, finder: PlaceFinder, fields: Fields) -> Told:
    """What the caller of a sheet that joins an incident said: all of it, whether or not it is new."""
    known = fields.type if fields.type is not None and fields.type in city.type_by_code else None
    return Told(
        type=known,
        what=fields.what.strip(),
        place=place_of(city, finder, fields.where, fields.place),
        landmark=fields.landmark.strip(),
        rt_rw=fields.rt_rw.strip(),
        hazards=tuple(code for code in fields.hazards if code in city.hazard_by_code),
        name=fields.caller_name.strip(),
        lines=note_lines(fields),
    )


def _type(city: City, fields: Fields) -> IncidentType:
    """The chosen type, else the best match of what was typed, else "other": nothing is sent nowhere."""
    if fields.type is not None and fields.type in city.type_by_code:
        return city.type_by_code[fields.type]
    found = match_types(city, fields.what, 1)
    if found:
        return found[0].type
    other = next(kind for kind in city.kinds if kind.statutory == "lainnya")
    return city.type(other.default_type)


def place_of(city: City, finder: PlaceFinder, text: str, chosen: ChosenPlace | None) -> Place:
    """A point is located again here: a kelurahan is never taken from the browser's word."""
    if chosen is None or chosen.lat is None or chosen.lon is None:
        known = city.kelurahan_by_code.get(chosen.code or "") if chosen is not None else None
        if known is None or chosen is None:
            return spoken_place(city, finder, text) or Place(text=text)
        return Place(
            text=text, lat=known.lat, lon=known.lon, accuracy_m=chosen.accuracy_m, kelurahan=known.code,
            kecamatan=known.kecamatan, method=PlaceMethod.GIVEN, unverified=chosen.unverified,
        )  # fmt: skip
    place = finder.locate(chosen.lat, chosen.lon, text=text, accuracy_m=chosen.accuracy_m)
    if (given := city.kelurahan_by_code.get(chosen.code or "")) is not None:
        place = replace(place, kelurahan=given.code, kecamatan=given.kecamatan, method=PlaceMethod.GIVEN)
    return replace(place, unverified=chosen.unverified)


def lesson_of(chosen: ChosenPlace | None, place: Place) -> Meant | None:
    """What choosing this place taught, if it was not the first suggestion."""
    return None if chosen is None else meant_by_choice(chosen.words, chosen.name, chosen.rank, place)


def note_lines(fields: Fields) -> tuple[str, ...]:
    lines = (line.strip() for line in fields.notes.splitlines())
    return tuple(line for line in lines if line and line not in fields.notes_sent)[:NOTE_LINES_MAX]
