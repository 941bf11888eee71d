"""Kilometre posts: "KM 207+400" of a toll or national road as a point on the map.

Rule 1: the posts are the truth, the map's length is not: between two anchors kilometres are spread evenly along the
line, whatever the line measures.
Rule 2: beyond the outermost anchor nothing is guessed farther than BEYOND_KM_MAX.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import cos, hypot, radians

from siaga.domain.place import METRES_PER_DEGREE, metres_between

BEYOND_KM_MAX = 2.0  # the posts go on past the last one we know, at the same pace, for a while
POST_DOUBT_METRES = 50.0  # posts stand every 200 m (toll) and callers read the one they have passed
PACE_DOUBT = 0.02  # metres of doubt per metre from the nearest anchor along a drawn line
CHORD_DOUBT = 0.15  # the same where only anchors are known and the road between them is not
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class KilometreAnchor:
    """A post whose place is known: a gate, an exit, a surveyed stone."""

    km: float
    lat: float
    lon: float


@dataclass(frozen=True, kw_only=True)
class Carriageway:
    """One side of the road: its letter ("A") and the places its traffic is bound for."""

    code: str
    towards: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KilometreRoad:
    """A road with kilometre posts. ``line``: its course as (latitude, longitude), in the order of the kilometres or
    against it; empty when only anchors are known. At least two anchors."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    anchors: tuple[KilometreAnchor, ...] = ()
    line: Points = ()
    carriageways: tuple[Carriageway, ...] = ()
    sample: bool = False

    def point_at(self, km: float) -> tuple[float, float, float] | None:
        """Latitude, longitude and doubt in metres of a kilometre; None when it is not on the stretch we know."""
        marks = self._marks
        if len(marks) < 2:
            return None
        first, last = marks[0][0], marks[-1][0]
        if not first - BEYOND_KM_MAX <= km <= last + BEYOND_KM_MAX:
            return None
        at = min(max(bisect_left([mark[0] for mark in marks], km), 1), len(marks) - 1)
        (km1, along1), (km2, along2) = marks[at - 1], marks[at]
        along = along1 + (km - km1) / (km2 - km1) * (along2 - along1)
        lat, lon = self._at(along)
        away_m = min(abs(km - km1), abs(km - km2)) * 1000.0
        return lat, lon, POST_DOUBT_METRES + (PACE_DOUBT if self.line else CHORD_DOUBT) * away_m

    def carriageway_towards(self, words: str) -> Carriageway | None:
        """The side whose traffic is bound for what was said ("arah ...")."""
        said = words.casefold()
        for side in self.carriageways:
            if any(place.casefold() in said or (said and said in place.casefold()) for place in side.towards):
                return side
        return None

    @cached_property
    def _course(self) -> Points:
        if self.line:
            return self.line
        return tuple((anchor.lat, anchor.lon) for anchor in sorted(self.anchors, key=lambda one: one.km))

    @cached_property
    def _lengths(self) -> tuple[float, ...]:
        """Metres from the start of the course to each of its corners."""
        total, lengths = 0.0, [0.0]
        for one, other in pairwise(self._course):
            total += metres_between(*one, *other)
            lengths.append(total)
        return tuple(lengths)

    @cached_property
    def _marks(self) -> list[tuple[float, float]]:
        """(kilometre, metres along the course) of each anchor by kilometre; each kilometre once, in one direction."""
        marks = sorted((anchor.km, self._along(anchor.lat, anchor.lon)) for anchor in self.anchors)
        distinct = [mark for at, mark in enumerate(marks) if not at or mark[0] > marks[at - 1][0]]
        backwards = len(distinct) > 1 and distinct[-1][1] < distinct[0][1]
        kept: list[tuple[float, float]] = []
        for km, along in distinct:
            if not kept or (along < kept[-1][1] if backwards else along > kept[-1][1]):
                kept.append((km, along))
        return kept

    def _along(self, lat: float, lon: float) -> float:
        """Metres from the start of the course to the point of it that is nearest."""
        width = cos(radians(lat))
        best, along = float("inf"), 0.0
        for at, ((lat1, lon1), (lat2, lon2)) in enumerate(pairwise(self._course)):
            dx, dy = (lon2 - lon1) * width, lat2 - lat1
            px, py = (lon - lon1) * width, lat - lat1
            square = dx * dx + dy * dy
            share = min(1.0, max(0.0, (px * dx + py * dy) / square)) if square else 0.0
            away = hypot(px - share * dx, py - share * dy)
            if away < best:
                best = away
                along = self._lengths[at] + share * (self._lengths[at + 1] - self._lengths[at])
        return along

    def _at(self, along: float) -> tuple[float, float]:
        """The point so many metres along the course; past its ends, straight on."""
        course, lengths = self._course, self._lengths
        if len(course) < 2:
            return course[0]
        at = min(max(bisect_left(lengths, along), 1), len(course) - 1)
        span = lengths[at] - lengths[at - 1]
        share = (along - lengths[at - 1]) / span if span else 0.0
        (lat1, lon1), (lat2, lon2) = course[at - 1], course[at]
        return lat1 + share * (lat2 - lat1), lon1 + share * (lon2 - lon1)


def towards(lat: float, lon: float, metres: float, degrees: float) -> tuple[float, float]:
    """The point so many metres from another in a direction (0 north, 90 east). For distances within a region."""
    turn = radians(degrees)
    north = metres * cos(turn) / METRES_PER_DEGREE
    east = metres * cos(turn - radians(90.0)) / (METRES_PER_DEGREE * max(cos(radians(lat)), 0.01))
    return max(-90.0, min(90.0, lat + north)), (lon + east + 180.0) % 360.0 - 180.0
