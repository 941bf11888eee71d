"""How fast calls are answered and agencies say yes, and what the calls turned out to be.

Calls and incidents of imported history have no times of their own and are left out. A call that became a protected
case is left out for viewers outside its circle, as the case itself is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from siaga.domain.call import Channel, Disposition
from siaga.domain.city import City
from siaga.domain.event import CallDisposed, CallerJoined, IncidentOpened
from siaga.domain.measures import ANSWER_WITHIN_SECONDS, PROCESS_WITHIN_SECONDS, Answering, Times
from siaga.domain.roles import Viewer
from siaga.features.insight.periods import Period
from siaga.features.insight.queries import given
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import VISIBLE

CALLS_IN_PERIOD = f"""
    call c left join incident i on i.city_id = c.city_id and i.id = c.incident
    where c.city_id = $1 and (i.id is null or {VISIBLE}) and c.arrived_at >= $7 and c.arrived_at < $8
    and (not c.demo or $9)
"""
INCIDENTS_WITH_TIMES = f"i.city_id = $1 and {VISIBLE} and i.source <> 'history' and (not i.demo or $9)"
# Seconds between two moments; a clock that was set back never makes a time negative (domain/measures.py).
ANSWER = "greatest(0, extract(epoch from c.answered_at - c.arrived_at))"
PERCENTILES = "percentile_disc(array[0.5, 0.9]) within group (order by {seconds})"
FIRST_WORD = [
    f"{name.rpartition('.')[0]}.%"  # whatever the version
    for name in (CallDisposed.name, IncidentOpened.name, CallerJoined.name)
]
LIVE = "live"
ABANDONED = "abandoned"
LOST = "lost"
UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Acknowledging:
    """How an agency, or all of them (``agency`` ``None``), answered. ``in_time``: within the time it was given."""

    agency: str | None
    times: Times
    asked: int
    in_time: int
    declined: int

    @property
    def share_in_time(self) -> float | None:
        """Of all that were asked, not only of those that answered."""
        return self.in_time / self.asked if self.asked else None


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Every interval of the walk. ``answering`` is by channel; the key ``None`` holds all channels together."""

    answering: Mapping[str | None, Answering]
    abandoning: Times
    classifying: Times
    processing: Times
    processed_in_time: int
    acknowledging: tuple[Acknowledging, ...]
    arrival: Times


async def speed(archive: PostgresArchive, city: City, period: Period, *, viewer: Viewer, demo: bool) -> Speed:
    """The intervals of a period, each counted by the moment it began."""
    values = given(city, period, viewer, demo)
    processing, processed_in_time = await _processing(archive, values)
    return Speed(
        answering=await _answering(archive, values),
        abandoning=await _abandoning(archive, values),
        classifying=await _classifying(archive, values),
        processing=processing,
        processed_in_time=processed_in_time,
        acknowledging=await _acknowledging(archive, values),
        arrival=await _arrival(archive, values),
    )


async def call_mix(
    archive: PostgresArchive, city: City, period: Period, *, viewer: Viewer, demo: bool
) -> dict[str, int]:
    """How many calls turned out to be what; then those nobody has answered for, in the order of the reasons."""
    rows = await archive.rows(
        "select case when c.disposition is not null then c.disposition when c.state <> 'ended' then 'live' "
        "when c.end_reason in ('abandoned', 'lost') then c.end_reason else 'undecided' end as what, "
        f"count(*) as amount from {CALLS_IN_PERIOD} group by 1",
        *given(city, period, viewer, demo),
    )
    found = {row["what"]: row["amount"] for row in rows}
    return {what: found.get(what, 0) for what in (*Disposition, ABANDONED, LOST, UNDECIDED, LIVE)}


async def _answering(archive: PostgresArchive, values: tuple[object, ...]) -> dict[str | None, Answering]:
    within = ", ".join(
        f"count(*) filter (where c.answered_at is not null and {ANSWER} <= {seconds}) as within_{seconds}"
        for seconds in ANSWER_WITHIN_SECONDS
    )
    rows = await archive.rows(
        f"select c.channel, count(c.answered_at) as n, {within}, "
        f"{PERCENTILES.format(seconds=ANSWER)} filter (where c.answered_at is not null) as seconds, "
        "count(*) filter (where c.answered_at is null and c.end_reason = 'abandoned') as abandoned, "
        "count(*) filter (where c.answered_at is null and c.end_reason = 'lost') as lost, "
        "count(*) filter (where c.answered_at is null and c.state <> 'ended') as waiting "
        f"from {CALLS_IN_PERIOD} group by grouping sets ((c.channel), ())",
        *values,
    )
    found: dict[str | None, Answering] = {
        row["channel"]: Answering(
            times=_times(row, missing=row["abandoned"] + row["lost"] + row["waiting"]),
            within={seconds: row[f"within_{seconds}"] for seconds in ANSWER_WITHIN_SECONDS},
            abandoned=row["abandoned"],
            lost=row["lost"],
            waiting=row["waiting"],
        )
        for row in rows
    }
    return {name: found[name] for name in (None, *Channel) if name in found}


