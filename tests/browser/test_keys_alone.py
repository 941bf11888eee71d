"""The whole work without a mouse: a call, another, dispatch, closing, alarms. The focus is never nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import PHONE, SignIn, picture

from .screens import close_all, sheet_by_hand, violations
from .test_pages import overdue, row_of

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
KEY_MS, BEFORE_ENTER_MS = 60, 250  # she reads what Enter will take
R1_MINIMAL_KEYS_MAX, R2_KEYS_MAX = 18, 22  # UT-01, UT-02
NON_CALL_MS_MAX = 300  # UT-04
TIMER_SECONDS_OFF_MAX = 1.0  # UT-18
NEWEST = "select type, landmark, kelurahan from incident order by opened_at desc limit 1"
WATCH_HANDS = """() => {
  window.siagaClicks = 0;
  addEventListener("mousedown", () => window.siagaClicks++, { capture: true });
  addEventListener("keydown", (event) => { window.siagaKeyAt = event.timeStamp; }, { capture: true });
}"""
# Programs press buttons through click(); only a hand makes a mousedown. Before the page's own scripts, so that it sees
# the keys they take.
HAS_FOCUS = "() => document.activeElement !== null && document.activeElement !== document.body"
TALKED = """() => {
  const [minutes, seconds] = document.querySelector("#strip time[data-age]").textContent.trim().split(":");
  return { shown: Number(minutes) * 60 + Number(seconds), at: Date.now() / 1000 };
}"""
UNTIL_IDLE = """() => {
  window.siagaIdle = new Promise((done) => {
    const sheet = document.querySelector("siaga-sheet");
    new MutationObserver((_, watch) => {
      if (sheet.dataset.sheet !== "idle") return;
      watch.disconnect();
      requestAnimationFrame(() => done(performance.now() - window.siagaKeyAt));
    }).observe(sheet, { attributes: true, attributeFilter: ["data-sheet"] });
  });
}"""


class Fingers:
    """Presses keys one after another and looks after each whether the focus is somewhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        page.add_init_script(f"({WATCH_HANDS})()")
        page.evaluate(WATCH_HANDS)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_timeout(BEFORE_ENTER_MS if key.endswith("Enter") else KEY_MS)
            self.page.keyboard.press(key)
            self.keys += 1
            assert self.page.evaluate(HAS_FOCUS), f"the focus is nowhere after {key}"

    def to(self, region: str, most: int = 12) -> None:
        """F6 until this region has the focus."""
        for _ in range(most):
            if self.page.evaluate("(id) => !!document.activeElement.closest('#' + id)", region):
                return
            self.press("F6")
        raise AssertionError(f"F6 never comes to {region}")

    def expect_no_mouse(self) -> None:
        assert self.page.evaluate("window.siagaClicks") == 0


def test_a_call_and_the_next_with_keys_alone(house: House, desk: SitDown, telephone: Telephone) -> None:
    rani = desk("taker1")
    page, fingers = rani.page, Fingers(rani.page)
    sent = page.locator("[data-message]")

    telephone.dial("081100000401")  # R2: an unconscious person at a landmark, on the second floor
    rani.expect_ringing()
    fingers.press("F2")
    expect(page.locator("#what")).to_be_focused()
    before = page.evaluate(TALKED)
    page.reload()  # UT-18: in the middle of a sheet
    expect(page.locator("#what")).to_be_focused()
    after = page.evaluate(TALKED)
    lost = after["shown"] - before["shown"] - (after["at"] - before["at"])
    assert abs(lost) <= TIMER_SECONDS_OFF_MAX + 1, "a shown second is a whole one: two looks round by one"
    fingers.press(*"pings", "Enter", *"prujak", "Enter", *"lt 2", "Control+Enter")
    expect(sent).to_contain_text("Terkirim")
    assert fingers.keys <= R2_KEYS_MAX
    kept = house.rows(NEWEST)[0]
    assert kept["type"].startswith("kesehatan")
    assert (kept["landmark"], kept["kelurahan"] is not None) == ("lt 2", True)
    rani.expect_headset()
    finish(rani, fingers)

    telephone.dial("081100000402")  # R1 with type and place only
    rani.expect_ringing()
    fingers.keys = 0
    fingers.press("F2", *"keb", "Enter", *"kesambi", "Enter", "Control+Enter")
    expect(sent).to_contain_text("Terkirim")
    assert fingers.keys <= R1_MINIMAL_KEYS_MAX
    finish(rani, fingers)

    quickest = float("inf")  # UT-04: of two, because a machine that tests is busy with more than this desk
    for number in ("081100000403", "081100000404"):
        telephone.dial(number)
        rani.expect_ringing()
        fingers.press("F2")
        expect(page.locator("#what")).to_be_focused()
        page.evaluate(UNTIL_IDLE)
        fingers.keys = 0
        for key in ("F9", "2"):
            page.keyboard.press(key)
            fingers.keys += 1
        quickest = min(quickest, float(page.evaluate("window.siagaIdle")))
        assert fingers.keys == 2
        assert page.evaluate(HAS_FOCUS)
    assert quickest <= NON_CALL_MS_MAX
    fingers.expect_no_mouse()


