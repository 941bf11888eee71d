"""Draws the basemap: features to vector tiles in one PMTiles file, zoom 8 to 15, without any program but this one."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from siaga.adapters.maps.osm.clip import Area, Say
from siaga.adapters.maps.osm.features import LAYERS, Feature, facts_of

ZOOM_MIN = 8  # a whole regency on a small panel
ZOOM_MAX = 15  # beyond it the browser enlarges: 4096 steps on 1.2 km is 30 cm
EXTENT = 4096
MARGIN = 0.03  # of a tile, so that a line at its edge has its whole width
EARTH_RADIUS_M = 6_378_137.0  # of the map projection (EPSG:3857)
POINT_LAYERS = ("places", "pois")
SMALL_SQUARE_PIXELS = 4.0  # an area smaller than this at a zoom is a speck
PIXELS_PER_TILE = 512.0
GZIP_LEVEL = 6
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Layer:
    name: str
    shapes: NDArray[Any]
    facts: list[dict[str, Any]]
    min_zoom: NDArray[np.int64]
    tree: shapely.STRtree
    size: Floats  # m2 of areas, infinite for lines and points: only areas become specks


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What came of it."""

    tiles: int
    bytes: int


def write_tiles(
    layers: Mapping[str, Sequence[Feature]], area: Area, path: Path, *, name: str, say: Say
) -> Drawn:
    """Write the tiles of an area. Tiles without content are left out."""
    import mapbox_vector_tile
    from pmtiles.tile import zxy_to_tileid
    from pmtiles.writer import Writer

    made = [_layer(kind, layers[kind]) for kind in LAYERS if layers.get(kind)]
    wanted = sorted((zxy_to_tileid(z, x, y), z, x, y) for z, x, y in _tiles(area.bounds))
    count, new_writer = 0, cast(Any, Writer)  # the library carries no types
    with path.open("wb") as file:
        writer = new_writer(file)
        for number, (tile, z, x, y) in enumerate(wanted):
            square = _square(z, x, y)
            drawn = [one for layer in made if (one := _drawn(layer, square, z)) is not None]
            if drawn:
                options = {"extents": EXTENT, "y_coord_down": True}
                packed = gzip.compress(
                    mapbox_vector_tile.encode(drawn, default_options=options), GZIP_LEVEL, mtime=0
                )
                writer.write_tile(tile, packed)
                count += 1
            if number % 64 == 0:
                say("tiles", number, len(wanted))
        if not count:
            raise ValueError("nothing to draw")
        writer.finalize(*_header(area, name, [layer.name for layer in made]))
    say("tiles", len(wanted), len(wanted))
    return Drawn(tiles=count, bytes=path.stat().st_size)


def _layer(name: str, features: Sequence[Feature]) -> _Layer:
    shapes = shapely.transform(np.array([feature.shape for feature in features], dtype=object), _projected)
    sizes = shapely.area(shapes)
    return _Layer(
        name=name,
        shapes=shapes,
        facts=[facts_of(feature) for feature in features],
        min_zoom=np.array([feature.min_zoom for feature in features]),
        tree=shapely.STRtree(shapes),
        size=np.where(sizes > 0, sizes, np.inf),
    )


def _drawn(layer: _Layer, square: tuple[float, float, float, float], zoom: int) -> dict[str, Any] | None:
    """The layer's part in one tile, or nothing."""
    side = square[2] - square[0]
    reach = side * MARGIN
    west, south, east, north = square[0] - reach, square[1] - reach, square[2] + reach, square[3] + reach
    at = np.sort(layer.tree.query(shapely.box(west, south, east, north)))
    speck = SMALL_SQUARE_PIXELS * (side / PIXELS_PER_TILE) ** 2
    at = at[(layer.min_zoom[at] <= zoom) & (layer.size[at] >= speck)]
    if not len(at):
        return None
    shapes = layer.shapes[at]
    if layer.name not in POINT_LAYERS:
        shapes = shapely.clip_by_rect(shapes, west, south, east, north)
        shapes = shapely.simplify(shapes, side / EXTENT * (2.0 if zoom < ZOOM_MAX else 0.5))
    corner, steps = (square[0], square[3]), (EXTENT / side, -EXTENT / side)
    shapes = shapely.transform(shapes, lambda points: np.rint((points - corner) * steps))
    features = [
        {"geometry": shape, "properties": layer.facts[which]}
        for shape, which in zip(shapes, at, strict=True)
        if not shape.is_empty
    ]
    return {"name": layer.name, "features": features} if features else None


def _tiles(bounds: tuple[float, float, float, float]) -> Iterator[tuple[int, int, int]]:
    west, south, east, north = bounds
    for zoom in range(ZOOM_MIN, ZOOM_MAX + 1):
        last = 2**zoom - 1
        for x in range(max(0, _column(west, zoom)), min(last, _column(east, zoom)) + 1):
            for y in range(max(0, _row(north, zoom)), min(last, _row(south, zoom)) + 1):
                yield zoom, x, y


def _column(lon: float, zoom: int) -> int:
    return int((lon + 180.0) / 360.0 * 2**zoom)


def _row(lat: float, zoom: int) -> int:
    return int((1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * 2**zoom)


def _square(zoom: int, x: int, y: int) -> tuple[float, float, float, float]:
    half = math.pi * EARTH_RADIUS_M
    side = 2.0 * half / 2**zoom
    west, north = x * side - half, half - y * side
    return west, north - side, west + side, north


def _projected(points: Floats) -> Floats:
    x = np.radians(points[:, 0]) * EARTH_RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians(points[:, 1]) / 2)) * EARTH_RADIUS_M
    return np.column_stack([x, y])


def _header(area: Area, name: str, layers: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    from pmtiles.tile import Compression, TileType

    west, south, east, north = area.bounds
    middle = area.city.centroid
    header = {
        "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
        "min_zoom": ZOOM_MIN, "max_zoom": ZOOM_MAX, "center_zoom": 13,
        "min_lon_e7": int(west * 1e7), "min_lat_e7": int(south * 1e7),
        "max_lon_e7": int(east * 1e7), "max_lat_e7": int(north * 1e7),
        "center_lon_e7": int(middle.x * 1e7), "center_lat_e7": int(middle.y * 1e7),
    }  # fmt: skip
    vector_layers: list[dict[str, Any]] = [{"id": layer, "fields": {}} for layer in layers]
    return header, {"name": name, "attribution": ATTRIBUTION, "vector_layers": vector_layers}
