"""What she sees and presses, what the caller's telephone shows, and what the networks' endpoint takes."""

from __future__ import annotations

import re
from typing import Any

from siaga import clock
from siaga.adapters.web.sessions import hashed
from siaga.adapters.web.tokens import new_token
from siaga.domain.caller_location import CallerLocation, Fix, LocationSource
from siaga.domain.event import PersonalDataRead
from siaga.domain.message import Message
from siaga.domain.roles import Role
from siaga.features.locating import recording
from siaga.features.locating.citizen_pages import Here
from siaga.features.people.actions import add_token
from siaga.records.archive import Transaction
from tests.a_web_process import Web
from tests.domain.test_location_formats import NULL, V1
from tests.features.incidents.test_desk_pages import a_taker, all_of, answered, typed

PAGE_BYTES_MAX = 15_000
FIX = Fix(lat=-6.7384, lon=108.5517, accuracy_m=14, confidence_percent=95, method="GPS")
TEXT = {"content-type": "text/plain"}


async def a_token(web: Web, scope: str = "location") -> dict[str, str]:
    token = new_token()
    await web.archive.do(add_token, token=hashed(token), name=scope, scope=scope, by="test", now=clock.now())
    return {"authorization": f"Bearer {token}"}


async def located(
    web: Web, call: str = "call-1", fix: Fix = FIX, source: LocationSource = LocationSource.AML
) -> str:
    id = await web.archive.do(recording.receive_fix, call=call, source=source, fix=fix, now=clock.now())
    assert id is not None
    return str(id)


async def read_of(web: Web) -> list[PersonalDataRead]:
    return [entry.event for entry in await web.archive.read(0) if isinstance(entry.event, PersonalDataRead)]


async def test_the_panel_shows_each_source_and_she_takes_one_by_her_own_act(web: Web) -> None:
    desk = await a_taker(web)
    assert "data-empty" in (await desk.get("/meja/lokasi")).text
    sheet = await answered(web, desk)
    await located(web, source=LocationSource.CELL, fix=Fix(lat=-6.73, lon=108.55, accuracy_m=410))
    best = await located(web)
    panel = (await desk.get("/meja/lokasi")).text
    assert panel.index("HP otomatis (AML)") < panel.index("BTS"), "the best comes first"
    assert "±14 m" in panel
    assert "(95%)" in panel
    assert "±410 m" in panel
    assert "GPS" in panel
    taken = (await desk.post(f"/meja/lokasi/{best}/pakai", json={})).json()
    assert (taken["lat"], taken["lon"], taken["accuracy_m"]) == (-6.7384, 108.5517, 14)
    assert taken["kelurahan"]
    assert "Lokasi penelepon" in taken["text"]
    assert "Dipakai" in (await desk.get("/meja/lokasi")).text
    sent = await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed(place=taken)})
    assert sent.status_code == 200, sent.text
    assert "±14 m" in (await desk.get("/meja/lokasi")).text, "after sending too"
    colleague = await a_taker(web)
    assert (await colleague.post(f"/meja/lokasi/{best}/pakai", json={})).status_code == 404


