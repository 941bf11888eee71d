"""Every verb does what its preview said, through the same acts as buttons and keys, for whoever may."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from siaga.domain.incident import Incident, Note, Outcome
from siaga.domain.place import Place
from siaga.domain.reminder import Reminder
from siaga.domain.roles import Role
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.console.reminders import tell_due
from siaga.features.incidents.actions import Report
from tests.a_web_process import Web
from tests.features.conftest import HIDDEN
from tests.room import Room


class Line:
    """The command line of one person."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser

    async def sees(self, line: str) -> dict[str, Any]:
        answer = await self.browser.post("/perintah/lihat", json={"line": line})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def enters(self, line: str, seen: str = "", key: str = "") -> httpx.Response:
        seen = seen or (await self.sees(line))["seen"]
        headers = {"idempotency-key": key} if key else {}
        return await self.browser.post(
            "/perintah/jalankan", json={"line": line, "seen": seen}, headers=headers
        )

    async def does(self, line: str) -> str:
        """Type, read, Enter; what was read and what the server says was done are the same sentence."""
        seen = await self.sees(line)
        assert seen["state"] == "ready", seen
        answer = await self.enters(line, seen["seen"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["says"] == seen["says"]
        return str(seen["says"])


@pytest.fixture
async def line(web: Web) -> Line:
    """A dispatcher's."""
    return Line(await web.signed_in(Role.DISPATCHER))


async def an_incident(room: Room) -> tuple[str, str]:
    """A fire; its id and number."""
    id = await room.opens(report=a_report())
    await room.follow()
    return id, str((await room.incident(id)).number)


def a_report(kind: str = "kebakaran.rumah") -> Report:
    return Report(type=kind, place=Place(text="Jl. Contoh 3", lat=-6.99, lon=110.0))


async def test_units_are_sent_and_the_sentence_before_enter_is_what_happens(line: Line, room: Room) -> None:
    await room.has_unit("AP1", "api")
    await room.has_unit("AP2", "api")
    id, number = await an_incident(room)
    said = await line.does(f"D AP1,AP2 {number} lewat belakang")
    assert said == f"Kirim AP1, AP2 ke #{number} Kebakaran rumah, Jl. Contoh 3. Catatan: lewat belakang"
    sent = [await room.one(Unit, code) for code in ("AP1", "AP2")]
    assert {(unit.status, unit.incident) for unit in sent} == {(UnitStatus.ASSIGNED, id)}
    assert [note.text for note in await room.all(Note, incident=id)] == ["lewat belakang"]
    assert (await line.sees(f"D AP1 {number}"))["state"] == "refused"
    for typed, status in (
        ("jl ap1", "JL"),
        ("A AP1", "TB"),
        ("BW ap1 RSUD", "BW"),
        ("U AP1 rs", "RS"),
        ("F AP1", "KB"),
    ):
        await line.does(typed)
        assert (await room.one(Unit, "AP1")).status == status
    await line.does("OS AP1")
    assert (await room.one(Unit, "AP1")).status is UnitStatus.OUT_OF_SERVICE


async def test_incidents_are_noted_hurried_asked_about_and_closed(line: Line, room: Room) -> None:
    id, number = await an_incident(room)
    _, other = await an_incident(room)
    await line.does(f"N {number} api di dapur. 1 anak")
    assert [note.text for note in await room.all(Note, incident=id)] == ["api di dapur. 1 anak"]
    await line.does(f"P {number} 1")
    await line.does(f"O {number} medis")
    assert "medis" in await room.asked(id)
    assert (await line.sees(f"G {number} {number}"))["state"] == "refused"
    said = await line.does(f"G {number} {other}")
    assert said.startswith(f"Gabung #{number}")
    assert (await room.incident(id)).outcome is Outcome.DUPLICATE
    await line.does(f"T {other} palsu")
    assert await room.all(Incident, outcome=None) == []


async def test_a_new_incident_and_its_page_and_the_map(line: Line, room: Room) -> None:
    seen = await line.sees("II rumah terbakar; Utara; api besar")
    answer = await line.enters("II rumah terbakar; Utara; api besar", seen["seen"])
    opened = (await room.all(Incident))[0]
    assert answer.json()["url"] == f"/kejadian/{opened.id}"
    assert seen["says"].startswith("Kejadian baru: Kebakaran rumah P2, Kelurahan Utara")
    shown = (await line.enters(f"L {opened.number}")).json()["show"]
    assert (shown["lat"], shown["lon"]) == (opened.place.lat, opened.place.lon)


async def test_what_is_unknown_brings_the_nearest_and_never_an_error(line: Line, room: Room) -> None:
    for code in ("AP1", "AP2", "MD1", "PL1"):
        await room.has_unit(code, "api")
    _, number = await an_incident(room)
    wrong = await line.sees(f"D AP9 {number}")
    assert (wrong["state"], [one["word"] for one in wrong["choices"]]) == ("unknown", ["AP1", "AP2", "PL1"])
    assert wrong["choices"][0]["line"] == f"D AP1 {number}"
    begun = await line.sees("D AP")
    assert (begun["state"], begun["choices"][0]["line"]) == ("begun", "D AP1 ")
    assert (await line.sees("xyz 3"))["state"] == "unknown"
    assert len((await line.sees("?"))["choices"]) == 19


async def test_last_digits_are_enough_and_two_that_end_alike_are_both_named(line: Line, room: Room) -> None:
    for _ in range(20):
        await room.opens(report=a_report())
    assert (await line.sees("VI 1"))["says"].startswith("Buka halaman #1 ")  # a whole number is that number
    assert (await line.sees("VI 17"))["says"].startswith("Buka halaman #17 ")
    both = await line.sees("VI 0")
    assert (both["state"], both["says"]) == ("unknown", "0 bisa berarti #20, #10.")
    assert [one["line"] for one in both["choices"]] == ["VI 20", "VI 10"]


async def test_what_changed_between_reading_and_enter_is_not_done(line: Line, room: Room) -> None:
    await room.has_unit("AP1", "api")
    id, number = await an_incident(room)
    seen = (await line.sees(f"D AP1 {number}"))["seen"]
    await line.does("OS AP1")
    await line.does("U AP1 SD")
    answer = await line.enters(f"D AP1 {number}", seen)
    assert (answer.status_code, answer.json()["state"]) == (409, "ready")
    assert (await room.one(Unit, "AP1")).incident is None
    seen = answer.json()["seen"]
    first = await line.enters(f"D AP1 {number}", seen, key="k1")
    again = await line.enters(f"D AP1 {number}", seen, key="k1")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert (await room.one(Unit, "AP1")).incident == id


async def test_the_last_act_is_taken_back_by_whoever_did_it_and_only_if_nobody_went_on(
    line: Line, room: Room, web: Web
) -> None:
    await room.has_unit("MD1", "medis")
    id, number = await an_incident(room)
    before = (await room.one(Unit, "MD1")).since
    await line.does(f"DE MD1 {number}")
    assert (await line.browser.get("/batalkan")).json()["left_ms"] > 0
    other = Line(await web.signed_in(Role.DISPATCHER))
    assert (await other.browser.post("/batalkan")).status_code == 409
    assert (await line.browser.post("/batalkan")).status_code == 200
    unit = await room.one(Unit, "MD1")
    assert (unit.status, unit.incident, unit.since) == (UnitStatus.READY, None, before)
    assert (await room.asked(id))["medis"] == "withdrawn"
    assert (await line.browser.post("/batalkan")).status_code == 409
    await line.does(f"P {number} 1")
    await other.does(f"P {number} 3")
    assert (await line.browser.post("/batalkan")).status_code == 409
    await other.does("Z")
    assert (await room.incident(id)).priority == 1


async def test_a_reminder_comes_when_its_time_has_come_and_is_put_away(
    line: Line, room: Room, web: Web
) -> None:
    await line.does("W 5 telepon RT")
    assert "telepon RT" not in (await line.browser.get("/pengingat")).text
    room.later(301)
    await room.do(tell_due)
    assert "telepon RT" in (await line.browser.get("/pengingat")).text
    reminder = (await room.all(Reminder))[0]
    other = await web.signed_in(Role.DISPATCHER)
    assert (await other.post(f"/pengingat/{reminder.id}/selesai")).status_code == 403
    assert "telepon RT" not in (await line.browser.post(f"/pengingat/{reminder.id}/selesai")).text


async def test_who_may_not_is_told_and_protected_cases_do_not_exist(web: Web, room: Room, line: Line) -> None:
    await room.has_unit("AP1", "api")
    hidden = await room.opens(report=a_report(HIDDEN.code), by="somebody")
    number = (await room.incident(hidden)).number
    for typed in (f"D AP1 {number}", f"N {number} x", f"VI {number}", f"L {number}", f"T {number} palsu"):
        seen = await line.sees(typed)
        assert seen["state"] == "unknown"
        assert "Kasus lindung" not in str(seen)
    _, number2 = await an_incident(room)
    taker = Line(await web.signed_in(Role.TAKER))
    assert (await taker.sees(f"D AP1 {number2}"))["state"] == "refused"
    agency = Line(await web.signed_in(Role.AGENCY, agency="api"))
    assert (await agency.browser.post("/perintah/lihat", json={"line": "D"})).status_code == 403


async def test_a_callers_history_is_shown_once_and_the_look_is_in_the_journal(line: Line, room: Room) -> None:
    await room.rings(call="c1")
    answer = await line.enters("C +6281200000001", key="once")
    assert len(answer.json()["lines"]) == 2
    assert (await room.story())[-1] == "privacy.read"
