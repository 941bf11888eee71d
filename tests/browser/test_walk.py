"""One call, from the ring to the closed incident, as the people in it live through it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from siaga.adapters.phone.sound.prompts import SPOKEN
from tests.a_recording import stereo
from tests.sip.caller import share_with_tone
from tests.walk.callers import CALLER_HZ, TAKER_HZ, Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import PHONE, WALL, SignIn
from tests.walk.post_box import PostBox
from tests.walk.sipp_caller import PROGRAM, SippCaller

from .screens import close_all

pytestmark = [pytest.mark.browser, pytest.mark.sip]

KEYS_MAX = 25  # from ringing to sent; the best open peer needs 68
GREETING_SHARE_MIN = 0.5  # the rest: a packet that came late on a busy machine
ONE_SIDED_SHARE_MAX = 0.02  # of the other side's tone on a channel of the recording


def test_one_call_walks_all_the_way(
    house: House, desk: Callable[..., Desk], telephone: Telephone, sign_in: SignIn
) -> None:
    dispatcher, wall = sign_in("dispatcher"), sign_in("dinding", viewport=WALL)
    dispatcher.goto("/papan")
    close_all(dispatcher, house)  # the wall's strip names a few, and this one must be among them
    wall.goto("/dinding")
    damkar = sign_in("damkar", viewport=PHONE, has_touch=True)
    damkar.goto("/opd")
    head = sign_in("pimpinan")
    fires, in_kesambi = counted(head)
    rani = desk("taker1")

    caller = telephone.dial("081234567890")
    rani.expect_ringing()
    house.wait_until(lambda: caller.heard_seconds() > 2.0, "the caller hears something", 10)
    assert caller.share_of(SPOKEN / "greeting.wav") >= GREETING_SHARE_MIN
    rani.keys = 0
    rani.answer()
    rani.register("keb", "kesambi")
    assert rani.keys <= KEYS_MAX
    number = rani.number_sent()

    assert caller.hears(TAKER_HZ)
    assert rani.hears(CALLER_HZ)
    expect(rani.page.locator("#progress")).to_contain_text("belum diterima")
    expect(dispatcher.locator("#incidents")).to_contain_text("Kebakaran bangunan")
    expect(wall.locator("#strip")).to_contain_text("Kebakaran bangunan, Kesambi")

    taps = count_taps(damkar)
    damkar.locator(".card", has_text=f"#{number}").get_by_role("button", name=re.compile("TERIMA")).tap()
    expect(damkar.locator(".card", has_text=f"#{number}")).to_contain_text("Tiba di TKP")
    assert taps() == 1
    expect(rani.page.locator("#progress")).to_contain_text(re.compile(r"Damkar\s+menerima"))
    expect(dispatcher.locator("#incidents")).to_contain_text("Damkar ✓")

    rani.press("Shift+F2")
    house.wait_until(lambda: caller.was_hung_up_on, "the caller hears that she hung up", 10)
    expect(rani.page.locator("#strip")).to_contain_text("Telepon ditutup")
    rani.page.wait_for_timeout(1600)  # the guard against a nervous second Ctrl+Enter
    rani.press("Control+Enter")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
    expect(rani.page.locator("#seat-state")).to_have_attribute("data-seat", "ready")
    assert_recorded(house, "081234567890")

    finish_the_task(damkar, number)
    close_incident(dispatcher, number)
    expect(dispatcher.locator("main")).to_contain_text("Ditutup")
    assert counted(head) == (fires + 1, in_kesambi + 1)


def counted(page: Page) -> tuple[int, int]:
    """How many fires, and how many incidents in Kesambi, the statistics page counts today."""
    page.goto("/laporan?periode=hari")
    numbers = []
    for table, row in (("#table-kelompok", "Kebakaran"), ("#table-wilayah", "Kesambi")):
        found = page.locator(f"{table} tbody tr").filter(
            has=page.get_by_role("rowheader", name=row, exact=True)
        )
        numbers.append(int(found.first.locator("td.number").first.inner_text()) if found.count() else 0)
    return numbers[0], numbers[1]


def count_taps(page: Page) -> Callable[[], int]:
    """Counts what the finger does on this page from now on, also across its reloads."""
    counted: list[str] = []
    page.expose_function("siagaTap", lambda: counted.append("tap"))
    page.evaluate("addEventListener('click', () => siagaTap(), true)")
    return lambda: len(counted)


def finish_the_task(page: Page, number: int) -> None:
    """The agency arrives, and says what came of it."""
    card = page.locator(".card", has_text=f"#{number}")
    card.get_by_role("button", name="Tiba di TKP").tap()
    expect(card.locator("a.button-main")).to_contain_text("Selesai")
    card.locator("a.button-main").tap()
    page.get_by_label(re.compile("Hasilnya")).fill("api padam")
    page.get_by_role("button", name="Selesai").tap()
    page.wait_for_url(re.compile("/opd$"))
    expect(page.locator(".inbox-side")).to_contain_text("api padam")


def close_incident(page: Page, number: int) -> None:
    """The dispatcher opens the incident's page and closes it with an outcome."""
    page.goto(f"/kejadian/{number}")
    page.select_option("#akibat", "handled")
    page.locator(".change-close button[type=submit]").click()
    expect(page.locator("#head")).to_contain_text("ditangani")


