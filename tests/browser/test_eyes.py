"""What eyes, ears and fingers need that no rule of axe-core measures: states, focus, loudness."""

from __future__ import annotations

import base64
import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.walk.house import House
from tests.walk.people import DESK, PHONE, Cookies, SignIn, picture

from .full_room import open_live
from .looking import look, told
from .screens import settle, sheet_by_hand

pytestmark = pytest.mark.browser

SAID_MS_MAX = 15_000  # five seconds by the screen's own limits, and a busy test machine
PANELS = re.compile(r"/(?:meja|papan|pengawas|kejadian/[^/]+|opd|dinding)/[a-z]")
# How many pixels around it change so much that the change itself has the contrast of a control's edge.
RING = """
async ([before, after]) => {
  const pixels = async (png) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height).data;
  };
  const light = (data, at) => [0.2126, 0.7152, 0.0722].reduce((sum, share, part) => {
    const value = data[at + part] / 255;
    return sum + share * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  }, 0);
  const [one, two] = await Promise.all([pixels(before), pixels(after)]);
  let changed = 0;
  for (let at = 0; at < one.length; at += 4) {
    const [dark, bright] = [light(one, at), light(two, at)].sort((a, b) => a - b);
    if ((bright + 0.05) / (dark + 0.05) >= 3) changed++;
  }
  return changed;
}
"""
# One of each look: the same classes are drawn by the same rules.
KINDS = """
() => {
  const seen = new Set();
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [data-row]";
  return [...document.querySelectorAll(controls)]
    .filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }) && !one.closest(".only-spoken"))
    .filter((one) => {
      const look = [one.localName, one.type ?? "", ...one.classList].join(".");
      return !seen.has(look) && seen.add(look);
    })
    .map((one, number) => { one.dataset.kind = String(number); return one.outerHTML.slice(0, 90); });
}
"""
FOCUS = """
([number, stays]) => {
  const one = document.querySelector(`[data-kind="${number}"]`);
  if (!one?.isConnected) return null;
  one.focus({ preventScroll: stays });
  const box = one.getBoundingClientRect();
  const spot = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, innerHeight));
  return { x: box.x, y: box.y, width: box.width, height: box.height, ring: one.matches(":focus-visible"),
    seen: Boolean(spot && (one.contains(spot) || spot.contains(one))) };
}
"""
# Tab by tab: what has the focus and lies under a bar that stays.
COVERED = """
() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const bars = [...document.querySelectorAll(".dock, .topbar, .bar, .command, .foot")].filter((bar) =>
    ["sticky", "fixed"].includes(getComputedStyle(bar).position) && !bar.contains(one));
  const room = bars.reduce((left, bar) => left - bar.getBoundingClientRect().height, innerHeight);
  if (box.height > room) return "";  // a whole card; its buttons are stops of their own
  return bars.some((bar) => {
    const edge = bar.getBoundingClientRect();
    return box.bottom > edge.top + 1 && box.top < edge.bottom - 1;
  }) ? one.outerHTML.slice(0, 120) : "";
}
"""
# Every change of text in a region a screen reader reads out, with its time. Nothing hidden is read.
HEARD = """
window.heard = [];
const regions = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], output";
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  const said = new Set();
  for (const change of changes) {
    const node = change.target.nodeType === 1 ? change.target : change.target.parentElement;
    const inner = [...change.addedNodes].flatMap((one) =>
      one.nodeType === 1 ? [...(one.matches(regions) ? [one] : []), ...one.querySelectorAll(regions)] : []);
    for (const region of [node?.closest(regions), ...inner])
      if (region?.checkVisibility() && region.innerText.trim()) said.add(region);
  }
  for (const region of said) {
    const loud = region.getAttribute("aria-live") === "assertive" || region.getAttribute("role") === "alert";
    const text = region.innerText.trim().slice(0, 80);
    const before = window.heard.findLast((one) => one.region === region);
    if (before?.text === text) continue;
    window.heard.push({ region, at: performance.now(), loud, name: region.id || region.className, text });
  }
}).observe(document, { subtree: true, childList: true, characterData: true }));
"""
ARRIVED = "() => window.heard.map(({ at, loud, name, text }) => ({ at, loud, name, text }))"
POLITE_MS = 5000


def seen(page: Page, name: str) -> list[Any]:
    """What axe finds in both themes."""
    wrong: list[Any] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        picture(page, f"{name} {scheme}")
        wrong += look(page, colours_only=scheme == "light")[0]
    return wrong


