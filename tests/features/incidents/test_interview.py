"""The interview: answered before sending and after, corrected, seen by the agency, with the plan that was in force."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from siaga import clock
from siaga.domain.interview import GivenAnswer
from siaga.domain.response_plan import (
    Approval,
    PlanAnswer,
    PlanBook,
    PlanHazard,
    PlanQuestion,
    ResponsePlan,
    UnitsWanted,
)
from siaga.domain.roles import Role, Viewer
from siaga.features.incidents.actions import amend_incident
from siaga.features.incidents.interview import TAKEN_BACK, Spoken, say
from siaga.features.incidents.plans import actions as plan_actions
from tests.a_city import CITY, a_city, a_type
from tests.a_web_process import Web, open_web
from tests.features.scenes import FORM, a_fire, a_hidden_case, opened, page, seen
from tests.room import Room

FIRE = "kebakaran.rumah"
HIDDEN = a_type(
    "kamtibmas.lindung", name="Kasus lindung", name_en="Protected case", priority=1, protected=True
)
PLAN = ResponsePlan(
    type=FIRE,
    priority=3,
    units=(UnitsWanted(kind="pompa", number=2),),
    hazards=(PlanHazard(code="terjebak"), PlanHazard(code="luka", raises_to=2)),
    questions=(
        PlanQuestion(
            code="keluar",
            text="Semua orang sudah keluar?",
            answers=(PlanAnswer(text="Ya"), PlanAnswer(text="Ada yang di dalam", hazard="terjebak")),
        ),
    ),
    instructions=("Keluar sekarang.",),
)
SIGNED = Approval(name="dr. Sari", role="Dokter PSC", on=date(2026, 1, 2))
INSIDE = {"question": f"{FIRE}:keluar", "said": "answered", "asked": "Semua orang sudah keluar?",
          "text": "Ada yang di dalam", "edition": f"{FIRE}@x"}  # fmt: skip


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    """In the invented city with a plan for a house on fire."""
    city = a_city(types=(*CITY.types, HIDDEN)).with_plans(PlanBook(plans=(PLAN,)))
    async with open_web(postgres_dsn, tmp_path, city=city) as opened_web:
        yield opened_web


@pytest.fixture
def room(web: Web) -> Room:
    return Room(archive=web.archive, city=web.city, now=clock.now())


async def sent(desk: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    sheet = (await desk.post("/meja/lembar", json={})).json()["sheet"]
    given = {"what": "rumah terbakar", "type": FIRE, "where": "Jl. Melati 3", **fields}
    told = await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": given})
    assert told.status_code == 200, told.text
    return dict(told.json())


async def test_the_desk_gets_the_plan_of_a_type_and_that_nobody_approved_it(web: Web) -> None:
    desk = await web.signed_in(Role.TAKER)
    plan = (await desk.get("/meja/rencana", params={"jenis": FIRE})).json()

    assert plan["questions"][0]["answers"][1] == {
        "text": "Ada yang di dalam", "next": "", "hazard": "terjebak", "tell": "",
    }  # fmt: skip
    assert (plan["approved_by"], plan["edition"]) == (None, PLAN.edition)
    assert (await desk.get("/meja/rencana", params={"jenis": "tidak.ada"})).status_code == 404


async def test_answers_given_before_sending_keep_their_time_and_reach_the_agency(
    web: Web, room: Room
) -> None:
    desk = await web.signed_in(Role.TAKER)
    at = clock.now() - timedelta(minutes=2)
    answers = [
        {**INSIDE, "text": "Ya", "at": (at - timedelta(seconds=9)).isoformat()},
        {**INSIDE, "at": at.isoformat()},
        {"question": f"{FIRE}:p1", "said": "told", "asked": "Keluar sekarang.", "at": at.isoformat()},
    ]
    incident = (await sent(desk, hazards=["terjebak"], answers=answers))["incident"]
    room.now = clock.now()
    await room.follow()

    kept = await room.incident(incident)
    assert (kept.priority, kept.plan) == (1, PLAN.edition)
    lines = await room.all(GivenAnswer, incident=incident, order=("at", "id"))
    assert [(one.text, one.struck_at is None) for one in lines] == [
        ("Ya", False), ("Ada yang di dalam", True), ("", True),
    ]  # fmt: skip
    assert abs(lines[1].at - at) < timedelta(seconds=1)

    agency = await web.signed_in(Role.AGENCY, agency="api")
    inbox = seen(await page(agency, "/opd"))
    assert "Semua orang sudah keluar? Ada yang di dalam" in inbox
    assert "Diminta: 2 pompa (rencana belum disetujui)" in inbox
    told = seen(await page(desk, f"/kejadian/{incident}/tanya-jawab"))
    assert "Disampaikan: Keluar sekarang." in told
    assert "diganti" in told


async def test_answers_go_on_after_sending_and_twice_is_once(web: Web, room: Room) -> None:
    desk = await web.signed_in(Role.TAKER)
    incident = (await sent(desk))["incident"]
    line = {**INSIDE, "at": clock.now().isoformat()}
    for _ in range(2):
        assert (await desk.post(f"/kejadian/{incident}/jawaban", json=line)).status_code == 200
    assert [one.text for one in await room.all(GivenAnswer, incident=incident)] == ["Ada yang di dalam"]

    back = {**INSIDE, "said": TAKEN_BACK, "text": "", "at": clock.now().isoformat()}
    assert (await desk.post(f"/kejadian/{incident}/jawaban", json=back)).status_code == 200
    (struck,) = await room.all(GivenAnswer, incident=incident)
    assert struck.struck_at is not None
    assert (await room.story())[-2:] == ["incident.answered", "incident.answered"]
    agency = await web.signed_in(Role.AGENCY, agency="api")
    room.now = clock.now()
    await room.follow()
    assert "Ada yang di dalam" not in await page(agency, "/opd")


async def test_a_hazard_raises_and_a_persons_priority_wins(web: Web, room: Room) -> None:
    desk = await web.signed_in(Role.TAKER)
    raised = await room.incident((await sent(desk, hazards=["luka"]))["incident"])
    chosen = await room.incident((await sent(desk, hazards=["luka"], priority=3))["incident"])
    assert (raised.priority, chosen.priority) == (2, 3)

    told = await desk.patch(f"/kejadian/{raised.id}", json={"hazards": []})
    assert told.json()["priority"] == 2, "taking a hazard away does not lower it"
    told = await desk.patch(f"/kejadian/{raised.id}", json={"priority": 3})
    assert told.json()["priority"] == 3


async def test_the_interview_of_a_protected_case_is_for_its_circle(web: Web, room: Room) -> None:
    incident = await opened(
        room, a_hidden_case(answers=(Spoken(question="q", said="answered", text="rahasia"),))
    )
    outside, inside = await web.signed_in(Role.TAKER), await web.signed_in(Role.TAKER, in_circle=True)
    address = f"/kejadian/{incident}/tanya-jawab"

    assert "rahasia" not in await page(outside, address, 404)
    refusal = await outside.post(f"/kejadian/{incident}/jawaban", json=INSIDE)
    assert refusal.status_code == 404
    nobody = Viewer(person="x", name="X", roles=(Role.TAKER,))
    await room.refuses(
        "Tidak ditemukan", say, incident=incident, line=Spoken(question="q", said="told"), by=nobody
    )
    assert "rahasia" not in await page(inside, "/papan")


async def test_an_approval_and_an_import_are_in_force_on_every_screen_at_once(web: Web, room: Room) -> None:
    desk = await web.signed_in(Role.TAKER)
    given: dict[str, Any] = {"city": web.city, "type": FIRE, "approval": SIGNED, "by": "admin"}
    assert await room.do(plan_actions.approve_plan, edition=PLAN.edition, **given) == 1
    await plan_says(desk, approved_by="dr. Sari, Dokter PSC", edition=f"{FIRE}@1")

    other = ResponsePlan(type=FIRE, priority=1, instructions=("Tunggu di luar.",))
    changed: dict[str, Any] = {"book": web.city.plans, "source": "rencana.xlsx", "by": "admin"}
    assert await room.do(plan_actions.import_plans, plans=(other, other), **changed) == [FIRE]
    assert await room.do(plan_actions.import_plans, plans=(other,), **changed) == []
    await plan_says(desk, approved_by=None, edition=f"{FIRE}@2")
    await room.refuses("baru saja diubah", plan_actions.approve_plan, edition=f"{FIRE}@1", **given)

    incident = await room.incident((await sent(desk))["incident"])
    assert (incident.priority, incident.plan) == (1, f"{FIRE}@2")
    assert "plan.approved" in await room.story()


async def plan_says(desk: httpx.AsyncClient, **wanted: Any) -> None:
    """The web process hears of it from the journal."""
    plan: dict[str, Any] = {}
    for _ in range(200):
        plan = (await desk.get("/meja/rencana", params={"jenis": FIRE})).json()
        if {name: plan[name] for name in wanted} == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(plan)


async def test_another_type_is_another_plan(room: Room) -> None:
    incident = await opened(room, a_fire())
    taker = Viewer(person="rani", name="Rani", roles=(Role.TAKER,))
    await room.do(
        amend_incident, city=room.city, incident=incident, by="rani", viewer=taker, type="kecelakaan.lain"
    )
    assert (await room.incident(incident)).plan is None


async def test_who_looks_after_the_plans_reads_one_and_puts_a_name_under_it(web: Web, room: Room) -> None:
    admin = await web.signed_in(Role.ADMIN)
    taker = await web.signed_in(Role.TAKER)
    assert (await taker.get("/atur/rencana")).status_code == 403
    shown = seen(await page(admin, f"/atur/rencana?jenis={FIRE}"))
    assert "Semua orang sudah keluar?" in shown
    assert "belum disetujui" in shown

    form = {"edition": PLAN.edition, "name": "dr. Sari", "role": "Dokter PSC", "on": "2026-01-02"}
    address = f"/atur/rencana/{FIRE}/setuju"
    assert (await admin.post(address, data={**form, "on": "besok"}, headers=FORM)).status_code == 409
    signed = await admin.post(address, data=form, headers=FORM)
    assert signed.status_code == 303
    await plan_says(taker, approved_by="dr. Sari, Dokter PSC")
    other = ResponsePlan(type=FIRE, priority=3, instructions=("Tunggu di luar.",))
    await room.do(
        plan_actions.import_plans, book=web.city.plans, plans=(other,), source="rencana.xlsx", by="admin"
    )
    await plan_says(taker, edition=f"{FIRE}@2")
    shown = seen(await page(admin, f"/atur/rencana?jenis={FIRE}"))
    assert "panduan + “Tunggu di luar.”" in shown
    assert "Disetujui dr. Sari, Dokter PSC." in shown