async def _abandoning(archive: PostgresArchive, values: tuple[object, ...]) -> Times:
    seconds = "greatest(0, extract(epoch from c.ended_at - c.arrived_at))"
    rows = await archive.rows(
        f"select count(*) as n, {PERCENTILES.format(seconds=seconds)} as seconds "
        f"from {CALLS_IN_PERIOD} and c.answered_at is null and c.end_reason = 'abandoned' and c.ended_at is not null",
        *values,
    )
    return _times(rows[0], missing=0)


async def _classifying(archive: PostgresArchive, values: tuple[object, ...]) -> Times:
    """The journal knows when the first word was said; a row only knows the last one."""
    seconds = "greatest(0, extract(epoch from said_at - answered_at))"
    rows = await archive.rows(
        "select count(said_at) as n, count(*) - count(said_at) as missing, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where said_at is not null) as seconds from ("
        "select c.answered_at, (select min(j.at) from journal j where j.city_id = c.city_id and j.call = c.id "
        f"and j.name like any ($10)) as said_at from {CALLS_IN_PERIOD} and c.answered_at is not null) as each",
        *values,
        FIRST_WORD,
    )
    return _times(rows[0], missing=rows[0]["missing"])


async def _processing(archive: PostgresArchive, values: tuple[object, ...]) -> tuple[Times, int]:
    """The times, and how many of them kept the limit."""
    seconds = "greatest(0, extract(epoch from i.opened_at - c.answered_at))"
    rows = await archive.rows(
        "select count(c.answered_at) as n, count(*) - count(c.answered_at) as missing, "
        f"count(*) filter (where c.answered_at is not null and {seconds} <= {PROCESS_WITHIN_SECONDS}) as in_time, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where c.answered_at is not null) as seconds "
        "from incident i join call c on c.city_id = i.city_id and c.id = i.call "
        f"where {INCIDENTS_WITH_TIMES} and i.opened_at >= $7 and i.opened_at < $8",
        *values,
    )
    return _times(rows[0], missing=rows[0]["missing"]), rows[0]["in_time"]


async def _acknowledging(archive: PostgresArchive, values: tuple[object, ...]) -> tuple[Acknowledging, ...]:
    seconds = "greatest(0, extract(epoch from a.acknowledged_at - a.sent_at))"
    rows = await archive.rows(
        "select a.agency, count(*) as asked, count(a.acknowledged_at) as n, "
        "count(*) filter (where a.acknowledged_at is null and a.state = 'declined') as declined, "
        "count(*) filter (where a.acknowledged_at <= a.sent_at + a.within_seconds * interval '1 second') as in_time, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where a.acknowledged_at is not null) as seconds "
        "from assignment a join incident i on i.city_id = a.city_id and i.id = a.incident "
        f"where {INCIDENTS_WITH_TIMES} and a.sent_at >= $7 and a.sent_at < $8 "
        "group by grouping sets ((a.agency), ()) order by a.agency nulls first",
        *values,
    )
    return tuple(
        Acknowledging(
            agency=row["agency"],
            times=_times(row, missing=row["asked"] - row["n"] - row["declined"]),
            asked=row["asked"],
            in_time=row["in_time"],
            declined=row["declined"],
        )
        for row in rows
    )


async def _arrival(archive: PostgresArchive, values: tuple[object, ...]) -> Times:
    """First agency on the scene; incidents where agencies were asked but nobody has said so are missing."""
    seconds = "greatest(0, extract(epoch from first_there - opened_at))"
    rows = await archive.rows(
        "select count(first_there) as n, count(*) - count(first_there) as missing, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where first_there is not null) as seconds from ("
        "select i.opened_at, min(a.on_scene_at) as first_there "
        "from incident i join assignment a on a.city_id = i.city_id and a.incident = i.id "
        f"where {INCIDENTS_WITH_TIMES} and i.duplicate_of is null and i.opened_at >= $7 and i.opened_at < $8 "
        "group by i.id, i.opened_at) as each",
        *values,
    )
    return _times(rows[0], missing=rows[0]["missing"])


def _times(row: asyncpg.Record, *, missing: int) -> Times:
    p50, p90 = row["seconds"] or (None, None)
    return Times(
        n=row["n"],
        p50=None if p50 is None else float(p50),
        p90=None if p90 is None else float(p90),
        missing=missing,
    )
