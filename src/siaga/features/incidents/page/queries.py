"""Everything that is known about one incident, for whoever may know it. Each query decides that in itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import msgspec

from siaga.domain.alarm import AlarmKind
from siaga.domain.assignment import Assignment
from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.event import AlarmRaised, Event, IncidentAmended, UnitStatusChanged
from siaga.domain.field_change import FieldChange
from siaga.domain.incident import Incident, Note
from siaga.domain.message import Message
from siaga.domain.progress import Reached, steps
from siaga.domain.roles import Viewer
from siaga.domain.unit import FREE, Unit, UnitStatus
from siaga.records.codec import decode_entry
from siaga.records.names import BY_LINK, name_of
from siaga.records.sight import VISIBLE, sight_of
from siaga.records.tables import NAMED

LINES_SHOWN_MAX = 1000  # a story longer than this is a disaster's, told on paper as well
REPORTERS_SHOWN_MAX = 200


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Linked:
    """Another incident this one has to do with, if the viewer may know of it."""

    id: str
    number: int
    year: int


@dataclass(frozen=True, kw_only=True)
class View:
    """One incident with its assignments and units. ``answered_by``: names by assignment id."""

    incident: Incident
    assignments: tuple[Assignment, ...]
    answered_by: dict[str, str]
    units: tuple[Unit, ...]
    callers: int
    same_as: Linked | None
    duplicates: tuple[Linked, ...]
    en_route_at: datetime | None
    opened_by: str
    closed_by: str

    @property
    def steps(self) -> list[Reached]:
        return steps(self.incident, self.assignments, self.units, en_route_at=self.en_route_at)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the story: an entry of the journal, a note in words, or a message and what became of it."""

    at: datetime
    kind: str  # call, unit, agency, message, note, system: what the filters choose by
    who: str
    event: Event | None = None
    note: Note | None = None
    message: Message | None = None
    changes: tuple[FieldChange, ...] = ()  # what the fields were before, where the event put some right


@dataclass(frozen=True, kw_only=True)
class Told:
    """One reporter. ``number`` is masked; the whole one is only read for a purpose (personal.py)."""

    id: str
    at: datetime
    name: str
    number: str
    has_number: bool


async def view(archive: Reader, viewer: Viewer, city: City, reference: str, year: int) -> View:
    """The incident named by its id, its number of ``year``, or "2026-24". Raises NotFound, also when it is hidden."""
    named, number, of_year = _reference(reference, year)
    found = await archive.rows(
        f"""
        with it as (
            select i.* from incident i
            where i.city_id = $1 and {VISIBLE} and (i.id = $7 or (i.number = $8 and i.year = $9))
            order by i.id = $7 desc limit 1
        )
        select to_jsonb(it) as incident,
            {name_of("it.opened_by")} as opened_by, {name_of("it.closed_by")} as closed_by,
            (select count(*) from reporter r where r.city_id = $1 and r.incident = it.id) as callers,
            (select jsonb_agg(to_jsonb(a) || jsonb_build_object('name', {name_of("a.acknowledged_by")})
                              order by a.sent_at, a.id)
             from assignment a where a.city_id = $1 and a.incident = it.id) as assignments,
            (select jsonb_agg(to_jsonb(u) order by u.code)
             from unit u where u.city_id = $1 and u.incident = it.id) as units,
            (select jsonb_build_object('id', i.id, 'number', i.number, 'year', i.year)
             from incident i where i.city_id = $1 and i.id = it.duplicate_of and {VISIBLE}) as same_as,
            (select jsonb_agg(jsonb_build_object('id', i.id, 'number', i.number, 'year', i.year) order by i.opened_at)
             from incident i where i.city_id = $1 and i.duplicate_of = it.id and {VISIBLE}) as duplicates,
            (select min(j.at) from journal j
             where j.city_id = $1 and j.incident = it.id and j.name = '{UnitStatusChanged.name}'
               and j.entry like '%"status":"{UnitStatus.EN_ROUTE}"%') as en_route_at
        from it""",
        *sight_of(viewer, city),
        named,
        number,
        of_year,
    )
    if not found:
        raise NotFound("Kejadian ini tidak ada.")
    return _view(found[0])


async def protected_incident(archive: Reader, reference: str, year: int) -> str | None:
    """The id of a protected incident, for somebody about to break the glass; ``None`` for every other reference."""
    named, number, of_year = _reference(reference, year)
    found = await archive.rows(
        "select id from incident where city_id = $1 and protected and (id = $2 or (number = $3 and year = $4))",
        named,
        number,
        of_year,
    )
    return found[0]["id"] if found else None


