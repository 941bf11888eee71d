"""A real browser, the people who sit before it and the callers, as fixtures. They need a fixture `house`."""

from __future__ import annotations

import os
import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, sync_playwright

from tests.walk.callers import TAKER_HZ, Telephone, syllables
from tests.walk.desk import Desk
from tests.walk.house import PASSWORD, House

MICROPHONE_RATE = 48_000
MICROPHONE_SECONDS = 30  # Chromium begins again at its end
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection",
    # Its own calls home find nobody, with or without a net.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]  # fmt: skip
DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 360, "height": 640}
WALL: ViewportSize = {"width": 1920, "height": 1080}
SignIn = Callable[..., Page]
POLICY_WORDS = "Content Security Policy"
Scheme = Literal["dark", "light"]
Cookies = Callable[[str], StorageState]
PICTURES_ENV = "SIAGA_TEST_PICTURES"  # a folder: what every screen showed when its test ended


def microphone_file(folder: Path) -> Path:
    """What every taker says into her headset: syllables of one tone."""
    file = folder / "microphone.wav"
    said = syllables(TAKER_HZ, MICROPHONE_RATE)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(MICROPHONE_RATE)
        for _ in range(MICROPHONE_SECONDS * MICROPHONE_RATE // len(said)):
            out.writeframes(said.tobytes())
    return file


CHROMIUM = pytest.StashKey[Browser]()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Browser:
    """One Chromium for the whole test run, whichever folder asks first: two cannot live in one process."""
    config = request.config
    if CHROMIUM not in config.stash:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        if not chromium:
            pytest.skip("no chromium on this machine")
        microphone = microphone_file(tmp_path_factory.mktemp("microphone"))
        play = sync_playwright().start()
        config.add_cleanup(play.stop)
        flags = [*CHROMIUM_FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
        config.stash[CHROMIUM] = play.chromium.launch(executable_path=chromium, args=flags)
        config.add_cleanup(config.stash[CHROMIUM].close)
    return config.stash[CHROMIUM]


@pytest.fixture
def telephone(house: House) -> Iterator[Telephone]:
    """Callers of this test; at its end everybody hangs up."""
    made = Telephone(house.sip)
    yield made
    made.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, house: House) -> Cookies:
    """Cookies of an account, signed in once through the form."""
    kept: dict[str, StorageState] = {}

    def cookies(account: str) -> StorageState:
        if account not in kept:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{house.url}/masuk")
            page.fill("[name=name]", account)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "/masuk" not in url)
            kept[account] = context.storage_state()
            context.close()
        return kept[account]

    return cookies


@pytest.fixture
def sign_in(
    browser: Browser, house: House, signed_in: Cookies, request: pytest.FixtureRequest
) -> Iterator[SignIn]:
    """`sign_in("damkar", viewport=PHONE)`: a person with a browser of her own. No page may break or reach outside."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def visit(
        account: str | None,
        *,
        viewport: ViewportSize = DESK,
        scheme: Scheme = "dark",
        has_touch: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=house.url, viewport=viewport, color_scheme=scheme, has_touch=has_touch,
            permissions=["microphone"], storage_state=signed_in(account) if account else None,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if POLICY_WORDS in line.text else None)
        page.on("request", lambda asked: wrong.append(asked.url) if is_foreign(asked.url, house) else None)
        return page

    yield visit
    for number, context in enumerate(contexts):
        if folder := os.environ.get(PICTURES_ENV):
            for page in context.pages:
                page.screenshot(path=Path(folder) / f"{request.node.name}-{number}.png")
        context.close()
    assert wrong == []


def is_foreign(url: str, house: House) -> bool:
    """Whether this request leaves the installation."""
    return url.startswith(("http:", "https:", "ws:", "wss:")) and not url.startswith(f"{house.url}/")


@pytest.fixture
def desk(sign_in: SignIn) -> Iterator[Callable[[str], Desk]]:
    """`desk("taker1")`: a taker on duty with her headset on. At the end she clears her desk and goes home."""
    desks: list[Desk] = []

    def sit_down(account: str = "taker1") -> Desk:
        made = Desk(sign_in(account))
        desks.append(made)
        made.sit_down()
        return made

    yield sit_down
    for one in desks:
        one.go_home()


def picture(page: Page, name: str) -> None:
    """Keep what this screen shows now, when somebody wants to look at it (SIAGA_TEST_PICTURES)."""
    if folder := os.environ.get(PICTURES_ENV):
        page.screenshot(path=Path(folder) / f"{name}.png")
