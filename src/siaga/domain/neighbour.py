"""Which neighbouring city or regency a place outside lies in, so that its caller can be given to the right 112.

Rule 1: an outline decides where the city has entered one; else the nearest of the places it has named.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from siaga.domain.place import metres_between
from siaga.domain.room_rules import Neighbour

FAR_METRES_MAX = 120_000.0  # farther from every neighbour: another part of the country, nobody's list of ours
Points = Sequence[tuple[float, float]]


def neighbour_of(neighbours: Sequence[Neighbour], lat: float, lon: float) -> Neighbour | None:
    """The neighbour a point in degrees lies in, or lies nearest to; None when it is far from all of them."""
    for one in neighbours:
        if len(one.outline) > 2 and is_inside(one.outline, lat, lon):
            return one
    away = [
        (min(metres_between(lat, lon, *point) for point in (*one.places, *one.outline)), at)
        for at, one in enumerate(neighbours)
        if one.places or one.outline
    ]
    if not away:
        return None
    metres, at = min(away)
    return neighbours[at] if metres <= FAR_METRES_MAX else None


def is_inside(outline: Points, lat: float, lon: float) -> bool:
    """Whether a point lies inside an outline of (latitude, longitude); how often a line to the east crosses it."""
    inside = False
    for (lat1, lon1), (lat2, lon2) in pairwise([*outline, outline[0]]):
        if (lat1 > lat) != (lat2 > lat) and lon < lon1 + (lat - lat1) / (lat2 - lat1) * (lon2 - lon1):
            inside = not inside
    return inside
