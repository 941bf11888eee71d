"""Two call nodes: a call is given only to who can hear it where it arrived; who cannot is told what to do."""

from __future__ import annotations

from siaga.domain.call import CallState
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from tests.room import Room


async def with_headset_on(room: Room, taker: str, *nodes: str) -> None:
    for node in nodes:
        await room.do(calls.seat_connected, taker=taker, node=node)
    await room.do(calls.go_ready, taker=taker)


async def test_a_call_goes_to_who_hears_its_node_however_long_the_other_has_rested() -> None:
    room = Room()
    await with_headset_on(room, "rani", "node-a")
    room.later(60)
    await with_headset_on(room, "dewi", "node-a", "node-b")
    await room.rings("call-1", node="node-b")
    await room.refuses("Sambungkan headset", calls.answer_call, taker="rani", call="call-1")
    await room.do(offering.offer_waiting)
    assert (await room.call("call-1")).offered_to == "dewi"


async def test_a_headset_on_both_nodes_answers_either() -> None:
    room = Room()
    await with_headset_on(room, "rani", "node-a", "node-b")
    for call, node in (("call-1", "node-a"), ("call-2", "node-b")):
        await room.rings(call, node=node)
        await room.do(calls.answer_call, taker="rani", call=call)
        assert (await room.call(call)).state is CallState.TALKING
        await room.do(calls.dispose_call, call=call, kind="prank", taker="rani")


async def test_nobody_hears_that_node_so_the_room_is_alarmed_and_he_is_the_next_for_who_comes() -> None:
    room = Room()
    await with_headset_on(room, "rani", "node-a")
    await room.rings("call-1", node="node-b")
    room.later(11)
    await room.do(offering.offer_waiting)
    await room.do(offering.watch_queue)
    assert (await room.call("call-1")).state is CallState.WAITING
    assert await room.standing() == ["A1"]
    await room.do(calls.seat_connected, taker="rani", node="node-b")
    await room.do(offering.offer_waiting)
    assert (await room.call("call-1")).offered_to == "rani"
