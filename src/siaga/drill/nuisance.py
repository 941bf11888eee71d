"""A year of callers, and what refusing some of them costs: every assumption a named field, every rival a function.

Only our own policy runs through the house (`nuisance_room.py`); the others are what rooms elsewhere do, applied to
the same callers. The shape is that of the caller simulator in the design's analytics study, section 4c.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

DAY_SECONDS = 86_400.0
EMERGENCY_HOURS = (
    0.6, 0.5, 0.4, 0.4, 0.4, 0.5, 0.7, 0.9, 1.1, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.1, 1.1, 1.0,
    0.9, 0.7,
)  # fmt: skip
NUISANCE_HOURS = (
    0.3, 0.2, 0.15, 0.12, 0.15, 0.3, 0.6, 0.9, 1.1, 1.2, 1.3, 1.3, 1.4, 1.4, 1.4, 1.5, 1.6, 1.6, 1.5, 1.4, 1.3, 1.1,
    0.8, 0.5,
)  # fmt: skip
# Calls by the hour: nuisance follows children's waking hours (assumed; Jakarta 2024: "mostly minors").


class What(StrEnum):
    EMERGENCY = "emergency"
    INFORMATION = "information"
    PRANK = "prank"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Every number with its source. "assumed": nobody has measured it; vary it and look again."""

    seed: int = 0
    days: int = 365
    calls_a_day: float = 78.0  # 70-80 a day in a city of this size (press, 2022)
    emergency_share: float = 0.435  # Semarang to 24 Sep 2025, 22,021 calls
    information_share: float = 0.179  # the same
    silent_of_nuisance: float = 0.5  # the same source counts prank and ghost together; assumed halves
    prank_numbers: int = 1200  # assumed
    prank_tail: float = 1.6  # Zipf exponent, assumed: a few numbers play most of the pranks
    silent_numbers: int = 1500  # assumed
    silent_once: float = 0.55  # assumed: pocket calls from numbers that never do it again
    genuine_from_nuisance_phones: float = 0.01  # assumed: a shared phone, a child's parents
    genuine_repeat: float = 0.12  # assumed: numbers that report more than once
    nuisance_without_sim: float = 0.30  # assumed; Indiana 2008: most SIM-less calls are not legitimate
    genuine_without_sim: float = 0.02  # assumed
    genuine_called_prank: float = 0.02  # a first taker's mistake, assumed
    information_called_prank: float = 0.04  # assumed
    nuisance_recognised: float = 0.97  # assumed
    second_taker_agrees_wrongly: float = 0.10  # of first takers' mistakes, assumed
    genuine_silent: float = 0.02  # somebody who cannot speak, assumed
    genuine_misses_challenge: float = 0.05  # does not answer a prompt within 8 s, assumed
    silent_genuine_misses: float = 0.60  # UK: of 5,000 silent calls a day about 50 press the digits
    prank_answers_challenge: float = 0.55  # assumed
    silent_answers_challenge: float = 0.06  # assumed
    talk_seconds: tuple[float, float, float, float] = (
        180.0,
        110.0,
        45.0,
        25.0,
    )  # medians, as `What`; Cilegon's SOP
    wrapup_seconds: tuple[float, float, float, float] = (60.0, 30.0, 15.0, 15.0)  # assumed
    script_saves_talk: float = 0.40  # of a flagged nuisance call with two questions, assumed
    script_saves_wrapup: float = 0.50  # assumed
    script_costs_genuine: float = 3.0  # seconds, assumed


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One call. ``number`` ``None``: no SIM. ``label``: whether the first taker would call it a nuisance."""

    at: float
    what: What
    number: int | None
    talk: float
    wrapup: float
    silent: bool
    answers_challenge: bool
    label: bool
    confirmed: bool

    @property
    def is_nuisance(self) -> bool:
        return self.what in (What.PRANK, What.SILENT)

    @property
    def seconds(self) -> float:
        """What it costs a taker."""
        return self.talk + self.wrapup


def callers(given: Assumptions) -> list[Caller]:
    """A year of calls in the order they ring; the same seed is the same year."""
    luck = random.Random(given.seed)  # noqa: S311  a seeded story
    amount = round(luck.gauss(given.calls_a_day * given.days, math.sqrt(given.calls_a_day * given.days)))
    nuisance = 1 - given.emergency_share - given.information_share
    shares = [
        given.emergency_share, given.information_share,
        nuisance * (1 - given.silent_of_nuisance), nuisance * given.silent_of_nuisance,
    ]  # fmt: skip
    pools = _Pools(given)
    made = [
        _caller(given, what, luck, pools, n)
        for n, what in enumerate(luck.choices(list(What), shares, k=amount))
    ]
    return sorted(made, key=lambda one: one.at)


class _Pools:
    """The numbers pranks and silent calls come from, the busiest first."""

    def __init__(self, given: Assumptions) -> None:
        self.pranks = _running([n**-given.prank_tail for n in range(1, given.prank_numbers + 1)])
        self.silent = _running([n**-1.1 for n in range(1, given.silent_numbers + 1)])


def _running(weights: list[float]) -> list[float]:
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums


def _caller(given: Assumptions, what: What, luck: random.Random, pools: _Pools, n: int) -> Caller:
    nuisance = what in (What.PRANK, What.SILENT)
    hour = luck.choices(range(24), NUISANCE_HOURS if nuisance else EMERGENCY_HOURS)[0]
    index = list(What).index(what)
    silent = what is What.SILENT or (what is What.EMERGENCY and luck.random() < given.genuine_silent)
    answers = {
        What.EMERGENCY: 1 - (given.silent_genuine_misses if silent else given.genuine_misses_challenge),
        What.INFORMATION: 0.98,
        What.PRANK: given.prank_answers_challenge,
        What.SILENT: given.silent_answers_challenge,
    }[what]
    called = {
        What.EMERGENCY: given.genuine_called_prank, What.INFORMATION: given.information_called_prank,
    }.get(what, given.nuisance_recognised)  # fmt: skip
    label = luck.random() < called
    no_sim = luck.random() < (given.nuisance_without_sim if nuisance else given.genuine_without_sim)
    return Caller(
        at=luck.randrange(given.days) * DAY_SECONDS + hour * 3600 + luck.random() * 3600,
        what=what,
        number=None if no_sim else _number(given, what, luck, pools, n),
        talk=luck.lognormvariate(math.log(given.talk_seconds[index]), 0.8),
        wrapup=given.wrapup_seconds[index],
        silent=silent,
        answers_challenge=luck.random() < answers,
        label=label,
        confirmed=label and (nuisance or luck.random() < given.second_taker_agrees_wrongly),
    )


def _number(given: Assumptions, what: What, luck: random.Random, pools: _Pools, n: int) -> int:
    if what is What.PRANK:
        return luck.choices(range(given.prank_numbers), cum_weights=pools.pranks)[0]
    if what is What.SILENT:
        if luck.random() < given.silent_once:
            return 10_000_000 + n
        return given.prank_numbers + luck.choices(range(given.silent_numbers), cum_weights=pools.silent)[0]
    chance = luck.random()
    if chance < given.genuine_from_nuisance_phones:
        return luck.randrange(given.prank_numbers + given.silent_numbers)
    if chance < given.genuine_from_nuisance_phones + given.genuine_repeat:
        return 50_000_000 + luck.randrange(3000)
    return 20_000_000 + n


# --- what rooms elsewhere do --------------------------------------------------------------------------------------


@dataclass
class Known:
    """What a room has written down of a number so far: when its calls were called a nuisance."""

    nuisances: list[float]
    genuine: int = 0


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a policy does with one call: a caller dropped, seconds saved (or cost), seconds he is made to wait."""

    lost: bool = False
    saved: float = 0.0
    delayed: float = 0.0


