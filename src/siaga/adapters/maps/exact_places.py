"""Places that are said exactly: coordinates, map links, Plus Codes, kilometre posts, so far in a direction.

Rule 1: what cannot be resolved is answered in words, with what to ask the caller; nothing is guessed silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from siaga.adapters.maps.coordinates import ReadLink, find_link, find_point
from siaga.adapters.maps.measured_words import SaidBearing, SaidKilometre, find_bearing, find_kilometre
from siaga.adapters.maps.place_list import Entry
from siaga.adapters.maps.plus_codes import CELL_METRES, ReadCode, find_code, nearest_of, point_of, prefixes_of
from siaga.adapters.maps.spoken_names import comparable
from siaga.domain.city import City
from siaga.domain.kilometre_road import KilometreRoad, towards
from siaga.domain.place import Place, PlaceNote, Suggestion

EXACT_SCORE = 200.0  # not guesses: they come first
NAMED_NEAR_METRES = 300.0  # a place this close helps to read a point back to the caller
WIND_DOUBT = 0.4  # "utara" is an eighth of the circle: sideways 0.4 of the distance
READ_BACK = PlaceNote("baca ulang ke penelepon")
BEARINGS_MAX = 3


class Finder(Protocol):
    """What is asked of the city's places."""

    def locate(self, lat: float, lon: float, *, text: str = "", accuracy_m: float | None = None) -> Place: ...

    def suggest(self, text: str, limit: int = 5, near: Place | None = None) -> Sequence[Suggestion]: ...

    def names_near(self, lat: float, lon: float, reach_m: float) -> list[tuple[Entry, float]]: ...