async def story(archive: Reader, viewer: Viewer, city: City, incident: str) -> list[Line]:
    """What happened, oldest first: the journal's entries of the incident and of its calls, notes, messages."""
    found = await archive.rows(
        f"""
        with seen as (select i.id, i.call from incident i where i.city_id = $1 and i.id = $7 and {VISIBLE}),
        calls as (
            select seen.call from seen
            union
            select r.call from reporter r join seen on r.incident = seen.id where r.city_id = $1
        ),
        entries as (
            select j.position, j.at, j.entry from journal j join seen on j.incident = seen.id where j.city_id = $1
            union
            select j.position, j.at, j.entry from journal j join calls on j.call = calls.call where j.city_id = $1
        )
        select at, position, '' as id, entry, null::jsonb as note, null::jsonb as message from entries
        union all
        select n.at, null, n.id, null, to_jsonb(n), null
        from note n join seen on n.incident = seen.id where n.city_id = $1
        union all
        select coalesce(m.done_at, m.created_at), null, m.id, null, null, to_jsonb(m) - 'to' - 'text'
        from message m join assignment a on a.city_id = m.city_id and a.id = m.assignment
        join seen on a.incident = seen.id where m.city_id = $1
        order by 1, 2 nulls last, 3 limit {LINES_SHOWN_MAX}""",
        *sight_of(viewer, city),
        incident,
    )
    lines = [line for row in found if (line := _line(row)) is not None]
    lines = _with_changes(lines, await _changes(archive, viewer, city, incident))
    names = await names_of(archive, {person for line in lines if (person := _actor(line))})
    return [_named(line, names) for line in lines]


async def _changes(archive: Reader, viewer: Viewer, city: City, incident: str) -> list[FieldChange]:
    found = await archive.rows(
        f"""select to_jsonb(f) as change from field_change f
            join incident i on i.city_id = f.city_id and i.id = f.incident
            where f.city_id = $1 and i.id = $7 and {VISIBLE} order by f.at, f.id limit {LINES_SHOWN_MAX}""",
        *sight_of(viewer, city),
        incident,
    )
    return [NAMED["field_change"].from_row(msgspec.json.decode(row["change"])) for row in found]


def _with_changes(lines: list[Line], changes: list[FieldChange]) -> list[Line]:
    """Each correction beside the line that says so: they were recorded in the same moment."""
    return [
        replace(
            line,
            changes=tuple(one for one in changes if one.at == line.at and one.field in line.event.fields),
        )
        if isinstance(line.event, IncidentAmended)
        else line
        for line in lines
    ]


async def changed_by(
    archive: Reader, viewer: Viewer, city: City, incident: str, field: str
) -> tuple[str, datetime | None]:
    """Who changed a field last, and when; ("", None) when nobody has since it was opened."""
    changes = [one for one in await _changes(archive, viewer, city, incident) if one.field == field]
    if not changes:
        return "", None
    last = changes[-1]
    names = await names_of(archive, {last.by} if last.by else set())
    return names.get(last.by or "", ""), last.at


async def messages_of(archive: Reader, viewer: Viewer, city: City, incident: str) -> dict[str, list[Message]]:
    """Messages by assignment, without address and text: which channel took it, or is still trying."""
    found = await archive.rows(
        f"""select to_jsonb(m) - 'to' - 'text' as message
            from message m join assignment a on a.city_id = m.city_id and a.id = m.assignment
            join incident i on i.city_id = a.city_id and i.id = a.incident
            where m.city_id = $1 and i.id = $7 and {VISIBLE} order by m.created_at, m.id""",
        *sight_of(viewer, city),
        incident,
    )
    by_assignment: dict[str, list[Message]] = {}
    for row in found:
        message = _message(row["message"])
        by_assignment.setdefault(message.assignment or "", []).append(message)
    return by_assignment


