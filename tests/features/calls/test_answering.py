"""Callers and takers: who hears whom, who is asked next, and what is owed to whom."""

from __future__ import annotations

import pytest

from siaga.domain.call import NON_CALLS, CallState, Channel, Disposition, EndReason
from siaga.domain.recording import Recording
from siaga.domain.shift import AUDIO_GRACE_SECONDS, PRESS_GRACE_SECONDS, WRAPUP_SECONDS_MAX, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.calls.pranks import actions as pranks
from tests.room import PAK_DEDI, Room


@pytest.fixture
def room() -> Room:
    return Room()


# --- ringing and answering ---------------------------------------------------------------------------------


async def test_a_call_is_written_down_and_offered_to_the_taker_who_has_rested_longest(room: Room) -> None:
    await room.on_duty("rani")
    room.later(60)
    await room.on_duty("septi")
    await room.rings("call-1")
    await room.follow()
    assert (await room.call("call-1")).offered_to == "rani"
    await room.rings("call-2")
    await room.follow()
    assert (await room.call("call-2")).offered_to == "septi"
    assert await room.story(2) == [
        "call.arrived", "call.offered", "seat.changed", "call.arrived", "call.offered", "seat.changed"]  # fmt: skip


async def test_a_line_that_says_the_same_thing_twice_changes_nothing(room: Room) -> None:
    await room.rings("call-1")
    await room.rings("call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    for _ in range(2):
        await room.do(calls.recording_saved, call="call-1", file="a.wav", seconds=3.5, sha256="00")
    assert await room.story() == ["call.arrived", "call.caller_hung_up", "call.recording_saved"]
    assert len(await room.all(Recording)) == 1


async def test_answering_twice_changes_nothing(room: Room) -> None:
    await room.talking("rani", "call-1")
    head = await room.archive.head()
    assert await room.do(calls.answer_call, taker="rani", call="call-1") == "call-1"
    assert await room.archive.head() == head


async def test_only_one_of_two_who_press_f2_gets_the_call(room: Room) -> None:
    await room.on_duty("rani", "septi")
    await room.rings()
    await room.do(calls.answer_call, taker="rani", call="call-1")
    await room.refuses("sudah dijawab", calls.answer_call, taker="septi", call="call-1")
    assert (await room.seat("septi")).state is SeatState.READY


async def test_a_call_that_rings_elsewhere_cannot_be_taken_from_there(room: Room) -> None:
    await room.on_duty("rani", "septi")
    await room.rings()
    await room.follow()
    await room.refuses("berdering di meja lain", calls.answer_call, taker="septi", call="call-1")


async def test_from_the_sixth_second_what_rings_elsewhere_is_anybodys_and_the_seat_it_rang_at_is_free(
    room: Room,
) -> None:
    await room.on_duty("rani", "septi")
    await room.rings()
    await room.follow()
    rung_at = (await room.call("call-1")).offered_to or ""
    other = "septi" if rung_at == "rani" else "rani"
    room.later(5.9)
    await room.refuses("Tidak ada panggilan menunggu", calls.answer_call, taker=other)
    room.later(0.1)
    assert await room.do(calls.answer_call, taker=other) == "call-1"
    assert (await room.call("call-1")).taker == other
    assert (await room.seat(rung_at)).state is SeatState.READY
    await room.refuses("sudah dijawab", calls.answer_call, taker=rung_at, call="call-1")


async def test_who_is_free_helps_whom_nobody_was_asked_for_before_what_rings_at_a_colleagues(
    room: Room,
) -> None:
    await room.on_duty("rani", "septi")
    await room.rings("call-1")
    await room.follow()
    rung_at = (await room.call("call-1")).offered_to or ""
    other = "septi" if rung_at == "rani" else "rani"
    room.later(7)
    await room.rings("call-2")
    assert await room.do(calls.answer_call, taker=other) == "call-2"


async def test_f2_takes_what_rings_here_else_the_most_urgent_that_waits(room: Room) -> None:
    await room.rings("call-1")
    room.later(5)
    press = await room.panic()
    await room.on_duty("rani", "septi")
    await room.follow()
    ringing = {(await room.seat(name)).call for name in ("rani", "septi")}
    assert ringing == {"call-1", press}
    mine = (await room.seat("rani")).call
    assert await room.do(calls.answer_call, taker="rani") == mine


async def test_taking_another_call_while_one_rings_gives_the_ringing_one_back_to_the_queue(
    room: Room,
) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.follow()
    await room.rings("call-2")
    await room.do(calls.answer_call, taker="rani", call="call-2")
    first = await room.call("call-1")
    assert (first.state, first.passed_by) == (CallState.WAITING, ("rani",))
    assert (await room.seat("rani")).call == "call-2"


async def test_a_voice_is_never_given_to_somebody_who_cannot_hear_it(room: Room) -> None:
    await room.on_duty("rani", headset=False)
    await room.rings("call-1")
    await room.follow()
    assert (await room.call("call-1")).state is CallState.WAITING
    await room.refuses("headset", calls.answer_call, taker="rani")
    await room.refuses("headset", calls.answer_call, taker="rani", call="call-1")


async def test_a_headset_that_broke_while_it_rang_must_come_back_before_the_answer(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.follow()
    await room.do(calls.seat_lost, taker="rani")
    await room.refuses("headset", calls.answer_call, taker="rani")
    await room.do(calls.seat_connected, taker="rani")
    assert await room.do(calls.answer_call, taker="rani") == "call-1"


async def test_a_press_needs_no_headset(room: Room) -> None:
    press = await room.panic()
    await room.on_duty("rani", headset=False)
    await room.follow()
    assert await room.do(calls.answer_call, taker="rani") == press


async def test_who_is_away_may_still_take_a_call_herself_but_is_offered_none(room: Room) -> None:
    await room.on_duty("rani")
    await room.do(calls.go_away, taker="rani", reason="salat")
    await room.rings("call-1")
    await room.follow()
    assert (await room.call("call-1")).state is CallState.WAITING
    assert await room.do(calls.answer_call, taker="rani") == "call-1"


async def test_who_is_not_on_duty_is_told_to_sit_down_first(room: Room) -> None:
    await room.rings("call-1")
    await room.refuses("belum bertugas", calls.answer_call, taker="rani", call="call-1")
    await room.on_duty("rani")
    await room.do(calls.leave_desk, taker="rani")
    await room.refuses("belum bertugas", calls.answer_call, taker="rani", call="call-1")
    await room.refuses("belum bertugas", calls.go_away, taker="rani", reason=None)


# --- time ------------------------------------------------------------------------------------------------


async def test_an_offer_nobody_takes_expires_and_the_taker_is_away_until_she_says_so(room: Room) -> None:
    await room.on_duty("rani", "septi")
    await room.rings("call-1")
    await room.follow()
    first = (await room.call("call-1")).offered_to
    room.later(14.9)
    assert await room.do(calls.expire_offers) == 0
    room.later(0.1)
    assert await room.do(calls.expire_offers) == 1
    await room.follow()
    call = await room.call("call-1")
    assert call.offered_to not in (None, first)
    assert call.passed_by == (first,)
    assert (await room.seat(first or "")).reason == "no_answer"


async def test_a_caller_keeps_his_age_through_every_desk_that_let_him_ring(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.follow()
    room.later(20)
    await room.do(calls.expire_offers)
    await room.rings("call-2")
    await room.do(calls.go_ready, taker="rani")
    await room.follow()
    assert (await room.call("call-1")).state is CallState.RINGING
    assert (await room.call("call-2")).state is CallState.WAITING


async def test_a_caller_who_waits_ten_seconds_alarms_the_room_until_somebody_answers(room: Room) -> None:
    await room.rings("call-1")
    room.later(9.9)
    await room.do(offering.watch_queue)
    assert await room.standing() == []
    room.later(0.1)
    await room.do(offering.watch_queue)
    await room.do(offering.watch_queue)
    assert await room.standing() == ["A1"]
    await room.on_duty("rani")
    await room.do(calls.answer_call, taker="rani")
    await room.do(offering.watch_queue)
    assert await room.standing() == []


async def test_an_abandoned_caller_is_owed_a_call_back_and_after_two_minutes_alarms(room: Room) -> None:
    await room.rings("call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    assert (await room.call("call-1")).is_owed
    room.later(119)
    await room.do(offering.watch_queue)
    assert await room.standing() == []
    room.later(1)
    await room.do(offering.watch_queue)
    assert await room.standing() == ["A8"]
    await room.do(calls.call_back_done, call="call-1", taker="rani")
    await room.do(offering.watch_queue)
    assert await room.standing() == []
    assert not (await room.call("call-1")).is_owed


async def test_a_second_call_back_is_told_that_it_was_done(room: Room) -> None:
    await room.rings("call-1")
    await room.refuses("masih berlangsung", calls.call_back_done, call="call-1", taker="rani")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.do(calls.call_back_done, call="call-1", taker="rani")
    await room.refuses("sudah ditindaklanjuti", calls.call_back_done, call="call-1", taker="septi")


# --- the caller goes, in every state -----------------------------------------------------------------------


async def test_a_caller_who_leaves_while_it_rings_frees_the_desk_at_once(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.follow()
    await room.do(calls.caller_hung_up, call="call-1", cause="cancel")
    seat, call = await room.seat("rani"), await room.call("call-1")
    assert (seat.state, seat.call) == (SeatState.READY, None)
    assert (call.end_reason, call.is_owed) == (EndReason.ABANDONED, True)


async def test_a_caller_who_leaves_while_talking_leaves_the_taker_in_wrapup(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    seat = await room.seat("rani")
    assert (seat.state, seat.call) == (SeatState.WRAPUP, "call-1")
    assert (await room.call("call-1")).end_reason is EndReason.CALLER_HUNG_UP


async def test_hanging_up_a_moment_after_the_caller_did_is_no_mistake(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    head = await room.archive.head()
    await room.do(calls.end_call, call="call-1", taker="rani")
    assert await room.archive.head() == head
    await room.refuses("tidak sedang berlangsung", calls.end_call, call="call-1", taker="septi")


async def test_nobody_ends_a_conversation_of_somebody_else(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.on_duty("septi")
    await room.refuses("petugas lain", calls.end_call, call="call-1", taker="septi")
    await room.refuses("petugas lain", calls.dispose_call, call="call-1", taker="septi", kind="prank")


# --- what kind of call it was -------------------------------------------------------------------------------


# A silent call is put away after its check: tests/features/calls/test_silent.py.
@pytest.mark.parametrize("kind", [kind for kind in NON_CALLS if kind is not Disposition.GHOST])
async def test_a_non_call_is_hung_up_said_and_done_in_one_act(room: Room, kind: Disposition) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.dispose_call, call="call-1", kind=kind, taker="rani")
    call, seat = await room.call("call-1"), await room.seat("rani")
    assert (call.disposition, call.state, seat.state) == (kind, CallState.ENDED, SeatState.READY)


async def test_a_real_call_cannot_be_thrown_away(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.refuses("menjadi kejadian", calls.dispose_call, call="call-1", taker="rani", kind="real")


async def test_a_call_nobody_has_answered_cannot_be_called_a_prank(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.refuses("Jawab dulu", calls.dispose_call, call="call-1", taker="rani", kind="prank")


async def test_a_caller_who_waits_again_after_a_broken_line_cannot_be_called_a_prank(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS)
    await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS)
    await room.on_duty("septi")
    await room.refuses("Jawab dulu", calls.dispose_call, call="call-1", taker="septi", kind="prank")


# --- wrap-up ------------------------------------------------------------------------------------------------


async def test_a_call_not_yet_dealt_with_keeps_its_taker_in_wrapup(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.end_call, call="call-1", taker="rani")
    await room.refuses("panggilan terakhir", calls.go_ready, taker="rani")
    await room.rings("call-2")
    await room.refuses("panggilan terakhir", calls.answer_call, taker="rani", call="call-2")
    room.later(WRAPUP_SECONDS_MAX + 1)
    assert await room.do(calls.finish_wrapups) == 0
    await room.do(calls.dispose_call, call="call-1", taker="rani", kind="information")
    assert (await room.seat("rani")).state is SeatState.READY


async def test_who_has_sent_and_forgets_to_say_ready_is_ready_after_a_minute(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.opens("call-1")
    await room.do(calls.end_call, call="call-1", taker="rani")
    room.later(WRAPUP_SECONDS_MAX - 1)
    assert await room.do(calls.finish_wrapups) == 0
    room.later(1)
    assert await room.do(calls.finish_wrapups) == 1
    assert (await room.seat("rani")).state is SeatState.READY


async def test_a_taker_may_leave_in_the_middle_of_wrapup_and_the_call_stays_owed(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.do(calls.go_away, taker="rani", reason="makan")
    assert (await room.call("call-1")).is_owed
    await room.do(calls.go_ready, taker="rani")
    assert (await room.seat("rani")).state is SeatState.READY


async def test_nobody_leaves_in_the_middle_of_a_conversation(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.refuses("Selesaikan dulu", calls.go_away, taker="rani", reason=None)
    await room.refuses("Selesaikan dulu", calls.leave_desk, taker="rani")
    await room.refuses("Selesaikan dulu", calls.go_ready, taker="rani")


async def test_a_pause_while_it_rings_passes_the_call_on_at_once(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.follow()
    await room.do(calls.go_away, taker="rani", reason="makan")
    call, seat = await room.call("call-1"), await room.seat("rani")
    assert (call.state, seat.state, seat.call) == (CallState.WAITING, SeatState.AWAY, None)


async def test_pausing_twice_or_for_another_reason_is_no_mistake(room: Room) -> None:
    await room.on_duty("rani")
    for reason in ("makan", "makan", "salat"):
        await room.do(calls.go_away, taker="rani", reason=reason)
    assert (await room.seat("rani")).reason == "salat"
    assert (await room.story()).count("seat.changed") == 3


async def test_saying_ready_while_it_rings_leaves_it_ringing(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    await room.follow()
    await room.do(calls.go_ready, taker="rani")
    assert (await room.seat("rani")).state is SeatState.RINGING


# --- broken lines ----------------------------------------------------------------------------------------


async def test_a_short_loss_of_the_headset_changes_nothing(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS - 0.1)
    assert await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS) == 0
    await room.do(calls.seat_connected, taker="rani")
    room.later(60)
    assert await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS) == 0


async def test_a_caller_whose_taker_went_silent_goes_before_everybody_and_keeps_his_first_answer(
    room: Room,
) -> None:
    await room.talking("rani", "call-1")
    answered = (await room.call("call-1")).answered_at
    await room.rings("call-2")
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS)
    assert await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS) == 1
    assert (await room.seat("rani")).state is SeatState.AWAY
    await room.on_duty("septi")
    await room.follow()
    assert (await room.call("call-1")).offered_to == "septi"
    await room.do(calls.answer_call, taker="septi")
    call = await room.call("call-1")
    assert (call.taker, call.answered_at) == ("septi", answered)


async def test_a_press_is_not_taken_from_a_taker_whose_headset_broke_but_from_an_empty_desk(
    room: Room,
) -> None:
    press = await room.panic()
    await room.on_duty("rani")
    await room.do(calls.answer_call, taker="rani")
    await room.do(calls.seat_lost, taker="rani")
    room.later(PRESS_GRACE_SECONDS - 1)
    assert await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS) == 0
    room.later(1)
    assert await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS) == 1
    assert (await room.call(press)).state is CallState.WAITING


async def test_a_dead_node_loses_its_callers_in_every_state_and_lists_them(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.on_duty("septi")
    await room.rings("call-2")
    await room.follow()
    await room.rings("call-3")
    await room.rings("call-4", node="node-2")
    press = await room.panic()
    assert sorted(await room.do(calls.node_lost, node="node-1")) == ["call-1", "call-2", "call-3"]
    for name in ("call-1", "call-2", "call-3"):
        call = await room.call(name)
        assert (call.state, call.end_reason, call.is_owed) == (CallState.ENDED, EndReason.LOST, True)
    assert (await room.seat("rani")).state is SeatState.WRAPUP
    assert (await room.seat("septi")).state is SeatState.READY
    assert (await room.call("call-4")).state is CallState.WAITING
    assert (await room.call(press)).channel is Channel.PANIC
    assert await room.do(calls.node_lost, node="node-1") == []


async def test_after_a_node_died_nobody_is_offered_a_voice_before_her_headset_is_back(room: Room) -> None:
    await room.on_duty("rani")
    await room.do(calls.node_lost, node="node-1")
    await room.rings("call-1")
    await room.follow()
    assert (await room.call("call-1")).state is CallState.WAITING
    await room.do(calls.seat_connected, taker="rani")
    assert await room.do(offering.offer_waiting) == 1


async def test_an_incident_sent_before_the_line_broke_is_not_asked_for_again(room: Room) -> None:
    await room.talking("rani", "call-1")
    incident = await room.opens("call-1")
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS)
    await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS)
    await room.on_duty("septi")
    await room.do(calls.answer_call, taker="septi", call="call-1")
    await room.do(calls.end_call, call="call-1", taker="septi")
    await room.do(calls.go_ready, taker="septi")
    assert (await room.call("call-1")).incident == incident


async def test_the_same_press_sent_again_is_the_same_call(room: Room) -> None:
    first = await room.panic("press-1")
    assert await room.panic("press-1") == first
    assert await room.panic("press-2") != first


async def test_telephone_keys_are_kept_up_to_what_a_person_can_press(room: Room) -> None:
    await room.rings("call-1")
    for _ in range(70):
        await room.do(calls.digit_pressed, call="call-1", digit="5")
    await room.do(calls.digit_pressed, call="call-1", digit="Q")
    assert (await room.call("call-1")).digits == "5" * 64
    assert (await room.story()).count("call.digit_pressed") == 64


# --- calling back ------------------------------------------------------------------------------------------


async def test_a_missed_caller_is_taken_up_with_his_sheet_and_owed_until_she_says_what_came_of_it(
    room: Room,
) -> None:
    await room.on_duty("rani", "septi")
    await room.rings("call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    assert (await room.call("call-1")).is_owed
    assert await room.do(calls.take_back, call="call-1", taker="rani") == "call-1"
    assert (await room.call("call-1")).is_owed
    await room.do(calls.dispose_call, call="call-1", kind="information", taker="rani")
    assert not (await room.call("call-1")).is_owed
    await room.refuses("sudah ditindaklanjuti", calls.take_back, call="call-1", taker="septi")
    assert (await room.seat("rani")).state is SeatState.READY


async def test_a_call_another_taker_is_still_wrapping_up_is_not_taken_from_her_desk(room: Room) -> None:
    await room.on_duty("rani", "septi")
    await room.talking("rani", "call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.refuses("meja petugas lain", calls.take_back, call="call-1", taker="septi")
    await room.talking("septi", "call-2")
    await room.rings("call-3")
    await room.do(calls.caller_hung_up, call="call-3", cause="bye")
    await room.refuses("sedang berlangsung", calls.take_back, call="call-3", taker="septi")


async def test_a_prank_that_was_contradicted_and_a_caller_nobody_named_alarm_as_well(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.dispose_call, call="call-1", kind="prank", taker="rani")
    room.later(600)
    await room.do(offering.watch_queue)
    assert await room.standing() == []
    await room.do(pranks.judge_prank, call="call-1", agrees=False, by=PAK_DEDI, reason="terdengar jeritan")
    await room.do(offering.watch_queue)
    assert await room.standing() == [], "whoever contradicts may call back first"
    room.later(120)
    await room.do(offering.watch_queue)
    assert await room.standing() == ["A8"]
    await room.do(calls.call_back_done, call="call-1", taker="rani")

    await room.rings("call-2")
    await room.do(calls.answer_call, taker="rani", call="call-2")
    await room.do(calls.caller_hung_up, call="call-2", cause="bye")
    room.later(600)
    await room.do(offering.watch_queue)
    assert await room.standing() == [], "it is on her desk"
    await room.do(calls.go_away, taker="rani", reason="istirahat")
    await room.do(offering.watch_queue)
    assert await room.standing() == ["A8"]


async def test_a_call_nobody_has_confirmed_is_offered_to_nobody_and_holds_up_no_real_one(room: Room) -> None:
    async def comes(call: str) -> None:
        await room.do(
            calls.call_arrived, call=call, number="0811", display_name=None, node="node-1", channel="voice",
            half_open=True,
        )  # fmt: skip

    for number in range(5):
        await comes(f"fake-{number}")
    room.later(1)
    await comes("real")
    await room.on_duty("rani")
    await room.follow()
    assert (await room.seat("rani")).state is SeatState.READY, "a flood rings at nobody's seat"
    await room.do(calls.caller_confirmed, call="real")
    await room.do(calls.caller_confirmed, call="real")  # told twice
    await room.follow()
    assert (await room.call("real")).offered_to == "rani"
    await room.do(calls.answer_call, taker="rani")
    room.later(60)
    await room.do(offering.watch_queue)
    assert await room.standing() == [], "nobody is known to wait"

    await room.do(calls.caller_hung_up, call="fake-0", cause="network")
    assert (await room.call("fake-0")).is_owed, "nothing is dropped in silence"
    await room.do(calls.caller_confirmed, call="fake-1")
    await room.do(offering.watch_queue)
    assert await room.standing() == ["A1"]
    assert (await room.call("fake-2")).state is CallState.WAITING


async def test_a_taker_can_take_a_half_open_call_herself_when_nobody_else_waits(room: Room) -> None:
    await room.on_duty("rani")
    await room.do(
        calls.call_arrived, call="call-1", number="0811", display_name=None, node="node-1", channel="voice",
        half_open=True,
    )  # fmt: skip
    assert await room.do(calls.answer_call, taker="rani") == "call-1"
