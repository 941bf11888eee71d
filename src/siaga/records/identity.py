"""Identities made in the application: UUID version 7, so that newer rows sort behind older ones.

The twelve bits behind the milliseconds carry their fraction (RFC 9562, 6.2, method 3): lines of a story written in
one go keep their order.
"""

from __future__ import annotations

import os
import time

NANOSECONDS_PER_MILLISECOND = 1_000_000
FRACTION_BITS = 12  # a quarter of a microsecond, less than making one id takes


def new_id() -> str:
    """A fresh UUIDv7 as text (RFC 9562, section 5.7): 48 bits of milliseconds, their fraction, then chance."""
    milliseconds, rest = divmod(time.time_ns(), NANOSECONDS_PER_MILLISECOND)
    fraction = (rest << FRACTION_BITS) // NANOSECONDS_PER_MILLISECOND
    chance = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | chance
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
