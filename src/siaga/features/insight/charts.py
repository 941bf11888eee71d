"""Where the bars of a chart stand: plain numbers for the templates, every bar from zero, one scale per chart.

Drawn on the server as SVG with attributes only, because the page's content policy allows no style in an element.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from siaga.domain.measures import Times
from siaga.features.insight.queries import Row, Timeline

FULL = 100.0  # the bars of a table are percents of their cell
CHART_WIDTH, CHART_HEIGHT = 900.0, 190.0  # of a timeline, in its own units; the page stretches it evenly
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_BOTTOM = 34.0, 880.0, 10.0, 164.0
BAR_GAP = 0.2  # of the space of one bar
LABELS_MAX = 12  # dates under the axis; more of them run into each other
STEPS = (1, 2, 5)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of a table with its bar: width and the ends of its interval, in percent of the cell."""

    row: Row
    width: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Column:
    """One bar of a timeline, and its label when it carries one."""

    day: date
    count: int
    x: float
    y: float
    width: float
    height: float
    labelled: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A timeline: its bars and the lines across it (height and value)."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[float, int], ...]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Median and ninth decile of one line, in percent of a scale that all lines share."""

    p50: float
    p90: float


def bars(rows: Sequence[Row]) -> tuple[Bar, ...]:
    """The rows with bars on one scale, wide enough for the upper end of every interval."""
    top = max((row.interval.high for row in rows if row.interval and row.count), default=1.0)
    made = []
    for row in rows:
        interval = row.interval
        if interval is None or not row.count:
            made.append(Bar(row=row, width=0.0, low=0.0, high=0.0))
        else:
            width, low, high = (FULL * value / top for value in (row.count, interval.low, interval.high))
            made.append(Bar(row=row, width=width, low=low, high=high))
    return tuple(made)


def shares(amounts: Sequence[int]) -> tuple[float, ...]:
    """Widths in percent of the largest amount."""
    top = max((*amounts, 1))
    return tuple(FULL * amount / top for amount in amounts)


def spreads(times: Sequence[Times]) -> tuple[Spread | None, ...]:
    """Where the dots and ticks stand; ``None`` for a line without times."""
    top = max((one.p90 for one in times if one.p90), default=1.0)
    return tuple(
        None
        if one.p50 is None or one.p90 is None
        else Spread(p50=FULL * one.p50 / top, p90=FULL * one.p90 / top)
        for one in times
    )


def chart(timeline: Timeline) -> Chart:
    """Where everything stands. An axis that would end at 0 ends at 1, so that no bar is invented."""
    step, top = _scale(max((count for _, count in timeline.bars), default=0))
    height = PLOT_BOTTOM - PLOT_TOP
    slot = (PLOT_RIGHT - PLOT_LEFT) / max(len(timeline.bars), 1)
    every = -(-len(timeline.bars) // LABELS_MAX)
    columns = tuple(
        Column(
            day=day,
            count=count,
            x=PLOT_LEFT + slot * (index + BAR_GAP / 2),
            y=PLOT_BOTTOM - height * count / top,
            width=slot * (1 - BAR_GAP),
            height=height * count / top,
            labelled=index % every == 0,
        )
        for index, (day, count) in enumerate(timeline.bars)
    )
    lines = tuple((PLOT_BOTTOM - height * value / top, value) for value in range(0, top + 1, step))
    return Chart(columns=columns, lines=lines)


def _scale(largest: int) -> tuple[int, int]:
    """The distance between the lines and the value of the last one: round numbers, at most five lines above zero."""
    step, power = 1, 1
    while step * 5 < largest:
        for digit in STEPS:
            step = digit * power
            if step * 5 >= largest:
                break
        else:
            power *= 10
    return step, step * max(1, -(-largest // step))
