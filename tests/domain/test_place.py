from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.errors import RuleBroken
from siaga.domain.place import LABELS, Place, PlaceMethod, metres_between


def test_every_method_has_its_words_and_only_sure_ones_are_silent():
    assert set(LABELS) == set(PlaceMethod)
    assert {method for method, words in LABELS.items() if not words} == {
        PlaceMethod.POLYGON,
        PlaceMethod.GIVEN,
    }
    assert Place(method=PlaceMethod.CENTROID).label == "perkiraan"
    assert Place(method=PlaceMethod.OUTSIDE).label == "luar wilayah"


def test_a_place_of_words_alone_is_accepted_and_marked():
    place = Place(text="belakang pasar")

    assert (place.method, place.label, place.has_point) == (PlaceMethod.UNKNOWN, "lokasi belum pasti", False)


@pytest.mark.parametrize(("lat", "lon"), [(-7.0, None), (None, 110.0), (91, 0), (0, 181), (nan, 0), (0, inf)])
def test_impossible_coordinates_are_refused_in_words(lat: float | None, lon: float | None):
    with pytest.raises(RuleBroken, match="Koordinat"):
        Place(lat=lat, lon=lon)


def test_a_degree_of_latitude_is_111_kilometres_and_of_longitude_less_away_from_the_equator():
    assert metres_between(-7.0, 110.0, -8.0, 110.0) == pytest.approx(111_195, abs=1)
    assert metres_between(0.0, 110.0, 0.0, 111.0) == pytest.approx(111_195, abs=1)
    assert metres_between(-60.0, 110.0, -60.0, 111.0) == pytest.approx(55_597, abs=1)


@given(st.floats(-60, 60), st.floats(-170, 170), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_distance_is_the_same_both_ways(lat: float, lon: float, north: float, east: float):
    there = metres_between(lat, lon, lat + north, lon + east)

    assert there == pytest.approx(metres_between(lat + north, lon + east, lat, lon), abs=1e-6)
    assert there >= 0
