"""The report, /laporan: what happened where and when, and how fast everybody was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from babel.dates import format_date
from litestar import get
from litestar.params import Parameter
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.measures import (
    ANSWER_SHARES_WANTED,
    PROCESS_SHARE_WANTED,
    PROCESS_WITHIN_SECONDS,
    SMALL_NUMBER,
)
from siaga.domain.roles import May, Viewer
from siaga.features.insight import charts, labels
from siaga.features.insight.call_queries import call_mix, speed
from siaga.features.insight.moments import calendar_day
from siaga.features.insight.periods import Choice, Period, chosen_period
from siaga.features.insight.queries import count_incidents, timeline
from siaga.features.insight.tables import Report
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

DAY_CHARACTERS_MAX = 40  # "Senin, 29 Oktober 2018" and room to spare

Day = Annotated[str, Parameter(max_length=DAY_CHARACTERS_MAX)]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for. ``problem``: why the usual period is shown instead."""

    choice: Choice
    period: Period
    typed_first: str = ""
    typed_last: str = ""
    problem: RuleBroken | None = None

    @property
    def query(self) -> str:
        """The same question for another address."""
        if self.choice is not Choice.CUSTOM:
            return urlencode({"periode": self.choice.value})
        first, last = self.period.first.isoformat(), self.period.last.isoformat()
        return urlencode({"periode": self.choice.value, "dari": first, "sampai": last})


def asked_for(city: City, now: datetime, periode: str, dari: str, sampai: str) -> Asked:
    """The period of an address. What cannot be read is said, and the usual period is shown."""
    usual = chosen_period(Choice.MONTH, now=now, zone=city.zone)
    try:
        choice = Choice(periode) if periode in set(Choice) else Choice.MONTH
        if dari or sampai:
            choice = Choice.CUSTOM
        first = calendar_day(dari) if dari else None
        last = calendar_day(sampai) if sampai else None
        period = chosen_period(choice, now=now, zone=city.zone, first=first, last=last)
    except RuleBroken as problem:
        return Asked(choice=Choice.MONTH, period=usual, typed_first=dari, typed_last=sampai, problem=problem)
    return Asked(choice=choice, period=period)


async def report_of(
    archive: PostgresArchive, city: City, period: Period, viewer: Viewer, now: datetime, *, demo: bool
) -> Report:
    """Every figure of a period as this viewer may see it."""
    viewer.must(May.SEE_REPORTS)
    return Report(
        city=city,
        counts=await count_incidents(archive, city, period, viewer=viewer, demo=demo),
        timeline=await timeline(archive, city, period, viewer=viewer, demo=demo),
        speed=await speed(archive, city, period, viewer=viewer, demo=demo),
        mix=await call_mix(archive, city, period, viewer=viewer, demo=demo),
        made_at=now,
    )


async def _incident_context(
    archive: PostgresArchive, city: City, asked: Asked, viewer: Viewer, demo: bool, language: str
) -> dict[str, Any]:
    """What report_incidents.html needs."""
    counts = await count_incidents(archive, city, asked.period, viewer=viewer, demo=demo)
    bars_over_time = await timeline(archive, city, asked.period, viewer=viewer, demo=demo)
    return {
        "asked": asked,
        "counts": counts,
        "groups": charts.bars(counts.groups),
        "kinds": charts.bars(counts.kinds),
        "areas": charts.bars(counts.areas),
        "timeline": bars_over_time,
        "chart": charts.chart(bars_over_time),
        "labels": labels,
        "small_number": SMALL_NUMBER,
        "calendar": partial(_calendar, language=language),
        "short_day": partial(_calendar, language=language, skeleton="d MMM"),
    }


def _calendar(day: date, language: str, skeleton: str = "d MMM y") -> str:
    """`29 Okt 2018`; a day has no zone, so the moments' filter `day` is not for it."""
    return format_date(day, skeleton, locale=language)


async def _speed_context(
    archive: PostgresArchive, city: City, asked: Asked, viewer: Viewer, demo: bool
) -> dict[str, Any]:
    """What report_speed.html needs."""
    found = await speed(archive, city, asked.period, viewer=viewer, demo=demo)
    mix = await call_mix(archive, city, asked.period, viewer=viewer, demo=demo)
    return {
        "asked": asked,
        "city": city,
        "speed": found,
        "answer_wanted": ANSWER_SHARES_WANTED,
        "process_within": PROCESS_WITHIN_SECONDS,
        "process_wanted": PROCESS_SHARE_WANTED,
        "agency_spreads": charts.spreads([one.times for one in found.acknowledging]),
        "mix": [
            (what, amount, width)
            for (what, amount), width in zip(mix.items(), charts.shares(tuple(mix.values())), strict=True)
        ],
        "calls": sum(mix.values()),
        "labels": labels,
        "small_number": SMALL_NUMBER,
    }


@get("/laporan")
async def report_page(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, settings: Settings, frame: Any,
    periode: Day = "", dari: Day = "", sampai: Day = "",
) -> Template:  # fmt: skip
    """The whole report."""
    viewer.must(May.SEE_REPORTS)
    asked = asked_for(city, now, periode, dari, sampai)
    context = {
        "may_take_calls": viewer.may(May.TAKE_CALLS),
        "may_dispatch": viewer.may(May.DISPATCH),
        "choices": [
            (choice.value, labels.CHOICE_LABELS[choice]) for choice in Choice if choice is not Choice.CUSTOM
        ],
        **await _incident_context(archive, city, asked, viewer, settings.demo, frame.language),
        **await _speed_context(archive, city, asked, viewer, settings.demo),
    }
    return Template("insight/report.html", context=context)


@get("/laporan/kejadian")
async def incident_panel(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, settings: Settings, frame: Any,
    periode: Day = "", dari: Day = "", sampai: Day = "",
) -> Template:  # fmt: skip
    """The incidents of the period."""
    viewer.must(May.SEE_REPORTS)
    asked = asked_for(city, now, periode, dari, sampai)
    context = await _incident_context(archive, city, asked, viewer, settings.demo, frame.language)
    return Template("insight/report_incidents.html", context=context)


@get("/laporan/kecepatan")
async def speed_panel(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, settings: Settings,
    periode: Day = "", dari: Day = "", sampai: Day = "",
) -> Template:  # fmt: skip
    """The times and the calls of the period."""
    viewer.must(May.SEE_REPORTS)
    asked = asked_for(city, now, periode, dari, sampai)
    context = await _speed_context(archive, city, asked, viewer, settings.demo)
    return Template("insight/report_speed.html", context=context)


PAGES: list[Any] = [report_page, incident_panel, speed_panel]
