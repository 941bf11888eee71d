from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.adapters.maps import geojson
from siaga.adapters.maps.geojson import MapFileRefused, areas_of, read_areas
from tests.a_city import CITY
from tests.adapters.maps.outlines import collection, feature, square, whole_city

NORTH = CITY.kelurahan[0]


def with_geometry(geometry: Any) -> bytes:
    """A good area and one with this geometry."""
    return collection([feature(NORTH), feature(CITY.kelurahan[1], geometry=geometry)])


def test_areas_come_with_their_properties_and_outlines():
    file = areas_of(whole_city())

    assert [area.name for area in file.areas] == ["Utara", "Timur", "Selatan", "Barat"]
    assert file.areas[0].outline.bounds == pytest.approx((109.995, -6.995, 110.005, -6.985))
    assert file.problems == ()


def test_a_byte_order_mark_a_third_coordinate_and_an_open_ring_do_no_harm():
    ring = [[*position, 12.5] for position in square(110.0, -7.0)][:-1]
    content = b"\xef\xbb\xbf" + collection(
        [feature(NORTH, geometry={"type": "Polygon", "coordinates": [ring]})]
    )

    assert areas_of(content).areas[0].outline.area == pytest.approx(1e-4)


def test_an_outline_that_crosses_itself_is_repaired_and_said_to_be():
    bow_tie = [[110, -7], [110.01, -6.99], [110.01, -7], [110, -6.99], [110, -7]]
    area = areas_of(
        collection([feature(NORTH, geometry={"type": "Polygon", "coordinates": [bow_tie]})])
    ).areas[0]

    assert area.repaired
    assert area.outline.is_valid
    assert area.outline.area == pytest.approx(5e-5)


REFUSED = [
    (b"", "bukan GeoJSON"),
    (b"\xff\xfe\x00", "bukan GeoJSON"),
    (b"[1,2,3]", "bukan GeoJSON"),
    (b'{"type":"FeatureCollection"}', "bukan GeoJSON"),
    (b'{"type":"FeatureCollection","features":{}}', "bukan GeoJSON"),
    (b'{"type":"Topology","features":[]}', "bukan GeoJSON FeatureCollection"),
    (
        b'{"type":"FeatureCollection","features":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "bukan GeoJSON|Wilayah ke-1",
    ),
    (b'{"type":"FeatureCollection","features":' + b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000 + b"}", "."),
    (collection([], crs={"type": "name", "properties": {"name": "EPSG:32749"}}), "WGS 84"),
    (collection(["x"]), "Wilayah ke-1"),
]


@pytest.mark.parametrize(("content", "words"), REFUSED)
def test_what_is_no_map_of_areas_is_refused_in_words(content: bytes, words: str):
    with pytest.raises(MapFileRefused, match=words):
        areas_of(content)


LEFT_OUT = [
    (None, "tidak punya bentuk"),
    ({"type": "Point", "coordinates": [110, -7]}, "berbentuk Point"),
    ({"type": "GeometryCollection", "geometries": []}, "berbentuk GeometryCollection"),
    ({"type": "Polygon", "coordinates": [[[1, 2], "x", [3, 4]]]}, "tidak bisa dibaca"),
    ({"type": "Polygon", "coordinates": [[[[110, -7]]]]}, "tidak bisa dibaca"),
    ({"type": "Polygon", "coordinates": [[[110], [110], [110], [110]]]}, "tanpa lintang atau bujur"),
    ({"type": "Polygon", "coordinates": [[[110, -7], [110.1, -7]]]}, "kurang dari tiga sudut"),
    ({"type": "Polygon", "coordinates": []}, "luasnya nol"),
    ({"type": "Polygon", "coordinates": [[[110, -7], [110.1, -7], [110.2, -7], [110, -7]]]}, "luasnya nol"),
    ({"type": "Polygon", "coordinates": [[list(reversed(p)) for p in square(110, -7)]]}, "--swap-axes"),
    (
        {"type": "Polygon", "coordinates": [[[238000, 9255000], [239000, 9255000], [239000, 9256000]]]},
        "bukan derajat",
    ),
]


@pytest.mark.parametrize(("geometry", "words"), LEFT_OUT, ids=[words for _, words in LEFT_OUT])
def test_one_bad_area_is_left_out_and_said(geometry: Any, words: str):
    file = areas_of(with_geometry(geometry))

    assert [area.name for area in file.areas] == ["Utara"]
    assert len(file.problems) == 1
    assert file.problems[0].startswith("Wilayah ke-2: ")
    assert words in file.problems[0]


def test_infinite_numbers_are_left_out():
    content = with_geometry({"type": "Polygon", "coordinates": [[["Z", -7], [110, -7], [110, -6]]]})
    for number in (b"1e999", b"NaN", b"-Infinity"):
        file = areas_of(content.replace(b'"Z"', number)) if number == b"1e999" else None
        if file is None:
            with pytest.raises(MapFileRefused):
                areas_of(content.replace(b'"Z"', number))
        else:
            assert len(file.problems) == 1


def test_when_every_area_has_latitude_first_the_person_is_told_what_to_do():
    swapped = collection([
        feature(area, geometry={"type": "Polygon", "coordinates": [[[y, x] for x, y in square(area.lon, area.lat)]]})
        for area in CITY.kelurahan
    ])  # fmt: skip

    with pytest.raises(MapFileRefused, match="--swap-axes"):
        areas_of(swapped)
    assert areas_of(swapped, swap_axes=True).areas[0].outline.bounds == pytest.approx(
        (109.995, -6.995, 110.005, -6.985)
    )


def test_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "peta.geojson"
    path.write_bytes(whole_city())

    monkeypatch.setattr(geojson, "FILE_BYTES_MAX", 100)
    with pytest.raises(MapFileRefused, match="lebih besar"):
        read_areas(path)
    monkeypatch.undo()
    monkeypatch.setattr(geojson, "AREAS_MAX", 3)
    with pytest.raises(MapFileRefused, match="Terlalu banyak wilayah"):
        read_areas(path)
    monkeypatch.undo()
    monkeypatch.setattr(geojson, "CORNERS_MAX", 19)
    with pytest.raises(MapFileRefused, match="titik sudut"):
        read_areas(path)


def test_a_folder_a_missing_file_and_a_pipe_are_refused_at_once(tmp_path: Path):
    pipe = tmp_path / "pipa"
    os.mkfifo(pipe)
    for path in (tmp_path, tmp_path / "tidak-ada", pipe):
        with pytest.raises(MapFileRefused, match="bukan berkas"):
            read_areas(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["type", "coordinates", "geometry", "properties", "features", "kode"]), inner, max_size=4
    ),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(JSON, max_size=3), JSON)
def test_no_file_makes_it_fail_in_any_other_way(features: list[Any], geometry: Any):
    for content in (
        collection(features),
        collection([feature(NORTH), feature(NORTH, geometry=geometry)]),
        json.dumps(geometry).encode(),
    ):
        try:
            file = areas_of(content)
        except MapFileRefused:
            continue
        assert all(not area.outline.is_empty for area in file.areas)
