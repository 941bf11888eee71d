"""A real browser plays a real sealed recording from a real web process: it sounds, seeks, and is read by everybody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from siaga import clock
from siaga.adapters.web import server
from siaga.adapters.web.listen import Port, bind, serve
from siaga.adapters.web.rendering import Assets, make_environment
from siaga.adapters.web.words import shipped_words
from siaga.domain.roles import Role
from siaga.domain.sound_shape import SAMPLES_PER_SECOND
from siaga.features.calls import actions as calls
from tests.a_recording import sealed
from tests.a_web_process import PASSWORD, Web, open_web
from tests.browser.looking import NARROWEST_PX, PRESSED, SIDEWAYS, SMALL, SMALL_POINTER_PX
from tests.features.scenes import a_fire
from tests.room import Room

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
AXE = (
    (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text
    if (ROOT / "node_modules").is_dir()
    else None
)
SECONDS = 20
RUN_AXE = """async () => (await axe.run(document, {runOnly: {type: "tag", values:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})).violations
    .map((one) => one.id + " " + one.nodes.map((node) => node.html.slice(0, 120)).join(" | "))"""
LENGTH = "() => document.querySelector('siaga-player audio').duration"
PLACE = "() => document.querySelector('siaga-player audio').currentTime"


def two_voices() -> bytes:
    """The caller speaks in the first half at 500 Hz, the taker in the second at 900 Hz."""
    at = np.arange(SECONDS * SAMPLES_PER_SECOND) / SAMPLES_PER_SECOND
    early = at < SECONDS / 2
    sound = np.zeros((len(at), 2), np.int16)
    sound[:, 0] = np.where(early, 9000 * np.sin(2 * np.pi * 500 * at), 0)
    sound[:, 1] = np.where(~early, 7000 * np.sin(2 * np.pi * 900 * at), 0)
    return sound.tobytes()


@dataclass
class LiveWeb:
    """A web process on a port of its own, in a thread of its own."""

    dsn: str
    home: Path
    static: Path
    url: str = ""
    web: Web | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _stopping: asyncio.Event | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._ready.wait(60)
        assert self.url, "the web process did not start: see the thread's own error above"

    def close(self) -> None:
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(30)

    def do(self, work: Any) -> Any:
        """Run a coroutine in the process's own loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        environment = make_environment(words=shipped_words(), assets=Assets.load(self.static))
        async with open_web(self.dsn, self.home, environment=environment) as self.web:
            port = Port("127.0.0.1", 0)
            taken = bind(port)
            self.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            hub = self.web.process.hub
            await serve(
                self.web.process.app, [(port, taken)], self._stopping,
                on_ready=self._ready.set, on_stopping=hub.stop_listeners,
            )  # fmt: skip
            taken.close()


@pytest.fixture
def live(
    postgres_dsn: str, tmp_path: Path, static: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveWeb]:
    monkeypatch.setattr(server, "STATIC_FOLDER", static)
    made = LiveWeb(postgres_dsn, tmp_path, static)
    made.start()
    yield made
    made.close()


async def furnish(web: Web) -> str:
    """A supervisor, and one incident with a call of two voices. Returns the incident."""
    room = Room(archive=web.archive, city=web.city, now=clock.now())
    await web.person(Role.SUPERVISOR, username="dedi", in_circle=True)
    room.later(-3600)
    await room.talking("rani")
    room.later(3)
    incident = await room.opens("call-1", report=a_fire())
    await room.do(calls.digit_pressed, call="call-1", digit="5")
    room.later(SECONDS - 5)
    await room.do(calls.end_call, call="call-1", taker="rani")
    path = web.settings.recordings / "2026-01-01" / "call-1.rec"
    digest = sealed(path, two_voices(), web.settings.recording_key_folder)
    file = str(path.relative_to(web.settings.recordings))
    await room.do(calls.recording_saved, call="call-1", file=file, seconds=float(SECONDS), sha256=digest)
    return incident


@pytest.fixture
def screen(live: LiveWeb, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None
    )
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((live.url, "data:")) else wrong.append(asked.url),
    )
    yield page
    context.close()
    assert wrong == []


def sign_in(page: Page, live: LiveWeb) -> str:
    assert live.web is not None
    incident: str = live.do(furnish(live.web))
    page.goto(f"{live.url}/masuk")
    page.fill("[name=name]", "dedi")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "/masuk" not in address)
    return incident


def check_axe(page: Page) -> None:
    assert AXE is not None
    page.evaluate(AXE(encoding="utf-8"))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(RUN_AXE) == [], scheme
    assert page.evaluate(SIDEWAYS, page.evaluate("innerWidth")) == []
    assert page.evaluate(SMALL, [SMALL_POINTER_PX, PRESSED]) == []


