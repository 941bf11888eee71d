"""The only place that reads a clock.

Everything else is given `now` as an argument, so that a simulated day can be any day and a test never waits.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC. Screens turn it into the city's zone; nothing else does."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that only ever go forward: for measuring how long something took, never for saying when."""
    return time.monotonic()
