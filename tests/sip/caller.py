"""A fake caller for tests: dials the real node, says tones, and tells which tones it heard.

`FakeCaller("127.0.0.1:5060", "0812...", audio=tones(800))`, `await caller.start()`, `caller.press("5")`,
`caller.share_heard(1200)`, `await caller.hang_up()`.
"""

from __future__ import annotations

import asyncio

import numpy as np

from siaga.adapters.phone.drill.caller import DrillCaller
from siaga.adapters.phone.sound.frames import FRAME_SAMPLES, SAMPLES_PER_SECOND, Samples, tone
from siaga.clock import monotonic

LOUD_ENOUGH = 400.0  # amplitude of a tone that a person would call clearly audible

RECENT_SAMPLES_MIN = int(0.4 * SAMPLES_PER_SECOND)  # less than this proves nothing about half a second


class FakeCaller(DrillCaller):
    """A drill caller that knows about tones."""

    def share_heard(self, hz: float, since: float = 0.0) -> float:
        """Share of the 20 ms frames heard since then that carry this tone, 0 to 1."""
        return share_with_tone(self.heard(since), hz)

    async def hears(self, hz: float, *, within: float = 8.0, share: float = 0.6) -> bool:
        """Wait until the last half second is mostly this tone."""
        until = monotonic() + within
        while monotonic() < until:
            await asyncio.sleep(0.1)
            recent = self.heard(monotonic() - 0.5)
            if len(recent) >= RECENT_SAMPLES_MIN and share_with_tone(recent, hz) >= share:
                return True
        return False


def tones(*hz: float, seconds: float = 1.0) -> Samples:
    """These tones together, without a seam when repeated (whole numbers of periods for whole hertz)."""
    at = np.arange(int(seconds * SAMPLES_PER_SECOND)) / SAMPLES_PER_SECOND
    mixed = np.sum([np.sin(2 * np.pi * each * at) for each in hz], axis=0)
    return np.asarray(mixed * 6000.0 / len(hz), np.int16)


def share_with_tone(samples: Samples, hz: float) -> float:
    """Share of the whole frames that carry this tone."""
    count = len(samples) // FRAME_SAMPLES
    if not count:
        return 0.0
    frames = samples[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES).astype(np.float64)
    turn = np.exp(-2j * np.pi * hz * np.arange(FRAME_SAMPLES) / SAMPLES_PER_SECOND)
    strength = np.abs(frames @ turn) * 2 / FRAME_SAMPLES
    return float((strength > LOUD_ENOUGH).mean())


__all__ = ["FakeCaller", "share_with_tone", "tone", "tones"]
