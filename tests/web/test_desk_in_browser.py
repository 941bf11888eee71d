"""The desk in a real browser, against a played server: keys, focus, drafts, and saying when it is not live."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from .stage import Stage, Story

pytestmark = pytest.mark.browser
DESIGN: ViewportSize = {"width": 1366, "height": 768}
CARET = "[document.activeElement.id, document.activeElement.selectionStart, document.activeElement.value]"
REGION = "(document.activeElement.closest('[data-region]') || document.activeElement).id"


@pytest.fixture
def stage(static: Path) -> Iterator[Stage]:
    with Stage(static, Story()) as made:
        yield made


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    context = browser.new_context(viewport=DESIGN, color_scheme="dark", permissions=["microphone"])
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(error.stack or str(error)))
    made.on(
        "console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield made
    context.close()
    assert wrong == []


def open_desk(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/meja")
    expect(page.locator("#liveness")).to_have_text("Langsung")


def answered(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    page.keyboard.press("F2")
    expect(page.locator("#what")).to_be_focused()


def test_fire_in_kesambi_takes_at_most_25_keys(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    keys = ["F2", *"keb", "Enter", *"kesambi d", "Enter", "Tab", *"3/5", "Tab", "Alt+1", "Control+Enter"]
    assert len(keys) <= 25
    for key in keys:
        page.keyboard.press(key, delay=5)
        page.wait_for_timeout(195)  # five keys a second
    expect(page.locator("[data-message]")).to_contain_text("Terkirim – #24")
    sent = stage.story.told("POST", "/meja/lembar/s-9/kirim")
    assert len(sent) == 1
    fields = sent[0]["fields"]
    assert (fields["type"], fields["rt_rw"], fields["hazards"]) == ("building_fire", "3/5", ["trapped"])
    assert fields["place"]["kelurahan"] == "Drajat"
    expect(page.locator("#progress")).to_contain_text("Pemadam")
    expect(page.locator("#rt_rw")).to_have_value("3/5")


def test_typing_faster_than_the_suggestions_loses_nothing(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("kesambi d")
    page.keyboard.press("Enter")
    page.keyboard.type("sebelah masjid")
    expect(page.locator("#landmark")).to_have_value("sebelah masjid")
    expect(page.locator("#where")).to_have_value("Jl. Kesambi Dalam")
    expect(page.locator("[data-type-line]")).to_contain_text("Kebakaran bangunan")


def test_a_non_call_takes_two_keys(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.press("F9")
    expect(page.locator("#non-calls")).to_have_attribute("data-chord", "open")
    page.keyboard.press("2")
    expect(page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
    assert stage.story.told("POST", "/meja/panggilan/c-2/bukan") == [{"kind": "prank", "sheet": "s-9"}]


def test_a_refused_non_call_says_why_and_keeps_the_sheet(page: Page, stage: Stage) -> None:
    answered(page, stage)
    stage.story.refuse["/meja/panggilan"] = (409, {"detail": "Cek senyap dulu."})
    page.keyboard.type("keb")
    page.keyboard.press("F9")
    page.keyboard.press("1")
    expect(page.locator("[data-message]")).to_have_text("Cek senyap dulu.")
    expect(page.locator("#what")).to_have_value("keb")
    expect(page.locator("#what")).to_be_focused()


def test_a_reload_in_the_middle_restores_text_and_caret(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("kebakaran ruko")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    stage.story.refuse["/meja/lembar/s-9"] = (
        503,
        {"detail": "sibuk"},
    )  # the server never got the last letters
    page.keyboard.type("X")
    page.reload()
    expect(page.locator("#what")).to_have_value("kebakaran Xruko")
    expect(page.locator("#what")).to_be_focused()
    assert page.evaluate("document.activeElement.selectionStart") == 11


def test_autosave_reaches_the_server_within_a_second(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("banjir")
    page.wait_for_timeout(1000)
    assert stage.story.sheet is not None
    assert stage.story.sheet["fields"]["what"] == "banjir"
    expect(page.locator("[data-draft]")).to_contain_text("draf ✓")


def test_a_send_the_network_loses_is_sent_again_with_the_same_key(page: Page, stage: Stage) -> None:
    answered(page, stage)
    stage.story.drop = 2
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("pasar")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("BELUM TERKIRIM")
    expect(page.locator("[data-message]")).to_contain_text("Terkirim – #24", timeout=8000)
    keys = {key for _, path, _, key in stage.story.heard if path.endswith("/kirim")}
    assert keys == {"s-9:kirim"}


def test_missing_what_or_where_is_said_without_moving_the_focus(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.locator("#landmark").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#what-problem")).to_be_visible()
    expect(page.locator("#landmark")).to_be_focused()
    assert stage.story.told("POST", "/meja/lembar/s-9/kirim") == []


def test_news_while_typing_touches_neither_focus_nor_caret(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("kebakaran")
    page.keyboard.press("ArrowLeft")
    before = page.evaluate(CARET)
    for _ in range(5):
        stage.change("calls", "seats", "incidents", "assignments")
        page.wait_for_timeout(120)
    assert before == page.evaluate(CARET)


def test_a_stopped_stream_is_said_within_five_seconds_and_taken_back(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    stage.story.offered = False
    stage.change("calls")
    expect(page.locator("#queue [data-empty]")).to_be_visible()
    stage.story.pulsing = False
    expect(page.locator("#liveness")).to_contain_text(
        "TIDAK LANGSUNG sejak", timeout=6500
    )  # last pulse up to 1 s ago
    expect(page.locator("#lost-bar")).to_be_visible()
    expect(page.locator("#queue")).to_have_attribute("data-state", "stale")
    expect(page.locator("#queue [data-empty]")).to_be_hidden()
    stage.story.pulsing = True
    expect(page.locator("#liveness")).to_have_text("Langsung", timeout=6000)
    expect(page.locator("#queue")).to_have_attribute("data-state", "empty")


def test_a_page_resumes_from_its_own_position(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    starts = [last for _, path, last, _ in stage.story.heard if path == "/siaran"]
    assert starts == ["10"]


def test_two_tabs_share_one_stream(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    other = page.context.new_page()
    other.goto(f"{stage.url}/meja")
    expect(other.locator("#liveness")).to_have_text("Langsung")
    assert len(stage.listeners) == 1
    stage.story.offered = False
    stage.change("calls")
    for one in (page, other):
        expect(one.locator("#queue [data-empty]")).to_be_visible()


def test_a_browser_without_shared_workers_is_live_too(page: Page, stage: Stage) -> None:
    page.add_init_script("delete globalThis.SharedWorker")
    open_desk(page, stage)
    stage.story.offered = False
    stage.change("calls")
    expect(page.locator("#queue [data-empty]")).to_be_visible()


def test_an_ended_session_is_said_and_keeps_what_was_typed(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    stage.story.signed_out = True
    expect(page.locator("#liveness")).to_have_text("Sesi berakhir", timeout=6000)
    expect(page.locator("#lost-bar")).to_contain_text("Masuk lagi di tab baru")
    expect(page.locator("#what")).to_have_value("keb")


def test_help_lists_exactly_the_keys_of_this_screen(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    page.keyboard.press("F1")
    listed = page.locator("[data-help]").evaluate_all("rows => rows.map(row => row.dataset.help)")
    every = page.evaluate("fetch('/static/shortcuts.json').then(r => r.json())")
    unusable = {"list_rebid"}  # no caller, so no network can be asked again
    here = [one for one in every if "desk" in one["screens"] and one["id"] not in unusable]
    assert sorted(listed) == sorted(one["id"] for one in here)
    page.keyboard.type("senyap")
    about = [one for one in here if "senyap" in f"{one['group']} {one['label']}".lower()]
    expect(page.locator("[data-help]")).to_have_count(len(about))
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_escape_never_empties_a_field(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    expect(page.locator("#what-options")).to_be_visible()
    for _ in range(5):
        page.keyboard.press("Escape")
    expect(page.locator("#what-options")).to_be_hidden()
    expect(page.locator("#what")).to_have_value("keb")


def test_f6_goes_round_the_panels_and_back_to_where_one_was(page: Page, stage: Stage) -> None:
    answered(page, stage)
    unsettled = page.locator("[data-panel]:is([data-state=loading], [data-state=error])")
    expect(unsettled).to_have_count(0, timeout=15_000)
    page.locator("#landmark").focus()
    shown = page.evaluate(
        "[...document.querySelectorAll('[data-region]')].filter(one => one.getClientRects().length).length"
    )
    seen = []
    for _ in range(shown):
        page.keyboard.press("F6")
        seen.append(page.evaluate(REGION))
    assert page.evaluate("document.activeElement.id") == "landmark", seen
    assert len(set(seen)) == shown >= 8


def test_every_key_has_one_owner(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.evaluate(
        "window.commands = []; document.addEventListener('siaga:command', e => commands.push(e.detail.id))"
    )
    for key in ("F3", "F4", "F6", "Shift+F6", "F7", "Alt+2", "F10", "F9"):
        before = page.evaluate("commands.length")
        page.keyboard.press(key)
        assert page.evaluate("commands.length") == before + 1, key


def test_notes_get_their_time_and_go_to_the_incident_once(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("pasar")
    page.locator("#notes").focus()
    page.keyboard.type("api di dapur\n")
    assert re.fullmatch(r"\d\d:\d\d api di dapur\n", page.locator("#notes").input_value())
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("Terkirim")
    page.keyboard.type("satu anak di dalam\n")
    page.wait_for_timeout(1500)
    notes = [body["text"][6:] for body in stage.story.told("POST", "/kejadian/i-24/catatan")]
    assert notes == ["satu anak di dalam"]


def test_after_sending_an_edit_corrects_the_incident(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("pasar")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("Terkirim")
    page.locator("#landmark").fill("depan gerbang")
    expect(page.locator("[data-message]")).to_contain_text("#24 diperbarui")
    told = stage.story.told("PATCH", "/kejadian/i-24")
    assert [body["landmark"] for body in told] == ["depan gerbang"]
    assert told[0]["before"]["landmark"] == ""  # so that a colleague's correction is not overwritten unseen


def test_hanging_up_and_finishing_frees_the_desk(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("pasar")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("Terkirim")
    page.keyboard.press("Shift+F2")
    stage.change("calls")
    expect(page.locator("[data-hang-up]")).to_be_hidden()
    page.wait_for_timeout(1600)
    page.keyboard.press("Control+Enter")
    expect(page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('siaga-sheet'))") == []


def test_f7_joins_after_one_question(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("kesambi d")
    page.keyboard.press("Enter")
    expect(page.locator("#same")).to_contain_text("Asap tebal")
    page.keyboard.press("F7")
    expect(page.locator("[data-message]")).to_contain_text("Gabung ke #23")
    page.keyboard.press("Enter")
    expect(page.locator("[data-message]")).to_contain_text("Bergabung ke #24")
    assert stage.story.told("POST", "/meja/lembar/s-9/gabung")[0]["incident"] == "i-23"
    assert stage.story.told("POST", "/meja/lembar/s-9/kirim") == []


def test_the_sheet_fits_the_design_size_with_suggestions_open(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.keyboard.type("keb")
    page.keyboard.press("Enter")
    page.keyboard.type("kesambi")
    expect(page.locator("#where-options .option")).to_have_count(3)
    sheet = page.locator(".sheet-body")
    assert sheet.evaluate("box => box.scrollHeight <= box.clientHeight")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    tops = page.locator(".sheet-actions .button:visible").evaluate_all("all => all.map(one => one.offsetTop)")
    assert len(set(tops)) == 1


def test_the_list_keeps_its_order_while_a_row_has_the_focus(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/papan")
    expect(page.locator("#liveness")).to_have_text("Langsung")
    page.locator("#row-22").focus()
    first = stage.story.rows[0]
    stage.story.rows = [{**first, "number": 25}, *reversed(stage.story.rows)]
    stage.change("incidents")
    expect(page.locator("#row-25")).to_have_attribute("data-new", "")
    order = "[...document.querySelectorAll('[data-row]')].map(row => row.id.slice(4))"
    assert page.evaluate(order) == ["24", "23", "21", "22", "20", "19", "18", "25"]
    expect(page.locator("#row-22")).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator("[data-row]").first).to_have_id("row-25")
    expect(page.locator("#row-22")).to_be_focused()


def test_a_panel_that_cannot_be_fetched_says_so_and_recovers(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    page.route("**/meja/antrean", lambda route: route.fulfill(status=500, body="x"))
    stage.change("calls")
    expect(page.locator("#queue")).to_have_attribute("data-state", "error")
    page.unroute("**/meja/antrean")
    expect(page.locator("#queue")).to_have_attribute("data-state", "live", timeout=4000)


def test_theme_and_language_are_remembered(page: Page, stage: Stage) -> None:
    open_desk(page, stage)
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert "siaga_theme=light" in page.evaluate("document.cookie")
    page.locator('[data-language="en"]').click()
    page.wait_for_load_state()
    assert "siaga_lang=en" in page.evaluate("document.cookie")


def test_the_voice_leg_offers_pcma_first_and_says_what_is_wrong(page: Page, stage: Stage) -> None:
    stage.story.refuse["/meja/suara"] = (503, {"detail": "Node telepon tidak jalan."})
    open_desk(page, stage)
    expect(page.locator(".voice-words")).to_contain_text("Node telepon tidak jalan.")
    offer = stage.story.told("POST", "/meja/suara")[0]
    audio = next(line for line in offer["sdp"].splitlines() if line.startswith("m=audio"))
    assert audio.split()[3] == "8"  # static payload type of PCMA
    expect(page.locator("siaga-voice")).to_have_attribute("data-voice", "failed")


@pytest.mark.parametrize(("width", "path"), [(683, "/meja"), (360, "/tugas"), (320, "/tugas")])
def test_small_windows_scroll_only_downwards(browser: Browser, stage: Stage, width: int, path: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 640})
    page = context.new_page()
    page.goto(stage.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


COUNT_SATURATED = """async (png) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const paint = canvas.getContext('2d');
  paint.drawImage(image, 0, 0);
  const data = paint.getImageData(0, 0, image.width, image.height).data;
  let loud = 0;
  for (let at = 0; at < data.length; at += 4) {
    const most = Math.max(data[at], data[at + 1], data[at + 2]), least = Math.min(data[at], data[at + 1], data[at + 2]);
    if (most && (most - least) / most > 0.5 && most / 255 > 0.35) loud += 1;
  }
  return (100 * loud) / (data.length / 4);
}"""


def test_colour_is_kept_for_what_matters(page: Page, stage: Stage, browser: Browser) -> None:
    canvas = browser.new_page()

    def loud() -> float:
        return float(canvas.evaluate(COUNT_SATURATED, base64.b64encode(page.screenshot()).decode()))

    stage.story.offered, stage.story.seat = False, "ready"
    open_desk(page, stage)
    assert loud() < 2
    page.keyboard.press("F2")
    expect(page.locator("#what")).to_be_focused()
    page.keyboard.type("kebakaran")
    page.keyboard.press("Enter")
    page.keyboard.type("kesambi")
    expect(page.locator("#where-options .option")).to_have_count(3)
    assert loud() < 4
    page.goto(f"{stage.url}/papan")
    expect(page.locator("#liveness")).to_have_text("Langsung")
    assert loud() < 8
    canvas.close()
