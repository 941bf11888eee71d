"""The sounds `bench vad` judges by, made here: speech in noise, what is no speech, and taps on a telephone.

Everything passes through what a mobile caller's voice passes through: A-law, and 3 % of the frames lost and covered
up by the last one at half its strength. No recording of a person is used; the speech is the generated one of the
prompts, spoken faster, slower, higher, lower and softer. What that leaves out is said in the benchmark's figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from siaga.adapters.phone.sound.frames import (
    FRAME_SAMPLES,
    SAMPLES_PER_SECOND,
    alaw_decoding,
    alaw_table,
    read_wav,
)

Floats = npt.NDArray[np.float64]

CLIP_SECONDS = 5.0  # what we hear of a caller before the silent check begins
CLIP = int(CLIP_SECONDS * SAMPLES_PER_SECOND)
LOST_SHARE = 0.03
NOISES = ("brown", "pink", "street")
SNRS_DB = (20, 10, 5, 0)
SPEEDS = (1.0, 0.88, 1.14, 1.3)  # also the pitch: a deep voice, a high one, a child's
VOICE_DB = (-32.0, -18.0)  # of full scale: far from the telephone, close to it
WORD_SECONDS = 0.6  # one "halo" or "tolong"
DTMF = ((697, 1209), (697, 1336), (770, 1336), (852, 1477), (941, 1336))


@dataclass(frozen=True)
class Clip:
    """Five seconds. ``kind``: the condition of speech, or what the sound is; ``taps``: how many were made."""

    kind: str
    sound: npt.NDArray[np.int16]
    taps: int = 0


class Maker:
    """One reproducible corpus."""

    def __init__(self, seed: int = 112) -> None:
        self.luck = np.random.default_rng(seed)

    # --- noises ---

    def white(self, count: int = CLIP) -> Floats:
        return self.luck.normal(0, 1, count)

    def coloured(self, slope: float, count: int = CLIP) -> Floats:
        """Noise whose power falls with frequency to the power of ``slope`` (1 pink, 2 brown), from 60 Hz up."""
        spectrum = np.fft.rfft(self.white(count))
        hz = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLES_PER_SECOND), 60.0)
        return np.asarray(np.fft.irfft(spectrum / hz ** (slope / 2), count))

    def street(self) -> Floats:
        """Rolling traffic with one to three horns in it, coming and going."""
        sound = to_db(self.coloured(2), -30) + to_db(self.coloured(1), -36)
        for _ in range(self.luck.integers(1, 4)):
            length = int(self.luck.uniform(0.2, 0.7) * SAMPLES_PER_SECOND)
            start = self.luck.integers(0, CLIP - length)
            hz, level = self.luck.choice([330.0, 400.0, 440.0]), self.luck.uniform(500, 3000)
            sound[start : start + length] += level * sum(
                part * np.sin(2 * np.pi * hz * times * seconds(length))
                for part, times in ((1, 1), (0.6, 1.25), (0.3, 2))
            )
        return np.asarray(sound * (1 + 0.5 * np.sin(2 * np.pi * self.luck.uniform(0.2, 0.7) * seconds(CLIP))))

    def music(self) -> Floats:
        """Chords and a melody of plucked and bowed tones over a beat."""
        sound, beat = np.zeros(CLIP), int(self.luck.uniform(0.28, 0.55) * SAMPLES_PER_SECOND)
        key = self.luck.uniform(110, 220)
        scale = key * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
        for start in range(0, CLIP - beat, beat):
            at = seconds(beat)
            decay = np.exp(-at * self.luck.uniform(1, 6))
            for hz in (*self.luck.choice(scale, 3), 2 * self.luck.choice(scale)):
                wobble = 1 + 0.004 * np.sin(2 * np.pi * 5.5 * at)
                harmonics = sum(np.sin(2 * np.pi * hz * times * at * wobble) / times for times in range(1, 6))
                sound[start : start + beat] += decay * harmonics
            sound[start : start + 400] += self.white(400) * np.exp(-np.arange(400) / 60.0) * 2
        return sound

    def handling(self) -> Floats:
        """A telephone in a pocket or being turned over: eight thumps and rubbing."""
        sound = to_db(self.white(), -60) + to_db(self.coloured(2) * (self.luck.random() < 0.5), -38)
        for _ in range(8):
            start = self.luck.integers(0, CLIP - 800)
            sound[start : start + 800] += (
                self.white(800) * 6000 * np.exp(-np.arange(800) / self.luck.uniform(20, 200))
            )
        return sound

    def keys(self) -> Floats:
        """Three to five telephone keys, as tones in the sound."""
        sound, at = to_db(self.white(), -60), int(self.luck.uniform(0.2, 1.0) * SAMPLES_PER_SECOND)
        for _ in range(self.luck.integers(3, 6)):
            length = int(self.luck.uniform(0.06, 0.25) * SAMPLES_PER_SECOND)
            row, column = DTMF[self.luck.integers(len(DTMF))]
            if at + length < CLIP:
                sound[at : at + length] += 5000 * (
                    np.sin(2 * np.pi * row * seconds(length)) + np.sin(2 * np.pi * column * seconds(length))
                )
            at += length + int(self.luck.uniform(0.1, 0.6) * SAMPLES_PER_SECOND)
        return sound

    def line(self) -> Floats:
        """An open line: faint hiss and the mains."""
        return np.asarray(to_db(self.white(), -62) + 30 * np.sin(2 * np.pi * 50 * seconds(CLIP)))

    def noise(self, name: str) -> Floats:
        return {"brown": lambda: self.coloured(2), "pink": lambda: self.coloured(1), "street": self.street}[
            name
        ]()

    # --- clips ---

    def others(self, each: int) -> Iterator[Clip]:
        """What is no speech, ``each`` of every kind."""
        loud: dict[str, tuple[Callable[[], Floats], float, float]] = {
            "brown": (lambda: self.coloured(2), -45, -20),
            "pink": (lambda: self.coloured(1), -45, -20),
            "street": (self.street, -40, -18),
            "music": (self.music, -35, -15),
        }
        for _ in range(each):
            yield self.clip("silence", np.zeros(CLIP))
            yield self.clip("line", self.line())
            yield self.clip("handling", self.handling())
            yield self.clip("dtmf", self.keys())
            for kind, (make, least, most) in loud.items():
                yield self.clip(kind, to_db(make(), self.luck.uniform(least, most)))

    def speech(self, voices: list[Floats], *, words: bool = False) -> Iterator[Clip]:
        """Every voice clean and in every noise. ``words``: only one short word of it."""
        for voice in voices:
            spoken = self._one_word(voice) if words else voice
            level = self.luck.uniform(*VOICE_DB)
            sound = np.zeros(CLIP)
            latest = max(1, CLIP - min(len(spoken), CLIP - 1))
            start = int(self.luck.integers(0, min(latest, 2 * SAMPLES_PER_SECOND)))
            part = spoken[: CLIP - start]
            sound[start : start + len(part)] = part * (full(level) / active_level(part))
            yield self.clip("clean", sound)
            for noise in NOISES:
                for snr in SNRS_DB:
                    behind = self.noise(noise)
                    yield self.clip(f"{noise}{snr}", sound + to_db(behind, level - snr))

    def taps(self, count: int) -> Iterator[Clip]:
        """A hand that taps twice on the telephone: short, damped, on a quiet line or in noise."""
        for number in range(count):
            kind = ("tap-quiet", "tap-line", "tap-pink", "tap-street")[number % 4]
            peak = full(self.luck.uniform(-22, -6))
            behind = {"tap-quiet": lambda: np.zeros(CLIP), "tap-line": self.line}.get(kind)
            sound = (
                behind()
                if behind
                else to_db(self.noise(kind.removeprefix("tap-")), 20 * np.log10(peak / 32768) - 24)
            )
            start = int(self.luck.uniform(1.0, 2.5) * SAMPLES_PER_SECOND)
            for _ in range(2):
                hz, damping = self.luck.uniform(250, 1400), self.luck.uniform(30, 160)
                at = np.arange(800)
                knock = (
                    0.6 * np.sin(2 * np.pi * hz * at / SAMPLES_PER_SECOND) + 0.4 * self.white(800)
                ) * np.exp(-at / damping)
                sound[start : start + 800] += peak * knock / np.abs(knock).max()
                start += int(self.luck.uniform(0.18, 0.8) * SAMPLES_PER_SECOND)
            yield self.clip(kind, sound, taps=2)

    def clip(self, kind: str, sound: Floats, taps: int = 0) -> Clip:
        """The sound as it arrives here."""
        return Clip(kind, self._over_the_air(sound), taps)

    def _one_word(self, voice: Floats) -> Floats:
        length = int(WORD_SECONDS * SAMPLES_PER_SECOND)
        frames = voice[: len(voice) // 160 * 160].reshape(-1, 160)
        loud = np.flatnonzero((frames**2).mean(1) > 0.1 * (frames**2).mean(1).max())
        start = int(self.luck.choice(loud[loud * 160 + length < len(voice)])) * 160
        return voice[start : start + length]

    def _over_the_air(self, sound: Floats) -> npt.NDArray[np.int16]:
        flat = np.clip(sound, -32768, 32767).astype(np.int16)
        heard = DECODED[ENCODED[flat.view(np.uint16)]].reshape(-1, FRAME_SAMPLES).copy()
        for number in np.flatnonzero(self.luck.random(len(heard) - 1) < LOST_SHARE) + 1:
            heard[number] = heard[number - 1] // 2
        return np.asarray(heard.reshape(-1), np.int16)


ENCODED, DECODED = alaw_table(), alaw_decoding()


def voices_of(folder: Path, most: int) -> list[Floats]:
    """The prompts' sentences in several voices. Raises FileNotFoundError when none have been made."""
    spoken = [read_wav(path).astype(np.float64) for path in sorted(folder.glob("*.wav"))]
    spoken = [sound for sound in spoken if len(sound) > SAMPLES_PER_SECOND]
    if not spoken:
        raise FileNotFoundError(f"no spoken prompts in {folder}: build the assets first")
    return [faster(sound, speed) for speed in SPEEDS for sound in spoken][
        :: max(1, len(spoken) * len(SPEEDS) // most)
    ]


def faster(sound: Floats, speed: float) -> Floats:
    """Played at another speed, as a tape is: quicker and higher, or slower and deeper."""
    return np.asarray(np.interp(np.arange(0, len(sound) - 1, speed), np.arange(len(sound)), sound))


def seconds(count: int) -> Floats:
    return np.arange(count) / SAMPLES_PER_SECOND


def full(db: float) -> float:
    """Amplitude of a level below full scale."""
    return float(32768 * 10 ** (db / 20))


def to_db(sound: Floats, db: float) -> Floats:
    """The sound at this mean level; silence stays silence."""
    level = float(np.sqrt(np.mean(sound**2)))
    return sound * (full(db) / level) if level else sound


def active_level(sound: Floats) -> float:
    """Mean level of the parts in which somebody speaks."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    levels = np.sqrt((frames**2).mean(1))
    return float(np.sqrt((levels[levels > 0.1 * levels.max()] ** 2).mean()))
