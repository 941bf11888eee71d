"""kill -9 of the call node in the middle of a flood, an overflow, a silent check or a call back: nobody is forgotten.

Each test leaves a real node with real calls in that state, kills it, starts it again and looks who is owed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import pytest

from siaga import clock
from siaga.adapters.phone.client import PhoneClient
from siaga.adapters.phone.control import control_socket
from siaga.domain import overflow
from siaga.domain.call import Call, CallState, Disposition, EndReason
from siaga.domain.errors import RuleBroken
from siaga.domain.leg import Leg, LegState
from siaga.domain.room import ROOM, Room
from siaga.domain.room_rules import ConversationRules, OverflowKind, OverflowStep
from siaga.domain.shift import Seat, SeatState
from siaga.domain.silent_check import CheckResult
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.room import actions as room_actions
from siaga.features.calls.silence import actions as silent
from siaga.records.archive import Action, Transaction
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, tones
from tests.sip.desk_phone import FakeDeskPhone
from tests.sip.test_node_process import Node, has_seat, node, until

__all__ = ["node"]  # fixture

pytestmark = pytest.mark.sip

E = TypeVar("E")


class Scene:
    """A node, its callers, one taker with a headset, and a telephone outside that is also the operator."""

    def __init__(self, node: Node, outside: FakeDeskPhone, taker: str) -> None:
        self.node, self.outside, self.taker = node, outside, taker
        self.prefix = taker.removeprefix("taker-")
        self.callers: list[FakeCaller] = []
        self._browser: FakeBrowser | None = None
        self._phone = PhoneClient(control_socket(node.home))

    async def do(self, action: Action[Any], **given: Any) -> None:
        await self.node.archive.do(action, now=clock.now(), **given)

    async def row(self, entity: type[E], **criteria: Any) -> list[E]:
        async def read(tx: Transaction) -> list[E]:
            return await tx.find(entity, **criteria)

        return await self.node.archive.look(read)

    async def rings(self, number: int = 1) -> Call:
        caller = FakeCaller(self.node.target, f"{self.prefix}{number}", audio=tones(1300))
        self.callers.append(caller)
        assert await caller.start() == 200
        return await self.node.the_call(caller.number)

    async def on_duty(self) -> None:
        self._browser = FakeBrowser(tones(1700))
        await self._browser.accept(await self._phone.connect(self.taker, await self._browser.offer()))
        await until(lambda: has_seat(self._phone, self.taker))
        await self.do(calls.go_ready, taker=self.taker)

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        await self._phone.close()
        for caller in self.callers:
            caller.vanish()


@pytest.fixture
async def outside(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDeskPhone]:
    phone = FakeDeskPhone(tones(2500))
    await phone.open()
    monkeypatch.setenv("SIAGA_TRUNK", f"{phone.host}:{phone.port}")
    yield phone
    phone.close()


async def a_flood(scene: Scene) -> list[str]:
    """Three wait, and the supervisor has seen it."""
    waiting = [await scene.rings(number) for number in range(3)]
    await scene.do(room_actions.switch_flood, on=True, by="dedi")
    return [call.id for call in waiting]


async def an_overflow(scene: Scene) -> list[str]:
    """Somebody outside the room has picked up for him."""
    call = await scene.rings()
    step = OverflowStep(
        code="tetangga", name="Tetangga", kind=OverflowKind.PHONE, target=scene.outside.uri, after_seconds=0
    )

    async def ring(tx: Transaction, *, now: object) -> None:
        waiting = await tx.get(Call, call.id)
        waiting = tx.keep(overflow.overflowed(waiting, step, at=clock.now()))
        tx.keep(
            overflow.rung(waiting, step, id=tx.new_id(), caller_id="112", ring_seconds=40, at=clock.now())
        )

    await scene.do(ring)

    async def is_outside() -> bool:
        return [one.state for one in await scene.row(Call, id=call.id)] == [CallState.HANDED]

    await until(is_outside)
    return [call.id]


async def a_silent_check(scene: Scene) -> list[str]:
    """The question is being played to him."""
    await scene.on_duty()
    call = await scene.rings()
    await scene.do(calls.answer_call, taker=scene.taker, call=call.id)
    await scene.do(silent.begin_check, call=call.id, taker=scene.taker)
    return [call.id]


async def a_call_back(scene: Scene) -> list[str]:
    """He had hung up before anybody answered; now his telephone rings."""
    scene.outside.manner = "rings"
    return await _called_back(scene, LegState.DIALLING)


async def an_answered_call_back(scene: Scene) -> list[str]:
    """He has picked up and is talking."""
    return await _called_back(scene, LegState.UP)


async def _called_back(scene: Scene, state: LegState) -> list[str]:
    await scene.on_duty()
    call = await scene.rings()
    await scene.callers[0].hang_up()

    async def is_owed() -> bool:
        return all(one.is_owed for one in await scene.row(Call, id=call.id))

    await until(is_owed)
    await scene.do(conversation.call_back, call=call.id, taker=scene.taker, rules=ConversationRules())

    async def has_come_so_far() -> bool:
        [leg] = await scene.row(Leg, call=call.id)
        return leg.state is state and (state is LegState.UP or leg.rang_at is not None)

    await until(has_come_so_far)
    return [call.id]


STATES = {
    "08511": a_flood, "08522": an_overflow, "08533": a_silent_check, "08544": a_call_back,
    "08555": an_answered_call_back,
}  # fmt: skip


@pytest.mark.parametrize("prefix", STATES, ids=lambda prefix: STATES[prefix].__name__)
async def test_nothing_is_lost_when_the_node_is_killed(
    outside: FakeDeskPhone, node: Node, prefix: str
) -> None:
    scene = Scene(node, outside, f"taker-{prefix}")
    owed = await STATES[prefix](scene)

    await node.kill()
    await node.start()

    async def are_owed() -> bool:
        found = [one for call in owed for one in await scene.row(Call, id=call)]
        return all(one.is_owed for one in found)

    await until(are_owed)
    for call in owed:
        [after] = await scene.row(Call, id=call)
        assert after.end_reason in (EndReason.LOST, EndReason.ABANDONED)
        assert [leg.state for leg in await scene.row(Leg, call=call) if leg.is_open] == []
    for seat in await scene.row(Seat, taker=scene.taker):
        assert seat.state is not SeatState.TALKING
    if STATES[prefix] is a_flood:
        [room] = await scene.row(Room, id=ROOM)
        assert room.flood_since is not None
        await scene.do(room_actions.switch_flood, on=False, by="dedi")
    if STATES[prefix] is a_silent_check:
        assert after.check_result is CheckResult.CUT
        with pytest.raises(RuleBroken, match="terputus sebelum cek"):
            await scene.do(calls.dispose_call, call=call, kind=Disposition.GHOST, taker=scene.taker)
    again = FakeCaller(node.target, f"{prefix}9")
    assert await again.start() == 200
    await again.hang_up()
    await scene.close()
