"""The history journey as an office worker takes it: look, apply, count, give again, take back."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from siaga.commands import build
from tests.conftest import MakeDatabase
from tests.features.insight import first_months

Siaga = Callable[..., Result]
PERIOD = ("--from", "2018-10-29", "--to", "2018-12-11")
PUBLISHED = [14, 2, 9, 9, 6, 19, 2, 50, 111]


@pytest.fixture
def siaga(make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Siaga:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIAGA_DEMO", raising=False)
    env = {"DATABASE_URL": make_database(), "SIAGA_HOME": str(tmp_path / "home")}

    def run(*words: str, language: str = "id") -> Result:
        return CliRunner().invoke(build(), words, env=env | {"SIAGA_LANG": language})

    return run


def numbers(output: str) -> list[int]:
    return [int(line.split()[-1]) for line in output.splitlines()[1:]]


@pytest.mark.slow
def test_from_a_typed_register_to_the_published_statistics(siaga: Siaga, tmp_path: Path) -> None:
    file = str(first_months.write_xlsx(tmp_path / "register.xlsx"))

    looked = siaga("import", "incidents", file)
    assert looked.exit_code == 0
    assert "Baris baik: 111" in looked.stdout
    assert "Belum ada yang dicatat" in looked.stdout
    assert numbers(siaga("report", "counts", *PERIOD).stdout) == [0] * 9

    applied = siaga("import", "incidents", file, "--yes")
    assert applied.exit_code == 0, applied.stderr
    counted = siaga("report", "counts", *PERIOD)
    assert counted.stdout.splitlines()[0] == "Kota Cirebon, 29 Okt 2018 – 11 Des 2018"
    assert numbers(counted.stdout) == PUBLISHED

    again = siaga("import", "incidents", file, "--yes")
    assert again.exit_code == 1
    assert "sudah pernah diimpor" in again.stderr
    assert numbers(siaga("report", "counts", *PERIOD).stdout) == PUBLISHED

    twice = siaga("import", "incidents", file, "--yes", "--again", "--json")
    batch = json.loads(twice.stdout)["batch"]
    assert numbers(siaga("report", "counts", *PERIOD).stdout) == [2 * amount for amount in PUBLISHED]

    undone = siaga("import", "undo", batch)
    assert "111 kejadian" in undone.stdout
    assert numbers(siaga("report", "counts", *PERIOD).stdout) == PUBLISHED
    assert "dibatalkan" in siaga("import", "list").stdout
    assert siaga("import", "undo", batch).exit_code == 1


def test_the_other_ways_to_print_the_counts(siaga: Siaga, tmp_path: Path) -> None:
    siaga("import", "incidents", str(first_months.write_csv(tmp_path / "r.csv")), "--yes")

    as_json = json.loads(siaga("report", "counts", *PERIOD, "--json").stdout)
    assert [group["count"] for group in as_json["groups"]] + [as_json["total"]] == PUBLISHED
    assert (as_json["groups"][0]["low"], as_json["groups"][0]["high"]) == (7.7, 23.5)
    as_csv = siaga(
        "report", "counts", "--from", "29/10/2018", "--to", "11 Des 2018", "--csv"
    ).stdout.splitlines()
    assert as_csv[1] == "kebakaran,Kebakaran,14,7.7,23.5"
    assert as_csv[-1] == "total,Total,111,,"
    outside = siaga("report", "counts", *PERIOD, "--without-protected")
    assert "tersembunyi" in outside.stdout
    assert outside.stdout.splitlines()[-1].split() == ["Total", "109"]
    english = siaga("report", "counts", *PERIOD, language="en").stdout.splitlines()
    assert english[0] == "Kota Cirebon, 29 Oct 2018 – 11 Dec 2018"
    assert english[1].split() == ["Fire", "14"]


def test_wrong_rows_come_back_beside_the_file_and_the_good_ones_are_taken(
    siaga: Siaga, tmp_path: Path
) -> None:
    file = tmp_path / "r.csv"
    file.write_text(
        "tanggal;jenis;lokasi\n29/10/2018;kebakaran;A\n30/10/2018;naga;B\n99/10/2018;banjir;C\n",
        encoding="utf-8",
    )

    done = siaga("import", "incidents", str(file), "--yes")

    assert done.exit_code == 0
    assert "1 kejadian dicatat" in done.stdout
    assert "baris 3: Jenis “naga” tidak ada di daftar kota." in done.stdout
    returned = (tmp_path / "r-salah.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(";")[:3] for line in returned] == [
        ["tanggal", "jenis", "lokasi"], ["30/10/2018", "naga", "B"], ["99/10/2018", "banjir", "C"],
    ]  # fmt: skip
    (tmp_path / "r-salah.csv").write_text(
        "\n".join(returned).replace("naga", "banjir").replace("99/", "31/"), encoding="utf-8"
    )
    assert "2 kejadian dicatat" in siaga("import", "incidents", str(tmp_path / "r-salah.csv"), "--yes").stdout


def test_the_form_is_written_once_and_takes_what_is_filled_in(siaga: Siaga, tmp_path: Path) -> None:
    form = tmp_path / "formulir.xlsx"
    assert siaga("import", "template", str(form)).exit_code == 0
    assert siaga("import", "template", str(form)).exit_code == 1
    book = load_workbook(io.BytesIO(form.read_bytes()))
    book["Kejadian"].append(["29/10/2018 14:05", "Kebakaran bangunan", "Jl. A", None, "Drajat"])
    book.save(form)

    answer = json.loads(siaga("import", "incidents", str(form), "--yes", "--json").stdout)

    assert (answer["recorded"], answer["wrong"], answer["remarks"]) == (1, 0, {})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("import", "incidents", "tidak-ada.xlsx"), r"tidak-ada\.xlsx tidak bisa dibuka"),
        (("import", "undo", "naga"), "Impor naga tidak ada"),
        (("report", "counts", "--from", "kemarin"), "Tanggal tidak terbaca"),
        (("report", "counts", "--from", "2018-12-11", "--to", "2018-10-29"), "lebih awal"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_not_a_traceback(
    siaga: Siaga, words: tuple[str, ...], sentence: str
) -> None:
    done = siaga(*words)

    assert done.exit_code == 1
    assert re.search(sentence, done.stderr)
    assert isinstance(done.exception, SystemExit)
