"""Identities made in the application: UUID version 7, so that newer rows sort behind older ones."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A fresh UUIDv7 as text (RFC 9562, section 5.7): 48 bits of milliseconds, then chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | ((chance >> 68) & 0xFFF) << 64 | 0b10 << 62 | (chance & ((1 << 62) - 1))
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
