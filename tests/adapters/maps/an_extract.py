"""A small OpenStreetMap extract around the invented city, drawn by hand: roads, a coast, a lake with an island."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.a_city import CITY

STEP = 0.001  # degrees; about 110 m


class Extract:
    """Points are given in steps east and north of the city's middle; a point used twice is the same point."""

    def __init__(self) -> None:
        self.points: dict[tuple[float, float], int] = {}
        self.tags: dict[int, dict[str, str]] = {}
        self.ways: list[tuple[int, list[int], dict[str, str]]] = []
        self.relations: list[tuple[int, list[tuple[str, int, str]], dict[str, str]]] = []

    def point(self, east: float, north: float, **tags: str) -> int:
        ref = self.points.setdefault((east, north), 1000 + 7 * len(self.points))
        if tags:
            self.tags[ref] = tags
        return ref

    def way(self, *corners: tuple[float, float], **tags: str) -> int:
        self.ways.append((len(self.ways) + 1, [self.point(*corner) for corner in corners], tags))
        return len(self.ways)

    def area(self, outer: int, *inner: int, **tags: str) -> None:
        members = [("w", outer, "outer"), *(("w", one, "inner") for one in inner)]
        self.relations.append((len(self.relations) + 1, members, {"type": "multipolygon", **tags}))

    def write(self, path: Path) -> Path:
        import osmium

        made: Any = osmium.osm.mutable
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for (east, north), ref in self.points.items():
                at = (CITY.lon + east * STEP, CITY.lat + north * STEP)
                writer.add_node(made.Node(id=ref, version=1, location=at, tags=self.tags.get(ref, {})))
            for ref, nodes, tags in self.ways:
                writer.add_way(made.Way(id=ref, version=1, nodes=nodes, tags=tags))
            for ref, members, tags in self.relations:
                writer.add_relation(made.Relation(id=ref, version=1, members=members, tags=tags))
        return path


def at(east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude of a point given in steps."""
    return CITY.lat + north * STEP, CITY.lon + east * STEP


def a_town() -> Extract:
    """A square of streets with one way through its middle, a dead end, a lake, a coast in the north, a far road."""
    town = Extract()
    town.way((0, 0), (5, 0), (10, 0), highway="primary", name="Jalan Selatan")
    town.way((10, 0), (10, 10), highway="residential", name="Jalan Timur")
    town.way((10, 10), (5, 10), (0, 10), highway="residential", name="Jalan Utara")
    town.way((0, 10), (0, 0), highway="residential", name="Jalan Barat")
    town.way((5, 0), (5, 10), highway="secondary", name="Jalan Tengah", oneway="yes")
    town.way((30, 30), (31, 30), highway="residential", name="Jalan Terputus")
    town.way((5, 10), (5, 12), highway="footway", name="Gang Kaki")
    town.way((-300, 3), (0, 10), highway="trunk", name="Jalan Jauh")
    shore = town.way((2, -8), (6, -8), (6, -4), (2, -4), (2, -8))
    island = town.way((3, -7), (4, -7), (4, -6), (3, -6), (3, -7))
    town.area(shore, island, natural="water", name="Situ Contoh")
    town.way(
        *((east, 60) for east in range(400, -401, -10)), natural="coastline"
    )  # to the west: land in the south, on the left
    town.point(1, 1, emergency="fire_hydrant")
    town.point(2, 2, amenity="hospital", name="RS Contoh")
    town.point(3, 3, place="village", name="Desa Contoh")
    town.point(900, 900, place="village", name="Desa Lain")
    town.way((6, 2), (7, 2), (7, 3), (6, 3), (6, 2), building="yes")
    return town
