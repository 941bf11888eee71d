"""Cuts the surroundings of a city out of a large OpenStreetMap extract, into a small file of the same format.

What is kept: points, ways and relations a dispatch map or a road graph can use, whose ways touch the area. A way that
leaves the area keeps its references; the points outside are left out, so it ends at the edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siaga.adapters.maps.boundaries import LEVEL_KELURAHAN, Boundary
from siaga.adapters.maps.osm.nodes import Floats, Nodes, OsmRefused, nodes_inside
from siaga.domain.city import City
from siaga.domain.place import METRES_PER_DEGREE

CLIP_KM_DEFAULT = 10.0  # trips across the boundary go round outside; with less they come out wrong
SIMPLE_METRES = 100.0  # the outline is only a fence here; its bends cost time at every point
WAY_KEYS = ("highway", "railway", "waterway", "natural", "landuse", "leisure", "amenity", "healthcare",
            "emergency", "aeroway", "boundary", "route", "place", "man_made", "water", "name",
            "addr:street")  # fmt: skip
BUILDING_KEY = "building"
GATHERED = 4096  # ways looked at together

Say = Callable[[str, int, int], None]  # stage, how far, of how much


@dataclass(frozen=True, kw_only=True)
class Area:
    """Where to look: the outline in degrees, with its margin. ``city``: the city itself, without it."""

    outline: BaseGeometry
    city: BaseGeometry

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        west, south, east, north = self.outline.bounds
        return float(west), float(south), float(east), float(north)

    def holds(self, lons: Floats, lats: Floats) -> NDArray[np.bool_]:
        """Which points lie inside; the box first, because nearly none does."""
        west, south, east, north = self.bounds
        kept = np.asarray((lons >= west) & (lons <= east) & (lats >= south) & (lats <= north))
        at = np.flatnonzero(kept)
        if len(at):
            kept[at] = shapely.contains_xy(self.outline, lons[at], lats[at])
        return kept


@dataclass(frozen=True, kw_only=True)
class Clipped:
    """What was kept."""

    nodes_seen: int
    nodes: int
    ways: int
    relations: int


def area_around(city: City, boundaries: Sequence[Boundary], clip_km: float) -> Area:
    """The city with ``clip_km`` around it: its outlines if imported, else circles around its kelurahan's centres."""
    width = cos(radians(city.lat))
    outlines = [shapely.from_wkb(one.wkb) for one in boundaries if one.level == LEVEL_KELURAHAN]
    flat: list[BaseGeometry] = [_scaled(outline, width) for outline in outlines]
    if len(flat) < len(city.kelurahan):
        reach = city.centroid_reach_m / METRES_PER_DEGREE
        flat += [shapely.Point(one.lon * width, one.lat).buffer(reach, quad_segs=8) for one in city.kelurahan]
    town = shapely.union_all(flat)
    fence: BaseGeometry = town.buffer(clip_km * 1000.0 / METRES_PER_DEGREE, quad_segs=8)
    fence = fence.simplify(SIMPLE_METRES / METRES_PER_DEGREE)
    area = Area(outline=_scaled(fence, 1 / width), city=_scaled(town, 1 / width))
    shapely.prepare(area.outline)
    return area


def clip(source: Path, target: Path, area: Area, *, buildings: bool, say: Say) -> Clipped:
    """Write what lies in the area to ``target``. Raises OsmRefused when the file is damaged or of another region."""
    import osmium

    nodes = nodes_inside(source, area.holds, lambda done, size: say("nodes", done, size))
    if not len(nodes.ids):
        raise OsmRefused(
            f"{source.name} tidak memuat satu titik pun di sekitar kota ini. Benar berkas untuk wilayahnya?"
        )
    keys = (*WAY_KEYS, BUILDING_KEY) if buildings else WAY_KEYS
    try:
        return _write(osmium, source, target, nodes, keys, say)
    except RuntimeError as error:  # the library has no narrower one for a damaged file
        raise OsmRefused(f"{source.name} rusak ({error}). Unduh ulang.") from error


