"""Board, inbox, one-tap link, incident page and wall in a real browser: what fits, what the keys do, what is live."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from siaga import clock
from siaga.features.dispatch.links import make_link
from siaga.secret import installation_secret
from tests.walk.house import House
from tests.walk.people import DESK, PHONE, WALL, SignIn

from .screens import close_all, sheet_by_hand

pytestmark = pytest.mark.browser

Report = Callable[..., int]
LIVE_MS_MAX = 3000  # the target is 1 s on an idle machine; the machine of a test run is not idle
LINK_BYTES_MAX = 60_000
BARS_MAX = 30
ROWS_AT_1366, ROWS_AT_1920 = 9, 14
UNIT_CARDS = 12
FULLY_SEEN = """(rows) => rows.filter((row) => {
  const body = row.closest(".panel-body").getBoundingClientRect(), at = row.getBoundingClientRect();
  return at.top >= body.top && at.bottom <= body.bottom && at.bottom <= innerHeight;
}).length"""

CUT = """(all) => all
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
  .map((one) => one.id || one.innerText)"""
CRITICAL, CRITICAL_NAMED = 5, 3
HIGHEST_TO_LOWEST = """(strip) => {
  const middles = [...strip.children].filter((one) => one.checkVisibility() && !one.matches(".only-spoken"))
    .map((one) => one.getBoundingClientRect()).map((box) => box.top + box.height / 2);
  return Math.max(...middles) - Math.min(...middles);
}"""
ONE_LINE_PX = 8  # a second line is three times as far
WALL_4K: ViewportSize = {"width": 3840, "height": 2160}


@pytest.fixture
def report(house: House, sign_in: SignIn) -> Report:
    """`report("kebakaran rumah", "kesambi")`: a taker registers an incident; its agencies have been asked."""
    taker = sign_in("taker1")
    taker.goto("/meja")

    def send(what: str, where: str = "kesambi", **fields: object) -> int:
        number = sheet_by_hand(taker, what, where, **fields)
        asked = "select 1 from assignment a join incident i on i.id = a.incident where i.number = $1"
        house.wait_until(lambda: bool(house.rows(asked, number)), "its agencies are asked", 10)
        return number

    return send


@pytest.fixture
def board(house: House, sign_in: SignIn) -> Page:
    """A dispatcher at her board; nothing is open yet."""
    page = sign_in("dispatcher")
    page.goto("/papan")
    close_all(page, house)
    page.reload()
    page.locator("#liveness[data-live=live]").wait_for()
    return page


def overdue(house: House) -> None:
    """Time passes for whoever was asked; the worker raises the alarms by itself."""
    house.rows("update assignment set due_at = now() where state = 'sent'")
    house.wait_until(
        lambda: bool(house.rows("select 1 from alarm where cleared_at is null and kind = 'A4'")),
        "an alarm",
        10,
    )


def row_of(page: Page, number: int) -> str:
    """The selector of an incident's row."""
    row = page.locator("#incidents [data-row]", has=page.get_by_text(str(number), exact=True))
    expect(row).to_be_visible(timeout=LIVE_MS_MAX)
    return f"#{row.get_attribute('id')}"


def test_nine_incidents_fit_below_an_alarm_bar_and_fourteen_on_the_large_screen(
    house: House, board: Page, report: Report
) -> None:
    for number in range(ROWS_AT_1920):
        report("ular" if number else "kebakaran rumah")
    rows = board.locator("#incidents [data-row]")
    expect(rows).to_have_count(ROWS_AT_1920, timeout=LIVE_MS_MAX)
    house.rows(
        "update assignment set due_at = now() where state = 'sent' and agency = 'damkar' and incident = "
        "(select incident from assignment where state = 'sent' and agency = 'damkar' order by sent_at limit 1)"
    )
    expect(board.locator("#alarms .bar")).to_have_count(1, timeout=10_000)

    for viewport, wanted in ((DESK, ROWS_AT_1366), (WALL, ROWS_AT_1920)):
        board.set_viewport_size(viewport)
        assert rows.evaluate_all(FULLY_SEEN) >= wanted, viewport
        assert board.locator("#units .unit").evaluate_all(FULLY_SEEN) >= UNIT_CARDS, viewport
        assert not board.evaluate("document.documentElement.scrollHeight > innerHeight")


