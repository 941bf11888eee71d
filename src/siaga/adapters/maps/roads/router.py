"""Travel times by the imported roads: one search backwards from the incident answers for every unit at once.

A point is put on the nearest stretch of road, not on the nearest junction: on a long street without side roads the
two differ by minutes. What lies off the road is walked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, inf, isfinite, radians
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siaga.adapters.maps.roads.graph import RoadGraph, kept_graph
from siaga.domain.place import METRES_PER_DEGREE
from siaga.domain.travel import KMH_TO_MPS, Eta, Point, Route, StraightLine, TravelMethod, straight_eta

OFF_ROAD_KMH = 6.0  # on foot and in a hurry
OFF_ROAD_METRES_MAX = 2_000.0  # farther from any road we know nothing: the straight line answers
SECONDS_MAX = 7_200.0  # nobody sends a unit that needs longer; the search ends there

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _On:
    """Where points stand: which edge, how far along it (0 to 1), how many metres beside it."""

    edge: Ints
    share: Floats
    beside: Floats


class RoadRouter:
    """A RoutingProvider over one road graph. Built once, then only read; safe to share between threads."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self._width = cos(radians(float(graph.nodes[:, 1].mean())))
        flat = graph.points * (self._width * METRES_PER_DEGREE, METRES_PER_DEGREE)
        owner = np.repeat(np.arange(len(graph.start)), np.diff(graph.first))
        self._shapes: Any = shapely.linestrings(flat, indices=owner)
        self._tree = shapely.STRtree(np.asarray(self._shapes))

    @cached_property
    def _backwards(self) -> Any:
        """Seconds from every node to its neighbours, against the direction of travel. Of two stretches the faster."""
        from scipy.sparse import csr_array

        graph = self._graph
        start = np.concatenate([graph.end, graph.start])
        end = np.concatenate([graph.start, graph.end])
        seconds = np.concatenate([graph.forth, graph.back])
        usable = np.isfinite(seconds) & (start != end)
        start, end, seconds = start[usable], end[usable], seconds[usable]
        order = np.lexsort((seconds, end, start))
        start, end, seconds = start[order], end[order], seconds[order]
        new = np.concatenate(([True], (start[1:] != start[:-1]) | (end[1:] != end[:-1])))
        size = len(graph.nodes)
        return csr_array((seconds[new], (start[new], end[new])), shape=(size, size))

    def eta_many(self, units: Sequence[Point], incident: Point) -> list[Eta]:
        """See RoutingProvider. A unit no road leads to the incident is answered by the straight line."""
        if not units:
            return []
        seconds = self._seconds(self._put(units), self._put([incident]))
        return [
            Eta(seconds=float(needed), method=TravelMethod.ROAD)
            if isfinite(needed)
            else straight_eta(unit, incident)
            for unit, needed in zip(units, seconds, strict=True)
        ]

    def route(self, start: Point, end: Point) -> Route:
        """See RoutingProvider."""
        one, other = self._put([start]), self._put([end])
        if max(one.beside[0], other.beside[0]) > OFF_ROAD_METRES_MAX:
            return StraightLine().route(start, end)
        found = self._way(one, other)
        return StraightLine().route(start, end) if found is None else found

    def _put(self, points: Sequence[Point]) -> _On:
        flat = shapely.points([
            (point.lon * self._width * METRES_PER_DEGREE, point.lat * METRES_PER_DEGREE) for point in points
        ])  # fmt: skip
        edge = self._tree.nearest(flat)
        shapes = self._shapes[edge]
        share = shapely.line_locate_point(shapes, flat, normalized=True)
        return _On(edge=edge, share=share, beside=shapely.distance(shapes, flat))

    def _search(self, target: _On) -> tuple[Floats, Ints]:
        """Seconds from every node to both ends of the target's edge, and where each goes next."""
        from scipy.sparse.csgraph import dijkstra

        edge = target.edge[0]
        ends = [int(self._graph.start[edge]), int(self._graph.end[edge])]
        seconds, following = dijkstra(
            self._backwards, directed=True, indices=ends, limit=SECONDS_MAX, return_predecessors=True
        )
        return seconds, following

    def _seconds(self, units: _On, target: _On) -> Floats:
        """Seconds for every unit, infinite where there is no way."""
        graph, goal = self._graph, target.edge[0]
        reach, _ = self._search(target)
        to_goal = np.minimum(
            reach[0] + _part(target.share[0], graph.forth[goal]),
            reach[1] + _part(1 - target.share[0], graph.back[goal]),
        )
        best = np.minimum(
            to_goal[graph.end[units.edge]] + _parts(1 - units.share, graph.forth[units.edge]),
            to_goal[graph.start[units.edge]] + _parts(units.share, graph.back[units.edge]),
        )
        same = units.edge == goal
        ahead = target.share[0] - units.share
        direct = np.where(
            ahead >= 0, _parts(ahead, graph.forth[units.edge]), _parts(-ahead, graph.back[units.edge])
        )
        best = np.where(same, np.minimum(best, direct), best)
        beside = units.beside + target.beside[0]
        far = np.maximum(units.beside, target.beside[0]) > OFF_ROAD_METRES_MAX
        walked = beside / (OFF_ROAD_KMH * KMH_TO_MPS)
        return np.where(far, inf, best + walked)

    def _way(self, one: _On, other: _On) -> Route | None:
        """The fastest of the four ways between the ends of two edges, or along the one edge both are on."""
        graph = self._graph
        reach, following = self._search(other)
        here, goal = int(one.edge[0]), int(other.edge[0])
        leave = ((int(graph.end[here]), 1 - one.share[0], graph.forth[here], 1.0),
                 (int(graph.start[here]), one.share[0], graph.back[here], 0.0))  # fmt: skip
        arrive = ((0, other.share[0], graph.forth[goal], 0.0), (1, 1 - other.share[0], graph.back[goal], 1.0))
        choices = [
            (
                _part(part, cost) + float(reach[row, node]) + _part(last, last_cost),
                node,
                edge_end,
                row,
                goal_end,
            )
            for node, part, cost, edge_end in leave
            for row, last, last_cost, goal_end in arrive
        ]
        best = min(choices, key=lambda choice: choice[0])
        legs: list[tuple[int, float, float]]  # edge, from share, to share
        ahead = other.share[0] - one.share[0]
        direct = (
            _part(abs(ahead), graph.forth[here] if ahead >= 0 else graph.back[here]) if here == goal else inf
        )
        if direct <= best[0]:
            seconds, legs = direct, [(here, one.share[0], other.share[0])]
        else:
            seconds, node, edge_end, row, goal_end = best
            if not isfinite(seconds):
                return None
            legs = [(here, one.share[0], edge_end)]
            while (then := int(following[row, node])) >= 0:
                edge, forward = self._between(node, then)
                legs.append((edge, 0.0, 1.0) if forward else (edge, 1.0, 0.0))
                node = then
            legs.append((goal, goal_end, other.share[0]))
        return self._told(legs, seconds, float(one.beside[0] + other.beside[0]))

    def _between(self, node: int, then: int) -> tuple[int, bool]:
        """The fastest edge from one node to its neighbour, and whether it is driven along its shape."""
        graph = self._graph
        forward = np.flatnonzero((graph.start == node) & (graph.end == then))
        backward = np.flatnonzero((graph.end == node) & (graph.start == then))
        choices = [(float(graph.forth[edge]), int(edge), True) for edge in forward]
        choices += [(float(graph.back[edge]), int(edge), False) for edge in backward]
        _, edge, along = min(choices)
        return edge, along

    def _told(self, legs: Sequence[tuple[int, float, float]], seconds: float, beside_m: float) -> Route:
        graph = self._graph
        corners: list[tuple[float, float]] = []
        names: list[str] = []
        metres = beside_m
        for edge, begin, finish in legs:
            metres += abs(finish - begin) * float(graph.metres[edge])
            corners += self._stretch(edge, begin, finish)
            name = graph.names[graph.name[edge]]
            if name and abs(finish - begin) > 0 and (not names or names[-1] != name):
                names.append(name)
        kept = [corner for at, corner in enumerate(corners) if at == 0 or corner != corners[at - 1]]
        return Route(
            points=tuple(Point(lat, lon) for lon, lat in kept),
            names=tuple(names),
            seconds=seconds + beside_m / (OFF_ROAD_KMH * KMH_TO_MPS),
            metres=metres,
            method=TravelMethod.ROAD,
        )

    def _stretch(self, edge: int, begin: float, finish: float) -> list[tuple[float, float]]:
        """The corners of a part of an edge, in the direction it is driven."""
        line = self._shapes[edge]
        shares = shapely.line_locate_point(
            line, shapely.points(shapely.get_coordinates(line)), normalized=True
        )
        low, high = min(begin, finish), max(begin, finish)
        cut = [tuple(shapely.get_coordinates(shapely.line_interpolate_point(line, share, normalized=True))[0])
               for share in (low, high)]  # fmt: skip
        middle = [tuple(corner) for corner, share in zip(shapely.get_coordinates(line), shares, strict=True)
                  if low < share < high]  # fmt: skip
        flat = [cut[0], *middle, cut[1]]
        if begin > finish:
            flat.reverse()
        return [(float(x) / (self._width * METRES_PER_DEGREE), float(y) / METRES_PER_DEGREE) for x, y in flat]


def _part(share: float, seconds: float) -> float:
    """A part of an edge's seconds. No part costs nothing, also in a direction one may not drive."""
    return float(_parts(np.array([share]), np.array([seconds]))[0])


def _parts(share: Floats, seconds: Floats) -> Floats:
    usable = np.isfinite(seconds)  # infinity times nothing would be no number at all
    return np.where(share <= 0, 0.0, np.where(usable, share * np.where(usable, seconds, 0.0), inf))


def router_for(roads: Path | None) -> RoadRouter | StraightLine:
    """The router of a road file; without one, the straight line. Raises MapFileRefused when the file is damaged."""
    if roads is None or not roads.exists():
        return StraightLine()
    return RoadRouter(kept_graph(roads))