Policy = Callable[[Assumptions, Caller, Known | None], Judged]
PASSED = Judged()
CHALLENGED_FROM = 3  # nuisances of a number from which a machine asks first
CHALLENGE_SECONDS = (10.0, 24.0)  # answered at once; prompt of 8 s repeated once


def block_a_day(given: Assumptions, one: Caller, known: Known | None) -> Judged:
    """Blocked for 24 h after one prank (Bontang)."""
    recent = known is not None and any(one.at - at < DAY_SECONDS for at in known.nuisances)
    return _dropped(one) if recent else PASSED


def block_for_ever(given: Assumptions, one: Caller, known: Known | None) -> Judged:
    """Blocked for ever after three (a provincial police 110)."""
    return _dropped(one) if known is not None and len(known.nuisances) >= 3 else PASSED


def refuse_without_sim(given: Assumptions, one: Caller, known: Known | None) -> Judged:
    """No SIM, no call."""
    return _dropped(one) if one.number is None else PASSED


def challenge(given: Assumptions, one: Caller, known: Known | None) -> Judged:
    """A machine asks known nuisance numbers and telephones without SIM to press a key, and hangs up on who does not."""
    if one.number is not None and (known is None or len(known.nuisances) < CHALLENGED_FROM):
        return PASSED
    if one.answers_challenge:
        return Judged(delayed=CHALLENGE_SECONDS[0])
    return Judged(lost=True, saved=one.seconds, delayed=CHALLENGE_SECONDS[1])