class ExactPlaces:
    """Reads exact places of one city. ``corners``: points (latitude, longitude) that tell how far it reaches."""

    _finder: Finder

    def __init__(self, city: City, corners: Sequence[tuple[float, float]]) -> None:
        self._city = city
        self._prefixes = prefixes_of(corners)

    def asking(self, finder: Finder) -> ExactPlaces:
        """The same, asking this finder. Made for each question: a finder that held one which holds it would outlive
        the next import until the garbage collector walks through everything."""
        other = object.__new__(ExactPlaces)
        other.__dict__.update(self.__dict__)
        other._finder = finder
        return other

    def suggestions(self, said: str, near: Place | None) -> list[Suggestion]:
        """What the words say exactly, best first; empty when they do not."""
        if link := find_link(said):
            return self._linked(said, link, near)
        if code := find_code(said):
            return list(self._coded(said, code, near))
        if point := find_point(said):
            return [self._at(point.lat, point.lon, said, doubt_m=point.precise_m)]
        if (kilometre := find_kilometre(said)) and (found := list(self._posted(said, kilometre))):
            return found
        if bearing := find_bearing(said):
            return list(self._bearing(said, bearing, near))
        return []

    # --- links ---------------------------------------------------------------------------------------------------

    def _linked(self, said: str, link: ReadLink, near: Place | None) -> list[Suggestion]:
        if link.point is not None:
            point = link.point
            text = f"{said[: link.start]}{point.lat:.6f}, {point.lon:.6f}{said[link.end :]}"
            return [self._at(point.lat, point.lon, text, doubt_m=point.precise_m)]
        if link.name:
            other = f"{said[: link.start]}{link.name}{said[link.end :]}"
            if found := list(self._finder.suggest(other, near=near)):
                return found
        if link.is_short:
            ask = PlaceNote(
                "tautan pendek tidak bisa dibuka tanpa internet: minta koordinatnya, atau tautan panjang"
            )
        else:
            ask = PlaceNote("tautan ini tidak memuat koordinat: minta koordinat atau patokan")
        return [_in_words(said, "tautan", ask)]

    # --- Plus Codes ----------------------------------------------------------------------------------------------

    def _coded(self, said: str, code: ReadCode, near: Place | None) -> Iterator[Suggestion]:
        around = self._reference(said, code, near)
        found = []
        for reading in code.readings():
            for full in self._full_codes(reading, code.is_full, around):
                if (point := point_of(full)) is None:
                    continue
                text = f"{said[: code.start]}{full}{said[code.end :]}"
                one = self._at(*point, text, doubt_m=CELL_METRES / 2.0, kind="Plus Code")
                detail = f"{one.detail} · {READ_BACK}" if not code.wrong else f"mungkin {full} · {one.detail}"
                note = PlaceNote("mungkin {code}", {"code": full}) if code.wrong else READ_BACK
                found.append(
                    replace(one, detail=detail, notes=(note, *one.notes), unverified=bool(code.wrong))
                )
        if code.wrong:
            found = [one for one in found if not one.place.is_outside]
            letters = ", ".join(f"“{letter}” (ke-{at})" for letter, at in code.wrong)
            ask = PlaceNote("Plus Code tidak memakai {letters}: minta ulang huruf itu", {"letters": letters})
            yield from found
            yield _in_words(said, "Plus Code", ask)
        elif found:
            yield from found
        else:
            ask = PlaceNote("kota ini luas: minta kode lengkap (8 huruf di depan +), atau kelurahannya")
            yield _in_words(said, "Plus Code", ask)

    def _full_codes(self, code: str, is_full: bool, around: tuple[float, float] | None) -> list[str]:
        if is_full:
            return [code]
        if len(self._prefixes) == 1:
            return [self._prefixes[0] + code]
        return [] if around is None else [nearest_of(code, *around)]

    def _reference(self, said: str, code: ReadCode, near: Place | None) -> tuple[float, float] | None:
        """A place named beside a short code, or where the caller is said to be."""
        rest = f"{said[: code.start]} {said[code.end :]}".strip(" ,")
        if rest and not code.is_full:
            for one in self._finder.suggest(rest, 1, near):
                if one.place.lat is not None and one.place.lon is not None:
                    return one.place.lat, one.place.lon
        if near is not None and near.lat is not None and near.lon is not None:
            return near.lat, near.lon
        return None

    # --- kilometre posts -----------------------------------------------------------------------------------------

    def _posted(self, said: str, kilometre: SaidKilometre) -> Iterator[Suggestion]:
        roads = self._roads(kilometre)
        if roads is None:
            return
        placed = 0
        for road in roads:
            if (found := road.point_at(kilometre.km)) is None:
                continue
            placed += 1
            lat, lon, doubt = found
            side = road.carriageway_towards(kilometre.towards) if kilometre.towards else None
            letter = kilometre.side or (side.code if side else "")
            one = self._at(lat, lon, said, doubt_m=doubt, kind="km")
            about = [PlaceNote(f"{road.name} KM {_post(kilometre.km)}")]
            if letter:
                about.append(PlaceNote("jalur {side}", {"side": letter}))
            elif road.carriageways:
                about.append(_ask_direction(road))
            yield replace(
                one,
                detail=_joined(*map(str, about), one.detail),
                notes=(*about, *one.notes),
                unverified=road.sample,
                place=replace(one.place, unverified=road.sample),
            )
        if not placed:
            names = ", ".join(road.name for road in roads) or self._city.name
            gaps = {"km": _post(kilometre.km), "roads": names}
            ask = PlaceNote("KM {km} tidak ada di patok {roads}: tanyakan gerbang atau rambu terdekat", gaps)
            yield _in_words(said, "km", ask)

    def _roads(self, kilometre: SaidKilometre) -> list[KilometreRoad] | None:
        """The roads that were named; all for a toll road or a bare post; None for an address ("jl ... km 5")."""
        said = set(comparable(kilometre.road).split())
        roads = self._city.kilometre_roads
        if named := [
            road for road in roads if any(_mentions(said, name) for name in (road.name, *road.aliases))
        ]:
            return named
        return list(roads) if not said or kilometre.is_post or "tol" in said else None

    # --- so far in a direction -----------------------------------------------------------------------------------

    def _bearing(self, said: str, bearing: SaidBearing, near: Place | None) -> Iterator[Suggestion]:
        for base in self._finder.suggest(bearing.place, BEARINGS_MAX, near):
            if base.place.lat is None or base.place.lon is None:
                continue
            lat, lon = towards(base.place.lat, base.place.lon, bearing.metres, bearing.degrees)
            doubt = (base.place.accuracy_m or 0.0) + WIND_DOUBT * bearing.metres
            text = f"{said[: bearing.start]}{base.label}"
            one = self._at(lat, lon, text, doubt_m=doubt, kind="arah")
            yield replace(one, score=base.score, unverified=base.unverified, name=base.name)

    # --- points --------------------------------------------------------------------------------------------------

    def _at(
        self, lat: float, lon: float, text: str, *, doubt_m: float, kind: str = "koordinat"
    ) -> Suggestion:
        """A point, with words to read it back by: its kelurahan, and what is known near it."""
        place = self._finder.locate(lat, lon, text=text, accuracy_m=round(doubt_m))
        where = self._city.area_name(place.kelurahan, place.kecamatan)
        beside = self._finder.names_near(lat, lon, NAMED_NEAR_METRES)
        by = [
            PlaceNote("{metres} m dari {place}", {"metres": f"{away:.0f}", "place": entry.label})
            for entry, away in beside[:1]
        ]
        detail = ", ".join(part for part in (where, *map(str, by), place.label) if part)
        return Suggestion(
            label=text,
            detail=detail,
            kind=kind,
            place=place,
            score=EXACT_SCORE,
            is_sure=True,
            name=text,
            notes=tuple(by),
        )


def _ask_direction(road: KilometreRoad) -> PlaceNote:
    gaps: dict[str, str] = {}
    for name, one in zip(("one", "other"), road.carriageways, strict=False):
        gaps |= {name: one.code, f"{name}_to": "/".join(one.towards)}
    if len(road.carriageways) == 1:
        return PlaceNote("jalur {one} ke {one_to}", gaps)
    return PlaceNote("tanyakan arahnya: jalur {one} ke {one_to} atau jalur {other} ke {other_to}", gaps)


def _joined(*words: str) -> str:
    return " · ".join(word for word in words if word)


def _in_words(said: str, kind: str, ask: PlaceNote) -> Suggestion:
    """No point, but what to ask for; the words are kept."""
    return Suggestion(label=said, detail=str(ask), kind=kind, place=Place(text=said), score=0.0, notes=(ask,))


def _mentions(said: set[str], name: str) -> bool:
    words = set(comparable(name).split()) - {"tol", "jalan", "nasional"}
    return bool(words) and words <= said


def _post(km: float) -> str:
    return f"{int(km)}+{round((km - int(km)) * 1000):03d}"
