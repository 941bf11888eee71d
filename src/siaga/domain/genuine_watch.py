"""Whether anything we know about callers costs a genuine one: a blind share, what became of each, and the daily count.

Rule 1: the share handled blind is chosen by a secret hash of the call, so that nobody can steer it.
Rule 2: a bound is stated with its n. Nothing lost of n calls bounds the loss at about 3/n, not at zero.
Rule 3: fewer genuine calls is the alarming direction: whatever frightens pranksters may frighten callers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import comb, log

from siaga.domain.event import CallFlagged, FlaggedCallChecked

OUTCOME_MINUTES = 30  # an incident the caller meant is opened by somebody else within this
OUTCOME_METRES = 500.0
CONFIDENCE = 0.95
BASELINE_DAYS = 28  # four whole weeks: every weekday counts the same
CUSUM_RATIO = 1.5  # the change we want to notice: half as many genuine calls again, or a third fewer
CUSUM_LIMIT = (
    6.0  # with 1 to 30 genuine calls a day chance alone crosses it once in 2.5 to 10 years (simulated)
)


class FlagWhy(StrEnum):
    RESTRICTED = "restricted"
    PRANKS = "pranks"


class FlagOutcome(StrEnum):
    """What became of a flagged call. ``LIKELY``: an agency found something there; ``POSSIBLE``: it was reported."""

    GENUINE = "genuine"  # the call itself became (part of) an incident
    LIKELY = "likely"
    POSSIBLE = "possible"
    NOTHING = "nothing"
    NO_PLACE = "no_place"  # nobody learnt where he was, so nothing could be compared


LOST_OUTCOMES = (FlagOutcome.LIKELY, FlagOutcome.POSSIBLE)


@dataclass(frozen=True, kw_only=True)
class FlaggedCall:
    """An answered call of a caller with a flag; its id is the call's. ``blind``: the taker was shown no facts."""

    id: str
    at: datetime
    why: FlagWhy
    pranks: int
    blind: bool
    outcome: FlagOutcome | None = None
    incident: str | None = None
    checked_at: datetime | None = None

    def fact(self) -> CallFlagged:
        return CallFlagged(call=self.id, why=self.why, blind=self.blind, at=self.at)

    def checked(
        self, outcome: FlagOutcome, *, incident: str | None, at: datetime
    ) -> tuple[FlaggedCall, FlaggedCallChecked]:
        """What the city's records say half an hour later."""
        event = FlaggedCallChecked(call=self.id, outcome=outcome, incident=incident, at=at)
        return replace(self, outcome=outcome, incident=incident, checked_at=at), event


def is_blind(call: str, secret: bytes, percent: float) -> bool:
    """Whether this call is handled without facts. The same answer everywhere, for ever, and for nobody to choose."""
    digest = hmac.new(secret, b"blind:" + call.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100 < percent


def upper_bound(lost: int, calls: int) -> float | None:
    """The largest share of losses that ``lost`` of ``calls`` does not rule out (one-sided 95 %, exact binomial).

    With nothing lost it is the rule of three: about 3/n. ``None`` without calls.
    """
    if calls <= 0:
        return None
    if lost >= calls:
        return 1.0
    low, high = lost / calls, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        seen = sum(comb(calls, k) * middle**k * (1 - middle) ** (calls - k) for k in range(lost + 1))
        low, high = (middle, high) if seen > 1 - CONFIDENCE else (low, middle)
    return high


@dataclass(frozen=True, kw_only=True)
class Cusum:
    """The two running sums, day by day. ``baseline``: genuine calls a day in the first weeks."""

    baseline: float
    up: tuple[float, ...]
    down: tuple[float, ...]

    @property
    def fell(self) -> bool:
        return bool(self.down) and self.down[-1] >= CUSUM_LIMIT

    @property
    def rose(self) -> bool:
        return bool(self.up) and self.up[-1] >= CUSUM_LIMIT


def cusum(daily: Sequence[int]) -> Cusum | None:
    """Poisson CUSUM both ways over the days after the baseline; ``None`` while there is no baseline.

    Each day adds the log-likelihood ratio of the changed rate against the baseline's; a sum never goes below 0.
    """
    first, rest = daily[:BASELINE_DAYS], daily[BASELINE_DAYS:]
    if len(first) < BASELINE_DAYS or sum(first) == 0:
        return None
    baseline = sum(first) / BASELINE_DAYS
    return Cusum(
        baseline=baseline,
        up=_sums(rest, baseline, baseline * CUSUM_RATIO),
        down=_sums(rest, baseline, baseline / CUSUM_RATIO),
    )


def _sums(daily: Sequence[int], before: float, after: float) -> tuple[float, ...]:
    total, sums = 0.0, []
    for count in daily:
        total = max(0.0, total + count * log(after / before) - (after - before))
        sums.append(total)
    return tuple(sums)
