"""A protected report, by keyboard in a real browser: who typed it works on, nobody else finds a trace of it (UT-57)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.walk.house import House
from tests.walk.people import picture

from .screens import settle, violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

STREET, STORY, NAME = "Gang Kenanga Ungu 14", "anak dikunci di kamar sejak kemarin", "Sulastri Kartini"
SECRETS = (STREET, STORY, NAME, "081377718899")


def reports(page: Page) -> str:
    """The report as it is typed, without a mouse; returns the address of the incident."""
    page.goto("/terlindung/lapor")
    assert violations(page) == []
    page.locator("#where").focus()
    page.keyboard.type(STREET)
    for words in ("", STORY, NAME, "081377718899"):  # kelurahan stays empty
        page.keyboard.press("Tab")
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Kekerasan terhadap anak")
    return page.url


def test_a_protected_report_is_in_no_page_source_outside_its_circle_and_every_state_is_readable(
    house: House, sign_in: Callable[..., Page]
) -> None:
    taker = sign_in("taker1")
    address = reports(taker)
    settle(taker)
    circle = taker.locator("[data-state=restricted]")
    expect(circle).to_contain_text("1 x 24 jam")
    expect(taker.locator("#circle .safety")).to_contain_text("belum ditanyakan")
    for scheme in ("dark", "light"):
        taker.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        picture(taker, f"a protected case, {scheme}")
        assert violations(taker) == []
    taker.locator("select[name=verdict]").focus()
    taker.keyboard.type("tidak")
    taker.keyboard.press("Tab")
    taker.keyboard.press("Tab")
    taker.keyboard.press("Tab")
    taker.keyboard.press("Enter")
    expect(taker.locator("#circle .safety")).to_contain_text("JANGAN ditelepon")

    other = sign_in("dispatcher")
    number = house.value("select max(number) from incident where protected")
    for path in (
        "/papan",
        "/laporan",
        f"/kejadian/{number}",
        address,
        "/pengawas",
        "/dinding",
        "/meja/kertas/paket",
    ):
        other.goto(path)
        source = other.content()
        for secret in SECRETS:
            assert secret not in source, f"{path} holds {secret}"
    other.goto("/terlindung/buka")
    assert violations(other) == []
    other.locator("#number").fill(f"{number}")
    other.locator("#reason").fill("petugas di jalan tersesat")
    other.keyboard.press("Enter")
    expect(other.locator("h1")).to_contain_text("Kekerasan terhadap anak")
    expect(taker.locator("#circle")).to_contain_text("MEMBUKA DARURAT")  # the circle sees it without asking

    taker.goto("/atur/tempat")
    taker.locator("#text").fill("Anjing galak di halaman")
    taker.locator("#where").fill("Rumah pojok")
    taker.locator("#point").fill("-6.7123, 108.5567")
    taker.locator("#radius_m").press("Enter")
    expect(taker.locator("table")).to_contain_text("Anjing galak")
    picture(taker, "what is kept about places")
    assert violations(taker) == []