def test_an_alarm_is_taken_with_f2_and_stays_in_the_list(house: House, board: Page, report: Report) -> None:
    number = report("kebakaran rumah")
    overdue(house)
    bar = board.locator("#alarms .bar")
    expect(bar.first).to_contain_text(f"#{number}", timeout=10_000)
    for _ in range(BARS_MAX):  # at most three stand at once; others follow from the list behind them
        if not bar.count():
            break
        top = str(bar.first.get_attribute("id"))
        board.keyboard.press("F2")
        expect(board.locator(f'[id="{top}"]')).to_have_count(0, timeout=LIVE_MS_MAX)
    expect(bar).to_have_count(0)
    expect(board.locator("#alarm-list")).to_contain_text("penyebabnya masih ada")


def test_a_row_keeps_its_place_under_her_fingers_until_she_leaves_the_list(
    board: Page, report: Report
) -> None:
    quiet = report("ular")
    first = board.locator(row_of(board, quiet))
    first.focus()
    urgent = report("kebakaran rumah", hazards=["terjebak"])
    board.locator(row_of(board, urgent)).wait_for()
    rows = board.locator("#incidents [data-row]")
    expect(rows.nth(0)).to_have_id(str(first.get_attribute("id")))
    expect(first).to_be_focused()
    board.locator("#help-button").focus()
    expect(rows.nth(0)).to_contain_text(str(urgent))


def test_the_keys_of_a_row_open_what_they_say(board: Page, report: Report) -> None:
    number = report("kebakaran rumah")
    row = board.locator(row_of(board, number))
    row.focus()
    board.keyboard.press("Enter")
    expect(board.locator("#detail-title")).to_contain_text(f"#{number}")
    row.focus()
    board.keyboard.press("d")
    expect(board.locator("#unit")).to_be_focused()
    row.focus()
    board.keyboard.press("o")
    expect(board.locator("#agency")).to_be_focused()
    board.locator("#agency").select_option("dishub")
    board.keyboard.press("Tab")
    board.keyboard.press("Enter")
    expect(board.locator("#detail")).to_contain_text("Dishub", timeout=LIVE_MS_MAX)
    row.focus()
    board.keyboard.press("t")
    expect(board.locator("#akibat")).to_be_focused()


def test_a_link_is_copied_and_accepts_on_a_phone_without_scripts_in_two_requests(
    house: House, board: Page, report: Report, browser: Browser
) -> None:
    number = report("kebakaran rumah")
    board.locator(row_of(board, number)).focus()
    board.keyboard.press("Enter")
    board.get_by_role("button", name="Salin tautan").first.click()
    copied = board.locator("#link-url").input_value()
    expect(board.locator("#link-url")).to_be_focused()

    phone = browser.new_context(base_url=house.url, viewport=PHONE, java_script_enabled=False)
    page = phone.new_page()
    asked: list[str] = []
    answered: list[int] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.startswith("http") else None)
    page.on("response", lambda one: answered.append(len(one.body())) if one.url.startswith("http") else None)
    page.goto("/t/" + copied.rpartition("/t/")[2])
    button = page.get_by_role("button", name="TERIMA")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 56
    assert box["y"] + box["height"] <= PHONE["height"]
    button.click()
    expect(page.get_by_text("Anda menerima")).to_be_visible()
    assert len(asked) == 2
    assert sum(answered) <= LINK_BYTES_MAX
    phone.close()
    expect(board.locator("#detail")).to_contain_text("diterima oleh", timeout=LIVE_MS_MAX)


