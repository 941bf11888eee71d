from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siaga.domain.city import City
from siaga.domain.city_finding import Severity
from siaga.domain.interview import GivenAnswer, PlanEdition, Said, answered, standing
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.response_plan import (
    Approval,
    PlanAnswer,
    PlanBook,
    PlanHazard,
    PlanQuestion,
    ResponsePlan,
    UnitsWanted,
    differences,
    plan_of,
)
from siaga.domain.response_plan_check import check_plan
from siaga.domain.routing import agencies_for
from siaga.domain.triage import priority_for
from siaga.domain.type_learning import LearningRules, next_night
from tests.a_city import CITY, FIRE, a_city
from tests.room import refused

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUSE = ResponsePlan(
    type=FIRE.code,
    priority=2,
    agencies=("medis",),
    units=(UnitsWanted(kind="pompa", number=2),),
    hazards=(PlanHazard(code="luka", raises_to=1), PlanHazard(code="terjebak", raises_to=2)),
    questions=(
        PlanQuestion(
            code="keluar", text="Semua keluar?", answers=(PlanAnswer(text="Ya"), PlanAnswer(text="Belum"))
        ),
    ),
    instructions=("Keluar sekarang.",),
)
SIGNED = Approval(name="dr. Sari", role="Dokter PSC", on=date(2026, 11, 20))
SOMEWHERE = Place(text="Jl. Melati 3")
BEYOND = Place(text="Kota lain", method=PlaceMethod.OUTSIDE)


def planned(*plans: ResponsePlan) -> City:
    return a_city().with_plans(PlanBook(plans=plans))


def asked(city: City, place: Place = SOMEWHERE) -> list[str]:
    return [one.agency for one in agencies_for(city, city.type(FIRE.code), place, 2, NOW)]


def test_a_plan_asks_agencies_besides_the_citys_table_and_takes_none_away():
    assert asked(a_city()) == ["api"]
    assert asked(planned(HOUSE)) == ["api", "medis"]
    assert asked(planned(HOUSE), BEYOND) == asked(a_city(), BEYOND), (
        "our plans say nothing about another city"
    )


def test_where_no_rule_fits_the_duty_officer_is_asked_whatever_a_plan_says():
    city = replace(planned(HOUSE), rules=())

    assert asked(city) == ["piket", "medis"]


def test_a_plan_says_how_grave_a_hazard_is_for_this_type():
    city = planned(HOUSE)
    kind = city.type(FIRE.code)
    hurt = city.hazards_of(FIRE.code, ["luka", "tidak-ada"])

    assert [one.raises_to for one in hurt] == [1]
    assert priority_for(kind, hurt).priority == 1
    assert priority_for(kind, city.hazards_of(FIRE.code, ["terjebak"])).priority == 2
    assert [one.raises_to for one in a_city().hazards_of(FIRE.code, ["terjebak"])] == [1]


def test_a_type_without_a_plan_is_asked_what_the_citys_list_has_for_it():
    kind = replace(FIRE, questions=("Ada api?",), instructions=("Keluar.",))
    plan = plan_of(kind, PlanBook())

    assert [question.text for question in plan.questions] == ["Ada api?"]
    assert (plan.instructions, plan.is_approved) == (("Keluar.",), False)


def test_an_edition_names_the_words_and_not_who_approved_them():
    other = replace(HOUSE, instructions=("Tunggu di luar.",))

    assert HOUSE.same_as(replace(HOUSE, approval=SIGNED, version=3))
    assert not HOUSE.same_as(other)
    assert replace(HOUSE, version=3).edition == f"{FIRE.code}@3"
    assert HOUSE.edition != other.edition


def test_what_an_import_would_change_is_said_in_lines():
    other = replace(
        HOUSE, priority=1, agencies=(), units=(), instructions=("Keluar sekarang.", "Jangan masuk lagi."),
        questions=(replace(HOUSE.questions[0], answers=(PlanAnswer(text="Ya", hazard="luka"),)),),
    )  # fmt: skip
    lines = differences(HOUSE, other)

    assert lines[:3] == ("prioritas: 2 → 1", "instansi: medis → –", "unit: 2 pompa → –")
    assert "panduan + “Jangan masuk lagi.”" in lines
    assert "pertanyaan + “Semua keluar? | Ya, bahaya luka”" in lines
    assert differences(HOUSE, HOUSE) == ()
    assert len(differences(None, HOUSE)) == 1


