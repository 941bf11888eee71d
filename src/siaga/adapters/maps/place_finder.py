"""The places of one city: which kelurahan a point lies in, and which places fit what was typed.

This is the `PlaceFinder` the house works with. It holds everything in memory and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import shapely

from siaga.adapters.maps.boundaries import Boundary, BoundaryIndex
from siaga.adapters.maps.exact_places import ExactPlaces
from siaga.adapters.maps.gazetteer import Gazetteer, Name
from siaga.adapters.maps.place_list import (
    KIND_KECAMATAN,
    KIND_KELURAHAN,
    Entry,
    PlaceList,
    imported_entries,
    kelurahan_entry,
    learnt_entries,
    own_entries,
)
from siaga.adapters.maps.place_pairs import Hit, paired
from siaga.adapters.maps.place_words import Relation, SpokenPlace, taken_apart, tidy
from siaga.domain.city import City, Kelurahan
from siaga.domain.errors import RuleBroken
from siaga.domain.known_place import PlaceLesson, PlaceName
from siaga.domain.place import Place, PlaceMethod, PlaceNote, Suggestion, metres_between, on_earth

KELURAHAN_SCORE_MIN = 85.0  # "kel. utara" must be that kelurahan, not one that resembles it
STRONG_SCORE = 88.0  # the name was said, give or take a letter
SECOND_PART_PENALTY = 12.0  # "depan masjid, jl kartini": the first thing said is the nearest to the caller
WEAK_PART_PENALTY = 40.0  # and a later part that only resembles something is most likely not a name
TOWARDS_PENALTY = 30.0  # "arah terminal" is where the road leads, not where he is
WHOLE_BONUS = 4.0  # "Simpang Lima" as a name, before what lies at a crossing called "Lima"
LANDMARK_BONUS = 14.0  # "jl melati depan masjid agung": the mosque is the more exact of the two
FAR_BEHIND = 40.0  # a name this far behind the best one only shares letters with what was typed
SURE_SCORE, SURE_MARGIN = 90.0, 8.0  # what a hasty Enter may take unread: well matched, and nothing else near

HITS_A_PART = 8
_MORE_EXACT = frozenset({
    Relation.FRONT, Relation.OPPOSITE, Relation.BESIDE, Relation.BEHIND, Relation.BETWEEN, Relation.JUNCTION,
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Near:
    """Where the caller is said to be, in degrees; how far around it in metres; whether to say how far things are."""

    lat: float
    lon: float
    reach_m: float
    shown: bool


class CityPlaceFinder:
    """Places of one city. Build a new one after an import; safe to share between threads."""

    def __init__(
        self,
        city: City,
        boundaries: Sequence[Boundary] = (),
        names: Iterable[PlaceName] = (),
        lessons: Sequence[PlaceLesson] = (),
    ) -> None:
        self._city = city
        self._index = BoundaryIndex(city, boundaries)
        self._known = PlaceList(city, chain(own_entries(city, self._radius_m), imported_entries(city, names)))
        self._learnt = PlaceList(city, learnt_entries(city, lessons))
        self._kelurahan_names = Gazetteer(
            [Name(text=area.name, index=at, street=False, rank=0) for at, area in enumerate(city.kelurahan)]
        )
        self._exact = ExactPlaces(city, _corners(city, boundaries))

    def with_lessons(self, lessons: Sequence[PlaceLesson]) -> CityPlaceFinder:
        """The same places with other learnt words: cheap, the long lists are shared."""
        other = object.__new__(CityPlaceFinder)
        other.__dict__.update(self.__dict__)
        other._learnt = PlaceList(self._city, learnt_entries(self._city, lessons))
        return other

    @property
    def outlined(self) -> int:
        """How many kelurahan have an imported outline; the others are guessed by their centre."""
        return self._index.outlined

    @property
    def size(self) -> int:
        """How many names are searched."""
        return len(self._known.gazetteer) + len(self._learnt.gazetteer)

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

    def suggest(self, text: str, limit: int = 5, near: Place | None = None) -> tuple[Suggestion, ...]:
        """The best places for what was typed, best first; empty when nothing is near enough.

        Understands streets, landmarks, kelurahan, "RT3/5", coordinates, Plus Codes, kilometre posts, bearings and
        pasted map links. All other words stay in the place's text as they were said.
        """
        said = tidy(text)
        around = self._around(near)
        if exact := self._exact.asking(self).suggestions(said, near):
            return self._measured(exact[:limit], around)
        spoken = taken_apart(said)
        named = self._named_kelurahan(spoken)
        if named is not None:
            around = replace(_of_area(named), shown=False) if around is None else around
        hits = self._hits(spoken, around)
        found = [self._of_kelurahan(spoken, named)] if named is not None else self._of_kecamatan(spoken)
        floor = (
            STRONG_SCORE if named is not None else 0.0
        )  # beside a kelurahan that is sure, only names really said
        found += paired(spoken, hits, self._entry, self.locate)
        found += [self._said(spoken, hit, named) for hit in hits[: 2 * limit] if hit.score >= floor]
        found.sort(key=lambda one: -one.score)
        distinct = list(islice(_distinct(found), limit))
        if not distinct and spoken.rt_rw:
            distinct = [_only_words(spoken)]
        return self._measured(_with_margin(distinct), around)

    def names_near(self, lat: float, lon: float, reach_m: float) -> list[tuple[Entry, float]]:
        """Known places within ``reach_m`` metres of a point, the nearest first, each with its distance."""
        gazetteer = self._known.gazetteer
        near = [(self._known.entries[index], away) for index, away in gazetteer.around(lat, lon, reach_m)]
        return sorted(near, key=lambda pair: pair[1])

    def _entry(self, index: int) -> Entry:
        """Learnt words count on from the known places."""
        known = self._known.entries
        return known[index] if index < len(known) else self._learnt.entries[index - len(known)]

    def _find(self, words: str, around: _Near | None) -> list[tuple[int, float]]:
        near = None if around is None else (around.lat, around.lon)
        hits = self._known.gazetteer.find(words, HITS_A_PART, near)
        if len(self._learnt.gazetteer):
            first = len(self._known.entries)
            hits += [
                (first + at, score) for at, score in self._learnt.gazetteer.find(words, HITS_A_PART, near)
            ]
        return hits

    def _hits(self, spoken: SpokenPlace, around: _Near | None) -> list[Hit]:
        """Everything that was named, each place once, best first."""
        best: dict[int, Hit] = {}
        for order, part in enumerate(spoken.parts):
            asked = [(part.words, False)]
            if whole := part.whole(spoken.said):
                asked.append((whole, True))
            for words, is_whole in asked:
                found = self._find(words, around)
                top = max((score for _, score in found), default=0.0)
                for index, score in found:
                    if score < top - FAR_BEHIND or (is_whole and score < STRONG_SCORE):
                        continue
                    rated = self._rated(index, score + WHOLE_BONUS * is_whole, order, part.relation)
                    hit = Hit(index=index, score=rated, raw=score, part=part, whole=is_whole)
                    if index not in best or best[index].score < rated:
                        best[index] = hit
        return sorted(best.values(), key=lambda hit: -hit.score)

    def _rated(self, index: int, score: float, order: int, relation: Relation | None) -> float:
        """A hit's score, by where in the sentence it stood and how it was related."""
        strong = score >= STRONG_SCORE
        score -= order * (SECOND_PART_PENALTY if strong else WEAK_PART_PENALTY)
        if relation is Relation.TOWARDS:
            score -= TOWARDS_PENALTY
        elif order and strong and relation in _MORE_EXACT:
            entry = self._entry(index)
            if entry.lat is not None and not entry.is_street:
                score += LANDMARK_BONUS
        return score

    def _said(self, spoken: SpokenPlace, hit: Hit, named: Kelurahan | None) -> Suggestion:
        """The entry in the place of the words that found it, the caller's other words left as they were.

        A street nobody has placed lies in the kelurahan that was named with it.
        """
        entry = self._entry(hit.index)
        place = entry.place(self.locate)
        if named is not None and not place.has_point and place.kelurahan in (None, named.code):
            area = kelurahan_entry(named, self._radius_m(named)).place(self.locate)
            place = replace(area, unverified=entry.unverified)
        label = spoken.with_name(hit.part, entry.label, whole=hit.whole)
        text = spoken.with_name(hit.part, entry.place_text, whole=hit.whole)
        return Suggestion(
            label=label,
            detail=self._detail(entry, place),
            kind=entry.kind,
            place=replace(place, text=text),
            score=hit.score,
            unverified=entry.unverified,
            rt_rw=spoken.rt_rw,
            name=entry.label,
            words=spoken.said[hit.part.whole_start if hit.whole else hit.part.start : hit.part.end],
            notes=entry.notes,
        )

    def _detail(self, entry: Entry, place: Place) -> str:
        if entry.kind == KIND_KELURAHAN:
            return f"Kelurahan, Kec. {self._city.kecamatan_names.get(entry.kecamatan or '', '')}"
        if entry.kind == KIND_KECAMATAN:
            return "Kecamatan"
        where = self._city.area_name(place.kelurahan, place.kecamatan)
        return ", ".join(part for part in (entry.kind, where, *map(str, entry.notes)) if part)

    def _named_kelurahan(self, spoken: SpokenPlace) -> Kelurahan | None:
        """An alley nobody knows, "gg buntu kel. utara": the kelurahan is what sends help there."""
        words = spoken.kelurahan.split()
        for amount in range(len(words), 0, -1):
            hits = self._kelurahan_names.find(" ".join(words[:amount]), 1)
            if hits and hits[0][1] >= KELURAHAN_SCORE_MIN:
                return self._city.kelurahan[hits[0][0]]
        return None

    def _of_kelurahan(self, spoken: SpokenPlace, area: Kelurahan) -> Suggestion:
        entry = kelurahan_entry(area, self._radius_m(area))
        return Suggestion(
            label=spoken.said,
            detail=f"{entry.label}, {self._detail(entry, Place())}",
            kind=entry.kind,
            place=replace(entry.place(self.locate), text=spoken.said),
            score=STRONG_SCORE,
            rt_rw=spoken.rt_rw,
            name=entry.label,
        )

    def _of_kecamatan(self, spoken: SpokenPlace) -> list[Suggestion]:
        """The kecamatan that was named, for want of anything better."""
        if not spoken.kecamatan:
            return []
        best = [
            (score, self._entry(index))
            for index, score in self._find(f"kecamatan {spoken.kecamatan}", None)
            if self._entry(index).kind == KIND_KECAMATAN and score >= KELURAHAN_SCORE_MIN
        ]
        return [
            Suggestion(
                label=spoken.said,
                detail=f"{entry.label}, {self._detail(entry, Place())}",
                kind=entry.kind,
                place=replace(entry.place(self.locate), text=spoken.said),
                score=min(score, STRONG_SCORE - 1.0),
                rt_rw=spoken.rt_rw,
                name=entry.label,
            )
            for score, entry in best[:1]
        ]

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

    def _around(self, near: Place | None) -> _Near | None:
        if near is None:
            return None
        if near.lat is not None and near.lon is not None:
            return _Near(lat=near.lat, lon=near.lon, reach_m=near.accuracy_m or 0.0, shown=True)
        area = self._city.kelurahan_by_code.get(near.kelurahan or "")
        return None if area is None else replace(_of_area(area), shown=False)

    def _measured(self, found: Sequence[Suggestion], around: _Near | None) -> tuple[Suggestion, ...]:
        """With the metres to the caller's circle, where there is one."""
        if around is None or not around.shown:
            return tuple(found)
        return tuple(
            one
            if one.place.lat is None or one.place.lon is None
            else replace(
                one,
                away_m=max(
                    0.0, metres_between(one.place.lat, one.place.lon, around.lat, around.lon) - around.reach_m
                ),
            )
            for one in found
        )


