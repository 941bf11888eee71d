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

from .screens import close_all, sheet_by_hand, violations
from .test_keys_alone import all_ready, until_asked
from .test_pages import overdue

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
REGISTRY: list[dict[str, Any]] = json.loads((ROOT / "web" / "shortcuts.json").read_text())
RESERVED = {"F5", "F11", "F12", "Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+R", "Ctrl+L", "Ctrl+F"}
LEAVES_THE_PAGE = {
    "Enter",
    "Ctrl+Enter",
    "T",
    "E",
}  # opens, sends, closes, downloads: their own tests press them
CAPS = {"Ctrl+": "Control+"}
FOCUS = """() => {
  const one = document.activeElement;
  return [one.tagName, one.id, one.selectionStart ?? null, one.selectionEnd ?? null, one.value ?? null];
}"""
COUNT = """() => {
  const commands = [];
  window.wrong = [];
  document.addEventListener("siaga:command", (event) => commands.push(event.detail.id));
  addEventListener("keyup", (event) => {
    if (["Control", "Alt", "Shift"].includes(event.key)) return;
    const nowhere = document.activeElement === document.body;
    if (commands.length > 1 || nowhere) window.wrong.push([event.key, [...commands], nowhere]);
    commands.length = 0;
  }, { capture: true });
}"""
STOP = """() => {
  const one = document.activeElement;
  const region = one.closest("[data-region]");
  const name = one.id || Object.keys(one.dataset)[0] || one.closest("[role=group]")?.ariaLabel || "";
  return [region?.id || region?.localName || one.closest("header, footer")?.localName || one.localName, name];
}"""
TAB_ORDER = [
    "header", "call-bar", "queue", "missed", "non-calls", "siaga-sheet", "map", "same", "history", "command-line",
]  # fmt: skip
SHEET_ORDER = ["what", "where", "landmark", "rt_rw", "caller_name", "hazard", "notes", "send", "askLocation"]
TABS_MAX = 120
DRAGGABLE = "() => document.querySelectorAll('[draggable=true]').length"


def focus(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(FOCUS)
    return found


def key(name: str) -> str:
    return name.replace("Ctrl+", "Control+").replace("Space", " ")


def test_the_line_says_first_what_it_does_and_takes_it_back(house: House, sign_in: SignIn) -> None:
    page = sign_in("dispatcher")
    page.goto("/meja")
    all_ready(page, house)
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


def test_every_key_has_one_owner_and_the_focus_is_never_nowhere(
    desk: SitDown, telephone: Telephone, sign_in: SignIn
) -> None:
    board = sign_in("dispatcher")
    board.goto("/meja")
    sheet_by_hand(board, "ular", "kesambi")
    board.goto("/papan")
    expect(board.locator("#incidents [data-row]").first).to_be_visible()
    for page, screen in ((desk("taker1").page, "desk"), (board, "board")):
        page.evaluate(COUNT)
        here = [one for one in REGISTRY if screen in one["screens"]]
        names = sorted({name for one in here for name in one["keys"]} - LEAVES_THE_PAGE)
        for _ in range(page.locator("[data-region]:visible").count()):
            page.keyboard.press("F6")
            for name in names:
                page.keyboard.press(key(name))
                page.keyboard.press("Escape")
        assert page.evaluate("() => window.wrong") == []
        page.reload()
        expect(page.locator("#liveness[data-live=live]")).to_be_visible()
        assert page.evaluate(DRAGGABLE) == 0  # UT-21: nothing here needs a drag


def test_no_screen_takes_a_key_that_is_the_browsers() -> None:
    for screen in {screen for one in REGISTRY for screen in one["screens"]}:
        mine = {name for one in REGISTRY if screen in one["screens"] for name in one["keys"]}
        assert not RESERVED & mine, screen


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
    expect(page.locator("#queue [data-answer]").first).to_be_visible()
    stops = round_by_tab(page)  # UT-16: as it is read: from the top, left to right
    regions = [name for name, _ in stops]
    seen = list(dict.fromkeys(regions))
    assert [name for name in TAB_ORDER if name in seen] == [name for name in seen if name in TAB_ORDER], stops
    assert {"queue", "non-calls", "siaga-sheet", "map", "command-line"} <= set(seen), stops
    inside = [name for region, name in stops if region == "siaga-sheet"]
    assert [name for name in SHEET_ORDER if name in inside] == list(
        dict.fromkeys(name for name in inside if name in SHEET_ORDER)
    ), inside
    assert set(SHEET_ORDER) - set(inside) <= {"hazard"}, inside
    page.locator("#rt_rw").focus()
    visited = [focus_region(page)]
    while visited.count(visited[0]) < 2:
        page.keyboard.press("F6")
        visited.append(focus_region(page))
        assert len(visited) < TABS_MAX
    assert len(set(visited)) >= 5
    assert focus(page)[1] == "rt_rw", "a whole round comes back to the same field"
    caller.hang_up()


def round_by_tab(page: Page) -> list[list[str]]:
    """Where Tab stops, once round, from the beginning of the page."""
    page.evaluate("() => document.querySelector('.skip').focus()")
    stops: list[list[str]] = []
    while len(stops) < TABS_MAX:
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            break
        stops.append(page.evaluate(STOP))
        if page.evaluate("() => document.activeElement.matches('.skip')"):
            break
    return stops


def focus_region(page: Page) -> str:
    return str(page.evaluate(STOP)[0])


def test_an_alarm_and_a_merge_by_others_leave_the_line_alone(house: House, sign_in: SignIn) -> None:
    page, other = sign_in("dispatcher"), sign_in("pengawas")
    page.goto("/meja")
    close_all(page, house)
    first, second = (sheet_by_hand(page, what, "kesambi") for what in ("pohon tumbang", "ular"))
    until_asked(house, first)
    for one in (page, other):
        one.goto("/papan")
        expect(one.locator("#liveness[data-live=live]")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(f"n {first} jalan tertutup")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    before = focus(page)
    overdue(house)
    expect(page.locator("#alarms .bar").first).to_be_visible(timeout=10_000)
    assert focus(page) == before
    other.keyboard.press("/")
    other.keyboard.type(f"g {second} {first}")
    expect(other.locator("#command-says")).to_contain_text("→ Gabung")
    other.keyboard.press("Enter")
    expect(page.locator("#incidents [data-row]")).to_have_count(1)
    assert focus(page) == before


def test_the_overlay_lists_exactly_the_registry(desk: SitDown) -> None:
    page = desk("taker1").page
    page.keyboard.press("F1")
    listed = page.locator("[data-help]").evaluate_all("(all) => all.map((one) => one.dataset.help)")
    here = {one["id"] for one in REGISTRY if "desk" in one["screens"]}
    assert set(listed) <= here
    assert here - set(listed) <= {
        one["id"] for one in REGISTRY if one.get("scope") == "list"
    }  # those of no row here
    assert len(listed) == len(set(listed))
    page.locator("#help-search").fill("perintah")
    expect(page.locator("[data-help=command_line]")).to_be_visible()