WRONG = [
    ({"type": "tidak.ada"}, "jenis ini tidak ada"),
    ({"priority": 7}, "prioritas 7"),
    ({"agencies": ("nirwana",)}, "instansi “nirwana”"),
    ({"units": (UnitsWanted(kind="pompa", number=0),)}, "jumlah harus"),
    ({"hazards": (PlanHazard(code="naga"),)}, "bahaya “naga”"),
    ({"questions": (PlanQuestion(code="a", text="A?"), PlanQuestion(code="a", text="B?"))}, "dua kali"),
    (
        {"questions": (PlanQuestion(code="a", text="A?", answers=(PlanAnswer(text="Ya", next="a"),)),)},
        "sesudahnya",
    ),
    ({"questions": (PlanQuestion(code="a", text=" "),)}, "kosong"),
    (
        {
            "questions": (
                PlanQuestion(code="a", text="A?", answers=tuple(PlanAnswer(text=f"{n}") for n in range(5))),
            )
        },
        "tombolnya hanya 4",
    ),
]


@pytest.mark.parametrize(("changes", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_a_plan_may_not_say_is_named(changes: dict[str, Any], words: str):
    found = [
        one.message for one in check_plan(replace(HOUSE, **changes), CITY) if one.severity is Severity.ERROR
    ]  # type: ignore[arg-type]

    assert any(words in message for message in found), found


def test_a_sound_plan_has_nothing_to_mend():
    assert list(check_plan(HOUSE, CITY)) == []


def an_answer(text: str = "Belum", at: datetime | None = None, **more: object) -> GivenAnswer:
    answer, _ = answered(
        id=f"a-{text}", incident="i", question="q", said=Said.ANSWERED, asked="Semua keluar?", text=text, edition="e",
        by="rani", given_at=at, now=NOW, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return answer


def test_an_answer_keeps_the_time_it_was_given_within_a_shift():
    earlier = NOW - timedelta(minutes=3)

    assert an_answer(at=earlier).at == earlier
    assert an_answer(at=NOW + timedelta(hours=1)).at == NOW
    assert an_answer(at=NOW - timedelta(days=2)).at == NOW


def test_the_line_that_counts_is_the_one_not_struck():
    first, second = (
        an_answer("Belum", NOW - timedelta(minutes=2)),
        an_answer("Ya", NOW - timedelta(minutes=1)),
    )
    gone, fact = first.struck(by="rani", at=NOW)

    assert standing([second, gone]) == {"q": second}
    assert (fact.standing, fact.answer) == (False, first.id)
    with refused("kosong"):
        an_answer("  ")
    with refused("terlalu panjang"):
        an_answer("x" * 201)


def an_edition() -> PlanEdition:
    return PlanEdition(
        id="x@1", type="x", edition=1, plan="{}", source="f.xlsx", made_at=NOW, made_by="admin"
    )


def test_an_approval_needs_a_name_a_position_and_a_day_that_has_come():
    signed, fact = an_edition().approved(SIGNED, by="admin", at=NOW)

    assert signed.approval == SIGNED
    assert fact.version == 1
    with refused("sudah disetujui dr. Sari"):
        signed.approved(SIGNED, by="admin", at=NOW)
    with refused("Tulis nama"):
        an_edition().approved(replace(SIGNED, name=" "), by="admin", at=NOW)
    with refused("belum tiba"):
        an_edition().approved(replace(SIGNED, on=date(2027, 1, 1)), by="admin", at=NOW)


def test_the_training_is_due_in_the_coming_night_of_the_city():
    rules = LearningRules()
    evening = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)  # 20:00 in Jakarta

    due = next_night(rules, evening, CITY.zone)
    assert due.astimezone(CITY.zone).strftime("%d %H:%M") == "23 03:20"
    assert next_night(rules, due, CITY.zone) == due + timedelta(days=1)
