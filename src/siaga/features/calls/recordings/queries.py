"""Which recordings there are, for whoever may know of them, and who has listened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from siaga.domain.city import City
from siaga.domain.event import (
    CallAnswered,
    CallDisposed,
    CallEnded,
    CallerHungUp,
    CallLost,
    CallReturned,
    DigitPressed,
    IncidentOpened,
    RecordingErased,
    RecordingExported,
    RecordingHeard,
    RecordingHeld,
    RecordingReleased,
)
from siaga.domain.recording import RecordingKind
from siaga.domain.roles import Viewer
from siaga.records.codec import decode_entry
from siaga.records.names import name_of
from siaga.records.sight import FIRST_OWN, VISIBLE, sight_of

ROWS_A_PAGE = 40  # two screens; more is what the filters are for
PAGES_MAX = 250
MARKS_MAX = 60  # a caller who leans on a key shall not paint the drawing black
LISTENED_SHOWN_MAX = 20

Words = Callable[..., str]

KIND_LABELS = {
    RecordingKind.PROTECTED: "Kasus terlindung",
    RecordingKind.REAL: "Kejadian",
    RecordingKind.INFORMATION: "Informasi",
    RecordingKind.GHOST: "Senyap",
    RecordingKind.PRANK: "Iseng",
    RecordingKind.DRILL: "Latihan",
    RecordingKind.UNDECIDED: "Belum diberi keterangan",
}
MARK_LABELS = {
    CallAnswered.name: "Dijawab",
    DigitPressed.name: "Tekan {digit}",
    CallReturned.name: "Jalur petugas putus",
    CallerHungUp.name: "Penelepon menutup",
    CallEnded.name: "Petugas menutup",
    CallLost.name: "Gangguan kita",
    CallDisposed.name: "Diberi keterangan",
    IncidentOpened.name: "Kejadian dicatat",
}
ACT_LABELS = {
    RecordingHeard.name: "Dibuka untuk didengar",
    RecordingExported.name: "Salinan diunduh",
    RecordingHeld.name: "Ditahan dari penghapusan",
    RecordingReleased.name: "Penahanan dilepas",
    RecordingErased.name: "Dihapus karena masanya habis",
}


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What the list is narrowed to. Days are local; ``kind``: a RecordingKind or ""."""

    first: date | None = None
    last: date | None = None
    taker: str = ""
    kind: str = ""
    held: bool = False
    page: int = 1


KIND = """case when i.protected then 'protected' when c.demo then 'drill' when c.incident is not null then 'real'
    when c.disposition is null then 'undecided'
    when c.disposition in ('information', 'wrong_number', 'outside_area') then 'information'
    else c.disposition end"""
COLUMNS = f"""select r.call, r.saved_at, r.seconds, r.held_at, r.hold_reason, r.erasing_at, r.erased_at,
    c.arrived_at, c.ended_at, c.taker, {name_of("c.taker")} as taker_name,
    case when length(c.number) > 8 then left(c.number, 4) || '…' || right(c.number, 4)
         when c.number is not null then left(c.number, 2) || '…' else '' end as number,
    i.id as incident, i.number as incident_number, i.year as incident_year, i.type as incident_type,
    coalesce(i.protected, false) as protected, {KIND} as kind,
    (select count(*) from journal j where j.city_id = $1 and j.call = r.call and j.name = '{RecordingHeard.name}')
        as heard
    from recording r join call c on c.city_id = r.city_id and c.id = r.call
    left join incident i on i.city_id = c.city_id and i.id = c.incident"""


async def sought_recordings(
    archive: Reader, viewer: Viewer, city: City, sought: Sought
) -> tuple[list[Any], bool]:
    """One page, newest first; and whether there is another behind it."""
    starts = _midnight(city, sought.first)
    ends = _midnight(city, sought.last + timedelta(days=1) if sought.last else None)
    rows = await archive.rows(
        f"""{COLUMNS} where r.city_id = $1 and (i.id is null or {VISIBLE})
            and ($7::timestamptz is null or r.saved_at >= $7) and ($8::timestamptz is null or r.saved_at < $8)
            and ($9 = '' or c.taker = $9) and ($10 = '' or {KIND} = $10) and (not $11::bool or r.held_at is not null)
            order by r.saved_at desc, r.id offset $12 limit $13""",
        *sight_of(viewer, city),
        starts,
        ends,
        sought.taker,
        sought.kind,
        sought.held,
        (sought.page - 1) * ROWS_A_PAGE,
        ROWS_A_PAGE + 1,
    )
    return list(rows[:ROWS_A_PAGE]), len(rows) > ROWS_A_PAGE


