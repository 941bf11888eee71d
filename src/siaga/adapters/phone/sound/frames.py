"""The one kind of sound inside the node, and tones made of nothing.

Mono, 16-bit, 8000 Hz, in frames of 20 ms: what a telephone trunk carries. Whatever has another shape is
converted at the edge, once.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

SAMPLES_PER_SECOND = 8000
FRAME_MS = 20
FRAME_SECONDS = FRAME_MS / 1000
FRAME_SAMPLES = SAMPLES_PER_SECOND * FRAME_MS // 1000
FRAME_BYTES = FRAME_SAMPLES * 2
SILENCE = bytes(FRAME_BYTES)

Samples = npt.NDArray[np.int16]

RING_HZ = 425.0  # the ring-back tone of Indonesian exchanges: 425 Hz, 1 s on, 4 s off
RING_ON_SECONDS, RING_OFF_SECONDS = 1.0, 4.0
TONE_LEVEL = 3000.0  # about -21 dBm0: heard well, never louder than a voice
FADE_SECONDS = 0.01  # a tone that starts at once clicks in the ear
PIPS_HZ = (660.0, 880.0)  # two soft notes: "you are still in the queue"

ALAW_SEGMENT_ENDS = (0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF)  # ITU-T G.711, table 1a, 13-bit scale


class BadSound(ValueError):
    """A sound file has another shape than the telephone's; the text says which file and what is wrong."""


def tone(hz: float, seconds: float, level: float = TONE_LEVEL) -> Samples:
    """A sine, faded in and out."""
    count = int(seconds * SAMPLES_PER_SECOND)
    wave_ = level * np.sin(2 * np.pi * hz * np.arange(count) / SAMPLES_PER_SECOND)
    fade = min(count // 2, int(FADE_SECONDS * SAMPLES_PER_SECOND))
    if fade:
        ramp = np.linspace(0.0, 1.0, fade)
        wave_[:fade] *= ramp
        wave_[-fade:] *= ramp[::-1]
    return wave_.astype(np.int16)


def pause(seconds: float) -> Samples:
    """Silence."""
    return np.zeros(int(seconds * SAMPLES_PER_SECOND), np.int16)


def ring_back() -> Samples:
    """One ring as the caller hears it."""
    return np.concatenate([tone(RING_HZ, RING_ON_SECONDS), pause(RING_OFF_SECONDS)])


def queue_pips() -> Samples:
    """Two soft notes and a pause: the line is alive, nobody has forgotten you."""
    notes = [tone(hz, 0.15, TONE_LEVEL / 2) for hz in PIPS_HZ]
    return np.concatenate([*notes, pause(2.7)])


def read_wav(path: Path) -> Samples:
    """The samples of a prompt. Raises BadSound when it is not 8000 Hz, 16-bit, mono, or not a WAV at all."""
    try:
        with wave.open(str(path)) as file:
            shape = (file.getframerate(), file.getsampwidth() * 8, file.getnchannels())
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as broken:
        raise BadSound(f"{path.name}: not a readable WAV file ({broken})") from broken
    if shape != (SAMPLES_PER_SECOND, 16, 1):
        raise BadSound(
            f"{path.name}: {shape[0]} Hz, {shape[1]} bit, {shape[2]} channels; use 8000 Hz, 16 bit, mono"
        )
    return np.frombuffer(data[: len(data) // 2 * 2], np.int16)


def write_wav(path: Path, samples: Samples) -> None:
    """Save a prompt in the telephone's own shape."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_PER_SECOND)
        file.writeframes(samples.tobytes())


def alaw_table() -> npt.NDArray[np.uint8]:
    """G.711 A-law of every 16-bit sample, indexed by the sample seen as unsigned."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(value >= 0, value, -value - 1) >> 3
    segment = sum((magnitude > limit).astype(np.int32) for limit in ALAW_SEGMENT_ENDS)
    mantissa = (magnitude >> np.maximum(segment, 1)) & 0x0F
    code = (segment << 4) | mantissa
    return (code ^ np.where(value >= 0, 0xD5, 0x55)).astype(np.uint8)


def alaw_decoding() -> npt.NDArray[np.int16]:
    """The sample of each of the 256 A-law codes."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, mantissa = (code >> 4) & 7, code & 0x0F
    magnitude = np.where(
        segment == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(segment - 1, 0)
    )
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
