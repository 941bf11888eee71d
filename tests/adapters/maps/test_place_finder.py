from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.adapters.maps.boundaries import match_areas
from siaga.adapters.maps.geojson import areas_of
from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.domain.errors import RuleBroken
from siaga.domain.place import Place, PlaceFinder, PlaceMethod, Suggestion
from tests.a_city import CITY
from tests.adapters.maps.outlines import whole_city

FINDER: PlaceFinder = CityPlaceFinder(CITY, match_areas(CITY, areas_of(whole_city())).boundaries)
BY_CENTRE: PlaceFinder = CityPlaceFinder(CITY)


def first(text: str) -> Suggestion:
    suggestions = FINDER.suggest(text)
    assert suggestions, text
    return suggestions[0]


def test_a_point_becomes_a_place_with_its_kelurahan_and_how_that_was_found():
    assert FINDER.locate(-6.99, 110.0, text="tombol darurat", accuracy_m=14) == Place(
        text="tombol darurat",
        lat=-6.99,
        lon=110.0,
        accuracy_m=14,
        kelurahan="99.01.01.1001",
        kecamatan="99.01.01",
        method=PlaceMethod.POLYGON,
    )
    assert BY_CENTRE.locate(-6.99, 110.0).label == "perkiraan"
    assert FINDER.locate(-1.0, 100.0).label == "luar wilayah"


@pytest.mark.parametrize(("lat", "lon"), [(91.0, 0.0), (float("nan"), 0.0), (0.0, float("inf"))])
def test_an_impossible_point_is_refused_in_words(lat: float, lon: float):
    with pytest.raises(RuleBroken, match="Koordinat"):
        FINDER.locate(lat, lon)


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from([FINDER, BY_CENTRE]))
def test_every_point_on_earth_gets_exactly_one_method(lat: float, lon: float, finder: PlaceFinder):
    place = finder.locate(lat, lon)

    assert (place.lat, place.lon) == (lat, lon)
    assert place.method in {
        PlaceMethod.POLYGON,
        PlaceMethod.SNAPPED,
        PlaceMethod.CENTROID,
        PlaceMethod.OUTSIDE,
    }
    assert (place.kelurahan is None) == (place.kecamatan is None) == place.is_outside


def test_the_beginning_of_a_kelurahan_is_enough():
    suggestion = first("uta")

    assert (suggestion.label, suggestion.detail, suggestion.kind) == (
        "Utara",
        "Kelurahan, Kec. Atas",
        "kelurahan",
    )
    assert suggestion.place.kelurahan == "99.01.01.1001"
    assert suggestion.place.method is PlaceMethod.GIVEN
    assert suggestion.place.accuracy_m is not None


def test_a_street_is_found_without_its_title_in_old_spelling_and_with_a_slip_of_the_finger():
    for text in ("jl melati", "jln. Melati", "melati raya", "melatie", "mlati", "jl by pass"):
        assert first(text).label == "Jalan Melati Raya", text


def test_a_landmark_with_a_point_is_placed_in_its_kelurahan():
    suggestion = first("masjid agung")

    assert (suggestion.place.kelurahan, suggestion.place.method) == ("99.01.01.1001", PlaceMethod.POLYGON)
    assert suggestion.detail == "tempat ibadah, Utara, Atas"


def test_relation_words_rt_and_rw_are_kept_as_they_were_said():
    assert first("depan masjid agung, RT3/5").place.text == "depan Masjid Agung, RT3/5"
    assert first("seberang mesjid agung, jl melati").place.text == "seberang Masjid Agung, jl melati"
    assert first("RT 03 RW 05").place.text == "RT 03 RW 05"
    assert first("RT 03 RW 05").detail == "sebutkan kelurahannya"


def test_an_unknown_alley_in_a_named_kelurahan_is_placed_in_that_kelurahan():
    suggestion = first("gg buntu kel. selatan rt 1")

    assert suggestion.place.text == "gg buntu kel. selatan rt 1"
    assert (suggestion.place.kelurahan, suggestion.place.kecamatan) == ("99.01.02.1001", "99.01.02")


@pytest.mark.parametrize(
    "text",
    [
        "-6.99,110.00",
        "-6,99 110,00",
        "110.00, -6.99",
        "https://www.example.com/maps/@-6.990000,110.000000,17z",
        "https://www.example.com/maps?q=-6.99%2C110.00",
        "x!3d-6.9900!4d110.0000",
    ],
)
def test_coordinates_are_understood_however_they_are_written(text: str):
    place = first(text).place

    assert (place.lat, place.lon) == (-6.99, 110.0)
    assert place.kelurahan == "99.01.01.1001"


def test_a_kecamatan_can_be_chosen_when_nothing_better_is_known():
    place = next(entry.place for entry in FINDER.suggest("kecamatan bawah") if entry.kind == "kecamatan")

    assert (place.kelurahan, place.kecamatan, place.method) == (None, "99.01.02", PlaceMethod.GIVEN)


def test_nonsense_finds_nothing():
    assert FINDER.suggest("qqqqzzz") == FINDER.suggest("") == FINDER.suggest(" , ,") == ()


@given(st.text(max_size=250), st.integers(1, 8))
def test_any_text_is_answered_with_places_that_can_be_used_as_they_are(text: str, limit: int):
    suggestions = FINDER.suggest(text, limit)

    assert len(suggestions) <= limit
    assert suggestions == FINDER.suggest(text, limit)
    assert all(entry.label and entry.place.text for entry in suggestions)
