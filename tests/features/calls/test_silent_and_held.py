"""No silent check while a caller hears an announcement, or listens to two others: his silence means nothing then."""

from __future__ import annotations

import pytest

from siaga.domain.leg import LegPurpose
from siaga.domain.room_rules import ConversationRules
from siaga.domain.silent_check import CheckResult, is_running
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import legs
from siaga.features.calls.conversation.partners import Partner
from siaga.features.calls.silence import actions as silent
from tests.room import Room

RULES = ConversationRules()
FIRE_BRIGADE = Partner(key="agency:api", address="113", label="Pemadam", agency="api")
HERS = {"call": "call-1", "taker": "rani"}


@pytest.fixture
async def room() -> Room:
    """Rani talks with a caller who says nothing; the detector listens."""
    made = Room()
    await made.talking()
    await made.do(silent.voice_watch_changed, call="call-1", on=True)
    return made


async def tick(room: Room, seconds: float) -> bool:
    """Time passes, the worker looks; whether a check runs now."""
    room.later(seconds)
    await room.do(silent.run_checks, rules=room.city.room.silent)
    return is_running(await room.call("call-1"))


async def test_who_is_held_is_not_asked_and_the_count_begins_anew(room: Room) -> None:
    await room.do(conversation.hold_call, **HERS, rules=RULES)
    assert not await tick(room, 60)
    await room.refuses("sedang ditahan", silent.begin_check, **HERS)
    await room.do(conversation.resume_call, **HERS)
    assert not await tick(room, 1)
    assert await tick(room, 5)


async def test_holding_cuts_a_check_off_and_it_begins_again_afterwards(room: Room) -> None:
    assert await tick(room, 6)
    await room.do(conversation.hold_call, **HERS, rules=RULES)
    call = await room.call("call-1")
    assert (call.check_result, is_running(call)) == (CheckResult.CUT, False)
    assert not await tick(room, 90)
    await room.do(conversation.resume_call, **HERS)
    await room.refuses("Belum boleh Senyap", calls.dispose_call, **HERS, kind="ghost")
    assert await tick(room, 6)


async def test_nobody_is_asked_in_a_conference_of_three(room: Room) -> None:
    leg = await room.do(conversation.consult, **HERS, partner=FIRE_BRIGADE, rules=RULES)
    await room.do(legs.leg_answered, leg=leg)
    await room.do(conversation.join_partner, **HERS)
    assert not await tick(room, 60)
    await room.refuses("pihak ketiga", silent.begin_check, **HERS)
    await room.do(legs.leg_ended, leg=leg, cause="hung_up")
    assert not await tick(room, 1)
    assert await tick(room, 5)


async def test_a_call_given_to_another_taker_is_listened_to_anew(room: Room) -> None:
    assert await tick(room, 6)
    await room.on_duty("dewi")
    await room.do(conversation.pass_call, call="call-1", to="dewi", by="rani")
    call = await room.call("call-1")
    assert (call.check_result, call.watched_at) == (CheckResult.CUT, None)
    await room.do(calls.answer_call, taker="dewi", call="call-1")
    assert not await tick(room, 60)  # the detector has not said that it listens to this conversation
    await room.do(silent.voice_watch_changed, call="call-1", on=True)
    assert await tick(room, 6)


async def test_a_call_back_is_not_checked_by_itself(room: Room) -> None:
    """She rang him, she hears him: see docs/decisions/0010."""
    await room.do(calls.caller_hung_up, call="call-1", cause="hung_up")
    leg = await room.do(conversation.call_back, call="call-1", taker="rani", rules=RULES)
    await room.do(legs.leg_answered, leg=leg)
    assert not await tick(room, 60)
    assert (await room.all(legs.Leg, id=leg))[0].purpose is LegPurpose.CALL_BACK
