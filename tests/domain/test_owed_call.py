"""Who we owe, how a row may be closed, and when one text may be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga.domain.call import EndReason
from siaga.domain.errors import RuleBroken
from siaga.domain.owed_call import CallerText, CloseReason, OwedKind, check_reason, kind_of, may_text
from siaga.domain.room_rules import CallBackRules, CallerRules

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
ON = CallBackRules(auto_text=True, texts_per_day=2)
CALLERS = CallerRules()
MOBILE = "081324110982"


def texted(*minutes_ago: float) -> list[CallerText]:
    return [
        CallerText(id=f"t{n}", call="c", number=MOBILE, at=NOW - timedelta(minutes=n)) for n in minutes_ago
    ]


def allowed(number: str | None, *minutes_ago: float, rules: CallBackRules = ON) -> bool:
    return may_text(number, texted(*minutes_ago), rules=rules, callers=CALLERS, now=NOW)


def test_why_a_call_is_owed() -> None:
    def kind(reason: EndReason, unfinished: bool = False, corrected: bool = False) -> OwedKind:
        return kind_of(reason, check_unfinished=unfinished, corrected=corrected)

    assert kind(EndReason.ABANDONED) is OwedKind.LEFT
    assert kind(EndReason.LOST) is OwedKind.LOST
    assert kind(EndReason.CALLER_HUNG_UP) is OwedKind.CUT
    assert kind(EndReason.CALLER_HUNG_UP, unfinished=True) is OwedKind.SILENT
    assert kind(EndReason.TAKER_HUNG_UP, corrected=True) is OwedKind.CONTRADICTED


def test_one_text_an_hour_and_few_a_day() -> None:
    assert allowed(MOBILE)
    assert not allowed(MOBILE, 59)
    assert allowed(MOBILE, 61)
    assert not allowed(MOBILE, 61, 300)
    assert allowed(MOBILE, 61, 24 * 60 + 1)


def test_no_city_may_write_more_than_three_a_day() -> None:
    eager = CallBackRules(auto_text=True, texts_per_day=50)
    assert allowed(MOBILE, 90, 200, rules=eager)
    assert not allowed(MOBILE, 90, 200, 400, rules=eager)


@pytest.mark.parametrize("number", [None, "anonymous", "000123456789", "9115551234", "0231200000"])
def test_who_cannot_read_a_text_is_sent_none(number: str | None) -> None:
    assert not allowed(number)


def test_by_default_nothing_is_sent() -> None:
    assert not allowed(MOBILE, rules=CallBackRules())


def test_a_row_is_closed_only_for_a_reason_that_can_be_true() -> None:
    def close(reason: CloseReason, attempts: int = 0, number: str | None = MOBILE) -> None:
        check_reason(reason, attempts=attempts, number=number, callers=CALLERS)

    with pytest.raises(RuleBroken, match="Belum pernah"):
        close(CloseReason.NO_ANSWER)
    close(CloseReason.NO_ANSWER, attempts=1)
    with pytest.raises(RuleBroken, match="bisa ditelepon balik"):
        close(CloseReason.UNREACHABLE)
    close(CloseReason.UNREACHABLE, number=None)
    close(CloseReason.SPOKEN)