def until_asked(house: House, number: int) -> None:
    """Its agencies have been asked, as they are within milliseconds."""
    asked = "select 1 from assignment a join incident i on i.id = a.incident where i.number = $1"
    house.wait_until(lambda: bool(house.rows(asked, number)), "its agencies are asked", 10)


def all_ready(page: Page, house: House) -> None:
    """Nothing is open and every unit stands in its station, as at the beginning."""
    close_all(page, house)
    house.rows("update unit set status = 'SD', incident = null, version = version + 1")


def finish(rani: Desk, fingers: Fingers) -> None:
    """She hangs up and is ready for the next."""
    fingers.press("Shift+F2")
    expect(rani.page.locator("#call-now[data-talking='true']")).to_have_count(0)
    rani.page.wait_for_timeout(1600)  # a second Ctrl+Enter sooner is a nervous finger
    fingers.press("Control+Enter")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")


def test_dispatch_and_closing_with_keys_alone(house: House, sign_in: SignIn) -> None:
    page = sign_in("dispatcher")
    page.goto("/meja")
    all_ready(page, house)
    quiet = sheet_by_hand(page, "ular", "kesambi")
    number = sheet_by_hand(page, "kebakaran rumah", "Jl. Kesambi Dalam")
    until_asked(house, number)
    page.goto("/papan")
    expect(page.locator("#liveness")).to_have_attribute("data-live", "live")
    fingers = Fingers(page)
    row = page.locator(row_of(page, number))
    fingers.to("incidents")
    if not row.evaluate("(row) => row === document.activeElement"):
        fingers.press("ArrowDown")
    expect(row).to_be_focused()
    fingers.press("Enter")
    expect(page.locator("#detail-title")).to_contain_text(f"#{number}")
    proposal = page.locator("#proposal")
    expect(proposal).to_contain_text("Saran: DMK1 mobil pemadam")
    assert violations(page) == []
    picture(page, "board, units proposed")
    proposed = str(proposal.locator("[name=units]").get_attribute("value")).split(",")
    fingers.keys = 0
    fingers.press("Control+Enter")  # UT-06
    assert fingers.keys == 1
    expect(page.locator("#detail .chip-dt").first).to_be_visible()
    sent = house.rows("select code from unit where status = 'DT' order by code")
    assert [one["code"] for one in sent] == sorted(proposed)

    other = page.locator(row_of(page, quiet))
    fingers.to("incidents")
    fingers.press("ArrowDown")
    expect(other).to_be_focused()
    fingers.press("Control+Enter")  # nothing is sent for a row whose proposal she has not read
    expect(page.locator("#detail-title")).to_contain_text(f"#{quiet}")
    assert house.value("select count(*) from unit where status = 'DT'") == len(proposed)
    line = page.locator("#command")
    for letter, begun in (("n", f"N {quiet} "), ("p", f"P {quiet} "), ("g", f"G {quiet} ")):
        fingers.to("incidents")
        other.focus()
        fingers.press(letter)
        expect(line).to_be_focused()
        expect(line).to_have_value(begun)
        fingers.press("Escape")
    fingers.to("units")
    fingers.press("u")
    expect(line).to_have_value(re.compile(r"^U \w+ $"))

    fingers.press("Control+k", "Control+a", *f"l {number}")  # the line's L shows it on this page's map
    expect(page.locator("#command-says")).to_contain_text("Lihat")
    fingers.press("Enter")
    expect(page.locator("siaga-map .map-info")).to_contain_text(f"#{number}")
    assert len(page.context.pages) == 1, "no page of its own"

    fingers.to("incidents")
    other.focus()
    page.keyboard.press("t")  # leaves the board
    expect(page.locator("#akibat")).to_be_focused()
    fingers.press("ArrowDown", "Tab", "Tab")
    expect(page.locator(".change-close button")).to_be_focused()
    page.keyboard.press("Enter")
    house.wait_until(
        lambda: house.value("select outcome from incident where number = $1", quiet) is not None,
        "it is closed",
        10,
    )
    expect(page.locator("#buka-lagi")).to_be_visible()
    page.wait_for_function(HAS_FOCUS)
    fingers.expect_no_mouse()
    assert page.evaluate("() => document.querySelectorAll('[draggable=true]').length") == 0  # UT-21
    all_ready(page, house)