def test_a_dead_link_says_what_to_do(house: House, browser: Browser) -> None:
    phone = browser.new_context(base_url=house.url, viewport=PHONE, java_script_enabled=False)
    page = phone.new_page()
    old = make_link(
        installation_secret(house.home), assignment="x:y:1", who="c", now=clock.now().replace(year=2025)
    )
    page.goto(f"/t/{old}")
    expect(page.get_by_text("sudah kedaluwarsa")).to_be_visible()
    expect(page.get_by_role("link", name="Telepon 112")).to_have_attribute("href", "tel:112")
    phone.close()


def test_a_task_appears_on_the_phone_by_itself_and_one_tap_is_seen_by_the_room(
    board: Page, report: Report, sign_in: SignIn
) -> None:
    phone = sign_in("damkar", viewport=PHONE)
    phone.goto("/opd")
    expect(phone.locator("#inbox")).to_have_attribute("data-state", "live")
    phone.locator("#liveness[data-live=live]").wait_for()
    number = report("kebakaran rumah")
    card = phone.locator(".card-waiting", has_text=f"#{number}")
    expect(card).to_be_visible(timeout=LIVE_MS_MAX)
    card.get_by_role("button", name="TERIMA").click()
    expect(phone.locator("#inbox")).to_contain_text("Tiba di TKP", timeout=LIVE_MS_MAX)
    board.locator(row_of(board, number)).focus()
    board.keyboard.press("Enter")
    expect(board.locator("#detail")).to_contain_text("Damkar diterima oleh", timeout=LIVE_MS_MAX)


def test_an_accept_that_does_not_get_through_says_so_and_is_sent_once_when_it_can_be(
    house: House, board: Page, report: Report, sign_in: SignIn
) -> None:
    number = report("kebakaran rumah")
    phone = sign_in("damkar", viewport=PHONE)
    phone.goto("/opd")
    card = phone.locator(".card-waiting", has_text=f"#{number}")
    phone.route("**/terima", lambda route: route.abort("internetdisconnected"))
    card.get_by_role("button", name="TERIMA").click()
    kept = phone.locator("#outbox")
    expect(kept).to_contain_text(f"BELUM TERKIRIM: TERIMA #{number}")
    expect(kept.get_by_role("link")).to_have_attribute("href", "tel:112")
    phone.reload()
    expect(kept).to_be_visible()
    phone.unroute("**/terima")
    expect(kept).to_be_hidden(timeout=10_000)
    accepted = (
        "select count(*) from journal join incident on id = journal.incident "
        "where name = 'assignment.acknowledged.v1' and number = $1"
    )
    assert house.value(accepted, number) == 1
    expect(phone.locator("#inbox")).to_contain_text("Tiba di TKP", timeout=LIVE_MS_MAX)


def test_accept_is_above_the_fold_of_a_small_phone(report: Report, sign_in: SignIn, house: House) -> None:
    room = sign_in("dispatcher")
    room.goto("/papan")
    close_all(room, house)
    report(
        "kebakaran rumah", landmark="sebelah masjid Al-Ikhlas", rt_rw="3/5", hazards=["terjebak"], notes="api"
    )
    phone = sign_in("damkar", viewport=PHONE)
    phone.goto("/opd")
    box = phone.locator(".card-waiting .button-big").first.bounding_box()
    dock = phone.locator("footer").bounding_box()
    assert box is not None
    assert dock is not None
    assert box["y"] + box["height"] <= dock["y"]


def test_a_note_is_typed_read_and_followed_by_the_next_without_the_mouse(board: Page, report: Report) -> None:
    number = report("ular")
    board.goto(f"/kejadian/{number}")
    board.locator("#liveness[data-live=live]").wait_for()
    board.locator("#head [data-row]").focus()
    board.keyboard.press("n")
    expect(board.locator("#catatan")).to_be_focused()
    board.keyboard.type("ular di kamar mandi")
    board.keyboard.press("Enter")
    expect(board.locator("#story")).to_contain_text("ular di kamar mandi", timeout=LIVE_MS_MAX)
    expect(board.locator("#catatan")).to_be_focused()
    expect(board.locator("#catatan")).to_have_value("")


