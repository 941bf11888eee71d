"""Counting incidents: by report group, kind, area and time. Who may see what is decided in each query, once.

An incident counts in the period in which it was opened. One that was closed as the same as another counts with that
other. Demo incidents count only where the whole installation is a demo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from siaga.domain.city import City
from siaga.domain.measures import SMALL_NUMBER, Interval, count_interval
from siaga.domain.roles import May, Viewer
from siaga.features.insight.periods import Period
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import VISIBLE, sight_of

DAYS_AS_DAYS_MAX = 45  # bars of single days; with more of them the bars become too thin to tell apart
DAYS_AS_WEEKS_MAX = 366

IN_PERIOD = f"""
    i.city_id = $1 and {VISIBLE} and i.opened_at >= $7 and i.opened_at < $8
    and i.duplicate_of is null and (not i.demo or $9)
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table. ``count`` is ``None`` where the viewer may not know it."""

    code: str
    name: str
    name_en: str
    count: int | None
    before: int | None = None
    parent: str | None = None

    @property
    def interval(self) -> Interval | None:
        return None if self.count is None else count_interval(self.count)

    def called(self, language: str) -> str:
        return self.name_en if language == "en" and self.name_en else self.name


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Incidents of a period as one viewer may see them. ``before``: the period of equal length just before it."""

    period: Period
    groups: tuple[Row, ...]
    kinds: tuple[Row, ...]
    areas: tuple[Row, ...]
    total: int
    before: int
    merged: int
    left_out_demo: int
    hides_protected: bool

    @property
    def is_small(self) -> bool:
        """A change between the two periods may well be chance."""
        return min(self.total, self.before) < SMALL_NUMBER


class Step(StrEnum):
    """How wide the bars of a timeline are; the value is PostgreSQL's word for it."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Incidents per day, week or month. The first and last bar may cover less than a whole step."""

    step: Step
    bars: tuple[tuple[date, int], ...]


_Seen = list[tuple[str, str, str | None, str | None, int]]  # type, kind, kecamatan, kelurahan, count


async def count_incidents(
    archive: PostgresArchive, city: City, period: Period, *, viewer: Viewer, demo: bool
) -> Counts:
    """How many incidents of what and where, in the order of the city's lists."""
    now = await _counted(archive, city, period, viewer, demo)
    length = timedelta(days=period.days)
    earlier = Period(first=period.first - length, last=period.last - length, zone=period.zone)
    then = await _counted(archive, city, earlier, viewer, demo)
    aside = await archive.rows(
        "select count(*) filter (where duplicate_of is not null) as merged, "
        "count(*) filter (where demo and duplicate_of is null and not $9) as demo from incident i "
        f"where i.city_id = $1 and {VISIBLE} and i.opened_at >= $7 and i.opened_at < $8",
        *given(city, period, viewer, demo),
    )  # fmt: skip
    return Counts(
        period=period,
        groups=_by_group(city, now, then, viewer),
        kinds=_by_kind(city, now, then, viewer),
        areas=_by_area(city, now, then),
        total=_total(now),
        before=_total(then),
        merged=aside[0]["merged"],
        left_out_demo=aside[0]["demo"],
        hides_protected=not viewer.in_circle,
    )


def given(city: City, period: Period, viewer: Viewer, demo: bool) -> tuple[object, ...]:
    """The values of ``$2`` to ``$9``. A statistic is no place to see more because one opened the case oneself."""
    sight = sight_of(replace(viewer, person=""), city, May.SEE_REPORTS)
    return (*sight, period.starts_at, period.ends_before, demo)


