"""What a careful reader looks for on one page: axe-core's rules, shape, size, words."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page

from tests.walk.house import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NODES_TOLD = 5
SMALL_FINGER_PX, SMALL_POINTER_PX, SMALL_PRIMARY_PX = 48, 24, 56
ZOOMED_PX, NARROWEST_PX = 683, 320  # the desk's 1366 pixels at 200 %; a small telephone
RUN_AXE = """
async ([only, most]) => {
  // A list that scrolls hides part of what is in it; only what something else lies on is in doubt.
  const reason = (key, part) => {
    if (!part) return key ?? "unknown";
    if (part.closest("siaga-map")) return "map";
    const box = part.getBoundingClientRect(), dock = document.querySelector(".dock")?.getBoundingClientRect();
    if (dock && box.bottom > dock.top && !part.closest(".dock")) return "dock";
    const there = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (box.top < 0 || box.bottom > innerHeight || !there.includes(part)) return "scrolled";
    for (let around = part.parentElement; around; around = around.parentElement) {
      const edge = around.getBoundingClientRect(), style = getComputedStyle(around);
      const cuts = style.overflowX !== "visible" || style.overflowY !== "visible";
      if (cuts && (box.top < edge.top || box.bottom > edge.bottom || box.right > edge.right)) return "scrolled";
      if (cuts && edge.bottom > innerHeight) return "scrolled";  // a list half below the fold: axe loses its last rows
    }
    return key ?? "unknown";
  };
  const found = await axe.run(document, {
    runOnly: only, resultTypes: ["violations", "incomplete"],
  });
  return {
    wrong: found.violations.map((one) => ({
      rule: one.id, help: one.help,
      where: one.nodes.slice(0, most).map((node) => node.target.join(" ") + " " + node.html.slice(0, 160)),
    })),
    unsure: found.incomplete.filter((one) => one.id === "color-contrast").flatMap((one) => one.nodes.map((node) => {
      const part = document.querySelector(node.target[0]);
      const what = part ? [part.localName, ...part.classList].join(".") : node.target[0];
      return `${reason(node.any[0]?.data?.messageKey, part)} ${what}`;
    })),
  };
}
"""
# A telephone's innerWidth grows with what sticks out, so the width of the glass is told.
SIDEWAYS = """
(width) => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll("body *:not(svg *)")].filter((one) => one.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))
"""
# A tick is pressed on its words as well; a word inside a sentence may be small (WCAG 2.5.8, inline).
SMALL = """
([least, what]) => [...document.querySelectorAll(what)]
  .filter((one) => !one.closest(".only-spoken") && one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one, (one.matches("[type=checkbox], [type=radio]") && one.closest("label")) || one])
  .map(([one, at]) => [one.innerText?.trim() || one.id || one.outerHTML.slice(0, 80), at.getBoundingClientRect()])
  .filter(([, box]) => box.height > 1 && box.width > 1 && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(([name, box]) => `${name}: ${box.width.toFixed()} x ${box.height.toFixed()}`)
"""
PRESSED = "button, a.button, summary, textarea, select, input:not([type=hidden]), nav a, [role=button], [role=option]"
PRIMARY = ".button-main, .button-ok, .button-big"
MOVING = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
# What counts every second would be read out every second.
COUNTING_ALOUD = """
() => [...document.querySelectorAll("[aria-live]:not([aria-live=off]), [role=status], [role=alert], output")]
  .flatMap((region) => [region, ...region.querySelectorAll("*")])
  .filter((one) => one.matches("[data-age], [data-live-clock], #clock"))
  .filter((one) => !one.closest("[aria-hidden=true], [aria-live=off]"))
  .map((one) => one.outerHTML.slice(0, 120))
"""
LANDMARKS = """
() => [["main", "main, [role=main]"], ["header", "body > header, [role=banner]"]].flatMap(([name, what]) => {
  const found = document.querySelectorAll(what).length;
  return found > 1 || (name === "main" && found === 0) ? [`${found} ${name}`] : [];
})
"""
# Without what is said in another language on purpose, and says so.
WORDS = """
() => [document.title, [...document.querySelectorAll("body [lang]")]
    .filter((one) => one.lang !== document.documentElement.lang)
    .reduce((text, other) => text.replace(other.innerText, ""), document.body.innerText),
  ...[...document.querySelectorAll("[aria-label], [title], [placeholder]")].map((one) =>
    ["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name) ?? "").join(" "))].join("\\n")
"""


def look(page: Page, *, colours_only: bool = False) -> tuple[list[Any], list[str]]:
    """What axe-core finds wrong, and the contrasts it could not measure.

    ``colours_only``: the same page was looked at in another theme, so that only contrast can differ.
    """
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text())
    rules = (
        {"type": "rule", "values": ["color-contrast"]}
        if colours_only
        else {"type": "tag", "values": AXE_TAGS}
    )
    found = page.evaluate(RUN_AXE, [rules, NODES_TOLD])
    return found["wrong"], found["unsure"]


def violations(page: Page) -> list[Any]:
    """What axe-core finds wrong."""
    return look(page)[0]


def shape_of(page: Page, *, is_phone: bool, is_narrow: bool) -> list[str]:
    """What axe does not look at. ``is_narrow``: it must also do on the narrowest screen there is."""
    wrong = []
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} h1")
    wrong += page.evaluate(LANDMARKS)
    wrong += [f"counts aloud: {one}" for one in page.evaluate(COUNTING_ALOUD)]
    if page.locator("html").get_attribute("lang") != "id":
        wrong.append("lang is not id")
    if not page.title().strip():
        wrong.append("no title")
    least = SMALL_FINGER_PX if is_phone else SMALL_POINTER_PX
    wrong += [f"too small: {one}" for one in page.evaluate(SMALL, [least, PRESSED])]
    if is_phone:
        small = page.evaluate(SMALL, [SMALL_PRIMARY_PX, PRIMARY])
        wrong += [f"too small to be the act: {one}" for one in small]
    glass = page.viewport_size
    assert glass is not None
    wrong += [f"sticks out: {one}" for one in page.evaluate(SIDEWAYS, glass["width"])]
    if is_narrow:
        for width in (NARROWEST_PX,) if is_phone else (ZOOMED_PX, NARROWEST_PX):
            page.set_viewport_size({"width": width, "height": 640})
            wrong += [f"sticks out at {width} px: {one}" for one in page.evaluate(SIDEWAYS, width)]
        page.set_viewport_size(glass)
    return wrong


def text_shown(page: Page) -> str:
    """All a person reads on this screen, also what is only spoken or shown as a title."""
    return str(page.evaluate(WORDS))


def words_of(text: str) -> set[str]:
    """Its words, in small letters."""
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z-]+", text)}


def told(found: object) -> str:
    """For the person who reads the failed test."""
    return json.dumps(found, indent=1, ensure_ascii=False)
