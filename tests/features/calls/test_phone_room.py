"""More callers than seats: skills, groups, the ladder of overflow, night, flood, takers on call, notices, bursts."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from siaga.adapters.messages.channels import RecordedMessages
from siaga.domain.alarm import Alarm
from siaga.domain.call import CallState, Channel, EndReason
from siaga.domain.contact import Contact
from siaga.domain.errors import RuleBroken
from siaga.domain.leg import Leg, LegState
from siaga.domain.message import Message
from siaga.domain.place import Place
from siaga.domain.queue import DELAY_SECONDS_MAX, in_order
from siaga.domain.roles import Role, Viewer
from siaga.domain.room import ROOM
from siaga.domain.room import Room as Modes
from siaga.domain.room_rules import (
    NightRules,
    OnCallRules,
    OverflowKind,
    OverflowStep,
    QueueRules,
    RoomRules,
    Skill,
)
from siaga.domain.shift import SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import legs
from siaga.features.calls.room import actions as rooms
from siaga.features.calls.room.load import PhoneRoom, hurry_wrapups, watch_room
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.features.incidents.desk import burst
from siaga.features.incidents.joining import Told
from siaga.records.archive import Transaction
from siaga.records.followers import Follower, catch_up
from siaga.worker import Work, followers_of
from tests.room import Room, sample_city

SEPTI = Viewer(person="septi", name="Septi", roles=(Role.TAKER,))
SUNDA = Skill(code="su", name="Bahasa Sunda", name_en="Sundanese", digit="3")
SECOND = OverflowStep(
    code="second", name="Kelompok dua", kind=OverflowKind.GROUP, target="cadangan", after_seconds=20
)
POST = OverflowStep(
    code="post", name="Posko", kind=OverflowKind.PHONE, target="0990001", after_seconds=60, night=True
)
NEIGHBOUR = OverflowStep(
    code="next", name="Tetangga", kind=OverflowKind.PHONE, target="0990002", after_seconds=120
)
RULES = RoomRules(
    queue=QueueRules(skill_wait_seconds=10), skills=(SUNDA,), overflow=(SECOND, POST, NEIGHBOUR),
    night=NightRules(starts=time(23), ends=time(5)),
    on_call=OnCallRules(arrivals_at=50),
)  # fmt: skip


@pytest.fixture
def room() -> Room:
    return Room(city=replace(sample_city(), room=RULES))


async def goes_on(room: Room) -> None:
    """The worker's follower and its second."""
    await catch_up(room.archive, Follower("calls", PhoneRoom(room.city).react), lambda: room.now)
    await room.do(watch_room, city=room.city)
    await catch_up(room.archive, Follower("calls", PhoneRoom(room.city).react), lambda: room.now)


async def prepared(room: Room, taker: str, group: str = "", *skills: str) -> None:
    await room.do(rooms.prepare_seat, city=room.city, taker=taker, group=group, skills=skills, by="dedi")


async def modes(room: Room) -> Modes:
    async def look(tx: Transaction) -> Modes:
        return await tx.seek(Modes, ROOM) or Modes()

    return await room.archive.look(look)


# --- skills ---------------------------------------------------------------------------------------------------


async def test_a_key_pressed_while_waiting_finds_the_taker_who_speaks_his_language(room: Room) -> None:
    await room.talking("septi", "call-0")  # both would be free, Rani rested longer
    await room.on_duty("rani")
    await prepared(room, "septi", "", "su")
    await room.rings("call-1")
    await room.do(calls.digit_pressed, call="call-1", digit="3")
    await goes_on(room)
    assert (await room.call("call-1")).state is CallState.WAITING  # Septi is about to be free
    room.later(5)
    await room.do(calls.dispose_call, call="call-0", kind="information", taker="septi")
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "septi"


async def test_a_missing_skill_holds_nobody_longer_than_the_city_says(room: Room) -> None:
    await room.talking("septi", "call-0")
    await prepared(room, "septi", "", "su")
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.do(calls.digit_pressed, call="call-1", digit="3")
    room.later(9)
    await goes_on(room)
    assert (await room.call("call-1")).state is CallState.WAITING
    room.later(1)
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "rani"


