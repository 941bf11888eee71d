"""UT-05: a caller who says nothing, on a real line and a real desk; Senyap is refused until he was asked for a sign."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from siaga.adapters.phone.sound.prompts import SPOKEN
from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
SILENT_HZ = 0.0  # a telephone that carries nothing
BEGINS_MS_MAX = 20_000  # five seconds of silence, and whatever a busy machine adds
CHECK_MS_MAX = 60_000
PROMPT_HEARD_SECONDS = 1.0


def check(page: Page, state: str, within_ms: float) -> None:
    expect(page.locator("#silent-body")).to_have_attribute("data-check", state, timeout=within_ms)


def keep(late: list[Route], asked: Route) -> None:
    """Playwright takes no builtin as a handler."""
    late.append(asked)


def disposition(house: House, number: str) -> object:
    return house.value(f"select disposition from call where number = '{number}'")


def test_senyap_is_refused_until_the_check_ran_and_takes_two_keys_then(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    late: list[Route] = []
    caller = telephone.dial("081155500001", hz=SILENT_HZ)
    # A busy server: her fingers are faster than the call bar.
    rani.page.route("**/meja/kendali", lambda asked: keep(late, asked))
    rani.answer()
    rani.press("F10")  # her voice would be mixed with the question, and a machine's ear knows it only alone
    for asked in late:
        asked.continue_()
    rani.page.unroute("**/meja/kendali")
    expect(rani.page.locator("#call-bar")).to_contain_text("BICARA")
    expect(rani.page.locator("siaga-voice")).to_have_attribute("data-voice", "muted")
    rani.press("F9", "1")
    expect(rani.page.locator("[data-message]")).to_contain_text("Belum boleh Senyap")

    check(rani.page, "running", BEGINS_MS_MAX)
    picture(rani.page, "desk, silent check")
    rani.press("F9", "1")
    expect(rani.page.locator("[data-message]")).to_contain_text("masih berjalan")
    assert disposition(house, caller.number) is None
    house.wait_until(
        lambda: caller.seconds_of(SPOKEN / "silent_check.wav") > PROMPT_HEARD_SECONDS,
        "he hears the question",
        15,
    )
    assert violations(rani.page) == []

    check(rani.page, "ended", CHECK_MS_MAX)
    expect(rani.page.locator("[data-may-be-ghost]")).to_be_visible()
    rani.keys = 0
    rani.press("F9", "1")
    house.wait_until(lambda: disposition(house, caller.number) == "ghost", "put away as silent", 5)
    assert rani.keys == 2
    expect(rani.page.locator("siaga-voice")).to_have_attribute(
        "data-voice", "on"
    )  # muted for that caller only


def test_a_key_in_the_check_makes_it_critical_and_a_question_is_answered_by_key(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    caller = telephone.dial("081155500002", hz=SILENT_HZ)
    rani.answer()
    rani.press("Alt+v")
    check(rani.page, "running", 5_000)
    caller.press("7")
    check(rani.page, "signal", 5_000)
    expect(rani.page.locator(".silent-banner")).to_contain_text("Diduga tidak bisa bicara")
    expect(rani.page.locator(".silent-heard")).to_contain_text("menekan 7")

    rani.press("Alt+t")
    picture(rani.page, "desk, questions")
    assert violations(rani.page) == []
    rani.press("1")
    expect(rani.page.locator(".silent-answers")).to_contain_text("belum dijawab")
    caller.press("1")
    expect(rani.page.locator(".silent-answers li b")).to_have_text("ya")
    assert violations(rani.page) == []
    picture(rani.page, "desk, cannot speak")
    rani.press("F9", "1")
    expect(rani.page.locator("[data-message]")).to_contain_text("tidak bisa bicara")
    rani.press("Alt+b")
    expect(rani.page.locator("[data-type-line]")).to_contain_text("Diduga tidak bisa bicara")
    assert house.value(f"select urgency from call where number = '{caller.number}'") == 1
