"""A call node dies, pauses, is cut off, comes back: what is listed, what is lost, and what never is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from siaga.domain.call import Call, CallState, EndReason
from siaga.domain.heartbeat import GONE_SECONDS, PHONE, Heartbeat, Life
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls.nodes import actions as node_actions
from siaga.features.calls.nodes.watch import LOOK_SECONDS, NodeWatch
from siaga.records.archive import Transaction
from siaga.records.memory import MemoryArchive
from tests.room import Room

LISTED_SECONDS_MAX = 5.0


@dataclass
class World:
    """A room, two nodes, and the watcher's clock."""

    room: Room = field(default_factory=Room)
    seconds: float = 0.0
    dead: set[str] = field(default_factory=set)
    beating: dict[str, str] = field(default_factory=lambda: {"node-1": "a-life", "node-2": "b-life"})
    watch: NodeWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = NodeWatch(self.dead.__contains__, lambda: self.seconds)

    async def beat(self, node: str, **more: Any) -> Any:
        return await self.room.do(node_actions.node_beat, node=node, life=self.beating[node], **more)

    async def pass_time(self, seconds: float, until: Callable[[], Awaitable[bool]] | None = None) -> float:
        """Nodes beat and the watcher looks; returns how long it took until ``until``."""
        began = self.seconds
        while self.seconds - began < seconds:
            if self.seconds % 1.0 == 0.0:
                for node in self.beating:
                    await self.beat(node)
            await self.watch(self.room.archive, self.room.now)
            if until is not None and await until():
                break
            self.seconds += LOOK_SECONDS
            self.room.later(LOOK_SECONDS)
        return self.seconds - began

    async def call(self, id: str) -> Call:
        return await self._one(Call, id)

    async def seat(self, taker: str) -> Seat:
        return await self._one(Seat, taker)

    async def heart(self, node: str) -> Heartbeat:
        return await self._one(Heartbeat, PHONE, node)

    async def _one(self, kind: type, *key: str) -> Any:
        async def read(tx: Transaction) -> object:
            return await tx.get(kind, *key)

        return await self.room.archive.look(read)

    async def talks(self, taker: str, call: str, node: str) -> None:
        """She has a headset on every node and talks on this one."""
        for name in self.beating:
            await self.room.do(calls.seat_connected, taker=taker, node=name)
        await self.room.do(calls.go_ready, taker=taker)
        await self.room.do(
            calls.call_arrived, call=call, number="0812", display_name=None, node=node, channel="voice"
        )
        await self.room.do(calls.answer_call, taker=taker, call=call)


@pytest.fixture
async def world() -> World:
    made = World()
    await made.pass_time(1.0)
    await made.talks("rani", "call-1", "node-1")
    await made.talks("dewi", "call-2", "node-2")
    return made


async def test_a_dead_nodes_calls_are_lost_within_five_seconds_and_only_its(world: World) -> None:
    await world.pass_time(2.0)
    del world.beating["node-1"]
    world.dead.add("node-1")

    async def is_lost() -> bool:
        return (await world.call("call-1")).end_reason is EndReason.LOST

    assert await world.pass_time(10, is_lost) < LISTED_SECONDS_MAX - LOOK_SECONDS
    assert (await world.call("call-2")).state is CallState.TALKING
    rani, dewi = await world.seat("rani"), await world.seat("dewi")
    assert (rani.state, rani.heard_on, rani.audio) == (SeatState.WRAPUP, ("node-2",), True)
    assert (dewi.state, dewi.heard_on, dewi.audio) == (SeatState.TALKING, ("node-2",), True)
    assert rani.hears("node-2")
    assert not rani.hears("node-1")


async def test_a_silent_node_is_listed_within_five_seconds_and_nothing_is_ended(world: World) -> None:
    del world.beating["node-1"]

    async def is_listed() -> bool:
        return (await world.heart("node-1")).state is Life.SILENT

    assert await world.pass_time(10, is_listed) < LISTED_SECONDS_MAX - LOOK_SECONDS
    await world.pass_time(20)
    assert (await world.call("call-1")).state is CallState.TALKING
    assert (await world.heart("node-2")).state is Life.UP


async def test_a_paused_node_that_goes_on_has_lost_nothing(world: World) -> None:
    life = world.beating.pop("node-1")
    await world.pass_time(12)
    assert (await world.heart("node-1")).state is Life.SILENT

    world.beating["node-1"] = life
    await world.pass_time(2)

    assert (await world.heart("node-1")).state is Life.UP
    assert (await world.call("call-1")).state is CallState.TALKING
    assert (await world.seat("rani")).state is SeatState.TALKING


