"""What is measured, from which moment to which, and how sure a small number is.

Rule 1: a time is told by its median and its ninth decile, never by a mean: one forgotten call would move it.
Rule 2: what is missing is counted beside what was measured, never left out in silence.
Rule 3: a count is told with its interval, because a city of 100 incidents a month lives on small numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil, exp, lgamma, log, sqrt

MEDIAN = 0.5
NINTH_DECILE = 0.9

ANSWER_WITHIN_SECONDS = (10, 15, 20)
ANSWER_SHARES_WANTED = {10: 0.90, 15: 0.90, 20: 0.95}
# 10 s: NFPA 1225, 90 % of calls. 15 s and 20 s: NENA-STA-020.1-2020, 90 % and 95 % of calls. Both count from the
# moment the call reaches the room (ring) to the moment a person speaks, the announcement does not stop the clock.

PROCESS_WITHIN_SECONDS = 60
PROCESS_SHARE_WANTED = 0.90
# NFPA 1225: event processing of 90 % of calls within 60 s, from the voice of a person to the first agency asked.

SMALL_NUMBER = 30  # below this many cases a percentile or a change is mostly chance; screens say so
CONFIDENCE = 0.95
Z_OF_CONFIDENCE = 1.959963984540054  # the normal quantile of 0.975
EXACT_COUNT_MAX = 100  # above it Byar's form differs from the exact interval by less than 0.01 %
BISECTION_STEPS = 80  # halves the bracket below the last digit of a float


@dataclass(frozen=True, kw_only=True)
class Times:
    """A set of durations in seconds: how many, and two percentiles. ``missing`` had a start but no end."""

    n: int
    p50: float | None
    p90: float | None
    missing: int = 0

    @property
    def is_small(self) -> bool:
        """Too few to lean on."""
        return self.n < SMALL_NUMBER


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Where the true value lies in 95 of 100 such cases."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Answering:
    """How fast calls were answered. ``within`` maps seconds to the number answered in that time.

    The shares are of answered calls. Callers who left before (``abandoned``), calls our own equipment lost
    (``lost``) and calls still ringing (``waiting``) are beside them.
    """

    times: Times
    within: dict[int, int]
    abandoned: int
    lost: int
    waiting: int

    @property
    def answered(self) -> int:
        return self.times.n

    @property
    def arrived(self) -> int:
        return self.answered + self.abandoned + self.lost + self.waiting

    def share_within(self, seconds: int) -> float | None:
        """Part of the answered calls answered within ``seconds``; ``None`` when none was answered."""
        return self.within[seconds] / self.answered if self.answered else None


def answer_seconds(arrived_at: datetime, answered_at: datetime) -> float:
    """From the first ring to the voice of a person (NENA-STA-020.1: call arrival to call answer)."""
    return _seconds(arrived_at, answered_at)


def processing_seconds(answered_at: datetime, opened_at: datetime) -> float:
    """From the voice of a person to the incident, which is the moment the agencies are asked.

    NFPA 1225 calls it event processing: call answered to first responder notified. It is measured on the call that
    opened the incident; callers who joined it later are not part of it.
    """
    return _seconds(answered_at, opened_at)


def classify_seconds(answered_at: datetime, said_at: datetime) -> float:
    """From the voice of a person to her first word on what it is: an incident, a caller joined to one, or a non-call.

    The first word counts, even when somebody corrects it later.
    """
    return _seconds(answered_at, said_at)


def abandon_seconds(arrived_at: datetime, ended_at: datetime) -> float:
    """How long a caller held out who left before anybody answered."""
    return _seconds(arrived_at, ended_at)


def acknowledge_seconds(sent_at: datetime, acknowledged_at: datetime) -> float:
    """From asking an agency to its word that it goes; declining is an answer but not an acknowledgement."""
    return _seconds(sent_at, acknowledged_at)


def arrival_seconds(opened_at: datetime, on_scene_at: datetime) -> float:
    """From the incident to the first agency on the scene (Permendagri 114/2018 counts report to arrival)."""
    return _seconds(opened_at, on_scene_at)


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def percentile(seconds: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` of all values do not exceed; ``None`` without values.

    Nearest rank (definition 1 of Hyndman and Fan, 1996): always a time that really happened. It is what
    ``percentile_disc`` of SQL computes.
    """
    if not seconds:
        return None
    ordered = sorted(seconds)
    return ordered[max(ceil(share * len(ordered)), 1) - 1]


def times_of(seconds: Sequence[float], missing: int = 0) -> Times:
    """Count, median and ninth decile of durations in seconds."""
    return Times(
        n=len(seconds),
        p50=percentile(seconds, MEDIAN),
        p90=percentile(seconds, NINTH_DECILE),
        missing=missing,
    )


@lru_cache(maxsize=4096)
def count_interval(count: int) -> Interval:
    """The 95 % interval of the true rate behind a count, if such things happen independently (Poisson).

    Exact after Garwood (1936, Biometrika 28, 437-442): the rates at which a count as large, or as small, as this
    one would be seen in 2.5 % of cases. Above ``EXACT_COUNT_MAX`` Byar's form (Rothman and Boice, 1979).
    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError(f"a count cannot be {count}")
    tail = (1.0 - CONFIDENCE) / 2.0
    if count > EXACT_COUNT_MAX:
        return Interval(low=_byar(count, -Z_OF_CONFIDENCE), high=_byar(count + 1, Z_OF_CONFIDENCE))
    reach = count + 10.0 * sqrt(count + 1.0) + 10.0  # far above the upper limit, for any count
    low = 0.0 if count == 0 else _rate_at(1.0 - tail, count - 1, 0.0, float(count))
    return Interval(low=low, high=_rate_at(tail, count, float(count), reach))


def _byar(count: int, z: float) -> float:
    return count * (1.0 - 1.0 / (9.0 * count) + z / (3.0 * sqrt(count))) ** 3


def _rate_at(probability: float, count: int, low: float, high: float) -> float:
    """The rate at which at most ``count`` is seen with this probability; it falls as the rate grows."""
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2.0
        if _at_most(count, middle) > probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _at_most(count: int, rate: float) -> float:
    """The Poisson probability of ``count`` or fewer."""
    if rate <= 0.0:
        return 1.0
    terms = (exp(k * log(rate) - rate - lgamma(k + 1)) for k in range(count + 1))
    return min(1.0, sum(terms))


def share_interval(part: int, whole: int) -> Interval | None:
    """The 95 % interval of a share (Wilson, 1927, JASA 22, 209-212); ``None`` of nothing."""
    if whole <= 0:
        return None
    z2 = Z_OF_CONFIDENCE**2
    share = part / whole
    centre = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    reach = Z_OF_CONFIDENCE / (1 + z2 / whole) * sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    return Interval(low=max(0.0, centre - reach), high=min(1.0, centre + reach))
