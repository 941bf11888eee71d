"""What is said without colours, and with the longest names a city may have."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from siaga.city_files import load_city
from tests.walk.house import House
from tests.walk.people import Cookies, picture

from .full_room import open_live
from .looking import told

pytestmark = pytest.mark.browser

LONG_AREA, LONG_AGENCY = "Kelurahan Pekalangan", "Dinas Pemadam Kebakaran dan Penyelamatan"
LONG_FIGURE, LONG_NUMBER = "Rp 999.999.999.999", "081234567890"
# The longest words a city may have, put where its own stand.
LENGTHEN = """
([areas, agencies, area, agency, figure, number]) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const put = (text, names, by) =>
    names.reduce((now, name) => now.replace(new RegExp(`\\\\b${name}\\\\b`, "g"), by), text);
  let changed = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest("script, style, siaga-map, select")) continue;
    const text = put(put(node.data, areas, area), agencies, agency).replace(/0\\d{3}…\\d+/, number);
    if (text !== node.data) { node.data = text; changed++; }
  }
  for (const one of document.querySelectorAll(".figure")) one.textContent = figure;
  return changed;
}
"""
# What the person sees of every word: its lines, cut by whatever scrolls or cuts around it.
CROWDED = """
() => {
  const shown = (one, box) => {
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    for (let around = one; around; around = around.parentElement) {
      if (getComputedStyle(around).overflow === "visible") continue;
      const edge = around.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
  };
  const lines = (one) => {
    const range = document.createRange();
    return [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim()).flatMap((node) => {
      range.selectNodeContents(node);
      return [...range.getClientRects()];
    });
  };
  const wrong = [];
  for (const chip of document.querySelectorAll(".chip"))
    if (chip.checkVisibility() && new Set(lines(chip).map((line) => Math.round(line.top))).size > 1)
      wrong.push(`chip in two lines: ${chip.innerText}`);
  const rows = "tr, li, .panel-head, .topbar, .tile .row, .bar, .wall-strip, .sheet-strip, .call-bar-row";
  for (const row of document.querySelectorAll(rows)) {
    const words = [...row.querySelectorAll("*"), row]
      .filter((one) => one.checkVisibility() && !one.closest(".only-spoken, svg"))
      .flatMap((one) => lines(one).map((line) => [one, shown(one, line)])).filter(([, box]) => box);
    words.forEach(([one, a], at) => words.slice(at + 1).forEach(([other, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (one === other || wide <= 2 || high <= 4) return;
      wrong.push(`overlap: ${one.innerText} | ${other.innerText}`.slice(0, 160));
    }));
  }
  return [...new Set(wrong)];
}
"""
# The last chip of the wall's line counts those that stand before it with their signs.
CHIPS = """
() => [...document.querySelectorAll(".chip:not([data-more])")].map((one) => [one.className, one.innerText.trim()])
"""
SAYS_WITHOUT_COLOUR = {
    **{f"chip-p{level}": rf"{sign}\s*(?:P{level}\b|\S).*" for level, sign in enumerate("◆▲●○", 1)},
    **{
        f"chip-{code.lower()}": rf"(?:.* )?{code}"
        for code in ("SD", "DT", "JL", "TB", "BW", "RS", "KB", "TS")
    },
}
IN_WORDS = re.compile(r".*[A-Za-z0-9].*", re.DOTALL)


@pytest.mark.usefixtures("busy")
def test_nothing_is_said_by_colour_alone_and_long_names_break_nothing(
    browser: Browser, house: House, signed_in: Cookies
) -> None:
    """UT-25: in grey every chip still says by sign and letters what it means. UT-55: the longest names, everywhere."""
    city = load_city(house.settings.city)
    areas, agencies = [one.name for one in city.kelurahan], [one.short for one in city.agencies]
    wrong: dict[str, list[str]] = {}
    for name, page in open_live(browser, house, signed_in).items():
        page.evaluate("() => { document.documentElement.style.filter = 'grayscale(1)'; }")
        mute = [f"{look}: {text!r}" for look, text in page.evaluate(CHIPS) if not says_it(look, text)]
        before = page.evaluate(CROWDED)
        changed = page.evaluate(LENGTHEN, [areas, agencies, LONG_AREA, LONG_AGENCY, LONG_FIGURE, LONG_NUMBER])
        picture(page, f"long words, {name}")
        wrong[name] = mute + before + page.evaluate(CROWDED)
        assert changed or name in ("desk", "supervisor"), f"nothing on the {name} has a name of the city"
        page.context.close()
    wrong = {name: found for name, found in wrong.items() if found}
    assert not wrong, told(wrong)


def says_it(classes: str, text: str) -> bool:
    """Whether a chip means the same to an eye without colours."""
    wanted = [SAYS_WITHOUT_COLOUR[one] for one in classes.split() if one in SAYS_WITHOUT_COLOUR]
    if "chip-ts" in classes or "chip-tb" in classes or "chip-dt" in classes:
        wanted = []  # these two colours also mark the state of a seat or a call, in words
    return bool(IN_WORDS.fullmatch(text)) and all(re.fullmatch(one, text, re.DOTALL) for one in wanted)
