"""People who call 112, each with a telephone that runs beside the test, so that a waiting test never makes them
stutter."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from siaga.adapters.phone.sound.frames import SAMPLES_PER_SECOND, Samples, read_wav
from siaga.clock import monotonic
from tests.sip.caller import FakeCaller, share_with_tone

Result = TypeVar("Result")

CALLER_HZ = 400.0
TAKER_HZ = 1000.0  # far from the ring (425) and the pips (660, 880) that the node plays itself
SPOKEN_SECONDS, SILENT_SECONDS = 0.30, 0.20
# Spoken in syllables: a browser's noise suppression takes an unbroken tone for a humming fan and removes it.
SYLLABLE_SHARE_MIN = 0.35  # of 0.6 at best: frames at the edges, and what the suppression costs
AMPLITUDE = 9000.0
LAST_WORDS_SECONDS_MAX = 5.0
CLOSING_TURNS = 3
PIECE_SAMPLES = SAMPLES_PER_SECOND // 5
LIKENESS_MIN = 0.95
QUIET = 500  # below it a piece is a pause between words, and pauses are alike everywhere


def syllables(hz: float, rate: int = SAMPLES_PER_SECOND) -> Samples:
    """One syllable and its pause, to be repeated without a seam."""
    spoken, silent = int(SPOKEN_SECONDS * rate), int(SILENT_SECONDS * rate)
    at = np.arange(spoken) / rate
    edge = np.minimum(1.0, np.minimum(np.arange(spoken), np.arange(spoken)[::-1]) / (0.01 * rate))
    said = AMPLITUDE * edge * np.sin(2 * np.pi * hz * at)
    return np.concatenate([said, np.zeros(silent)]).astype(np.int16)


class Telephone:
    """The loop on which all callers of a test live."""

    def __init__(self, sip: str) -> None:
        self.sip = sip
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="telephones", daemon=True)
        self._thread.start()
        self._callers: list[Caller] = []

    def dial(self, number: str = "081234567890", *, hz: float = CALLER_HZ, wait: bool = True) -> Caller:
        """Somebody calls 112, and speaks as soon as he is answered."""
        caller = Caller(self, number, hz)
        self._callers.append(caller)
        caller.dialling = self.later(caller.line.start())
        if wait:
            assert caller.dialling.result(20) == 200
        return caller

    def later(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def now(self, work: Coroutine[Any, Any, Result], seconds: float = 20.0) -> Result:
        return self.later(work).result(seconds)

    def close(self) -> None:
        """Everybody puts the receiver down, and no telephone stays open behind a loop that has ended."""
        try:
            for caller in self._callers:
                caller.hang_up()
        finally:
            self.now(_let_go())
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(LAST_WORDS_SECONDS_MAX)
            self.loop.close()


async def _let_go() -> None:
    """End what still runs. A closed transport lets its socket go one turn of the loop later, a task's one after it."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _ in range(CLOSING_TURNS):
        await asyncio.sleep(0)


class Caller:
    """One of them."""

    def __init__(self, telephone: Telephone, number: str, hz: float) -> None:
        self.number = number
        self._telephone = telephone
        self.line = FakeCaller(telephone.sip, number, audio=syllables(hz))
        self.dialling: Future[int] | None = None
        self._gone = False

    @property
    def was_hung_up_on(self) -> bool:
        """The other side ended the call."""
        return self.line.ended.is_set()

    def hang_up(self) -> None:
        """End the call; a second time does nothing."""
        if not self._gone:
            self._gone = True
            self._telephone.now(self.line.hang_up())

    def press(self, keys: str) -> None:
        """Press telephone keys."""
        self._telephone.loop.call_soon_threadsafe(self.line.press, keys)

    def share_heard(self, hz: float, seconds: float) -> float:
        """Which share of the last seconds carried this tone."""
        return share_with_tone(self.line.heard(monotonic() - seconds), hz)

    def hears(self, hz: float, *, within: float = 10.0, share: float = SYLLABLE_SHARE_MIN) -> bool:
        """Wait until the last two seconds carry this tone in syllables."""
        until = monotonic() + within
        while monotonic() < until:
            recent = self.line.heard(monotonic() - 2.0)
            if len(recent) > 1.6 * SAMPLES_PER_SECOND and share_with_tone(recent, hz) >= share:
                return True
            threading.Event().wait(0.1)
        return False

    def longest_silence(self, since: float) -> float:
        """The longest gap between two packets that came since then, in seconds."""
        moments = [frame.at for frame in self.line.voice.frames if frame.at >= since]
        return max((after - before for before, after in itertools.pairwise(moments)), default=float("inf"))

    def heard_seconds(self) -> float:
        """How much sound has come to him."""
        return len(self.line.heard()) / SAMPLES_PER_SECOND

    def share_of(self, prompt: Path, seconds: float | None = None) -> float:
        """Which share of what he has heard (so far, or in the last seconds), in pieces of 0.2 s, is unmistakably this
        recording."""
        alike = self._alike(prompt, seconds)
        return sum(alike) / len(alike) if alike else 0.0

    def seconds_of(self, prompt: Path) -> float:
        """How many seconds of all he has heard so far are unmistakably this recording, its pauses not counted."""
        return sum(self._alike(prompt, None)) * PIECE_SAMPLES / SAMPLES_PER_SECOND

    def _alike(self, prompt: Path, seconds: float | None) -> list[bool]:
        heard = self.line.heard() if seconds is None else self.line.heard(monotonic() - seconds)
        whole = read_wav(prompt)
        pieces = [
            heard[at : at + PIECE_SAMPLES] for at in range(0, len(heard) - PIECE_SAMPLES + 1, PIECE_SAMPLES)
        ]
        return [likeness(piece, whole) > LIKENESS_MIN for piece in pieces if np.abs(piece).max() > QUIET]


def likeness(part: Samples, whole: Samples) -> float:
    """Normalised correlation of ``part`` at its best place in ``whole``, 0 to 1."""
    from scipy.signal import correlate  # two seconds to import, which every test run would pay

    a, b = whole.astype(np.float64), part.astype(np.float64)
    products = correlate(a, b, "valid", method="fft")
    total = np.concatenate([[0.0], np.cumsum(a**2)])
    power = total[len(b) :] - total[: -len(b)]
    return float(np.max(products / np.sqrt(np.maximum(power, 1.0) * max(np.sum(b**2), 1.0))))
