"""The roads of a city as a graph: made from an extract once, kept as one file of arrays, read in milliseconds.

An edge is a stretch of road between two junctions, with its shape, its length, its name, and the seconds it takes in
each direction; a direction one may not drive has infinite seconds. Only the part of the network in which everything
reaches everything is kept: a stretch cut off by the edge of the extract would swallow the nearest unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, inf, radians
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.osm.features import RoadWay
from siaga.domain.place import METRES_PER_DEGREE
from siaga.domain.travel import KMH_TO_MPS

FORMAT_VERSION = 1
SPEED_KMH: Mapping[str, float] = {
    "motorway": 80.0, "trunk": 55.0, "primary": 45.0, "secondary": 40.0, "tertiary": 35.0, "unclassified": 28.0,
    "residential": 22.0, "living_street": 14.0, "road": 22.0, "service": 14.0, "track": 12.0, "ferry": 15.0,
}  # fmt: skip
# Of a vehicle that is in a hurry in a town, not the signs'. Only their proportions matter for who is nearest.
LINK_SHARE = 0.7  # a ramp is slower than the road it serves
NO_ENTRY = frozenset({"no", "agricultural", "forestry"})
ONEWAY = frozenset({"yes", "1", "true"})

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class RoadGraph:
    """Arrays. ``points[first[e]:first[e + 1]]`` are the corners of edge ``e`` from node ``start`` to node ``end``.

    ``forth`` and ``back``: seconds along the shape and against it. ``name``: index into ``names``; 0 is no name.
    """

    nodes: Floats  # (n, 2) lon, lat
    start: Ints
    end: Ints
    metres: Floats
    forth: Floats
    back: Floats
    name: Ints
    first: Ints
    points: Floats  # (m, 2) lon, lat
    names: tuple[str, ...]

    @property
    def oneway(self) -> int:
        """How many edges may be driven in one direction only."""
        return int(np.sum(~np.isfinite(self.forth) | ~np.isfinite(self.back)))

    def shape(self, edge: int) -> Floats:
        """The corners of one edge, lon and lat."""
        return self.points[self.first[edge] : self.first[edge + 1]]


@dataclass(frozen=True)
class _Piece:
    refs: tuple[int, int]
    points: tuple[tuple[float, float], ...]
    metres: float
    forth: float
    back: float
    name: str


def build_graph(ways: Sequence[RoadWay]) -> RoadGraph | None:
    """The graph of these roads; None when no two of them can be driven there and back."""
    drivable = [(way, kmh) for way in ways if (kmh := _speed(way.tags)) is not None]
    seen = Counter(ref for way, _ in drivable for ref in way.refs)
    junctions = {ref for ref, times in seen.items() if times > 1}
    for way, _ in drivable:
        junctions.update((way.refs[0], way.refs[-1]))
    pieces = [piece for way, kmh in drivable for piece in _pieces(way, kmh, junctions)]
    return _assembled(pieces) if pieces else None


def _speed(tags: Mapping[str, str]) -> float | None:
    """Kilometres an hour on this way, or None when no vehicle drives there."""
    if tags.get("access") in NO_ENTRY or tags.get("motor_vehicle") in NO_ENTRY:
        return None
    if tags.get("route") == "ferry":
        return SPEED_KMH["ferry"]
    kind = tags.get("highway", "")
    kmh = SPEED_KMH.get(kind.removesuffix("_link"))
    return kmh * LINK_SHARE if kmh is not None and kind.endswith("_link") else kmh


def _pieces(way: RoadWay, kmh: float, junctions: set[int]) -> Iterator[_Piece]:
    """Cut a way at its junctions."""
    forth_open, back_open = _directions(way.tags)
    at = 0
    for here in range(1, len(way.refs)):
        if way.refs[here] not in junctions:
            continue
        points = way.points[at : here + 1]
        metres = _length_m(points)
        if metres > 0:
            seconds = metres / (kmh * KMH_TO_MPS)
            yield _Piece(
                refs=(way.refs[at], way.refs[here]),
                points=points,
                metres=metres,
                forth=seconds if forth_open else inf,
                back=seconds if back_open else inf,
                name=way.tags.get("name") or way.tags.get("ref") or "",
            )
        at = here


def _directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    oneway = tags.get("oneway", "")
    if oneway in ("-1", "reverse"):
        return False, True
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return True, not (oneway in ONEWAY or (implied and oneway != "no"))


def _length_m(points: Sequence[tuple[float, float]]) -> float:
    at = np.array(points)
    step = np.diff(at, axis=0) * (cos(radians(float(at[0, 1]))), 1.0)
    return float(np.hypot(step[:, 0], step[:, 1]).sum()) * METRES_PER_DEGREE


def _assembled(pieces: Sequence[_Piece]) -> RoadGraph | None:
    numbers: dict[int, int] = {}
    for piece in pieces:
        for ref in piece.refs:
            numbers.setdefault(ref, len(numbers))
    start = np.array([numbers[piece.refs[0]] for piece in pieces])
    end = np.array([numbers[piece.refs[1]] for piece in pieces])
    forth = np.array([piece.forth for piece in pieces])
    back = np.array([piece.back for piece in pieces])
    core = _core(len(numbers), start, end, forth, back)
    kept = [at for at in range(len(pieces)) if core[start[at]] and core[end[at]]]
    if not kept:
        return None
    number = np.cumsum(core) - 1
    nodes = np.zeros((int(core.sum()), 2))
    for at in kept:
        nodes[number[start[at]]], nodes[number[end[at]]] = pieces[at].points[0], pieces[at].points[-1]
    names = ["", *sorted({pieces[at].name for at in kept} - {""})]
    index = {name: at for at, name in enumerate(names)}
    corners = [len(pieces[at].points) for at in kept]
    return RoadGraph(
        nodes=nodes,
        start=number[start[kept]].astype(np.int32),
        end=number[end[kept]].astype(np.int32),
        metres=np.array([pieces[at].metres for at in kept]),
        forth=forth[kept],
        back=back[kept],
        name=np.array([index[pieces[at].name] for at in kept], np.int32),
        first=np.concatenate(([0], np.cumsum(corners))).astype(np.int32),
        points=np.array([point for at in kept for point in pieces[at].points]),
        names=tuple(names),
    )


def _core(
    size: int, start: NDArray[np.int64], end: NDArray[np.int64], forth: Floats, back: Floats
) -> NDArray[np.bool_]:
    """The nodes of the largest part in which every node reaches every other."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    along, against = np.isfinite(forth), np.isfinite(back)
    rows = np.concatenate([start[along], end[against]])
    columns = np.concatenate([end[along], start[against]])
    links = csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    _, part = connected_components(links, directed=True, connection="strong")
    return np.asarray(part == np.bincount(part).argmax())


