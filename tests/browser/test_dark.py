"""What is broken is said in one strip, with the real thing stopped; paper is typed in with the keyboard alone."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from tests.walk.desk import Desk
from tests.walk.house import House
from tests.walk.people import SignIn, picture

from .screens import violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
SAID_SECONDS_MAX = 15.0  # three to ten seconds by its own limits, and a busy test machine
TYPED = "kebakaran gudang"


@contextlib.contextmanager
def stopped(house: House, name: str) -> Iterator[None]:
    """The process, with its children for the database, stands still."""
    process = psutil.Process(house.pid_of(name))
    family = [process, *(process.children(recursive=True) if name == "postgres" else ())]
    for one in family:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in family:
            with contextlib.suppress(psutil.Error):
                os.kill(one.pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("phone", "telephony", "jawab di pesawat, F3"),
        ("worker", "worker", "ambil dari Antrean dengan F2"),
        ("postgres", "database", "Teruskan mengetik"),
    ],
)
def test_what_stands_still_is_said_and_typing_goes_on(
    house: House, desk: SitDown, name: str, code: str, words: str
) -> None:
    rani = desk("taker1")
    bar = rani.page.locator("#lost-bar")
    expect(bar).to_be_hidden()
    rani.press("F3")
    expect(rani.page.locator("#what")).to_be_focused()
    with stopped(house, name):
        rani.page.keyboard.type(TYPED)
        expect(bar).to_have_attribute("data-trouble", code, timeout=SAID_SECONDS_MAX * 1000)
        expect(bar).to_contain_text(words)
        expect(rani.page.locator("#what")).to_be_focused()
        expect(rani.page.locator("#what")).to_have_value(TYPED)
        for scheme in ("dark", "light"):
            rani.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            picture(rani.page, f"strip {code} {scheme}")
            assert violations(rani.page) == []
    expect(bar).to_be_hidden(timeout=30_000)
    saved = "select draft from sheet where done_at is null order by saved_at desc limit 1"
    house.wait_until(lambda: TYPED in str(house.value(saved)), "what was typed meanwhile is saved", 20)
    expect(rani.page.locator("#what")).to_be_focused()


def test_a_sheet_of_paper_is_typed_with_the_keyboard_alone(house: House, sign_in: SignIn) -> None:
    page = sign_in("taker1")
    page.goto("/meja/kertas/ketik")
    page.locator("#p-form").focus()
    type = page.keyboard.type

    def fill(*values: str) -> None:
        for value in values:
            type(value)
            page.keyboard.press("Tab")

    fill("B-7")
    page.keyboard.press("Tab")  # the day is there already
    fill("0001", "0002", "0003", "081200000077", "Bu Tini")
    fill("Kebakaran")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    type("Jl. Gelap 7")
    assert violations(page) == []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        picture(page, f"typing paper {scheme}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tercatat dari kertas")).to_be_visible()
    row = page.locator("tbody tr", has_text="B-7")
    expect(row).to_contain_text("#")
    call = house.rows(
        "select typed_by, arrived_at < typed_at as before from call where number = '081200000077'"
    )
    assert [(bool(one["typed_by"]), one["before"]) for one in call] == [(True, True)]
    row.get_by_role("button").press("Enter")
    expect(page.locator("tbody tr", has_text="B-7")).to_contain_text("dibatalkan")


def test_what_is_printed_fits_the_paper(sign_in: SignIn) -> None:
    page = sign_in("taker1")
    for path in ("/meja/kertas?lembar=2", "/meja/kertas/paket"):
        page.goto(path)
        assert violations(page) == []
        page.emulate_media(media="print")
        picture(page, f"paper {path.rsplit('/', 1)[1].partition('?')[0]}")
        page.emulate_media(media="screen")
    page.emulate_media(media="print")
    page.goto("/meja/kertas?lembar=2")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    sheets, phones = 2, 2
    assert sheets < pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= sheets + phones


def test_the_worker_has_laid_the_paper_out_and_the_command_does_it_again(
    house: House, tmp_path: Path
) -> None:
    laid = house.home / "paper"
    house.wait_until((laid / "kejadian-terbuka.html").is_file, "the paper lies there", 10)
    assert "Lembar panggilan 112" in (laid / "lembar-kosong.html").read_text(encoding="utf-8")
    told = house.command("paper", "--to", str(tmp_path / "again"))
    assert told.returncode == 0, told.stderr
    assert all(Path(line).is_file() for line in told.stdout.split())
    assert len(told.stdout.split()) == 2
