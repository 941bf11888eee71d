from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from siaga import clock
from siaga.adapters.maps.boundary_file import kept_boundaries
from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.city_files import load_city
from siaga.commands.city import app
from siaga.domain.city import City
from siaga.domain.place import PlaceMethod
from siaga.features.incidents.plans.actions import import_plans
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive

SAMPLE = Path(__file__).resolve().parents[2] / "cities" / "cirebon"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIAGA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIAGA_CITY", str(SAMPLE))
    monkeypatch.delenv("SIAGA_LANG", raising=False)
    return tmp_path / "home"


def finder_of_folder(city: City, home: Path) -> CityPlaceFinder:
    return CityPlaceFinder(city, kept_boundaries(home, city))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def squares(path: Path, *codes: str) -> Path:
    """A file with a small square around the centre of each kelurahan."""
    features = []
    for area in load_city(SAMPLE).kelurahan:
        if area.code in codes or not codes:
            ring = [
                [area.lon + x, area.lat + y]
                for x, y in ((-1e-3, -1e-3), (1e-3, -1e-3), (1e-3, 1e-3), (-1e-3, 1e-3))
            ]
            features.append({
                "type": "Feature",
                "properties": {"kode": area.code, "nama": area.name},
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            })  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_the_sample_city_can_be_used_and_is_called_a_sample(home: Path):
    result = run("check")

    assert result.exit_code == 0, result.output
    assert "HARUS DIPERBAIKI" not in result.output
    assert "PERLU DILIHAT" not in result.output
    assert "MASIH CONTOH (11)" in result.output
    assert "Garis batas: 0 dari 22 kelurahan" in result.output
    assert result.output.endswith("Bisa dipakai.\n")


def test_a_city_that_goes_live_can_be_held_to_have_no_sample_left(home: Path):
    assert run("check", "--strict").exit_code == 1


def test_a_contradiction_is_said_and_fails(home: Path, tmp_path: Path):
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "kota"))
    with (folder / "routing.toml").open("a") as file:
        file.write('\n[[rule]]\nkind = "kebakaran"\nagencies = ["polres"]\n')

    result = run("check", str(folder))

    assert result.exit_code == 1
    assert "HARUS DIPERBAIKI (1)" in result.output
    assert "bertentangan dengan aturan ke-1: damkar atau polres?" in result.output
    assert result.output.endswith("Belum bisa dipakai: perbaiki yang di atas.\n")


def test_a_folder_that_cannot_be_read_is_said_and_fails(home: Path, tmp_path: Path):
    result = run("check", str(tmp_path))

    assert result.exit_code == 1
    assert "TIDAK BISA DIBACA" in result.output
    assert "city.toml: berkas tidak ada" in result.output


def test_imported_outlines_are_used_from_then_on(home: Path, tmp_path: Path):
    city = load_city(SAMPLE)
    area = city.kelurahan[0]
    assert finder_of_folder(city, home).locate(area.lat, area.lon).method is PlaceMethod.CENTROID

    result = run("import-boundaries", str(squares(tmp_path / "batas.geojson")))

    assert result.exit_code == 0, result.output
    assert "22 dari 22 kelurahan cocok." in result.output
    assert finder_of_folder(city, home).locate(area.lat, area.lon).method is PlaceMethod.POLYGON
    assert "Garis batas" not in run("check").output


def test_what_is_missing_from_the_file_is_listed(home: Path, tmp_path: Path):
    result = run("import-boundaries", str(squares(tmp_path / "b.geojson", "32.74.01.1001", "32.74.01.1002")))

    assert "2 dari 22 kelurahan cocok." in result.output
    assert "TIDAK ADA DI BERKAS (20)" in result.output
    assert "32.74.05.1005 Karyamulya" in result.output
    assert "Garis batas: 2 dari 22 kelurahan" in run("check").output


def test_a_dry_run_keeps_nothing(home: Path, tmp_path: Path):
    result = run("import-boundaries", "--dry-run", str(squares(tmp_path / "b.geojson")))

    assert result.exit_code == 0
    assert not (home / "boundaries").exists()


def test_a_refused_file_leaves_the_outlines_that_were_there(home: Path, tmp_path: Path):
    run("import-boundaries", str(squares(tmp_path / "b.geojson")))
    bad = tmp_path / "x.geojson"
    bad.write_text("{")

    result = run("import-boundaries", str(bad))

    assert result.exit_code == 1
    assert "bukan GeoJSON" in result.output
    assert finder_of_folder(load_city(SAMPLE), home).outlined == 22


@pytest.mark.slow
def test_the_plans_in_force_are_checked_and_not_the_files_they_replaced(
    home: Path, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "hanya rencana di plans.toml" in run("check").output, "no database runs here"
    city = load_city(SAMPLE)
    wrong = replace(city.plans.plans[0], agencies=("tidak-ada",))

    async def keep() -> None:
        await migrate(postgres_dsn)
        archive = await PostgresArchive.open(postgres_dsn, city.code)
        try:
            await archive.do(
                import_plans, book=city.plans, plans=(wrong,), source="r.xlsx", by="x", now=clock.now()
            )
        finally:
            await archive.close()

    asyncio.run(keep())
    monkeypatch.setenv("DATABASE_URL", postgres_dsn)
    checked = run("check")
    assert "instansi “tidak-ada” tidak ada." in checked.output
    assert "1 rencana penanganan diperiksa seperti yang berlaku" in checked.output
    assert checked.exit_code == 1
    assert "tidak-ada" not in run("check", str(SAMPLE)).output, "a folder is looked at by itself"
