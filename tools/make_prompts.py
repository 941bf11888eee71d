"""Speaks the telephone's sentences into WAV files: `python tools/make_prompts.py FOLDER`.

Run at build time, in a process of its own. espeak-ng is GPL: it is loaded here and nowhere else; the sound it
makes is ours to ship, and the product never imports it. A city replaces the robot's voice with recordings.
"""

from __future__ import annotations

import ctypes
import sys
import tomllib
import wave
from pathlib import Path

import espeakng_loader

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "siaga"
TEXTS = PACKAGE / "adapters" / "phone" / "sound" / "prompts.toml"
DEMO_TEXTS = PACKAGE / "demo" / "phrases.toml"
VOICE = b"id"
WORDS_PER_MINUTE = 135  # slower than the voice's 175: a frightened person must understand it the first time
TELEPHONE_HZ = 8000
PEAK = 0.5  # of full scale: as loud as a person close to the telephone, with room before distortion
RATE_PARAMETER = 1
SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when everything has been spoken
UTF8 = 1
CUTOFF_HZ = 3400.0  # the telephone's upper edge
FILTER_TAPS = 101

CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Speaker:
    """One loaded espeak-ng. Only one can exist in a process."""

    def __init__(self) -> None:
        self._espeak = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(Path(espeakng_loader.get_data_path()).parent).encode()
        self.hz = self._espeak.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        if self.hz <= 0:
            raise SystemExit(f"espeak-ng does not start with the data in {data.decode()}")
        if self._espeak.espeak_SetVoiceByName(VOICE) != 0:
            raise SystemExit(f"espeak-ng has no voice {VOICE.decode()}")
        self._espeak.espeak_SetParameter(RATE_PARAMETER, WORDS_PER_MINUTE, 0)
        self._heard: list[int] = []
        self._callback = CALLBACK(self._hear)  # kept: the C side holds only a pointer
        self._espeak.espeak_SetSynthCallback(self._callback)

    def _hear(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if count > 0:
            self._heard.extend(samples[:count])
        return 0

    def say(self, text: str) -> list[int]:
        """The spoken samples at `hz`."""
        self._heard = []
        words = text.encode()
        self._espeak.espeak_Synth(words, len(words) + 1, 0, 0, 0, UTF8, None, None)
        self._espeak.espeak_Synchronize()
        if not self._heard:
            raise SystemExit(f"espeak-ng said nothing for: {text}")
        return self._heard


def low_pass(cutoff: float, hz: int) -> list[float]:
    """A windowed-sinc filter, so that what a telephone cannot carry does not fold back as noise."""
    from math import cos, pi, sin

    middle = FILTER_TAPS // 2
    taps = []
    for index in range(FILTER_TAPS):
        distance = index - middle
        sinc = 2 * cutoff / hz if distance == 0 else sin(2 * pi * cutoff * distance / hz) / (pi * distance)
        taps.append(sinc * (0.54 - 0.46 * cos(2 * pi * index / (FILTER_TAPS - 1))))
    return taps


def to_telephone(samples: list[int], hz: int) -> bytes:
    """The same words at 8000 Hz, at one loudness. Plain Python: the build environment has no numpy."""
    taps = low_pass(CUTOFF_HZ, hz)
    middle = FILTER_TAPS // 2
    padded = [0] * middle + samples + [0] * middle
    count = len(samples) * TELEPHONE_HZ // hz
    out = []
    for index in range(count):
        start = index * hz // TELEPHONE_HZ
        out.append(
            sum(tap * value for tap, value in zip(taps, padded[start : start + FILTER_TAPS], strict=True))
        )
    loudest = max(abs(value) for value in out) or 1.0
    scale = PEAK * 32767 / loudest
    return b"".join(int(value * scale).to_bytes(2, "little", signed=True) for value in out)


def main(folder: Path) -> None:
    """Write one WAV per prompt into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TEXTS.open("rb") as file:
        texts = tomllib.load(file)
    with DEMO_TEXTS.open("rb") as file:
        texts |= {name: phrase["say"] for name, phrase in tomllib.load(file).items() if phrase["say"]}
    speaker = Speaker()
    for name, text in texts.items():
        data = to_telephone(speaker.say(text), speaker.hz)
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(TELEPHONE_HZ)
            file.writeframes(data)
        print(f"{name}.wav  {len(data) / 2 / TELEPHONE_HZ:.1f} s  {text}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tools/make_prompts.py FOLDER")
    main(Path(sys.argv[1]))
