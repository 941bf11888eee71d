"""The tables of a report as rows for a spreadsheet, the same figures as on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.measures import ANSWER_WITHIN_SECONDS, Times
from siaga.features.insight.call_queries import Speed
from siaga.features.insight.labels import (
    CHANNEL_LABELS,
    COLUMN_LABELS,
    INTERVAL_LABELS,
    MIX_LABELS,
    NOTE_LABELS,
    STEP_LABELS,
    TABLE_LABELS,
    Words,
)
from siaga.features.insight.queries import Counts, Row, Timeline

Table = list[list[object]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything the page shows, as data."""

    city: City
    counts: Counts
    timeline: Timeline
    speed: Speed
    mix: dict[str, int]
    made_at: datetime


def tables(report: Report, words: Words, language: str) -> dict[str, Table]:
    """Each table by its name in addresses (``TABLE_LABELS``), its heading first."""
    counts = report.counts
    return {
        "kelompok": _counted("kelompok", counts.groups, words, language),
        "jenis": _counted("jenis", counts.kinds, words, language),
        "wilayah": _counted("wilayah", counts.areas, words, language),
        "waktu": [
            [words(COLUMN_LABELS["from"]), words(STEP_LABELS[report.timeline.step])],
            *([day, count] for day, count in report.timeline.bars),
        ],
        "panggilan": [
            [words(TABLE_LABELS["panggilan"]), words(COLUMN_LABELS["count"])],
            *([words(MIX_LABELS[what]), amount] for what, amount in report.mix.items()),
        ],
        "kecepatan": _speed(report, words),
        "keterangan": _notes(report, words),
    }


def _counted(name: str, rows: tuple[Row, ...], words: Words, language: str) -> Table:
    columns = [words(COLUMN_LABELS[key]) for key in ("code", "count", "low", "high", "before")]
    table: Table = [[words(TABLE_LABELS[name]), *columns]]
    for row in rows:
        label = f"   {row.called(language)}" if row.parent else row.called(language)
        interval = row.interval
        if row.count is None or interval is None:
            table.append([label, row.code, words(NOTE_LABELS["hidden"]), None, None, None])
        else:
            table.append(
                [label, row.code, row.count, round(interval.low, 1), round(interval.high, 1), row.before]
            )
    return table


def _speed(report: Report, words: Words) -> Table:
    speed = report.speed
    headings: list[object] = [
        words(COLUMN_LABELS[key]) for key in ("what", "p50", "p90", "n", "missing", "in_time")
    ]
    table: Table = [headings]
    for channel, answering in speed.answering.items():
        where = words(NOTE_LABELS["all_channels"]) if channel is None else words(CHANNEL_LABELS[channel])
        table.append([f"{words(INTERVAL_LABELS['answering'])}: {where}", *_times(answering.times), None])
        for seconds in ANSWER_WITHIN_SECONDS:
            within = words(NOTE_LABELS["within"]).format(seconds=seconds)
            table.append(
                [f"{within}: {where}", None, None, answering.answered, None, answering.within[seconds]]
            )
    for name, times in (("abandoning", speed.abandoning), ("classifying", speed.classifying)):
        table.append([words(INTERVAL_LABELS[name]), *_times(times), None])
    table.append([words(INTERVAL_LABELS["processing"]), *_times(speed.processing), speed.processed_in_time])
    for one in speed.acknowledging:
        who = words(NOTE_LABELS["all_agencies"]) if one.agency is None else _agency(report.city, one.agency)
        table.append([f"{words(INTERVAL_LABELS['acknowledging'])}: {who}", *_times(one.times), one.in_time])
    table.append([words(INTERVAL_LABELS["arrival"]), *_times(speed.arrival), None])
    return table


def _times(times: Times) -> list[object]:
    return [
        None if times.p50 is None else round(times.p50, 1),
        None if times.p90 is None else round(times.p90, 1),
        times.n,
        times.missing,
    ]


def _agency(city: City, code: str) -> str:
    known = city.agency_by_code.get(code)
    return known.short if known else code


def _notes(report: Report, words: Words) -> Table:
    counts = report.counts
    made = report.made_at.astimezone(report.city.zone).replace(tzinfo=None)
    notes: Table = [
        [words(TABLE_LABELS["keterangan"]), report.city.full_name],
        [
            words(NOTE_LABELS["period"]),
            f"{counts.period.first.isoformat()} – {counts.period.last.isoformat()}",
        ],
        [words(NOTE_LABELS["made"]), made],
        [words(NOTE_LABELS["total"]), counts.total],
        [words(NOTE_LABELS["merged"]), counts.merged],
        [words(NOTE_LABELS["demo"]), counts.left_out_demo],
        [words(NOTE_LABELS["interval"]), None],
    ]
    if counts.hides_protected:
        notes.append([words(NOTE_LABELS["protected"]), None])
    return notes
