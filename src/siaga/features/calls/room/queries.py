"""What people see of the room as a whole: its modes in words, who is in which group, whose notice is heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.call import Call, CallState
from siaga.domain.city import City
from siaga.domain.leg import Leg, LegPurpose, LegState
from siaga.domain.queue import FIRST_GROUP, ON_DUTY
from siaga.domain.roles import RIGHTS, May, Person, Role
from siaga.domain.room import ROOM, Room
from siaga.domain.room_rules import OverflowKind
from siaga.domain.shift import Seat
from siaga.records.archive import AnyOf, Transaction
from siaga.records.postgres import PostgresArchive, Row

Words = Callable[[str], str]

NOTICE_INCIDENTS_MAX = 12  # open incidents a supervisor may put a notice on; the newest of the last hours
NOTICE_HOURS = 6  # who rings about something older has something new to say


def row_states(row: Row, city: City, words: Words, language: str = "id") -> list[str]:
    """What a row of the queue says besides who and how long: his need, what he heard, where else it rings."""
    skills = {skill.code: skill.name for skill in city.room.skills}
    states = [words("perlu: {skill}").format(skill=skills.get(code, code)) for code in row["needs"]]
    if row["other_matter"]:
        states.insert(0, words("kejadian LAIN (tombol)"))
    elif row["told"]:
        states.append(words("sudah diberi tahu"))
    named = [
        step.called(language)
        for step in city.room.overflow
        if step.is_phone and step.code in row["overflowed"]
    ]
    if named:
        states.append(words("limpahan: {names}").format(names=", ".join(named)))
    return states


async def mode_words(archive: PostgresArchive, city: City, words: Words, now: datetime) -> list[str]:
    """The room's modes, in words, for the strip of every desk; empty in an ordinary hour."""
    room = await archive.look(_the_room)
    return modes_of(room, city, words, now)


def modes_of(room: Room, city: City, words: Words, now: datetime) -> list[str]:
    """See ``mode_words``."""
    said = []
    if room.flood_since is not None:
        began = room.flood_since.astimezone(city.zone).strftime("%H:%M")
        said.append(words("RAMAI sejak {hour}").format(hour=began))
    if room.on_call_since is not None:
        said.append(words("siaga dipanggil"))
    if room.is_night(city.room, now, city.zone):
        said.append(words("malam"))
    return said


async def room_context(
    archive: PostgresArchive, city: City, words: Words, now: datetime, language: str = "id"
) -> dict[str, Any]:
    """Everything room.html needs."""
    found: dict[str, Any] = await archive.look(_look, city=city, words=words, now=now, language=language)
    rows = await archive.rows(
        "select i.id, i.number, i.type, i.place_text, i.priority, i.opened_at, coalesce(n.playing, false) as playing, "
        "(select count(*) from reporter r where r.city_id = i.city_id and r.incident = i.id) as callers, "
        "(select count(*) from call c where c.city_id = i.city_id and c.told = i.id) as told "
        "from incident i left join notice n on n.city_id = i.city_id and n.id = i.id "
        "where i.city_id = $1 and i.outcome is null and not i.protected and i.opened_at >= $2 "
        "order by coalesce(n.playing, false) desc, i.opened_at desc limit $3",
        now - timedelta(hours=NOTICE_HOURS),
        NOTICE_INCIDENTS_MAX,
    )
    notices = [
        {
            **dict(row),
            "type": city.type_by_code[row["type"]].name if row["type"] in city.type_by_code else row["type"],
        }
        for row in rows
    ]
    return {**found, "notices": notices}


async def _the_room(tx: Transaction) -> Room:
    return await tx.seek(Room, ROOM) or Room()


async def _look(tx: Transaction, *, city: City, words: Words, now: datetime, language: str) -> dict[str, Any]:
    room = await _the_room(tx)
    unanswered = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING))
    rules = city.room
    return {
        "room": room,
        "modes": modes_of(room, city, words, now),
        "is_night": room.is_night(rules, now, city.zone),
        "rules": rules,
        "waiting": len(unanswered),
        "arrived_minutes": rules.flood.arrivals_minutes,
        "arrived": room.arrived_within(rules.flood.arrivals_minutes, now),
        "on_call_group": rules.on_call.group,
        "steps": await _steps(tx, city, language),
        "seats": await _seats(tx),
        "present": len(await tx.find(Seat, state=AnyOf(*ON_DUTY))),
        "skills": rules.skills,
        "groups": sorted({FIRST_GROUP, rules.on_call.group,
                          *(step.target for step in rules.overflow if step.kind is OverflowKind.GROUP)}),
    }  # fmt: skip


async def _steps(tx: Transaction, city: City, language: str) -> list[dict[str, Any]]:
    """The ladder, and for how many callers each step is taken or rings now."""
    live = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING, CallState.HANDED))
    alarmed = {alarm.call for alarm in await tx.find(Alarm, kind=AlarmKind.OVERFLOW, cleared_at=None)}
    legs = [
        leg
        for leg in await tx.find(Leg, state=AnyOf(LegState.DIALLING, LegState.UP))
        if leg.purpose is LegPurpose.OVERFLOW
    ]
    return [
        {
            "name": step.called(language),
            "is_phone": step.is_phone,
            "target": step.target if not step.is_phone else "",
            "after_seconds": step.after_seconds,
            "night": step.night,
            "sample": step.sample,
            "taken": sum(
                1 for call in live if step.code in call.overflowed and (not step.is_phone or call.id in alarmed)
            ),
            "ringing": sum(1 for leg in legs if leg.label == step.name and leg.state is LegState.DIALLING),
            "talking": sum(1 for leg in legs if leg.label == step.name and leg.state is LegState.UP),
        }
        for step in city.room.overflow
    ]  # fmt: skip


async def _seats(tx: Transaction) -> list[dict[str, Any]]:
    """Everybody who may take calls, on duty or not, with her group and what she knows."""
    takers = [role for role in Role if May.TAKE_CALLS in RIGHTS[role]]
    known = {seat.taker: seat for seat in await tx.find(Seat)}
    people = [
        one for one in await tx.find(Person, order=("name",)) if set(one.roles) & set(takers) and one.active
    ]
    return [
        {
            "id": person.id,
            "name": person.name,
            "group": known[person.id].seat_group if person.id in known else FIRST_GROUP,
            "skills": known[person.id].skills if person.id in known else (),
        }
        for person in people
    ]