def assert_recorded(house: House, number: str) -> None:
    """Both sides are in the recording, each on its own channel, and nothing else is on the caller's."""
    query = (
        "select recording.file from recording join call on call.city_id = recording.city_id "
        "and call.id = recording.call where call.number = $1 order by recording.saved_at desc limit 1"
    )
    until = time.monotonic() + 10
    while (file := house.value(query, number)) is None:
        assert time.monotonic() < until, "no recording was saved"
        time.sleep(0.1)
    sound = stereo(house.home / "recordings" / file, house.home / "recording-keys")
    heard = sound[-8000 * 3 :]
    assert share_with_tone(heard[:, 0], CALLER_HZ) > 0.3
    assert share_with_tone(heard[:, 1], TAKER_HZ) > 0.3
    assert share_with_tone(heard[:, 0], TAKER_HZ) < ONE_SIDED_SHARE_MAX
    assert share_with_tone(heard[:, 1], CALLER_HZ) < ONE_SIDED_SHARE_MAX


def test_the_agency_accepts_with_one_tap_on_the_link_it_was_sent(
    house: House, desk: Callable[..., Desk], telephone: Telephone, sign_in: SignIn
) -> None:
    with PostBox() as box:
        added = house.command("contact", "add", "damkar", "Piket Damkar", box.address)
        assert added.returncode == 0, added.stderr
        rani = desk("taker1")
        telephone.dial("085711112222")
        rani.answer()
        rani.register("keb", "drajat")
        number = rani.number_sent()
        link = box.link(f"#{number} ")

        phone = sign_in(None, viewport=PHONE, has_touch=True)
        requests: list[str] = []
        sizes: list[int] = []
        phone.on("request", lambda asked: requests.append(asked.url))
        phone.on("response", lambda answer: sizes.append(len(answer.body())))
        phone.goto(re.sub(r"^https?://[^/]+", house.url, link))
        phone.get_by_role("button", name="TERIMA").tap()
        expect(phone.get_by_role("status")).to_contain_text("Anda menerima")
        assert len(requests) <= 2
        assert sum(sizes) <= 60_000
        expect(rani.page.locator("#progress")).to_contain_text(re.compile(r"Damkar\s+menerima"))
        house.command("contact", "remove", house.value("select id from contact where name = 'Piket Damkar'"))


@pytest.mark.skipif(PROGRAM is None, reason="no sipp on this machine")
def test_a_foreign_telephone_is_heard_and_hears(
    house: House, desk: Callable[..., Desk], tmp_path: Path
) -> None:
    rani = desk("taker1")
    with SippCaller(house.sip, "081355550000", tmp_path) as caller:
        caller.speak()
        rani.answer()
        assert rani.hears(CALLER_HZ)
        assert caller.hears(TAKER_HZ)
        rani.page.wait_for_timeout(2000)
        rani.press("Shift+F2")
        assert caller.ended_well(), caller.errors()
    assert_recorded(house, "081355550000")
    rani.press("F9", "3")
    expect(rani.page.locator("siaga-sheet")).to_have_attribute("data-sheet", "idle")
