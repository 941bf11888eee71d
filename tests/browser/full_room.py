"""A room in which everything that can stand open stands open, made the way people make it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.walk.house import House
from tests.walk.people import DESK, PHONE, WALL, Cookies

from .screens import LINK_NAME, settle, sheet_by_hand

REPORTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "kebakaran rumah",
        "kesambi",
        {"hazards": ["terjebak"], "rt_rw": "3/5", "notes": "api di dapur\n1 anak di dalam"},
    ),
    ("banjir", "kejaksan", {"landmark": "depan masjid raya"}),
    ("kecelakaan motor", "harjamukti", {}),
    ("ular", "argasunya", {}),
    ("kebakaran rumah", "drajat", {}),
)
TYPING = "menara air di seberang pasar"
A_PLACE = {
    "kind": "hazard", "text": "Tabung gas besar di gudang belakang", "where": "Gudang Pelita", "point": "-6.72, 108.55",
    "radius_m": "50", "owner": "damkar", "days": "90",
}  # fmt: skip
A_CASE = {"where": "Gang Melati 3", "words": "anak dikunci di kamar", "reporter_name": "Tini", "key": "layar"}
A_LINK = (
    "insert into location_link (city_id, id, call, sent_by, sent_at, expires_at, version) select city_id, "
    f"'{LINK_NAME}', 'no call', 'taker', now(), now() + interval '1 hour', 1 from incident limit 1 "
    "on conflict do nothing returning id"
)

LIVE = (
    ("desk", "taker1", "/meja", DESK),
    ("board", "dispatcher", "/papan", DESK),
    ("supervisor", "pengawas", "/pengawas", DESK),
    ("incident", "dispatcher", "/kejadian/{number}", DESK),
    ("inbox", "damkar", "/opd", PHONE),
    ("wall", "dinding", "/dinding", WALL),
)


def person(browser: Browser, house: House, signed_in: Cookies, account: str, path: str) -> Page:
    """Somebody before a screen; whoever asks closes the context."""
    page = browser.new_context(base_url=house.url, storage_state=signed_in(account)).new_page()
    page.goto(path)
    return page


def fill(browser: Browser, house: House, signed_in: Cookies) -> None:
    """Incidents of every priority, a protected case, tasks, a sheet somebody types on, a handover, a place."""
    taker = person(browser, house, signed_in, "taker1", "/meja")
    for what, where, fields in REPORTS:
        sheet_by_hand(taker, what, where, **fields)
    _post(taker, "/terlindung/lapor", {**A_CASE, "channel": _first_channel(taker)})
    given = {"to": _id_of(house, "taker2"), "notes": "Lampu meja 2 mati; sudah dilaporkan."}
    _post(taker, "/serah-terima", given)
    _post(taker, "/atur/tempat", A_PLACE)
    colleague = person(browser, house, signed_in, "taker2", "/meja")
    colleague.locator("#liveness[data-live=live]").wait_for()
    colleague.keyboard.press("F3")
    expect(colleague.locator("#what")).to_be_focused()
    colleague.keyboard.type("kebakaran")
    colleague.locator("#where").fill(TYPING)
    draft = f"select id from sheet where done_at is null and draft like '%{TYPING}%'"
    house.wait_until(lambda: house.value(draft) is not None, "what she types is kept", 20)
    _post(taker, f"/lembar/{house.value(draft)}/ikut", {})
    damkar = person(browser, house, signed_in, "damkar", "/opd")
    damkar.locator(".card-waiting").nth(1).wait_for()
    damkar.locator(".card-waiting button[type=submit]").first.click()
    damkar.get_by_role("button", name="Tiba di TKP").wait_for()
    house.value(A_LINK)
    for page in (taker, colleague, damkar):
        page.context.close()


def clear(house: House) -> None:
    """Nobody is left with a sheet on her desk."""
    house.rows("update sheet set done_at = now() where done_at is null returning id")


def _post(page: Page, path: str, form: Mapping[str, str]) -> None:
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    answer = page.request.post(path, form=dict(form), headers={"x-csrftoken": token})
    assert answer.ok, f"{path}: {answer.status} {answer.text()[:400]}"
    assert "data-summary" not in answer.text(), f"{path}: {answer.text()[:2000]}"


def _first_channel(page: Page) -> str:
    text = page.request.get("/terlindung/lapor").text()
    return text.split('id="channel"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def _id_of(house: House, account: str) -> str:
    return str(house.value("select id from person where username = $1", account))


def open_live(browser: Browser, house: House, signed_in: Cookies) -> dict[str, Page]:
    """One page of every kind that follows the journal."""
    number = house.value("select max(number) from incident where not protected and outcome is null")
    pages = {}
    for name, account, path, viewport in LIVE:
        context = browser.new_context(
            base_url=house.url, viewport=viewport, color_scheme="dark", storage_state=signed_in(account)
        )
        pages[name] = context.new_page()
        pages[name].goto(path.format(number=number))
    for page in pages.values():
        settle(page)
    return pages


def stand_open(browser: Browser, house: House, signed_in: Cookies) -> None:
    """Something stands open on every screen."""
    page = person(browser, house, signed_in, "taker1", "/meja")
    for what, where, fields in REPORTS[:3]:
        sheet_by_hand(page, what, where, **fields)
    page.context.close()
