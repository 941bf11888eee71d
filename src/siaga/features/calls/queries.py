"""What a taker sees of the line: the queue, the callers we owe, her seat, the call she has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from siaga.domain.alarm import ABANDONED_SECONDS_BEFORE_ALARM, WAITING_SECONDS_BEFORE_ALARM
from siaga.domain.call import EndReason
from siaga.domain.city import City
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Viewer
from siaga.domain.shift import SeatState
from siaga.records.postgres import PostgresArchive

QUEUE_SHOWN_MAX = 50  # a screen shows about ten; the count says how many there are
MISSED_SHOWN_MAX = 50
HISTORY_DAYS = 30  # what a number did in the last month tells more than what it did last year
DIGITS_SHOWN = 4

Words = Callable[[str], str]

WHY_OWED_LABELS = {
    EndReason.ABANDONED: "Putus sebelum dijawab",
    EndReason.LOST: "Terputus karena gangguan kami",
    EndReason.CALLER_HUNG_UP: "Belum diberi keterangan",
    EndReason.TAKER_HUNG_UP: "Belum diberi keterangan",
}


def masked(number: str | None) -> str:
    """Enough of a number to recognise a repeat caller, not enough to call him."""
    if not number:
        return ""
    if len(number) <= 2 * DIGITS_SHOWN:
        return number[:2] + "…" + number[-2:]
    return f"{number[:DIGITS_SHOWN]}…{number[-DIGITS_SHOWN:]}"


async def line_context(
    archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer, words: Words
) -> dict[str, Any]:
    """Everything the bar, the queue and the missed list need, in four queries."""
    return {
        **await bar_context(archive, viewer),
        **await queue_context(archive, city, finder, viewer),
        **await missed_context(archive, words),
    }


async def bar_context(archive: PostgresArchive, viewer: Viewer) -> dict[str, Any]:
    """Her seat, and how long the queue is."""
    waiting = await archive.rows(
        "select count(*) as waiting, min(arrived_at) as oldest from call "
        "where city_id = $1 and state in ('waiting', 'ringing')"
    )
    return {
        "seat": await seat_of(archive, viewer),
        "queue_count": waiting[0]["waiting"],
        "queue_oldest": waiting[0]["oldest"],
        "answer_seconds_target": WAITING_SECONDS_BEFORE_ALARM,
    }


async def seat_of(archive: PostgresArchive, viewer: Viewer) -> dict[str, Any]:
    """What she is doing; a taker who has never sat down is off."""
    found = await archive.rows(
        "select state, since, desk, call, audio from seat where city_id = $1 and taker = $2", viewer.person
    )
    if not found:
        return {"state": SeatState.OFF.value, "since": None, "desk": "", "call": None, "audio": False}
    return {**dict(found[0]), "desk": found[0]["desk"] or ""}


async def queue_context(
    archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer
) -> dict[str, Any]:
    """Who waits, most urgent first, numbers masked."""
    rows = await archive.rows(
        "select call.id, channel, urgency, number, lat, lon, accuracy_m, arrived_at, offered_to, person.name as taker "
        "from call left join person on person.city_id = call.city_id and person.id = call.offered_to "
        "where call.city_id = $1 and state in ('waiting', 'ringing') order by urgency, arrived_at, call.id limit $2",
        QUEUE_SHOWN_MAX,
    )
    calls = [
        {
            "id": row["id"],
            "channel": row["channel"],
            "priority": row["urgency"],
            "number": masked(row["number"]),
            "place": _where(city, finder, row["lat"], row["lon"], row["accuracy_m"]),
            "since": row["arrived_at"],
            "offered_to_me": row["offered_to"] == viewer.person,
            "offered_to": row["taker"] or "",
        }
        for row in rows
    ]
    return {"calls": calls, "answer_seconds_target": WAITING_SECONDS_BEFORE_ALARM}


async def missed_context(archive: PostgresArchive, words: Words) -> dict[str, Any]:
    """Callers nobody has dealt with, oldest first."""
    rows = await archive.rows(
        "select id, urgency, number, end_reason, ended_at from call where city_id = $1 and state = 'ended' "
        "and disposition is null and incident is null and called_back_at is null order by ended_at limit $2",
        MISSED_SHOWN_MAX,
    )
    missed = [
        {
            "id": row["id"],
            "priority": row["urgency"],
            "number": masked(row["number"]),
            "reason": words(WHY_OWED_LABELS[EndReason(row["end_reason"])]),
            "at": row["ended_at"],
            "can_be_called": row["number"] is not None,
        }
        for row in rows
    ]
    return {"missed": missed, "call_back_seconds_target": ABANDONED_SECONDS_BEFORE_ALARM}


def _where(
    city: City, finder: PlaceFinder, lat: float | None, lon: float | None, accuracy_m: float | None
) -> str:
    if lat is None or lon is None:
        return ""
    place = finder.locate(lat, lon)
    kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
    name = kelurahan.name if kelurahan is not None else place.label
    return f"±{accuracy_m:.0f} m · {name}" if accuracy_m is not None else name


async def number_facts(
    archive: PostgresArchive, call: str, number: str | None, now: datetime, midnight: datetime
) -> tuple[int, dict[str, int]]:
    """How often this number rang today, and what its earlier calls of the last 30 days were."""
    if number is None:
        return 1, {}
    rows = await archive.rows(
        "select disposition, count(*) as calls, count(*) filter (where arrived_at >= $4) as today "
        "from call where city_id = $1 and number = $2 and arrived_at >= $3 and id <> $5 group by disposition",
        number,
        now - timedelta(days=HISTORY_DAYS),
        midnight,
        call,
    )
    today = 1 + sum(row["today"] for row in rows)
    return today, {row["disposition"]: row["calls"] for row in rows if row["disposition"]}