def facts_and_a_person(given: Assumptions, one: Caller, known: Known | None) -> Judged:
    """Ours, as far as minutes go: the taker sees the facts and asks two questions. Losses are measured in the room."""
    if known is None or len(known.nuisances) < CHALLENGED_FROM or known.genuine:
        return PASSED
    if one.is_nuisance:
        return Judged(saved=given.script_saves_talk * one.talk + given.script_saves_wrapup * one.wrapup)
    return Judged(saved=-given.script_costs_genuine)


def _dropped(one: Caller) -> Judged:
    return Judged(lost=True, saved=one.seconds)


POLICIES: dict[str, Policy] = {
    "block_24h_after_1": block_a_day,
    "block_for_ever_after_3": block_for_ever,
    "refuse_without_sim": refuse_without_sim,
    "challenge_and_hang_up": challenge,
    "ours": facts_and_a_person,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table, over all years given."""

    calls: int
    genuine: int
    lost: int
    delayed: int
    minutes_saved_percent: float
    nuisance_share: float
    nuisance_minutes_share: float


def judged_by(policy: Policy, given: Assumptions, year: Sequence[Caller]) -> Row:
    """What a policy does to one year. A room learns from what its own takers wrote down, mistakes and all."""
    known: dict[int, Known] = {}
    lost = delayed = genuine = 0
    saved = total = nuisance_seconds = 0.0
    for one in year:
        past = known.get(one.number) if one.number is not None else None
        said = policy(given, one, past)
        total += one.seconds
        nuisance_seconds += one.seconds if one.is_nuisance else 0.0
        saved += said.saved
        if one.what is What.EMERGENCY:
            genuine += 1
            lost += said.lost
            delayed += said.delayed > 0
        if one.number is not None and not said.lost:
            entry = known.setdefault(one.number, Known([]))
            if one.label:
                entry.nuisances.append(one.at)
            elif one.what is What.EMERGENCY:
                entry.genuine += 1
                entry.nuisances.clear() if policy is facts_and_a_person else None
    return Row(
        calls=len(year), genuine=genuine, lost=lost, delayed=delayed,
        minutes_saved_percent=100 * saved / total,
        nuisance_share=sum(one.is_nuisance for one in year) / len(year),
        nuisance_minutes_share=nuisance_seconds / total,
    )  # fmt: skip
