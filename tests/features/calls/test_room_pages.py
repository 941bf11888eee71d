"""The supervisor's switches and the desk's proposals, through real pages and the real database."""

from __future__ import annotations

from siaga.domain.place import Place
from siaga.domain.roles import Role
from siaga.domain.room import ROOM
from siaga.domain.room import Room as Modes
from siaga.features.calls import actions as calls
from siaga.features.calls.room.load import PhoneRoom, watch_room
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.records.archive import Transaction
from siaga.records.followers import Follower, catch_up
from tests.a_web_process import Web
from tests.room import Room

FIRE = Report(type="kebakaran.rumah", place=Place(text="Jl. Contoh 3"), notes=("asap tebal",))


async def modes(web: Web) -> Modes:
    async def look(tx: Transaction) -> Modes:
        return await tx.seek(Modes, ROOM) or Modes()

    found: Modes = await web.archive.look(look)
    return found


async def test_a_supervisor_switches_and_every_desk_says_so(web: Web) -> None:
    boss, desk = await web.signed_in(Role.SUPERVISOR), await web.signed_in(Role.TAKER)
    page = await boss.get("/pengawas/ruang")
    assert page.status_code == 200
    assert "Mode malam" in page.text
    for address, form in (
        ("/pengawas/ruang/ramai", {"on": "yes"}),
        ("/pengawas/ruang/malam", {"to": "on"}),
        ("/pengawas/ruang/siaga", {"on": "yes"}),
    ):
        answer = await boss.post(address, data=form)
        assert answer.status_code == 204, answer.text
    bar = (await desk.get("/meja/bar")).text
    assert "RAMAI sejak" in bar
    assert "malam" in bar
    assert "siaga dipanggil" in bar
    assert "RAMAI" in (await desk.get("/meja")).text
    held = await modes(web)
    assert (held.night_switch, held.flood_by, held.on_call_by) == ("on", *[held.flood_by] * 2)
    assert held.flood_by is not None


async def test_only_a_supervisor_may(web: Web) -> None:
    desk = await web.signed_in(Role.TAKER)
    assert (await desk.get("/pengawas/ruang")).status_code == 403
    for address, form in (
        ("/pengawas/ruang/ramai", {"on": "yes"}),
        ("/pengawas/ruang/malam", {"to": "on"}),
        ("/pengawas/ruang/siaga", {"on": "yes"}),
        ("/pengawas/ruang/meja", {"taker": "x", "group": "", "skills": ""}),
    ):
        assert (await desk.post(address, data=form)).status_code == 403
    assert await modes(web) == Modes()


async def test_a_group_is_kept_and_shown(web: Web) -> None:
    boss = await web.signed_in(Role.SUPERVISOR)
    await web.person(Role.TAKER, username="septi")
    answer = await boss.post("/pengawas/ruang/meja", data={"taker": web.people["septi"], "group": "siaga"})
    assert answer.status_code == 204, answer.text
    assert '<option value="siaga" selected' in (await boss.get("/pengawas/ruang")).text


async def test_a_caller_in_a_burst_is_proposed_the_fire_and_joined_in_two_keys(web: Web, room: Room) -> None:
    desk = await web.signed_in(Role.TAKER)
    taker = desk.headers["x-test-person"]
    await room.talking("rani", "fire-0")
    fire = await room.do(
        incidents.open_incident, city=web.city, report=FIRE, by="rani", call="fire-0", sheet="fire-0"
    )
    await room.on_duty(taker)
    for n in range(1, 5):
        await room.rings(f"call-{n}")
        room.later(1)
    await catch_up(room.archive, Follower("calls", PhoneRoom(web.city).react), lambda: room.now)
    await room.do(calls.answer_call, taker=taker, call="call-1")
    panel = (await desk.get("/meja/mungkin?sheet=call-1")).text
    assert "Mungkin soal #1?" in panel
    assert "tempat penelepon belum diketahui" in panel
    assert (await desk.post("/meja/pemberitahuan", data={"incident": fire, "on": "yes"})).status_code == 204
    await room.do(watch_room, city=web.city)
    assert "sudah diberi tahu" in (await desk.get("/meja/antrean")).text
    joined = await desk.post("/meja/lembar/call-1/soal", json={"incident": fire, "fields": {}})
    assert joined.status_code == 200, joined.text
    assert joined.json()["number"] == 1
    again = await desk.post("/meja/lembar/call-1/soal", json={"incident": fire, "fields": {}})
    assert again.status_code == 200, again.text
    assert (await room.call("call-1")).incident == fire
    assert "Belum ada yang mirip" in (await desk.get("/meja/mungkin?sheet=call-1")).text
