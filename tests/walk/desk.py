"""A call taker at her desk, as a test moves her: with keys, and with her eyes on the screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.walk.callers import CALLER_HZ

LISTEN = """
async ([hz, seconds]) => {
  const stream = document.querySelector("siaga-voice audio").srcObject;
  const context = new AudioContext();
  await context.resume();
  const ear = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(ear);
  const levels = new Float32Array(ear.frequencyBinCount);
  const width = context.sampleRate / ear.fftSize;
  const at = (f) => Math.max(...[-1, 0, 1].map((step) => levels[Math.round(f / width) + step]));
  let loud = 0, looks = 0;
  for (const until = performance.now() + seconds * 1000; performance.now() < until; looks++) {
    await new Promise((next) => setTimeout(next, 50));
    ear.getFloatFrequencyData(levels);
    if (at(hz) > -60 && at(hz) > at(hz * 1.5) + 15 && at(hz) > at(hz * 2.5) + 15) loud++;
  }
  await context.close();
  return loud / looks;
}
"""
KEEP_LISTENING = """
async (hz) => {
  const context = new AudioContext();
  await context.resume();
  const ear = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(document.querySelector("siaga-voice audio").srcObject).connect(ear);
  const levels = new Float32Array(ear.frequencyBinCount);
  const bin = Math.round(hz / (context.sampleRate / ear.fftSize));
  const heard = { lastAt: performance.now(), longestMs: 0, context };
  heard.look = () => {
    ear.getFloatFrequencyData(levels);
    const now = performance.now();
    heard.longestMs = Math.max(heard.longestMs, now - heard.lastAt);
    if (Math.max(levels[bin - 1], levels[bin], levels[bin + 1]) > -60) heard.lastAt = now;
  };
  heard.timer = setInterval(heard.look, 40);
  window.siagaHeard = heard;
}
"""
STOP_LISTENING = """
() => {
  const heard = window.siagaHeard;
  heard.look();
  clearInterval(heard.timer);
  void heard.context.close();
  return heard.longestMs / 1000;
}
"""
HEARD_SHARE_MIN = 0.35  # of 0.6 spoken


class Desk:
    """One taker. `page` is hers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0

    # --- her shift ---

    def open(self) -> None:
        """Open the desk and wait until it is live."""
        self.page.goto("/meja")
        expect(self.page.locator("#liveness")).to_have_attribute("data-live", "live")

    def sit_down(self) -> None:
        """Open the desk, put the headset on, be ready."""
        self.open()
        if self.seat != "ready":
            self.page.locator("[data-voice-start]").click()
        expect(self.page.locator("#seat-state")).to_have_attribute("data-seat", "ready")
        self.expect_headset()

    def expect_headset(self, seconds: float = 15.0) -> None:
        """The sound is connected."""
        expect(self.page.locator("siaga-voice")).to_have_attribute("data-voice", "on", timeout=seconds * 1000)

    @property
    def seat(self) -> str:
        """off, ready, ringing, talking, wrapup, away."""
        return str(self.page.locator("#seat-state").get_attribute("data-seat"))

    def go_home(self) -> None:
        """Deal with what lies on the desk and end the shift, whatever state the test left it in."""
        if self.page.is_closed():
            return
        if urlsplit(self.page.url).path != "/meja":
            self.open()  # what lies on her desk is seen from there
        call = self.page.locator("#call-now")
        if call.count() and self.page.locator("siaga-sheet").get_attribute("data-sheet") == "draft":
            self.post(f"/meja/panggilan/{call.get_attribute('data-call')}/bukan", {"kind": "information"})
        elif call.count():
            self.post(f"/meja/panggilan/{call.get_attribute('data-call')}/tutup", {})
        self.page.wait_for_timeout(200)
        for sheet in self.page.locator("siaga-sheet").all():
            open_one = sheet.evaluate("element => element.sheetId ?? ''")
            if open_one:
                self.post(f"/meja/lembar/{open_one}/selesai", {})
        owed = self.page.locator(
            "#missed [data-take-back]"
        ).evaluate_all(
            "rows => rows.map((row) => row.dataset.takeBack)"  # at once: the list changes while it is worked off
        )
        for one in owed:
            self.post(f"/meja/panggilan/{one}/balik", {"reason": "spoken"})
        for verb in ("come", "leave"):
            self.page.request.post("/meja/status", form={"verb": verb}, headers=self._headers())

    def post(self, path: str, body: dict[str, Any]) -> int:
        """What a button would send."""
        return self.page.request.post(path, data=body, headers=self._headers()).status

    def _headers(self) -> dict[str, str]:
        token = self.page.locator("meta[name=csrf-token]").get_attribute("content") or ""
        return {"x-csrftoken": token, "accept": "application/json"}

    # --- a call ---

    def press(self, *keys: str) -> None:
        """Press keys one after another; a chord is one."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def expect_ringing(self, seconds: float = 10.0) -> None:
        """A call is offered to her."""
        expect(self.page.locator("#seat-state")).to_have_attribute(
            "data-seat", "ringing", timeout=seconds * 1000
        )

    def wait_if_ringing(self) -> bool:
        """Whether the call that has just come rings here. Waits a moment for the screen to say so."""
        try:
            self.expect_ringing(2.0)
        except AssertionError:
            return False
        return True

    def answer(self) -> None:
        """F2, and the caret is in *Apa*."""
        self.expect_ringing()
        self.press("F2")
        expect(self.page.locator("#what")).to_be_focused()

    def register(self, what: str = "keb", where: str = "kesambi") -> None:
        """The shortest report: what, where, send."""
        self.press(*what, "Enter")
        with self.page.expect_response(lambda one: parse_qs(urlsplit(one.url).query).get("q") == [where]):
            self.press(*where)
        expect(self.page.locator("#where-options [role=option]").first).to_be_visible()
        self.press(
            "Enter", "Control+Enter"
        )  # a place of several of that name is only taken from the list she sees
        expect(self.page.locator("[data-message]")).to_contain_text("Terkirim")

    def number_sent(self) -> int:
        """The number of the incident her sheet became."""
        words = self.page.locator("[data-message]").inner_text()
        return int(words.split("#")[1].split(".")[0])

    def hears(self, hz: float = CALLER_HZ, seconds: float = 2.0) -> bool:
        """Whether her headset carries syllables of this tone."""
        return float(self.page.evaluate(LISTEN, [hz, seconds])) >= HEARD_SHARE_MIN

    def keep_listening(self, hz: float = CALLER_HZ) -> None:
        """From now on her headset is listened to all the time, whatever happens to the page's server."""
        self.page.evaluate(KEEP_LISTENING, hz)

    def longest_silence(self) -> float:
        """The longest time without the caller's tone since `keep_listening`, pauses between his syllables included."""
        return float(self.page.evaluate(STOP_LISTENING))
