"""Which bytes of a file a browser asks for: `Range: bytes=0-16383` (RFC 9110, one range)."""

from __future__ import annotations

import re

ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
NUMBER_DIGITS_MAX = 18  # longer numbers are nobody's file


class RangeUnsatisfiable(Exception):
    """The file has no such bytes."""


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and length; None for the whole file, as for anything we do not understand.

    Raises RangeUnsatisfiable when the range begins behind the end.
    """
    match = ONE_RANGE.fullmatch((header or "").strip())
    if match is None or max(map(len, match.groups())) > NUMBER_DIGITS_MAX:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        if not length:
            raise RangeUnsatisfiable
        return size - length, length
    begin = int(first)
    if begin >= size:
        raise RangeUnsatisfiable
    end = min(int(last), size - 1) if last else size - 1
    return (begin, end - begin + 1) if end >= begin else None
