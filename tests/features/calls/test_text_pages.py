"""Conversations by text, asked for as the desk asks."""

from __future__ import annotations

from siaga.domain.roles import Role
from siaga.features.citizen.actions import text_arrived
from tests.a_web_process import Web
from tests.room import Room

HTMX = {"hx-request": "true", "accept": "text/html"}


async def test_she_reads_lays_aside_and_opens_again_and_is_told_that_nothing_can_be_sent(
    web: Web, room: Room
) -> None:
    browser = await web.signed_in(Role.TAKER)
    await room.on_duty(browser.headers["x-test-person"], headset=False)
    text = await room.do(text_arrived, number="081200000009", said="tolong <b>kami</b>")
    assert 'id="texts-body"' not in (await browser.get("/meja/pesan", headers=HTMX)).text
    assert (await browser.post("/meja/jawab", json={})).status_code == 200

    opened = (await browser.get("/meja/pesan", headers=HTMX)).text
    assert "tolong &lt;b&gt;kami" in opened
    assert "1 dari 3" in opened
    assert "Belum ada gerbang SMS" in opened
    refused = await browser.post(f"/meja/pesan/{text}/balas", json={"text": "ya"})
    assert (refused.status_code, "gerbang SMS" in refused.text) == (409, True)

    assert (await browser.post(f"/meja/pesan/{text}/sisihkan", json={})).status_code == 200
    room.later(5)
    await room.do(text_arrived, number="081200000009", said="cepat")
    aside = (await browser.get("/meja/pesan", headers=HTMX)).text
    assert 'data-text-act="buka"' in aside
    assert "pesan baru" in aside
    assert (await browser.post(f"/meja/pesan/{text}/buka", json={})).status_code == 200
    assert "cepat" in (await browser.get("/meja/pesan", headers=HTMX)).text
    assert 'id="texts"' in (await browser.get("/meja", headers={"accept": "text/html"})).text