@pytest.mark.usefixtures("busy")
def test_what_is_old_broken_or_unsent_is_readable_too(
    browser: Browser, house: House, signed_in: Cookies
) -> None:
    """UT-22 for error, stale and offline: panels are answered with nonsense, the line falls silent, no net at all."""
    pages = open_live(browser, house, signed_in)
    wrong: dict[str, Any] = {}
    for page in pages.values():
        page.route(PANELS, lambda route: route.fulfill(status=500, body="broken"))
    stir(pages["desk"], pages["incident"])
    for name, page in pages.items():
        expect(page.locator("[data-panel][data-state=error]").first, name).to_be_attached(timeout=SAID_MS_MAX)
        wrong[f"{name}, error"] = seen(page, f"error {name}")
        page.unroute(PANELS)
    for page in pages.values():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")  # its line is hung up
    for name, page in pages.items():
        expect(page.locator("#liveness")).to_have_attribute("data-live", "lost", timeout=SAID_MS_MAX)
        expect(page.locator("[data-panel][data-state=stale]").first, name).to_be_attached()
        wrong[f"{name}, stale"] = seen(page, f"stale {name}")
    inbox = pages["inbox"]
    inbox.context.set_offline(True)
    inbox.locator(".card-waiting button[type=submit]").first.click()
    expect(inbox.locator("#outbox")).to_be_visible()
    wrong["inbox, offline"] = seen(inbox, "offline inbox")
    inbox.context.set_offline(False)
    expect(inbox.locator("#outbox")).to_be_hidden(timeout=SAID_MS_MAX)
    for page in pages.values():
        page.context.close()
    wrong = {name: found for name, found in wrong.items() if found}
    assert not wrong, told(wrong)


def stir(desk: Page, incident: Page) -> None:
    """Something for every panel to fetch: she comes on duty and goes again, one is opened, one gets a note."""
    token = desk.locator("meta[name=csrf-token]").get_attribute("content") or ""
    headers = {"x-csrftoken": token}
    for verb in ("come", "leave"):
        assert desk.request.post("/meja/status", form={"verb": verb}, headers=headers).ok
    sheet_by_hand(desk, "kebakaran rumah", "drajat")
    assert desk.request.post(f"{incident.url}/catatan", form={"text": "asap hitam"}, headers=headers).ok


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("account", "path", "phone"),
    [("taker2", "/meja", False), ("damkar", "/opd", True), ("admin", "/atur", False)],
)
def test_the_focus_is_seen_and_nothing_lies_on_it(
    sign_in: SignIn, browser: Browser, account: str, path: str, phone: bool
) -> None:
    """UT-28: of each kind of control the ring by its pixels, and every stop of Tab clear of the bars that stay."""
    page = sign_in(account, viewport=PHONE if phone else DESK)
    page.goto(path)
    settle(page)
    if path == "/meja":
        page.keyboard.press("F3")
        expect(page.locator("#what")).to_be_focused()
    judge = browser.new_context().new_page()
    weak = []
    page.keyboard.press("Tab")  # from here on the browser knows that somebody steers by keys
    for number, what in enumerate(page.evaluate(KINDS)):
        box = page.evaluate(FOCUS, [number, False])
        if box is None:
            continue
        clip = FloatRect(
            x=max(0, box["x"] - 8), y=max(0, box["y"] - 8), width=box["width"] + 16, height=box["height"] + 16
        )
        after = base64.b64encode(page.screenshot(clip=clip)).decode()
        page.evaluate(FOCUS, [0 if number else 1, True])  # the focus is never nowhere: it is somewhere else
        before = base64.b64encode(page.screenshot(clip=clip)).decode()
        changed = judge.evaluate(RING, [before, after])
        if not box["ring"] or not box["seen"] or changed < box["width"] + box["height"]:
            weak.append(f"{what}: {changed} pixels, {box}")
    covered, stops = set(), 0
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    for _ in range(30):
        page.keyboard.press("Tab")
        under = page.evaluate(COVERED)
        stops += under is not None
        covered |= {under} if under else set()
    judge.context.close()
    assert stops > 10
    assert weak == []
    assert covered == set()


def test_a_screen_reader_hears_one_thing_at_a_time(sign_in: SignIn, house: House) -> None:
    """UT-29: while incidents pour in, a board and an idle desk say at most one thing in five seconds, no timer."""
    board, desk, taker = sign_in("dispatcher"), sign_in("taker2"), sign_in("taker1")
    for page in (board, desk):
        page.add_init_script(HEARD)
    board.goto("/papan")
    desk.goto("/meja")
    taker.goto("/meja")
    for page in (board, desk):
        settle(page)
        page.evaluate("() => { document.getElementById('spoken').textContent = 'satu'; }")
        page.wait_for_function("() => window.heard.some((one) => one.text === 'satu')")  # the ear is not deaf
        page.wait_for_timeout(1000)
        page.evaluate("() => { window.heard.length = 0; }")
    for number in range(4):
        sheet_by_hand(taker, "kebakaran rumah", ("kesambi", "drajat")[number % 2])
        board.wait_for_timeout(1500)
    for name, page in (("board", board), ("desk", desk)):
        heard = page.evaluate(ARRIVED)
        polite = sorted(one["at"] for one in heard if not one["loud"])
        close = [later - earlier for earlier, later in pairwise(polite)]
        assert all(gap >= POLITE_MS - 50 for gap in close), f"{name}: {told(heard)}"
