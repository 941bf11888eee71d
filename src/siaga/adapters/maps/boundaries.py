"""Outlines of kelurahan: matched by code, kept as WKB, and asked which one a point lies in.

Rule 1: areas are matched by Kemendagri code, never by name: two sources spell every fifth village differently.
Rule 2: kecamatan are dissolved from their kelurahan, so that the two levels can never disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, radians, sqrt
from typing import Any

import shapely

from siaga.adapters.maps.geojson import Area, AreaFile, MapFileRefused
from siaga.domain.city import City, Kelurahan
from siaga.domain.place import METRES_PER_DEGREE, SNAP_METRES_MAX, PlaceMethod
from siaga.domain.spelling import folded

LEVEL_KELURAHAN = "kelurahan"
LEVEL_KECAMATAN = "kecamatan"
CENTRE_METRES_MAX = 5_000.0
# An outline this far from the listed centre belongs to another place: most likely BPS codes, which look alike.


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """The outline of one area as WKB in degrees (WGS 84, x is longitude)."""

    code: str
    level: str
    name: str
    wkb: bytes


@dataclass(frozen=True, kw_only=True)
class BoundaryImport:
    """What a file brings: outlines to keep, and everything a person should know before keeping them."""

    boundaries: tuple[Boundary, ...]
    matched: tuple[Kelurahan, ...]
    missing: tuple[Kelurahan, ...]
    extra: tuple[str, ...]
    repaired: tuple[str, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def match_areas(city: City, file: AreaFile) -> BoundaryImport:
    """Give the areas of a file to the kelurahan of the city. Raises MapFileRefused when no code fits."""
    field = _code_field(city, file.areas)
    by_code: dict[str, list[Area]] = {}
    extra: list[str] = []
    for area in file.areas:
        code = _kemendagri(area.properties.get(field))
        if code in city.kelurahan_by_code:
            by_code.setdefault(code, []).append(area)
        else:
            extra.append(code or area.name or f"wilayah ke-{area.number}")
    outlines = {
        code: shapely.union_all([area.outline for area in areas]) if len(areas) > 1 else areas[0].outline
        for code, areas in by_code.items()
    }
    matched = tuple(area for area in city.kelurahan if area.code in outlines)
    return BoundaryImport(
        boundaries=(*_kelurahan_level(matched, outlines), *_kecamatan_level(matched, outlines)),
        matched=matched,
        missing=tuple(area for area in city.kelurahan if area.code not in outlines),
        extra=tuple(extra),
        repaired=tuple(code for code, areas in by_code.items() if any(area.repaired for area in areas)),
        problems=file.problems,
        warnings=tuple(_warnings(city, matched, outlines, by_code)),
    )


class BoundaryIndex:
    """Which kelurahan a point lies in. Built once, then only read; safe to share between threads.

    Works on a plane of metres around the city's middle, so that 200 m is 200 m in every direction.
    """

    def __init__(self, city: City, boundaries: Sequence[Boundary] = ()) -> None:
        self._lat, self._lon = city.lat, city.lon
        self._metres_per_lon = METRES_PER_DEGREE * cos(radians(city.lat))
        known = [
            entry
            for entry in boundaries
            if entry.level == LEVEL_KELURAHAN and entry.code in city.kelurahan_by_code
        ]
        self._areas = tuple(city.kelurahan_by_code[entry.code] for entry in known)
        self._centres = tuple(self._metres(area.lat, area.lon) for area in self._areas)
        outlines = [self._flat(_outline(entry)) for entry in known]
        self._tree = shapely.STRtree(outlines)
        self._radii = {
            area.code: sqrt(float(shapely.area(outline)) / pi)
            for area, outline in zip(self._areas, outlines, strict=True)
        }
        outlined = {area.code for area in self._areas}
        self._without_outline = tuple(area for area in city.kelurahan if area.code not in outlined)
        self._reach_m = city.centroid_reach_m

    @property
    def outlined(self) -> int:
        """How many kelurahan have an outline."""
        return len(self._areas)

    def radius_m(self, code: str) -> float | None:
        """Radius in metres of a circle as large as this kelurahan; None without an outline."""
        return self._radii.get(code)

    def find(self, lat: float, lon: float) -> tuple[Kelurahan | None, PlaceMethod]:
        """The kelurahan of a point and how it was found. The point must be on Earth."""
        x, y = self._metres(lat, lon)
        if self._areas:
            point = shapely.Point(x, y)
            inside = self._tree.query(point, predicate="intersects")
            if len(inside) == 1:
                return self._areas[inside[0]], PlaceMethod.POLYGON
            if len(inside):
                return self._areas[
                    min(inside, key=lambda at: self._from_centre(at, x, y))
                ], PlaceMethod.POLYGON
            near = self._tree.query_nearest(point, max_distance=SNAP_METRES_MAX)
            if len(near):
                return self._areas[min(near, key=lambda at: self._from_centre(at, x, y))], PlaceMethod.SNAPPED
        return self._nearest_centre(x, y)

    def _nearest_centre(self, x: float, y: float) -> tuple[Kelurahan | None, PlaceMethod]:
        """Only kelurahan without an outline are guessed by their centre."""
        best: Kelurahan | None = None
        best_m = self._reach_m
        for area in self._without_outline:
            cx, cy = self._metres(area.lat, area.lon)
            away_m = hypot(x - cx, y - cy)
            if away_m <= best_m:
                best, best_m = area, away_m
        return best, PlaceMethod.OUTSIDE if best is None else PlaceMethod.CENTROID

    def _from_centre(self, at: int, x: float, y: float) -> float:
        cx, cy = self._centres[at]
        return hypot(x - cx, y - cy)

    def _metres(self, lat: float, lon: float) -> tuple[float, float]:
        return (lon - self._lon) * self._metres_per_lon, (lat - self._lat) * METRES_PER_DEGREE

    def _flat(self, outline: shapely.Geometry) -> shapely.Geometry:
        origin, scale = (self._lon, self._lat), (self._metres_per_lon, METRES_PER_DEGREE)
        return shapely.transform(outline, lambda points: (points - origin) * scale)


def _outline(boundary: Boundary) -> shapely.Geometry:
    try:
        return shapely.from_wkb(boundary.wkb)
    except shapely.errors.ShapelyError as error:
        raise ValueError(f"garis batas {boundary.code} rusak: {error}") from error


def _kelurahan_level(matched: Sequence[Kelurahan], outlines: dict[str, shapely.Geometry]) -> list[Boundary]:
    return [
        Boundary(code=area.code, level=LEVEL_KELURAHAN, name=area.name, wkb=_wkb(outlines[area.code]))
        for area in matched
    ]


def _kecamatan_level(matched: Sequence[Kelurahan], outlines: dict[str, shapely.Geometry]) -> list[Boundary]:
    parts: dict[str, list[shapely.Geometry]] = {}
    names: dict[str, str] = {}
    for area in matched:
        parts.setdefault(area.kecamatan, []).append(outlines[area.code])
        names[area.kecamatan] = area.kecamatan_name
    return [
        Boundary(code=code, level=LEVEL_KECAMATAN, name=names[code], wkb=_wkb(shapely.union_all(shapes)))
        for code, shapes in parts.items()
    ]


def _wkb(outline: shapely.Geometry) -> bytes:
    return bytes(shapely.to_wkb(outline, byte_order=1, output_dimension=2))


def _code_field(city: City, areas: Sequence[Area]) -> str:
    """The property that holds Kemendagri codes of this city: the one where most of them fit."""
    hits: Counter[str] = Counter()
    for area in areas:
        for key, value in area.properties.items():
            if _kemendagri(value) in city.kelurahan_by_code:
                hits[key] += 1
    if hits:
        return hits.most_common(1)[0][0]
    if any(_looks_like_bps(value) for area in areas for value in area.properties.values()):
        raise MapFileRefused(
            "Kode di berkas ini tampaknya kode BPS, bukan kode Kemendagri. "
            "Pakai peta dengan kode Kemendagri (contoh 12.34.56.1001)."
        )
    raise MapFileRefused(
        f"Tidak ada satu pun kode kelurahan kota {city.code} di berkas ini. Benar berkas tingkat kelurahan?"
    )


def _kemendagri(value: Any) -> str:
    """Ten digits, with or without dots, as ``PP.KK.CC.DDDD``; empty for anything else."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    digits = text.replace(".", "").strip()
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit():
        return ""
    return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"


