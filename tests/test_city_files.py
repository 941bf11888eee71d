from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from siaga.city_files import CityUnreadable, load_city

SAMPLE = Path(__file__).resolve().parents[1] / "cities" / "cirebon"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "kota"))


def problems(folder: Path) -> str:
    with pytest.raises(CityUnreadable) as unreadable:
        load_city(folder)
    return "\n".join(unreadable.value.problems)


def swap(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


BROKEN = [
    # file            what stands there       what somebody writes       what she is told
    ("city.toml", 'name = "Cirebon"', "name = 7", "city.toml: “name” harus berupa teks."),
    ("city.toml", 'name = "Cirebon"\n', "", "city.toml: “name” belum diisi."),
    ("city.toml", "Asia/Jakarta", "Asia/Cirebon", "zona waktu “Asia/Cirebon” tidak dikenal"),
    ("city.toml", "languages =", "langauges =", "“langauges” tidak dikenal. Maksudnya “languages”?"),
    ("city.toml", '["id", "en"]', "[1, 2]", "“languages” harus berupa daftar teks"),
    ("types.toml", "priority = 1", 'priority = "satu"', "jenis"),
    ("types.toml", "priority = 1", "pioritas = 1", "“pioritas” tidak dikenal. Maksudnya “priority”?"),
    ("types.toml", "[[kind]]", "[kind]", "types.toml"),
    ("types.toml", "[[family]]", "[[famili]]", "“famili” tidak dikenal. Maksudnya “family”?"),
    ("agencies.toml", 'short = "Damkar"', "", "agencies.toml: agency “damkar”: belum ada `short`"),
    ("agencies.toml", "ends = 06:00:00", 'ends = "pagi"', "agencies.toml: agency “dishub”"),
    ("routing.toml", 'agencies = ["damkar"]', 'agencies = "damkar"', "routing.toml: [[rule]] ke-1: seharusnya `array`"),
    ("routing.toml", "[[rule]]", "[[rule", "routing.toml: bukan TOML yang sah"),
    ("kelurahan.csv", "lat,lon", "lintang,bujur", "kelurahan.csv: kolom lat, lon tidak ada."),
    ("kelurahan.csv", "-6.712507,", "selatan,", "kelurahan.csv: baris 2: seharusnya `float`"),
    ("kelurahan.csv", ",45123", "", "kelurahan.csv: baris 2: jumlah kolom"),
    ("units.csv", ",true", ",barangkali", "units.csv: baris 2"),
    ("room.toml", "offer_seconds", "ofer_seconds", "room.toml: [queue]: “ofer_seconds” tidak dikenal"),
    ("room.toml", "starts = 23:00:00", 'starts = "malam"', "room.toml: [night]"),
    ("room.toml", "[flood]", "[banjir]", "“banjir” tidak dikenal"),
    ("room.toml", "[[skill]]", "[skill]", "room.toml"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "words"), BROKEN)
def test_a_slip_is_answered_with_the_file_the_entry_and_what_may_stand_there(
    folder: Path, name: str, old: str, new: str, words: str
):
    if words == "jenis":
        words = "types.toml: type “kebakaran.bangunan”: seharusnya `int`, tertulis `str`"
    swap(folder, name, old, new)

    assert words in problems(folder)


def test_every_problem_of_a_folder_is_told_at_once(folder: Path):
    swap(folder, "city.toml", 'province = "Jawa Barat"', "")
    swap(folder, "types.toml", "priority = 1", "pioritas = 1")
    (folder / "agencies.toml").unlink()

    told = problems(folder)

    assert "“province” belum diisi" in told
    assert "pioritas" in told
    assert "agencies.toml: berkas tidak ada" in told


def test_an_empty_or_missing_folder_names_every_file_that_must_be_there(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "tidak-ada"):
        told = problems(folder)
        for name in ("city.toml", "types.toml", "agencies.toml", "routing.toml", "kelurahan.csv"):
            assert f"{name}: berkas tidak ada" in told


def test_a_file_in_another_encoding_is_told_how_to_be_saved(folder: Path):
    (folder / "gazetteer.csv").write_bytes("name,kind\nJalan Caf\u00e9,jalan\n".encode("latin-1"))

    assert "gazetteer.csv: bukan teks UTF-8" in problems(folder)


def test_optional_files_may_be_left_out(folder: Path):
    for name in ("gazetteer.csv", "units.csv", "panels.toml"):
        (folder / name).unlink()

    city = load_city(folder)

    assert (city.landmarks, city.units, city.panels) == ((), (), ())


def test_a_table_saved_by_a_spreadsheet_with_semicolons_and_decimal_commas_is_read(folder: Path):
    path = folder / "kelurahan.csv"
    before = load_city(folder).kelurahan
    path.write_bytes(
        b"\xef\xbb\xbf" + path.read_bytes().replace(b",", b";").replace(b".7", b",7").replace(b"\n", b"\r\n")
    )

    after = load_city(folder).kelurahan

    assert [(area.name, area.lat) for area in after] == [(area.name, area.lat) for area in before]


def test_aliases_are_separated_by_bars(folder: Path):
    landmark = next(entry for entry in load_city(folder).landmarks if entry.name == "RSD Gunung Jati")

    assert landmark.aliases == ("RSUD Gunung Jati", "RS Gunung Jati")