async def test_the_incident_page_says_what_is_known_and_the_point_only_for_a_reason(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    far = await located(web, fix=Fix(lat=-6.65, lon=108.55, accuracy_m=30))
    incident = (await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).json()["incident"]
    shown = (await desk.get(f"/kejadian/{incident}/lokasi")).text
    assert "±30 m" in shown
    assert "cek ulang kota" in shown
    assert "-6.65" not in shown
    assert "108.55" not in shown
    assert await read_of(web) == []
    refused = await desk.post(f"/kejadian/{incident}/lokasi/{far}/lihat", data={"reason": " "})
    assert refused.status_code == 409
    assert await read_of(web) == []
    opened = await desk.post(f"/kejadian/{incident}/lokasi/{far}/lihat", data={"reason": "dicari petugas"})
    assert "-6.65000, 108.55000" in opened.text
    (look,) = await read_of(web)
    assert (look.what, look.subject, look.reason) == ("location", far, "dicari petugas")
    assert (
        await desk.post(f"/kejadian/{incident}/lokasi/unknown/lihat", data={"reason": "x"})
    ).status_code == 404


async def test_the_incident_page_shows_its_panel(web: Web) -> None:
    desk = await a_taker(web)
    sheet = await answered(web, desk)
    incident = (await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": typed()})).json()["incident"]
    assert f"/kejadian/{incident}/lokasi" in (await desk.get(f"/kejadian/{incident}")).text


async def test_f8_writes_one_text_and_says_why_it_does_not_write_another(web: Web) -> None:
    desk = await a_taker(web)
    await answered(web, desk)
    assert 'data-link-reason=""' in (await desk.get("/meja/lokasi")).text
    told = await desk.post("/meja/panggilan/call-1/lokasi/minta", json={})
    assert told.status_code == 200, told.text
    assert "SMS dikirim, belum dibuka" in (await desk.get("/meja/lokasi")).text
    again = await desk.post(
        "/meja/panggilan/call-1/lokasi/minta", json={}, headers={"accept": "application/json"}
    )
    assert again.status_code == 409
    assert "Tunggu" in again.json()["detail"]
    assert "Tunggu sebentar" in (await desk.get("/meja/lokasi")).text
    rebid = await desk.post(
        "/meja/panggilan/call-1/lokasi/ulang", json={}, headers={"accept": "application/json"}
    )
    assert rebid.status_code == 409
    assert "F8" in rebid.json()["detail"]


async def link_of(web: Web, desk: Any) -> str:
    await answered(web, desk)
    await desk.post("/meja/panggilan/call-1/lokasi/minta", json={})
    (message,) = [one for one in await all_of(web, Message) if one.channel == "sms"]
    found = re.search(r"https://112\.example\.id(/l/\S+)", message.text)
    assert found is not None
    return found[1]


async def test_the_callers_page_is_small_needs_nothing_and_brings_his_place(web: Web) -> None:
    desk = await a_taker(web)
    link = await link_of(web, desk)
    telephone = web.browser(address="10.9.9.9")
    page = await telephone.get(link)
    assert page.status_code == 200
    assert len(page.content) <= PAGE_BYTES_MAX
    assert page.text.count("<button") == 2
    assert 'href="tel:112"' in page.text
    assert not re.search(r'(src|href)="(?!tel:|data:,)', page.text), "no second request"
    assert "cookie" not in {name.lower() for name in page.headers if name.lower().startswith("set-")}
    assert "halaman dibuka" in (await desk.get("/meja/lokasi")).text
    here = {"lat": -6.7384, "lon": 108.5517, "accuracy_m": 18.4, "age_s": 2}
    assert (await telephone.post(link, json=here)).json() == {"received": True}
    assert (await telephone.post(link, json=here)).status_code == 429
    shown = (await desk.get("/meja/lokasi")).text
    assert "Tautan SMS" in shown
    assert "±18 m" in shown
    assert "sedang mengirim lokasi" in shown
    assert (await telephone.post(f"{link}/henti")).status_code == 200
    assert (await telephone.post(link, json=here)).status_code == 403
    assert "sudah selesai" in (await telephone.get(link)).text
    assert "dihentikan penelepon" in (await desk.get("/meja/lokasi")).text


async def test_what_is_no_place_or_no_link_of_ours_changes_nothing(web: Web) -> None:
    desk = await a_taker(web)
    link = await link_of(web, desk)
    telephone = web.browser(address="10.9.9.9")
    for bad in ({"lat": 91, "lon": 0}, {"lat": "x", "lon": 1}, {}, {"lat": 1}):
        assert (await telephone.post(link, json=bad)).status_code in (400, 422)
    assert (await telephone.get("/l/" + "x" * 20)).status_code == 404
    forged = link[:-1] + ("0" if link[-1] != "0" else "1")
    assert (await telephone.post(forged, json={"lat": 1, "lon": 1})).status_code == 403
    await telephone.post(link, json={"lat": 0, "lon": 0})
    assert await all_of(web, CallerLocation) == []
    assert Here(lat=1, lon=1).age_s == 0


async def test_the_networks_endpoint_takes_all_three_bodies_and_always_answers_kindly(web: Web) -> None:
    desk = await a_taker(web)
    await answered(web, desk)  # 081324110982
    machine, key = web.browser(), await a_token(web)
    assert (await machine.post("/api/aml", content=V1, headers=TEXT)).status_code == 401
    assert (
        await machine.post("/api/aml", content=V1, headers={**TEXT, **await a_token(web, "panic")})
    ).status_code == 403
    form = {"location_latitude": "-6.7", "location_longitude": "108.5", "location_accuracy": "20",
            "location_confidence": "0.68", "device_number": "+6281324110982"}  # fmt: skip
    first = await machine.post("/api/aml", data=form, headers=key)
    assert (first.status_code, first.json()) == (202, {"matched": True})
    second = await machine.post("/api/aml?number=%2B6281324110982", content=V1, headers={**TEXT, **key})
    assert second.json() == {"matched": True}
    stray = await machine.post("/api/aml", json={"number": "0899999", "text": V1}, headers=key)
    assert (stray.status_code, stray.json()) == (202, {"matched": False})
    for nothing in (NULL, "hello", "", "\x00" * 20_000):
        kind = {**TEXT, **key}
        assert (
            await machine.post("/api/aml?number=0812345", content=nothing, headers=kind)
        ).status_code == 204
    assert sorted((one.call or "", one.accuracy_m) for one in await all_of(web, CallerLocation)) == [
        ("", 14), ("call-1", 14), ("call-1", 20),
    ]  # fmt: skip
    chief = await web.signed_in(Role.SUPERVISOR)
    page = await chief.get("/pengawas/lokasi")
    assert "±14 m" in page.text
    assert "0899999" not in page.text
    assert "-6.72" not in page.text


async def test_a_telephones_own_message_at_the_text_gateway_waits_in_no_queue(web: Web) -> None:
    key = await a_token(web, "panic")
    told = await web.browser().post(
        "/api/sms", json={"number": "0812345678", "text": V1, "key": "gw-0001"}, headers=key
    )
    assert (told.status_code, told.json()) == (201, {"call": None})
    assert await web.archive.value("select count(*) from call where city_id = $1") == 0
    assert len(await all_of(web, CallerLocation)) == 1


async def test_eight_digits_in_di_mana_are_a_place_and_misheard_ones_are_said(web: Web) -> None:
    from siaga.domain.spoken_code import encode, grid_of

    desk = await a_taker(web)
    code = encode(grid_of(web.city), -6.7384, 108.5517)
    assert code is not None
    (first, *_) = (await desk.get("/meja/dimana", params={"q": code})).json()
    assert abs(first["lat"] + 6.7384) < 0.0002
    assert first["kelurahan"]
    assert first["kind"] == "kode lokasi"
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    (said, *_) = (await desk.get("/meja/dimana", params={"q": wrong})).json()
    assert said["lat"] is None
    assert "dibacakan lagi" in said["note"]
    sheet = await answered(web, desk)
    fields = typed(where=code, place=None)
    incident = (await desk.post(f"/meja/lembar/{sheet}/kirim", json={"fields": fields})).json()["incident"]

    async def where(tx: Transaction) -> Any:
        from siaga.domain.incident import Incident

        return (await tx.get(Incident, incident)).place

    place = await web.archive.look(where)
    assert place.text == code
    assert abs(place.lat + 6.7384) < 0.0002
