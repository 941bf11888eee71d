"""*Di mana*: one box, five proposals, and what lies outside the city."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.people import SignIn, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]


def test_the_box_takes_landmarks_links_codes_and_places_of_a_neighbour(
    desk: SitDown, telephone: Telephone, sign_in: SignIn
) -> None:
    rani = desk("taker1")
    telephone.dial("081100000014")
    rani.answer()
    rani.press(*"keb", "Enter")
    page, where = rani.page, rani.page.locator("#where")
    options = page.locator("#where-options [role=option]")

    page.keyboard.type("depan mesjid at-taqwa, jl kartini rt 3/5")
    expect(options.first).to_contain_text("Masjid Raya At-Taqwa")
    expect(options.first).to_contain_text("belum dipastikan")
    assert options.count() <= 5
    picture(page, "desk, where")
    assert violations(page) == []
    rani.press("Enter")
    expect(where).to_have_value(
        "depan Masjid Raya At-Taqwa, jl kartini rt 3/5"
    )  # every other word as she typed it
    expect(page.locator("#rt_rw")).to_have_value("3/5")
    expect(page.locator("#outside")).to_be_hidden()

    where.fill("https://maps.app.goo.gl/Ab12")
    expect(options.first).to_contain_text("tautan pendek tidak bisa dibuka tanpa internet")
    where.fill("https://maps.google.com/maps?q=-6.66,108.42&z=17&hl=id")
    expect(options.first).to_contain_text("-6.660000, 108.420000")
    where.press("Enter")
    expect(page.locator("#rt_rw")).to_have_value("")  # it went with the other place
    outside = page.locator("#outside")
    expect(outside).to_contain_text("112 Kabupaten Cirebon")
    expect(outside.get_by_role("button")).to_have_attribute("data-shortcut", "neighbour")
    picture(page, "desk, outside the city")
    assert violations(page) == []

    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("#")
    told = page.locator("[data-message]").inner_text()
    number = "".join(letter for letter in told.partition("#")[2].split()[0] if letter.isdigit())
    page.goto(f"/kejadian/{number}")
    expect(page.locator("#head-title")).to_contain_text(f"#{number}")
    picture(page, "incident, outside the city")
    assert violations(page) == []

    boss = sign_in("pengawas")
    boss.goto("/pengawas/nama-tempat")
    expect(boss.locator("h1")).to_have_text("Nama tempat")
    picture(boss, "supervisor, place names")
    assert violations(boss) == []
