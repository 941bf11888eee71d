"""Hold, partners, transfers, call-backs and keys, on the twin and on PostgreSQL: nobody is lost, nobody doubled."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from siaga.domain.alarm import Alarm
from siaga.domain.call import Call, CallState, Channel, EndReason
from siaga.domain.leg import RING_SECONDS_MAX, SETTLE_SECONDS, Leg, LegState
from siaga.domain.room_rules import ConversationRules
from siaga.domain.shift import AUDIO_GRACE_SECONDS, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import legs
from siaga.features.calls.conversation.partners import Partner, checked_address, known_partners, partner_of
from siaga.features.incidents import actions as incidents
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import Room, refused, sample_city

RULES = ConversationRules()
FIRE_BRIGADE = Partner(key="agency:api", address="113", label="Pemadam", agency="api")
CITIES = itertools.count()


@pytest.fixture(params=["twin", "postgresql"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "twin":
        yield Room()
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive = await PostgresArchive.open(dsn, f"conversation-{next(CITIES)}")
    yield Room(archive)
    await archive.close()


async def leg_of(room: Room, id: str) -> Leg:
    return await room.one(Leg, id)


async def consulting(room: Room, *, answered: bool = True) -> str:
    await room.talking("rani", "call-1")
    leg = await room.do(conversation.consult, call="call-1", taker="rani", partner=FIRE_BRIGADE, rules=RULES)
    if answered:
        await room.do(legs.leg_rang, leg=leg)
        await room.do(legs.leg_answered, leg=leg)
    return leg


async def transferring(room: Room) -> str:
    await room.talking("rani", "call-1")
    return await room.do(
        conversation.transfer_out, call="call-1", taker="rani", partner=FIRE_BRIGADE, rules=RULES
    )


async def missed(room: Room, call: str = "call-1") -> None:
    await room.on_duty("rani", "septi")
    await room.rings(call)
    await room.do(calls.caller_hung_up, call=call, cause="bye")


# --- hold -------------------------------------------------------------------------------------------------


async def test_a_held_caller_is_hers_until_she_is_back(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(conversation.hold_call, call="call-1", taker="rani", rules=RULES)
    assert (await room.call("call-1")).held_at == room.now
    await room.refuses("sudah ditahan", conversation.hold_call, call="call-1", taker="rani", rules=RULES)
    await room.refuses("petugas lain", conversation.resume_call, call="call-1", taker="septi")
    await room.do(conversation.resume_call, call="call-1", taker="rani")
    assert (await room.call("call-1")).held_at is None
    await room.refuses("tidak sedang ditahan", conversation.resume_call, call="call-1", taker="rani")
    assert (await room.story())[-2:] == ["call.held", "call.resumed"]


async def test_a_held_caller_who_hangs_up_has_hung_up(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(conversation.hold_call, call="call-1", taker="rani", rules=RULES)
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    call = await room.call("call-1")
    assert (call.state, call.end_reason, call.held_at) == (CallState.ENDED, EndReason.CALLER_HUNG_UP, None)
    assert (await room.seat("rani")).state is SeatState.WRAPUP


async def test_who_is_held_too_long_rings_the_room_and_the_alarm_ends_with_the_hold(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(conversation.hold_call, call="call-1", taker="rani", rules=RULES)
    room.later(RULES.hold_seconds - 1)
    await room.do(offering.watch_queue)
    assert await room.standing() == []
    room.later(1)
    await room.do(offering.watch_queue)
    assert await room.standing() == ["A1"]
    assert [alarm.words for alarm in await room.all(Alarm, cleared_at=None)] == ["held"], (
        "the room is told why"
    )
    await room.do(conversation.resume_call, call="call-1", taker="rani")
    await room.do(offering.watch_queue)
    assert await room.standing() == []


async def test_a_press_cannot_be_held_or_transferred_to_a_telephone(room: Room) -> None:
    await room.on_duty("rani")
    press = await room.panic()
    await room.do(calls.answer_call, taker="rani", call=press)
    about = {"call": press, "taker": "rani", "rules": RULES}
    await room.refuses("bukan panggilan suara", conversation.hold_call, **about)
    await room.refuses("bukan panggilan suara", conversation.consult, partner=FIRE_BRIGADE, **about)
    await room.refuses("bukan panggilan suara", conversation.transfer_out, partner=FIRE_BRIGADE, **about)


async def test_a_taker_whose_headset_breaks_while_she_holds_gives_her_caller_away(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(conversation.hold_call, call="call-1", taker="rani", rules=RULES)
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS)
    await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS)
    call = await room.call("call-1")
    assert (call.state, call.urgency, call.held_at, call.held_until) == (CallState.WAITING, 1, None, None)


# --- a partner --------------------------------------------------------------------------------------------


async def test_a_partner_is_consulted_joined_and_let_go(room: Room) -> None:
    leg = await consulting(room)
    assert (await room.call("call-1")).held_at is not None
    await room.do(conversation.join_partner, call="call-1", taker="rani")
    assert (await room.call("call-1")).held_at is None
    assert (await leg_of(room, leg)).joined_at == room.now
    await room.refuses("Sudah bertiga", conversation.join_partner, call="call-1", taker="rani")
    await room.do(conversation.drop_partner, call="call-1", taker="rani")
    assert (await leg_of(room, leg)).cause == "dropped"
    call = await room.call("call-1")
    assert (call.state, call.taker) == (CallState.TALKING, "rani")
    await room.refuses("pihak ketiga", conversation.drop_partner, call="call-1", taker="rani")


@pytest.mark.parametrize("cause", ["busy", "no_answer", "refused", "hung_up"])
async def test_a_partner_who_cannot_be_had_gives_the_caller_back_by_himself(room: Room, cause: str) -> None:
    leg = await consulting(room, answered=cause == "hung_up")
    for _ in range(2):
        await room.do(legs.leg_ended, leg=leg, cause=cause)
    call = await room.call("call-1")
    assert (call.state, call.taker, call.held_at) == (CallState.TALKING, "rani", None)
    assert (await room.story()).count("call.resumed") == 1


async def test_coming_back_to_the_caller_lets_a_consulted_partner_go(room: Room) -> None:
    leg = await consulting(room)
    await room.do(conversation.resume_call, call="call-1", taker="rani")
    assert (await leg_of(room, leg)).state is LegState.ENDED
    assert (await room.call("call-1")).held_at is None


async def test_one_caller_has_one_partner_at_a_time(room: Room) -> None:
    await consulting(room)
    about = {"call": "call-1", "taker": "rani", "partner": FIRE_BRIGADE, "rules": RULES}
    await room.refuses("sambungan lain", conversation.consult, **about)
    await room.refuses("sambungan lain", conversation.transfer_out, **about)


async def test_a_caller_who_goes_ends_the_partner_s_leg_too(room: Room) -> None:
    leg = await consulting(room)
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.follow()
    assert (await leg_of(room, leg)).cause == "dropped"


async def test_an_example_call_rings_nobody_outside(room: Room) -> None:
    await room.on_duty("rani")
    await room.do(calls.call_arrived, call="call-1", number="0812", display_name=None, node="node-1",
                  channel=Channel.VOICE, demo=True)  # fmt: skip
    await room.do(calls.answer_call, taker="rani", call="call-1")
    about = {"call": "call-1", "taker": "rani", "partner": FIRE_BRIGADE, "rules": RULES}
    await room.refuses("contoh", conversation.consult, **about)
    await room.refuses("contoh", conversation.transfer_out, **about)


# --- transfer ---------------------------------------------------------------------------------------------


async def test_she_introduces_them_and_leaves(room: Room) -> None:
    leg = await consulting(room)
    await room.do(conversation.complete_transfer, call="call-1", taker="rani")
    await room.follow()
    assert (await room.call("call-1")).state is CallState.HANDED
    assert (await leg_of(room, leg)).is_open
    assert (await room.seat("rani")).state is SeatState.WRAPUP
    await room.refuses("panggilan terakhir", calls.go_ready, taker="rani")
    await room.do(calls.dispose_call, call="call-1", kind="outside_area", taker="rani")
    assert (await room.seat("rani")).state is SeatState.READY
    room.later(SETTLE_SECONDS + 60)
    await room.do(legs.leg_ended, leg=leg, cause="hung_up")
    call = await room.call("call-1")
    assert (call.state, call.end_reason) == (CallState.ENDED, EndReason.PARTNER_HUNG_UP)
    assert not call.is_owed


async def test_nobody_is_left_with_a_partner_who_has_not_answered(room: Room) -> None:
    await consulting(room, answered=False)
    await room.refuses("Tunggu", conversation.complete_transfer, call="call-1", taker="rani")
    await room.refuses("Tunggu", conversation.join_partner, call="call-1", taker="rani")


async def test_a_blind_transfer_that_is_answered_frees_her(room: Room) -> None:
    leg = await transferring(room)
    assert (await room.seat("rani")).state is SeatState.WRAPUP
    await room.do(legs.leg_answered, leg=leg)
    await room.follow()
    call = await room.call("call-1")
    assert (call.state, call.taker) == (CallState.HANDED, "rani")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.follow()
    assert (await leg_of(room, leg)).state is LegState.ENDED
    call = await room.call("call-1")
    assert (call.end_reason, call.is_owed) == (EndReason.CALLER_HUNG_UP, True), "nobody has said what it was"


@pytest.mark.parametrize("cause", ["busy", "no_answer", "refused", "network"])
async def test_a_blind_transfer_that_fails_brings_the_caller_to_the_front(room: Room, cause: str) -> None:
    leg = await transferring(room)
    await room.rings("call-2")
    await room.do(legs.leg_ended, leg=leg, cause=cause)
    call = await room.call("call-1")
    assert (call.state, call.urgency, call.taker) == (CallState.WAITING, 1, None)
    await room.on_duty("septi")
    await room.follow()
    assert (await room.call("call-1")).offered_to == "septi"
    await room.do(calls.answer_call, taker="septi", call="call-1")
    await room.do(calls.go_ready, taker="rani")
    assert (await room.seat("rani")).state in (SeatState.READY, SeatState.RINGING), (
        "she owes no word any more"
    )


async def test_a_partner_nobody_hears_of_again_is_given_up_in_time(room: Room) -> None:
    leg = await transferring(room)
    room.later(RULES.ring_seconds)
    await room.do(legs.expire_legs)
    assert (await leg_of(room, leg)).cause == "no_answer"
    assert (await room.call("call-1")).state is CallState.WAITING


async def test_a_partner_who_was_there_for_a_moment_only_has_not_helped(room: Room) -> None:
    leg = await transferring(room)
    await room.do(legs.leg_answered, leg=leg)
    room.later(SETTLE_SECONDS - 1)
    await room.do(legs.leg_ended, leg=leg, cause="hung_up")
    assert (await room.call("call-1")).state is CallState.WAITING


async def test_a_node_that_dies_loses_a_handed_caller_to_the_call_back_list(room: Room) -> None:
    leg = await transferring(room)
    await room.do(calls.node_lost, node="node-1")
    call = await room.call("call-1")
    assert (call.end_reason, call.is_owed) == (EndReason.LOST, True)
    assert (await leg_of(room, leg)).cause == "lost"


async def test_the_first_taker_may_answer_her_own_caller_again(room: Room) -> None:
    leg = await transferring(room)
    await room.do(legs.leg_ended, leg=leg, cause="busy")
    await room.do(calls.answer_call, taker="rani", call="call-1")
    assert (await room.call("call-1")).taker == "rani"


async def test_a_caller_is_passed_to_a_colleague_and_rings_there_at_once(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.refuses("tidak sedang siap", conversation.pass_call, call="call-1", to="septi", by="rani")
    await room.do(calls.go_ready, taker="septi")
    await room.refuses("Headset", conversation.pass_call, call="call-1", to="septi", by="rani")
    await room.on_duty("septi")
    await room.do(conversation.pass_call, call="call-1", to="septi", by="rani")
    call = await room.call("call-1")
    assert (call.state, call.offered_to, call.taker) == (CallState.RINGING, "septi", None)
    assert (await room.seat("rani")).call is None
    await room.do(calls.go_ready, taker="rani")
    await room.do(calls.answer_call, taker="septi")
    assert (await room.call("call-1")).taker == "septi"


async def test_a_passed_caller_nobody_takes_is_first_in_line(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.on_duty("septi")
    await room.do(conversation.pass_call, call="call-1", to="septi", by="rani")
    room.later(16)
    await room.do(calls.expire_offers)
    call = await room.call("call-1")
    assert (call.state, call.urgency) == (CallState.WAITING, 1)


# --- calls we make ----------------------------------------------------------------------------------------


async def test_a_missed_caller_leaves_the_list_when_he_answers(room: Room) -> None:
    await missed(room)
    leg = await room.do(conversation.call_back, call="call-1", taker="rani", rules=RULES)
    about = await leg_of(room, leg)
    assert (about.address, about.caller_id) == ("081200000001", "112")
    assert (await room.seat("rani")).state is SeatState.TALKING
    assert (await room.call("call-1")).is_owed, "ringing is not talking"
    await room.refuses("petugas lain", conversation.call_back, call="call-1", taker="septi", rules=RULES)
    await room.do(legs.leg_answered, leg=leg)
    assert not (await room.call("call-1")).is_owed
    await room.do(conversation.hang_up_leg, leg=leg, taker="rani")
    seat = await room.seat("rani")
    assert (seat.state, seat.call, seat.leg) == (SeatState.WRAPUP, "call-1", None)
    await room.do(calls.go_ready, taker="rani")


@pytest.mark.parametrize("cause", ["busy", "no_answer"])
async def test_a_missed_caller_who_does_not_answer_stays_on_the_list(room: Room, cause: str) -> None:
    await missed(room)
    for attempt in (1, 2):
        leg = await room.do(conversation.call_back, call="call-1", taker="rani", rules=RULES)
        await room.do(legs.leg_ended, leg=leg, cause=cause)
        call = await room.call("call-1")
        assert (call.is_owed, call.attempts, call.last_attempt) == (True, attempt, cause)
        seat = await room.seat("rani")
        assert (seat.state, seat.call) == (SeatState.WRAPUP, None)
    await room.do(incidents.finish_sheet, sheet="call-1", taker="rani")
    assert (await room.seat("rani")).state is SeatState.READY
    assert (await room.call("call-1")).is_owed, "putting the sheet away is no call back"
    await room.do(calls.call_back_done, call="call-1", taker="rani")
    assert not (await room.call("call-1")).is_owed


async def test_who_may_not_ring_now(room: Room) -> None:
    await missed(room)
    await room.talking("rani", "call-2")
    about = {"call": "call-1", "rules": RULES}
    await room.refuses("sedang menangani", conversation.call_back, taker="rani", **about)
    await room.refuses("belum bertugas", conversation.call_back, taker="tini", **about)
    await room.do(calls.seat_lost, taker="septi")
    await room.refuses("headset", conversation.call_back, taker="septi", **about)
    await room.refuses("masih berlangsung", conversation.call_back, taker="septi", call="call-2", rules=RULES)


async def test_the_seat_of_who_rings_somebody_is_busy_until_it_is_over(room: Room) -> None:
    await room.on_duty("rani")
    leg = await room.do(conversation.call_out, taker="rani", partner=FIRE_BRIGADE, rules=RULES)
    await room.rings("call-1")
    await room.follow()
    assert (await room.call("call-1")).state is CallState.WAITING, (
        "she is not offered what she could not hear"
    )
    await room.refuses("panggilan lain", calls.answer_call, taker="rani", call="call-1")
    await room.do(legs.leg_answered, leg=leg)
    await room.do(legs.leg_ended, leg=leg, cause="hung_up")
    assert (await room.seat("rani")).call is None
    await room.do(calls.answer_call, taker="rani", call="call-1")


async def test_a_broken_headset_ends_the_call_she_made(room: Room) -> None:
    await missed(room)
    leg = await room.do(conversation.call_back, call="call-1", taker="rani", rules=RULES)
    await room.do(legs.leg_answered, leg=leg)
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS)
    await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS)
    await room.follow()
    assert (await leg_of(room, leg)).state is LegState.ENDED
    assert (await room.seat("rani")).state is SeatState.AWAY


# --- keys, the microphone, and whom one can call ----------------------------------------------------------


async def test_keys_go_to_whom_she_speaks_with(room: Room) -> None:
    leg = await consulting(room)
    await room.do(conversation.send_digits, taker="rani", digits="12#")
    assert (await leg_of(room, leg)).digits == "12#"
    await room.refuses("angka", conversation.send_digits, taker="rani", digits="12a")
    await room.do(conversation.drop_partner, call="call-1", taker="rani")
    await room.do(conversation.send_digits, taker="rani", digits="5")
    sent = [entry.event for entry in await room.archive.read(0) if entry.event.name == "call.digits_sent.v1"]
    assert [event.line for event in sent] == [leg, "call-1"]


async def test_a_mute_ends_with_the_conversation(room: Room) -> None:
    await room.talking("rani", "call-1")
    for _ in range(2):
        await room.do(conversation.mute_seat, taker="rani", on=True)
    assert (await room.story()).count("seat.muted") == 1
    await room.do(calls.end_call, call="call-1", taker="rani")
    assert not (await room.seat("rani")).muted
    await room.refuses("Tidak ada yang tersambung", conversation.mute_seat, taker="rani", on=True)


def test_the_city_s_table_and_a_typed_number_are_partners() -> None:
    city = sample_city()
    keys = [partner.key for partner in known_partners(city)]
    assert "agency:damkar" in keys
    assert any(key.startswith("interpreter:") for key in keys)
    assert partner_of(city, "agency:damkar").address == "113"
    assert partner_of(city, "number:(0231) 123-456").address == "0231123456"
    for wrong in ("agency:nobody", "number:halo", "number:", "sip:a@b", "number:sip:a b@c"):
        with refused("nomor|Nomor"):
            partner_of(city, wrong)
    assert checked_address("sip:101@10.0.0.5:5062") == "sip:101@10.0.0.5:5062"


async def test_no_partner_rings_longer_than_the_domain_allows(room: Room) -> None:
    await room.talking("rani", "call-1")
    endless = replace(RULES, ring_seconds=10_000, hold_seconds=10_000)
    leg = await room.do(
        conversation.consult, call="call-1", taker="rani", partner=FIRE_BRIGADE, rules=endless
    )
    about = await leg_of(room, leg)
    assert (about.ring_until - about.dialled_at).total_seconds() == RING_SECONDS_MAX
    call: Call = await room.call("call-1")
    assert call.held_until is not None
    assert (call.held_until - room.now).total_seconds() <= 120
