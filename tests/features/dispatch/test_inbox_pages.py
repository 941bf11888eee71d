"""The agency's inbox: its own tasks and nobody else's, each answer once, also without scripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siaga.domain.event import AssignmentAcknowledged, UnitStatusChanged
from siaga.domain.roles import Role
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from tests.a_web_process import Web
from tests.features.scenes import (
    BOSS,
    FORM,
    HTMX,
    STREET,
    a_fire,
    a_hidden_case,
    opened,
    page,
    queries_counted,
    seen,
)
from tests.room import Room


async def happened(web: Web, kind: type) -> int:
    return sum(isinstance(entry.event, kind) for entry in await web.archive.read(0))


async def test_an_agency_sees_what_it_was_asked_and_nothing_else(web: Web, room: Room) -> None:
    await opened(room, a_fire(hazards=("terjebak",), notes=("api dari dapur",), landmark="sebelah masjid"))
    browser = await web.signed_in(Role.AGENCY, agency="api")
    other = await web.signed_in(Role.AGENCY, agency="kantor")

    words = seen(await page(browser, "/opd"))
    for expected in (
        "Kebakaran rumah",
        "Jl. Melati 3, sebelah masjid",
        "Terjebak",
        "api dari dapur",
        "TERIMA",
        "P1",
    ):
        assert expected in words
    assert "Tidak ada tugas untuk kantor." in seen(await page(other, "/opd"))


async def test_accepting_twice_is_one_acceptance(web: Web, room: Room) -> None:
    asked = await room.assignment(await opened(room), "api")
    browser = await web.signed_in(Role.AGENCY, agency="api")

    for _ in range(2):
        answer = await browser.post(f"/opd/tugas/{asked.id}/terima", data={}, headers=HTMX)
        assert answer.status_code == 200
        assert "Tiba di TKP" in seen(answer.text)
    assert await happened(web, AssignmentAcknowledged) == 1


async def test_the_second_person_of_an_agency_is_told_that_somebody_was_first(web: Web, room: Room) -> None:
    asked = await room.assignment(await opened(room), "api")
    first, second = (
        await web.signed_in(Role.AGENCY, agency="api"),
        await web.signed_in(Role.FIELD, agency="api"),
    )

    assert (await first.post(f"/opd/tugas/{asked.id}/terima", data={}, headers=HTMX)).status_code == 200
    answer = await second.post(f"/opd/tugas/{asked.id}/terima", data={}, headers=HTMX)
    assert (answer.status_code, answer.json()["detail"]) == (409, "Sudah diterima sebelumnya.")
    assert "oleh Nama agency0" in seen(await page(second, "/opd"))


async def test_a_task_goes_from_accepted_to_done_with_one_line_of_result(web: Web, room: Room) -> None:
    incident = await opened(room)
    asked = await room.assignment(incident, "api")
    browser = await web.signed_in(Role.AGENCY, agency="api")
    for step in ("terima", "tiba"):
        await browser.post(f"/opd/tugas/{asked.id}/{step}", data={}, headers=HTMX)

    assert "Hasilnya, satu baris" in seen(await page(browser, f"/opd/tugas/{asked.id}/selesai"))
    empty = await browser.post(f"/opd/tugas/{asked.id}/selesai", data={"result": " "}, headers=HTMX)
    assert (empty.status_code, empty.json()["detail"]) == (409, "Tulis hasilnya satu baris.")
    answer = await browser.post(f"/opd/tugas/{asked.id}/selesai", data={"result": "api padam"}, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/opd")

    assert "api padam" in seen(await page(browser, "/opd"))
    assert (await room.assignment(incident, "api")).result == "api padam"


async def test_not_ours_needs_a_reason_and_is_never_the_end(web: Web, room: Room) -> None:
    incident = await opened(room)
    asked = await room.assignment(incident, "api")
    browser = await web.signed_in(Role.AGENCY, agency="api")

    silent = await browser.post(f"/opd/tugas/{asked.id}/bukan", data={"reason": ""}, headers=HTMX)
    assert silent.status_code == 409
    for _ in range(2):
        answer = await browser.post(
            f"/opd/tugas/{asked.id}/bukan", data={"reason": "listrik: PLN"}, headers=HTMX
        )
        assert answer.status_code == 200
    assert "Bukan wewenang kami: listrik: PLN" in seen(answer.text)
    await room.follow()
    assert await room.asked(incident) == {"api": "declined", "piket": "sent"}


async def test_nobody_answers_for_another_agency(web: Web, room: Room) -> None:
    asked = await room.assignment(await opened(room), "api")
    browser = await web.signed_in(Role.AGENCY, agency="medis")

    for step in ("terima", "bukan", "tiba", "selesai"):
        answer = await browser.post(
            f"/opd/tugas/{asked.id}/{step}", data={"reason": "x", "result": "x"}, headers=HTMX
        )
        assert answer.status_code == 404, step
    for form in ("bukan", "selesai"):
        await page(browser, f"/opd/tugas/{asked.id}/{form}", 404)
    assert (await room.assignment(asked.incident, "api")).state == "sent"


async def test_an_agency_moves_its_own_units_once_and_only_to_what_it_may_know(web: Web, room: Room) -> None:
    incident, hidden = await opened(room), await opened(room, a_hidden_case())
    await room.has_unit("API1", "api")
    await room.has_unit("MED1", "medis")
    asked = await room.assignment(incident, "api")
    browser = await web.signed_in(Role.AGENCY, agency="api")
    await browser.post(f"/opd/tugas/{asked.id}/terima", data={}, headers=HTMX)

    async def sends(unit: str, status: str, target: str = "") -> int:
        given = {"unit": unit, "status": status, "incident": target}
        return (await browser.post("/opd/unit", data=given, headers=HTMX)).status_code

    assert [await sends("API1", "DT", incident), await sends("API1", "DT", incident)] == [200, 200]
    assert await happened(web, UnitStatusChanged) == 1
    assert await sends("API1", "JL") == 200
    assert await sends("MED1", "TS") == 403
    assert await sends("API1", "SD") == 200
    assert await sends("API1", "DT", hidden) == 404
    assert await sends("API1", "??") == 403
    unit = await room.one(Unit, "API1")
    assert (unit.status, unit.incident) == (UnitStatus.READY, None)


async def test_a_protected_case_says_only_that_there_is_one_unless_the_agency_may_know(
    web: Web, room: Room
) -> None:
    hidden = await opened(room, a_hidden_case(notes=("pelaku masih di rumah",)))
    await room.do(dispatch.ask_agency, city=room.city, incident=hidden, agency="api", by=BOSS)
    outside = await web.signed_in(Role.AGENCY, agency="api")
    inside = await web.signed_in(Role.AGENCY, agency="polisi")

    text = await page(outside, "/opd")
    assert "Kejadian terbatas" in text
    for secret in (STREET, "Kasus lindung", "pelaku masih", "Utara"):
        assert secret not in text
    assert STREET in await page(inside, "/opd")


async def test_without_scripts_every_button_comes_back_to_the_inbox(web: Web, room: Room) -> None:
    asked = await room.assignment(await opened(room), "api")
    browser = await web.signed_in(Role.AGENCY, agency="api")
    csrf = browser.headers.pop("x-csrftoken")
    assert f'name="_csrf_token" value="{csrf}"' in await page(browser, "/opd")

    answer = await browser.post(f"/opd/tugas/{asked.id}/terima", data={"_csrf_token": csrf}, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/opd")
    for elsewhere in ("https://jahat.example/", "//jahat.example", "/\\jahat.example"):
        answer = await browser.post(
            f"/opd/tugas/{asked.id}/terima", data={"_csrf_token": csrf, "back": elsewhere}, headers=FORM
        )
        assert answer.headers["location"] == "/opd"
    assert (await browser.post(f"/opd/tugas/{asked.id}/tiba", data={}, headers=FORM)).status_code == 403


async def test_an_account_without_an_agency_is_told_so(web: Web) -> None:
    browser = await web.signed_in(Role.AGENCY, agency="tidak-ada")
    assert "Akun ini belum terhubung ke instansi" in await page(browser, "/opd", 403)


async def test_an_empty_inbox_proves_that_it_is_live_and_that_messages_arrive(web: Web) -> None:
    browser = await web.signed_in(Role.AGENCY, agency="api")
    text = await page(browser, "/opd")
    assert "data-empty" in text
    assert "data-live-clock" in text
    assert "Belum pernah ada pesan yang sampai ke instansi ini" in text


async def test_closing_takes_the_task_away_and_says_who_did(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.AGENCY, agency="api")
    assert "/terima" in await page(browser, "/opd")
    await room.do(incidents.close_incident, incident=incident, outcome="cancelled", by="rani")
    text = await page(browser, "/opd")
    assert "Ditutup oleh 112" in text
    assert "/terima" not in text


@pytest.mark.parametrize("cards", [1, 12])
async def test_the_inbox_asks_three_questions_however_many_tasks_there_are(
    web: Web, room: Room, cards: int
) -> None:
    for number in range(cards):
        await room.opens(report=replace(a_fire(), landmark=f"rumah {number}", notes=("satu", "dua")))
    await room.follow()
    browser = await web.signed_in(Role.AGENCY, agency="api")
    await page(browser, "/opd/kotak")
    with queries_counted(web) as asked:
        text = await page(browser, "/opd/kotak")
    assert text.count("card-waiting") == cards
    assert len(asked) == 3
