"""Paper on the screen: printing, typing in with the keyboard's form, mistakes, the list, and the figures."""

from __future__ import annotations

import re
import stat
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from siaga import clock
from siaga.adapters.web.paper import write_paper
from siaga.domain.call import Call, Disposition
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.place import Place
from siaga.domain.roles import Role
from siaga.features.incidents.actions import Report
from siaga.features.incidents.paper.forms import blank, sheet_of
from tests.a_city import CITY
from tests.a_web_process import NAVIGATION, Web
from tests.features.incidents.test_desk_pages import a_ringing_call, all_of
from tests.room import Room

FORM = {
    "token": "t-1", "form": "A-3", "arrived": "0105", "answered": "01.05", "ended": "01:09", "number": "0812-0000-0001",
}  # fmt: skip


@pytest.fixture
def yesterday(web: Web) -> str:
    return (clock.now().astimezone(web.city.zone) - timedelta(days=1)).date().isoformat()


def local(day: str, at: str, web: Web) -> datetime:
    return datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=web.city.zone)


async def post(desk: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    return await desk.post("/meja/kertas/ketik", data=form, headers=NAVIGATION)


async def test_a_sheet_is_typed_listed_linked_and_taken_back(web: Web, yesterday: str) -> None:
    desk = await web.signed_in(Role.TAKER)
    kind, agency = web.city.types[0], web.city.agencies[0]
    told = await post(desk, {
        **FORM, "day": yesterday, "type": kind.code, "where": "Jl. Gelap 5", "notes": "api di atap",
        f"told:{agency.code}": "0106", f"scene:{agency.code}": "0115", "closed": "0200", "outcome": "handled",
    })  # fmt: skip
    assert told.status_code == 303, told.text

    [incident], [call] = await all_of(web, Incident), await all_of(web, Call)
    assert incident.opened_at == local(yesterday, "01:06", web)
    assert (call.arrived_at, call.number) == (local(yesterday, "01:05", web), "081200000001")
    page = (await desk.get(told.headers["location"])).text
    assert "Tercatat dari kertas" in page
    assert f"#{incident.number}" in page
    story = (await desk.get(f"/kejadian/{incident.id}")).text
    assert "Dari kertas A-3." in story
    [entry] = re.findall(r"/meja/kertas/([^/]+)/batal", page)
    assert (await desk.post(f"/meja/kertas/{entry}/batal")).status_code == 303
    assert await all_of(web, Incident) == []
    assert "dibatalkan" in (await desk.get("/meja/kertas/ketik")).text


async def test_a_mistake_comes_back_with_everything_that_was_typed(web: Web, yesterday: str) -> None:
    desk = await web.signed_in(Role.TAKER)
    told = await post(desk, {
        **FORM, "day": yesterday, "type": web.city.types[0].code, "where": "Jl. Gelap 5", "answered": "0100",
        "notes": "<b>api</b>",
    })  # fmt: skip
    assert told.status_code == 422
    assert "Jam “dijawab” lebih awal daripada jam “masuk”" in told.text
    for kept in (
        'value="Jl. Gelap 5"',
        'value="0100"',
        'value="A-3"',
        "&lt;b&gt;api&lt;/b&gt;",
        'value="t-1"',
    ):
        assert kept in told.text
    assert await all_of(web, Call) == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("arrived", "", "Isi jam “masuk”"),
        ("arrived", "25:00", "tidak ada"),
        ("arrived", "jam dua", "tidak terbaca"),
        ("day", "31/02/2026", "Tanggal tidak terbaca"),
        ("number", "delapan", "hanya angka"),
        ("where", "x" * 201, "terlalu panjang"),
        ("type", "tidak.ada", "Pilih jenis kejadian"),
        ("non_call", "bukan-ini", "Pilih jenis kejadian"),
    ],
)
def test_what_cannot_be_read_is_named(field: str, value: str, words: str) -> None:
    form = {**FORM, "day": "2026-08-17", "type": CITY.types[0].code, "where": "Jl. Gelap"}
    if field == "non_call":
        form["type"] = ""
    with pytest.raises(RuleBroken) as refusal:
        sheet_of({**form, field: value}, CITY)
    assert words in str(refusal.value)


def test_a_time_after_midnight_belongs_to_the_next_day() -> None:
    form = {"day": "17/08/2026", "arrived": "2350", "answered": "2351", "ended": "0010", "non_call": "prank"}
    times = sheet_of(form, CITY).times
    assert times.ended_at is not None
    assert times.ended_at - times.arrived_at == timedelta(minutes=20)
    assert sheet_of(form, CITY).non_call is Disposition.PRANK


def test_an_empty_form_has_today() -> None:
    now = datetime(2026, 8, 17, 18, 30, tzinfo=clock.now().tzinfo)
    assert blank(now, CITY.zone, token="t")["day"] == "2026-08-18"


async def test_the_figures_count_paper_at_its_own_time(web: Web, yesterday: str) -> None:
    desk = await web.signed_in(Role.TAKER)
    assert (await post(desk, {**FORM, "day": yesterday, "non_call": "information"})).status_code == 303
    [call] = await all_of(web, Call)
    assert call.arrived_at == local(yesterday, "01:05", web)
    counted = await web.archive.value(
        "select count(*) from call where city_id = $1 and disposition = 'information' and arrived_at < $2",
        local(yesterday, "02:00", web),
    )
    assert counted == 1


async def test_the_forms_and_the_pack_are_printed_and_tell_nothing_protected(
    web: Web, room: Room, tmp_path: Path
) -> None:
    desk = await web.signed_in(Role.TAKER)
    form = (await desk.get("/meja/kertas?lembar=3")).text
    assert form.count('<section class="sheet">') == 3
    assert all(agency.short in form for agency in web.city.agencies)
    assert (await desk.get("/meja/kertas?lembar=999")).status_code == 400
    await a_ringing_call(web)
    kind = next(one for one in web.city.types if not one.protected)
    shown = await room.opens(report=a_report(kind.code, "Jl. Terang 1"))
    hidden = next(one for one in web.city.types if one.protected)
    await room.opens(report=a_report(hidden.code, "Jl. Rahasia 2"))
    number = next(one.number for one in await all_of(web, Incident) if one.id == shown)
    pack = (await desk.get("/meja/kertas/paket")).text
    assert f"#{number}" in pack
    assert "Jl. Terang 1" in pack
    assert "Rahasia" not in pack
    assert "081324110982" not in pack

    written = await write_paper(web.archive, web.city, tmp_path / "paper", language="id", now=clock.now())
    kept = written.pack.read_text(encoding="utf-8")
    assert "Jl. Terang 1" in kept
    assert "Rahasia" not in kept
    assert not re.search(r"(src|href)=.(?!data:)", kept), "a file that needs another is no help in the dark"
    assert stat.S_IMODE(written.form.stat().st_mode) == 0o600
    assert len(list((tmp_path / "paper").iterdir())) == 3


async def test_paper_is_for_the_room_only(web: Web) -> None:
    agency = await web.signed_in(Role.AGENCY, agency=web.city.agencies[0].code)
    for path in ("/meja/kertas", "/meja/kertas/paket", "/meja/kertas/ketik"):
        assert (await agency.get(path)).status_code == 403


def a_report(type: str, where: str) -> Report:
    return Report(type=type, place=Place(text=where))
