"""The pages of two people: a colleague's sheet, taking it over, and the change of shifts on paper and screen."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from siaga import clock
from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.roles import Role
from siaga.records.archive import Transaction
from tests.a_web_process import Web
from tests.features.incidents.test_desk_pages import a_taker, answered, typed


async def ring_two_alarms(tx: Transaction, *, now: datetime) -> None:
    """One nobody has seen, one put aside for an hour."""
    seen_by_nobody = Alarm(id="A10:disk", kind=AlarmKind.OUR_OWN_FAULT, priority=2, raised_at=now)
    aside = Alarm(id="A10:clock", kind=AlarmKind.OUR_OWN_FAULT, priority=3, raised_at=now)
    tx.put(seen_by_nobody, replace(aside, shelved_until=now + timedelta(hours=1)))


def who(desk: httpx.AsyncClient) -> str:
    return desk.headers["x-test-person"]


async def test_a_colleague_is_let_onto_a_sheet_and_both_are_joined_field_by_field(web: Web) -> None:
    rani, septi = await a_taker(web), await a_taker(web)
    sheet = await answered(web, rani)
    assert (await septi.get(f"/lembar/{sheet}")).status_code == 404
    refused = await septi.put(
        f"/meja/lembar/{sheet}", json={"version": 0, "fields": {"notes": "x"}, "was": {}}
    )
    assert refused.status_code == 409
    assert sheet in (await septi.get("/lembar")).text
    assert (await septi.post(f"/lembar/{sheet}/ikut")).status_code == 303
    page = await septi.get(f"/lembar/{sheet}")
    assert page.status_code == 200
    assert "data-shared" in page.text
    await rani.put(
        f"/meja/lembar/{sheet}", json={"version": 0, "fields": {"what": "api", "where": "Kesambi"}, "was": {}}
    )
    told = (await septi.post(f"/meja/lembar/{sheet}/hadir", json={"field": "notes", "version": 0})).json()
    assert told["fields"]["where"] == "Kesambi"
    assert told["owner"] is False
    answer = (
        await septi.put(
            f"/meja/lembar/{sheet}",
            json={"version": 0, "fields": {"where": "Drajat", "landmark": "masjid"}, "was": {}},
        )
    ).json()
    assert answer["contested"] == ["where"]
    assert answer["fields"]["where"] == "Kesambi"
    seen = (await rani.post(f"/meja/lembar/{sheet}/hadir", json={"field": "where", "version": 1})).json()
    assert [other["field"] for other in seen["others"]] == ["Catatan"]
    assert seen["fields"]["landmark"] == "masjid"
    assert "bersama" in (await rani.get(f"/meja/lembar/{sheet}/bersama")).text
    await septi.post(f"/lembar/{sheet}/pergi")
    assert (await septi.get(f"/lembar/{sheet}")).status_code == 404
    assert "bersama" not in (await rani.get(f"/meja/lembar/{sheet}/bersama")).text


async def test_after_signing_out_her_sheet_is_listed_and_taken_and_she_is_told_when_she_comes_back(
    web: Web,
) -> None:
    rani, septi = await a_taker(web), await a_taker(web)
    sheet = (await rani.post("/meja/lembar", json={})).json()["sheet"]
    await rani.put(f"/meja/lembar/{sheet}", json={"version": 0, "fields": typed(notes="09:00 besar")})
    assert (await rani.post("/keluar")).status_code in (302, 303)
    assert sheet in (await septi.get("/lembar")).text
    early = await septi.post(f"/lembar/{sheet}/ambil", json={"reason": "rani pulang"})
    assert early.status_code == 409  # typed a second ago: perhaps she only came back from another desk
    sql = "update sheet set saved_at = saved_at - interval '1 minute' where city_id = $1 returning id"
    assert await web.archive.rows(sql)
    taken = await septi.post(f"/lembar/{sheet}/ambil", json={"reason": "rani pulang"})
    assert taken.status_code == 200, taken.text
    mine = await septi.get("/meja/lembar")
    assert "09:00 besar" in mine.text
    assert sheet in mine.text
    back = web.browser()
    username = next(name for name, id in web.people.items() if id == who(rani))
    await web.sign_in(back, username)
    news = (await back.get("/meja/diambil")).text
    assert "mengambil alih lembar Anda" in news
    assert "rani pulang" in news
    assert "takings" in (await back.get("/meja")).text


async def test_a_shift_change_names_everything_that_stands_open_and_prints(web: Web) -> None:
    rani, septi = await a_taker(web), await a_taker(web)
    sheet = await answered(web, rani)
    sent = (await rani.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).json()
    await web.archive.do(ring_two_alarms, now=clock.now())
    page = (await rani.get("/serah-terima")).text
    assert "belum diterima" in page
    assert "ditunda sampai" in page
    assert f"#{sent['number']}" in page
    assert "Alarm yang masih berdiri" in page
    assert "081324110982" not in page, "no caller's number stands in a handover"
    begun = await rani.post("/serah-terima", data={"to": who(septi), "notes": "pompa 2 rusak"})
    assert begun.status_code == 303, begun.text
    address = begun.headers["location"]
    assert (await (await web.signed_in(Role.TAKER)).get(address)).status_code == 404
    waiting = (await septi.get("/serah-terima")).text
    assert address in waiting
    for desk in (rani, septi):
        shown = (await desk.get(address)).text
        assert "pompa 2 rusak" in shown
        assert re.search(r"data-print", shown)
        assert (await desk.post(f"{address}/setuju")).status_code == 303
    assert "selesai" in (await rani.get(address)).text
    assert (await rani.post(f"{address}/batal")).status_code == 409
