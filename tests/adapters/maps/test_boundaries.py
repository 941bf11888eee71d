from __future__ import annotations

import random
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siaga.adapters.maps.boundaries import (
    LEVEL_KECAMATAN,
    BoundaryIndex,
    match_areas,
)
from siaga.adapters.maps.boundary_file import boundary_path, keep_boundaries, kept_boundaries
from siaga.adapters.maps.geojson import MapFileRefused, areas_of
from siaga.domain.city import City
from siaga.domain.place import SNAP_METRES_MAX, PlaceMethod, metres_between
from tests.a_city import CITY, a_city
from tests.adapters.maps.outlines import collection, feature, square, whole_city

BROUGHT = match_areas(CITY, areas_of(whole_city()))
INDEX = BoundaryIndex(CITY, BROUGHT.boundaries)
NORTH, EAST, SOUTH, WEST = CITY.kelurahan


def found(index: BoundaryIndex, lat: float, lon: float) -> tuple[str | None, PlaceMethod]:
    area, method = index.find(lat, lon)
    return (area.code if area else None), method


def test_every_kelurahan_of_the_file_is_matched_by_code_and_the_kecamatan_are_their_sum():
    assert (BROUGHT.missing, BROUGHT.extra, BROUGHT.warnings) == ((), (), ())
    kecamatan = [entry for entry in BROUGHT.boundaries if entry.level == LEVEL_KECAMATAN]
    assert [(entry.code, entry.name) for entry in kecamatan] == [("99.01.01", "Atas"), ("99.01.02", "Bawah")]
    assert shapely.from_wkb(kecamatan[0].wkb).area == pytest.approx(2e-4)


def test_codes_are_found_in_whatever_property_holds_them_with_or_without_dots():
    for kode in ("99.01.01.1001", "9901011001", 9901011001):
        file = areas_of(collection([feature(NORTH, properties={"nama": "1", "KDPUM": kode, "id": 7})]))
        assert [area.code for area in match_areas(CITY, file).matched] == [NORTH.code]


def test_a_name_never_decides_and_a_different_name_is_only_mentioned():
    wrong_code = {"kode": "99.01.09.1009", "nama": "Utara"}
    other_name = {"kode": EAST.code, "nama": "Wetan"}

    brought = match_areas(
        CITY,
        areas_of(collection([feature(NORTH, properties=wrong_code), feature(EAST, properties=other_name)])),
    )

    assert brought.extra == ("99.01.09.1009",)
    assert [area.name for area in brought.missing] == ["Utara", "Selatan", "Barat"]
    assert brought.warnings == ("99.01.01.1002: di berkas bernama Wetan, di daftar kota Timur.",)


def test_bps_codes_and_files_of_another_city_are_refused_in_words():
    with pytest.raises(MapFileRefused, match="BPS"):
        match_areas(CITY, areas_of(collection([feature(NORTH, properties={"kode": "9901010001"})])))
    with pytest.raises(MapFileRefused, match="Tidak ada satu pun"):
        match_areas(CITY, areas_of(collection([feature(NORTH, properties={"kode": "11.01.01.2001"})])))


def test_an_outline_far_from_its_centre_is_said_to_be():
    far = feature(NORTH, geometry={"type": "Polygon", "coordinates": [square(110.2, -7.0)]})

    (warning,) = match_areas(CITY, areas_of(collection([far]))).warnings
    assert warning.startswith("99.01.01.1001 Utara: garis batasnya 21.5 km dari titik pusatnya")


def test_several_areas_with_one_code_are_one_kelurahan_with_islands():
    island = feature(NORTH, geometry={"type": "Polygon", "coordinates": [square(110.03, -6.99)]})
    brought = match_areas(CITY, areas_of(collection([feature(NORTH), island])))
    index = BoundaryIndex(CITY, brought.boundaries)

    assert found(index, -6.99, 110.0) == found(index, -6.99, 110.03) == (NORTH.code, PlaceMethod.POLYGON)


def test_inside_beside_and_far_away_are_told_apart():
    assert found(INDEX, NORTH.lat, NORTH.lon) == (NORTH.code, PlaceMethod.POLYGON)
    # 150 m north of the northern edge, then 300 m
    edge = NORTH.lat + 0.005
    assert found(INDEX, edge + 150 / 111_195, NORTH.lon) == (NORTH.code, PlaceMethod.SNAPPED)
    assert found(INDEX, edge + 300 / 111_195, NORTH.lon) == (None, PlaceMethod.OUTSIDE)


