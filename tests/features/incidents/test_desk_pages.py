"""The desk: a call is answered, typed about, sent once, corrected, and nothing typed is ever lost."""

from __future__ import annotations

from typing import Any

import httpx

from siaga import clock
from siaga.domain.call import Call, CallState
from siaga.domain.incident import Incident, Note, Reporter
from siaga.domain.roles import Role
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls import actions as calls
from siaga.records.archive import Transaction
from tests.a_web_process import Web

KESAMBI = {"text": "Kesambi", "lat": -6.7384, "lon": 108.5517}


async def a_ringing_call(web: Web, call: str = "call-1", number: str = "081324110982") -> str:
    return await web.archive.do(
        calls.call_arrived,
        call=call,
        number=number,
        display_name=None,
        node="n",
        channel="voice",
        now=clock.now(),
    )


async def a_taker(web: Web) -> httpx.AsyncClient:
    """Signed in, ready, headset on."""
    desk = await web.signed_in(Role.TAKER)
    assert (await desk.post("/meja/status", data={"verb": "come"})).status_code == 204
    await web.archive.do(calls.seat_connected, taker=desk.headers["x-test-person"], now=clock.now())
    return desk


async def answered(web: Web, desk: httpx.AsyncClient, call: str = "call-1") -> str:
    await a_ringing_call(web, call)
    told = await desk.post("/meja/jawab", json={})
    assert told.status_code == 200, told.text
    return str(told.json()["sheet"])


def typed(**fields: Any) -> dict[str, Any]:
    return {"what": "kebakaran rumah", "type": None, "where": "Kesambi", "place": KESAMBI, **fields}


async def all_of(web: Web, entity: type) -> list[Any]:
    async def find(tx: Transaction) -> list[Any]:
        return await tx.find(entity)

    found: list[Any] = await web.archive.look(find)
    return found


async def test_the_whole_screen_opens_idle_and_with_a_call(web: Web) -> None:
    desk = await a_taker(web)
    idle = await desk.get("/meja")
    assert idle.status_code == 200
    assert "Siap menerima." in idle.text

    await answered(web, desk)
    busy = await desk.get("/meja")
    assert "081324110982" in busy.text
    assert "SIBUK" in busy.text


async def test_the_queue_shows_a_masked_number_until_somebody_answers(web: Web) -> None:
    desk = await a_taker(web)
    await a_ringing_call(web)
    queue = (await desk.get("/meja/antrean")).text

    assert "0813…0982" in queue
    assert "081324110982" not in queue


async def test_sending_makes_one_incident_however_often_it_is_sent(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    first = await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed(notes="14:07 api di dapur")})
    again = await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})

    assert first.status_code == 200, first.text
    assert first.json()["incident"] == again.json()["incident"]
    assert "Damkar" in first.json()["agencies"]
    (incident,) = await all_of(web, Incident)
    assert (incident.number, incident.place.text, incident.kind) == (1, "Kesambi", "kebakaran")
    assert incident.place.kelurahan is not None
    assert [note.text for note in await all_of(web, Note)] == ["kebakaran rumah", "14:07 api di dapur"]
    assert [one.number for one in await all_of(web, Reporter)] == ["081324110982"]
    (call,) = await all_of(web, Call)
    assert (call.incident, call.state) == (incident.id, CallState.TALKING)


async def test_words_without_a_chosen_place_are_sent_as_they_are(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    sent = await desk.post(
        f"/meja/lembar/{sheet}/kirim", json={"fields": typed(place=None, where="dekat sawah")}
    )

    assert sent.status_code == 200, sent.text
    (incident,) = await all_of(web, Incident)
    assert (incident.place.text, incident.place.method) == ("dekat sawah", "unknown")


async def test_words_no_type_fits_still_reach_somebody(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    sent = await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed(what="zzzqqq")})

    assert sent.status_code == 200, sent.text
    assert sent.json()["agencies"]
    assert [note.text for note in await all_of(web, Note)] == ["zzzqqq"]


