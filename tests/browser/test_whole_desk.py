"""The desk as one thing: whatever comes together on it, who rings is in sight, and news costs only who it concerns."""

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
OUT_OF_PLACE = """() => {
  const foot = document.querySelector(".foot").getBoundingClientRect().top;
  return [...document.querySelectorAll("main [data-region]")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.height > 0 && (box.bottom > foot + 1 || box.height < 32);
  }).map((one) => one.id || one.tagName);
}"""
IN_SIGHT = """(one) => {
  const box = one.getBoundingClientRect(), around = one.closest(".panel-body").getBoundingClientRect();
  return box.top >= around.top && box.bottom <= around.bottom + 1;
}"""
PANELS = (
    "/meja/bar",
    "/meja/antrean",
    "/meja/terlewat",
    "/meja/kendali",
    "/meja/senyap",
    "/meja/lembar",
    "/meja/bukan",
)
FETCHED_PER_EVENT_MAX = (
    1.2  # on a desk that has nothing to do with the call; it was 2.5 before panels said what concerns them
)


def test_who_rings_is_in_sight_above_six_missed_callers_and_nothing_stands_outside(
    desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    rani.page.get_by_role("button", name="Rehat").click()
    for number in range(6):
        telephone.dial(f"08119900000{number}").hang_up()
    expect(rani.page.locator("#missed [data-row]")).to_have_count(6)
    telephone.dial("081199000010")
    rani.page.locator("[data-voice-start]").click()
    rani.expect_ringing()
    assert rani.page.locator("#queue [data-answer]").first.evaluate(IN_SIGHT), "the button that answers"
    expect(rani.page.locator(".idle h2")).to_contain_text("Panggilan masuk")
    rani.answer()
    rani.press("Alt+v")
    expect(rani.page.locator("#silent-body")).to_have_attribute("data-check", "running", timeout=8_000)
    picture(rani.page, "desk, everything at once")
    assert rani.page.evaluate(OUT_OF_PLACE) == []
    assert violations(rani.page) == []
    rani.press("F9", "2")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
    expect(rani.page.locator("#same [data-same]")).to_have_count(0)  # nothing to join without a caller


def test_a_desk_fetches_little_for_a_call_of_somebody_else(
    house: House, desk: SitDown, sign_in: SignIn, telephone: Telephone
) -> None:
    rani = desk("taker1")
    other = Desk(sign_in("taker2"))
    other.open()
    fetched: list[str] = []
    counted(other.page, fetched)
    before = house.value("select max(position) from journal")
    caller = telephone.dial("081199000020")
    rani.answer()
    rani.register()
    rani.press("Shift+F3", "Shift+F3")
    caller.hang_up()
    expect(rani.page.locator("#strip")).to_contain_text("Penelepon menutup")
    other.page.wait_for_timeout(1000)  # what the last event brings
    events = house.value(f"select max(position) from journal where position > {before}") - before
    assert events >= 8
    assert len(fetched) / events <= FETCHED_PER_EVENT_MAX, sorted(fetched)


def counted(page: Page, fetched: list[str]) -> None:
    """Keep the addresses of the panels this page asks for from now on."""
    page.on(
        "request",
        lambda asked: fetched.append(asked.url) if any(one in asked.url for one in PANELS) else None,
    )
