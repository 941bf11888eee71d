"""What each number did before, in one indexed query however many callers are asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from siaga.domain.call import Disposition, EndReason
from siaga.domain.caller_history import (
    FORGOTTEN_DAYS,
    PAST_CALLS_MAX,
    CallerFacts,
    PastCall,
    Reach,
    facts_of,
    reach_of,
)
from siaga.domain.prank_review import Judgement
from siaga.domain.room_rules import CallerRules

PAST = """
    select asked.number, past.arrived_at, past.disposition, past.end_reason, review.state = $5 as confirmed
    from unnest($2::text[]) as asked (number)
    cross join lateral (
        select id, arrived_at, disposition, end_reason from call
        where city_id = $1 and number = asked.number and arrived_at >= $3 and state = 'ended' and id <> $6
          and not exists (
              select from call p join incident i on i.city_id = p.city_id and i.id = p.incident and i.protected
              where p.city_id = $1 and p.number = asked.number
          )
        order by arrived_at desc limit $4
    ) past
    left join prank_review review on review.city_id = $1 and review.id = past.id
"""


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Any: ...


async def caller_facts(
    archive: Reader,
    numbers: Iterable[str | None],
    *,
    callers: CallerRules,
    now: datetime,
    midnight: datetime,
    but: str = "",
) -> dict[str, CallerFacts]:
    """The facts of each number that is one person's; a number nothing is known of is left out.

    So is a number that has reported a protected case: neither the case nor its count may show, and half of what is
    known ("three pranks, no real call") would be worse than nothing.

    ``but``: a call that is not counted among its own past. ``midnight``: when the local day began.
    """
    asked = sorted({number for number in numbers if number and reach_of(number, callers) is Reach.NUMBER})
    if not asked:
        return {}
    since = now - timedelta(days=FORGOTTEN_DAYS)
    rows = await archive.rows(PAST, asked, since, PAST_CALLS_MAX, Judgement.CONFIRMED.value, but)
    past: dict[str, list[PastCall]] = {}
    for row in rows:
        past.setdefault(row["number"], []).append(_past_call(row))
    return {number: _facts(calls, now, midnight) for number, calls in past.items()}


def local_midnight(now: datetime, zone: Any) -> datetime:
    """When the day began where ``now`` is said."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _facts(calls: Sequence[PastCall], now: datetime, midnight: datetime) -> CallerFacts:
    return facts_of(calls, now=now, midnight=midnight)


def _past_call(row: Any) -> PastCall:
    return PastCall(
        arrived_at=row["arrived_at"],
        disposition=Disposition(row["disposition"]) if row["disposition"] else None,
        confirmed=bool(row["confirmed"]),
        abandoned=row["end_reason"] == EndReason.ABANDONED,
    )
