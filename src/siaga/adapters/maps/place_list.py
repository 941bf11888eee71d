"""Every place a city knows by name, in one list: its areas, its own landmarks, imported names and learnt words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import overload

from siaga.adapters.maps.gazetteer import Gazetteer, Name
from siaga.adapters.maps.street_lines import Points, decoded
from siaga.domain.city import City, Kelurahan, Landmark
from siaga.domain.known_place import PlaceLesson, PlaceName
from siaga.domain.place import Place, PlaceMethod, PlaceNote
from siaga.domain.spelling import folded

KIND_STREET = "jalan"  # the gazetteer's word for a street; a caller who says "jl" means one of these
KIND_ALLEY = "gang"
STREETS = frozenset({KIND_STREET, KIND_ALLEY})
KIND_KELURAHAN, KIND_KECAMATAN, KIND_LEARNT = "kelurahan", "kecamatan", "patokan"
UNVERIFIED_DOUBT = 1.0  # an unconfirmed name comes behind a confirmed one that fits as well
LEARNT_DOUBT = 3.0

Locate = Callable[[float, float], Place]
Radius = Callable[[Kelurahan], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One place. ``place_text``: what the sheet says when it is chosen; ``note``: more words for the taker, as the city
    wrote them; ``called``: what callers say for it."""

    label: str
    kind: str
    place_text: str
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    line: str | None = None
    note: str = ""
    called: str = ""
    unverified: bool = False
    given: bool = False  # a person said which kelurahan: the map need not be asked

    @property
    def notes(self) -> tuple[PlaceNote, ...]:
        """What to know of it."""
        called = (PlaceNote("disebut “{words}”", {"words": self.called}),) if self.called else ()
        return (*called, PlaceNote(self.note)) if self.note else called

    @property
    def is_street(self) -> bool:
        return self.kind in STREETS

    @property
    def course(self) -> Points:
        """The street's points, or the one point; empty when nobody knows where it is."""
        if self.line:
            return decoded(self.line)
        return [] if self.lat is None or self.lon is None else [(self.lat, self.lon)]

    def place(self, locate: Locate) -> Place:
        """What the sheet keeps when this is chosen."""
        if self.lat is None or self.lon is None:
            place = Place(text=self.place_text, accuracy_m=self.accuracy_m, unverified=self.unverified)
        else:
            found = locate(self.lat, self.lon)
            place = replace(
                found, text=self.place_text, accuracy_m=self.accuracy_m, unverified=self.unverified
            )
        if not self.given:
            return place
        return replace(place, kelurahan=self.kelurahan, kecamatan=self.kecamatan, method=PlaceMethod.GIVEN)


_FIELDS = tuple(field.name for field in fields(Entry))
_values = attrgetter(*_FIELDS)


def _entry(row: tuple[object, ...]) -> Entry:
    return Entry(**dict(zip(_FIELDS, row, strict=True)))  # type: ignore[arg-type]


class Entries(Sequence[Entry]):
    """Many entries, kept as bare tuples and made anew when one is asked for.

    Tuples of words and numbers are nothing to the garbage collector; a hundred thousand objects cost it a third of a
    second, in which no telephone rings and no screen moves.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []

    def append(self, entry: Entry) -> None:
        self._rows.append(_values(entry))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        if isinstance(at, slice):
            return [_entry(row) for row in self._rows[at]]
        return _entry(self._rows[at])


class PlaceList:
    """The entries and the gazetteer over their names. Built once, then only read."""

    def __init__(self, city: City, entries: Iterable[tuple[Entry, tuple[str, ...], int]]) -> None:
        """``entries``: each with its other names, and its rank (lower first between equals)."""
        self.entries = Entries()
        self.gazetteer = Gazetteer(self._names(entries), weak=frozenset(folded(city.name).split()))

    def _names(self, entries: Iterable[tuple[Entry, tuple[str, ...], int]]) -> Iterator[Name]:
        """Keeps each entry and gives its names, one after the other: no second list of everything is made."""
        for entry, aliases, rank in entries:
            index = len(self.entries)
            self.entries.append(entry)
            doubt = (
                0.0
                if not entry.unverified
                else LEARNT_DOUBT
                if entry.kind == KIND_LEARNT
                else UNVERIFIED_DOUBT
            )
            for text in (entry.label, *aliases):
                yield Name(
                    text=text, index=index, street=entry.is_street, rank=rank, lat=entry.lat, lon=entry.lon, doubt=doubt
                )  # fmt: skip


def own_entries(city: City, radius: Radius) -> Iterator[tuple[Entry, tuple[str, ...], int]]:
    """What the city's own files name."""
    for area in city.kelurahan:
        yield kelurahan_entry(area, radius(area)), (f"Kelurahan {area.name}",), 0
    for landmark in city.landmarks:
        yield _landmark(city, landmark), landmark.aliases, 1
    for code, name in city.kecamatan_names.items():
        text = f"Kecamatan {name}"
        entry = Entry(label=text, kind=KIND_KECAMATAN, place_text=text, kecamatan=code, given=True)
        yield entry, (name,), 3


def imported_entries(city: City, names: Iterable[PlaceName]) -> Iterator[tuple[Entry, tuple[str, ...], int]]:
    """What was imported, without what the city's own files already name at the same kelurahan."""
    for name in names:
        area = city.kelurahan_by_code.get(name.kelurahan or "")
        entry = Entry(
            label=name.name,
            kind=name.kind,
            place_text=name.name,
            lat=name.lat,
            lon=name.lon,
            accuracy_m=name.accuracy_m,
            kelurahan=None if area is None else area.code,
            kecamatan=None if area is None else area.kecamatan,
            line=name.line,
            note=name.note,
            unverified=not name.verified,
            given=area is not None,
        )
        yield entry, name.aliases, 2


def learnt_entries(
    city: City, lessons: Sequence[PlaceLesson]
) -> Iterator[tuple[Entry, tuple[str, ...], int]]:
    """What corrections taught and is in use: the words, at the place that was meant."""
    for lesson in lessons:
        if not lesson.is_used:
            continue
        area = city.kelurahan_by_code.get(lesson.kelurahan or "")
        named = bool(lesson.place) and folded(lesson.place) != lesson.key
        entry = Entry(
            label=lesson.place if named else lesson.words,
            kind=KIND_LEARNT,
            place_text=lesson.place if named else lesson.words,
            lat=lesson.lat,
            lon=lesson.lon,
            accuracy_m=lesson.accuracy_m,
            kelurahan=None if area is None else area.code,
            kecamatan=None if area is None else area.kecamatan,
            called=lesson.words if named else "",
            unverified=not lesson.is_verified,
            given=area is not None,
        )
        yield entry, (lesson.words,) if named else (), 1


def kelurahan_entry(area: Kelurahan, radius_m: float) -> Entry:
    """A kelurahan: its centre, and how far from it somebody in it may be."""
    return Entry(
        label=area.name,
        kind=KIND_KELURAHAN,
        place_text=f"Kelurahan {area.name}",
        lat=area.lat,
        lon=area.lon,
        accuracy_m=radius_m,
        kelurahan=area.code,
        kecamatan=area.kecamatan,
        given=True,
    )


def _landmark(city: City, landmark: Landmark) -> Entry:
    area = city.kelurahan_by_code.get(landmark.kelurahan or "")
    return Entry(
        label=landmark.name,
        kind=landmark.kind,
        place_text=landmark.name,
        lat=landmark.lat,
        lon=landmark.lon,
        kelurahan=None if area is None else area.code,
        kecamatan=None if area is None else area.kecamatan,
        unverified=not landmark.verified,
        given=area is not None,
    )