def _write(osmium: Any, source: Path, target: Path, nodes: Nodes, keys: Sequence[str], say: Say) -> Clipped:
    osm, chosen = osmium.osm, osmium.filter

    def reading(kinds: Any, *filters: Any) -> Iterable[Any]:
        processor: Any = osmium.FileProcessor(str(source), kinds)
        for one in filters:
            processor = processor.with_filter(one)
        found: Iterable[Any] = processor
        return found

    say("ways", 0, 4)
    relations, members = _shapes(reading(osm.RELATION, chosen.TagFilter(("type", "multipolygon"))), keys)
    say("ways", 1, 4)
    touching, used = _touching(reading(osm.WAY, chosen.KeyFilter(*keys)), nodes)
    if members:
        say("ways", 2, 4)
        more, more_used = _touching(reading(osm.WAY, chosen.IdFilter(members)), nodes)
        touching, used = np.union1d(touching, more), np.union1d(used, more_used)
    reached = set(np.intersect1d(np.array(members, np.int64), touching).tolist())
    kept_relations = [one for one, ways in relations.items() if not reached.isdisjoint(ways)]
    header = osmium.io.Header()
    header.set("generator", "siaga")
    with osmium.SimpleWriter(str(target), header=header, overwrite=True) as writer:
        say("ways", 3, 4)
        tagged = _tagged(reading(osm.NODE, chosen.EmptyTagFilter()), nodes)
        if len(tagged):
            for node in reading(osm.NODE, chosen.IdFilter(tagged.tolist())):
                writer.add_node(node)
        plain = np.setdiff1d(used, tagged)
        for at in np.searchsorted(nodes.ids, plain):
            point = (float(nodes.lons[at]), float(nodes.lats[at]))
            writer.add_node(osm.mutable.Node(id=int(nodes.ids[at]), version=1, location=point))
        if len(touching):
            for way in reading(osm.WAY, chosen.IdFilter(touching.tolist())):
                writer.add_way(way)
        if kept_relations:
            for relation in reading(osm.RELATION, chosen.IdFilter(kept_relations)):
                writer.add_relation(relation)
    say("ways", 4, 4)
    return Clipped(
        nodes_seen=nodes.seen,
        nodes=len(tagged) + len(plain),
        ways=len(touching),
        relations=len(kept_relations),
    )


def _shapes(relations: Iterable[Any], keys: Sequence[str]) -> tuple[dict[int, list[int]], list[int]]:
    """Ways of each area relation we draw, and all of them together: most of these ways carry no tag themselves."""
    wanted = set(keys) - {"highway"}
    found = {
        relation.id: [member.ref for member in relation.members if member.type == "w"]
        for relation in relations
        if any(tag.k in wanted for tag in relation.tags)
    }
    return found, sorted({way for ways in found.values() for way in ways})


def _touching(ways: Iterable[Any], nodes: Nodes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids of the ways with a point inside, and of those points. Looked up for many ways at once."""
    kept: list[NDArray[np.int64]] = []
    used: list[NDArray[np.int64]] = []
    ids: list[int] = []
    refs: list[int] = []
    lengths: list[int] = []

    def look() -> None:
        if not ids:
            return
        every = np.array(refs, np.int64)
        inside = nodes.has(every)
        owner = np.repeat(np.arange(len(ids)), lengths)
        touching = np.zeros(len(ids), bool)
        touching[owner[inside]] = True
        kept.append(np.array(ids, np.int64)[touching])
        used.append(np.unique(every[inside]))
        for column in (ids, refs, lengths):
            column.clear()

    for way in ways:
        of_way = [node.ref for node in way.nodes]
        ids.append(way.id)
        refs += of_way
        lengths.append(len(of_way))
        if len(ids) >= GATHERED:
            look()
    look()
    if not kept:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.unique(np.concatenate(kept)), np.unique(np.concatenate(used))


def _tagged(points: Iterable[Any], nodes: Nodes) -> NDArray[np.int64]:
    """Ids of the points inside that carry tags of their own: places, hydrants, offices."""
    every = np.fromiter((point.id for point in points), np.int64)
    return np.asarray(every[nodes.has(every)])


def _scaled(shape: BaseGeometry, width: float) -> BaseGeometry:
    return shapely.transform(shape, lambda points: points * (width, 1.0))