async def recordings_of_incident(archive: Reader, viewer: Viewer, city: City, incident: str) -> list[Any]:
    """The recordings of the calls that became this incident or joined it, oldest first."""
    return list(
        await archive.rows(
            f"{COLUMNS} where r.city_id = $1 and c.incident = ${FIRST_OWN} and {VISIBLE} order by r.saved_at, r.id",
            *sight_of(viewer, city),
            incident,
        )
    )


async def own_calls(archive: Reader, viewer: Viewer, since: datetime) -> list[Any]:
    """The calls a taker may hear again: the one she has, and those that ended after ``since``. Newest first."""
    return list(
        await archive.rows(
            f"""select c.id as call, c.arrived_at, c.ended_at, r.seconds, {name_of("c.taker")} as taker_name,
                case when length(c.number) > 8 then left(c.number, 4) || '…' || right(c.number, 4)
                     when c.number is not null then left(c.number, 2) || '…' else '' end as number,
                coalesce(i.protected, false) as protected, i.number as incident_number, i.year as incident_year
                from call c left join recording r on r.city_id = c.city_id and r.call = c.id and r.erasing_at is null
                left join incident i on i.city_id = c.city_id and i.id = c.incident
                where c.city_id = $1 and c.taker = $2 and c.channel = 'voice'
                  and (c.ended_at is null or c.ended_at >= $3) and (c.ended_at is null or r.id is not null)
                order by c.arrived_at desc limit 5""",
            viewer.person,
            since,
        )
    )


async def takers_of_recordings(archive: Reader) -> list[Any]:
    """Who has taken calls, for the filter."""
    return list(
        await archive.rows(
            "select p.id, p.name from person p where p.city_id = $1 and p.roles && array['taker', 'dispatcher', "
            "'supervisor']::text[] order by p.name"
        )
    )


async def seconds_a_day(archive: Reader, since: datetime, days: int) -> float:
    """How many seconds of sound a day have been kept lately."""
    found = await archive.rows(
        "select coalesce(sum(seconds), 0) as seconds from recording where city_id = $1 and saved_at >= $2",
        since,
    )
    return float(found[0]["seconds"]) / days


@dataclass(frozen=True)
class Mark:
    """One event of the call on its drawing; ``percent`` from the left."""

    second: float
    percent: float
    label: str


async def marks_of(archive: Reader, call: str, began: datetime, seconds: float, words: Words) -> list[Mark]:
    """What happened while it was recorded. Recording begins as soon as the call is answered for the queue."""
    rows = await archive.rows(
        "select at, entry from journal where city_id = $1 and call = $2 and name = any($3) order by position limit $4",
        call,
        list(MARK_LABELS),
        MARKS_MAX,
    )
    marks = []
    for row in rows:
        event = decode_entry(row["entry"])
        second = (row["at"] - began).total_seconds()
        if -1.0 <= second <= seconds + 1.0 and seconds > 0:
            at = min(max(second, 0.0), seconds)
            label = words(MARK_LABELS[event.name], digit=getattr(event, "digit", ""))
            marks.append(Mark(round(at, 1), round(100 * at / seconds, 2), label))
    return marks


async def acts_on(archive: Reader, call: str, words: Words) -> list[dict[str, Any]]:
    """Who listened, held, handed out, newest first: beside the player, so that everybody who listens sees it."""
    rows = await archive.rows(
        f"""select j.at, j.entry, {name_of("j.entry::jsonb #>> '{data,by}'")} as who from journal j
            where j.city_id = $1 and j.call = $2 and j.name = any($3) order by j.position desc limit $4""",
        call,
        list(ACT_LABELS),
        LISTENED_SHOWN_MAX,
    )
    acts = []
    for row in rows:
        event = decode_entry(row["entry"])
        acts.append(
            {
                "at": row["at"],
                "what": words(ACT_LABELS[event.name]),
                "who": row["who"] or getattr(event, "by", ""),
                "reason": getattr(event, "reason", None) or "",
            }
        )
    return acts


def _midnight(city: City, day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=city.zone) if day is not None else None


async def taker_to_show(archive: Reader, call: str, taker: str | None) -> str:
    """Who spoke with the caller; "" while a second person is to judge it by herself whether it was a prank."""
    pending = "select from prank_review where city_id = $1 and id = $2 and state = 'pending'"
    return "" if await archive.rows(pending, call) else await name_of_person(archive, taker)


async def name_of_person(archive: Reader, person: str | None) -> str:
    """Who that is; "" when nobody or erased."""
    if person is None:
        return ""
    rows = await archive.rows("select name from person where city_id = $1 and id = $2", person)
    return rows[0]["name"] if rows else ""
