"""What the command centre's wall draws of 112, from the rows as they are now. One query.

Rule 1: figures and kelurahan only: no street, no name, no number ever reaches the wall.
Rule 2: what the viewer may not see is not counted either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from siaga.domain.city import City
from siaga.domain.incident import PRIORITIES
from siaga.domain.roles import May, Viewer
from siaga.records.sight import CALL_VISIBLE, VISIBLE, sight_of

CRITICAL_SHOWN_MAX = 3  # a strip across the wall, not a list; the count says how many there are


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Critical:
    """One open incident of the highest priority, as the wall may say it."""

    type: str
    kelurahan: str | None
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The wall's figures. Times to answer are seconds from arrival to the first taker; ``None``: none answered yet."""

    open_by_priority: Mapping[int, int]
    critical: tuple[Critical, ...]
    waiting_calls: int
    waiting_since: datetime | None
    ready_seats: int
    seats_on_duty: int
    calls_today: int
    answer_p50_seconds: float | None
    answer_p90_seconds: float | None
    groups_today: Mapping[str, int]
    demo: bool

    @property
    def open_total(self) -> int:
        return sum(self.open_by_priority.values())

    @property
    def incidents_today(self) -> int:
        return sum(self.groups_today.values())


FIGURES = f"""
with seen as (
    select i.type, i.priority, i.kelurahan, i.opened_at, i.outcome, i.demo, i.id from incident i
    where i.city_id = $1 and {VISIBLE} and (i.outcome is null or i.opened_at >= $7)
),
calls as (
    select extract(epoch from answered_at - arrived_at)::float8 as seconds, demo
    from call c where c.city_id = $1 and c.channel = 'voice' and c.arrived_at >= $7 and {CALL_VISIBLE}
)
select
    (select jsonb_object_agg(priority, incidents) from (
        select priority, count(*) as incidents from seen where outcome is null group by priority) p
    ) as open_by_priority,
    (select jsonb_agg(jsonb_build_object('type', type, 'kelurahan', kelurahan, 'opened_at', opened_at)
                      order by opened_at, id) from (
        select * from seen where outcome is null and priority = 1
        order by opened_at, id limit {CRITICAL_SHOWN_MAX}) c) as critical,
    (select jsonb_object_agg(type, incidents) from (
        select type, count(*) as incidents from seen where opened_at >= $7 group by type) t) as types_today,
    (select count(*) from call where city_id = $1 and state in ('waiting', 'ringing')) as waiting_calls,
    (select min(arrived_at) from call where city_id = $1 and state in ('waiting', 'ringing')) as waiting_since,
    (select count(*) filter (where state = 'ready') from seat where city_id = $1) as ready_seats,
    (select count(*) filter (where state <> 'off') from seat where city_id = $1) as seats_on_duty,
    (select count(*) from calls) as calls_today,
    (select percentile_cont(0.5) within group (order by seconds) from calls where seconds is not null) as p50,
    (select percentile_cont(0.9) within group (order by seconds) from calls where seconds is not null) as p90,
    (select coalesce(bool_or(demo), false) from seen) or (select coalesce(bool_or(demo), false) from calls) as demo
"""


async def figures(archive: Reader, viewer: Viewer, city: City, midnight: datetime) -> Figures:
    """The wall's figures now. ``midnight``: when the city's present day began."""
    found = (await archive.rows(FIGURES, *sight_of(viewer, city, May.SEE_WALL), midnight))[0]
    counted = {
        int(key): value for key, value in msgspec.json.decode(found["open_by_priority"] or "{}").items()
    }
    return Figures(
        open_by_priority={priority: counted.get(priority, 0) for priority in PRIORITIES},
        critical=tuple(msgspec.json.decode(found["critical"] or "[]", type=list[Critical])),
        waiting_calls=found["waiting_calls"],
        waiting_since=found["waiting_since"],
        ready_seats=found["ready_seats"],
        seats_on_duty=found["seats_on_duty"],
        calls_today=found["calls_today"],
        answer_p50_seconds=found["p50"],
        answer_p90_seconds=found["p90"],
        groups_today=by_group(city, msgspec.json.decode(found["types_today"] or "{}")),
        demo=found["demo"],
    )


def by_group(city: City, by_type: Mapping[str, int]) -> dict[str, int]:
    """Counts by the city's published groups, in their order. A type the city has dropped counts under its own code."""
    counted = {group.code: 0 for group in city.report_groups}
    for code, incidents in by_type.items():
        group = city.report_group_of_type.get(code, code)
        counted[group] = counted.get(group, 0) + incidents
    return counted
