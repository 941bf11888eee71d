"""Measures against published figures and against their own definitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain import measures
from siaga.domain.measures import (
    EXACT_COUNT_MAX,
    Z_OF_CONFIDENCE,
    Interval,
    answer_seconds,
    count_interval,
    percentile,
    share_interval,
    times_of,
)

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
durations = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.69), (1, 0.025, 5.57), (2, 0.24, 7.22), (6, 2.20, 13.06), (9, 4.12, 17.08), (14, 7.65, 23.49),
     (19, 11.44, 29.67), (50, 37.11, 65.92), (100, 81.36, 121.63)],
)  # fmt: skip
def test_the_interval_of_a_count_is_that_of_the_printed_tables(count: int, low: float, high: float) -> None:
    found = count_interval(count)

    assert found.low == pytest.approx(low, abs=0.006)
    assert found.high == pytest.approx(high, abs=0.006)


@pytest.mark.parametrize("count", [EXACT_COUNT_MAX + 1, 250, 1000])
def test_the_short_form_for_large_counts_is_as_good_as_the_exact_one(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = count_interval.__wrapped__(count)
    monkeypatch.setattr(measures, "EXACT_COUNT_MAX", count)
    exact = count_interval.__wrapped__(count)

    assert short != exact
    assert short.low == pytest.approx(exact.low, rel=1e-4)
    assert short.high == pytest.approx(exact.high, rel=1e-4)


@given(st.integers(min_value=0, max_value=3000))
def test_a_count_lies_within_its_own_interval(count: int) -> None:
    found = count_interval(count)

    assert 0.0 <= found.low <= count < found.high


def test_a_negative_count_is_a_bug() -> None:
    with pytest.raises(ValueError, match="-1"):
        count_interval(-1)


def test_z_belongs_to_the_confidence() -> None:
    assert NormalDist().inv_cdf(0.5 + measures.CONFIDENCE / 2) == pytest.approx(Z_OF_CONFIDENCE)


def test_nine_in_ten_is_a_time_that_really_happened() -> None:
    assert percentile([float(n) for n in range(1, 11)], 0.9) == 9.0
    assert percentile([7.0], 0.9) == 7.0
    assert percentile([], 0.9) is None


@given(durations, st.sampled_from([0.5, 0.9]))
def test_at_least_the_share_is_not_slower_and_no_smaller_value_would_do(
    seconds: list[float], share: float
) -> None:
    found = percentile(seconds, share)

    assert found in seconds
    assert sum(value <= found for value in seconds) >= share * len(seconds)
    assert sum(value < found for value in seconds) < share * len(seconds)


def test_a_forgotten_call_does_not_move_the_median() -> None:
    assert times_of([5.0, 6.0, 7.0, 8.0, 86_400.0]).p50 == 7.0


def test_few_cases_are_said_to_be_few() -> None:
    assert times_of([1.0] * 29).is_small
    assert not times_of([1.0] * 30).is_small


def test_a_clock_that_was_set_back_never_makes_a_negative_time() -> None:
    assert answer_seconds(NINE, NINE - timedelta(seconds=2)) == 0.0


def ends(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def test_a_share_of_few_is_told_with_a_wide_interval() -> None:
    assert share_interval(0, 0) is None
    assert ends(share_interval(10, 10)) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert ends(share_interval(0, 10)) == pytest.approx((0.0, 0.2775), abs=1e-4)
    # the worked example of Newcombe (1998), method 3
    assert ends(share_interval(81, 263)) == pytest.approx((0.2553, 0.3662), abs=1e-4)