async def test_nobody_waits_for_a_skill_that_is_not_in_the_house(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.do(calls.digit_pressed, call="call-1", digit="3")
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "rani"


async def test_who_waits_for_a_skill_does_not_hold_up_those_behind_him(room: Room) -> None:
    await room.talking("septi", "call-0")
    await prepared(room, "septi", "", "su")
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.do(calls.digit_pressed, call="call-1", digit="3")
    room.later(1)
    await room.rings("call-2")
    await goes_on(room)
    assert (await room.call("call-2")).offered_to == "rani"


async def test_a_taker_hands_her_caller_to_whoever_speaks_his_language_and_is_free_at_once(
    room: Room,
) -> None:
    await room.talking("rani", "call-1")
    await room.on_duty("septi")
    await prepared(room, "septi", "", "su")
    await room.do(rooms.hand_to_skill, city=room.city, call="call-1", skill="su", taker="rani")
    await goes_on(room)
    call = await room.call("call-1")
    assert (call.offered_to, call.urgency, call.needs) == ("septi", 1, ("su",))
    assert (await room.seat("rani")).state is SeatState.READY


async def test_only_her_own_caller_and_only_a_skill_of_the_city(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.refuses(
        "petugas lain", rooms.hand_to_skill, city=room.city, call="call-1", skill="su", taker="x"
    )
    await room.refuses(
        "Keahlian", rooms.hand_to_skill, city=room.city, call="call-1", skill="xx", taker="rani"
    )
    await room.refuses(
        "Keahlian", rooms.prepare_seat, city=room.city, taker="rani", group="", skills=("xx",), by="d"
    )


# --- groups and overflow ------------------------------------------------------------------------------------------


async def test_a_second_group_is_asked_after_the_first_has_been_busy_for_a_while(room: Room) -> None:
    await prepared(room, "kedua", "cadangan")
    await room.talking("rani", "call-0")
    await room.on_duty("kedua")
    await room.rings("call-1")
    room.later(19)
    await goes_on(room)
    assert (await room.call("call-1")).state is CallState.WAITING
    room.later(1)
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "kedua"


async def test_a_second_group_is_asked_at_once_when_nobody_of_the_first_is_on_duty(room: Room) -> None:
    await prepared(room, "kedua", "cadangan")
    await room.on_duty("kedua")
    await room.rings("call-1")
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "kedua"


async def overflowing(room: Room) -> Leg:
    """Rani talks; a second caller has waited until the post's telephone rings."""
    await room.talking("rani", "call-0")
    await room.rings("call-1")
    room.later(60)
    await goes_on(room)
    (leg,) = await room.all(Leg, call="call-1")
    return leg


async def test_a_telephone_outside_rings_and_the_caller_keeps_his_place(room: Room) -> None:
    leg = await overflowing(room)
    assert (leg.address, leg.caller_id, leg.state) == ("0990001", "112", LegState.DIALLING)
    call = await room.call("call-1")
    assert (call.state, call.overflowed) == (CallState.WAITING, ("second", "post"))
    assert "A13" in await room.standing()
    await room.do(calls.dispose_call, call="call-0", kind="information", taker="rani")
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "rani"  # whoever is first
    await room.do(calls.answer_call, taker="rani")
    await room.do(legs.tidy)
    assert (await room.one(Leg, leg.id)).state is LegState.ENDED
    await goes_on(room)
    assert "A13" not in await room.standing()


async def test_whoever_picks_up_outside_has_him_until_he_is_helped(room: Room) -> None:
    leg = await overflowing(room)
    await room.do(legs.leg_answered, leg=leg.id)
    call = await room.call("call-1")
    assert (call.state, call.outside) == (CallState.HANDED, leg.id)
    await goes_on(room)
    assert "A13" in await room.standing()
    room.later(60)
    await room.do(legs.leg_ended, leg=leg.id, cause="hung_up")
    over = await room.call("call-1")
    assert (over.state, over.end_reason) == (CallState.ENDED, EndReason.PARTNER_HUNG_UP)
    await goes_on(room)
    assert "A13" not in await room.standing()


async def test_who_was_put_down_at_once_is_first_in_line_here(room: Room) -> None:
    leg = await overflowing(room)
    await room.do(legs.leg_answered, leg=leg.id)
    room.later(2)
    await room.do(legs.leg_ended, leg=leg.id, cause="hung_up")
    call = await room.call("call-1")
    assert (call.state, call.urgency) == (CallState.WAITING, 1)


async def test_an_answer_outside_that_comes_too_late_takes_nobody_away_from_a_taker(room: Room) -> None:
    leg = await overflowing(room)
    await room.do(calls.dispose_call, call="call-0", kind="information", taker="rani")
    await goes_on(room)
    await room.do(calls.answer_call, taker="rani")
    await room.do(legs.leg_answered, leg=leg.id)
    assert (await room.call("call-1")).taker == "rani"
    assert (await room.one(Leg, leg.id)).state is LegState.ENDED


async def test_an_answer_outside_while_a_seat_rings_frees_the_seat(room: Room) -> None:
    leg = await overflowing(room)
    await room.do(calls.dispose_call, call="call-0", kind="information", taker="rani")
    await goes_on(room)
    await room.do(legs.leg_answered, leg=leg.id)
    assert (await room.seat("rani")).state is SeatState.READY
    assert (await room.call("call-1")).state is CallState.HANDED


async def test_when_nobody_picks_up_outside_the_next_step_comes_and_he_waits_on(room: Room) -> None:
    leg = await overflowing(room)
    await room.do(legs.leg_ended, leg=leg.id, cause="busy")
    assert "call.overflow_failed" in await room.story()
    room.later(60)
    await goes_on(room)
    call = await room.call("call-1")
    assert (call.state, call.overflowed) == (CallState.WAITING, ("second", "post", "next"))
    assert len(await room.all(Leg, call="call-1")) == 2


async def test_a_press_has_no_voice_to_be_put_through(room: Room) -> None:
    await room.talking("rani", "call-0")
    press = await room.panic()
    room.later(600)
    await goes_on(room)
    assert (await room.call(press)).overflowed == ("second",)
    assert await room.all(Leg) == []


# --- night, flood, takers on call -----------------------------------------------------------------------------------


async def test_at_night_the_on_call_step_comes_at_once(room: Room) -> None:
    room.now += timedelta(hours=7, minutes=30)  # half past eleven at night in the city
    await room.talking("rani", "call-0")
    await room.rings("call-1")
    await goes_on(room)
    assert (await room.call("call-1")).overflowed == ("post",)


async def test_the_switch_decides_over_the_clock(room: Room) -> None:
    await room.do(rooms.switch_night, to="on", by="dedi")
    await room.talking("rani", "call-0")
    await room.rings("call-1")
    await goes_on(room)
    assert (await room.call("call-1")).overflowed == ("post",)
    await room.do(rooms.switch_night, to="clock", by="dedi")
    await room.do(rooms.switch_night, to="clock", by="dedi")
    assert (await room.story()).count("room.night_switched") == 2
    await room.refuses("Pilih", rooms.switch_night, to="sometimes", by="dedi")


async def test_takers_on_call_are_told_once_a_burst_and_released_when_it_is_over(room: Room) -> None:
    contact = Contact(id="c", agency="siaga", rung=0, name="Siaga 1", address="json://siaga.invalid")

    async def keep(tx: Transaction, *, now: object) -> None:
        tx.put(contact)

    await room.do(keep)
    await room.talking("rani", "call-0")
    for n in range(1, 4):
        await room.rings(f"call-{n}")
        await goes_on(room)
    await room.rings("call-4")
    await goes_on(room)
    assert (await room.story()).count("room.on_call_called") == 1
    assert "A14" in await room.standing()
    work = Work(room.archive, room.city, b"x", "https://x.invalid", RecordedMessages(), RecordedMessages())
    messages = next(one for one in followers_of(work) if one.name == "messages")
    await catch_up(room.archive, messages, lambda: room.now)
    (message,) = await room.all(Message)
    assert message.to == "json://siaga.invalid"
    assert "3 penelepon menunggu" in message.text
    await prepared(room, "siaga-1", "siaga")
    await room.on_duty("siaga-1")
    await goes_on(room)
    assert (await room.seat("siaga-1")).state is SeatState.RINGING  # asked without any wait
    for n in range(1, 5):
        await room.do(calls.caller_hung_up, call=f"call-{n}", cause="bye")
    await goes_on(room)
    room.later(5 * 60 - 1)
    await goes_on(room)
    assert "A14" in await room.standing()
    room.later(1)
    await goes_on(room)
    assert "A14" not in await room.standing()
    assert (await modes(room)).on_call_since is None


async def test_a_flood_begins_by_itself_asks_every_group_frees_takers_sooner_and_ends_by_itself(
    room: Room,
) -> None:
    await prepared(room, "kedua", "cadangan")
    await room.talking("rani", "call-0")
    for n in range(1, 9):
        await room.rings(f"call-{n}")
    await goes_on(room)
    assert (await modes(room)).flood_since == room.now
    await room.on_duty("kedua")
    await goes_on(room)
    assert (await room.seat("kedua")).state is SeatState.RINGING
    await room.do(calls.end_call, call="call-0", taker="rani")
    room.later(20)
    assert await room.do(hurry_wrapups, city=room.city) == 0  # her call has not been dealt with
    await room.do(incidents.open_incident, city=room.city, report=_report(room), by="rani", call="call-0")
    assert await room.do(hurry_wrapups, city=room.city) == 1
    for n in range(1, 9):
        await room.do(calls.caller_hung_up, call=f"call-{n}", cause="bye")
    await goes_on(room)
    room.later(10 * 60)
    await goes_on(room)
    assert (await modes(room)).flood_since is None


async def test_what_a_supervisor_began_she_ends(room: Room) -> None:
    await room.do(rooms.switch_flood, on=True, by="dedi")
    await room.do(rooms.switch_on_call, city=room.city, on=True, by="dedi")
    await goes_on(room)
    room.later(86_400)
    await goes_on(room)
    assert (await modes(room)).flood_since is not None
    await room.do(rooms.switch_flood, on=False, by="dedi")
    await room.do(rooms.switch_on_call, city=room.city, on=False, by="dedi")
    assert (await modes(room)) == replace(Modes(), arrivals=())
    assert (await room.story()).count("room.flood_ended") == 1


# --- notices and bursts -----------------------------------------------------------------------------------------------


def _report(room: Room, code: str = "kebakaran.bangunan") -> Report:
    return Report(type=code, place=Place(text="Jl. Contoh 3", lat=-6.71, lon=108.55), notes=("asap tebal",))


async def a_fire(room: Room) -> str:
    """Rani has sent it and still talks with its first caller."""
    await room.talking("rani", "fire-0")
    return await room.do(
        incidents.open_incident,
        city=room.city,
        report=_report(room),
        by="rani",
        call="fire-0",
        sheet="fire-0",
    )


async def test_waiting_callers_hear_the_notice_and_a_key_says_mine_is_another_emergency(room: Room) -> None:
    fire = await a_fire(room)
    for n in range(1, 3):
        await room.rings(f"call-{n}")
    await goes_on(room)
    assert (await room.call("call-1")).told is None  # nobody has switched it on
    await room.do(rooms.switch_notice, incident=fire, on=True, by="rani")
    await goes_on(room)
    await goes_on(room)
    assert (await room.story()).count("call.told_notice") == 2
    await room.do(calls.digit_pressed, call="call-2", digit="8")
    await goes_on(room)
    second = await room.call("call-2")
    assert (second.other_matter, second.urgency) == (True, 1)
    waiting = [await room.call("call-1"), second]
    assert [call.id for call in in_order(waiting)] == ["call-2", "call-1"]
    await room.do(incidents.close_incident, incident=fire, outcome="handled", by="rani")
    await room.rings("call-3")
    await goes_on(room)
    assert (await room.call("call-3")).told is None
    await room.refuses("ditutup", rooms.switch_notice, incident=fire, on=True, by="rani")


async def test_nobody_is_told_of_a_protected_case(room: Room) -> None:
    await room.talking("rani", "call-0")
    hidden = next(one.code for one in room.city.types if one.protected)
    case = await room.do(
        incidents.open_incident, city=room.city, report=_report(room, hidden), by="rani", call="call-0"
    )
    with pytest.raises(RuleBroken):
        await room.do(rooms.switch_notice, incident=case, on=True, by="rani")


async def proposed(room: Room, sheet: str) -> list[str]:
    found = await room.archive.look(burst.suspects_of, city=room.city, sheet=sheet, now=room.now)
    return [one.incident.id for one in found]


async def test_while_many_ring_the_fire_is_proposed_and_joining_frees_her_at_once(room: Room) -> None:
    fire = await a_fire(room)
    await room.on_duty("septi")
    for n in range(1, 5):
        await room.rings(f"call-{n}")
    await goes_on(room)
    await room.do(calls.answer_call, taker="septi", call="call-1")
    assert await proposed(room, "call-1") == [fire]
    told = Told(lines=("tidak ada luka",))
    await room.do(burst.join_and_go_on, city=room.city, incident=fire, sheet="call-1", told=told, by=SEPTI)
    joined = await room.call("call-1")
    assert (joined.incident, joined.state) == (fire, CallState.ENDED)
    assert (await room.seat("septi")).state is SeatState.READY
    await goes_on(room)
    assert (await room.seat("septi")).state is SeatState.RINGING
    assert await proposed(room, "call-1") == []


async def test_a_single_caller_without_a_place_is_proposed_nothing(room: Room) -> None:
    await a_fire(room)
    await room.on_duty("septi")
    await room.rings("call-1")
    await room.do(calls.answer_call, taker="septi", call="call-1")
    assert await proposed(room, "call-1") == []


@pytest.mark.parametrize(("lat", "near"), [(-6.7105, True), (-6.73, False)])
async def test_a_caller_with_a_place_is_proposed_what_is_near(room: Room, lat: float, near: bool) -> None:
    fire = await a_fire(room)
    await room.on_duty("septi")
    press = await room.panic()

    async def moves(tx: Transaction, *, now: object) -> None:
        from siaga.domain.call import Call

        tx.put(replace(await tx.get(Call, press), lat=lat, lon=108.55, accuracy_m=20.0))

    await room.do(moves)
    await room.do(calls.answer_call, taker="septi", call=press)
    assert await proposed(room, press) == ([fire] if near else [])


async def test_another_matter_is_not_proposed_again(room: Room) -> None:
    fire = await a_fire(room)
    await room.on_duty("septi")
    for n in range(1, 5):
        await room.rings(f"call-{n}")
    await goes_on(room)
    await room.do(calls.answer_call, taker="septi", call="call-1")
    assert await proposed(room, "call-1") == [fire]
    await room.do(burst.say_different, sheet="call-1", by="septi")
    assert await proposed(room, "call-1") == []


async def test_somebody_ill_is_never_guessed_from_many_callers(room: Room) -> None:
    await room.talking("rani", "call-0")
    ill = next(one.code for one in room.city.types if one.family == "sakit")
    await room.do(
        incidents.open_incident, city=room.city, report=_report(room, ill), by="rani", call="call-0"
    )
    await room.on_duty("septi")
    for n in range(1, 5):
        await room.rings(f"call-{n}")
    await goes_on(room)
    await room.do(calls.answer_call, taker="septi", call="call-1")
    assert await proposed(room, "call-1") == []


# --- the order --------------------------------------------------------------------------------------------------------


async def test_nobody_is_set_back_by_more_than_the_cap_and_a_press_never(room: Room) -> None:
    await room.rings("first")
    room.later(DELAY_SECONDS_MAX - 1)
    await room.rings("second")
    waiting = [await room.call("first"), await room.call("second")]
    assert [call.id for call in in_order(waiting, {"first": DELAY_SECONDS_MAX})] == ["second", "first"]
    room.later(2)
    await room.rings("third")
    waiting.append(await room.call("third"))
    assert [call.id for call in in_order(waiting, {"first": 10_000})] == ["second", "first", "third"]
    press = replace(waiting[0], channel=Channel.PANIC, id="press")
    assert [call.id for call in in_order([waiting[1], press], {"press": 15})] == ["press", "second"]


async def test_alarms_of_the_room_stand_once(room: Room) -> None:
    await overflowing(room)
    await goes_on(room)
    await goes_on(room)
    assert len(await room.all(Alarm, kind="A13")) == 1


async def test_the_room_reads_its_events_as_they_were_written(room: Room) -> None:
    """A restart between key and follower does not make a caller wait anew for his language."""
    await room.talking("septi", "call-0")
    await prepared(room, "septi", "", "su")
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.do(calls.digit_pressed, call="call-1", digit="3")
    room.later(30)
    await goes_on(room)
    assert (await room.call("call-1")).offered_to == "rani"


async def test_a_telephone_outside_rings_for_no_more_callers_than_it_has_lines(room: Room) -> None:
    await overflowing(room)
    await room.rings("call-2")
    room.later(61)
    await goes_on(room)
    ringing = {leg.id: leg.address for leg in await room.all(Leg) if leg.is_open}
    assert list(ringing.values()).count("0990001") == 1
    (first,) = [leg for leg in await room.all(Leg, call="call-1") if leg.address == "0990001"]
    await room.do(legs.leg_ended, leg=first.id, cause="no_answer")
    await goes_on(room)
    assert [leg.address for leg in await room.all(Leg, call="call-2")] == ["0990001"]
