"""What is known of a caller when his call rings: facts in order of weight, never a score.

Rule 1: facts change what a taker reads and nothing else. No fact refuses, ends or shortens a call.
Rule 2: one genuine call makes a caller neutral again: what came before it is not held against him.
Rule 3: an identity that many telephones share (no SIM, withheld) has no history: it would be somebody else's.
Rule 4: only a prank two people agreed on counts (domain/prank_review.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.call import Disposition
from siaga.domain.room_rules import CallerRules

HALF_LIFE_DAYS = 21.0  # a child who played with the telephone three weeks ago is half forgotten
FORGOTTEN_DAYS = 180  # numbers change hands; after half a year nothing is known of a caller
PAST_CALLS_MAX = 200  # calls of one number looked at; beyond this more calls say nothing new
FLAGGED_PRANKS = 3  # confirmed pranks from which a call is watched by the audit (docs/decisions/0013)
FACTS_SHOWN_MAX = 4

Words = Callable[[str], str]


class Reach(StrEnum):
    """Whether the caller can be called back, as the trunk marks his number."""

    NUMBER = "number"
    NO_SIM = "no_sim"
    WITHHELD = "withheld"


def reach_of(number: str | None, rules: CallerRules) -> Reach:
    """How this number can be reached. A trunk marks a telephone without SIM by what the number begins with."""
    if not number or number.lower() in rules.withheld:
        return Reach.WITHHELD
    if number.lstrip("+").startswith(rules.no_sim_prefixes):
        return Reach.NO_SIM
    return Reach.NUMBER


@dataclass(frozen=True, kw_only=True)
class PastCall:
    """An earlier call of the same number. ``confirmed``: two people agreed that it was a prank."""

    arrived_at: datetime
    disposition: Disposition | None = None
    confirmed: bool = False
    abandoned: bool = False


@dataclass(frozen=True, kw_only=True)
class CallerFacts:
    """What the strip and the queue show. Counts are of calls since the last genuine one."""

    pranks: int = 0
    pranks_unconfirmed: int = 0
    ghosts: int = 0
    information: int = 0
    abandoned: int = 0
    genuine: int = 0
    days: int = 0
    times_today: int = 1
    last_at: datetime | None = None
    weights: dict[str, float] = field(default_factory=dict)

    @property
    def flagged(self) -> bool:
        """Enough confirmed pranks that the audit follows what becomes of the next call."""
        return self.pranks >= FLAGGED_PRANKS

    @property
    def is_known(self) -> bool:
        """There is anything to say."""
        return self.last_at is not None

    def lines(self, words: Words) -> list[str]:
        """The facts as a person says them, the weightiest first: "3 iseng, 0 asli, 21 hari"."""
        counted = {
            "pranks": words("{n} iseng").format(n=self.pranks),
            "ghosts": words("{n} senyap").format(n=self.ghosts),
            "abandoned": words("{n} ditinggal").format(n=self.abandoned),
            "information": words("{n} informasi").format(n=self.information),
        }
        shown = [name for name in counted if getattr(self, name)]
        shown.sort(key=lambda name: -self.weights.get(name, 0.0))
        genuine = words("{n} asli").format(n=self.genuine)
        parts = [counted[name] for name in shown]
        if self.genuine:
            parts.insert(0, genuine)  # the strongest thing that can be known of a caller stands first
        elif parts:
            parts.insert(1, genuine)
        if not parts:
            return []
        span = words("{n} hari").format(n=max(self.days, 1))
        return [", ".join([*parts[:FACTS_SHOWN_MAX], span])]


def facts_of(past: Sequence[PastCall], *, now: datetime, midnight: datetime) -> CallerFacts:
    """The facts at ``now``. ``midnight``: when the local day began; ``past`` is without the present call."""
    known = [call for call in past if now - call.arrived_at <= timedelta(days=FORGOTTEN_DAYS)]
    if not known:
        return CallerFacts()
    genuine = [call.arrived_at for call in known if call.disposition is Disposition.REAL]
    since = [call for call in known if not genuine or call.arrived_at > max(genuine)]
    counts: dict[str, int] = {}
    weights: dict[str, float] = {}
    for call in since:
        if name := _fact_of(call):
            counts[name] = counts.get(name, 0) + 1
            age_days = (now - call.arrived_at).total_seconds() / 86_400
            weights[name] = weights.get(name, 0.0) + 0.5 ** (age_days / HALF_LIFE_DAYS)
    told = [call.arrived_at for call in since if _fact_of(call)] + genuine
    return CallerFacts(
        **counts,
        genuine=len(genuine),
        days=(now - min(told)).days if told else 0,
        times_today=1 + sum(1 for call in known if call.arrived_at >= midnight),
        last_at=max(call.arrived_at for call in known),
        weights=weights,
    )


def _fact_of(call: PastCall) -> str | None:
    match call.disposition:
        case Disposition.PRANK:
            return "pranks" if call.confirmed else "pranks_unconfirmed"
        case Disposition.GHOST:
            return "ghosts"
        case Disposition.INFORMATION | Disposition.WRONG_NUMBER | Disposition.OUTSIDE_AREA:
            return "information"
        case None if call.abandoned:
            return "abandoned"
    return None