def _corners(city: City, boundaries: Sequence[Boundary]) -> list[tuple[float, float]]:
    """Points that tell how far the city reaches: corners of its outlines, else the centres of its kelurahan."""
    own = [entry for entry in boundaries if entry.code in city.kelurahan_by_code]
    if not own:
        return [(area.lat, area.lon) for area in city.kelurahan]
    west, south, east, north = shapely.total_bounds([shapely.from_wkb(entry.wkb) for entry in own])
    return [(float(lat), float(lon)) for lat in (south, north) for lon in (west, east)]


def _of_area(area: Kelurahan) -> _Near:
    return _Near(lat=area.lat, lon=area.lon, reach_m=0.0, shown=False)


def _distinct(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Each line once: the same words at the same point say nothing new, nor do those of a place nobody has placed."""
    placed = {one.label.casefold() for one in found if one.place.has_point or one.place.kelurahan}
    seen: set[tuple[str, object]] = set()
    kept = []
    for one in found:
        point = None if one.place.lat is None or one.place.lon is None else (
            round(one.place.lat, 3), round(one.place.lon, 3)
        )  # fmt: skip
        key = (one.label.casefold(), one.place.kelurahan or point)
        if key not in seen and (key[1] is not None or key[0] not in placed):
            seen.add(key)
            kept.append(one)
    return kept


def _with_margin(found: list[Suggestion]) -> list[Suggestion]:
    """The first one marked as sure when it fits well and nothing else comes near it."""
    if not found:
        return found
    ahead = found[0].score - (found[1].score if len(found) > 1 else 0.0)
    sure = (
        found[0].score >= SURE_SCORE
        and ahead >= SURE_MARGIN
        and found[0].place.method is not PlaceMethod.UNKNOWN
    )
    return [replace(found[0], is_sure=sure), *found[1:]]


def _only_words(spoken: SpokenPlace) -> Suggestion:
    ask = PlaceNote("sebutkan kelurahannya")
    return Suggestion(
        label=spoken.said,
        detail=str(ask),
        notes=(ask,),
        kind="RT/RW",
        place=Place(text=spoken.said),
        score=0.0,
        rt_rw=spoken.rt_rw,
    )
