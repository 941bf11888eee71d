"""Outlines of the invented city: four squares of about 1.1 km around its kelurahan centres."""

from __future__ import annotations

import json
from typing import Any

from siaga.domain.city import Kelurahan
from tests.a_city import CITY

HALF_DEGREES = 0.005


def square(lon: float, lat: float, half: float = HALF_DEGREES) -> list[list[float]]:
    west, east, south, north = lon - half, lon + half, lat - half, lat + half
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(area: Kelurahan, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "Feature",
        "properties": {"kode": area.code, "nama": area.name},
        "geometry": {"type": "Polygon", "coordinates": [square(area.lon, area.lat)]},
    }
    return made | changes


def collection(features: list[Any], **extra: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features} | extra).encode()


def whole_city() -> bytes:
    return collection([feature(area) for area in CITY.kelurahan])
