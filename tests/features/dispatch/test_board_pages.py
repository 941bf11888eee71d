"""The dispatcher's board: everything that is open and may be known, the most urgent first, and nothing more."""

from __future__ import annotations

import io
import re

import httpx
import pytest
from openpyxl import load_workbook

from siaga.domain.event import AssignmentSent
from siaga.domain.roles import Role
from siaga.features.dispatch import actions as dispatch
from siaga.features.dispatch.shelving import return_shelved
from siaga.features.incidents import actions as incidents
from tests.a_web_process import NAVIGATION, Web
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


async def overdue(room: Room) -> None:
    room.later(3600)
    await room.do(dispatch.escalate_overdue, city=room.city)


async def rows_of_the_file(browser: httpx.AsyncClient) -> list[tuple[object, ...]]:
    """What the downloaded table holds, below its heading."""
    answer = await browser.get("/papan/kejadian.xlsx", headers=NAVIGATION)
    assert answer.status_code == 200, answer.text[:300]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return list(sheet.iter_rows(min_row=2, values_only=True))


async def test_the_most_urgent_come_first_and_among_equals_the_oldest(web: Web, room: Room) -> None:
    for priority in (3, 1, 2, 1):
        await opened(room, a_fire(priority=priority))
        room.later(5)
    browser = await web.signed_in(Role.DISPATCHER)
    text = await page(browser, "/papan/kejadian")
    assert re.findall(r"data-open[^>]*>(\d+)</a>", text) == ["2", "4", "3", "1"]
    assert "Kejadian terbuka 4" in seen(text)
    assert [row[1] for row in await rows_of_the_file(browser)] == [2, 4, 3, 1]


async def test_a_row_says_who_has_not_answered_and_how_far_it_is(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.DISPATCHER)
    assert "Belum dijawab api" in seen(await page(browser, "/papan/kejadian"))
    asked = await room.assignment(incident, "api")
    await room.do(dispatch.acknowledge, assignment=asked.id, by=BOSS)
    assert "Diterima" in seen(await page(browser, "/papan/kejadian"))
    await room.do(dispatch.arrive, assignment=asked.id, by=BOSS)
    assert "Di TKP" in seen(await page(browser, "/papan/kejadian"))
    await room.do(dispatch.finish, assignment=asked.id, by=BOSS, result="padam")
    assert "Selesai, belum ditutup" in seen(await page(browser, "/papan/kejadian"))


async def test_a_protected_case_does_not_exist_outside_its_circle(web: Web, room: Room) -> None:
    hidden = await opened(room, a_hidden_case())
    await room.has_unit("POL1", "polisi")
    await room.do(dispatch.set_unit_status, unit="POL1", status="DT", incident=hidden, by=BOSS)
    asked = await room.assignment(hidden, "polisi")
    await overdue(room)
    outside, inside = (
        await web.signed_in(Role.DISPATCHER),
        await web.signed_in(Role.SUPERVISOR, in_circle=True),
    )

    for browser, at in ((outside, 0), (inside, 0)):
        assert len(await rows_of_the_file(browser)) == at, "a protected case is in no file"
    for address in ("/papan", "/papan/kejadian", "/papan/unit", "/papan/alarm", "/papan/alarm/daftar"):
        text = await page(outside, address)
        for secret in (STREET, "Kasus lindung", hidden):
            assert secret not in text, address
    assert "Kejadian terbuka 0" in seen(await page(outside, "/papan/kejadian"))
    assert "Alarm (0)" in seen(await page(outside, "/papan/alarm/daftar"))
    await page(outside, f"/papan/rincian/{hidden}", 404)
    for address, given in (
        (f"/papan/kejadian/{hidden}/opd", {"agency": "api"}),
        (f"/papan/kejadian/{hidden}/unit", {"unit": "POL1"}),
        (f"/papan/tugas/{asked.id}/tautan", {}),
        (f"/opd/tugas/{asked.id}/terima", {}),
    ):
        assert (await outside.post(address, data=given, headers=HTMX)).status_code == 404, address

    assert STREET in await page(inside, "/papan/kejadian")
    assert "Alarm (1)" in seen(await page(inside, "/papan/alarm/daftar"))
    assert "Kasus lindung" in await page(inside, "/papan/alarm")


async def test_an_alarm_that_was_acknowledged_leaves_the_bar_but_stays_in_the_list(
    web: Web, room: Room
) -> None:
    await opened(room)
    await overdue(room)
    browser = await web.signed_in(Role.DISPATCHER)
    bar = await page(browser, "/papan/alarm")
    assert "api BELUM MENJAWAB; sekarang dihubungi: Kepala" in seen(bar)
    assert bar.count('data-shortcut="acknowledge_alarm"') == 1
    assert "Tunda 5 mnt Shift+F2" in seen(bar)
    aside = re.findall(r'data-shelve="([^"]+)"', bar)[0]
    assert (
        await browser.post(f"/papan/alarm/{aside}/tunda", json={"reason": "why not"}, headers=HTMX)
    ).status_code == 400
    for _ in range(2):
        answer = await browser.post(
            f"/papan/alarm/{aside}/tunda", json={"reason": "already_called"}, headers=HTMX
        )
        assert answer.status_code == 204
    assert "BELUM MENJAWAB" not in await page(browser, "/papan/alarm")
    words = seen(await page(browser, "/papan/alarm/daftar"))
    assert "Alarm (1) 0 belum diterima" in words
    assert "oleh Nama dispatcher0: sudah ditelepon, menunggu jawaban" in words
    room.later(300)
    await room.do(return_shelved)
    bar = await page(browser, "/papan/alarm")
    assert "sudah 1 kali ditunda" in seen(bar)
    address = re.findall(r'hx-post="(/papan/alarm/[^"]+/terima)"', bar)[0]

    for _ in range(2):
        answer = await browser.post(address, data={}, headers=HTMX)
        assert (answer.status_code, "BELUM MENJAWAB" in answer.text) == (200, False)
    words = seen(await page(browser, "/papan/alarm/daftar"))
    assert "Alarm (1) 0 belum diterima" in words
    assert "oleh Nama dispatcher0; penyebabnya masih ada" in words