def test_letters_do_nothing_while_typing_and_when_switched_off(house: House, sign_in: SignIn) -> None:
    page = sign_in("dispatcher")
    page.goto("/meja")
    number = sheet_by_hand(page, "ular", "kesambi")
    page.goto("/papan")
    expect(page.locator("#liveness")).to_have_attribute("data-live", "live")
    row = page.locator(row_of(page, number))
    line = page.locator("#command")
    for off in (True, False):
        page.goto("/saya/tombol")
        page.get_by_role("button", name="Matikan huruf tunggal" if off else "Nyalakan huruf tunggal").click()
        page.goto("/papan")
        expect(page.locator("#liveness")).to_have_attribute("data-live", "live")
        row.focus()
        for letter in "dnpgot":
            if not off and letter != "n":
                continue
            page.keyboard.press(letter)
        if off:
            expect(row).to_be_focused()
            assert line.input_value() == ""
        else:
            expect(line).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("dnpgot0/?l")
    expect(line).to_have_value("dnpgot0/?l")
    assert page.locator("dialog[open]").count() == 0


def test_an_alarm_put_aside_says_why_and_comes_back(house: House, sign_in: SignIn) -> None:
    page = sign_in("dispatcher")
    page.goto("/meja")
    all_ready(page, house)
    until_asked(house, sheet_by_hand(page, "pohon tumbang", "kesambi"))
    page.goto("/papan")
    expect(page.locator("#liveness")).to_have_attribute("data-live", "live")
    overdue(house)
    shelve = page.locator("#alarms [data-shelve]").first
    expect(shelve).to_be_visible(timeout=10_000)
    alarm = str(shelve.get_attribute("data-shelve"))
    page.keyboard.press("F6")
    page.keyboard.press("Shift+F2")
    bar = page.locator("#shelve")
    expect(bar).to_contain_text("Alasannya?")
    assert violations(page) == []
    picture(page, "board, an alarm is put aside")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.keyboard.press("Shift+F2")
    page.keyboard.press("1")
    expect(page.locator(f'[id="bar-{alarm}"]')).to_have_count(0)
    expect(page.locator(f'[id="alarm-{alarm}"]')).to_contain_text("ditunda sampai")
    expect(page.locator(f'[id="alarm-{alarm}"]')).to_contain_text("sudah ditelepon, menunggu jawaban")
    house.rows("update alarm set shelved_until = now() where id = $1", alarm)  # its minutes pass
    back = page.locator(f'[id="bar-{alarm}"]')
    expect(back).to_contain_text("sudah 1 kali ditunda", timeout=10_000)
    back.locator("[data-shelve]").click()  # the same by the mouse
    page.locator("[data-shelve-reason=others_first]").click()
    expect(back).to_have_count(0)
    assert house.value("select shelved_reason from alarm where id = $1", alarm) == "others_first"


def test_a_crews_next_state_is_one_tap(house: House, sign_in: SignIn) -> None:
    board = sign_in("dispatcher")
    board.goto("/meja")
    all_ready(board, house)
    until_asked(house, sheet_by_hand(board, "kebakaran rumah", "kesambi"))
    phone = sign_in("damkar", viewport=PHONE, has_touch=True)
    phone.goto("/opd")
    expect(phone.locator("#liveness")).to_have_attribute("data-live", "live")
    phone.get_by_role("button", name="TERIMA").first.tap()
    phone.get_by_role("button", name="DMK2", exact=True).first.tap()
    for status, name in (("JL", "DMK2: Menuju"), ("TB", "DMK2: Di TKP")):
        phone.get_by_role("button", name=name).first.tap()  # UT-09
        house.wait_until(partial(stands, house, status), name, 5)
    all_ready(board, house)


def stands(house: House, status: str) -> bool:
    return bool(house.value("select status from unit where code = 'DMK2'") == status)
