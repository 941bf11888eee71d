"""What stands open at the change of shifts, read once: references and sentences, no names or numbers of callers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from siaga.domain.city import City
from siaga.domain.roles import Viewer
from siaga.domain.unit import BUSY
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import CALL_VISIBLE, VISIBLE, sight_of

ROWS_MAX = 200  # of one list: a storm night; what is beyond is counted
Words = Callable[..., str]


async def contents(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> dict[str, Any]:
    """Everything the next shift must know, as the giver may see it.

    A protected case goes on in its circle: it is in no hand-over.
    """
    return {
        "sheets": await _sheets(archive, viewer),
        "incidents": await _incidents(archive, city, viewer),
        "calls": await _calls(archive, city, viewer),
        "alarms": await _alarms(archive, city, viewer),
        "units": await _units(archive),
        "restrictions": await _restrictions(archive, now),
    }


async def _sheets(archive: PostgresArchive, viewer: Viewer) -> list[dict[str, Any]]:
    rows = await archive.rows(
        "select s.id, s.saved_at, i.number, c.state from sheet s "
        "left join incident i on i.city_id = s.city_id and i.id = s.incident and not i.protected "
        "left join call c on c.city_id = s.city_id and c.id = s.call "
        "where s.city_id = $1 and s.taker = $2 and s.done_at is null order by s.saved_at limit $3",
        viewer.person,
        ROWS_MAX,
    )
    return [
        {
            "id": row["id"],
            "at": row["saved_at"].isoformat(),
            "number": row["number"],
            "talking": row["state"] == "talking",
        }
        for row in rows
    ]


async def _incidents(archive: PostgresArchive, city: City, viewer: Viewer) -> list[dict[str, Any]]:
    rows = await archive.rows(
        f"""select i.id, i.number, i.type, i.priority, i.opened_at, i.opened_by, i.kecamatan,
                   (select count(*) from unit u where u.city_id = i.city_id and u.incident = i.id) as units
            from incident i where i.city_id = $1 and i.outcome is null and not i.protected and {VISIBLE}
            order by (i.opened_by = $7) desc, i.priority, i.opened_at limit {ROWS_MAX}""",
        *sight_of(viewer, city),
        viewer.person,
    )
    found = []
    for row in rows:
        kind = city.type_by_code.get(row["type"])
        name = (kind.name_en if viewer.language == "en" else kind.name) if kind is not None else row["type"]
        area = city.area_name(None, row["kecamatan"])
        found.append({
            "id": row["id"], "number": row["number"], "priority": row["priority"],
            "what": name, "where": area,
            "at": row["opened_at"].isoformat(), "own": row["opened_by"] == viewer.person, "units": row["units"],
        })  # fmt: skip
    return found


async def _calls(archive: PostgresArchive, city: City, viewer: Viewer) -> list[dict[str, Any]]:
    rows = await archive.rows(
        f"""select c.id, c.arrived_at, c.state, c.attempts from call c
            where c.city_id = $1 and {CALL_VISIBLE} and c.called_back_at is null and c.disposition is null
              and c.incident is null order by c.arrived_at desc limit {ROWS_MAX}""",
        *sight_of(viewer, city),
    )
    return [
        {
            "id": row["id"],
            "at": row["arrived_at"].isoformat(),
            "state": row["state"],
            "attempts": row["attempts"],
        }
        for row in rows
    ]


async def _alarms(archive: PostgresArchive, city: City, viewer: Viewer) -> list[dict[str, Any]]:
    rows = await archive.rows(
        f"""select a.id, a.kind, a.priority, a.raised_at, a.acknowledged_at, a.shelved_until, i.number from alarm a
            left join incident i on i.city_id = a.city_id and i.id = a.incident
            where a.city_id = $1 and a.cleared_at is null and (a.incident is null or (not i.protected and {VISIBLE}))
            order by a.priority, a.raised_at limit {ROWS_MAX}""",
        *sight_of(viewer, city),
    )
    return [
        {
            "kind": row["kind"], "priority": row["priority"], "at": row["raised_at"].isoformat(),
            "seen": row["acknowledged_at"] is not None, "number": row["number"],
            **({"until": row["shelved_until"].isoformat()} if row["shelved_until"] is not None else {}),
        }
        for row in rows
    ]  # fmt: skip


async def _units(archive: PostgresArchive) -> list[dict[str, Any]]:
    rows = await archive.rows(
        "select u.code, u.agency, u.status, u.since, i.number from unit u "
        "left join incident i on i.city_id = u.city_id and i.id = u.incident and not i.protected "
        "where u.city_id = $1 and u.status = any($2) order by u.since limit $3",
        [str(status) for status in BUSY],
        ROWS_MAX,
    )
    return [
        {"code": row["code"], "agency": row["agency"], "status": row["status"], "at": row["since"].isoformat(),
         "number": row["number"]}
        for row in rows
    ]  # fmt: skip


async def _restrictions(archive: PostgresArchive, now: datetime) -> list[dict[str, Any]]:
    """Callers who stand back a few seconds: how many and until when; their numbers stay where they are audited."""
    rows = await archive.rows(
        "select until_at from restriction where city_id = $1 and revoked_at is null and until_at > $2 "
        "order by until_at limit $3",
        now,
        ROWS_MAX,
    )
    return [{"until": row["until_at"].isoformat()} for row in rows]
