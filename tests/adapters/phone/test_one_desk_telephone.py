"""A desk telephone has one line: of two call nodes one rings it, and the other when the first is gone."""

from __future__ import annotations

import pytest

from siaga.adapters.phone.sip.outbound import Outbound
from siaga.adapters.phone.twin.engine import TwinEngine
from siaga.features.calls import actions as calls
from siaga.features.calls.nodes import actions as node_actions
from siaga.features.calls.supervisor import actions as supervising
from tests.room import Room


class Node:
    """What of a call node rings telephones."""

    def __init__(self, room: Room, name: str) -> None:
        self.name, self._room = name, room
        self.engine = TwinEngine(lambda: "call-1")
        self._outbound = Outbound(self.engine, room.archive, self._report, set(), name)

    async def _report(self, what: str, **given: object) -> None: ...

    async def beats(self) -> None:
        await self._room.do(node_actions.node_beat, node=self.name, life=f"life of {self.name}")

    async def is_told(self) -> bool:
        """The order comes by; whether her telephone is connected here afterwards, and then the record knows."""
        if not self.engine.running:
            await self.engine.start()
        await self._outbound.ring_phone("rani")
        connected = "rani" in self.engine.seats
        if connected:
            await self._room.do(calls.seat_connected, taker="rani", node=self.name)
        return connected


@pytest.fixture
async def room() -> Room:
    made = Room()
    await made.do(supervising.choose_phone, taker="rani", by_phone=True, address="sip:101@10.0.0.5")
    await made.do(calls.go_ready, taker="rani")
    return made


async def test_one_of_two_rings_and_the_other_takes_over(room: Room) -> None:
    first, second = Node(room, "node-a"), Node(room, "node-b")
    await first.beats()
    await second.beats()
    assert [await second.is_told(), await first.is_told(), await second.is_told()] == [False, True, False]

    head = await room.archive.head()
    await room.do(node_actions.node_gone, node="node-a", life="life of node-a", beats=1)
    assert "seat.phone_rung" in await room.story(head)
    assert await second.is_told()

    reborn = Node(room, "node-a")
    await reborn.beats()
    assert not await reborn.is_told(), "it is the first again, and her telephone is connected already"


async def test_a_node_alone_rings_again_after_its_own_death(room: Room) -> None:
    alone = Node(room, "node-a")
    await alone.beats()
    assert await alone.is_told()
    reborn = Node(room, "node-a")
    await reborn.beats()
    await room.do(calls.node_lost, node="node-a")
    assert await reborn.is_told()
