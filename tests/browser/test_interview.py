"""What is asked and answered on the sheet: by key, one question at a time, before and after sending."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import PHONE, SignIn, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]


def test_local_words_find_the_type_and_answers_go_on_after_sending(
    house: House, desk: SitDown, telephone: Telephone, sign_in: SignIn
) -> None:
    rani = desk("taker1")
    page = rani.page
    type_line, interview = page.locator("[data-type-line]"), page.locator("[data-interview-box]")
    telephone.dial("081100000061")
    rani.answer()

    rani.press(*"kahuruan")
    expect(type_line).to_contain_text("Kebakaran bangunan")
    expect(type_line).to_contain_text("bahasa Sunda (belum dipastikan penutur)")
    page.locator("#what").fill("")
    rani.press(*"kita kobongan")
    expect(type_line).to_contain_text("Kebakaran bangunan")
    expect(page.locator("[data-local-words]")).to_contain_text("kita (Cerbon): sering berarti saya sendiri")
    rani.press("Alt+k")
    expect(page.get_by_role("dialog")).to_contain_text("kapiuhan (Sunda): pingsan")
    assert violations(page) == []
    rani.press("Escape", "Enter", *"kesambi", "Enter")

    expect(interview).to_contain_text("Semua orang sudah keluar?")
    expect(interview).to_contain_text("belum disetujui")
    rani.press("Alt+6")
    expect(interview).to_contain_text("Berapa orang, di ruang mana?")
    expect(page.locator("[data-hazard=terjebak]")).to_have_attribute("aria-pressed", "true")
    rani.press("Alt+5", *"dua di dapur", "Enter")
    expect(interview).to_contain_text("Apa yang terbakar?")
    rani.press("Control+Alt+5", "Alt+0")
    expect(interview).to_contain_text("Keluar sekarang.")
    picture(page, "desk, asking")
    assert violations(page) == []

    rani.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("Terkirim")
    rani.press("Alt+9")
    expect(interview).to_contain_text("dilewati")
    kept = "select asked, text, said from given_answer order by at, id"
    house.wait_until(lambda: len(house.rows(kept)) == 5, "the skipped question is written down as well", 15)
    assert [(row["text"], row["said"]) for row in house.rows(kept)] == [
        ("Ada yang di dalam", "answered"), ("dua di dapur", "answered"), ("Dapur, kompor, gas", "answered"),
        ("", "told"), ("", "skipped"),
    ]  # fmt: skip
    incident = house.rows("select id, plan, hazards from incident order by opened_at desc limit 1")[0]
    assert re.fullmatch(r"kebakaran\.bangunan@[0-9a-f]{8}", incident["plan"])
    assert set(incident["hazards"]) == {"terjebak", "gas"}
    page.reload()
    expect(interview).to_contain_text("dilewati")

    page.goto(f"/kejadian/{incident['id']}")
    told = page.locator("#interview")
    expect(told).to_contain_text("Semua orang sudah keluar? Ada yang di dalam")
    expect(told).to_contain_text("rencana belum disetujui")
    picture(page, "incident, interview")
    agency = sign_in("damkar", viewport=PHONE)
    agency.goto("/opd")
    expect(agency.locator("body")).to_contain_text("dua di dapur")
    picture(agency, "agency, interview")
    admin = sign_in("admin")
    admin.goto("/atur/rencana?jenis=kebakaran.bangunan")
    expect(admin.locator("body")).to_contain_text("belum disetujui")
    picture(admin, "plans")
    assert violations(admin) == []


def test_a_raised_priority_is_shown_and_can_be_taken_back(
    house: House, desk: SitDown, telephone: Telephone
) -> None:
    rani = desk("taker1")
    page = rani.page
    type_line = page.locator("[data-type-line]")
    telephone.dial("081100000062")
    rani.answer()
    rani.press(*"kecelakaan", "Enter", *"kesambi", "Enter")
    expect(type_line).to_contain_text("P2")
    rani.press("Alt+1")
    expect(type_line).to_contain_text("P1")
    expect(type_line).to_contain_text("dinaikkan: Terjepit")
    picture(page, "desk, raised")
    page.get_by_role("button", name="Kembalikan P2").click()
    expect(type_line).to_contain_text("P2")
    rani.press("Control+Enter")
    expect(page.locator("[data-message]")).to_contain_text("Terkirim")
    found = house.rows("select priority, hazards from incident order by opened_at desc limit 1")[0]
    assert (found["priority"], found["hazards"]) == (2, ["terjepit"])