async def test_a_node_silent_for_too_long_is_given_up_and_found_again_with_its_taker(world: World) -> None:
    del world.beating["node-1"]
    await world.pass_time(GONE_SECONDS + 3)
    assert (await world.call("call-1")).end_reason is EndReason.LOST
    assert (await world.seat("rani")).heard_on == ("node-2",)

    world.beating["node-1"] = "a-life"
    assert await world.beat("node-1", live=["call-1"], seats=["rani"]) == ["call-1"]

    again = await world.call("call-1")
    assert (again.state, again.taker, again.end_reason) == (CallState.TALKING, "rani", None)
    assert again.answered_at is not None
    assert (await world.seat("rani")).state is SeatState.TALKING


async def test_found_again_while_its_taker_has_gone_on_it_waits_first_in_line(world: World) -> None:
    del world.beating["node-1"]
    await world.pass_time(GONE_SECONDS + 3)
    await world.room.do(calls.call_back_done, call="call-1", taker="rani")
    await world.room.do(calls.go_ready, taker="rani")

    world.beating["node-1"] = "a-life"
    await world.beat("node-1", live=["call-1"], seats=[])

    again = await world.call("call-1")
    assert (again.state, again.urgency, again.taker) == (CallState.WAITING, 1, None)
    assert (await world.seat("rani")).state is SeatState.READY


async def test_what_ended_while_it_was_cut_off_is_not_found(world: World) -> None:
    del world.beating["node-1"]
    await world.pass_time(GONE_SECONDS + 3)
    world.beating["node-1"] = "a-life"
    assert await world.beat("node-1", live=[], seats=["rani"]) == []
    assert (await world.call("call-1")).end_reason is EndReason.LOST


async def test_the_next_lifes_calls_are_not_lost_with_the_last(world: World) -> None:
    world.beating["node-1"] = "next-life"
    stale = await world.heart("node-1")
    await world.beat("node-1")
    await world.room.do(
        calls.call_arrived, call="call-3", number="0813", display_name=None, node="node-1", channel="voice"
    )

    await world.room.do(node_actions.node_gone, node="node-1", life=stale.life, beats=stale.beats)

    assert (await world.call("call-3")).state is CallState.WAITING


async def test_a_slow_record_is_nobodys_death(world: World) -> None:
    class Slow(MemoryArchive):
        """Every write takes a second and a half."""

        async def do(self, *given: Any, **more: Any) -> Any:
            world.seconds += 1.5
            return await world.room.archive.do(*given, **more)

        async def look(self, *given: Any, **more: Any) -> Any:
            return await world.room.archive.look(*given, **more)

    slow = Slow("kota-contoh")
    for _ in range(30):
        await world.watch(slow, world.room.now)
        world.seconds += LOOK_SECONDS

    assert (await world.heart("node-1")).state is Life.UP
    assert (await world.call("call-1")).state is CallState.TALKING


async def test_a_watcher_that_slept_gives_everybody_the_whole_time_again(world: World) -> None:
    life = world.beating.pop("node-1")
    await world.pass_time(2.0)
    world.seconds += 120.0
    await world.watch(world.room.archive, world.room.now)
    assert (await world.heart("node-1")).state is Life.UP
    world.beating["node-1"] = life
    await world.pass_time(3.0)
    assert (await world.heart("node-1")).state is Life.UP


async def test_a_starved_machine_makes_nobody_silent_and_a_dead_node_is_lost_all_the_same(
    world: World,
) -> None:
    async def look_late() -> None:
        world.seconds += 1.3
        world.room.later(1.3)
        await world.watch(world.room.archive, world.room.now)

    for second in range(40):
        if second % 4 == 0:  # the nodes' loops come late as well: more than five seconds between two beats
            await world.beat("node-1")
            await world.beat("node-2")
        await look_late()
        assert (await world.heart("node-1")).state is Life.UP

    del world.beating["node-1"]
    world.dead.add("node-1")
    for _ in range(3):
        await look_late()
    assert (await world.call("call-1")).end_reason is EndReason.LOST
    assert (await world.call("call-2")).state is CallState.TALKING


async def test_a_broken_door_alone_is_no_death(world: World) -> None:
    world.dead.add("node-1")
    await world.pass_time(10)
    assert (await world.call("call-1")).state is CallState.TALKING


async def test_a_headset_that_leaves_the_node_she_talks_on_is_missed_although_another_is_there(
    world: World,
) -> None:
    await world.room.do(calls.seat_lost, taker="rani", node="node-2")
    assert (await world.seat("rani")).audio
    await world.room.do(calls.seat_connected, taker="rani", node="node-2")
    await world.room.do(calls.seat_lost, taker="rani", node="node-1")
    assert not (await world.seat("rani")).audio
    await world.room.do(calls.seat_connected, taker="rani", node="node-2")
    assert not (await world.seat("rani")).audio
    await world.room.do(calls.seat_connected, taker="rani", node="node-1")
    assert (await world.seat("rani")).audio
