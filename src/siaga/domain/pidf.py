"""PIDF-LO (RFC 4119, 5491): a place as networks write it, XML from a stranger.

Read with the standard library's expat, one pass, no tree: a document type, an entity or a processing instruction ends
the reading at once, so nothing is ever expanded or fetched; size, depth and number of elements are bounded. Every
shape becomes the circle that holds it. Nothing here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from math import cos, radians, sin
from xml.parsers import expat

from siaga.domain.caller_location import Fix, sound_fix
from siaga.domain.place import METRES_PER_DEGREE, metres_between

BYTES_MAX = 64 * 1024  # the longest real document we know has 4 kB
DEPTH_MAX = 40
ELEMENTS_MAX = 2000
POINTS_MAX = 500
TEXT_CHARACTERS_MAX = 20_000

SHAPES = {"Point", "Circle", "Ellipse", "ArcBand", "Polygon", "Sphere", "Ellipsoid", "Prism"}
WANTED = {
    "pos", "posList", "radius", "semiMajorAxis", "semiMinorAxis", "verticalAxis", "innerRadius", "outerRadius",
    "startAngle", "openingAngle", "confidence", "timestamp", "method",
}  # fmt: skip
ARC_STEPS = 12  # points along the outer edge of a sector


class _Refused(Exception):
    """The document does what no honest one needs to do."""


class _Reader:
    """Collects the first shape with its numbers; everything else is passed over."""

    def __init__(self) -> None:
        self.shape = ""
        self.values: dict[str, list[str]] = {}
        self.three = False
        self._depth = 0
        self._elements = 0
        self._text: list[str] | None = None
        self._length = 0
        self._shape_depth = 0
        self._done = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEPTH_MAX or self._elements > ELEMENTS_MAX:
            raise _Refused
        local = name.rpartition(" ")[2]
        if local in SHAPES and not self.shape:
            self.shape, self._shape_depth = local, self._depth
        if self._shape_depth or local in SHAPES:
            self.three |= (
                attributes.get("srsName", "").endswith("4979") or attributes.get("srsDimension") == "3"
            )
        outside = local in ("confidence", "timestamp", "method")
        self._text = [] if local in WANTED and (outside or (self._shape_depth and not self._done)) else None

    def text(self, data: str) -> None:
        if self._text is None:
            return
        self._length += len(data)
        if self._length > TEXT_CHARACTERS_MAX:
            raise _Refused
        self._text.append(data)

    def end(self, name: str) -> None:
        if self._text is not None:
            self.values.setdefault(name.rpartition(" ")[2], []).append("".join(self._text).strip())
            self._text = None
        if self._depth == self._shape_depth:
            self._done = True
        self._depth -= 1


def read_pidf(document: bytes) -> Fix | None:
    """The first place of the document as a circle, in WGS 84; ``None`` when there is none we can read."""
    if not document or len(document) > BYTES_MAX:
        return None
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.ProcessingInstructionHandler = parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(document, True)
    except (_Refused, expat.ExpatError, ValueError, LookupError):  # LookupError: an encoding nobody knows
        return None
    return _fix(reader)


def _refuse(*_: object) -> int:
    raise _Refused


def _fix(reader: _Reader) -> Fix | None:
    points = _points(reader)
    maker: Callable[
        [list[tuple[float, float]], Mapping[str, list[str]]], tuple[float, float, float | None] | None
    ]
    if reader.shape == "ArcBand":
        maker = _sector
    elif reader.shape in ("Polygon", "Prism"):
        maker = _around
    elif reader.shape in SHAPES:
        maker = _round
    else:
        return None
    circle = maker(points, reader.values) if points else None
    if circle is None:
        return None
    lat, lon, radius = circle
    percent = _first_number(reader.values, "confidence")
    return sound_fix(
        Fix(
            lat=lat,
            lon=lon,
            accuracy_m=radius,
            confidence_percent=round(percent) if percent is not None and 0 < percent <= 100 else None,
            at=_time(reader.values),
            method=(reader.values.get("method") or [""])[0][:40],
        )
    )


def _points(reader: _Reader) -> list[tuple[float, float]]:
    numbers: list[float] = []
    step = 3 if reader.three else 2
    for text in (*reader.values.get("pos", ()), *reader.values.get("posList", ())):
        found = [_number(word) for word in text.split()[: POINTS_MAX * 3]]
        if any(one is None for one in found) or len(found) % step:
            return []
        numbers += [one for one in found if one is not None]
    points = list(zip(numbers[::step], numbers[1::step], strict=False))[:POINTS_MAX]
    return points if all(-90 <= lat <= 90 and -180 <= lon <= 180 for lat, lon in points) else []


def _round(
    points: list[tuple[float, float]], values: Mapping[str, list[str]]
) -> tuple[float, float, float | None]:
    """Point, circle, sphere, ellipse, ellipsoid: the middle, and the longest of the axes."""
    axes = (_first_number(values, name) for name in ("radius", "semiMajorAxis", "semiMinorAxis"))
    known = [axis for axis in axes if axis is not None]
    return *points[0], max(known) if known else None


def _around(
    points: list[tuple[float, float]], _: Mapping[str, list[str]]
) -> tuple[float, float, float | None] | None:
    """A polygon: the middle of its corners, and the farthest corner."""
    if len(points) < 3:
        return None
    corners = list(dict.fromkeys(points))
    lat = sum(point[0] for point in corners) / len(corners)
    lon = sum(point[1] for point in corners) / len(corners)
    return lat, lon, max(metres_between(lat, lon, *corner) for corner in corners)


def _sector(
    points: list[tuple[float, float]], values: Mapping[str, list[str]]
) -> tuple[float, float, float | None] | None:
    """The sector of an antenna: the circle around its corners and outer edge."""
    outer = _first_number(values, "outerRadius")
    begins, width = _first_number(values, "startAngle"), _first_number(values, "openingAngle")
    if outer is None or begins is None or width is None or not 0 < outer <= 100_000 or not 0 < width <= 360:
        return None
    return sector_circle(*points[0], outer, begins, width, inner=_first_number(values, "innerRadius") or 0.0)


def sector_circle(
    lat: float, lon: float, outer_m: float, begins_deg: float, width_deg: float, *, inner: float = 0.0
) -> tuple[float, float, float]:
    """The circle that holds a sector; angles clockwise from north. A whole turn is a circle around the middle."""
    if width_deg >= 300:
        return lat, lon, outer_m
    shrink = max(0.01, cos(radians(lat)))
    inner = min(max(0.0, inner), outer_m)
    rays = [begins_deg + width_deg * step / ARC_STEPS for step in range(ARC_STEPS + 1)]
    edge = [(ray, outer_m) for ray in rays] + [(rays[0], inner), (rays[-1], inner)]
    points = [
        (
            lat + reach * cos(radians(ray)) / METRES_PER_DEGREE,
            lon + reach * sin(radians(ray)) / (METRES_PER_DEGREE * shrink),
        )
        for ray, reach in edge
    ]
    middle_lat = (min(p[0] for p in points) + max(p[0] for p in points)) / 2
    middle_lon = (min(p[1] for p in points) + max(p[1] for p in points)) / 2
    return middle_lat, middle_lon, max(metres_between(middle_lat, middle_lon, *point) for point in points)


def _first_number(values: Mapping[str, list[str]], name: str) -> float | None:
    return next((found for text in values.get(name, ()) if (found := _number(text)) is not None), None)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < 1e9 else None


def _time(values: Mapping[str, list[str]]) -> datetime | None:
    for text in values.get("timestamp", ()):
        try:
            found = datetime.fromisoformat(text[:40])
        except ValueError:
            continue
        if found.tzinfo is not None:
            return found
    return None
