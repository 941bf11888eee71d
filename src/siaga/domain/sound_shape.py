"""The shape of recorded sound, and the header that makes a WAV file of it.

Stereo, 16 bit, 8000 Hz: the caller on the left, what he hears on the right. What is kept (and hashed) is the sound
alone, sample after sample; the header is made when somebody listens.
"""

from __future__ import annotations

import struct

SAMPLES_PER_SECOND = 8000
CHANNELS = 2
BYTES_PER_SAMPLE_PAIR = 4
BYTES_PER_SECOND = SAMPLES_PER_SECOND * BYTES_PER_SAMPLE_PAIR
WAV_HEADER_BYTES = 44
SOUND_BYTES_MAX = 0xFFFF_FFFF - WAV_HEADER_BYTES  # a WAV's own limit: 37 hours, longer than any call


def wav_header(sound_bytes: int) -> bytes:
    """The 44 bytes before the samples."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", WAV_HEADER_BYTES - 8 + sound_bytes, b"WAVE",
        b"fmt ", 16, 1, CHANNELS, SAMPLES_PER_SECOND, BYTES_PER_SECOND, BYTES_PER_SAMPLE_PAIR, 16,
        b"data", sound_bytes,
    )  # fmt: skip
