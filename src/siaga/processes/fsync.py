"""How fast this disk makes a promise: the figure every durability claim depends on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from siaga import clock

BLOCK_BYTES = 8192  # one page of the database
WRITES_MAX = 400
SECONDS_MAX = 2.0


@dataclass(frozen=True)
class FsyncRate:
    """Measured promises: how many a second, and how long one takes."""

    per_second: float
    p50_ms: float
    p99_ms: float


def measure(folder: Path, *, seconds_max: float = SECONDS_MAX) -> FsyncRate:
    """Overwrite one page in `folder` and flush it, again and again. Raises OSError when it cannot be written."""
    file = folder / f".fsync-{os.getpid()}"
    page = os.urandom(BLOCK_BYTES)
    took: list[float] = []
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    flush = getattr(os, "fdatasync", os.fsync)  # macOS has only fsync
    try:
        os.pwrite(descriptor, page, 0)
        os.fsync(descriptor)
        began = clock.monotonic()
        while len(took) < WRITES_MAX and clock.monotonic() - began < seconds_max:
            before = clock.monotonic()
            os.pwrite(descriptor, page, 0)
            flush(descriptor)
            took.append(clock.monotonic() - before)
        elapsed = clock.monotonic() - began
    finally:
        os.close(descriptor)
        file.unlink(missing_ok=True)
    took.sort()
    return FsyncRate(
        per_second=len(took) / elapsed,
        p50_ms=took[len(took) // 2] * 1000,
        p99_ms=took[min(len(took) - 1, int(len(took) * 0.99))] * 1000,
    )
