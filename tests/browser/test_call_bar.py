"""The call bar and the supervisor's room on a real installation: by keys, with real sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.sip.desk_phone import FakeDeskPhone
from tests.walk.callers import CALLER_HZ, TAKER_HZ, Telephone, syllables
from tests.walk.desk import LISTEN, Desk
from tests.walk.house import House
from tests.walk.people import SignIn, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
FIRE_HZ = 1700.0


@pytest.fixture
def fire_station(telephone: Telephone) -> Iterator[FakeDeskPhone]:
    """An agency's telephone that answers and speaks."""
    phone = FakeDeskPhone(syllables(FIRE_HZ))
    telephone.now(phone.open())
    yield phone
    telephone.loop.call_soon_threadsafe(phone.close)


def has_heard(phone: FakeDeskPhone, hz: float, telephone: Telephone) -> bool:
    """Syllables are tone 60 % of the time, so half a second of them is rarely all tone."""
    return telephone.now(phone.hears(hz, within=8.0, share=0.3))


def test_hold_three_and_transfer_by_keys_alone(
    house: House, desk: SitDown, telephone: Telephone, fire_station: FakeDeskPhone
) -> None:
    rani = desk("taker1")
    bar = rani.page.locator("#call-bar")
    expect(bar).to_contain_text("Tidak ada percakapan")
    picture(rani.page, "call-bar-idle")
    asked: list[str] = []
    rani.page.on("request", lambda request: asked.append(f"{request.method} {urlsplit(request.url).path}"))
    caller = telephone.dial("081100000051")
    rani.answer()
    expect(bar).to_contain_text("BICARA")
    assert caller.hears(TAKER_HZ)
    expect(rani.page.locator("#call-quality")).to_contain_text("MOS", timeout=15_000)
    assert asked.count("GET /meja/lembar") == 1, "the sheet is fetched once for a call"
    assert asked.count("GET /meja/gangguan") <= 1, "what is broken is told, not asked for"
    picture(rani.page, "call-bar-talking")
    assert violations(rani.page) == []

    rani.press("Shift+F3")
    expect(bar).to_contain_text("DITAHAN")
    picture(rani.page, "call-bar-held")
    house.wait_until(lambda: not caller.hears(TAKER_HZ, within=0.5), "the held caller hears her no more", 6)
    rani.press("Shift+F3")
    expect(bar).to_contain_text("BICARA")
    assert caller.hears(TAKER_HZ)

    rani.press("Shift+F7")
    expect(rani.page.locator("#partner-search")).to_be_focused()
    picture(rani.page, "call-bar-partners")
    assert violations(rani.page) == []
    rani.page.keyboard.type(fire_station.uri)
    rani.press("Enter")
    expect(bar.locator("[data-talk=gabungkan]")).to_be_visible(timeout=10_000)
    picture(rani.page, "call-bar-consulting")
    assert has_heard(fire_station, TAKER_HZ, telephone)
    rani.press("Shift+F7")
    expect(bar).to_contain_text("BERTIGA")
    picture(rani.page, "call-bar-three")
    assert has_heard(fire_station, CALLER_HZ, telephone)
    assert caller.hears(FIRE_HZ)
    rani.press("Shift+F8")
    rani.press("1", "#")
    expect(rani.page.locator("#keypad-sent")).to_have_text("1#")
    house.wait_until(lambda: "".join(fire_station.voice.keys.values()) == "1#", "the keys arrive", 8)
    picture(rani.page, "call-bar-keypad")
    rani.press("Escape")

    rani.press("Shift+F4")
    expect(rani.page.locator("#seat-state")).to_have_attribute("data-seat", "wrapup")
    assert caller.hears(FIRE_HZ), "caller and fire station go on"
    house.wait_until(lambda: not caller.hears(TAKER_HZ, within=0.5), "she has left them", 6)
    assert house.value("select state from call where number = '081100000051'") == "handed"
    caller.hang_up()
    house.wait_until(lambda: all(one.ended for one in fire_station.dialogs.values()), "both lines end", 6)


def test_a_missed_caller_is_rung_with_one_key_and_a_busy_one_stays(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    rani.page.get_by_role("button", name="Rehat").click()
    caller = telephone.dial("081100000052")
    caller.hang_up()
    row = rani.page.locator("#missed [data-row]", has_text="0811…0052")
    expect(row).to_be_visible()
    row.focus()
    rani.press("c")
    bar = rani.page.locator("#call-bar")
    expect(bar.locator("[data-redial]")).to_be_visible(
        timeout=10_000
    )  # no trunk is configured: nobody is reached
    picture(rani.page, "call-bar-not-reached")
    assert house.value("select attempts from call where number = '081100000052'") == 1
    expect(row).to_be_visible()


def test_the_sound_test_moves_and_names_what_it_hears(desk: SitDown) -> None:
    rani = desk("taker1")
    rani.press("Shift+F1")
    box = rani.page.locator("#sound-check")
    expect(box).to_be_visible()
    expect(rani.page.locator("#sound-check-words")).to_contain_text("cukup kuat", timeout=8_000)
    assert violations(rani.page) == []
    picture(rani.page, "sound-check")
    assert rani.page.evaluate(LISTEN, [TAKER_HZ, 1.0]) < 0.02, "nothing comes back unasked"
    rani.page.locator("[data-hear-myself]").click()
    expect(rani.page.locator("#sound-check-words")).to_contain_text("pusat telepon")
    assert rani.page.evaluate(LISTEN, [TAKER_HZ, 2.5]) >= 0.1, "her own voice comes back"
    rani.press("Escape")
    expect(box).to_be_hidden()


def test_a_supervisor_listens_and_whispers_by_keys(
    house: House, desk: SitDown, sign_in: SignIn, telephone: Telephone
) -> None:
    rani = desk("taker1")
    caller = telephone.dial("081100000053")
    rani.answer()
    rani.press("F10")  # 1000 Hz of hers would pass for an overtone of his 400
    page = sign_in("pengawas")
    page.goto("/")
    expect(page).to_have_url(f"{house.url}/pengawas")
    expect(page.locator("siaga-voice")).to_have_attribute("data-voice", "on", timeout=15_000)
    talk = page.locator("#talks [data-row]", has_text="0811…0053")
    expect(talk.locator("[data-key=D]")).to_be_enabled(timeout=10_000)
    talk.focus()
    page.keyboard.press("d")
    expect(talk.locator("[data-key=D]")).to_have_attribute("aria-pressed", "true")
    picture(page, "supervisor-listens")
    assert violations(page) == []
    supervisor = Desk(page)
    # Twenty seconds: a busy machine, and he is asked for a sign meanwhile, since a tone is no speech.
    assert any(supervisor.hears(CALLER_HZ) for _ in range(10)), "the supervisor hears the caller"
    talk.focus()
    page.keyboard.press("b")
    expect(talk.locator("[data-key=B]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("h")
    expect(talk.locator("[data-key=H]")).to_have_count(0)
    modes = house.rows(
        "select entry::json -> 'data' ->> 'mode' as mode from journal "
        "where name = 'call.monitored.v1' order by position"
    )
    assert [row["mode"] for row in modes] == ["listen", "whisper", "off"]
    page.keyboard.press("a")
    expect(page.locator("[popover]:popover-open")).to_be_visible()
    picture(page, "supervisor-gives")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+F1")
    expect(page.locator("#sound-check")).to_be_visible()
    caller.hang_up()