def test_where_two_outlines_overlap_the_nearer_centre_decides():
    wide = {"type": "Polygon", "coordinates": [square(NORTH.lon, NORTH.lat, 0.02)]}
    brought = match_areas(CITY, areas_of(collection([feature(NORTH, geometry=wide), feature(EAST)])))
    index = BoundaryIndex(CITY, brought.boundaries)

    assert found(index, EAST.lat, EAST.lon) == (EAST.code, PlaceMethod.POLYGON)
    assert found(index, NORTH.lat, NORTH.lon) == (NORTH.code, PlaceMethod.POLYGON)


def test_without_outlines_the_nearest_centre_is_an_estimate_up_to_the_citys_reach():
    index = BoundaryIndex(CITY)

    assert found(index, -6.991, 110.001) == (NORTH.code, PlaceMethod.CENTROID)
    north_of_reach = NORTH.lat + (CITY.centroid_reach_m + 10) / 111_195
    assert found(index, north_of_reach, NORTH.lon) == (None, PlaceMethod.OUTSIDE)
    assert found(index, north_of_reach - 20 / 111_195, NORTH.lon) == (NORTH.code, PlaceMethod.CENTROID)


def test_when_only_some_outlines_are_there_the_others_are_still_estimated():
    brought = match_areas(CITY, areas_of(collection([feature(NORTH)])))
    index = BoundaryIndex(CITY, brought.boundaries)

    assert found(index, SOUTH.lat, SOUTH.lon) == (SOUTH.code, PlaceMethod.CENTROID)
    assert found(index, NORTH.lat, NORTH.lon) == (NORTH.code, PlaceMethod.POLYGON)


def test_outlines_survive_being_kept_as_a_file(tmp_path: Path):
    path = keep_boundaries(
        tmp_path, CITY, BROUGHT.boundaries, source="peta.geojson", imported_at="2025-01-01"
    )

    from_file = BoundaryIndex(CITY, kept_boundaries(tmp_path, CITY))

    assert path == boundary_path(tmp_path, CITY)
    assert found(from_file, NORTH.lat, NORTH.lon) == (NORTH.code, PlaceMethod.POLYGON)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_no_kept_file_is_no_outline_and_a_damaged_or_foreign_one_is_said_to_be(tmp_path: Path):
    assert kept_boundaries(tmp_path, CITY) == ()
    path = keep_boundaries(tmp_path, CITY, BROUGHT.boundaries, source="x", imported_at="")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(MapFileRefused, match="rusak"):
        kept_boundaries(tmp_path, CITY)
    other: City = a_city(code="99.02")
    keep_boundaries(tmp_path, CITY, (), source="x", imported_at="")
    boundary_path(tmp_path, CITY).rename(boundary_path(tmp_path, other))
    with pytest.raises(MapFileRefused, match="bukan garis batas kota"):
        kept_boundaries(tmp_path, other)


POINTS = st.tuples(st.floats(-7.1, -6.9), st.floats(109.9, 110.1))


@given(POINTS)
def test_every_point_gets_exactly_one_answer_that_a_slow_look_confirms(point: tuple[float, float]):
    lat, lon = point
    code, method = found(INDEX, lat, lon)

    def away_m(area_lat: float, area_lon: float) -> float:
        """Metres from the point to the square around a centre, 0 inside."""
        nearest_lat = min(max(lat, area_lat - 0.005), area_lat + 0.005)
        nearest_lon = min(max(lon, area_lon - 0.005), area_lon + 0.005)
        return metres_between(lat, lon, nearest_lat, nearest_lon)

    distances = {area.code: away_m(area.lat, area.lon) for area in CITY.kelurahan}
    nearest = min(distances.values())
    if method is PlaceMethod.POLYGON:
        assert distances[code or ""] < 0.01
    elif method is PlaceMethod.SNAPPED:
        assert distances[code or ""] == pytest.approx(nearest, abs=0.5)
        assert nearest <= SNAP_METRES_MAX + 0.5
    else:
        assert (code, method) == (None, PlaceMethod.OUTSIDE)
        assert nearest >= SNAP_METRES_MAX - 0.5


def test_the_same_seed_gives_the_same_answers():
    def answers() -> list[tuple[str | None, PlaceMethod]]:
        luck = random.Random(112)
        return [found(INDEX, luck.uniform(-7.1, -6.9), luck.uniform(109.9, 110.1)) for _ in range(200)]

    assert answers() == answers()