def test_an_incident_is_closed_with_an_outcome_and_refused_without_in_words(
    house: House, board: Page, report: Report
) -> None:
    number = report("ular")
    board.goto(f"/kejadian/{number}")
    board.locator("#head [data-row]").focus()
    board.keyboard.press("t")
    board.locator("#akibat").select_option("duplicate")
    board.locator(".change-close button").click()
    expect(board.locator("#status-line")).to_contain_text("Sebutkan kejadian yang sama.")
    board.locator("#akibat").select_option("handled")
    board.locator(".change-close button").click()
    expect(board.locator("#head")).to_contain_text("Ditutup: ditangani")
    assert house.value("select outcome from incident where number = $1", number) == "handled"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_wall_shows_everything_at_once_cut_nowhere_and_live(
    house: House, board: Page, report: Report, sign_in: SignIn, scheme: str
) -> None:
    wall = sign_in("dinding", viewport=WALL, scheme=scheme)
    wall.goto("/dinding")
    wall.locator("#liveness[data-live=live]").wait_for()
    tiles = wall.locator("[data-tile]")
    expect(tiles).to_have_count(14)
    report("kebakaran rumah", hazards=["terjebak"])
    expect(wall.locator("#strip")).to_contain_text("Kebakaran", timeout=LIVE_MS_MAX)
    for viewport in (WALL, WALL_4K):
        wall.set_viewport_size(viewport)
        cut = wall.eval_on_selector_all(
            "[data-tile], [data-tile] .panel-body, [data-tile] h2, #strip",
            CUT,
        )
        assert cut == [], (viewport, wall.locator("#strip").inner_html())
        assert not wall.evaluate(
            "document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"
        )


def test_what_does_not_stand_on_the_walls_line_is_counted_there_and_never_cut(
    board: Page, report: Report, sign_in: SignIn
) -> None:
    wall = sign_in("dinding", viewport=WALL)
    wall.goto("/dinding")
    wall.locator("#liveness[data-live=live]").wait_for()
    for _ in range(CRITICAL):
        report("kebakaran rumah", hazards=["terjebak"])
    strip = wall.locator("#strip")
    named, more = strip.locator("[data-fit]:visible"), strip.locator("[data-more]")
    expect(named).to_have_count(CRITICAL_NAMED, timeout=LIVE_MS_MAX)
    expect(more).to_have_text(f"+{CRITICAL - CRITICAL_NAMED}")
    wall.route("**/dinding/pita", lambda route: route.fulfill(body=with_long_names(route.fetch().text())))
    report("ular")  # the line is drawn anew, with long names of places
    expect(named).not_to_have_count(CRITICAL_NAMED, timeout=LIVE_MS_MAX)
    fitting = named.count()
    assert fitting >= 1
    expect(more).to_have_text(f"+{CRITICAL - fitting}")
    assert wall.eval_on_selector_all("#strip", CUT) == []
    assert strip.evaluate(HIGHEST_TO_LOWEST) < ONE_LINE_PX
    wall.unroute("**/dinding/pita")
    report("ular")
    expect(named).to_have_count(CRITICAL_NAMED, timeout=LIVE_MS_MAX)
    assert strip.evaluate(HIGHEST_TO_LOWEST) < ONE_LINE_PX


def with_long_names(strip: str) -> str:
    """The strip of a city whose places have longer names than the sample city's."""
    return strip.replace(", Kesambi", ", Kesambi" + " dan sekitarnya, di perbatasan kelurahan sebelah" * 2)


def test_a_wall_that_is_too_small_shows_its_tiles_in_turn(sign_in: SignIn) -> None:
    wall = sign_in("dinding", viewport=WALL)
    wall.goto("/dinding?inci=55&meter=5")
    seen = wall.locator("[data-tile]:visible h2")
    expect(seen).to_have_count(3)
    first = seen.all_inner_texts()
    wall.keyboard.press("2")
    expect(seen).to_have_count(4)
    assert set(seen.all_inner_texts()).isdisjoint(first)
    wall.keyboard.press("1")
    assert seen.all_inner_texts() == first
