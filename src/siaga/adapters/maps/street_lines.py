"""The course of a street as text in a row and as points on a plane: how far things are from it, and where two meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import shapely

from siaga.domain.place import METRES_PER_DEGREE

STEP = 1e-5  # degrees a step of the encoding is worth: about a metre
CHUNK_BITS = 5
FIRST_LETTER = 63
MEETING_METRES_MAX = (
    60.0  # two streets whose lines pass this close meet: lines are drawn in the middle of the road
)

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Where two courses come closest, and how far apart they are there in metres."""

    lat: float
    lon: float
    apart_m: float


def encoded(points: Points) -> str:
    """Latitudes and longitudes as an encoded polyline (five decimals), as many map programs write them."""
    letters: list[str] = []
    before = (0, 0)
    for lat, lon in points:
        now = (round(lat / STEP), round(lon / STEP))
        for old, new in zip(before, now, strict=True):
            letters += _letters(new - old)
        before = now
    return "".join(letters)


def decoded(line: str) -> list[tuple[float, float]]:
    """The points of an encoded polyline. Raises ValueError for what is none."""
    numbers: list[int] = []
    value = shift = 0
    for letter in line:
        chunk = ord(letter) - FIRST_LETTER
        if not 0 <= chunk < 64:
            raise ValueError("not an encoded polyline")
        value |= (chunk & 31) << shift
        shift += CHUNK_BITS
        if chunk < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(numbers) % 2:
        raise ValueError("not an encoded polyline")
    points: list[tuple[float, float]] = []
    lat = lon = 0
    for at in range(0, len(numbers), 2):
        lat, lon = lat + numbers[at], lon + numbers[at + 1]
        points.append((lat * STEP, lon * STEP))
    return points


def apart_m(one: Points, other: Points) -> float:
    """Metres between two courses or points, where they come closest."""
    return crossing(one, other).apart_m


def crossing(one: Points, other: Points) -> Crossing:
    """Where two courses or points come closest: the middle between them."""
    lat0, lon0 = one[0]
    width = METRES_PER_DEGREE * cos(radians(lat0))
    flat = [_flat(points, lat0, lon0, width) for points in (one, other)]
    link = shapely.shortest_line(*flat)
    (x1, y1), (x2, y2) = shapely.get_coordinates(link)
    lat = lat0 + (y1 + y2) / 2.0 / METRES_PER_DEGREE
    return Crossing(lat=float(lat), lon=float(lon0 + (x1 + x2) / 2.0 / width), apart_m=float(link.length))


def _flat(points: Points, lat0: float, lon0: float, width: float) -> shapely.Geometry:
    metres = [((lon - lon0) * width, (lat - lat0) * METRES_PER_DEGREE) for lat, lon in points]
    return shapely.Point(metres[0]) if len(metres) == 1 else shapely.LineString(metres)


def _letters(step: int) -> list[str]:
    value = ~(step << 1) if step < 0 else step << 1
    letters = []
    while value >= 32:
        letters.append(chr((32 | (value & 31)) + FIRST_LETTER))
        value >>= CHUNK_BITS
    return [*letters, chr(value + FIRST_LETTER)]
