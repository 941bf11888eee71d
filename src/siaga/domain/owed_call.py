"""Callers we owe something: why each is on the list, how he may leave it, and when a text may be sent to him.

Rule 1: nobody leaves by himself: he is reached, his call is dealt with, or a person closes the row and says why.
Rule 2: a machine may write one text; it never closes a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.call import EndReason
from siaga.domain.caller_history import Reach, reach_of
from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallerTexted
from siaga.domain.room_rules import CallBackRules, CallerRules

TEXTS_PER_HOUR = 1
TEXTS_PER_DAY_MAX = 3  # a city may choose fewer; a fourth text in a day is a nuisance of our own making


class OwedKind(StrEnum):
    """Why a call is on the list."""

    LEFT = "left"  # the caller gave up before anybody answered
    LOST = "lost"  # our node failed under it
    IN_DOUBT = "in_doubt"  # our node gives no sign of life: he may be gone, or talking on
    SILENT = "silent"  # it ended before the silent check had run
    CUT = "cut"  # answered, but nobody has said what it was
    CONTRADICTED = "contradicted"  # called something else, and that was wrong


class CloseReason(StrEnum):
    """Why a person closes a row."""

    SPOKEN = "spoken"
    NO_ANSWER = "no_answer"
    CALLED_AGAIN = "called_again"
    KNOWN_INCIDENT = "known_incident"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class CallerText:
    """One automatic text to a missed caller. ``number`` is personal data and erasable."""

    id: str
    call: str
    number: str
    at: datetime

    def fact(self) -> CallerTexted:
        return CallerTexted(call=self.call, at=self.at)


def kind_of(end_reason: EndReason, *, check_unfinished: bool, corrected: bool) -> OwedKind:
    """Why this call is owed. ``check_unfinished``: answered, silent, and the check had not run to its end."""
    if corrected:
        return OwedKind.CONTRADICTED
    if end_reason is EndReason.LOST:
        return OwedKind.LOST
    if end_reason is EndReason.ABANDONED:
        return OwedKind.LEFT
    return OwedKind.SILENT if check_unfinished else OwedKind.CUT


def check_reason(reason: CloseReason, *, attempts: int, number: str | None, callers: CallerRules) -> None:
    """A row may only leave the list for a reason that can be true."""
    reachable = reach_of(number, callers) is Reach.NUMBER
    if reason is CloseReason.NO_ANSWER and attempts == 0:
        raise RuleBroken("Belum pernah ditelepon balik. Telepon dulu, baru tutup sebagai tidak diangkat.")
    if reason is CloseReason.UNREACHABLE and reachable and attempts == 0:
        raise RuleBroken("Nomor ini bisa ditelepon balik.")


def may_text(
    number: str | None,
    texts: Sequence[CallerText],
    *,
    rules: CallBackRules,
    callers: CallerRules,
    now: datetime,
) -> bool:
    """Whether the policy allows one more automatic text to this number. ``texts``: those of the last 24 hours."""
    if not rules.auto_text or number is None or reach_of(number, callers) is not Reach.NUMBER:
        return False
    if not number.startswith(rules.mobile_prefixes):
        return False  # a landline cannot read
    last_hour = [one for one in texts if now - one.at < timedelta(hours=1)]
    last_day = [one for one in texts if now - one.at < timedelta(days=1)]
    return len(last_hour) < TEXTS_PER_HOUR and len(last_day) < min(rules.texts_per_day, TEXTS_PER_DAY_MAX)
