"""The places of one city: which kelurahan a point lies in, and which places fit what was typed.

This is the `PlaceFinder` the house works with. It holds everything in memory and asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from siaga.adapters.maps.boundaries import Boundary, BoundaryIndex
from siaga.adapters.maps.boundary_file import kept_boundaries
from siaga.adapters.maps.gazetteer import Gazetteer, Name
from siaga.adapters.maps.place_words import SpokenPlace, taken_apart
from siaga.domain.city import City, Kelurahan, Landmark
from siaga.domain.errors import RuleBroken
from siaga.domain.place import Place, PlaceMethod, Suggestion, metres_between, on_earth

KELURAHAN_SCORE_MIN = 85.0  # "kel. utara" must be that kelurahan, not one that resembles it
SECOND_PART_PENALTY = 40.0  # "depan masjid, jl kartini": the first thing said is the nearest to the caller
FAR_BEHIND = 40.0  # a name this far behind the best one only shares letters with what was typed
PARTS_SEARCHED_MAX = 4  # "depan masjid, jl kartini, kelurahan": nobody names more; commas must not cost time
KIND_STREET = "jalan"  # the gazetteer's word for a street; a caller who says "jl" means one of these
EXACT_SCORE = 200.0  # coordinates and named kelurahan are not guesses; they come first


@dataclass(frozen=True, kw_only=True)
class _Entry:
    label: str
    detail: str
    kind: str
    place: Place
    unverified: bool = False


class CityPlaceFinder:
    """Places of one city. Build a new one after an import; safe to share between threads."""

    def __init__(self, city: City, boundaries: Sequence[Boundary] = ()) -> None:
        self._city = city
        self._index = BoundaryIndex(city, boundaries)
        self._entries: list[_Entry] = []
        names: list[Name] = []
        for area in city.kelurahan:
            self._add(names, self._kelurahan_entry(area), rank=0)
        for landmark in city.landmarks:
            self._add(names, self._landmark_entry(landmark), rank=1, aliases=landmark.aliases)
        for code, name in city.kecamatan_names.items():
            self._add(names, _kecamatan_entry(code, name), rank=2, aliases=(name,))
        self._gazetteer = Gazetteer(names)
        self._kelurahan_names = Gazetteer(
            [Name(text=area.name, index=at, street=False, rank=0) for at, area in enumerate(city.kelurahan)]
        )

    @property
    def outlined(self) -> int:
        """How many kelurahan have an imported outline; the others are guessed by their centre."""
        return self._index.outlined

    def locate(self, lat: float, lon: float, *, text: str = "", accuracy_m: float | None = None) -> Place:
        """The place of a point in degrees (WGS 84), with the kelurahan it lies in and how that was found.

        Raises RuleBroken when the point is not on Earth.
        """
        if not on_earth(lat, lon):
            raise RuleBroken("Koordinat tidak masuk akal: lintang -90 sampai 90, bujur -180 sampai 180.")
        area, method = self._index.find(lat, lon)
        return Place(
            text=text,
            lat=lat,
            lon=lon,
            accuracy_m=accuracy_m,
            kelurahan=None if area is None else area.code,
            kecamatan=None if area is None else area.kecamatan,
            method=method,
        )

    def suggest(self, text: str, limit: int = 5) -> tuple[Suggestion, ...]:
        """The best places for what was typed, best first; empty when nothing is near enough.

        Understands streets, landmarks, kelurahan, "RT3/5", "kel. ...", coordinates and pasted map links. Words such
        as "depan" are kept in the place's text as they were said.
        """
        spoken = taken_apart(text)
        if spoken.point is not None:
            return (self._at_point(*spoken.point),)
        found: list[Suggestion] = []
        score_min = 0.0
        if named := self._named_kelurahan(spoken):
            found.append(named)
            score_min = KELURAHAN_SCORE_MIN  # beside a place that is sure, only names that were really said
        best: dict[int, tuple[float, int]] = {}
        for part, words in enumerate(spoken.search[:PARTS_SEARCHED_MAX]):
            hits = self._gazetteer.find(words, limit)
            for index, score in hits:
                hit = (score - part * SECOND_PART_PENALTY, part)
                if score >= max(score_min, hits[0][1] - FAR_BEHIND):
                    best[index] = max(best.get(index, hit), hit)
        ranked = sorted(best.items(), key=lambda hit: -hit[1][0])
        found += [_said(self._entries[index], spoken, part, score) for index, (score, part) in ranked]
        if not found and spoken.rt_rw:
            found = [_only_words(spoken)]
        return tuple(found[:limit])

    def _add(self, names: list[Name], entry: _Entry, *, rank: int, aliases: Sequence[str] = ()) -> None:
        index = len(self._entries)
        self._entries.append(entry)
        street = entry.kind == KIND_STREET
        names += [Name(text=text, index=index, street=street, rank=rank) for text in (entry.label, *aliases)]

    def _kelurahan_entry(self, area: Kelurahan) -> _Entry:
        return _Entry(
            label=area.name,
            detail=f"Kelurahan, Kec. {area.kecamatan_name}",
            kind="kelurahan",
            place=Place(
                text=f"Kelurahan {area.name}",
                lat=area.lat,
                lon=area.lon,
                accuracy_m=self._radius_m(area),
                kelurahan=area.code,
                kecamatan=area.kecamatan,
                method=PlaceMethod.GIVEN,
            ),
        )

    def _landmark_entry(self, landmark: Landmark) -> _Entry:
        if landmark.lat is not None and landmark.lon is not None:
            place = self.locate(landmark.lat, landmark.lon, text=landmark.name)
        else:
            place = Place(text=landmark.name)
        if landmark.kelurahan is not None and (area := self._city.kelurahan_by_code.get(landmark.kelurahan)):
            place = replace(place, kelurahan=area.code, kecamatan=area.kecamatan, method=PlaceMethod.GIVEN)
        where = self._city.area_name(place.kelurahan, place.kecamatan)
        return _Entry(
            label=landmark.name,
            detail=f"{landmark.kind}, {where}" if where else landmark.kind,
            kind=landmark.kind,
            place=place,
            unverified=not landmark.verified,
        )

    def _radius_m(self, area: Kelurahan) -> float:
        """How far from its centre somebody in this kelurahan may be: from its outline, else from its neighbours."""
        if (radius_m := self._index.radius_m(area.code)) is not None:
            return round(radius_m)
        away = [
            metres_between(area.lat, area.lon, other.lat, other.lon)
            for other in self._city.kelurahan
            if other.code != area.code
        ]
        return round(min([*away, self._city.centroid_reach_m]))

    def _at_point(self, lat: float, lon: float) -> Suggestion:
        place = self.locate(lat, lon, text=f"{lat:.6f}, {lon:.6f}")
        where = self._city.area_name(place.kelurahan, place.kecamatan)
        detail = ", ".join(part for part in (where, place.label) if part)
        return Suggestion(label=place.text, detail=detail, kind="koordinat", place=place, score=EXACT_SCORE)

    def _named_kelurahan(self, spoken: SpokenPlace) -> Suggestion | None:
        """An alley nobody knows, "gg buntu kel. utara": the kelurahan is what sends help there."""
        if not spoken.kelurahan:
            return None
        hits = self._kelurahan_names.find(spoken.kelurahan, 1)
        if not hits or hits[0][1] < KELURAHAN_SCORE_MIN:
            return None
        entry = self._kelurahan_entry(self._city.kelurahan[hits[0][0]])
        return Suggestion(
            label=spoken.said,
            detail=f"{entry.label}, {entry.detail}",
            kind="kelurahan",
            place=replace(entry.place, text=spoken.said),
            score=EXACT_SCORE,
        )


def finder_for(city: City, home: Path) -> CityPlaceFinder:
    """The finder of a city with the outlines kept in the data folder, if there are any.

    Raises MapFileRefused when those are damaged.
    """
    return CityPlaceFinder(city, kept_boundaries(home, city))


def _kecamatan_entry(code: str, name: str) -> _Entry:
    place = Place(text=f"Kecamatan {name}", kecamatan=code, method=PlaceMethod.GIVEN)
    return _Entry(label=f"Kecamatan {name}", detail="Kecamatan", kind="kecamatan", place=place)


def _said(entry: _Entry, spoken: SpokenPlace, part: int, score: float) -> Suggestion:
    """The entry in the place of the words that found it, the caller's other words left as they were."""
    return Suggestion(
        label=_in_context(entry.label, spoken, part),
        detail=entry.detail,
        kind=entry.kind,
        place=replace(entry.place, text=_in_context(entry.place.text, spoken, part)),
        score=score,
        unverified=entry.unverified,
    )


def _in_context(name: str, spoken: SpokenPlace, part: int) -> str:
    parts = [*spoken.search[:part], name, *spoken.search[part + 1 :]]
    if spoken.relation:
        parts[0] = f"{spoken.relation} {parts[0]}"
    if spoken.kelurahan:
        parts.append(f"kel. {spoken.kelurahan}")
    text = ", ".join(parts)
    return f"{text} {spoken.rt_rw}" if spoken.rt_rw else text


def _only_words(spoken: SpokenPlace) -> Suggestion:
    return Suggestion(
        label=spoken.said,
        detail="sebutkan kelurahannya",
        kind="RT/RW",
        place=Place(text=spoken.said),
        score=0.0,
    )
