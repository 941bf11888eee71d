"""The one-tap link: one request to read, one to accept, no account, no script, and no accident."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from siaga.domain.contact import Contact
from siaga.domain.event import AssignmentAcknowledged
from siaga.domain.roles import Role, Viewer
from siaga.features.dispatch import actions as dispatch
from siaga.features.dispatch.links import LINK_MINUTES, make_link
from siaga.features.incidents import actions as incidents
from siaga.records.archive import Transaction
from tests.a_web_process import Web
from tests.features.scenes import FORM, STREET, a_fire, a_hidden_case, opened, page, seen
from tests.room import Room

PAGE_BYTES_MAX = 60_000  # a weak signal at the roadside


async def a_link(web: Web, room: Room, who: str = "c-1", **ago: float) -> str:
    incident = await opened(room, a_fire(notes=("api dari dapur",), hazards=("terjebak",)))
    asked = await room.assignment(incident, "api")
    made = make_link(web.process.secret, assignment=asked.id, who=who, now=room.now - timedelta(**ago))
    return f"/t/{made}"


async def knows(room: Room, contact: str, name: str) -> None:
    async def add(tx: Transaction, *, now: object) -> None:
        tx.put(Contact(id=contact, agency="api", rung=0, name=name, address="json://api.test"))

    await room.do(add)


async def test_opening_a_link_changes_nothing(web: Web, room: Room) -> None:
    address = await a_link(web, room)
    before = await web.archive.head()
    for _ in range(3):
        await page(web.browser(), address)
    assert await web.archive.head() == before


async def test_the_card_needs_no_account_no_script_and_no_second_request(web: Web, room: Room) -> None:
    browser = web.browser()
    answer = await browser.get(await a_link(web, room))
    text = answer.text
    words = seen(text)
    card = (
        "112 → api",
        "P1 KRITIS",
        "Kebakaran rumah",
        "Jl. Melati 3",
        "Terjebak",
        "api dari dapur",
        "TERIMA",
    )
    for expected in card:
        assert expected in words
    assert len(answer.content) <= PAGE_BYTES_MAX
    assert "<script" not in text
    assert "set-cookie" not in answer.headers
    fetched = re.findall(r"""(?:src|href|url\()\s*=?\s*["']?([^"'\s>)]+)""", text)
    assert {address for address in fetched if not address.startswith(("data:", "tel:"))} == set()
    assert re.findall(r"<(?:nav|a) [^>]*>", text) == ['<a href="tel:112">']


async def test_one_tap_accepts_and_a_second_tap_is_answered_like_the_first(web: Web, room: Room) -> None:
    await knows(room, "c-1", "Pak Dedi")
    address = await a_link(web, room)
    browser = web.browser()
    for _ in range(2):
        answer = await browser.post(address, headers=FORM)
        assert answer.status_code == 200
        assert "Anda menerima" in seen(answer.text)
    entries = [entry.event for entry in await web.archive.read(0)]
    assert [event.by for event in entries if isinstance(event, AssignmentAcknowledged)] == ["c-1"]
    assert "button" not in re.sub(r"<style.*?</style>", "", (await browser.get(address)).text, flags=re.S)


async def test_who_comes_second_is_told_who_was_first(web: Web, room: Room) -> None:
    await knows(room, "c-1", "Pak Dedi")
    address = await a_link(web, room, who="c-2")
    asked = (await room.all(dispatch.Assignment, agency="api"))[0]
    first = Viewer(person="c-1", name="Pak Dedi", roles=(Role.AGENCY,), agency="api")
    await room.do(dispatch.acknowledge, assignment=asked.id, by=first)

    assert "Sudah diterima" in seen(await page(web.browser(), address))
    answer = await web.browser().post(address, headers=FORM)
    assert (answer.status_code, "oleh Pak Dedi" in seen(answer.text)) == (409, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_old_link_says_so_and_offers_the_telephone(web: Web, room: Room, method: str) -> None:
    address = await a_link(web, room, minutes=LINK_MINUTES + 1)
    answer = await web.browser().request(method, address, headers=FORM)
    assert answer.status_code == 403
    assert "Tautan ini sudah kedaluwarsa" in seen(answer.text)
    assert 'href="tel:112"' in answer.text
    assert (await room.all(dispatch.Assignment, agency="api"))[0].state == "sent"


async def test_a_link_that_is_none_says_so(web: Web) -> None:
    assert "Tautan ini tidak sah" in seen(await page(web.browser(), "/t/bukan-tautan", 403))


async def test_a_link_shows_nothing_of_a_protected_case(web: Web, room: Room) -> None:
    asked = await room.assignment(await opened(room, a_hidden_case(notes=("pelaku di rumah",))), "polisi")
    made = make_link(web.process.secret, assignment=asked.id, who="c-1", now=room.now)
    browser = web.browser()
    for text in (await page(browser, f"/t/{made}"), (await browser.post(f"/t/{made}", headers=FORM)).text):
        assert "Kejadian terbatas" in text
        for secret in (STREET, "Kasus lindung", "pelaku", "Utara"):
            assert secret not in text
    assert (await room.assignment(asked.incident, "polisi")).state == "acknowledged"


async def test_a_link_to_a_closed_incident_accepts_nothing(web: Web, room: Room) -> None:
    address = await a_link(web, room)
    asked = (await room.all(dispatch.Assignment, agency="api"))[0]
    await room.do(incidents.close_incident, incident=asked.incident, outcome="cancelled", by="rani")
    assert "sudah ditutup 112" in seen(await page(web.browser(), address))
    answer = await web.browser().post(address, headers=FORM)
    assert (answer.status_code, "sudah ditutup 112" in seen(answer.text)) == (409, True)


async def test_another_site_cannot_press_the_button(web: Web, room: Room) -> None:
    address = await a_link(web, room)
    foreign: httpx.Response = await web.browser().post(
        address, headers={**FORM, "origin": "https://jahat.example", "sec-fetch-site": "cross-site"}
    )
    assert foreign.status_code == 403
    assert (await room.all(dispatch.Assignment, agency="api"))[0].state == "sent"
