"""When our own machines are in trouble: a disk that fills, clocks that do not agree.

A fault that stands ends only well below its limit, so that it does not come and go with every recording.
"""

from __future__ import annotations

from datetime import UTC, datetime

DISK_NEARLY_FULL_MIB = 1_000  # a busy day's recordings; below half of it the doctor calls it a fault
DISK_WELL_MIB = 1_250
CLOCKS_APART_SECONDS_MAX = (
    5.0  # times in reports are read to the second; network and polling cost at most two
)
NODE_CLOCK_SECONDS_MAX = 10.0  # a node's beat may have waited two seconds for a slow record
CLOCK_WELL_SHARE = 0.8  # of the limit
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before this has lost its battery


def disk_is_low(free_mib: int, *, stands: bool) -> bool:
    """Whether somebody must make room."""
    return free_mib < (DISK_WELL_MIB if stands else DISK_NEARLY_FULL_MIB)


def clocks_differ(apart_seconds: float, limit_seconds: float, *, stands: bool) -> bool:
    """Whether times of one case would not fit together."""
    return abs(apart_seconds) > limit_seconds * (CLOCK_WELL_SHARE if stands else 1.0)
