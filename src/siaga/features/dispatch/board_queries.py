"""What the dispatcher's board shows: open incidents by urgency, all units, the standing alarms.

Every query decides in itself what the viewer may see; what she may not see is not counted either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment
from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.incident import Incident
from siaga.domain.progress import Step, step_of, unanswered
from siaga.domain.roles import Viewer
from siaga.domain.unit import Unit
from siaga.records.names import name_of
from siaga.records.sight import VISIBLE, sight_of
from siaga.records.tables import NAMED

INCIDENTS_SHOWN_MAX = 200  # a flood; the head of the table says how many there are
ALARMS_SHOWN_MAX = 60


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Row:
    """One open incident on the board. ``answered_by``: names by assignment id."""

    incident: Incident
    assignments: tuple[Assignment, ...]
    units: tuple[Unit, ...]
    callers: int
    answered_by: dict[str, str]

    @property
    def step(self) -> Step:
        return step_of(self.incident, self.assignments, self.units)

    @property
    def silent(self) -> list[Assignment]:
        """Who has not answered, the latest first."""
        return unanswered(self.assignments)

    @property
    def limit_seconds(self) -> float | None:
        """Seconds after its opening at which the first unanswered deadline falls; ``None`` when all have answered."""
        ends = [one.sent_at.timestamp() + one.within_seconds for one in self.silent]
        return min(ends) - self.incident.opened_at.timestamp() if ends else None


@dataclass(frozen=True, kw_only=True)
class Board:
    """The rows shown, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class StandingAlarm:
    """An alarm whose cause stands. ``incident`` when it is about one the viewer may see."""

    alarm: Alarm
    incident: Incident | None
    rung: int
    waits_since: datetime | None
    acknowledged_by: str
    shelved_by: str


ROW = f"""
    to_jsonb(i) as incident,
    (select count(*) from reporter r where r.city_id = i.city_id and r.incident = i.id) as callers,
    (select jsonb_agg(to_jsonb(a) || jsonb_build_object('name', {name_of("a.acknowledged_by")})
                      order by a.sent_at, a.id)
     from assignment a where a.city_id = i.city_id and a.incident = i.id) as assignments,
    (select jsonb_agg(to_jsonb(u) order by u.code)
     from unit u where u.city_id = i.city_id and u.incident = i.id) as units
"""


async def board(archive: Reader, viewer: Viewer, city: City) -> Board:
    """Open incidents: the most urgent first, among equals the oldest."""
    found = await archive.rows(
        f"""select {ROW}, count(*) over () as total from incident i
            where i.city_id = $1 and i.outcome is null and {VISIBLE}
            order by i.priority, i.opened_at, i.id limit {INCIDENTS_SHOWN_MAX}""",
        *sight_of(viewer, city),
    )
    return Board(rows=tuple(_row(each) for each in found), total=found[0]["total"] if found else 0)


async def one_incident(archive: Reader, viewer: Viewer, city: City, incident: str) -> Row:
    """One incident, open or closed. Raises NotFound, also when the viewer may not know of it."""
    found = await archive.rows(
        f"select {ROW} from incident i where i.city_id = $1 and i.id = $7 and {VISIBLE}",
        *sight_of(viewer, city),
        incident,
    )
    if not found:
        raise NotFound("Kejadian ini tidak ada.")
    return _row(found[0])


async def incident_of(archive: Reader, viewer: Viewer, city: City, assignment: str) -> Row:
    """The incident an assignment belongs to. Raises NotFound like ``one_incident``."""
    found = await archive.rows(
        f"""select {ROW} from incident i join assignment asked on asked.city_id = i.city_id and asked.incident = i.id
            where i.city_id = $1 and asked.id = $7 and {VISIBLE}""",
        *sight_of(viewer, city),
        assignment,
    )
    if not found:
        raise NotFound("Penugasan ini tidak ada.")
    return _row(found[0])


async def all_units(archive: Reader, viewer: Viewer, city: City) -> list[tuple[Unit, Incident | None]]:
    """Every unit with the incident it is on, if the viewer may know that incident; by agency and code."""
    found = await archive.rows(
        f"""select to_jsonb(u) as unit, to_jsonb(i) as incident from unit u
            left join incident i on i.city_id = u.city_id and i.id = u.incident and {VISIBLE}
            where u.city_id = $1 order by u.agency, u.code""",
        *sight_of(viewer, city),
    )
    return [
        (NAMED["unit"].from_row(msgspec.json.decode(row["unit"])), _incident(row["incident"]))
        for row in found
    ]


async def standing_alarms(archive: Reader, viewer: Viewer, city: City) -> list[StandingAlarm]:
    """Alarms whose cause stands, the most urgent first, then the oldest. Those of hidden incidents do not exist."""
    found = await archive.rows(
        f"""select to_jsonb(m) as alarm, to_jsonb(i) as incident, c.arrived_at as waits_since,
                   coalesce(a.rung, 0) as rung, {name_of("m.acknowledged_by")} as acknowledged_by,
                   {name_of("m.shelved_by")} as shelved_by
            from alarm m
            left join incident i on i.city_id = m.city_id and i.id = m.incident
            left join call c on c.city_id = m.city_id and c.id = m.call
            left join assignment a on a.city_id = m.city_id and a.id = m.assignment
            where m.city_id = $1 and m.cleared_at is null and (m.incident is null or {VISIBLE})
            order by m.priority, m.raised_at, m.id limit {ALARMS_SHOWN_MAX}""",
        *sight_of(viewer, city),
    )
    return [
        StandingAlarm(
            alarm=NAMED["alarm"].from_row(msgspec.json.decode(row["alarm"])),
            incident=_incident(row["incident"]),
            rung=row["rung"],
            waits_since=row["waits_since"],
            acknowledged_by=row["acknowledged_by"] or "",
            shelved_by=row["shelved_by"] or "",
        )
        for row in found
    ]


def _incident(text: str | None) -> Incident | None:
    found: Incident | None = NAMED["incident"].from_row(msgspec.json.decode(text)) if text else None
    return found


def _row(found: Any) -> Row:
    incident = _incident(found["incident"])
    assert incident is not None  # the query selects from it
    asked = msgspec.json.decode(found["assignments"] or "[]")
    return Row(
        incident=incident,
        assignments=tuple(NAMED["assignment"].from_row(each) for each in asked),
        units=tuple(NAMED["unit"].from_row(each) for each in msgspec.json.decode(found["units"] or "[]")),
        callers=found["callers"],
        answered_by={each["id"]: each["name"] or "" for each in asked},
    )
