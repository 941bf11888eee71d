"""A9: three callers about one thing within ten minutes are advice to think of a major incident."""

from __future__ import annotations

from dataclasses import replace

from siaga.domain.alarm import Alarm
from siaga.domain.place import METRES_PER_DEGREE, Place
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.many_callers import Crowds, end_advice
from siaga.records.followers import Follower, catch_up
from tests.room import FIRE, Room

HERE = Place(text="Jl. Contoh 3", lat=-6.72, lon=108.55)


def north(metres: float) -> Place:
    return replace(HERE, lat=-6.72 + metres / METRES_PER_DEGREE)


async def reports(
    room: Room, call: str, place: Place = HERE, joins: str | None = None, type: str = FIRE.type
) -> str:
    await room.talking(call, call)  # a taker for each
    if joins is None:
        report = replace(FIRE, place=place, type=type)
        joins = await room.do(incidents.open_incident, city=room.city, report=report, by=call, call=call)
    else:
        await room.do(incidents.join_call, incident=joins, call=call, by=call)
    room.later(60)
    await catch_up(room.archive, Follower("crowds", Crowds(room.city).react), lambda: room.now)
    return joins


async def test_the_third_caller_within_ten_minutes_is_advice_on_the_first_incident():
    room = Room()
    fire = await reports(room, "call-1")
    await reports(room, "call-2", joins=fire)
    assert await room.standing() == []

    await reports(room, "call-3", north(200))  # another taker made an incident of his own of it

    alarm = (await room.all(Alarm))[0]
    assert (alarm.kind, alarm.priority, alarm.incident, alarm.words) == ("A9", 3, fire, "3/10")
    await reports(room, "call-4", joins=fire)
    assert len(await room.all(Alarm)) == 1, "once is advice, twice is nagging"


async def test_three_slow_callers_or_three_places_are_no_crowd():
    room = Room()
    fire = await reports(room, "call-1")
    room.later(601)
    await reports(room, "call-2", joins=fire)
    await reports(room, "call-3", north(2_000))
    await reports(room, "call-4", north(100), type="kecelakaan.lalu_lintas")

    assert await room.standing() == []


async def test_three_patients_in_one_street_are_three_patients():
    room = Room()
    for number in range(4):
        await reports(room, f"call-{number}", north(20 * number), type="kesehatan.lain")

    assert await room.standing() == []


async def test_the_advice_ends_when_it_is_quiet_or_over():
    room = Room()
    fire = await reports(room, "call-1")
    for number in (2, 3):
        await reports(room, f"call-{number}", joins=fire)
    assert await room.do(end_advice, city=room.city) == 0
    room.later(700)

    assert await room.do(end_advice, city=room.city) == 1
    assert await room.standing() == []
