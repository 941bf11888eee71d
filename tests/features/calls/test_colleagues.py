"""Asking a colleague before she takes a caller over: nobody is lost, nobody is rung twice, the sheet goes along."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from siaga.domain.call import OFFER_SECONDS, CallState
from siaga.domain.desk import Sheet
from siaga.domain.leg import Leg, LegState
from siaga.domain.room_rules import ConversationRules
from siaga.domain.shift import AUDIO_GRACE_SECONDS, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import colleagues, legs
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import Room

RULES = ConversationRules()
CITIES = itertools.count()


@pytest.fixture(params=["twin", "postgresql"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "twin":
        yield Room()
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive = await PostgresArchive.open(dsn, f"colleagues-{next(CITIES)}")
    yield Room(archive)
    await archive.close()


async def asking(room: Room, *, answered: bool = True) -> str:
    """Rani talks with a caller and asks Septi; returns the leg."""
    await room.talking("rani", "call-1")
    await room.on_duty("septi")
    leg = await room.do(
        colleagues.consult_colleague,
        call="call-1",
        taker="rani",
        colleague="septi",
        label="Septi",
        rules=RULES,
    )
    if answered:
        assert await room.do(calls.answer_call, taker="septi") == "call-1", "F2 answers the colleague"
    return leg


async def seats(room: Room) -> tuple[SeatState, SeatState]:
    return (await room.seat("rani")).state, (await room.seat("septi")).state


async def test_she_is_asked_while_the_caller_is_held_then_has_him_and_his_sheet(room: Room) -> None:
    leg = await asking(room, answered=False)
    assert (await room.call("call-1")).held_at == room.now
    assert await seats(room) == (SeatState.TALKING, SeatState.RINGING)
    await room.refuses("Tunggu", conversation.complete_transfer, call="call-1", taker="rani")

    await room.do(calls.answer_call, taker="septi")
    await room.do(colleagues.answer_colleague, leg=leg, taker="septi")  # told twice
    assert await seats(room) == (SeatState.TALKING, SeatState.TALKING)
    assert (await room.call("call-1")).taker == "rani"

    await room.do(conversation.complete_transfer, call="call-1", taker="rani")
    call = await room.call("call-1")
    assert (call.state, call.taker, call.held_at) == (CallState.TALKING, "septi", None)
    assert await seats(room) == (SeatState.WRAPUP, SeatState.TALKING)
    assert ((await room.seat("septi")).call, (await room.seat("septi")).leg) == ("call-1", None)
    assert (await room.one(Sheet, "call-1")).taker == "septi"
    await room.do(calls.go_ready, taker="rani")  # she owes no word about him
    assert (await room.story())[-5:] == [
        "call.leg_ended", "call.passed", "call.answered", "seat.changed", "seat.changed"
    ]  # fmt: skip
    await room.follow()
    assert (await room.seat("septi")).state is SeatState.TALKING
    await room.do(calls.end_call, call="call-1", taker="septi")
    assert (await room.seat("septi")).state is SeatState.WRAPUP


async def test_all_three_talk_and_then_she_has_him(room: Room) -> None:
    await asking(room)
    await room.do(conversation.join_partner, call="call-1", taker="rani")
    assert (await room.call("call-1")).held_at is None
    await room.do(conversation.complete_transfer, call="call-1", taker="rani")
    assert (await room.call("call-1")).taker == "septi"


@pytest.mark.parametrize(
    "how", ["back to the caller", "let go", "she hangs up", "rang too long", "headset", "away"]
)
async def test_whatever_ends_the_question_the_caller_is_rani_s_again(room: Room, how: str) -> None:
    leg = await asking(room, answered=how not in ("rang too long", "away"))
    match how:
        case "back to the caller":
            await room.do(conversation.resume_call, call="call-1", taker="rani")
        case "let go":
            await room.do(conversation.drop_partner, call="call-1", taker="rani")
        case "she hangs up":
            await room.do(conversation.hang_up_leg, leg=leg, taker="septi")
        case "rang too long":
            room.later(OFFER_SECONDS)
            assert await room.do(legs.expire_legs) == 1
        case "headset":
            await room.do(calls.seat_lost, taker="septi")
            room.later(AUDIO_GRACE_SECONDS)
            await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS)
            await room.follow()
        case "away":
            await room.do(calls.go_away, taker="septi", reason="makan")
            await room.follow()
    call = await room.call("call-1")
    assert (call.state, call.taker, call.held_at) == (CallState.TALKING, "rani", None)
    assert (await room.one(Leg, leg)).state is LegState.ENDED
    septi = await room.seat("septi")
    gone = how in ("headset", "away")
    assert (septi.state, septi.leg, septi.call) == (SeatState.AWAY if gone else SeatState.READY, None, None)
    await room.do(conversation.hold_call, call="call-1", taker="rani", rules=RULES)  # nothing is left behind


async def test_a_caller_who_hangs_up_meanwhile_frees_the_colleague(room: Room) -> None:
    await asking(room)
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.follow()
    assert await seats(room) == (SeatState.WRAPUP, SeatState.READY)


async def test_her_own_broken_headset_gives_the_caller_to_the_queue_and_frees_the_colleague(
    room: Room,
) -> None:
    await asking(room)
    await room.do(calls.seat_lost, taker="rani")
    room.later(AUDIO_GRACE_SECONDS)
    await room.do(calls.return_dropped, grace_seconds=AUDIO_GRACE_SECONDS)
    await room.follow()
    call = await room.call("call-1")
    assert (call.state, call.offered_to) == (
        CallState.RINGING,
        "septi",
    )  # free again, and first in line for him


async def test_a_dead_node_frees_both(room: Room) -> None:
    await asking(room)
    await room.do(calls.node_lost, node="node-1")
    assert await seats(room) == (SeatState.WRAPUP, SeatState.READY)


async def test_who_cannot_be_asked(room: Room) -> None:
    async def refused(words: str, colleague: str) -> None:
        await room.refuses(
            words, colleagues.consult_colleague, call="call-1", taker="rani", colleague=colleague, label="",
            rules=RULES,
        )  # fmt: skip

    leg = await asking(room)
    await room.on_duty("dewi", headset=False)
    await refused("Sudah ada sambungan lain", "dewi")
    await room.refuses("petugas lain", conversation.hang_up_leg, leg=leg, taker="dewi")
    await room.refuses("petugas lain", colleagues.answer_colleague, leg=leg, taker="dewi")
    await room.do(conversation.drop_partner, call="call-1", taker="rani")
    await room.refuses("sudah tidak menunggu", colleagues.answer_colleague, leg=leg, taker="septi")
    await refused("Headset petugas itu", "dewi")
    await refused("sudah di meja itu", "rani")
    await refused("tidak sedang siap", "nobody")
    assert (await room.call("call-1")).held_at is None, "nobody was held in vain"


async def test_a_colleague_who_is_asked_is_offered_nobody(room: Room) -> None:
    await asking(room)
    await room.rings("call-2")
    await room.follow()
    assert (await room.call("call-2")).state is CallState.WAITING
    await room.do(conversation.drop_partner, call="call-1", taker="rani")
    await room.follow()
    assert (await room.call("call-2")).offered_to == "septi"
