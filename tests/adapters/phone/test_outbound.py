"""Partners, transfers, call-backs and desk telephones between the twin of the telephone and the twin of the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.adapters.phone.twin.engine import SILENCE_HEARD
from siaga.domain.call import CallState
from siaga.domain.leg import Leg, LegState
from siaga.domain.room_rules import ConversationRules
from siaga.domain.shift import Seat
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import legs
from siaga.features.calls.conversation.partners import Partner
from siaga.features.calls.supervisor import actions as supervising
from siaga.records.archive import Transaction
from tests.adapters.phone.test_call_node import NINE, SDP, House

RULES = ConversationRules()
STATION = Partner(key="", address="113", label="Pemadam")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


async def do(house: House, action: Any, **given: Any) -> Any:
    return await house.archive.do(action, now=NINE, **given)


async def row(house: House, entity: Any, id: str) -> Any:
    async def read(tx: Transaction) -> Any:
        return await tx.get(entity, id)

    return await house.archive.look(read)


async def talking(house: House) -> str:
    call = await house.ring()
    await house.talk(call)
    return call


async def consulting(house: House) -> tuple[str, str]:
    call = await talking(house)
    leg = await do(house, conversation.consult, call=call, taker="sari", partner=STATION, rules=RULES)
    await house.until(lambda: leg in house.engine.calls)
    house.engine.callee_rings(leg)
    house.engine.callee_answers(leg)
    await house.quiet()
    assert (await row(house, Leg, leg)).state is LegState.UP
    return call, leg


async def test_a_held_caller_stays_held_when_her_headset_comes_back(house: House) -> None:
    call = await talking(house)
    await do(house, conversation.hold_call, call=call, taker="sari", rules=RULES)
    await house.until(lambda: house.engine.calls[call].hears == ANNOUNCEMENTS["hold"])
    house.engine.lose_seat("sari")
    await house.engine.connect_seat("sari", SDP)
    await house.quiet()
    assert house.engine.calls[call].hears == ANNOUNCEMENTS["hold"], "she has not said that she is back"
    await do(house, conversation.resume_call, call=call, taker="sari")
    await house.until(lambda: house.engine.calls[call].hears == "sari")


async def test_a_partner_is_dialled_with_our_number_and_she_hears_him_ring(house: House) -> None:
    call = await talking(house)
    leg = await do(house, conversation.consult, call=call, taker="sari", partner=STATION, rules=RULES)
    await house.until(lambda: leg in house.engine.calls and house.engine.calls[leg].hears == "sari")
    dialled = house.engine.calls[leg]
    assert (dialled.dialled, dialled.caller_id) == ("113", "112")
    assert house.engine.calls[call].hears == ANNOUNCEMENTS["hold"]


async def test_all_three_hear_each_other_and_go_on_without_her(house: House) -> None:
    call, leg = await consulting(house)
    await do(house, conversation.join_partner, call=call, taker="sari")
    await house.until(lambda: house.engine.calls[call].hears_all == {leg, "sari"})
    assert house.engine.heard_by("sari") == {call, leg}
    await do(house, conversation.complete_transfer, call=call, taker="sari")
    await house.until(lambda: house.engine.calls[call].hears_all == {leg})
    assert house.engine.heard_by("sari") == set()


async def test_a_broken_headset_leaves_caller_and_partner_together_and_brings_her_back_to_both(
    house: House,
) -> None:
    call, leg = await consulting(house)
    await do(house, conversation.join_partner, call=call, taker="sari")
    await house.until(lambda: house.engine.heard_by("sari") == {call, leg})
    house.engine.lose_seat("sari")
    await house.quiet()
    assert house.engine.calls[call].hears_all == {leg}
    await house.engine.connect_seat("sari", SDP)
    await house.until(lambda: house.engine.heard_by("sari") == {call, leg})


async def test_a_blind_transfer_waits_with_words_and_is_connected_when_answered(house: House) -> None:
    call = await talking(house)
    leg = await do(house, conversation.transfer_out, call=call, taker="sari", partner=STATION, rules=RULES)
    await house.until(lambda: leg in house.engine.calls)
    assert house.engine.calls[call].hears == ANNOUNCEMENTS["transfer"]
    house.engine.callee_answers(leg)
    await house.until(lambda: house.engine.calls[call].hears_all == {leg})


async def test_a_busy_partner_brings_the_caller_back_to_the_queue_s_announcement(house: House) -> None:
    call = await talking(house)
    leg = await do(house, conversation.transfer_out, call=call, taker="sari", partner=STATION, rules=RULES)
    await house.until(lambda: leg in house.engine.calls)
    house.engine.caller_leaves(leg, "busy")
    await house.until(lambda: house.engine.calls[call].hears == ANNOUNCEMENTS["waiting"])
    assert (await house.call(call)).state is CallState.WAITING


async def test_a_number_that_cannot_be_dialled_is_said_at_once(house: House) -> None:
    call = await talking(house)
    nonsense = Partner(key="", address="sip:", label="?")
    leg = await do(house, conversation.transfer_out, call=call, taker="sari", partner=nonsense, rules=RULES)
    await house.until(lambda: house.engine.calls[call].hears == ANNOUNCEMENTS["waiting"])
    assert (await row(house, Leg, leg)).cause == "cannot_dial"


async def test_nobody_is_dialled_for_a_leg_that_is_over_already(house: House) -> None:
    call = await talking(house)

    async def at_once(tx: Transaction, *, now: Any) -> str:
        leg = await conversation.transfer_out(
            tx, call=call, taker="sari", partner=STATION, rules=RULES, now=now
        )
        await legs.leg_ended(tx, leg=leg, cause="no_answer", now=now)
        return leg

    leg = await do(house, at_once)
    await house.until(lambda: house.engine.calls[call].hears == ANNOUNCEMENTS["waiting"])
    assert leg not in house.engine.calls


async def test_a_call_back_is_dialled_where_her_headset_is_and_recorded_with_the_call(house: House) -> None:
    call = await house.ring()
    house.engine.caller_leaves(call)
    await house.engine.connect_seat("sari", SDP)
    await house.until_heard("sari")
    await house.quiet()
    await do(house, calls.go_ready, taker="sari")
    leg = await do(house, conversation.call_back, call=call, taker="sari", rules=RULES)
    await house.until(lambda: leg in house.engine.calls)
    house.engine.callee_answers(leg)
    await house.until(lambda: house.engine.calls[leg].recording is not None)
    assert not (await house.call(call)).is_owed
    await do(house, conversation.hang_up_leg, leg=leg, taker="sari")
    await house.until(lambda: leg in house.engine.ended_by_us)
    await house.quiet()
    saved = [event for event in await house.events() if event.name == "call.recording_saved.v1"]
    assert saved[-1].call == call


async def test_keys_a_mute_and_a_listener_reach_the_engine(house: House) -> None:
    call = await talking(house)
    await house.engine.connect_seat("dedi", SDP)
    await house.until_heard("dedi")
    await do(house, conversation.send_digits, taker="sari", digits="42#")
    await house.until(lambda: house.engine.calls[call].digits_sent == "42#")
    await do(house, supervising.monitor_call, call=call, mode="listen", by="dedi")
    await house.until(lambda: house.engine.heard_by("dedi") == {call, "sari"})
    await do(house, conversation.mute_seat, taker="sari", on=True)
    await house.until(lambda: "sari" in house.engine.muted)
    await do(house, supervising.monitor_call, call=call, mode="off", by="dedi")
    await house.until(lambda: house.engine.heard_by("dedi") == set())


async def test_a_desk_telephone_is_rung_when_she_comes_and_put_down_when_she_goes(house: House) -> None:
    await do(house, supervising.choose_phone, taker="tini", by_phone=True, address="sip:101@10.0.0.5")
    assert "tini" not in house.engine.seats
    await do(house, calls.go_ready, taker="tini")
    await house.until_heard("tini")
    await do(house, calls.leave_desk, taker="tini")
    await house.until(lambda: "tini" not in house.engine.seats)
    await house.quiet()
    assert not (await row(house, Seat, "tini")).audio


async def test_a_restarted_node_connects_the_desk_telephones_of_those_on_duty(house: House) -> None:
    await do(house, supervising.choose_phone, taker="tini", by_phone=True, address="sip:101@10.0.0.5")
    await do(house, calls.go_ready, taker="tini")
    await house.until_heard("tini")
    await house.kill()
    again = House(house.folder, archive=house.archive)
    await again.open()
    await again.until(lambda: "tini" in again.engine.seats)
    await again.close()


async def test_hanging_up_at_the_partner_s_end_leaves_caller_and_taker_talking(house: House) -> None:
    call, leg = await consulting(house)
    house.engine.caller_leaves(leg)
    await house.until(lambda: house.engine.calls[call].hears == "sari")
    assert (await house.call(call)).held_at is None
    assert house.engine.calls[call].hears != SILENCE_HEARD
