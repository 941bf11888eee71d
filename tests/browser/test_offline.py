"""The line to the record stops, or the internet does: every screen says the one, and nobody notices the other."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.walk.callers import Telephone
from tests.walk.desk import Desk
from tests.walk.house import ROOT, House
from tests.walk.people import PHONE, WALL, SignIn, picture

from .screens import close_all, sheet_by_hand, violations

pytestmark = [pytest.mark.browser, pytest.mark.sip]

SitDown = Callable[..., Desk]
LOST_SECONDS_MAX = 5.0
BACK_MS_MAX = 20_000
NOTE_WHEN_LOST = """() => new MutationObserver(() => {
  if (document.body.dataset.live === "lost") window.siagaLostAt ??= Date.now();
}).observe(document.body, { attributeFilter: ["data-live"] })"""
EMPTIES = """() => [...document.querySelectorAll("[data-empty], .while-live")]
  .filter((one) => one.checkVisibility()).map((one) => one.innerText)"""
CLAIMED_EMPTY = r"""() => [...document.querySelectorAll("body *")]
  .filter((one) => one.children.length === 0 && one.checkVisibility()).map((one) => one.innerText)
  .filter((text) => /^(Tidak|Belum) ada(?! sumber)/.test(text))"""
AGES = """() => [...document.querySelectorAll("[data-age]:not([data-until])")]
  .filter((one) => one.checkVisibility()).map((one) => one.innerText)"""
ALONE = """
ip link set lo up && ip address add 198.18.0.2/32 dev lo && ip route add default dev lo src 198.18.0.2 && exec "$@"
"""
# A network of its own: what is not for the loopback goes out through it, is for nobody, and no refusal comes back.
ALONE_SECONDS_MAX = 180


def test_a_stopped_stream_is_said_on_every_screen_within_five_seconds(
    house: House, desk: SitDown, sign_in: SignIn, telephone: Telephone
) -> None:
    rani = desk("taker1")
    board = sign_in("dispatcher")
    board.goto("/papan")
    close_all(board, house)
    telephone.dial("081100000038").hang_up()
    expect(rani.page.locator("#missed")).to_contain_text("0811…0038")
    screens = {"desk": rani.page, "board": board}
    for name, account, path, viewport in (
        ("inbox", "damkar", "/opd", PHONE), ("inbox without tasks", "kai", "/opd", PHONE),
        ("wall", "dinding", "/dinding", WALL),
    ):  # fmt: skip
        screens[name] = sign_in(account, viewport=viewport)
        screens[name].goto(path)
    sheet_by_hand(rani.page, "ular", "kesambi")
    expect(board.locator("#incidents [data-row]")).to_have_count(1)
    expect(screens["inbox"].locator(".card")).not_to_have_count(0)
    for page in screens.values():
        page.locator("#liveness[data-live=live]").wait_for()
        page.evaluate(NOTE_WHEN_LOST)
    empty_before = {name: page.evaluate(EMPTIES) for name, page in screens.items()}
    assert all(empty_before[name] for name in ("desk", "inbox without tasks")), empty_before

    web = house.pid_of("web")
    os.kill(web, signal.SIGSTOP)
    stopped_at = time.time()
    try:
        for name, page in screens.items():
            expect(page.locator("#liveness")).to_have_attribute("data-live", "lost", timeout=BACK_MS_MAX)
            expect(page.locator("#lost-bar")).to_contain_text("TIDAK LANGSUNG sejak")
            after = page.evaluate("window.siagaLostAt") / 1000 - stopped_at
            assert after <= LOST_SECONDS_MAX, f"{name}: {after:.2f} s"
            assert page.evaluate(EMPTIES) + page.evaluate(CLAIMED_EMPTY) == [], (
                f"{name}: an empty list is claimed that nobody knows to be empty"
            )
            picture(page, f"{name}, not live")
        for name in ("desk", "board", "inbox"):
            expect_ages_to_tick(screens[name], name)
        assert violations(rani.page) == []
        expect(rani.page.get_by_text("Siap menerima.")).to_be_hidden()
    finally:
        os.kill(web, signal.SIGCONT)
    for name, page in screens.items():
        expect(page.locator("#liveness")).to_have_attribute("data-live", "live", timeout=BACK_MS_MAX)
        expect(page.locator("#lost-bar")).to_be_hidden()
        expect_empties(page, len(empty_before[name]), name)


def expect_ages_to_tick(page: Page, name: str) -> None:
    """Whoever reads an old picture sees that it gets older."""
    before = page.evaluate(AGES)
    assert before, f"{name} shows no age"
    until = time.monotonic() + 5
    while (now := page.evaluate(AGES)) == before:
        assert time.monotonic() < until, f"{name}: {now}"
        page.wait_for_timeout(100)


def expect_empties(page: Page, many: int, name: str) -> None:
    """What was empty before may be said again."""
    until = time.monotonic() + BACK_MS_MAX / 1000
    while len(found := page.evaluate(EMPTIES)) < many:
        assert time.monotonic() < until, f"{name}: {found}"
        page.wait_for_timeout(100)


@pytest.mark.slow
def test_without_the_internet_a_call_is_taken_and_a_unit_sent_and_nobody_asks_the_outside() -> None:
    unshare = shutil.which("unshare")
    if not unshare or not shutil.which("ip"):
        pytest.skip("needs `unshare` and `ip` to make a network that ends at this machine")
    apart = [unshare, "--net", *([] if os.geteuid() == 0 else ["--map-current-user", "--keep-caps"])]
    inside = ["sh", "-ec", ALONE, "sh"]
    if subprocess.run([*apart, *inside, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let a test make a network of its own")
    done = subprocess.run(
        [*apart, *inside, sys.executable, "-m", "pytest", "-q", "-s", "-n", "0", "-p", "no:cacheprovider",
         "-m", "browser", "tests/browser/without_internet.py"],
        cwd=ROOT, capture_output=True, text=True, timeout=ALONE_SECONDS_MAX, check=False,
    )  # fmt: skip
    print(done.stdout[-2000:])
    assert done.returncode == 0, done.stdout[-8000:]
    assert "1 passed" in done.stdout
