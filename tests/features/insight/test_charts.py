"""Bars begin at zero, share one scale and never invent anything."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.measures import times_of
from siaga.features.insight.charts import PLOT_BOTTOM, PLOT_TOP, bars, chart, shares, spreads
from siaga.features.insight.queries import Row, Step, Timeline

counts = st.lists(st.integers(min_value=0, max_value=5000), min_size=1, max_size=60)


def row(count: int | None) -> Row:
    return Row(code="c", name="n", name_en="n", count=count, before=0)


def timeline(values: list[int]) -> Timeline:
    first = date(2026, 1, 1)
    return Timeline(
        step=Step.DAY, bars=tuple((first + timedelta(days=n), value) for n, value in enumerate(values))
    )


@given(counts)
def test_bars_of_a_table_are_in_proportion_and_fit(values: list[int]) -> None:
    made = bars([row(value) for value in values])

    assert all(0 <= bar.low <= bar.width <= bar.high <= 100.0001 or bar.width == 0 for bar in made)
    largest = max(values)
    for bar, value in zip(made, values, strict=True):
        assert bar.width * largest == pytest.approx(value * max(one.width for one in made))


def test_what_is_hidden_or_zero_has_no_bar() -> None:
    assert [(bar.width, bar.high) for bar in bars([row(None), row(0)])] == [(0.0, 0.0), (0.0, 0.0)]
    assert bars([]) == ()


@given(counts)
def test_a_timeline_stands_on_its_axis_and_its_lines_are_round(values: list[int]) -> None:
    made = chart(timeline(values))

    top = made.lines[-1][1]
    assert made.lines[0] == (PLOT_BOTTOM, 0)
    assert made.lines[-1][0] == pytest.approx(PLOT_TOP)
    assert top >= max(values)
    assert 2 <= len(made.lines) <= 6
    step = made.lines[1][1]
    assert str(step).rstrip("0") in {"1", "2", "5"}
    for column, value in zip(made.columns, values, strict=True):
        assert column.y + column.height == pytest.approx(PLOT_BOTTOM)
        assert column.height == pytest.approx((PLOT_BOTTOM - PLOT_TOP) * value / top)


@pytest.mark.parametrize("amount", [1, 12, 13, 44, 45])
def test_labels_under_the_axis_do_not_run_into_each_other(amount: int) -> None:
    made = chart(timeline([1] * amount))

    assert 1 <= sum(column.labelled for column in made.columns) <= 12


def test_an_empty_period_still_has_an_axis() -> None:
    made = chart(timeline([0]))

    assert [value for _, value in made.lines] == [0, 1]


def test_shares_and_spreads_share_one_scale() -> None:
    assert shares((50, 25, 0)) == (100.0, 50.0, 0.0)
    assert shares((0, 0)) == (0.0, 0.0)
    slow, none, fast = spreads([times_of([10.0, 100.0]), times_of([]), times_of([50.0])])
    assert none is None
    assert slow is not None
    assert fast is not None
    assert (slow.p50, slow.p90, fast.p50) == (10.0, 100.0, 50.0)
