"""The call bar and the supervisor's room, asked for as a browser asks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from siaga.domain.call import CallState
from siaga.domain.leg import Leg
from siaga.domain.roles import Role
from siaga.domain.shift import SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import legs
from siaga.features.calls.conversation.quality import QualityWatch, measured, quality_level
from siaga.features.calls.nodes import actions as node_actions
from siaga.features.calls.supervisor import actions as supervising
from siaga.records.writer import DatabaseAway
from tests.a_web_process import NAVIGATION, NoTelephone, Web
from tests.room import Room

HTMX = {"hx-request": "true", "accept": "text/html"}


async def taker(web: Web, room: Room, *, talking: str | None = "call-1") -> tuple[httpx.AsyncClient, str]:
    browser = await web.signed_in(Role.TAKER)
    her = browser.headers["x-test-person"]
    await room.on_duty(her)
    if talking is not None:
        await room.rings(talking)
        await room.do(calls.answer_call, taker=her, call=talking)
    return browser, her


async def bar(browser: httpx.AsyncClient) -> str:
    answer = await browser.get("/meja/kendali", headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_bar_shows_what_can_be_done_now(web: Web, room: Room) -> None:
    browser, _ = await taker(web, room, talking=None)
    idle = await bar(browser)
    assert "Tidak ada percakapan" in idle
    assert 'data-choose="call"' in idle
    await room.rings("call-1")
    assert (await browser.post("/meja/jawab", json={})).status_code == 200
    talking = await bar(browser)
    assert 'data-talk="tahan"' in talking
    assert 'data-choose="transfer"' in talking
    assert (await browser.post("/meja/panggilan/call-1/tahan", json={})).status_code == 200
    held = await bar(browser)
    assert "DITAHAN" in held
    assert 'data-talk="lanjut"' in held
    assert (await browser.post("/meja/panggilan/call-1/lanjut", json={})).status_code == 200
    refused = await browser.post("/meja/panggilan/call-1/lanjut", json={})
    assert (refused.status_code, "tidak sedang ditahan" in refused.text) == (409, True)


async def test_a_partner_from_his_list_to_three_and_away(web: Web, room: Room) -> None:
    browser, _ = await taker(web, room)
    typed = {"to": "number:0231 123456"}
    answer = await browser.post("/meja/panggilan/call-1/bertiga", json=typed)
    assert answer.status_code == 200, answer.text
    leg = answer.json()["leg"]
    assert (await room.one(Leg, leg)).address == "0231123456"
    ringing = await bar(browser)
    assert "memanggil" in ringing
    assert "Kembali ke penelepon" in ringing
    await room.do(legs.leg_answered, leg=leg)
    assert 'data-talk="gabungkan"' in await bar(browser)
    await browser.post("/meja/panggilan/call-1/gabungkan", json={})
    three = await bar(browser)
    assert "BERTIGA" in three
    assert 'data-talk="lepas"' in three
    assert (await browser.post("/meja/angka", json={"digits": "1#"})).status_code == 200
    assert (await browser.post("/meja/panggilan/call-1/serahkan", json={})).status_code == 200
    assert (await room.call("call-1")).state is CallState.HANDED


@pytest.mark.parametrize("to", ["agency:nobody", "number:halo", "taker:nobody", ""])
async def test_a_target_nobody_knows_is_refused_in_words(web: Web, room: Room, to: str) -> None:
    browser, _ = await taker(web, room)
    answer = await browser.post("/meja/panggilan/call-1/alih", json={"to": to})
    assert answer.status_code in (400, 404, 409)
    assert (await room.call("call-1")).state is CallState.TALKING


async def test_a_missed_caller_is_rung_from_the_list_and_again_from_the_bar(web: Web, room: Room) -> None:
    browser, _ = await taker(web, room, talking=None)
    await room.rings("call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    leg = (await browser.post("/meja/panggilan/call-1/telepon", json={})).json()["leg"]
    assert "TELEPON BALIK" in await bar(browser)
    await room.do(legs.leg_ended, leg=leg, cause="busy")
    again = await bar(browser)
    assert "sibuk" in again
    assert 'data-call-back="call-1"' in again
    assert (await room.call("call-1")).is_owed


async def test_colleagues_are_offered_for_a_transfer_and_to_be_asked(web: Web, room: Room) -> None:
    browser, _ = await taker(web, room)
    _, colleague = await taker(web, room, talking=None)
    assert f"taker:{colleague}" in (await browser.get("/meja/tujuan?purpose=transfer", headers=HTMX)).text
    assert "taker:" not in (await browser.get("/meja/tujuan?purpose=call", headers=HTMX)).text
    assert f"taker:{colleague}" in (await browser.get("/meja/tujuan?purpose=conference", headers=HTMX)).text
    answer = await browser.post("/meja/panggilan/call-1/alih", json={"to": f"taker:{colleague}"})
    assert answer.status_code == 200
    assert (await room.call("call-1")).offered_to == colleague


async def test_a_colleague_is_asked_sees_the_sheet_and_takes_him_over(web: Web, room: Room) -> None:
    browser, _ = await taker(web, room)
    hers, colleague = await taker(web, room, talking=None)
    draft = {"version": 0, "fields": {"what": "asap tebal", "where": "Jl. Contoh 3", "notes": "dua anak"}}
    sheet = await browser.put("/meja/lembar/call-1", json=draft)
    assert sheet.status_code < 300, sheet.text
    answer = await browser.post("/meja/panggilan/call-1/bertiga", json={"to": f"taker:{colleague}"})
    assert answer.status_code == 200, answer.text

    ringing = await bar(hers)
    assert "DITANYA REKAN" in ringing
    assert 'data-sound="ring"' in ringing
    assert "asap tebal · Jl. Contoh 3 · dua anak" in ringing
    leg = answer.json()["leg"]
    assert (
        await browser.post(f"/meja/sambungan/{leg}/jawab", json={})
    ).status_code == 409  # it rings at another seat
    assert (await hers.post("/meja/jawab", json={})).json()["call"] == "call-1"
    assert (await hers.post(f"/meja/sambungan/{leg}/jawab", json={})).status_code == 200  # told twice
    assert 'data-hang-up-leg="' in await bar(hers)
    assert 'data-talk="serahkan"' in await bar(browser)

    assert (await browser.post("/meja/panggilan/call-1/serahkan", json={})).status_code == 200
    assert (await room.call("call-1")).taker == colleague
    assert "dua anak" in (await hers.get("/meja/lembar", headers=HTMX)).text
    assert "dua anak" not in (await browser.get("/meja/lembar", headers=HTMX)).text


async def test_without_a_telephone_the_quality_is_unknown_and_the_sound_test_says_so(
    web: Web, room: Room
) -> None:
    browser, her = await taker(web, room, talking=None)
    told: list[tuple[str, object, str]] = []
    watch = QualityWatch(web.archive, NoTelephone(), lambda: frozenset({her}), lambda *one: told.append(one))
    await watch.once()
    assert told == []
    await room.rings("call-1")
    await room.do(calls.answer_call, taker=her)
    await watch.once()
    assert told == [("quality", {"line": "call-1", "level": "unknown", "lost": True}, her)]
    assert (await browser.post("/meja/suara/uji", json={})).status_code == 409


async def test_of_line_and_headset_the_worse_is_told_and_a_record_that_is_away_changes_nothing(
    web: Web, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, her = await taker(web, room)
    told: list[Any] = []
    watch = QualityWatch(web.archive, Measured(), lambda: frozenset({her}), lambda *one: told.append(one[1]))
    await watch.once()

    async def away(*_: object) -> list[Any]:
        raise DatabaseAway

    monkeypatch.setattr(web.archive, "rows", away)
    await watch.once()
    heard = {
        "line": "call-1", "mos": 3.7, "loss_percent": 2.0, "jitter_ms": None, "end": "headset", "level": "fair",
    }  # fmt: skip
    assert told == [heard, heard]


class Measured(NoTelephone):
    """A good line, a headset that is less good."""

    async def quality(self, line: str) -> dict[str, Any]:
        return {"mos": 4.3, "loss_percent": 0.0}

    async def seat_quality(self, taker: str) -> dict[str, Any]:
        return {"mos": 3.7, "loss_percent": 2.0}


async def test_what_he_hears_of_us_counts_when_it_is_the_worst() -> None:
    class Deaf(Measured):
        async def quality(self, line: str) -> dict[str, Any]:
            return {"mos": 4.3, "far_mos": 2.1, "far_loss_percent": 9.0, "far_jitter_ms": 4.0}

    told = await measured(Deaf(), "rani", "call-1")
    assert told == {"end": "far", "mos": 2.1, "loss_percent": 9.0, "jitter_ms": 4.0, "level": "bad"}


def test_the_words_for_quality_follow_the_standard_s_steps() -> None:
    assert [quality_level(mos) for mos in (4.4, 4.0, 3.9, 3.6, 3.5, 1.0, None)] == [
        "good", "good", "fair", "fair", "bad", "bad", "unknown"]  # fmt: skip


async def test_she_chooses_a_desk_telephone(web: Web, room: Room) -> None:
    browser, her = await taker(web, room, talking=None)
    wrong = await browser.post("/meja/pesawat", data={"device": "phone", "address": "0812"})
    assert wrong.status_code == 409
    right = await browser.post("/meja/pesawat", data={"device": "phone", "address": "sip:101@10.0.0.5"})
    assert right.status_code == 204
    seat = await room.seat(her)
    assert (seat.by_phone, seat.phone) == (True, "sip:101@10.0.0.5")
    assert (await room.story())[-1] == "seat.phone_rung", "she is on duty: it rings now"
    assert "data-by-phone" in await bar(browser)


# --- the supervisor ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.TAKER, Role.DISPATCHER, Role.AGENCY, Role.HEAD, Role.ADMIN])
async def test_only_a_supervisor_enters_the_room(web: Web, role: Role) -> None:
    browser = await web.signed_in(role, agency="api" if role is Role.AGENCY else None)
    for address in ("/pengawas", "/pengawas/meja", "/pengawas/antrean", "/pengawas/percakapan"):
        assert (await browser.get(address, headers=NAVIGATION)).status_code == 403
    assert (await browser.post("/pengawas/panggilan/x/dengar", data={"mode": "listen"})).status_code == 403
    assert (await browser.post("/pengawas/panggilan/x/alih", data={"to": "y"})).status_code == 403
    assert (await browser.post("/pengawas/meja/x", data={"verb": "come"})).status_code == 403


async def test_a_supervisor_lands_in_the_room_and_sees_who_does_what(web: Web, room: Room) -> None:
    await taker(web, room)
    await taker(web, room, talking=None)
    await room.panic("press-1")
    browser = await web.signed_in(Role.SUPERVISOR)
    assert (await browser.get("/", headers=NAVIGATION)).headers["location"] == "/pengawas"
    page = (await browser.get("/pengawas", headers=NAVIGATION)).text
    for words in ("SIBUK", "SIAP", "SOS", "Dengar", "Bisik", "Masuk", "Alihkan"):
        assert words in page


async def test_a_telephone_that_one_node_has_is_said_to_be_deaf_to_the_other_and_so_is_who_waits_there(
    web: Web, room: Room
) -> None:
    _, her = await taker(web, room, talking=None)
    for node in ("node-1", "node-2"):
        await room.do(node_actions.node_beat, node=node, life=node)
    await room.do(calls.seat_connected, taker=her, node="node-1")
    await room.do(supervising.choose_phone, taker=her, by_phone=True, address="sip:101@10.0.0.5")
    await room.rings("call-1", node="node-2")
    await room.rings("call-2", node="node-1")
    browser = await web.signed_in(Role.SUPERVISOR)
    seats = (await browser.get("/pengawas/meja", headers=HTMX)).text
    assert "Penelepon di node-2 tidak berdering di sini: pesawat hanya punya satu sambungan" in seats
    waiting = (await browser.get("/pengawas/antrean", headers=HTMX)).text
    assert "Ada di node-2: tidak seorang pun" in waiting
    assert "Ada di node-1" not in waiting
    await room.do(calls.seat_connected, taker=her, node="node-2")
    assert "tidak berdering" not in (await browser.get("/pengawas/meja", headers=HTMX)).text
    assert "tidak seorang pun" not in (await browser.get("/pengawas/antrean", headers=HTMX)).text


async def test_every_listening_is_an_entry_with_who_and_when(web: Web, room: Room) -> None:
    _, her = await taker(web, room)
    browser = await web.signed_in(Role.SUPERVISOR)
    me = browser.headers["x-test-person"]
    deaf = await browser.post("/pengawas/panggilan/call-1/dengar", data={"mode": "listen"})
    assert (deaf.status_code, "headset" in deaf.text) == (409, True)
    await room.do(calls.seat_connected, taker=me)
    for mode in ("listen", "listen", "whisper", "barge", "off"):
        answer = await browser.post("/pengawas/panggilan/call-1/dengar", data={"mode": mode})
        assert answer.status_code == 204, answer.text
    entries = [entry.event for entry in await room.archive.read(0) if entry.event.name == "call.monitored.v1"]
    assert [entry.mode for entry in entries] == ["listen", "whisper", "barge", "off"]
    assert {entry.by for entry in entries} == {me}
    assert entries[0].taker == her
    assert (await room.seat(me)).monitors is None


async def test_listening_ends_with_the_call_and_when_she_must_answer_herself(web: Web, room: Room) -> None:
    _, her = await taker(web, room)
    browser = await web.signed_in(Role.SUPERVISOR)
    me = browser.headers["x-test-person"]
    await room.do(calls.seat_connected, taker=me)
    await browser.post("/pengawas/panggilan/call-1/dengar", data={"mode": "listen"})
    await room.do(calls.go_ready, taker=me)
    await room.follow()
    assert (await room.seat(me)).monitors is None
    busy = await browser.post("/pengawas/panggilan/call-1/dengar", data={"mode": "listen"})
    assert busy.status_code == 409
    await room.do(calls.go_away, taker=me, reason=None)
    await browser.post("/pengawas/panggilan/call-1/dengar", data={"mode": "listen"})
    await room.do(calls.end_call, call="call-1", taker=her)
    await room.follow()
    assert (await room.seat(me)).monitors is None


async def test_she_chooses_the_seat_for_a_call_that_waits_rings_or_talks(web: Web, room: Room) -> None:
    browser = await web.signed_in(Role.SUPERVISOR)
    me = browser.headers["x-test-person"]
    await room.rings("call-1")
    _, one = await taker(web, room, talking=None)
    _, other = await taker(web, room, talking=None)
    await room.follow()
    ringing_at = (await room.call("call-1")).offered_to
    other = other if ringing_at == one else one
    answer = await browser.post("/pengawas/panggilan/call-1/alih", data={"to": other})
    assert answer.status_code == 204, answer.text
    assert (await room.call("call-1")).offered_to == other
    assert (await room.seat(ringing_at or "")).state is SeatState.READY
    await room.do(calls.answer_call, taker=other)
    await browser.post("/pengawas/panggilan/call-1/alih", data={"to": ringing_at or ""})
    assert (await room.call("call-1")).offered_to == ringing_at
    audited = [
        entry.event for entry in await room.archive.read(0) if entry.event.name == "call.reassigned.v1"
    ]
    assert [(event.to, event.by) for event in audited] == [(other, me), (ringing_at, me)]
    nobody = await browser.post("/pengawas/panggilan/call-1/alih", data={"to": "nobody"})
    assert nobody.status_code == 409


async def test_she_sends_somebody_to_rest_and_back_and_it_is_written_who_did(web: Web, room: Room) -> None:
    _, her = await taker(web, room, talking=None)
    browser = await web.signed_in(Role.SUPERVISOR)
    await browser.post(f"/pengawas/meja/{her}", data={"verb": "pause", "reason": "makan"})
    seat = await room.seat(her)
    assert (seat.state, seat.reason) == (SeatState.AWAY, "makan")
    assert "makan" in (await browser.get("/pengawas/meja", headers=HTMX)).text
    await browser.post(f"/pengawas/meja/{her}", data={"verb": "come"})
    assert (await room.seat(her)).state is SeatState.READY
    audited = [entry.event for entry in await room.archive.read(0) if entry.event.name == "seat.set.v1"]
    assert [(event.verb, event.reason) for event in audited] == [("pause", "makan"), ("come", None)]
