"""A conversation by text on a real installation, with keys alone; and a call nobody takes rings at every free seat."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import SignIn, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
NUMBER = "+6281133000001"


def writes(network: Page, key: str, text: str) -> str:
    """What the gateway of the network hands in."""
    token = network.locator("meta[name=csrf-token]").get_attribute("content") or ""
    answer = network.request.post(
        "/api/sms", data={"number": NUMBER, "text": text, "key": key},
        headers={"x-csrftoken": token, "accept": "application/json"},
    )  # fmt: skip
    assert answer.status == 201, answer.text()
    return str(answer.json()["call"])


def test_she_answers_in_writing_lays_aside_and_takes_up_again_with_keys_alone(
    house: House, desk: SitDown, sign_in: SignIn, telephone: Telephone
) -> None:
    network = sign_in("admin")
    network.goto("/atur")
    rani = desk("taker1")
    page, texts = rani.page, rani.page.locator("#texts")
    text = writes(network, "gw-browser-1", "tolong, suami saya mengancam, tidak bisa bicara")
    rani.answer()
    expect(texts).to_contain_text("tidak bisa bicara")
    rani.press("Alt+m")
    picture(page, "text, prepared replies")
    assert violations(page) == []
    rani.press("Alt+m", "1")  # looking took longer than the digits are waited for
    expect(texts.locator(".text-line")).to_have_count(2)
    rani.press("Alt+j")
    expect(page.locator("#text-reply")).to_be_focused()
    page.keyboard.type("1 orang?")  # a digit in the box is a digit
    rani.press("Enter")
    expect(texts).to_contain_text("1 orang?")
    picture(page, "text, open")
    assert violations(page) == []
    replies = house.value('select array_agg(text order by created_at) from message where "to" = $1', NUMBER)
    assert [replies[0].startswith("112 menerima pesan"), replies[1:]] == [True, ["1 orang?"]]

    rani.press("Alt+i")
    expect(texts.locator("[data-text-act=buka]")).to_have_count(1)
    expect(page.locator("#seat-state")).to_have_attribute("data-seat", "ready")
    writes(network, "gw-browser-2", "cepat")
    expect(texts).to_contain_text("pesan baru")
    picture(page, "text, aside with news")
    assert violations(page) == []
    rani.press("Alt+u")
    expect(texts.locator(".text-line")).to_have_count(4)
    expect(page.locator("siaga-sheet")).to_have_attribute("data-sheet", "draft")
    assert house.value("select aside_at is null from call where id = $1", text)
    rani.press("F9", "3")
    expect(texts.locator("#texts-body")).to_have_count(0)


def test_from_the_sixth_second_the_other_free_taker_hears_it_too_and_may_take_it(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani, septi = desk("taker1"), desk("taker2")
    telephone.dial("081133000002")
    house.wait_until(lambda: "ringing" in (rani.seat, septi.seat), "it rings at one of the two", 10)
    first = rani if rani.seat == "ringing" else septi
    other = septi if first is rani else rani
    row = other.page.locator("#queue [data-anybodys-from]")
    expect(row.locator("[data-anybodys]")).to_be_hidden()
    expect(row).to_have_attribute("data-sound", "ring", timeout=10_000)
    expect(row).to_contain_text("siapa pun boleh menjawab")
    expect(row.locator(".button-ok")).to_be_visible()
    picture(other.page, "queue, anybody's")
    other.press("F2")
    expect(other.page.locator("#what")).to_be_focused()
    expect(first.page.locator("#seat-state")).to_have_attribute("data-seat", "ready")
    other.press("F9", "2")