def heard(live: LiveWeb) -> int:
    assert live.web is not None
    rows = live.do(
        live.web.archive.rows(
            "select count(*) as n from journal where city_id = $1 and name = 'recording.heard.v1'"
        )
    )
    return int(rows[0]["n"])


def test_a_recording_plays_and_seeks_by_keyboard_alone(live: LiveWeb, screen: Page) -> None:
    sign_in(screen, live)
    answers: list[int] = []
    screen.on("response", lambda answer: answers.append(answer.status) if "/suara" in answer.url else None)
    screen.goto(f"{live.url}/pengawas/rekaman")
    row = screen.locator("#recording-call-1")
    row.focus()
    screen.keyboard.press("Enter")
    screen.locator("siaga-player[data-player=paused]").wait_for()
    screen.wait_for_function("() => document.querySelector('siaga-player audio').readyState >= 1")
    assert screen.evaluate("() => document.querySelector('siaga-player audio').duration") == pytest.approx(
        SECONDS, abs=0.1
    )

    screen.keyboard.press("Space")
    screen.locator("siaga-player[data-player=playing]").wait_for()
    screen.wait_for_function("() => document.querySelector('siaga-player audio').currentTime > 0.3")
    screen.keyboard.press("Space")
    screen.locator("siaga-player[data-player=paused]").wait_for()
    before = screen.evaluate(PLACE)
    screen.keyboard.press("ArrowRight")
    screen.keyboard.press("ArrowRight")
    assert screen.evaluate(PLACE) == pytest.approx(before + 10, abs=0.2)
    screen.keyboard.press("ArrowLeft")
    assert screen.evaluate(PLACE) == pytest.approx(before + 5, abs=0.2)
    assert set(answers) == {206}
    assert heard(live) == 1
    screen.locator(".player-more summary").click()
    check_axe(screen)
    screen.set_viewport_size({"width": NARROWEST_PX, "height": 640})
    assert screen.evaluate(SIDEWAYS, NARROWEST_PX) == []
    screen.goto(f"{live.url}/rekaman")
    assert "Tidak ada panggilan Anda" in screen.locator("main").inner_text()
    check_axe(screen)


LISTEN = """async (side) => {
  const player = document.querySelector("siaga-player");
  player.querySelector(`[value=${side}]`).click();
  const audio = player.querySelector("audio");
  const { direct, ears: heard } = player.mixer;
  const context = direct[0].context;
  const ears = [0, 1].map(() => new AnalyserNode(context, { fftSize: 2048 }));
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  heard.connect(splitter);
  ears.forEach((ear, at) => splitter.connect(ear, at));
  await new Promise((done) => setTimeout(done, 700));
  const loud = ears.map((ear) => {
    const wave = new Float32Array(2048);
    ear.getFloatTimeDomainData(wave);
    return Math.max(...wave.map(Math.abs));
  });
  return [loud[0] > 0.05, loud[1] > 0.05, audio.currentTime];
}"""


def test_either_voice_can_be_heard_alone_in_both_ears(live: LiveWeb, screen: Page) -> None:
    sign_in(screen, live)
    screen.goto(f"{live.url}/pengawas/rekaman")
    screen.locator("#recording-call-1 button").click()
    screen.locator("[data-player-speed]").select_option("0.75")
    screen.locator("[data-player-play]").click()
    screen.locator("siaga-player[data-player=playing]").wait_for()
    screen.wait_for_function("() => document.querySelector('siaga-player audio').currentTime > 0.2")

    found = {side: screen.evaluate(LISTEN, side) for side in ("both", "caller", "taker")}

    assert found["taker"][2] < SECONDS / 2, "the caller was not speaking any more"
    assert {side: tuple(loud[:2]) for side, loud in found.items()} == {
        "both": (True, False), "caller": (True, True), "taker": (False, False),
    }  # fmt: skip
    assert screen.evaluate("() => document.querySelector('siaga-player audio').playbackRate") == 0.75


def test_the_incidents_page_has_the_player_with_its_events(live: LiveWeb, screen: Page) -> None:
    incident = sign_in(screen, live)
    screen.goto(f"{live.url}/kejadian/{incident}")
    screen.locator("#recordings button:has-text('Dengar')").click()
    screen.locator("siaga-player").wait_for()
    marks = screen.locator("[data-player-to]").all_inner_texts()
    assert [mark.split(maxsplit=1)[1] for mark in marks][-2:] == ["Tekan 5", "Petugas menutup"]
    screen.locator("[data-player-to]").last.click()
    assert screen.evaluate(PLACE) > 10
    screen.locator("#story", has_text="Rekaman dibuka untuk didengar").wait_for()
    check_axe(screen)
