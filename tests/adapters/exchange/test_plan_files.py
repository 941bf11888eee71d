"""Response plans to a spreadsheet or TOML and back: nothing is lost, and what is wrong is named by its row."""

from __future__ import annotations

from typing import Any

import pytest

from siaga.adapters.exchange.plan_table import plan_workbook, problems_workbook, read_plan_workbook
from siaga.adapters.exchange.plan_toml import plan_toml, read_plan_toml
from siaga.adapters.exchange.reading import FileRefused, read_sheets
from siaga.adapters.exchange.writing import make_workbook
from siaga.domain.response_plan import PlanHazard, UnitsWanted
from tests.room import sample_city

HEAD = ("jenis", "nama", "prioritas", "instansi", "unit", "bahaya")
ASK = ("jenis", "kode", "pertanyaan", "jawaban 1", "bahaya 1", "lanjut 1", "sampaikan 1")


def workbook(plans: list[tuple[Any, ...]], questions: list[tuple[Any, ...]] = (), words: Any = ()) -> bytes:  # type: ignore[assignment]
    return make_workbook([
        ("Rencana", [HEAD, *plans]),
        ("Pertanyaan", [ASK, *questions]),
        ("Panduan", [("jenis", "kalimat"), *words]),
    ])  # fmt: skip


@pytest.mark.parametrize("kind", ["xlsx", "toml"])
def test_every_plan_of_the_sample_city_comes_back_as_it_was(kind: str) -> None:
    city = sample_city()
    plans = city.plans.plans
    if kind == "xlsx":
        table = read_plan_workbook(plan_workbook(plans, city))
    else:
        table = read_plan_toml(plan_toml(plans).encode())

    assert table.problems == []
    assert len(plans) >= 12
    assert [one.type for one in table.sound] == [one.type for one in plans]
    assert all(mine.same_as(theirs) for mine, theirs in zip(table.sound, plans, strict=True))


def test_a_row_as_people_write_it_is_understood() -> None:
    row = ("kebakaran.bangunan", "", 1.0, "damkar, pln", "2 mobil pemadam; 1 ambulans", "terjebak; luka=2")
    (plan,) = read_plan_workbook(workbook([row], [], [("kebakaran.bangunan", "Keluar.")])).sound

    assert (plan.priority, plan.agencies, plan.instructions) == (1, ("damkar", "pln"), ("Keluar.",))
    assert plan.units == (UnitsWanted(kind="mobil pemadam", number=2), UnitsWanted(kind="ambulans", number=1))
    assert plan.hazards == (PlanHazard(code="terjebak"), PlanHazard(code="luka", raises_to=2))


def test_what_is_wrong_is_named_by_sheet_and_row_and_spoils_only_its_own_plan() -> None:
    table = read_plan_workbook(
        workbook(
            [("a", "", 9, "", "", ""), ("b", "", 2, "", "dua pompa", ""), ("c", "", "", "", "", ""), ("c",)],
            [("d", "q", "Apa?"), ("e", "q", "Apa?", "", "luka")],
        )
    )

    assert {(one.sheet, one.row, one.type) for one in table.problems} == {
        ("Rencana", 2, "a"), ("Rencana", 3, "b"), ("Rencana", 5, "c"), ("Pertanyaan", 2, "d"), ("Pertanyaan", 3, "e"),
    }  # fmt: skip
    assert table.sound == ()
    (sheet,) = read_sheets(problems_workbook(table.problems))
    assert len(sheet.rows) == 1 + len(table.problems)
    good = read_plan_workbook(workbook([("a", "", 9, "", "", ""), ("b", "", 2, "", "", "")]))
    assert [one.type for one in good.sound] == ["b"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (make_workbook([("Lain", [("x",)])]), "Lembar Rencana tidak ada"),
        (make_workbook([("Rencana", [("apa",), ("x",)])]), "kolom jenis tidak ada"),
    ],
)
def test_a_workbook_of_something_else_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_plan_workbook(data)
    assert words in str(refused.value)


def test_a_toml_file_with_a_slip_names_the_plan() -> None:
    table = read_plan_toml(b'[[plan]]\ntype = "a"\npriority = "satu"\n[[plan]]\ntype = "b"\n')

    assert [(one.row, one.type) for one in table.problems] == [(1, "a")]
    assert [one.type for one in table.sound] == ["b"]
    with pytest.raises(FileRefused):
        read_plan_toml(b"bukan = toml = sama sekali")
