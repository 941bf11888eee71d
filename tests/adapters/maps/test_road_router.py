from __future__ import annotations

import heapq
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf
from pathlib import Path

import numpy as np
import pytest

from siaga.adapters.maps import map_edition
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.map_edition import About
from siaga.adapters.maps.osm.clip import area_around
from siaga.adapters.maps.osm.features import read_features
from siaga.adapters.maps.roads.city_routing import CityRouting
from siaga.adapters.maps.roads.graph import RoadGraph, build_graph, keep_graph, kept_graph
from siaga.adapters.maps.roads.router import RoadRouter, router_for
from siaga.domain.place import metres_between
from siaga.domain.travel import Point, StraightLine, TravelMethod
from tests.a_city import CITY
from tests.adapters.maps.an_extract import Extract, a_town, at
from tests.shared_files import shared_file

ROUTE_TOLERANCE = 0.02  # seconds; rounding along a hundred stretches


def graph_of(extract: Extract, tmp_path: Path) -> RoadGraph:
    made = build_graph(read_features(extract.write(tmp_path / "town.osm.pbf")).ways)
    assert made is not None
    return made


def spot(east: float, north: float) -> Point:
    return Point(*at(east, north))


@pytest.fixture
def town(tmp_path: Path) -> RoadGraph:
    return graph_of(a_town(), tmp_path)


def test_roads_are_cut_at_junctions_and_what_is_cut_off_is_left_out(town: RoadGraph):
    assert "Jalan Terputus" not in town.names
    assert "Gang Kaki" not in town.names, "nobody drives there"
    assert "Jalan Tengah" in town.names
    assert town.oneway == 1


def test_a_one_way_street_is_driven_one_way(town: RoadGraph):
    router = RoadRouter(town)
    up = router.route(spot(5, 1), spot(5, 9))
    down = router.route(spot(5, 9), spot(5, 1))
    assert up.names == ("Jalan Tengah",)
    assert down.names[0] == "Jalan Tengah", "he can only go on"
    assert {"Jalan Utara", "Jalan Selatan"} <= set(down.names)
    assert down.seconds > 2 * up.seconds
    assert up.method is TravelMethod.ROAD


def test_a_point_stands_on_the_street_not_at_its_junction(town: RoadGraph):
    near, far = RoadRouter(town).eta_many([spot(10, 4), spot(10, 9)], spot(10, 2))
    assert far.seconds > 3 * near.seconds


def test_far_from_every_road_the_straight_line_answers(town: RoadGraph):
    router = RoadRouter(town)
    on_road, lost = router.eta_many([spot(0, 5), spot(-40, -40)], spot(10, 5))
    assert on_road.method is TravelMethod.ROAD
    assert lost.method is TravelMethod.STRAIGHT
    assert router.route(spot(-40, -40), spot(10, 5)).method is TravelMethod.STRAIGHT
    assert router.eta_many([], spot(0, 0)) == []


def test_the_way_and_the_time_agree_and_a_route_begins_and_ends_there(town: RoadGraph):
    router = RoadRouter(town)
    starts = [spot(1, 0), spot(0, 7), spot(10, 8), spot(5, 3), spot(9, 10)]
    goal = spot(10, 3)
    for start, eta in zip(starts, router.eta_many(starts, goal), strict=True):
        route = router.route(start, goal)
        assert route.seconds == pytest.approx(eta.seconds, abs=ROUTE_TOLERANCE)
        for corner, wanted in ((route.points[0], start), (route.points[-1], goal)):
            assert metres_between(corner.lat, corner.lon, wanted.lat, wanted.lon) < 1
        along = sum(metres_between(a.lat, a.lon, b.lat, b.lon) for a, b in pairwise(route.points))
        assert along == pytest.approx(route.metres, rel=0.01)


def test_without_a_file_there_is_still_an_answer_and_a_damaged_one_is_named(tmp_path: Path, town: RoadGraph):
    assert isinstance(router_for(None), StraightLine)
    assert isinstance(router_for(tmp_path / "none.npz"), StraightLine)
    path = tmp_path / "roads.npz"
    keep_graph(town, path)
    assert isinstance(router_for(path), RoadRouter)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(MapFileRefused, match="Impor ulang"):
        router_for(path)