def _looks_like_bps(value: Any) -> bool:
    """Ten digits whose village number begins with 0, which Kemendagri never gives."""
    code = _kemendagri(value)
    return bool(code) and code[9] == "0"


def _warnings(
    city: City,
    matched: Sequence[Kelurahan],
    outlines: dict[str, shapely.Geometry],
    by_code: dict[str, list[Area]],
) -> Iterable[str]:
    width = cos(radians(city.lat))
    for area in matched:
        centre = shapely.Point(area.lon, area.lat)
        away_m = _metres_to(outlines[area.code], centre, width)
        if away_m > CENTRE_METRES_MAX:
            yield f"{area.code} {area.name}: garis batasnya {away_m / 1000:.1f} km dari titik pusatnya. Kodenya benar?"
        said = {entry.name for entry in by_code[area.code] if entry.name}
        if said and folded(area.name) not in {folded(name) for name in said}:
            yield f"{area.code}: di berkas bernama {', '.join(sorted(said))}, di daftar kota {area.name}."


def _metres_to(outline: shapely.Geometry, point: shapely.Point, width: float) -> float:
    """Distance in metres from a point to an outline, 0 inside; both in degrees."""
    flat = [shapely.transform(shape, lambda points: points * (width, 1.0)) for shape in (outline, point)]
    return float(shapely.distance(*flat)) * METRES_PER_DEGREE
