"""What is known of a caller: facts with an order, never a score; forgotten in time; neutral after one genuine call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from siaga.domain.call import Disposition
from siaga.domain.caller_history import CallerFacts, PastCall, Reach, facts_of, reach_of
from siaga.domain.room_rules import CallerRules

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
MIDNIGHT = NOW.replace(hour=0)


def ago(days: float, kind: Disposition | None = Disposition.PRANK, **more: bool) -> PastCall:
    confirmed = more.pop("confirmed", kind is Disposition.PRANK)
    return PastCall(arrived_at=NOW - timedelta(days=days), disposition=kind, confirmed=confirmed, **more)


def facts(*past: PastCall) -> CallerFacts:
    return facts_of(past, now=NOW, midnight=MIDNIGHT)


def said(*past: PastCall) -> list[str]:
    return facts(*past).lines(str)


def test_three_pranks_in_three_weeks_are_said_as_the_room_says_them() -> None:
    assert said(ago(21), ago(9), ago(2)) == ["3 iseng, 0 asli, 21 hari"]


def test_nothing_known_says_nothing() -> None:
    assert said() == []
    assert not facts().is_known


def test_one_genuine_call_makes_neutral_what_came_before_it() -> None:
    known = facts(ago(30), ago(20), ago(10), ago(5, Disposition.REAL))
    assert (known.pranks, known.genuine, known.flagged) == (0, 1, False)
    assert known.lines(str) == ["1 asli, 5 hari"]


def test_what_came_after_a_genuine_call_counts_again() -> None:
    assert said(ago(30), ago(20, Disposition.REAL), ago(3)) == ["1 asli, 1 iseng, 20 hari"]


def test_half_a_year_later_nothing_is_known() -> None:
    assert not facts(ago(181), ago(300)).is_known
    assert facts(ago(179)).pranks == 1


def test_an_unconfirmed_prank_is_no_fact_and_no_flag() -> None:
    one_word = [ago(n, confirmed=False) for n in range(1, 9)]
    assert facts(*one_word).pranks == 0
    assert said(*one_word) == []


def test_three_confirmed_pranks_flag_and_two_do_not() -> None:
    assert facts(ago(1), ago(2), ago(3)).flagged
    assert not facts(ago(1), ago(2)).flagged


def test_the_fresher_fact_stands_first_however_many_old_ones_there_are() -> None:
    old_silence = [ago(150 + n, Disposition.GHOST) for n in range(4)]
    assert said(*old_silence, ago(1)) == ["1 iseng, 0 asli, 4 senyap, 153 hari"]


def test_weight_halves_in_three_weeks() -> None:
    weights = facts(ago(21), ago(42, Disposition.GHOST)).weights
    assert abs(weights["pranks"] - 0.5) < 1e-9
    assert abs(weights["ghosts"] - 0.25) < 1e-9


def test_times_today_count_this_call_and_those_since_midnight() -> None:
    assert facts(ago(0.1, None, abandoned=True), ago(0.2), ago(0.5)).times_today == 3
    assert said(ago(0.1, None, abandoned=True)) == ["1 ditinggal, 0 asli, 1 hari"]


def test_how_the_trunk_marks_who_cannot_be_called_back() -> None:
    rules = CallerRules()
    marks = {
        None: Reach.WITHHELD, "": Reach.WITHHELD, "Anonymous": Reach.WITHHELD, "restricted": Reach.WITHHELD,
        "000123456789": Reach.NO_SIM, "9115551234": Reach.NO_SIM, "+9115551234": Reach.NO_SIM,
        "081324110982": Reach.NUMBER, "+6281324110982": Reach.NUMBER, "0231200000": Reach.NUMBER,
    }  # fmt: skip
    assert {number: reach_of(number, rules) for number in marks} == marks
    other = CallerRules(no_sim_prefixes=("99900",))
    assert reach_of("9990012", other) is Reach.NO_SIM
    assert reach_of("000123", other) is Reach.NUMBER
