"""The taker's desk on a real installation: what her fingers do is never lost, moved or misunderstood."""

from __future__ import annotations

import re
import time
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
CARET = """() => {
  const at = document.activeElement;
  return [at.id, at.selectionStart, at.selectionEnd, at.value];
}"""
COUNT_RECONNECTS = """() => {
  window.siagaReconnects = 0;
  new MutationObserver(() => window.siagaReconnects++).observe(
    document.querySelector("siaga-voice"), { attributes: true, attributeFilter: ["data-voice"] });
}"""
SUGGESTIONS_OPEN = 3
WHOLE = """(one) => {
  const box = one.getBoundingClientRect(), top = document.elementFromPoint(box.x + 20, box.bottom - 3);
  return box.bottom <= innerHeight && one.contains(top);
}"""
KEY_MS = 180  # five keys a second, with what the key itself takes
QUEUE_MOVES_SECONDS_MAX = 1.0


def test_a_prank_takes_two_keys_and_the_next_caller_is_hers(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    first = telephone.dial("081100000001")
    rani.answer()
    second = telephone.dial("081100000002")
    expect(rani.page.locator("#queue")).to_contain_text("0811…0002")

    rani.keys = 0
    rani.press("F9", "2")
    began = time.monotonic()
    rani.expect_ringing(QUEUE_MOVES_SECONDS_MAX * 3)
    assert time.monotonic() - began < QUEUE_MOVES_SECONDS_MAX * 3
    assert rani.keys == 2
    assert house.value("select disposition from call where number = '081100000001'") == "prank"
    house.wait_until(lambda: first.was_hung_up_on, "the prank caller is hung up on", 5)
    rani.answer()
    expect(rani.page.locator("#strip-title")).to_have_text("081100000002")
    assert not second.was_hung_up_on


def test_a_fire_with_somebody_trapped_takes_25_keys_and_15_seconds(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    telephone.dial("081100000020")
    rani.expect_ringing()
    rani.keys, began = 0, time.monotonic()
    keys = ["F2", *"keb", "Enter", *"kesambi", "Enter", "Tab", *"3/5", "Tab", "Alt+1", "Control+Enter"]
    for key in keys:
        rani.press(key)
        rani.page.wait_for_timeout(KEY_MS)
    expect(rani.page.locator("[data-message]")).to_contain_text("Terkirim")
    assert time.monotonic() - began <= 15
    assert rani.keys <= 25
    picture(rani.page, "desk, sent")
    sent = house.rows(
        "select type, rt_rw, hazards, kecamatan, priority from incident order by opened_at desc limit 1"
    )
    kept = sent[0]
    assert kept["type"].startswith("kebakaran")
    assert (kept["rt_rw"], len(kept["hazards"]), kept["priority"]) == ("3/5", 1, 1)
    assert kept["kecamatan"] is not None


def test_a_headset_that_nobody_speaks_into_stays_connected(desk: SitDown) -> None:
    rani = desk("taker1")
    voice = rani.page.locator("siaga-voice")
    rani.page.evaluate(COUNT_RECONNECTS)
    rani.page.wait_for_timeout(8000)
    assert voice.get_attribute("data-voice") == "on"
    assert rani.page.evaluate("window.siagaReconnects") == 0


def test_a_caller_who_cannot_speak_is_not_put_away_as_silent(desk: SitDown, telephone: Telephone) -> None:
    rani = desk("taker1")
    caller = telephone.dial("081100000003")
    rani.answer()
    rani.press("F9", "Escape", *"ada 2 orang")
    expect(rani.page.locator("#what")).to_have_value("ada 2 orang")
    caller.press("55")
    expect(rani.page.locator("#strip")).to_contain_text("menekan 55")
    rani.press("F9", "1")
    expect(rani.page.locator("[data-message]")).to_contain_text("memberi tanda tidak bisa bicara")
    expect(rani.page.locator("#what")).to_have_value("ada 2 orang")
    expect(rani.page.locator("#seat-state")).to_have_attribute("data-seat", "talking")


def test_a_caller_who_gives_up_is_listed_until_he_has_been_called_back(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    busy = telephone.dial("081100000004")
    rani.answer()
    gone = telephone.dial("081100000005")
    expect(rani.page.locator("#queue")).to_contain_text("0811…0005")
    gone.hang_up()

    missed = rani.page.locator("#missed")
    expect(missed).to_contain_text("0811…0005")
    expect(missed).to_contain_text("Ditinggal sebelum dijawab")
    picture(rani.page, "desk, somebody missed")
    expect(rani.page.locator("#queue")).not_to_contain_text("0811…0005")
    busy.hang_up()
    expect(rani.page.locator("#strip")).to_contain_text("Penelepon menutup")
    rani.press("F9", "3")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")

    row = missed.locator("[data-row]", has_text="0811…0005")
    row.focus()
    rani.press("C")
    expect(rani.page.locator("#strip-title")).to_have_text("081100000005")
    rani.press("F9", "3")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
    expect(missed).not_to_contain_text("0811…0005")
    kept = house.rows("select disposition, attempts from call where number = '081100000005'")[0]
    assert kept["disposition"] == "information"
    assert kept["attempts"] == 1, "he was rung, and nobody answered"


def test_a_reload_in_the_middle_of_a_sheet_loses_no_letter(desk: SitDown, telephone: Telephone) -> None:
    rani = desk("taker1")
    caller = telephone.dial("081100000006")
    rani.answer()
    rani.page.keyboard.type("kebakaran ruko dekat pasar")
    for _ in range(6):
        rani.press("ArrowLeft")
    before = rani.page.evaluate(CARET)
    rani.page.reload()
    expect(rani.page.locator("#what")).to_have_value("kebakaran ruko dekat pasar")
    expect(rani.page.locator("#what")).to_be_focused()
    assert rani.page.evaluate(CARET) == before
    rani.expect_headset()
    assert rani.hears()
    assert not caller.was_hung_up_on


def test_news_does_not_touch_what_she_is_typing(desk: SitDown, telephone: Telephone, sign_in: SignIn) -> None:
    rani, dewi = desk("taker1"), desk("taker2")
    telephone.dial("081100000007")
    one, other = sorted((rani, dewi), key=lambda taker: taker.wait_if_ringing(), reverse=True)
    one.answer()
    one.page.keyboard.type("kebakaran gudang")
    for _ in range(3):
        one.press("Shift+ArrowLeft")
    before = one.page.evaluate(CARET)

    telephone.dial("081100000008")
    other.answer()
    other.register("banjir", "kejaksan")
    telephone.dial("081100000009").hang_up()
    expect(one.page.locator("#missed")).to_contain_text("0811…0009")
    assert one.page.evaluate(CARET) == before


def test_escape_never_changes_a_field(desk: SitDown, telephone: Telephone) -> None:
    rani = desk("taker1")
    telephone.dial("081100000010")
    rani.answer()
    rani.page.keyboard.type("kebakaran")
    rani.press("F4")
    rani.page.keyboard.type("kesambi")
    values = "() => [...document.querySelectorAll('siaga-sheet input, siaga-sheet textarea')].map((one) => one.value)"
    before = rani.page.evaluate(values)
    assert "kesambi" in before
    rani.press(*["Escape"] * 5)
    assert rani.page.evaluate(values) == before
    expect(rani.page.locator("#where")).to_be_focused()


def test_two_takers_press_f2_at_once_and_one_of_them_has_the_caller(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    takers = [desk("taker1"), desk("taker2")]
    for taker in takers:
        taker.page.locator("#seat").get_by_role("button", name="Rehat").click()
        expect(taker.page.locator("#seat-state")).to_have_attribute("data-seat", "away")
    telephone.dial("081100000011")
    for taker in takers:
        expect(taker.page.locator("#queue")).to_contain_text("0811…0011")
    for taker in takers:
        taker.press("F2")
    for taker in takers:
        expect(taker.page.locator("#queue")).not_to_contain_text("0811…0011")
    states = [seat_of(house, "taker1"), seat_of(house, "taker2")]
    assert sorted(states) == ["away", "talking"]
    for taker, state in zip(takers, states, strict=True):
        if state == "talking":
            expect(taker.page.locator("#what")).to_be_focused()
            assert taker.hears()
        else:
            expect(taker.page.locator("#status-line")).to_contain_text(
                re.compile("menunggu|dijawab|meja lain")
            )


def seat_of(house: House, username: str) -> str:
    """What this taker is doing, from the record."""
    return str(
        house.value(
            "select seat.state from seat join person on person.city_id = seat.city_id and person.id = seat.taker "
            "where person.username = $1",
            username,
        )
    )


def test_the_sheet_fits_the_design_screen_with_suggestions_open(desk: SitDown, telephone: Telephone) -> None:
    rani = desk("taker1")
    telephone.dial("081100000012")
    rani.answer()
    rani.press(*"keb", "Enter")
    rani.page.keyboard.type("kesa")
    offered = rani.page.locator("#where-options [role=option]")
    expect(offered.nth(SUGGESTIONS_OPEN - 1)).to_be_visible()
    picture(rani.page, "desk, suggestions")
    assert violations(rani.page) == []
    assert scrolls(rani.page, ".sheet-body") is False
    assert offered.nth(SUGGESTIONS_OPEN - 1).evaluate(WHOLE), "the third suggestion is seen whole"
    assert bottoms(rani.page, ".columns > *") <= top_of(rani.page, ".foot")
    tops = rani.page.eval_on_selector_all(
        ".sheet-actions button:not([hidden])",
        "all => all.map((one) => Math.round(one.getBoundingClientRect().top))",
    )
    assert len(set(tops)) == 1
    assert rani.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def bottoms(page: Page, selector: str) -> float:
    """How far down the lowest of these reaches, in pixels."""
    return float(
        page.eval_on_selector_all(
            selector, "all => Math.max(...all.map((one) => one.scrollHeight + one.offsetTop))"
        )
    )


def top_of(page: Page, selector: str) -> float:
    """Where it begins, in pixels."""
    return float(page.eval_on_selector(selector, "one => one.offsetTop"))


def scrolls(page: Page, selector: str) -> bool:
    """Whether something inside is longer than its box."""
    return bool(page.eval_on_selector(selector, "box => box.scrollHeight > box.clientHeight + 1"))


def test_every_key_of_the_desk_is_told_by_f1_and_f6_goes_round(desk: SitDown) -> None:
    rani = desk("taker1")
    rani.press("F1")
    overlay = rani.page.get_by_role("dialog")
    expect(overlay).to_be_visible()
    for key in ("F2", "F3", "F4", "F6", "F7", "F9", "Ctrl", "Esc"):
        expect(overlay).to_contain_text(key)
    rani.press("Escape")
    expect(overlay).to_be_hidden()
    places = []
    for _ in range(20):
        rani.press("F6")
        places.append(rani.page.evaluate("document.activeElement.closest('[data-region]')?.id ?? 'sheet'"))
    assert len(set(places)) >= 5
    assert places[0] == places[len(set(places))]