async def test_no_more_than_three_bars_and_the_rest_is_counted(web: Web, room: Room) -> None:
    for _ in range(5):
        await opened(room)
    await overdue(room)
    browser = await web.signed_in(Role.DISPATCHER)
    bar = await page(browser, "/papan/alarm")
    assert bar.count('id="bar-') == 3
    assert "+2 lagi" in bar
    assert (await page(browser, "/papan/alarm/daftar")).count('id="alarm-') == 6  # five rows and the heading


async def test_what_the_plan_wants_is_proposed_and_sent_as_it_was_read_or_not_at_all(
    web: Web, room: Room
) -> None:
    incident = await opened(room)
    for code in ("API1", "API2"):
        await room.has_unit(code, "api")
    browser = await web.signed_in(Role.DISPATCHER)
    detail = await page(browser, f"/papan/rincian/{incident}")
    assert "Saran: API1" in seen(detail)
    assert 'data-shortcut="send_proposal"' in detail
    address = f"/papan/kejadian/{incident}/saran"
    answer = await browser.post(address, data={"units": "API1,NIHIL"}, headers=HTMX)
    assert answer.status_code == 404
    assert "API1 DT" not in seen(await page(browser, f"/papan/rincian/{incident}"))
    answer = await browser.post(address, data={"units": "API1,API2"}, headers=HTMX)
    assert answer.status_code == 200
    assert "API1 DT" in seen(answer.text)
    assert "API2 DT" in seen(answer.text)
    assert "Saran:" not in answer.text


async def test_sending_a_unit_asks_its_agency_as_well(web: Web, room: Room) -> None:
    incident = await opened(room)
    await room.has_unit("MED1", "medis")
    browser = await web.signed_in(Role.DISPATCHER)
    for _ in range(2):
        answer = await browser.post(f"/papan/kejadian/{incident}/unit", data={"unit": "med1"}, headers=HTMX)
        assert answer.status_code == 200
        assert "MED1 DT" in seen(answer.text)
    assert await room.asked(incident) == {"api": "sent", "medis": "sent"}

    other = await opened(room)
    busy = await browser.post(f"/papan/kejadian/{other}/unit", data={"unit": "MED1"}, headers=HTMX)
    assert (busy.status_code, busy.json()["detail"]) == (409, "Unit MED1 masih menangani kejadian lain.")
    assert await room.asked(other) == {"api": "sent"}


async def test_one_more_agency_is_asked_once(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.TAKER)
    first = await browser.post(f"/papan/kejadian/{incident}/opd", data={"agency": "polisi"}, headers=HTMX)
    again = await browser.post(f"/papan/kejadian/{incident}/opd", data={"agency": "polisi"}, headers=HTMX)
    assert (first.status_code, again.status_code) == (200, 409)
    events = [entry.event for entry in await web.archive.read(0)]
    assert [e.agency for e in events if isinstance(e, AssignmentSent)] == ["api", "polisi"]


async def test_a_copied_link_opens_the_card_and_names_who_gave_it(web: Web, room: Room) -> None:
    incident = await opened(room)
    asked = await room.assignment(incident, "api")
    browser = await web.signed_in(Role.DISPATCHER)
    before = await web.archive.head()
    box = await browser.post(f"/papan/tugas/{asked.id}/tautan", data={}, headers=HTMX)
    assert await web.archive.head() == before
    address = re.findall(r'value="(?:https?://[^/"]+)(/t/[^"]+)"', box.text)[0]

    assert "Anda menerima" in (await web.browser().post(address, headers=FORM)).text
    inbox = await web.signed_in(Role.AGENCY, agency="api")
    assert "lewat tautan dari Nama dispatcher0" in seen(await page(inbox, "/opd"))

    taker = await web.signed_in(Role.TAKER)
    assert (await taker.post(f"/papan/tugas/{asked.id}/tautan", data={}, headers=HTMX)).status_code == 403


async def test_who_only_looks_gets_no_buttons(web: Web, room: Room) -> None:
    incident = await opened(room)
    await overdue(room)
    head = await web.signed_in(Role.HEAD)
    text = await page(head, "/papan")
    assert "Kebakaran rumah" in text
    assert "<form" not in text.split("<main", 1)[1]
    asking = await head.post(f"/papan/kejadian/{incident}/opd", data={"agency": "polisi"}, headers=HTMX)
    assert asking.status_code == 403


async def test_a_closed_incident_leaves_the_board(web: Web, room: Room) -> None:
    incident = await opened(room)
    await room.do(incidents.close_incident, incident=incident, outcome="handled", by="rani")
    browser = await web.signed_in(Role.DISPATCHER)
    text = await page(browser, "/papan")
    assert "Tidak ada kejadian terbuka." in text
    assert "data-empty" in text


@pytest.mark.parametrize("open_now", [1, 15])
async def test_the_board_asks_three_questions_however_much_is_open(
    web: Web, room: Room, open_now: int
) -> None:
    for _ in range(open_now):
        await room.opens(report=a_fire())
    await room.follow()
    await overdue(room)
    browser = await web.signed_in(Role.DISPATCHER)
    await page(browser, "/papan")
    with queries_counted(web) as asked:
        text = await page(browser, "/papan")
    assert text.count('id="row-') == open_now
    assert len(asked) == 3
