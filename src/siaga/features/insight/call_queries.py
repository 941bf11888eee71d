"""How fast calls are answered and agencies say yes, and what the calls turned out to be.

Calls and incidents of imported history have no times of their own and are left out. A call that became a protected
case is left out for viewers outside its circle, as the case itself is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from siaga.domain.call import Channel, Disposition
from siaga.domain.measures import ANSWER_WITHIN_SECONDS, Answering, Times
from siaga.domain.roles import Viewer
from siaga.features.insight.periods import Period
from siaga.records.postgres import PostgresArchive

CALLS_IN_PERIOD = """
    call left join incident on incident.city_id = call.city_id and incident.id = call.incident
    where call.city_id = $1 and arrived_at >= $2 and arrived_at < $3 and (not call.demo or $4)
    and (incident.protected is distinct from true or $5)
"""
# Seconds between two moments; a clock that was set back never makes a time negative (domain/measures.py).
ANSWER = "greatest(0, extract(epoch from answered_at - arrived_at))"
PERCENTILES = "percentile_disc(array[0.5, 0.9]) within group (order by {seconds})"
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
    processing: Times
    acknowledging: tuple[Acknowledging, ...]
    arrival: Times


async def speed(archive: PostgresArchive, period: Period, *, viewer: Viewer, demo: bool) -> Speed:
    """The intervals of a period, each counted by the moment it began."""
    given = (period.starts_at, period.ends_before, demo, viewer.in_circle)
    return Speed(
        answering=await _answering(archive, given),
        processing=await _processing(archive, given),
        acknowledging=await _acknowledging(archive, given),
        arrival=await _arrival(archive, given),
    )


async def call_mix(archive: PostgresArchive, period: Period, *, viewer: Viewer, demo: bool) -> dict[str, int]:
    """How many calls turned out to be what; then those nobody has answered for, in the order of the reasons."""
    rows = await archive.rows(
        "select case when disposition is not null then disposition when state <> 'ended' then 'live' "
        "when end_reason in ('abandoned', 'lost') then end_reason else 'undecided' end as what, count(*) as amount "
        f"from {CALLS_IN_PERIOD} group by 1",
        period.starts_at, period.ends_before, demo, viewer.in_circle,
    )  # fmt: skip
    found = {row["what"]: row["amount"] for row in rows}
    return {what: found.get(what, 0) for what in (*Disposition, ABANDONED, LOST, UNDECIDED, LIVE)}


async def _answering(archive: PostgresArchive, given: tuple[Any, ...]) -> dict[str | None, Answering]:
    within = ", ".join(
        f"count(*) filter (where answered_at is not null and {ANSWER} <= {seconds}) as within_{seconds}"
        for seconds in ANSWER_WITHIN_SECONDS
    )
    rows = await archive.rows(
        f"select channel, count(answered_at) as n, {within}, "
        f"{PERCENTILES.format(seconds=ANSWER)} filter (where answered_at is not null) as seconds, "
        "count(*) filter (where answered_at is null and end_reason = 'abandoned') as abandoned, "
        "count(*) filter (where answered_at is null and end_reason = 'lost') as lost, "
        "count(*) filter (where answered_at is null and state <> 'ended') as waiting "
        f"from {CALLS_IN_PERIOD} group by grouping sets ((channel), ())",
        *given,
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


async def _processing(archive: PostgresArchive, given: tuple[Any, ...]) -> Times:
    seconds = "greatest(0, extract(epoch from opened_at - answered_at))"
    rows = await archive.rows(
        f"select count(answered_at) as n, count(*) - count(answered_at) as missing, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where answered_at is not null) as seconds "
        "from incident join call on call.city_id = incident.city_id and call.id = incident.call "
        "where incident.city_id = $1 and opened_at >= $2 and opened_at < $3 and (not incident.demo or $4) "
        "and (not protected or $5) and source <> 'history'",
        *given,
    )
    return _times(rows[0], missing=rows[0]["missing"])


async def _acknowledging(archive: PostgresArchive, given: tuple[Any, ...]) -> tuple[Acknowledging, ...]:
    seconds = "greatest(0, extract(epoch from acknowledged_at - sent_at))"
    rows = await archive.rows(
        "select agency, count(*) as asked, count(acknowledged_at) as n, "
        "count(*) filter (where acknowledged_at is null and state = 'declined') as declined, "
        "count(*) filter (where acknowledged_at <= sent_at + within_seconds * interval '1 second') as in_time, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where acknowledged_at is not null) as seconds "
        "from assignment join incident on incident.city_id = assignment.city_id and incident.id = assignment.incident "
        "where assignment.city_id = $1 and sent_at >= $2 and sent_at < $3 and (not assignment.demo or $4) "
        "and (not protected or $5) and source <> 'history' group by grouping sets ((agency), ()) "
        "order by agency nulls first",
        *given,
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


async def _arrival(archive: PostgresArchive, given: tuple[Any, ...]) -> Times:
    """First agency on the scene; incidents where agencies were asked but nobody has said so are missing."""
    seconds = "greatest(0, extract(epoch from first_there - opened_at))"
    rows = await archive.rows(
        "select count(first_there) as n, count(*) - count(first_there) as missing, "
        f"{PERCENTILES.format(seconds=seconds)} filter (where first_there is not null) as seconds from ("
        "select opened_at, min(on_scene_at) as first_there "
        "from incident join assignment on assignment.city_id = incident.city_id and assignment.incident = incident.id "
        "where incident.city_id = $1 and opened_at >= $2 and opened_at < $3 and (not incident.demo or $4) "
        "and (not protected or $5) and source <> 'history' and duplicate_of is null group by incident.id, opened_at"
        ") as each",
        *given,
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
