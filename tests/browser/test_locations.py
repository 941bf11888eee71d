"""Where the caller is, on a real installation: his own telephone's page, her panel, the code read out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Geolocation, expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import PHONE, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
HERE: Geolocation = {"latitude": -6.7384, "longitude": 108.5517, "accuracy": 18}
NUMBER = "081100000077"


def link_to(house: House) -> str:
    """The path of the link in the text that went to him."""
    said = "select text from message where channel = 'sms' and \"to\" = $1 order by created_at desc limit 1"
    house.wait_until(lambda: house.rows(said.replace("$1", f"'{NUMBER}'")) != [], "the text is written", 10)
    found = re.search(r"/l/\S+", house.rows(said.replace("$1", f"'{NUMBER}'"))[0]["text"])
    assert found is not None
    return found[0]


def test_f8_brings_the_callers_own_place_beside_what_he_says_and_one_key_takes_it(
    house: House, desk: SitDown, telephone: Telephone, browser: Browser
) -> None:
    rani = desk("taker1")
    telephone.dial(NUMBER)
    rani.answer()
    house.rows(
        f"update call set demo = true where number = '{NUMBER}' returning id"
    )  # its text goes to the twin
    rani.press(*"keb", "Enter", *"drajat")
    rani.press("F8")
    expect(rani.page.locator("#locations")).to_contain_text("SMS dikirim, belum dibuka")

    context = browser.new_context(
        base_url=house.url, viewport=PHONE, geolocation=HERE, permissions=["geolocation"], has_touch=True
    )
    phone = context.new_page()
    phone.goto(link_to(house))
    assert violations(phone) == []
    phone.locator("#go").tap()
    expect(phone.locator("#state")).to_contain_text("112 menerima lokasi Anda (±18 m)")
    expect(phone.locator("#code")).to_have_text(re.compile(r"\d{4} \d{4}"))
    picture(phone, "the caller's page, received")

    row = rani.page.locator("#locations [data-location]").first
    expect(row).to_contain_text("±18 m")
    expect(row).to_contain_text("Tautan SMS")
    expect(rani.page.locator("#where")).to_have_value("drajat")  # beside, never instead (UT-42)
    picture(rani.page, "the desk with the caller's circle")
    rani.press("Alt+p")
    expect(rani.page.locator("[data-place-line]")).to_contain_text("-6.73840, 108.55170")
    expect(rani.page.locator("#where")).to_have_value("drajat")  # what he said stays
    expect(row).to_contain_text("di dalam lingkaran")
    assert violations(rani.page) == []

    context.set_offline(True)
    context.set_geolocation(
        {"latitude": -6.7300, "longitude": HERE["longitude"], "accuracy": HERE["accuracy"]}
    )
    expect(phone.locator("#state")).to_contain_text("Bacakan angka", timeout=20_000)
    code = phone.locator("#code").inner_text()
    picture(phone, "the caller's page, no data")
    context.close()
    rani.page.locator("#where").fill("")
    rani.press("F4", *code)
    expect(rani.page.locator("#where-options")).to_contain_text("kode lokasi")
    rani.press("Enter")
    expect(rani.page.locator("[data-place-line]")).to_contain_text(re.compile(r"-6\.7(29|30)\d+, 108\.55"))
    expect(row).to_contain_text("m dari lingkaran")


def test_two_write_on_one_sheet_and_each_sees_the_other(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani, septi = desk("taker1"), Desk(desk("taker2").page)
    telephone.dial("081100000078")
    first = rani if rani.wait_if_ringing() else septi
    other = septi if first is rani else rani
    first.answer()
    first.press(*"keb", "Enter", *"drajat")
    other.page.goto("/lembar")
    picture(other.page, "open sheets")
    assert violations(other.page) == []
    other.page.locator("form[action$='/ikut'] button").first.click()
    other.page.locator("#landmark").click()
    other.press(*"masjid")
    expect(first.page.locator("#landmark")).to_have_value("masjid", timeout=15_000)
    expect(first.page.locator("#company")).to_contain_text("Patokan")
    expect(other.page.locator("#where")).to_have_value("drajat", timeout=15_000)
    assert first.page.evaluate("document.activeElement.id") == "where", "her caret stays where it was"
    picture(first.page, "two on one sheet")
    assert violations(other.page) == []
    picture(other.page, "a colleague's sheet")
    other.page.goto("/serah-terima")
    assert violations(other.page) == []
    picture(other.page, "the change of shifts")
    other.page.goto("/meja")