async def test_without_where_it_is_refused_in_words_and_nothing_is_lost(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    draft = {"version": 0, "fields": typed(where="", place=None)}
    assert (await desk.put(f"/meja/lembar/{sheet}", json=draft)).json() == {"version": 1}
    refused = await desk.post(
        f"/meja/lembar/{sheet}/kirim",
        json={"fields": typed(where="", place=None)},
        headers={"accept": "application/json"},
    )

    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("Isi di mana kejadiannya")
    assert "kebakaran rumah" in (await desk.get("/meja/lembar")).text


async def test_an_older_tab_cannot_type_over_a_newer_save(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    await desk.put(f"/meja/lembar/{sheet}", json={"version": 0, "fields": typed(notes="baru")})
    late = await desk.put(f"/meja/lembar/{sheet}", json={"version": 0, "fields": typed(notes="lama")})

    assert late.status_code == 409
    assert (late.json()["version"], late.json()["fields"]["notes"]) == (1, "baru")


async def test_a_sheet_belongs_to_whoever_has_the_call(web: Web) -> None:
    desk, other = await a_taker(web), await a_taker(web)
    sheet = await answered(web, desk)
    fields = {"version": 0, "fields": typed()}

    assert (await other.put(f"/meja/lembar/{sheet}", json=fields)).status_code == 409
    assert (await other.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).status_code == 404


async def test_what_is_known_better_after_sending_corrects_the_incident(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    sent = (await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).json()
    told = await desk.patch(
        f"/kejadian/{sent['incident']}", json={"landmark": "sebelah masjid", "rt_rw": "3/5"}
    )

    assert told.json() == {"changed": True, "priority": 1, "contested": []}
    (incident,) = await all_of(web, Incident)
    assert (incident.landmark, incident.rt_rw, incident.place.text) == ("sebelah masjid", "3/5", "Kesambi")


async def test_a_second_caller_joins_and_what_was_typed_goes_into_the_story(web: Web) -> None:
    desk, other = await a_taker(web), await a_taker(web)
    sheet = await answered(web, desk)
    sent = (await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).json()
    second = await answered(web, other, "call-2")
    body = {"incident": sent["incident"], "fields": typed(notes="dua rumah terbakar")}
    joined = await other.post(f"/meja/lembar/{second}/gabung", json=body)
    again = await other.post(f"/meja/lembar/{second}/gabung", json=body)

    assert joined.json() == again.json() == {key: sent[key] for key in ("incident", "number", "url")}
    assert len(await all_of(web, Incident)) == 1
    assert len(await all_of(web, Reporter)) == 2
    assert "dua rumah terbakar" in [note.text for note in await all_of(web, Note)]


async def test_a_non_call_is_gone_in_one_request_and_the_taker_is_ready(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    told = await desk.post("/meja/panggilan/call-1/bukan", json={"kind": "prank", "sheet": sheet})

    assert told.status_code == 200, told.text
    (call,) = await all_of(web, Call)
    assert (call.state, call.disposition) == (CallState.ENDED, "prank")
    assert [seat.state for seat in await all_of(web, Seat)] == [SeatState.READY]
    assert "Siap menerima." in (await desk.get("/meja/lembar")).text


async def test_after_hanging_up_and_sending_the_sheet_is_finished_and_she_is_ready(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    await desk.post("/meja/panggilan/call-1/tutup", json={})
    early = await desk.post(f"/meja/lembar/{sheet}/selesai", json={}, headers={"accept": "application/json"})
    assert early.status_code == 409

    await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})
    assert (await desk.post(f"/meja/lembar/{sheet}/selesai", json={})).status_code == 200
    assert [seat.state for seat in await all_of(web, Seat)] == [SeatState.READY]


async def test_suggestions_say_why_and_where(web: Web) -> None:
    desk = await a_taker(web)
    what = (await desk.get("/meja/apa", params={"q": "keb"})).json()
    where = (await desk.get("/meja/dimana", params={"q": "kesambi"})).json()

    assert what[0]["priority"] == 1
    assert what[0]["agencies"]
    assert what[0]["why"]
    assert where[0]["kecamatan"] == "Kesambi"
    assert where[0]["lat"] is not None


async def test_an_open_incident_nearby_is_shown_before_anything_is_sent(web: Web) -> None:
    desk, other = await a_taker(web), await a_taker(web)
    sheet = await answered(web, desk)
    sent = (await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).json()
    second = await answered(web, other, "call-2")
    query = {"sheet": second, "text": "Kesambi", "lat": str(KESAMBI["lat"]), "lon": str(KESAMBI["lon"])}
    kind = (await all_of(web, Incident))[0].type

    assert sent["incident"] in (await other.get("/meja/sama", params={**query, "type": kind})).text
    assert "Belum ada yang mirip" in (await other.get("/meja/sama", params=query)).text


async def test_an_agency_operator_has_no_desk(web: Web) -> None:
    operator = await web.signed_in(Role.AGENCY, agency="damkar")
    for url in ("/meja", "/meja/antrean", "/meja/lembar"):
        assert (await operator.get(url)).status_code == 403
