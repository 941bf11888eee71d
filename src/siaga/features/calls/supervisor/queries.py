"""What the supervisor sees of the room: seats, the queue of all channels, and the conversations under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from siaga.domain.alarm import WAITING_SECONDS_BEFORE_ALARM
from siaga.domain.city import City
from siaga.domain.roles import Viewer
from siaga.features.calls.owed.queries import masked
from siaga.features.calls.queries import nodes_up
from siaga.records.names import name_of
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import CALL_VISIBLE, sight_of

Words = Callable[[str], str]

ROWS_MAX = 100  # more seats than any room has; of the queue the first hundred, with the count of all

# Reasons the program itself gives; what a person typed is shown as it is.
REASON_LABELS = {
    "no_answer": "tidak menjawab",
    "no_audio": "headset terputus",
    "supervisor": "oleh pengawas",
}
REST_REASON_LABELS = {  # what a supervisor can choose at once
    "prayer": "salat",
    "meal": "makan",
    "rest": "istirahat",
    "meeting": "rapat",
    "fault": "gangguan alat",
}


async def seats_context(archive: PostgresArchive, words: Words) -> dict[str, Any]:
    """Every seat that has ever been taken, those on duty first."""
    rows = await archive.rows(
        "select s.taker, s.state, s.since, s.reason, s.audio, s.by_phone, s.desk, s.call, s.leg, s.wrapup_until, "
        f"{name_of('s.taker')} as name, c.answered_at, c.channel, c.held_at, l.label as leg_label, l.dialled_at, "
        "s.heard_on "
        "from seat s left join call c on c.city_id = s.city_id and c.id = s.call "
        "left join leg l on l.city_id = s.city_id and l.id = s.leg where s.city_id = $1 "
        "order by (s.state = 'off'), array_position(array['talking','ringing','wrapup','ready','away'], s.state), "
        "s.since limit $2",
        ROWS_MAX,
    )
    up = await nodes_up(archive, but="")
    seats = [
        {
            **dict(row),
            "deaf_to": [node for node in up if node not in row["heard_on"]]
            if row["audio"] and row["heard_on"]
            else [],
            "name": row["name"] or row["taker"],
            "reason": words(REASON_LABELS[row["reason"]])
            if row["reason"] in REASON_LABELS
            else row["reason"] or "",
        }
        for row in rows
    ]
    return {"seats": seats, "rest_reasons": [words(reason) for reason in REST_REASON_LABELS.values()]}


async def ready_seats(archive: PostgresArchive) -> list[dict[str, Any]]:
    """Who can be given a call now, longest idle first."""
    rows = await archive.rows(
        f"select taker, audio, {name_of('taker')} as name from seat where city_id = $1 and state = 'ready' "
        "order by idle_since",
    )
    return [
        {"taker": row["taker"], "name": row["name"] or row["taker"], "audio": row["audio"]} for row in rows
    ]


async def waiting_context(archive: PostgresArchive) -> dict[str, Any]:
    """Who waits or rings, most urgent first. ``unheard``: his call node reaches nobody's ear who is on duty."""
    rows = await archive.rows(
        f"select id, channel, urgency, number, arrived_at, state, offered_to, {name_of('offered_to')} as ringing_at, "
        "node, count(*) over () as of_all, channel = 'voice' and node is not null and not exists (select from seat s "
        "where s.city_id = call.city_id and s.audio and s.state not in ('off', 'away') "
        "and (s.heard_on = '{}' or call.node = any(s.heard_on))) as unheard "
        "from call where city_id = $1 and state in ('waiting', 'ringing') "
        "order by urgency, arrived_at, id limit $2",
        ROWS_MAX,
    )
    calls = [{**dict(row), "number": masked(row["number"])} for row in rows]
    return {
        "waiting": calls,
        "waiting_count": rows[0]["of_all"] if rows else 0,
        "ready": await ready_seats(archive),
        "answer_seconds_target": WAITING_SECONDS_BEFORE_ALARM,
    }


async def talks_context(archive: PostgresArchive, city: City, viewer: Viewer) -> dict[str, Any]:
    """Every conversation she may know of, and which one the supervisor follows."""
    rows = await archive.rows(
        "select c.id, c.channel, c.state, c.urgency, c.number, c.answered_at, c.held_at, c.taker, c.disposition, "
        f"{name_of('c.taker')} as name, i.number as incident_number, l.label as partner, l.joined_at, "
        "l.answered_at as partner_answered_at, l.purpose from call c "
        "left join incident i on i.city_id = c.city_id and i.id = c.incident "
        "left join leg l on l.city_id = c.city_id and l.call = c.id and l.state <> 'ended' "
        "where c.city_id = $1 and c.state in ('talking', 'handed') "
        f"and {CALL_VISIBLE} order by c.answered_at limit $7",
        *sight_of(viewer, city),
        ROWS_MAX,
    )
    own = await archive.rows(
        "select monitors, monitor_mode, audio, state from seat where city_id = $1 and taker = $2",
        viewer.person,
    )
    mine = dict(own[0]) if own else {"monitors": None, "monitor_mode": None, "audio": False, "state": "off"}
    talks = [{**dict(row), "number": masked(row["number"]), "name": row["name"] or ""} for row in rows]
    return {
        "talks": talks,
        "mine": mine,
        "ready": await ready_seats(archive),
        "hold_seconds": city.room.conversation.hold_seconds,
    }
