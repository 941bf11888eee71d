"""What a clipped extract holds, as shapes with the few facts our map draws.

Layers: water, landuse, roads, buildings, places, pois, boundaries. A feature's ``min_zoom`` is the first zoom it is
drawn at. Points a dispatcher looks for (hydrants, health, fire, police) also come back as `Spot`s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

LAYERS = ("water", "landuse", "boundaries", "buildings", "roads", "places", "pois")  # as they are drawn
ROADS: Mapping[str, tuple[str, int]] = {
    "motorway": ("highway", 8), "trunk": ("highway", 8), "primary": ("major", 8), "secondary": ("major", 9),
    "tertiary": ("medium", 11), "unclassified": ("minor", 12), "residential": ("minor", 13),
    "living_street": ("minor", 13), "road": ("minor", 13), "service": ("service", 14), "track": ("path", 14),
    "pedestrian": ("path", 14), "footway": ("path", 15), "path": ("path", 15), "cycleway": ("path", 15),
    "steps": ("path", 15),
}  # fmt: skip
LANDUSE = {
    "forest": "green", "wood": "green", "grass": "green", "meadow": "green", "park": "green", "cemetery": "green",
    "recreation_ground": "green", "garden": "green", "pitch": "green", "golf_course": "green", "farmland": "field",
    "orchard": "field", "farmyard": "field", "scrub": "green", "wetland": "wet", "industrial": "work",
    "commercial": "work", "retail": "work", "railway": "work", "military": "work", "residential": "town",
    "aquaculture": "wet", "salt_pond": "wet",
}  # fmt: skip
PLACES = {"city": 8, "town": 9, "suburb": 11, "village": 12, "quarter": 12, "neighbourhood": 13, "hamlet": 13,
          "island": 9, "islet": 13}  # fmt: skip
SPOTS = {
    ("emergency", "fire_hydrant"): "hydrant", ("amenity", "hospital"): "hospital", ("amenity", "clinic"): "clinic",
    ("healthcare", "hospital"): "hospital", ("healthcare", "clinic"): "clinic", ("healthcare", "centre"): "clinic",
    ("amenity", "fire_station"): "fire_station", ("amenity", "police"): "police",
}  # fmt: skip
POI_KINDS = {
    "place_of_worship": ("worship", 15), "school": ("school", 15), "university": ("school", 14),
    "college": ("school", 15), "fuel": ("fuel", 15), "marketplace": ("market", 14), "townhall": ("office", 14),
    "bus_station": ("station", 13), "ferry_terminal": ("station", 13), "community_centre": ("office", 15),
    "prison": ("office", 14), "courthouse": ("office", 15),
}  # fmt: skip
SPOT_ZOOM = {"hydrant": 15, "hospital": 12, "clinic": 14, "fire_station": 13, "police": 13}
WATERWAYS = {"river": 9, "canal": 12, "stream": 13, "drain": 15, "ditch": 15}
ADMIN_ZOOM = {"4": 8, "5": 8, "6": 10, "7": 12}


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One shape in degrees, what is known of it, and the first zoom it is drawn at."""

    shape: BaseGeometry
    facts: Mapping[str, str | int | bool]
    min_zoom: int


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A point the room looks for. ``kind``: hydrant, hospital, clinic, fire_station, police. The name may be empty."""

    kind: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, kw_only=True)
class RoadWay:
    """One road as it was mapped: its points' ids and places, and the tags that decide who may drive how fast."""

    refs: tuple[int, ...]
    points: tuple[tuple[float, float], ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything one extract gave. ``coast``: coastlines, land on their left."""

    layers: Mapping[str, list[Feature]] = field(default_factory=lambda: {name: [] for name in LAYERS})
    spots: list[Spot] = field(default_factory=list)
    ways: list[RoadWay] = field(default_factory=list)
    coast: list[BaseGeometry] = field(default_factory=list)


def read_features(path: Path) -> Found:
    """Read a clipped extract. It is held in memory: never give it a whole island."""
    import osmium

    found = Found()
    reader = osmium.FileProcessor(str(path)).with_locations().with_areas()
    shapes = osmium.geom.WKBFactory()
    thing: Any
    for thing in reader.with_filter(osmium.filter.EmptyTagFilter()):
        tags = {tag.k: tag.v for tag in thing.tags}
        if thing.is_node():
            if thing.location.valid():
                _point(found, tags, shapely.Point(thing.location.lon, thing.location.lat))
        elif thing.is_way():
            _way(
                found, tags, [(node.ref, node.lon, node.lat) for node in thing.nodes if node.location.valid()]
            )
        elif thing.is_area():
            try:
                outline = shapely.from_wkb(bytes.fromhex(shapes.create_multipolygon(thing)))
            except RuntimeError:
                continue  # an area cut in two by the edge of the clip has no outline any more
            _area(found, tags, outline)
    return found


def _point(found: Found, tags: Mapping[str, str], at: shapely.Point) -> None:
    name = tags.get("name", "")
    place = tags.get("place", "")
    if name and place in PLACES:
        found.layers["places"].append(
            Feature(shape=at, facts={"name": name, "kind": place}, min_zoom=PLACES[place])
        )
    _poi(found, tags, at)


def _poi(found: Found, tags: Mapping[str, str], at: shapely.Point) -> None:
    name = tags.get("name", "")
    for key_value, kind in SPOTS.items():
        if tags.get(key_value[0]) == key_value[1]:
            found.spots.append(Spot(kind=kind, name=name, lat=float(at.y), lon=float(at.x)))
            found.layers["pois"].append(
                Feature(shape=at, facts={"name": name, "kind": kind}, min_zoom=SPOT_ZOOM[kind])
            )
            return
    kind, zoom = POI_KINDS.get(tags.get("amenity", ""), ("", 0))
    if tags.get("railway") == "station":
        kind, zoom = "station", 12
    if kind and name:
        found.layers["pois"].append(Feature(shape=at, facts={"name": name, "kind": kind}, min_zoom=zoom))


def _way(found: Found, tags: Mapping[str, str], nodes: list[tuple[int, float, float]]) -> None:
    if len(nodes) < 2:
        return
    points = tuple((lon, lat) for _, lon, lat in nodes)
    highway = tags.get("highway", "")
    kind = ROADS.get(highway.removesuffix("_link"))
    if kind is not None and tags.get("area") != "yes":
        found.ways.append(RoadWay(refs=tuple(ref for ref, *_ in nodes), points=points, tags=tags))
        found.layers["roads"].append(_road(tags, points, *kind))
    elif tags.get("railway") in ("rail", "light_rail"):
        _line(found, "roads", points, {"kind": "rail"}, 10)
    elif tags.get("route") == "ferry":
        found.ways.append(RoadWay(refs=tuple(ref for ref, *_ in nodes), points=points, tags=tags))
        _line(found, "roads", points, {"kind": "ferry", "name": tags.get("name", "")}, 9)
    elif tags.get("natural") == "coastline":
        found.coast.append(shapely.LineString(points))
    elif tags.get("waterway") in WATERWAYS:
        _line(
            found,
            "water",
            points,
            {"kind": "river", "name": tags.get("name", "")},
            WATERWAYS[tags["waterway"]],
        )
    elif tags.get("boundary") == "administrative" and tags.get("admin_level", "") in ADMIN_ZOOM:
        level = tags["admin_level"]
        _line(found, "boundaries", points, {"kind": "admin", "level": int(level)}, ADMIN_ZOOM[level])


def _road(tags: Mapping[str, str], points: tuple[tuple[float, float], ...], kind: str, zoom: int) -> Feature:
    facts: dict[str, str | int | bool] = {"kind": kind}
    for key in ("name", "ref"):
        if tags.get(key):
            facts[key] = tags[key]
    if tags.get("bridge", "no") != "no":
        facts["bridge"] = True
    if tags.get("oneway") in ("yes", "1", "true"):
        facts["oneway"] = True
    return Feature(shape=shapely.LineString(points), facts=facts, min_zoom=zoom)


def _line(
    found: Found,
    layer: str,
    points: tuple[tuple[float, float], ...],
    facts: Mapping[str, str | int],
    zoom: int,
) -> None:
    known = {key: value for key, value in facts.items() if value != ""}
    found.layers[layer].append(Feature(shape=shapely.LineString(points), facts=known, min_zoom=zoom))


def _area(found: Found, tags: Mapping[str, str], outline: BaseGeometry) -> None:
    name = tags.get("name", "")
    if "building" in tags:
        found.layers["buildings"].append(Feature(shape=outline, facts={"kind": "building"}, min_zoom=14))
    elif tags.get("natural") == "water" or tags.get("waterway") == "riverbank" or "water" in tags:
        found.layers["water"].append(
            Feature(shape=outline, facts={"kind": "water", **({"name": name} if name else {})}, min_zoom=9)
        )
    else:
        for kind in _landuse(tags):
            found.layers["landuse"].append(Feature(shape=outline, facts={"kind": kind}, min_zoom=10))
    if "amenity" in tags or "healthcare" in tags or tags.get("railway") == "station":
        _poi(found, tags, shapely.point_on_surface(outline))


def _landuse(tags: Mapping[str, str]) -> Iterator[str]:
    for key in ("landuse", "natural", "leisure"):
        if kind := LANDUSE.get(tags.get(key, "")):
            yield kind
            return
    if tags.get("amenity") in ("school", "hospital", "university", "college"):
        yield "work"


def facts_of(feature: Feature) -> dict[str, Any]:
    """The properties written into a tile."""
    return dict(feature.facts)
