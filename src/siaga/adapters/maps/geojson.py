"""Reading areas from a GeoJSON file somebody gave us.

Rule 1: the file is not trusted: size, depth, number of corners and every number are checked before geometry is made.
Rule 2: one bad area is reported and left out; only a file that is no map of areas at all is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from siaga.domain.place import on_earth

FILE_BYTES_MAX = (
    64 * 1024 * 1024
)  # the finest outlines of the largest regency are 3 MB; a whole country is not ours
AREAS_MAX = 20_000  # the largest regency has about 500 villages
CORNERS_MAX = 3_000_000
RING_CORNERS_MIN = 4  # first and last are the same
AREA_NAMES = (
    "nama",
    "name",
    "namobj",
    "kelurahan",
    "desa",
    "nama_kelurahan",
    "nama_desa",
)  # compared in lower case

Positions = NDArray[np.float64]
Shape = TypeVar("Shape")


class MapFileRefused(Exception):
    """The file cannot be used. The text is Indonesian and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """One area of a file: its properties as they were, and its outline in degrees (x is longitude)."""

    number: int
    properties: dict[str, Any]
    outline: shapely.Geometry
    repaired: bool

    @property
    def name(self) -> str:
        """The most likely name among the properties; empty when there is none."""
        lower = {key.casefold(): value for key, value in self.properties.items()}
        return next((str(lower[key]) for key in AREA_NAMES if isinstance(lower.get(key), str)), "")


@dataclass(frozen=True, kw_only=True)
class AreaFile:
    """What a file held. ``problems`` are Indonesian sentences about areas that were left out."""

    areas: tuple[Area, ...]
    problems: tuple[str, ...]


class _Collection(msgspec.Struct):
    type: str
    features: list[msgspec.Raw]
    crs: msgspec.Raw = msgspec.Raw(b"null")


class _Feature(msgspec.Struct):
    geometry: msgspec.Raw
    type: str = ""
    properties: dict[str, Any] | None = None


class _Geometry(msgspec.Struct):
    type: str
    coordinates: msgspec.Raw = msgspec.Raw(b"null")


_Ring = list[list[float]]


class _Unusable(Exception):
    """This one area cannot be used; the text says why."""


def read_areas(path: Path, *, swap_axes: bool = False) -> AreaFile:
    """The areas of a GeoJSON file. ``swap_axes`` reads latitude first.

    Raises MapFileRefused when the file as a whole cannot be used.
    """
    try:
        if not path.is_file():
            raise MapFileRefused(f"{path} bukan berkas.")
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise MapFileRefused(f"{path} tidak bisa dibaca: {error.strerror}.") from error
    if len(content) > FILE_BYTES_MAX:
        raise MapFileRefused(f"{path.name} lebih besar dari {FILE_BYTES_MAX // 1_048_576} MiB.")
    return areas_of(content, swap_axes=swap_axes)


def areas_of(content: bytes, *, swap_axes: bool = False) -> AreaFile:
    """The areas of GeoJSON text. Raises MapFileRefused."""
    collection = _decoded(content.removeprefix(b"\xef\xbb\xbf"), _Collection, _refused)
    if collection.type != "FeatureCollection":
        raise MapFileRefused("Berkas ini bukan GeoJSON FeatureCollection.")
    if len(collection.features) > AREAS_MAX:
        raise MapFileRefused(f"Terlalu banyak wilayah: paling banyak {AREAS_MAX}.")
    _check_reference_system(bytes(collection.crs))
    areas: list[Area] = []
    problems: list[str] = []
    corners_left = CORNERS_MAX
    for number, raw in enumerate(collection.features, start=1):
        try:
            area, corners = _area(number, raw, swap_axes=swap_axes)
        except _Unusable as reason:
            problems.append(f"Wilayah ke-{number}: {reason}.")
            continue
        corners_left -= corners
        if corners_left < 0:
            raise MapFileRefused(
                f"Terlalu banyak titik sudut: paling banyak {CORNERS_MAX}. Sederhanakan dulu petanya."
            )
        areas.append(area)
    if problems and not areas:
        raise MapFileRefused(f"Tidak ada wilayah yang bisa dibaca. {problems[0]}")
    return AreaFile(areas=tuple(areas), problems=tuple(problems))


