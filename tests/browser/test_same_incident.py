"""A second caller about one incident, and two people about one field: by keys, without losing a word."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import SignIn, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
KEYS_MAX = 18  # UT-03
NEWEST = "select id from incident order by opened_at desc limit 1"
COUNT = "select count(*) from incident"
REPORTERS = (
    "select count(*) from reporter where incident = (select id from incident order by opened_at desc limit 1)"
)


def test_a_second_caller_joins_in_18_keys_and_can_be_taken_out_again(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    telephone.dial("081100000301")
    rani.answer()
    rani.register("kebak", "kesambi")
    rani.press("Shift+F2")
    expect(rani.page.locator("#call-now[data-talking='true']")).to_have_count(0)
    rani.page.wait_for_timeout(1600)  # a second Ctrl+Enter sooner is a nervous finger
    rani.press("Control+Enter")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
    fire, incidents = str(house.value(NEWEST)), house.value(COUNT)

    telephone.dial("081100000302")
    rani.expect_ringing()
    rani.keys = 0
    rani.press("F2")
    expect(rani.page.locator("#what")).to_be_focused()
    rani.press(*"asap", "Enter", *"kesambi", "Enter")
    likely = rani.page.locator(f"#same [data-same='{fire}']")
    expect(likely).to_contain_text("1 pelapor")
    expect(likely).to_contain_text("baru saja")
    picture(rani.page, "desk, same")
    assert violations(rani.page) == []
    rani.press("F7")
    expect(rani.page.locator("[data-message]")).to_contain_text("Enter = ya")
    rani.press("Enter")
    expect(rani.page.locator("[data-message]")).to_contain_text("Bergabung ke #")
    assert rani.keys <= KEYS_MAX
    assert house.value(COUNT) == incidents, "no second incident"
    assert house.value(REPORTERS) == 2

    rani.page.wait_for_timeout(1100)  # until then the panel may still show the sheet as it was before joining
    assert rani.post("/batalkan", {}) == 200  # what Ctrl+Z sends
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "draft")
    assert house.value(REPORTERS) == 1
    expect(rani.page.locator(f"#same [data-same='{fire}']")).to_be_visible()
    rani.press("F7", "Enter")
    expect(rani.page.locator("[data-message]")).to_contain_text("Bergabung ke #")
    assert house.value(REPORTERS) == 2
    rani.page.locator("[data-undo-join]").click()
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "draft")
    expect(rani.page.locator("#where")).not_to_have_value("")  # what she typed is still there
    assert house.value(REPORTERS) == 1
    rani.press("Control+Enter")
    expect(rani.page.locator("[data-message]")).to_contain_text("Terkirim")
    assert house.value(COUNT) == incidents + 1, "sent after all, as an incident of its own"


def test_two_people_one_field_and_she_chooses(
    house: House, sign_in: SignIn, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    telephone.dial("081100000303")
    rani.answer()
    rani.register()
    fire = str(house.value(NEWEST))
    page, other = sign_in("taker2"), sign_in("dispatcher")
    for one in (page, other):
        one.goto(f"/kejadian/{fire}")
    changes(other, "#patokan", "depan pasar")
    expect(other.locator("#story")).to_contain_text("depan pasar", timeout=20_000)
    changes(page, "#patokan", "belakang masjid")

    choice = page.locator("#conflict [data-state=conflict]")
    expect(choice).to_contain_text("mengubah patokan", timeout=20_000)
    expect(choice.locator("[data-keep]")).to_contain_text("depan pasar")
    assert house.value(f"select landmark from incident where id = '{fire}'") == "depan pasar"
    picture(page, "incident, two values")
    assert violations(page) == []
    page.emulate_media(media="print")
    expect(page.locator("#changes")).to_be_hidden()
    expect(page.locator("#story-title")).to_be_visible()
    page.emulate_media(media="screen")
    choice.locator("[data-mine]").click()
    expect(page.locator("#story")).to_contain_text("belakang masjid", timeout=20_000)
    expect(page.locator("#story s.struck").filter(has_text="depan pasar")).to_have_count(1)
    assert house.value(f"select landmark from incident where id = '{fire}'") == "belakang masjid"


def changes(page: Page, field: str, value: str) -> None:
    page.locator(field).fill(value)
    page.locator(field).press("Enter")
