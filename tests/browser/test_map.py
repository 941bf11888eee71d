"""The map on a real installation: drawn offline from an imported map, held still, pointed at; and without WebGL."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from siaga.adapters.maps.boundary_file import boundary_path
from siaga.adapters.maps.map_edition import edition_folder
from tests.walk.house import House
from tests.walk.people import Cookies, SignIn, picture
from tests.web.map_stage import a_home, sample_city

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

GL = re.compile("gl")
DRAWN_MS_MAX = 30_000  # software draws the first picture in two seconds; a busy machine is given more
NO_WEBGL = """
const had = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return /webgl/.test(kind) ? null : had.call(this, kind, ...more);
};
"""


@pytest.fixture(scope="module")
def mapped(house: House) -> Iterator[House]:
    """The house with an imported map, which is gone again for the tests of others."""
    a_home(house.home, basemap=True)
    yield house
    shutil.rmtree(house.home / "maps")
    boundary_path(house.home, sample_city()).unlink()


def drawn(page: Page) -> None:
    expect(page.locator("siaga-map")).to_have_attribute("data-drawn", GL, timeout=DRAWN_MS_MAX)


def of_the_map(page: Page) -> list[object]:
    """What axe finds wrong about the map; the rest of a screen is looked at elsewhere."""
    return [one for one in violations(page) if any("map" in place for place in one["where"])]


def open_an_incident(page: Page, where: str) -> None:
    """A sheet without a call, at a point."""
    page.keyboard.press("F3")
    expect(page.locator("#what")).to_be_focused()
    page.keyboard.type("kebakaran rumah")
    page.keyboard.press("Enter")
    page.locator("#where").fill(where)
    expect(page.locator("#where-options [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("siaga-map")).not_to_have_attribute("data-place", "")


def put_away(page: Page) -> None:
    expect(page.locator("[data-message]")).to_contain_text("Terkirim")
    page.wait_for_timeout(1600)  # a second Ctrl+Enter right away is a nervous finger, not "finished"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#what")).to_have_count(0)


def test_she_points_at_the_map_and_it_stays_where_she_put_it(mapped: House, sign_in: SignIn) -> None:
    page = sign_in("taker2")
    page.goto("/meja")
    drawn(page)
    expect(page.locator(".map-credit")).to_contain_text("OpenStreetMap")
    expect(page.locator(".map-sample")).to_be_visible()
    page.keyboard.press("F3")
    expect(page.locator("#what")).to_be_focused()
    page.locator("#where").focus()
    box = page.locator(".map-view").bounding_box()
    assert box is not None

    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#where")).to_have_value(re.compile(r"^-6\.\d+, 108\.\d+$"))
    expect(page.locator("#where")).to_be_focused()
    first = page.locator("#where").input_value()
    lock = page.locator(".map-lock")
    expect(lock).to_be_hidden()

    view = page.locator(".map-view")
    view.focus()
    page.keyboard.press("ArrowRight")
    expect(lock).to_have_text("Peta dikunci – tekan 0 untuk ikut")
    page.locator("#where").fill("")
    page.locator("#where").focus()
    view.focus()
    page.keyboard.press("Enter")  # by keys: what lies under the cross
    expect(page.locator("#where")).to_be_focused()
    expect(page.locator("#where")).not_to_have_value(first)
    expect(lock).to_be_visible()
    view.focus()
    page.keyboard.press("0")
    expect(lock).to_be_hidden()
    picture(page, "map, desk")
    assert of_the_map(page) == []

    page.locator("#what").fill("kebakaran rumah")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    put_away(page)


def test_a_second_window_follows_the_desk_and_its_layers_are_remembered(
    mapped: House, sign_in: SignIn
) -> None:
    page = sign_in("taker2")
    page.goto("/meja")
    desk = page.locator("siaga-map").get_attribute("data-desk")
    other = page.context.new_page()
    other.goto(f"/peta?ikut={desk}")
    drawn(other)
    open_an_incident(page, "-6.7260, 108.5560")
    expect(other.locator("siaga-map")).to_have_attribute("data-place", "-6.72600,108.55600")
    page.keyboard.press("Control+Enter")
    put_away(page)
    expect(other.locator("siaga-map")).to_have_attribute("data-place", "")
    expect(other.locator(".map-list li").filter(has_text="Kebakaran").first).to_be_attached()

    other.locator(".map-layers > summary").press("Enter")
    other.locator("[data-layer=hazards]").press("Space")
    other.locator("[data-layer=health]").press("Space")
    other.reload()
    drawn(other)
    assert other.locator("[data-layer=hazards]").is_checked()
    assert not other.locator("[data-layer=health]").is_checked()
    picture(other, "map, page of its own")
    assert of_the_map(other) == []


def test_damaged_tiles_leave_the_roads(mapped: House, sign_in: SignIn) -> None:
    folder = edition_folder(mapped.home)
    assert folder is not None
    tiles = folder / "basemap.pmtiles"
    whole = tiles.read_bytes()
    tiles.write_bytes(b"no tiles at all" * 20)
    try:
        page = sign_in("dispatcher")
        with page.expect_request("**/peta/jalan?*", timeout=DRAWN_MS_MAX):
            page.goto("/peta")
        drawn(page)
    finally:
        tiles.write_bytes(whole)


def test_without_webgl_there_is_a_drawing_and_a_list(
    mapped: House, browser: Browser, signed_in: Cookies, sign_in: SignIn
) -> None:
    taker = sign_in("taker2")
    taker.goto("/meja")
    open_an_incident(taker, "-6.7205, 108.5601")
    taker.keyboard.press("Control+Enter")
    put_away(taker)
    context = browser.new_context(
        base_url=mapped.url, viewport={"width": 1366, "height": 768}, storage_state=signed_in("dispatcher")
    )
    context.add_init_script(NO_WEBGL)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/papan")
    row = page.locator("#incidents [data-row]", has_text="-6.7205, 108.5601").first
    mark = page.locator(f"[data-incident='{(row.get_attribute('id') or '').removeprefix('row-')}']")
    expect(mark).to_be_visible()
    expect(page.locator(".map-list li").first).to_be_visible()
    row.focus()
    page.keyboard.press("L")
    expect(page.locator(".map-info")).to_contain_text("#")
    expect(page.locator(".map-lock")).to_be_visible()
    row.focus()
    page.keyboard.press("0")
    expect(page.locator(".map-lock")).to_be_hidden()
    expect(page.locator("siaga-map")).not_to_have_attribute("data-drawn", GL)
    assert not [url for url in asked if not url.startswith(mapped.url) and not url.startswith("data:")]
    assert not [url for url in asked if "pmtiles" in url], "tiles nobody draws are not fetched"
    picture(page, "map, board without WebGL")
    assert of_the_map(page) == []
    context.close()