def keep_graph(graph: RoadGraph, path: Path) -> None:
    """Write the graph. Raises OSError."""
    with path.open("wb") as file:
        np.savez_compressed(
            file, version=np.array([FORMAT_VERSION]), nodes=graph.nodes, start=graph.start, end=graph.end,
            metres=graph.metres, forth=graph.forth, back=graph.back, name=graph.name, first=graph.first,
            points=graph.points, names=np.array(graph.names, dtype=np.str_),
        )  # fmt: skip


def kept_graph(path: Path) -> RoadGraph:
    """Read a graph. Raises MapFileRefused when the file is damaged or of another version, FileNotFoundError."""
    from zipfile import BadZipFile

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if int(kept["version"][0]) != FORMAT_VERSION:
                raise MapFileRefused(
                    f"{path} dari versi lain. Impor ulang petanya: siaga city import-osm BERKAS"
                )
            names = tuple(str(name) for name in kept["names"])
            return RoadGraph(
                nodes=kept["nodes"], start=kept["start"], end=kept["end"], metres=kept["metres"],
                forth=kept["forth"], back=kept["back"], name=kept["name"], first=kept["first"],
                points=kept["points"], names=names,
            )  # fmt: skip
    except FileNotFoundError:
        raise
    except (BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise MapFileRefused(
            f"{path} rusak ({error}). Impor ulang petanya: siaga city import-osm BERKAS"
        ) from error
