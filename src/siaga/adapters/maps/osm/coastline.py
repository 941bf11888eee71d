"""Sea from coastlines: OpenStreetMap draws the sea only as its edge, with the land on the left of the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

PROBE_DEGREES = 1e-5  # about a metre: from the middle of a coastline's segment to its right is water
REACH_DEGREES = 0.03  # a cut coast ends at its last point inside, up to one long straight shore from the edge


def sea(coast: Sequence[BaseGeometry], area: BaseGeometry) -> list[BaseGeometry]:
    """The parts of ``area`` that are sea; empty without a coastline, because then nobody knows.

    The area is cut along the coast; a piece is sea when the right-hand side of the coast lies in it more often than
    the left-hand side. A gap in a badly cut coast thus costs one piece, not the whole sea.
    """
    merged = shapely.line_merge(shapely.union_all(list(coast)), directed=True)
    lines = [line for line in shapely.get_parts(merged) if line.intersects(area)]
    if not lines:
        return []
    edges = shapely.union_all([*lines, *_to_the_edge(lines, area.boundary), area.boundary])
    pieces = [piece for piece in shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
              if area.intersects(shapely.point_on_surface(piece))]  # fmt: skip
    if not pieces:
        return []
    right, left = _beside(lines)
    tree = shapely.STRtree(pieces)
    votes = np.zeros(len(pieces), int)
    for points, vote in ((right, 1), (left, -1)):
        _, hit = tree.query(points, predicate="intersects")
        np.add.at(votes, hit, vote)
    return [piece for piece, vote in zip(pieces, votes, strict=True) if vote > 0]


def _to_the_edge(lines: Sequence[BaseGeometry], edge: BaseGeometry) -> Iterator[BaseGeometry]:
    """From every loose end of the coast straight to the edge of the area, if that is near."""
    ends = Counter(end for line in lines for end in (line.coords[0], line.coords[-1]))
    for end, times in ends.items():
        if times > 1:
            continue
        bridge = shapely.shortest_line(shapely.Point(end), edge)
        if bridge.length <= REACH_DEGREES:
            middle = np.array(bridge.coords)
            yield shapely.LineString([middle[0], middle[1] + (middle[1] - middle[0]) * PROBE_DEGREES])


def _beside(lines: Sequence[BaseGeometry]) -> tuple[Any, Any]:
    """A point right and one left of the middle of every segment."""
    right, left = [], []
    for line in lines:
        at = shapely.get_coordinates(line)
        step = np.diff(at, axis=0)
        length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-12)[:, None]
        aside = np.column_stack([step[:, 1], -step[:, 0]]) / length * PROBE_DEGREES
        middle = (at[1:] + at[:-1]) / 2
        right.append(middle + aside)
        left.append(middle - aside)
    return shapely.points(np.concatenate(right)), shapely.points(np.concatenate(left))