async def _counted(archive: PostgresArchive, city: City, period: Period, viewer: Viewer, demo: bool) -> _Seen:
    rows = await archive.rows(
        "select i.type, i.kind, i.kecamatan, i.kelurahan, count(*) from incident i "
        f"where {IN_PERIOD} group by 1, 2, 3, 4",
        *given(city, period, viewer, demo),
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


async def timeline(
    archive: PostgresArchive, city: City, period: Period, *, viewer: Viewer, demo: bool
) -> Timeline:
    """Incidents per day, week (from Monday) or month of the city's calendar; days without incidents included."""
    step = _step(period.days)
    rows = await archive.rows(
        "select date_trunc($10, i.opened_at at time zone $11)::date as day, count(*) as amount from incident i "
        f"where {IN_PERIOD} group by 1",
        *given(city, period, viewer, demo),
        step.value,
        city.zone_name,
    )
    amounts = {row["day"]: row["amount"] for row in rows}
    return Timeline(step=step, bars=tuple((day, amounts.get(day, 0)) for day in _steps(period, step)))


def _step(days: int) -> Step:
    if days <= DAYS_AS_DAYS_MAX:
        return Step.DAY
    return Step.WEEK if days <= DAYS_AS_WEEKS_MAX else Step.MONTH


def _steps(period: Period, step: Step) -> Iterable[date]:
    day = _step_start(period.first, step)
    while day <= period.last:
        yield day
        day = _step_start(day + timedelta(days={Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 32}[step]), step)


def _step_start(day: date, step: Step) -> date:
    match step:
        case Step.DAY:
            return day
        case Step.WEEK:
            return day - timedelta(days=day.weekday())
        case Step.MONTH:
            return day.replace(day=1)


def _total(seen: _Seen) -> int:
    return sum(row[-1] for row in seen)


def _by_group(city: City, now: _Seen, then: _Seen, viewer: Viewer) -> tuple[Row, ...]:
    """The published table. Types the city no longer has are not lost: they stand in a line of their own."""
    group_of = city.report_group_of_type
    counts, before = (
        _summed((group_of.get(kind, ""), amount) for kind, _, _, _, amount in seen) for seen in (now, then)
    )
    protected = _wholly_protected({one.code: one.report_group for one in city.types}, city)
    rows = [
        _row(
            group.code,
            group.name,
            group.name_en,
            counts,
            before,
            hidden=group.code in protected and not viewer.in_circle,
        )
        for group in city.report_groups
    ]
    if counts[""] or before[""]:
        rows.append(_row("", "Jenis yang tidak lagi dipakai", "Types no longer in use", counts, before))
    return tuple(rows)


def _by_kind(city: City, now: _Seen, then: _Seen, viewer: Viewer) -> tuple[Row, ...]:
    counts, before = (_summed((kind, amount) for _, kind, _, _, amount in seen) for seen in (now, then))
    protected = _wholly_protected({one.code: one.kind for one in city.types}, city)
    rows = [
        _row(
            kind.code,
            kind.name,
            kind.name_en,
            counts,
            before,
            hidden=kind.code in protected and not viewer.in_circle,
        )
        for kind in city.kinds
    ]
    gone = sorted({code for code in (*counts, *before) if code not in city.kind_by_code})
    return (*rows, *(_row(code, code, code, counts, before) for code in gone))


def _by_area(city: City, now: _Seen, then: _Seen) -> tuple[Row, ...]:
    """Each kecamatan followed by its kelurahan; last what has no known area."""
    districts = [_summed((row[2] or "", row[4]) for row in seen) for seen in (now, then)]
    villages = [_summed((row[3] or f"{row[2] or ''}?", row[4]) for row in seen) for seen in (now, then)]
    rows = []
    for code, name in city.kecamatan_names.items():
        rows.append(_row(code, name, name, *districts))
        rows += [
            _row(one.code, one.name, one.name, *villages, parent=code)
            for one in city.kelurahan
            if one.kecamatan == code
        ]
        if villages[0][f"{code}?"] or villages[1][f"{code}?"]:
            rows.append(
                _row(f"{code}?", "Kelurahan belum diketahui", "Kelurahan not known", *villages, parent=code)
            )
    known = {"", *city.kecamatan_names}
    rows += [_row(code, code, code, *districts) for code in sorted({*districts[0], *districts[1]} - known)]
    if districts[0][""] or districts[1][""]:
        rows.append(
            _row(
                "",
                "Lokasi belum diketahui atau di luar wilayah",
                "Place not known or outside the city",
                *districts,
            )
        )
    return tuple(rows)


def _summed(amounts: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for code, amount in amounts:
        counts[code] += amount
    return counts


def _row(
    code: str,
    name: str,
    name_en: str,
    counts: Counter[str],
    before: Counter[str],
    *,
    parent: str | None = None,
    hidden: bool = False,
) -> Row:
    if hidden:
        return Row(code=code, name=name, name_en=name_en, count=None, parent=parent)
    return Row(code=code, name=name, name_en=name_en, count=counts[code], before=before[code], parent=parent)


def _wholly_protected(parent_of: Mapping[str, str], city: City) -> frozenset[str]:
    """Groups or kinds all of whose types are protected: outside the circle a 0 there would be a lie."""
    open_ones = {parent_of[one.code] for one in city.types if not one.protected}
    return frozenset(parent_of[one.code] for one in city.types if one.protected) - open_ones