async def reporters(archive: Reader, viewer: Viewer, city: City, incident: str) -> list[Told]:
    """Who told us, oldest first; numbers leave the database masked."""
    found = await archive.rows(
        f"""select r.id, r.at, r.name, r.number is not null as has_number,
                   case when length(r.number) > 8 then left(r.number, 4) || '…' || right(r.number, 4)
                        else left(r.number, 2) || '…' end as number
            from reporter r join incident i on i.city_id = r.city_id and i.id = r.incident
            where r.city_id = $1 and i.id = $7 and {VISIBLE} order by r.at, r.id limit {REPORTERS_SHOWN_MAX}""",
        *sight_of(viewer, city),
        incident,
    )
    return [
        Told(
            id=row["id"],
            at=row["at"],
            name=row["name"] or "",
            number=row["number"] or "",
            has_number=row["has_number"],
        )
        for row in found
    ]


async def free_units(archive: Reader) -> list[Unit]:
    """Units that can be sent now, by agency and code."""
    found = await archive.rows(
        "select * from unit where city_id = $1 and status = any($2) order by agency, code",
        [status.value for status in FREE],
    )
    return [NAMED["unit"].from_row(dict(row)) for row in found]


async def names_of(archive: Reader, people: Iterable[str]) -> dict[str, str]:
    """Names of persons and contacts by the reference that events carry; erased ones are missing."""
    wanted = sorted(people)
    if not wanted:
        return {}
    found = await archive.rows(
        f"select given as id, {name_of('given')} as name from unnest($2::text[]) given where $1 <> ''", wanted
    )
    return {row["id"]: row["name"] for row in found if row["name"]}


def _reference(reference: str, year: int) -> tuple[str, int, int]:
    """Id, number and year to look for; what it cannot be is impossible there."""
    head, dash, tail = reference.partition("-")
    if reference.isdecimal() and len(reference) <= 9:
        return "", int(reference), year
    if dash and head.isdecimal() and tail.isdecimal() and len(head) == 4 and len(tail) <= 9:
        return "", int(tail), int(head)
    return reference, 0, 0


def _view(row: Any) -> View:
    asked = msgspec.json.decode(row["assignments"] or "[]")
    return View(
        incident=NAMED["incident"].from_row(msgspec.json.decode(row["incident"])),
        assignments=tuple(NAMED["assignment"].from_row(each) for each in asked),
        answered_by={each["id"]: each["name"] or "" for each in asked},
        units=tuple(NAMED["unit"].from_row(each) for each in msgspec.json.decode(row["units"] or "[]")),
        callers=row["callers"],
        same_as=msgspec.json.decode(row["same_as"], type=Linked) if row["same_as"] else None,
        duplicates=tuple(msgspec.json.decode(row["duplicates"] or "[]", type=list[Linked])),
        en_route_at=row["en_route_at"],
        opened_by=row["opened_by"] or "",
        closed_by=row["closed_by"] or "",
    )


def _message(text: str) -> Message:
    found: Message = NAMED["message"].from_row({**msgspec.json.decode(text), "to": "", "text": ""})
    return found


KINDS = {
    # first word of an event's name    what the filter calls it
    "call": "call",
    "incident": "system",
    "assignment": "agency",
    "unit": "unit",
    "alarm": "system",
}
SAID_ELSEWHERE = ("incident.noted.v1", "incident.note_struck.v1", "incident.answered.v1")
# The note itself is a line of its own, and the interview has its own panel.
ALARMS_SAID_ELSEWHERE = (
    AlarmKind.NO_ANSWER_FROM_AGENCY,
)  # the escalation beside it says the same with a name


def _line(row: Any) -> Line | None:
    if row["note"]:
        note: Note = NAMED["note"].from_row(msgspec.json.decode(row["note"]))
        return Line(at=note.at, kind="note", who=note.by, note=note)
    if row["message"]:
        message = _message(row["message"])
        return Line(at=row["at"], kind="message", who="", message=message)
    event = decode_entry(row["entry"])
    if event.name in SAID_ELSEWHERE:
        return None
    if isinstance(event, AlarmRaised) and event.kind in ALARMS_SAID_ELSEWHERE:
        return None
    return Line(at=row["at"], kind=KINDS.get(event.name.partition(".")[0], "system"), who="", event=event)


def _actor(line: Line) -> str:
    """The reference of the person who did it; "" for what the house does by itself."""
    if line.note is not None:
        return line.note.by
    for name in ("by", "taker", "person"):
        person = getattr(line.event, name, None)
        if isinstance(person, str) and person:
            return person
    return ""


def _named(line: Line, names: dict[str, str]) -> Line:
    actor = _actor(line)
    who = names.get(actor, "")
    if who and actor.startswith(BY_LINK):
        who = f"→ {who}"
    return replace(line, who=who)
