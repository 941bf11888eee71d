"""Everything by key: one owner a key, the focus where it was put, and the line that says first what it will do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import ROOT, House
from tests.walk.people import SignIn, picture

from .screens import sheet_by_hand, violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
REGISTRY: list[dict[str, Any]] = json.loads((ROOT / "web" / "shortcuts.json").read_text())
RESERVED = {"F5", "F11", "F12", "Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+R", "Ctrl+L", "Ctrl+F"}
LEAVES_THE_PAGE = {"Enter", "Ctrl+Enter"}  # opens incidents or sends the sheet: their own tests press them
CAPS = {"Ctrl+": "Control+"}
FOCUS = """() => {
  const one = document.activeElement;
  return [one.tagName, one.id, one.selectionStart ?? null, one.selectionEnd ?? null, one.value ?? null];
}"""
COUNT = """() => {
  window.commands = [];
  document.addEventListener("siaga:command", (event) => window.commands.push(event.detail.id));
}"""
TAB_STOPS = """() => [...document.querySelectorAll(
  "a[href], button, input, select, textarea, summary, [tabindex]")].filter((one) => one.tabIndex >= 0 &&
  !one.disabled && one.getClientRects().length && !one.closest("[hidden]"))
  .map((one) => one.closest("[data-region]")?.id || one.closest("header, footer, main")?.tagName || "BODY")
  .filter((name, index, all) => name !== all[index - 1])"""
DRAGGABLE = "() => document.querySelectorAll('[draggable=true]').length"


def focus(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(FOCUS)
    return found


def key(name: str) -> str:
    return name.replace("Ctrl+", "Control+").replace("Space", " ")


def test_the_line_says_first_what_it_does_and_takes_it_back(house: House, sign_in: SignIn) -> None:
    page = sign_in("dispatcher")
    page.goto("/meja")
    number = sheet_by_hand(page, "kebakaran rumah", "Jl. Kesambi Dalam")
    page.goto("/papan")
    expect(page.locator("#incidents [data-row]").first).to_be_visible()
    page.keyboard.press("/")
    assert focus(page)[1] == "command"
    page.keyboard.type(f"d dmk1,dmk2 {number}")
    says = page.locator("#command-says")
    expect(says).to_contain_text(f"→ Kirim DMK1, DMK2 ke #{number}")
    shown = (says.text_content() or "").removeprefix("→ ")
    assert violations(page) == []
    picture(page, "command line, a preview")
    page.keyboard.press("Enter")
    expect(says).to_have_text(f"✓ {shown}")  # UT-07: what was read is what was done
    units = "select count(*) from unit where code in ('DMK1', 'DMK2') and status = "
    assert house.value(units + "'DT'") == 2
    expect(page.locator("#undo-bar")).to_be_visible()
    page.keyboard.press("F6")
    page.keyboard.press("Control+z")
    expect(page.locator("#status-line")).to_contain_text("Dibatalkan")
    assert house.value(units + "'SD'") == 2
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowUp")
    assert focus(page)[4] == f"d dmk1,dmk2 {number}"
    page.keyboard.press("Control+a")
    page.keyboard.type("D DMK")
    expect(page.locator("#command-options [role=option]").first).to_contain_text("DMK1")
    page.keyboard.press("Tab")
    assert focus(page)[4] == "D DMK1 "
    page.keyboard.press("Escape")
    assert focus(page)[1] != "command"
    assert page.locator("#command").input_value() == "D DMK1 "
    page.keyboard.press("/")
    page.keyboard.type("q DMX9")
    expect(page.locator("#command-says")).not_to_be_empty()
    assert page.locator("dialog[open]").count() == 0


def test_every_key_has_one_owner_and_the_focus_is_never_nowhere(desk: SitDown, telephone: Telephone) -> None:
    page = desk("taker1").page
    page.evaluate(COUNT)
    assert page.locator("body:focus").count() == 0
    here = [one for one in REGISTRY if "desk" in one["screens"]]
    names = sorted({name for one in here for name in one["keys"]} - LEAVES_THE_PAGE)
    assert not RESERVED & set(names)
    regions = page.locator("[data-region]:visible").count()
    seen = []
    for _ in range(min(regions, 3)):
        page.keyboard.press("F6")
        seen.append(focus(page)[:2])
        for name in names:
            page.evaluate("() => { window.commands.length = 0; }")
            page.keyboard.press(key(name))
            pressed = page.evaluate("() => window.commands")
            assert len(pressed) <= 1, (name, pressed)
            assert focus(page)[0] != "BODY", name
            page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#liveness[data-live=live]")).to_be_visible()
    assert page.evaluate(DRAGGABLE) == 0  # UT-21: nothing here needs a drag


def test_typing_is_left_alone_by_calls_and_survives_escape_and_a_reload(
    desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    page = rani.page
    page.keyboard.press("F3")
    expect(page.locator("#what")).to_be_focused()
    page.keyboard.type("kebakaran ru")
    page.keyboard.press("ArrowLeft")
    before = focus(page)
    caller = telephone.dial("081199000777")  # UT-15
    expect(page.locator("#queue [data-answer]").first).to_be_visible()
    assert focus(page) == before
    for _ in range(5):  # UT-17
        page.keyboard.press("Escape")
    assert page.locator("#what").input_value() == "kebakaran ru"
    page.keyboard.press("F3")
    page.locator("#what").evaluate("(one) => one.setSelectionRange(4, 4)")
    page.keyboard.type("x")
    page.keyboard.press("F6")
    page.keyboard.press("Shift+F6")  # the panel gives back what had the focus in it
    assert focus(page)[:4] == ["INPUT", "what", 5, 5]
    page.reload()  # UT-18
    expect(page.locator("#what")).to_be_focused()
    assert focus(page)[2:] == [5, 5, "kebaxkaran ru"]
    order = page.evaluate(TAB_STOPS)  # UT-16: as it is read: from the top, left to right
    assert order[0] == "HEADER" or order[0] == "BODY", order
    assert [name for name in order if name in ("queue", "command-line")] == ["queue", "command-line"], order
    caller.hang_up()


def test_the_overlay_lists_exactly_the_registry(desk: SitDown) -> None:
    page = desk("taker1").page
    page.keyboard.press("F1")
    listed = page.locator("[data-help]").evaluate_all("(all) => all.map((one) => one.dataset.help)")
    here = {one["id"] for one in REGISTRY if "desk" in one["screens"]}
    assert set(listed) <= here
    assert here - set(listed) <= {one["id"] for one in REGISTRY if one.get("scope") == "list"}
    assert len(listed) == len(set(listed))
    page.locator("#help-search").fill("perintah")
    expect(page.locator("[data-help=command_line]")).to_be_visible()
