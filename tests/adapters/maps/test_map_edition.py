from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.map_edition import (
    About,
    about,
    adopt,
    damage,
    edition_folder,
    go_back,
    maps_folder,
    used,
    workshop,
)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def bring(home: Path, text: str, days: int = 0) -> str:
    with workshop(home) as place:
        made = place / "edition"
        made.mkdir()
        (made / "basemap.pmtiles").write_text(text)
        told = About(
            city="99.01", source=f"{text}.osm.pbf", imported_at=NOW.isoformat(), clip_km=10, counts={}
        )
        return adopt(home, made, told, NOW + timedelta(days=days))


def shown(home: Path) -> str:
    folder = edition_folder(home)
    assert folder is not None
    return (folder / "basemap.pmtiles").read_text()


def test_there_is_none_then_one_and_the_one_before_can_be_had_back(tmp_path: Path):
    assert edition_folder(tmp_path) is None
    bring(tmp_path, "old")
    bring(tmp_path, "new", 1)
    assert shown(tmp_path) == "new"
    go_back(tmp_path)
    assert shown(tmp_path) == "old"
    go_back(tmp_path)
    assert shown(tmp_path) == "new"


def test_only_two_editions_stay_on_the_disk(tmp_path: Path):
    for day, text in enumerate("abc"):
        bring(tmp_path, text, day)
    folders = [one for one in maps_folder(tmp_path).iterdir() if one.is_dir()]
    assert len(folders) == 2
    go_back(tmp_path)
    assert shown(tmp_path) == "b"


def break_off(home: Path) -> None:
    with workshop(home) as place:
        (place / "basemap.pmtiles").write_text("half")
        raise KeyboardInterrupt


def test_an_import_that_breaks_off_leaves_the_map_in_use(tmp_path: Path):
    bring(tmp_path, "old")
    with pytest.raises(KeyboardInterrupt):
        break_off(tmp_path)
    assert shown(tmp_path) == "old"
    assert not list(maps_folder(tmp_path).glob(".new-*"))


def test_a_file_that_changed_on_the_disk_is_named(tmp_path: Path):
    bring(tmp_path, "map")
    folder = edition_folder(tmp_path)
    assert folder is not None
    assert damage(folder) == []
    (folder / "basemap.pmtiles").write_text("mat")
    assert damage(folder) == ["basemap.pmtiles"]
    (folder / "basemap.pmtiles").unlink()
    assert damage(folder) == ["basemap.pmtiles"]
    (folder / "about.json").write_text("{")
    with pytest.raises(MapFileRefused, match="rusak"):
        about(folder)


def test_a_pointer_never_leads_out_of_the_folder_and_an_import_mends_it(tmp_path: Path):
    bring(tmp_path, "map")
    (maps_folder(tmp_path) / "used.json").write_text('{"edition": "../../etc"}')
    with pytest.raises(MapFileRefused, match="luar folder"):
        used(tmp_path)
    bring(tmp_path, "again", 1)
    assert shown(tmp_path) == "again"


def test_without_one_before_there_is_no_way_back(tmp_path: Path):
    bring(tmp_path, "only")
    with pytest.raises(MapFileRefused, match="Tidak ada peta sebelumnya"):
        go_back(tmp_path)
