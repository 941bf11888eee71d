"""The ground the browser's maps are drawn on: outlines, names, fixed points, and the files of the imported map.

Read again when an import changed a file, so that nobody restarts anything for a new map.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

import shapely

from siaga.adapters.maps import map_edition
from siaga.adapters.maps.boundaries import Boundary
from siaga.adapters.maps.boundary_file import boundary_path, kept_boundaries
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.osm.importing import kept_spots
from siaga.adapters.maps.osm.tiles import ATTRIBUTION
from siaga.domain.city import City
from siaga.domain.place import METRES_PER_DEGREE
from siaga.domain.spelling import folded

OUTLINE_METRES = 4.0  # of simplification: less than the width of the line on a screen
COORDINATE_DECIMALS = 5
MARGIN_DEGREES = 0.02  # around the outermost name, where there are no outlines
HYDRANTS, HEALTH = "hydrants", "health"
LAYER_OF_SPOT = {"hydrant": HYDRANTS, "hospital": HEALTH, "clinic": HEALTH}
LAYER_OF_KIND = {"hidran": HYDRANTS, "rumah sakit": HEALTH, "puskesmas": HEALTH, "klinik": HEALTH}
# The words of a city's gazetteer; what is not named here is found by typing, not by looking.

Stamp = tuple[tuple[str, int, int], ...]


class CityGround:
    """The `Ground` of one city. Safe to share between threads."""

    def __init__(self, city: City, home: Path) -> None:
        self._city, self._home = city, home
        self._lock = Lock()
        self._known: tuple[Stamp, tuple[str, bytes]] | None = None

    def basemap(self) -> Path | None:
        """See Ground."""
        return self._file(map_edition.BASEMAP)

    def lines(self) -> Path | None:
        """See Ground."""
        return self._file(map_edition.LINES)

    def described(self) -> tuple[str, bytes]:
        """See Ground."""
        with self._lock:
            stamp = self._stamp()
            if self._known is None or self._known[0] != stamp:
                body = json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":")).encode()
                self._known = stamp, (hashlib.sha256(body).hexdigest()[:16], body)
            return self._known[1]

    def _stamp(self) -> Stamp:
        """What changes when an import did."""
        files = (
            boundary_path(self._home, self._city),
            map_edition.maps_folder(self._home) / map_edition.POINTER,
        )
        found = ((path.name, path.stat()) for path in files if path.exists())
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)

    def _folder(self) -> Path | None:
        try:
            return map_edition.edition_folder(self._home)
        except MapFileRefused:
            return None  # the doctor says so; a map with outlines is better than none

    def _file(self, name: str) -> Path | None:
        folder = self._folder()
        return folder / name if folder is not None and (folder / name).is_file() else None

    def _describe(self) -> dict[str, Any]:
        try:
            outlines = kept_boundaries(self._home, self._city)
        except MapFileRefused:
            outlines = ()
        folder = self._folder()
        edition = folder.name if folder is not None else ""
        return {
            "edition": edition,
            "attribution": ATTRIBUTION if edition else "",
            "sample": _is_sample(folder),
            "basemap": f"/peta/basemap.pmtiles?e={edition}" if self.basemap() else None,
            "roads": f"/peta/jalan?e={edition}" if self.lines() else None,
            "bounds": self._bounds(outlines),
            "outlines": _collection(outlines),
            "towns": [{"name": one.name, "lat": one.lat, "lon": one.lon} for one in self._city.kelurahan],
            "spots": [*self._own_spots(), *self._imported_spots(folder)],
        }

    def _bounds(self, outlines: Iterable[Boundary]) -> list[float]:
        """West, south, east, north of the city."""
        known = {one.code: shapely.from_wkb(one.wkb) for one in outlines}
        shapes = [
            known.get(one.code, shapely.Point(one.lon, one.lat).buffer(MARGIN_DEGREES))
            for one in self._city.kelurahan
        ]
        return [round(float(edge), COORDINATE_DECIMALS) for edge in shapely.total_bounds(shapes)]

    def _own_spots(self) -> list[dict[str, Any]]:
        return [
            _spot(f"own-{at}", LAYER_OF_KIND[one.kind], one.kind, one.name, one.lat, one.lon)
            for at, one in enumerate(self._city.landmarks)
            if one.kind in LAYER_OF_KIND and one.lat is not None and one.lon is not None
        ]

    def _imported_spots(self, folder: Path | None) -> list[dict[str, Any]]:
        """Those of the extract, but for places the city lists itself."""
        if folder is None:
            return []
        try:
            spots = kept_spots(folder)
        except MapFileRefused:
            return []
        known = {folded(one.name) for one in self._city.landmarks}
        return [
            _spot(f"osm-{at}", LAYER_OF_SPOT[one.kind], one.kind, one.name, one.lat, one.lon)
            for at, one in enumerate(spots)
            if one.kind in LAYER_OF_SPOT and (not one.name or folded(one.name) not in known)
        ]


def _is_sample(folder: Path | None) -> bool:
    try:
        return folder is not None and map_edition.about(folder).sample
    except MapFileRefused:
        return False


def _spot(id: str, layer: str, kind: str, name: str, lat: float, lon: float) -> dict[str, Any]:
    return {
        "id": id, "layer": layer, "kind": kind, "name": name,
        "lat": round(lat, COORDINATE_DECIMALS), "lon": round(lon, COORDINATE_DECIMALS),
    }  # fmt: skip


def _collection(outlines: Iterable[Boundary]) -> dict[str, Any]:
    features = []
    for one in outlines:
        shape = shapely.from_wkb(one.wkb).simplify(OUTLINE_METRES / METRES_PER_DEGREE)
        inside = shapely.point_on_surface(shape)
        shape = shapely.transform(shape, lambda points: points.round(COORDINATE_DECIMALS))
        features.append({
            "type": "Feature",
            "properties": {"code": one.code, "level": one.level, "name": one.name,
                           "at": [round(inside.x, COORDINATE_DECIMALS), round(inside.y, COORDINATE_DECIMALS)]},
            "geometry": json.loads(shapely.to_geojson(shape)),
        })  # fmt: skip
    return {"type": "FeatureCollection", "features": features}
