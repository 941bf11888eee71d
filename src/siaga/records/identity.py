"""Identities made in the application: UUID version 7, so that newer rows sort behind older ones.

The twelve bits behind the milliseconds carry their fraction (RFC 9562, 6.2, method 3): lines of a story written in
one go keep their order.
"""

from __future__ import annotations

import os
import struct
import time

NANOSECONDS_PER_MILLISECOND = 1_000_000
FRACTION_BITS = 12  # a quarter of a microsecond, less than making one id takes
_UNSIGNED = struct.Struct(
    "512Q"
)  # fetched at once: asking the kernel for every single id costs more than making it


class _Chance:
    """Random bytes of the kernel, fetched by the thousand. A forked child does not go on with its parent's."""

    def __init__(self) -> None:
        self._left: list[int] = []
        os.register_at_fork(after_in_child=self.forget)

    def take(self) -> int:
        try:
            return self._left.pop()
        except IndexError:
            fresh = _UNSIGNED.unpack(os.urandom(_UNSIGNED.size))
            self._left = list(fresh[1:])
            first: int = fresh[0]
            return first

    def forget(self) -> None:
        self._left = []


_chance = _Chance()


def new_id() -> str:
    """A fresh UUIDv7 as text (RFC 9562, section 5.7): 48 bits of milliseconds, their fraction, then chance."""
    milliseconds, rest = divmod(time.time_ns(), NANOSECONDS_PER_MILLISECOND)
    fraction = (rest << FRACTION_BITS) // NANOSECONDS_PER_MILLISECOND
    chance = _chance.take() & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | chance
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
