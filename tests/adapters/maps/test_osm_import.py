from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
import shapely

from siaga.adapters.maps.osm.clip import area_around, clip
from siaga.adapters.maps.osm.importing import kept_spots, look_into, make_files
from siaga.adapters.maps.osm.nodes import OsmRefused, nodes_inside
from tests.a_city import CITY
from tests.adapters.maps.an_extract import a_town, at
from tests.shared_files import shared_file


def quiet(_stage: str, _done: int, _size: int) -> None:
    """Nobody looks."""


def brought(tmp_path: Path, *, buildings: bool = False, clip_km: float = 5.0):
    source = a_town().write(tmp_path / "town.osm.pbf")
    return look_into(source, tmp_path, CITY, (), clip_km=clip_km, buildings=buildings, say=quiet)


def everywhere(lons, lats):
    return np.ones(len(lons), bool)


def entities(path: Path, kind: Any = osmium.osm.ALL) -> Any:
    """What the library reads: its annotation is a union of all kinds."""
    return osmium.FileProcessor(str(path), kind)


@pytest.mark.parametrize(
    "file", ["balikpapan_osm/balikpapan_kota.osm.pbf", "cirebon_synth/cirebon_synth.osm.pbf"]
)
def test_the_fast_reading_finds_the_points_the_library_finds(file: str):
    path = shared_file("data", "geo", *file.split("/"))
    known = {node.id: (node.location.lon, node.location.lat) for node in entities(path, osmium.osm.NODE)}

    found = nodes_inside(path, everywhere)

    assert found.seen == len(known)
    assert found.ids.tolist() == sorted(known)
    assert np.allclose(
        np.column_stack([found.lons, found.lats]), [known[one] for one in sorted(known)], atol=1e-9
    )


def test_of_a_large_extract_only_the_surroundings_stay(tmp_path: Path):
    source = a_town().write(tmp_path / "town.osm.pbf")
    area = area_around(CITY, (), 5.0)

    kept = clip(source, tmp_path / "clip.osm.pbf", area, buildings=False, say=quiet)

    names = {way.tags.get("name") for way in entities(tmp_path / "clip.osm.pbf") if way.is_way()}
    places = {one.tags.get("name") for one in entities(tmp_path / "clip.osm.pbf") if one.is_node()}
    assert "Jalan Jauh" in names, "a road that leaves the area comes along"
    assert "Desa Contoh" in places
    assert "Desa Lain" not in places
    assert kept.relations == 1


def test_what_is_not_an_extract_is_refused_in_words(tmp_path: Path):
    broken = tmp_path / "x.osm.pbf"
    broken.write_bytes(a_town().write(tmp_path / "town.osm.pbf").read_bytes()[:700])
    with pytest.raises(OsmRefused, match="rusak"):
        nodes_inside(broken, everywhere)
    broken.write_bytes(b"PK\x03\x04 not a map at all")
    with pytest.raises(OsmRefused, match="rusak"):
        nodes_inside(broken, everywhere)


def test_an_extract_of_another_region_is_refused(tmp_path: Path):
    path = shared_file("data", "geo", "balikpapan_osm", "balikpapan_kota.osm.pbf")
    with pytest.raises(OsmRefused, match="Benar berkas untuk wilayahnya"):
        look_into(path, tmp_path, CITY, (), clip_km=10, buildings=False, say=quiet)


def test_the_sea_is_right_of_the_coast_and_a_lake_has_its_island(tmp_path: Path):
    found = brought(tmp_path, clip_km=12.0).found

    def water_at(east: float, north: float) -> set[object]:
        lat, lon = at(east, north)
        spot = shapely.Point(lon, lat)
        return {one.facts["kind"] for one in found.layers["water"] if one.shape.intersects(spot)}

    assert water_at(0, 80) == {"sea"}
    assert water_at(0, 40) == set()
    assert water_at(5.5, -4.5) == {"water"}
    assert water_at(3.5, -6.5) == set(), "the island"


def test_points_the_room_looks_for_are_kept_apart(tmp_path: Path):
    one = brought(tmp_path)
    make_files(one, tmp_path, CITY, quiet)
    spots = {spot.kind: spot for spot in kept_spots(tmp_path)}
    assert set(spots) == {"hydrant", "hospital"}
    assert spots["hospital"].name == "RS Contoh"
    assert (spots["hydrant"].lat, spots["hydrant"].lon) == pytest.approx(at(1, 1))


def test_buildings_come_only_when_asked_for(tmp_path: Path):
    assert brought(tmp_path).counts["buildings"] == 0
    assert brought(tmp_path, buildings=True).counts["buildings"] == 1


def test_tiles_hold_the_streets_and_the_file_says_where_it_lies(tmp_path: Path):
    import mapbox_vector_tile
    from pmtiles.reader import MmapSource, Reader

    one = brought(tmp_path, clip_km=3.0)
    drawn = make_files(one, tmp_path, CITY, quiet)

    with (tmp_path / "basemap.pmtiles").open("rb") as file:
        reader = Reader(MmapSource(file))
        header = reader.header()
        lat, lon = at(5, 5)
        column = int((lon + 180) / 360 * 2**15)
        row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**15)
        rows = [reader.get(15, column, row + off) for off in (-1, 0, 1)]
    streets = {
        feature["properties"].get("name")
        for tile in rows
        if tile
        for feature in mapbox_vector_tile.decode(gzip.decompress(tile)).get("roads", {"features": []})[
            "features"
        ]
    }
    assert drawn.tiles > 20
    assert (header["min_zoom"], header["max_zoom"]) == (8, 15)
    assert header["min_lon_e7"] < CITY.lon * 1e7 < header["max_lon_e7"]
    assert {"Jalan Tengah", "Jalan Utara"} & streets
    assert (tmp_path / "roads.geojson").stat().st_size > 100
