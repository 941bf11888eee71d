"""The blind share is nobody's to choose, the bound is honest, and the daily count is watched both ways."""

from __future__ import annotations

import random

import pytest

from siaga.domain.genuine_watch import BASELINE_DAYS, CUSUM_LIMIT, cusum, is_blind, upper_bound


def test_the_blind_share_is_about_what_was_asked_and_always_the_same() -> None:
    calls = [f"call-{n}" for n in range(20_000)]
    blind = {call for call in calls if is_blind(call, b"secret", 5.0)}
    assert 850 < len(blind) < 1150
    assert {call for call in calls if is_blind(call, b"secret", 5.0)} == blind
    assert {call for call in calls if is_blind(call, b"another", 5.0)} != blind
    assert not any(is_blind(call, b"secret", 0.0) for call in calls)


@pytest.mark.parametrize("calls", [30, 300, 12_000])
def test_nothing_lost_bounds_the_loss_at_three_in_n(calls: int) -> None:
    bound = upper_bound(0, calls)
    assert bound is not None
    assert bound == pytest.approx(3 / calls, rel=0.05)
    assert bound <= 3 / calls


def test_the_bound_with_losses_is_the_exact_binomial_one() -> None:
    assert upper_bound(1, 100) == pytest.approx(0.04656, abs=1e-4)  # Clopper-Pearson, one-sided 95 %
    assert upper_bound(5, 100) == pytest.approx(0.10225, abs=1e-4)
    assert upper_bound(0, 0) is None
    assert upper_bound(3, 3) == 1.0


def a_draw(luck: random.Random, mean: float) -> int:
    """Poisson by counting exponential gaps."""
    count, total = 0, luck.expovariate(mean)
    while total < 1:
        count, total = count + 1, total + luck.expovariate(mean)
    return count


def test_without_four_weeks_there_is_no_baseline_and_nothing_is_claimed() -> None:
    assert cusum([5] * (BASELINE_DAYS - 1)) is None
    assert cusum([0] * 60) is None


def test_a_steady_city_stays_quiet() -> None:
    sums = cusum([5] * 84)
    assert sums is not None
    assert not sums.fell
    assert not sums.rose


def test_genuine_calls_that_fade_are_noticed_within_two_weeks() -> None:
    luck = random.Random(112)
    days = []
    for _ in range(50):
        daily = [10] * BASELINE_DAYS + [a_draw(luck, 10 / 1.6) for _ in range(28)]
        sums = cusum(daily)
        assert sums is not None
        days.append(next((n for n, value in enumerate(sums.down) if value >= CUSUM_LIMIT), 99))
    assert sorted(days)[25] <= 14


@pytest.mark.parametrize("mean", [3.0, 10.0, 30.0])
def test_chance_alone_crosses_the_limit_seldom(mean: float) -> None:
    """Over 16 years of days, both directions together, started anew every 60 days."""
    luck = random.Random(7)
    crossings, days = 0, 6000
    baseline = [round(mean)] * BASELINE_DAYS
    for _ in range(days // 60):
        sums = cusum(baseline + [a_draw(luck, mean) for _ in range(60)])
        assert sums is not None
        crossings += any(value >= CUSUM_LIMIT for value in (*sums.up, *sums.down))
    assert crossings <= days / 365 / 1.6  # 2.5 years or more each, with room for this one draw
