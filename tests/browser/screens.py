"""Every screen there is: who looks at it, where, on what, and what a careful reader finds wrong with it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

from siaga import clock
from siaga.features.dispatch.links import make_link
from siaga.features.locating.links import PURPOSE, SIGNATURE_LETTERS
from siaga.secret import installation_secret, signature
from tests.walk.house import House
from tests.walk.people import DESK, PHONE, PICTURES_ENV, WALL, Cookies

from .looking import MOVING, look, shape_of, text_shown, told, violations, words_of

__all__ = [
    "SCREENS",
    "Finding",
    "Reader",
    "Screen",
    "close_all",
    "settle",
    "sheet_by_hand",
    "told",
    "violations",
]

OPENED_MS = 300  # what a key opens is fetched


@dataclass(frozen=True)
class Screen:
    """One address as one person sees it.

    ``{number}``, ``{task}``, ``{link}`` ... are filled from the record. ``keys`` are pressed when it stands.
    ``follows``: what stands open shows on it, so that it is looked at empty and full.
    """

    name: str
    account: str | None
    path: str
    viewport: ViewportSize
    follows: bool = False
    shows_names: bool = False  # of agencies and neighbours, in the city's own language
    city_words: frozenset[str] = (
        frozenset()
    )  # what the city itself wrote, or a file's own headings: in one language
    keys: tuple[str, ...] = ()
    is_sheet: bool = False  # of paper, as wide as paper


EVERY = frozenset({"*"})  # a response plan is the city's from its first word to its last
DUTIES = frozenset({"diteruskan", "jam"})  # what the city's protection asks for, and within which time
HEADINGS = frozenset({"hari", "jenis", "catatan"})  # of the columns of a file
SCREENS = (
    Screen("sign-in", None, "/masuk", DESK),
    Screen("sign-in on a phone", None, "/masuk", PHONE),
    Screen("desk", "taker1", "/meja", DESK, follows=True),
    Screen("desk, a sheet", "taker2", "/meja", DESK, keys=("F3",)),
    Screen("desk, help", "taker1", "/meja", DESK, keys=("F1",)),
    Screen("open sheets", "taker1", "/lembar", DESK),
    Screen("a colleague's sheet", "taker1", "/lembar/{sheet}", DESK, city_words=EVERY),
    Screen("handing over", "taker1", "/serah-terima", DESK, follows=True, shows_names=True),
    Screen("handed over", "taker1", "/serah-terima/{handover}", DESK, shows_names=True),
    Screen("board", "dispatcher", "/papan", DESK, follows=True),
    Screen("board, large", "dispatcher", "/papan", WALL),
    Screen("map", "dispatcher", "/peta", DESK),
    Screen("supervisor", "pengawas", "/pengawas", DESK, follows=True),
    Screen("incident", "dispatcher", "/kejadian/{number}", DESK),
    Screen("incident, for the agency", "damkar", "/kejadian/{number}", PHONE),
    Screen("protected incident", "taker1", "/kejadian/{protected}", DESK, city_words=DUTIES),
    Screen("protected report", "taker1", "/terlindung/lapor", DESK),
    Screen("breaking the glass", "dispatcher", "/terlindung/buka", DESK),
    Screen("inbox", "damkar", "/opd", PHONE, follows=True),
    Screen("inbox on a desk", "damkar", "/opd", DESK),
    Screen("inbox without tasks", "kai", "/opd", PHONE),
    Screen("not ours", "damkar", "/opd/tugas/{task}/bukan", PHONE),
    Screen("finished", "damkar", "/opd/tugas/{task}/selesai", PHONE),
    Screen("link", None, "/t/{link}", PHONE),
    Screen("dead link", None, "/t/nothing", PHONE),
    Screen("where the caller is", None, "/l/{place}", PHONE),
    Screen("where nobody is", None, "/l/nothing", PHONE),
    Screen("room under load", "pengawas", "/pengawas/ruang", DESK, shows_names=True),
    Screen("pranks", "pengawas", "/pengawas/iseng", DESK),
    Screen("unmatched locations", "pengawas", "/pengawas/lokasi", DESK),
    Screen(
        "names of places", "pengawas", "/pengawas/nama-tempat", DESK, shows_names=True, city_words=HEADINGS
    ),
    Screen("places", "taker1", "/atur/tempat", DESK, shows_names=True, city_words=HEADINGS),
    Screen("plans", "pengawas", "/atur/rencana?jenis={type}", DESK, city_words=EVERY),
    Screen("non-calls", "taker1", "/meja/bukan", DESK),
    Screen("paper", "taker1", "/meja/kertas", DESK, shows_names=True, is_sheet=True),
    Screen("typing paper in", "taker1", "/meja/kertas/ketik", DESK),
    Screen("reports", "pimpinan", "/laporan", DESK, follows=True),
    Screen("wall", "dinding", "/dinding", WALL, follows=True),
    Screen("size of the wall", "dinding", "/dinding/ukuran", DESK),
    Screen("recordings", "pengawas", "/pengawas/rekaman", DESK),
    Screen("listening again", "taker1", "/rekaman", DESK),
    Screen("people", "admin", "/atur", DESK),
    Screen("own keys", "taker1", "/saya/tombol", DESK),
    Screen("own password", "taker1", "/akun/sandi", PHONE),
    Screen("nothing here", "taker1", "/tidak-ada", DESK),
    Screen("not allowed", "damkar", "/papan", PHONE),
)
LINK_NAME = "jendelaxyz"  # ten letters, as the links have
GAPS = {
    "{number}": "select max(number) from incident join assignment on incident = incident.id "
    "where agency = 'damkar'",
    "{protected}": "select id from incident where protected order by number desc limit 1",
    "{task}": "select id from assignment where agency = 'damkar' and state = 'acknowledged' limit 1",
    "{link}": "select id from assignment where agency = 'damkar' and state = 'sent' limit 1",
    "{sheet}": "select id from sheet where done_at is null and draft like '%menara%' limit 1",
    "{handover}": "select id from handover limit 1",
    "{type}": "select type from incident where not protected limit 1",
    "{place}": f"select id from location_link where id = '{LINK_NAME}'",
}


@dataclass
class Finding:
    """What one look at a screen brought. ``unsure``: contrasts that axe could not measure."""

    axe: dict[str, list[Any]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    shape: list[str] = field(default_factory=list)
    text: str = ""
    english: set[str] = field(default_factory=set)

    @property
    def indonesian(self) -> set[str]:
        """The words on it."""
        return words_of(self.text)


class Reader:
    """Opens every screen once and looks at it in every way that needs no second visit."""

    def __init__(self, browser: Browser, house: House, signed_in: Cookies, state: str) -> None:
        self._browser, self._house, self._signed_in, self._state = browser, house, signed_in, state

    def read_all(self, only: tuple[str, ...] = ()) -> dict[str, Finding]:
        """By the screen's name. A screen that needs an incident or a task is left out while there is none."""
        wanted = [one for one in SCREENS if one.name in only or (not only and self._is_due(one))]
        known = [(screen, self._path(screen)) for screen in wanted]
        return {screen.name: self._read(screen, path) for screen, path in known if path is not None}

    def _is_due(self, screen: Screen) -> bool:
        return screen.follows or self._state != "empty"

    def _path(self, screen: Screen) -> str | None:
        """Its address; ``None`` while there is nothing to show on it."""
        path = screen.path
        for gap, query in GAPS.items():
            if gap not in path:
                continue
            found = self._house.value(query)
            if found is None:
                return None
            path = path.replace(gap, self._signed(gap, str(found)))
        return path

    def _signed(self, gap: str, found: str) -> str:
        if gap == "{link}":
            secret = installation_secret(self._house.home)
            return make_link(secret, assignment=found, who="damkar:0:contoh", now=clock.now())
        if gap == "{place}":
            secret = installation_secret(self._house.home)
            return found + signature(secret, PURPOSE, found)[:SIGNATURE_LETTERS]
        return found

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
            for key in screen.keys:
                page.keyboard.press(key)
                page.wait_for_timeout(OPENED_MS)
            return self._look(page, screen)
        finally:
            context.close()

    def _look(self, page: Page, screen: Screen) -> Finding:
        found = Finding(text=text_shown(page))
        is_narrow = screen.viewport != WALL and not screen.is_sheet
        found.shape = shape_of(page, is_phone=screen.viewport == PHONE, is_narrow=is_narrow)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            self._picture(page, screen, scheme)
            wrong, unsure = look(page, colours_only=scheme == "light")
            found.unsure |= {f"{screen.name}: {one}" for one in unsure}
            if wrong:
                found.axe[scheme] = wrong
        page.emulate_media(reduced_motion="reduce")
        if page.evaluate(MOVING):
            found.shape.append("moves although stillness was asked for")
        if self._state == "empty" or screen.keys:
            return (
                found  # the words are the same as when it is full, and what keys opened is shut by a reload
            )
        page.context.add_cookies([{"name": "siaga_lang", "value": "en", "url": self._house.url}])
        page.reload()
        settle(page)
        if page.locator("html").get_attribute("lang") != "en":
            found.shape.append("stays Indonesian")
        found.english = words_of(text_shown(page))
        self._picture(page, screen, "english")
        return found

    def _picture(self, page: Page, screen: Screen, look: str) -> None:
        if folder := os.environ.get(PICTURES_ENV):
            page.screenshot(path=Path(folder) / f"{self._state} {screen.name} {look}.png")


def settle(page: Page) -> None:
    """Wait until a live screen is live."""
    if page.locator("#liveness").count():
        page.locator("#liveness[data-live=live]").wait_for()


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
    for row in house.rows("select id from incident where outcome is null and not protected"):
        answer = page.request.post(
            f"/kejadian/{row['id']}/tutup", form={"outcome": "handled"}, headers={"x-csrftoken": token}
        )
        assert answer.ok