def _check_reference_system(crs: bytes) -> None:
    """GeoJSON is WGS 84; older programs write another system into ``crs`` and mean it."""
    if crs != b"null" and not any(name in crs for name in (b"CRS84", b"4326")):
        raise MapFileRefused("Berkas memakai sistem koordinat lain. Simpan ulang sebagai WGS 84 (EPSG:4326).")


def _area(number: int, raw: msgspec.Raw, *, swap_axes: bool) -> tuple[Area, int]:
    feature = _decoded(raw, _Feature, _unusable)
    geometry = _decoded(feature.geometry, _Geometry | None, _unusable)
    if geometry is None:
        raise _Unusable("tidak punya bentuk")
    if geometry.type == "Polygon":
        polygons = [_decoded(geometry.coordinates, list[_Ring], _unusable)]
    elif geometry.type == "MultiPolygon":
        polygons = _decoded(geometry.coordinates, list[list[_Ring]], _unusable)
    else:
        raise _Unusable(f"berbentuk {geometry.type[:30]}, seharusnya Polygon atau MultiPolygon")
    rings = [[_positions(ring, swap_axes=swap_axes) for ring in polygon] for polygon in polygons]
    parts = [shapely.Polygon(polygon[0], polygon[1:]) for polygon in rings if polygon]
    outline: shapely.Geometry = shapely.MultiPolygon(parts)
    repaired = not shapely.is_valid(outline)
    if repaired:
        outline = _only_areas(shapely.make_valid(outline))
    if shapely.is_empty(outline) or float(shapely.area(outline)) <= 0:
        raise _Unusable("luasnya nol")
    corners = sum(len(ring) for polygon in rings for ring in polygon)
    return Area(
        number=number, properties=feature.properties or {}, outline=outline, repaired=repaired
    ), corners


def _positions(ring: _Ring, *, swap_axes: bool) -> Positions:
    if any(len(position) < 2 for position in ring):
        raise _Unusable("ada titik tanpa lintang atau bujur")
    points = np.array([position[:2] for position in ring], dtype=np.float64).reshape(-1, 2)
    if swap_axes:
        points = points[:, ::-1]
    if len(points) and not np.array_equal(points[0], points[-1]):
        points = np.vstack([points, points[:1]])
    if len(points) < RING_CORNERS_MIN:
        raise _Unusable("ada garis tepi dengan kurang dari tiga sudut")
    low, high = points.min(axis=0), points.max(axis=0)
    if on_earth(low[1], low[0]) and on_earth(high[1], high[0]):
        return points
    if on_earth(low[0], low[1]) and on_earth(high[0], high[1]):
        raise _Unusable("lintang dan bujur tampak tertukar; coba lagi dengan --swap-axes")
    raise _Unusable("koordinatnya bukan derajat; simpan ulang sebagai WGS 84 (EPSG:4326)")


def _only_areas(geometry: shapely.Geometry) -> shapely.Geometry:
    """Repair leaves lines and points behind; only surfaces are kept."""
    parts: Iterable[shapely.Geometry] = getattr(geometry, "geoms", (geometry,))
    return shapely.union_all(
        [part for part in parts if isinstance(part, shapely.Polygon | shapely.MultiPolygon)]
    )


def _decoded(content: bytes | msgspec.Raw, kind: Any, refusal: Callable[[str], Exception]) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise refusal("bersarang terlalu dalam") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refusal(f"tidak bisa dibaca ({str(error)[:120]})") from None


def _refused(reason: str) -> MapFileRefused:
    return MapFileRefused(f"Berkas ini bukan GeoJSON FeatureCollection yang sah: {reason}.")


def _unusable(reason: str) -> _Unusable:
    return _Unusable(reason)
