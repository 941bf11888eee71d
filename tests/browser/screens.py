"""Every screen there is: who looks at it, where, on what, and what a careful reader finds wrong with it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

from siaga import clock
from siaga.features.dispatch.links import make_link
from siaga.secret import installation_secret
from tests.walk.house import ROOT, House
from tests.walk.people import DESK, PHONE, PICTURES_ENV, WALL, Cookies

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NODES_TOLD = 5
RUN_AXE = """
async ([tags, most]) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  return found.violations.map((one) => ({
    rule: one.id, help: one.help,
    where: one.nodes.slice(0, most).map((node) => node.target.join(" ") + " " + node.html.slice(0, 160)),
  }));
}
"""
SIDEWAYS = """
() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))
"""
SMALL = """
(least) => [...document.querySelectorAll("button, a.button, input:not([type=hidden]), select")]
  .filter((one) => !one.closest(".only-spoken"))
  .map((one) => [one.innerText?.trim() || one.id || one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.height > 1 && box.width > 1 && (box.height < least || box.width < least))
  .map(([name, box]) => `${name}: ${box.width.toFixed()} x ${box.height.toFixed()}`)
"""
SMALL_FINGER_PX, SMALL_POINTER_PX = 48, 24
NARROWEST_PX = 320
MOVING = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
WORDS = """
() => [document.title, document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [title], [placeholder]")].map((one) =>
    ["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name) ?? "").join(" "))].join(" ")
"""


@dataclass(frozen=True)
class Screen:
    """One address as one person sees it. ``{number}``, ``{task}`` and ``{link}`` are filled from the record."""

    name: str
    account: str | None
    path: str
    viewport: ViewportSize
    shows_names: bool = False  # of agencies and neighbours, in the city's own language


SCREENS = (
    Screen("sign-in", None, "/masuk", DESK),
    Screen("sign-in on a phone", None, "/masuk", PHONE),
    Screen("desk", "taker1", "/meja", DESK),
    Screen("board", "dispatcher", "/papan", DESK),
    Screen("board, large", "dispatcher", "/papan", WALL),
    Screen("supervisor", "pengawas", "/pengawas", DESK),
    Screen("incident", "dispatcher", "/kejadian/{number}", DESK),
    Screen("incident, for the agency", "damkar", "/kejadian/{number}", PHONE),
    Screen("inbox", "damkar", "/opd", PHONE),
    Screen("inbox on a desk", "damkar", "/opd", DESK),
    Screen("inbox without tasks", "kai", "/opd", PHONE),
    Screen("not ours", "damkar", "/opd/tugas/{task}/bukan", PHONE),
    Screen("finished", "damkar", "/opd/tugas/{task}/selesai", PHONE),
    Screen("link", None, "/t/{link}", PHONE),
    Screen("dead link", None, "/t/nothing", PHONE),
    Screen("room under load", "pengawas", "/pengawas/ruang", DESK, shows_names=True),
    Screen("pranks", "pengawas", "/pengawas/iseng", DESK),
    Screen("non-calls", "taker1", "/meja/bukan", DESK),
    Screen("paper", "taker1", "/meja/kertas", DESK, shows_names=True),
    Screen("typing paper in", "taker1", "/meja/kertas/ketik", DESK),
    Screen("reports", "pimpinan", "/laporan", DESK),
    Screen("wall", "dinding", "/dinding", WALL),
    Screen("size of the wall", "dinding", "/dinding/ukuran", DESK),
    Screen("recordings", "pengawas", "/pengawas/rekaman", DESK),
    Screen("listening again", "taker1", "/rekaman", DESK),
    Screen("people", "admin", "/atur", DESK),
    Screen("own password", "taker1", "/akun/sandi", PHONE),
    Screen("nothing here", "taker1", "/tidak-ada", DESK),
    Screen("not allowed", "damkar", "/papan", PHONE),
)


@dataclass
class Finding:
    """What one look at a screen brought."""

    axe: dict[str, list[Any]] = field(default_factory=dict)
    shape: list[str] = field(default_factory=list)
    indonesian: set[str] = field(default_factory=set)
    english: set[str] = field(default_factory=set)


class Reader:
    """Opens every screen once and looks at it in every way that needs no second visit."""

    def __init__(self, browser: Browser, house: House, signed_in: Cookies, state: str) -> None:
        self._browser, self._house, self._signed_in, self._state = browser, house, signed_in, state

    def read_all(self) -> dict[str, Finding]:
        """By the screen's name. A screen that needs an incident or a task is left out while there is none."""
        known = [(screen, self._path(screen)) for screen in SCREENS]
        return {screen.name: self._read(screen, path) for screen, path in known if path is not None}

    def _path(self, screen: Screen) -> str | None:
        """Its address; ``None`` while there is nothing to show on it."""
        known = {
            "{number}": "select max(number) from incident join assignment on incident = incident.id "
            "where agency = 'damkar'",
            "{task}": "select id from assignment where agency = 'damkar' and state = 'acknowledged' limit 1",
            "{link}": "select id from assignment where agency = 'damkar' and state = 'sent' limit 1",
        }
        path = screen.path
        for gap, query in known.items():
            if gap not in path:
                continue
            found = self._house.value(query)
            if found is None:
                return None
            if gap == "{link}":
                secret = installation_secret(self._house.home)
                found = make_link(secret, assignment=found, who="damkar:0:contoh", now=clock.now())
            path = path.replace(gap, str(found))
        return path

    def _read(self, screen: Screen, path: str) -> Finding:
        context = self._browser.new_context(
            base_url=self._house.url, viewport=screen.viewport, color_scheme="dark",
            has_touch=screen.viewport == PHONE, is_mobile=screen.viewport == PHONE,
            storage_state=self._signed_in(screen.account) if screen.account else None,
        )  # fmt: skip
        page = context.new_page()
        try:
            page.goto(path)
            settle(page)
            return self._look(page, screen)
        finally:
            context.close()

    def _look(self, page: Page, screen: Screen) -> Finding:
        found = Finding(shape=shape_of(page, screen), indonesian=words_shown(page))
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            self._picture(page, screen, scheme)
            if wrong := violations(page):
                found.axe[scheme] = wrong
        page.emulate_media(reduced_motion="reduce")
        if page.evaluate(MOVING):
            found.shape.append("moves although stillness was asked for")
        if self._state == "empty":
            return found  # the words are the same as when it is full
        page.context.add_cookies([{"name": "siaga_lang", "value": "en", "url": self._house.url}])
        page.reload()
        settle(page)
        if page.locator("html").get_attribute("lang") != "en":
            found.shape.append("stays Indonesian")
        found.english = words_shown(page)
        self._picture(page, screen, "english")
        return found

    def _picture(self, page: Page, screen: Screen, look: str) -> None:
        if folder := os.environ.get(PICTURES_ENV):
            page.screenshot(path=Path(folder) / f"{self._state} {screen.name} {look}.png")


def settle(page: Page) -> None:
    """Wait until a live screen is live."""
    if page.locator("#liveness").count():
        page.locator("#liveness[data-live=live]").wait_for()


def violations(page: Page) -> list[Any]:
    """What axe-core finds wrong."""
    page.evaluate(AXE.read_text())
    found: list[Any] = page.evaluate(RUN_AXE, [AXE_TAGS, NODES_TOLD])
    return found


def shape_of(page: Page, screen: Screen) -> list[str]:
    """What axe does not look at."""
    wrong = []
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} h1")
    if page.locator("html").get_attribute("lang") != "id":
        wrong.append("lang is not id")
    if not page.title().strip():
        wrong.append("no title")
    is_phone = screen.viewport == PHONE
    wrong += [
        f"too small: {one}" for one in page.evaluate(SMALL, SMALL_FINGER_PX if is_phone else SMALL_POINTER_PX)
    ]
    wrong += [f"sticks out: {one}" for one in page.evaluate(SIDEWAYS)]
    if is_phone:
        page.set_viewport_size({"width": NARROWEST_PX, "height": 640})
        wrong += [f"sticks out at {NARROWEST_PX} px: {one}" for one in page.evaluate(SIDEWAYS)]
        page.set_viewport_size(screen.viewport)
    return wrong


def words_shown(page: Page) -> set[str]:
    """The words a person reads on this screen, also those only spoken or shown as a title."""
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z-]+", str(page.evaluate(WORDS)))}


def told(found: dict[str, Any]) -> str:
    """For the person who reads the failed test."""
    return json.dumps(found, indent=1, ensure_ascii=False)


def sheet_by_hand(page: Page, what: str, where: str, **fields: Any) -> int:
    """A taker registers an incident without a call; returns its number. The page must be her desk."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    headers = {"x-csrftoken": token, "accept": "application/json"}
    sheet = page.request.post("/meja/lembar", data={}, headers=headers).json()["sheet"]
    proposed = page.request.get("/meja/dimana", params={"q": where}, headers=headers).json()
    kind = page.request.get("/meja/apa", params={"q": what}, headers=headers).json()[0]
    body = {"what": what, "type": kind["code"], "type_is_chosen": True, "where": where, **fields}
    if proposed:
        body |= {"where": proposed[0]["text"], "place": proposed[0]}
    sent = page.request.post(f"/meja/lembar/{sheet}/kirim", data={"fields": body}, headers=headers).json()
    page.request.post(f"/meja/lembar/{sheet}/selesai", data={}, headers=headers)
    return int(sent["number"])


def close_all(page: Page, house: House) -> None:
    """Every open incident is over."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    for row in house.rows("select id from incident where outcome is null"):
        answer = page.request.post(
            f"/kejadian/{row['id']}/tutup", form={"outcome": "handled"}, headers={"x-csrftoken": token}
        )
        assert answer.ok