def test_a_graph_comes_back_as_it_was_kept(tmp_path: Path, town: RoadGraph):
    keep_graph(town, tmp_path / "roads.npz")
    again = kept_graph(tmp_path / "roads.npz")
    assert again.names == town.names
    for name in ("nodes", "start", "end", "metres", "forth", "back", "name", "first", "points"):
        assert np.array_equal(getattr(again, name), getattr(town, name)), name


@pytest.mark.slow
def test_on_a_real_city_the_search_finds_what_a_plain_search_finds():
    """Balikpapan's roads: every junction to one, against Dijkstra's method written out here."""
    path = shared_file("data", "geo", "balikpapan_osm", "balikpapan_kota.osm.pbf")
    graph = build_graph(read_features(path).ways)
    assert graph is not None
    router = RoadRouter(graph)
    goal = int(len(graph.nodes) // 2)
    seconds = _plain(graph, goal)
    chosen = range(0, len(graph.nodes), 29)
    points = [Point(float(graph.nodes[one, 1]), float(graph.nodes[one, 0])) for one in chosen]
    target = Point(float(graph.nodes[goal, 1]), float(graph.nodes[goal, 0]))
    etas = router.eta_many(points, target)
    assert len(etas) > 25
    assert {eta.method for eta in etas} == {TravelMethod.ROAD}
    assert [eta.seconds for eta in etas] == pytest.approx([seconds[one] for one in chosen], abs=0.5)


def _plain(graph: RoadGraph, goal: int) -> dict[int, float]:
    towards: dict[int, list[tuple[int, float]]] = {}
    for start, end, forth, back in zip(graph.start, graph.end, graph.forth, graph.back, strict=True):
        towards.setdefault(int(end), []).append((int(start), float(forth)))
        towards.setdefault(int(start), []).append((int(end), float(back)))
    best = {goal: 0.0}
    waiting = [(0.0, goal)]
    while waiting:
        needed, node = heapq.heappop(waiting)
        if needed > best[node]:
            continue
        for other, cost in towards.get(node, ()):
            if needed + cost < best.get(other, inf):
                best[other] = needed + cost
                heapq.heappush(waiting, (needed + cost, other))
    return best


def test_the_surroundings_of_a_city_without_outlines_are_circles():
    area = area_around(CITY, (), 10.0)
    west, south, east, north = area.bounds
    assert west < CITY.lon < east
    high = metres_between(south, CITY.lon, north, CITY.lon)
    assert high == pytest.approx(20_000 + metres_between(*_box(area)), rel=0.02)


def _box(area) -> tuple[float, float, float, float]:
    _, south, _, north = area.city.bounds
    return south, CITY.lon, north, CITY.lon


def use(home: Path, graph: RoadGraph, days: int) -> Path:
    now = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=days)
    with map_edition.workshop(home) as place:
        made = place / "edition"
        made.mkdir()
        keep_graph(graph, made / map_edition.ROADS)
        told = About(city="x", source="x", imported_at=now.isoformat(), clip_km=1, counts={})
        return map_edition.maps_folder(home) / map_edition.adopt(home, made, told, now)


def test_a_running_process_takes_up_a_new_map_and_lives_with_a_damaged_one(tmp_path: Path, town: RoadGraph):
    routing = CityRouting(tmp_path)

    def method() -> TravelMethod:
        [eta] = routing.eta_many([spot(0, 5)], spot(10, 5))
        return eta.method

    assert method() is TravelMethod.STRAIGHT
    use(tmp_path, town, 0)
    assert method() is TravelMethod.ROAD
    assert routing.route(spot(0, 5), spot(10, 5)).names
    folder = use(tmp_path, town, 1)
    (folder / map_edition.ROADS).write_bytes(b"PK broken")
    assert method() is TravelMethod.STRAIGHT
