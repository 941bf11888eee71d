from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from siaga import clock
from siaga.adapters.maps.map_edition import edition_folder
from siaga.commands.city import app
from siaga.commands.map_checks import maps
from siaga.processes.finding import Level
from siaga.settings import Settings
from tests.shared_files import shared_file

SAMPLE = Path(__file__).resolve().parents[2] / "cities" / "cirebon"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIAGA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIAGA_CITY", str(SAMPLE))
    monkeypatch.delenv("SIAGA_LANG", raising=False)
    return tmp_path / "home"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["import-osm", "--no-names", *words])


def levels() -> list[Level]:
    return [finding.level for finding in maps(Settings.from_env(), clock.now())]


@pytest.mark.slow
def test_a_map_is_looked_at_then_used_then_taken_back_and_the_doctor_knows(home: Path):
    extract = str(shared_file("data", "geo", "cirebon_synth", "cirebon_synth.osm.pbf"))
    assert levels() == [Level.WARNING]

    looked = run(extract)
    assert looked.exit_code == 0, looked.output
    assert "1.393  jalan dan rel" in looked.output
    assert "Belum ada yang dipakai" in looked.output
    assert edition_folder(home) is None

    assert run(extract, "--yes", "--sample", "--clip-km", "1").exit_code == 0
    folder = edition_folder(home)
    assert folder is not None
    told = json.loads((folder / "about.json").read_text())
    assert told["sample"]
    assert told["counts"]["junctions"] > 3000
    assert levels() == [Level.OK]

    (folder / "roads.npz").unlink()
    [finding] = maps(Settings.from_env(), clock.now())
    assert finding.level is Level.WARNING
    assert "roads.npz" in finding.what.spoken("id")

    refused = run("--back")
    assert refused.exit_code == 1
    assert "Tidak ada peta sebelumnya" in refused.output


def test_wrong_files_are_refused_in_words(home: Path, tmp_path: Path):
    assert "tidak ada" in run(str(tmp_path / "none.osm.pbf")).output
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"\x00\x00\x00\x0enonsense")
    result = run(str(broken), "--yes")
    assert result.exit_code == 1
    assert "rusak" in result.output
    assert run().exit_code == 1
