"""One OpenStreetMap extract becomes the map of a city: basemap, roads, and the points the room looks for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import shapely

from siaga.adapters.maps.boundaries import LEVEL_KELURAHAN, Boundary
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.map_edition import BASEMAP, LINES, ROADS, SPOTS
from siaga.adapters.maps.osm.clip import Area, Clipped, Say, area_around, clip
from siaga.adapters.maps.osm.coastline import sea
from siaga.adapters.maps.osm.features import Feature, Found, Spot, read_features
from siaga.adapters.maps.osm.tiles import Drawn, write_tiles
from siaga.adapters.maps.roads.graph import RoadGraph, build_graph, keep_graph
from siaga.domain.city import City
from siaga.domain.place import METRES_PER_DEGREE
from siaga.domain.spelling import folded

CLIPPED = "clip.osm.pbf"
DRAWN_ROADS = ("highway", "major", "medium", "minor")  # what is drawn when there is no basemap
LINE_METRES = 6.0  # of simplification there
COORDINATE_DECIMALS = 5  # about a metre


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What one extract gives, before anybody has agreed to it. ``clipped_file`` is there until the workshop is gone."""

    clipped: Clipped
    clipped_file: Path
    found: Found
    graph: RoadGraph | None
    area: Area

    @property
    def counts(self) -> dict[str, int]:
        """How much of everything, for the preview and for the record."""
        kinds = Counter(spot.kind for spot in self.found.spots)
        return {
            "points": self.clipped.nodes,
            "ways": self.clipped.ways,
            "areas": self.clipped.relations,
            **{layer: len(features) for layer, features in self.found.layers.items()},
            **{f"spots_{kind}": count for kind, count in sorted(kinds.items())},
            "junctions": len(self.graph.nodes) if self.graph is not None else 0,
            "stretches": len(self.graph.start) if self.graph is not None else 0,
            "oneway": self.graph.oneway if self.graph is not None else 0,
            "street_names": len(self.graph.names) - 1 if self.graph is not None else 0,
        }


def look_into(
    source: Path, workshop: Path, city: City, boundaries: Sequence[Boundary], *, clip_km: float, buildings: bool,
    say: Say,
) -> Brought:  # fmt: skip
    """Cut the city out and read it. Raises OsmRefused."""
    area = area_around(city, boundaries, clip_km)
    small = workshop / CLIPPED
    clipped = clip(source, small, area, buildings=buildings, say=say)
    say("shapes", 0, 1)
    found = read_features(small)
    _add_sea(found, area)
    _add_kelurahan(found, city, boundaries)
    say("shapes", 1, 1)
    graph = build_graph(found.ways)
    say("roads", 1, 1)
    return Brought(clipped=clipped, clipped_file=small, found=found, graph=graph, area=area)


def make_files(brought: Brought, folder: Path, city: City, say: Say) -> Drawn:
    """Write the edition's files into ``folder``. Raises OSError."""
    drawn = write_tiles(brought.found.layers, brought.area, folder / BASEMAP, name=city.full_name, say=say)
    if brought.graph is not None:
        keep_graph(brought.graph, folder / ROADS)
    (folder / LINES).write_text(_lines(brought), encoding="utf-8")
    (folder / SPOTS).write_bytes(msgspec.json.encode(brought.found.spots))
    return drawn


def kept_spots(folder: Path) -> list[Spot]:
    """The points of an edition. Raises MapFileRefused when they cannot be read."""
    try:
        return msgspec.json.decode((folder / SPOTS).read_bytes(), type=list[Spot])
    except (msgspec.DecodeError, OSError) as error:
        raise MapFileRefused(f"{folder / SPOTS} rusak ({error}). Impor ulang petanya.") from error


def _add_sea(found: Found, area: Area) -> None:
    water = sea(found.coast, area.outline)
    found.layers["water"].extend(Feature(shape=piece, facts={"kind": "sea"}, min_zoom=8) for piece in water)


def _add_kelurahan(found: Found, city: City, boundaries: Sequence[Boundary]) -> None:
    """Our own names stand where the city says; the same name from the extract inside the city goes."""
    outlines = {one.code: shapely.from_wkb(one.wkb) for one in boundaries if one.level == LEVEL_KELURAHAN}
    known = {folded(area.name) for area in city.kelurahan}
    places = found.layers["places"]
    places[:] = [one for one in places if folded(str(one.facts["name"])) not in known]
    for area in city.kelurahan:
        outline = outlines.get(area.code)
        at = shapely.point_on_surface(outline) if outline is not None else shapely.Point(area.lon, area.lat)
        places.append(Feature(shape=at, facts={"name": area.name, "kind": "kelurahan"}, min_zoom=11))


def _lines(brought: Brought) -> str:
    """The roads as GeoJSON: what a browser draws should the basemap be missing or damaged."""
    features: list[dict[str, Any]] = []
    for one in brought.found.layers["roads"]:
        if one.facts["kind"] not in DRAWN_ROADS or not one.shape.intersects(brought.area.city):
            continue
        shape = one.shape.simplify(LINE_METRES / METRES_PER_DEGREE)
        corners = [[round(x, COORDINATE_DECIMALS), round(y, COORDINATE_DECIMALS)] for x, y in shape.coords]
        features.append({
            "type": "Feature",
            "properties": {"kind": one.facts["kind"], "name": one.facts.get("name", "")},
            "geometry": {"type": "LineString", "coordinates": corners},
        })  # fmt: skip
    return json.dumps(
        {"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")
    )
