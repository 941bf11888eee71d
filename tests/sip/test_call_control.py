"""Call control over a real node, a real database and real sound: what is recorded here is heard there."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from siaga import clock
from siaga.adapters.phone.client import PhoneClient
from siaga.adapters.phone.control import control_socket
from siaga.adapters.phone.engine import OfferRefused
from siaga.domain.call import Call, CallState
from siaga.domain.leg import Leg, LegState
from siaga.domain.room_rules import ConversationRules
from siaga.domain.shift import Seat
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import legs
from siaga.features.calls.conversation.partners import Partner
from siaga.features.calls.supervisor import actions as supervising
from siaga.records.archive import Transaction
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, share_with_tone, tones
from tests.sip.desk_phone import FakeDeskPhone
from tests.sip.test_node_process import Node, node, until

__all__ = ["node"]  # a fixture

pytestmark = pytest.mark.sip

CALLER_HZ, TAKER_HZ, STATION_HZ, WATCHER_HZ = 1300.0, 1700.0, 2100.0, 2500.0
RULES = ConversationRules()
TAKERS = itertools.count()
HEADSET_SECONDS_MAX = 30.0
QUIET_SECONDS = 0.7  # what was said before a change has left every cushion by then


@dataclass
class House:
    """A taker with a headset, her caller on the line, and a telephone at the fire station."""

    node: Node
    phone: PhoneClient
    her: str = field(default_factory=lambda: f"sari-{next(TAKERS)}")  # one database serves all these tests
    browsers: dict[str, FakeBrowser] = field(default_factory=dict)
    station: FakeDeskPhone = field(default_factory=lambda: FakeDeskPhone(tones(STATION_HZ)))

    async def do(self, action: Any, **given: Any) -> Any:
        return await self.node.archive.do(action, now=clock.now(), **given)

    async def sits_down(self, taker: str, hz: float) -> FakeBrowser:
        self.browsers[taker] = browser = FakeBrowser(tones(hz))
        await browser.accept(await self._admitted(taker, await browser.offer()))

        async def is_heard() -> bool:
            seat = await self.look(Seat, taker)
            return seat is not None and seat.audio

        await until(is_heard)
        return browser

    async def _admitted(self, taker: str, offer: str) -> str:
        """Asked again while the media process is still starting, as the desk does."""
        async with asyncio.timeout(HEADSET_SECONDS_MAX):
            while True:
                with contextlib.suppress(OfferRefused):
                    return await self.phone.connect(taker, offer)
                await asyncio.sleep(0.2)

    async def look(self, entity: Any, id: str) -> Any:
        async def read(tx: Transaction) -> Any:
            return await tx.seek(entity, id)

        return await self.node.archive.look(read)

    async def call_from(self, number: str) -> tuple[FakeCaller, Call]:
        caller = FakeCaller(self.node.target, number, audio=tones(CALLER_HZ))
        assert await caller.start() == 200
        return caller, await self.node.the_call(number)

    async def talking(self, number: str) -> tuple[FakeCaller, Call]:
        await self.do(calls.go_ready, taker=self.her)
        caller, call = await self.call_from(number)
        await self.do(calls.answer_call, taker=self.her, call=call.id)
        assert await caller.hears(TAKER_HZ)
        return caller, call

    def partner(self) -> Partner:
        return Partner(key="", address=self.station.uri, label="Pemadam")

    async def answered(self, leg: str) -> None:
        async def is_up() -> bool:
            return bool((await self.look(Leg, leg)).state is LegState.UP)

        await until(is_up)

    async def is_(self, call: str, state: CallState) -> None:
        async def has_come() -> bool:
            return bool((await self.look(Call, call)).state is state)

        await until(has_come)


async def hears_not(listener: Any, hz: float) -> bool:
    """Whether what this person has heard just now holds none of it."""
    await asyncio.sleep(QUIET_SECONDS)
    since = clock.monotonic()
    await asyncio.sleep(0.6)
    return share_with_tone(listener.heard(since), hz) < 0.05


@pytest.fixture
async def house(node: Node) -> AsyncIterator[House]:
    made = House(node, PhoneClient(control_socket(node.home)))
    await made.station.open()
    try:
        await made.sits_down(made.her, TAKER_HZ)
        yield made
    finally:
        made.station.close()
        for browser in made.browsers.values():
            await browser.close()
        await made.phone.close()


async def test_hold_three_and_a_transfer_she_introduces(house: House) -> None:
    caller, call = await house.talking("0841")
    await house.do(conversation.hold_call, call=call.id, taker=house.her, rules=RULES)
    assert await hears_not(caller, TAKER_HZ)
    await house.do(conversation.resume_call, call=call.id, taker=house.her)
    assert await caller.hears(TAKER_HZ)

    leg = await house.do(
        conversation.consult, call=call.id, taker=house.her, partner=house.partner(), rules=RULES
    )
    await house.answered(leg)
    assert await house.station.hears(TAKER_HZ)
    assert await hears_not(caller, STATION_HZ), "the caller waits; they speak about him"
    assert house.station.requests[0].header("from").find("112") >= 0
    await house.do(conversation.join_partner, call=call.id, taker=house.her)
    assert await caller.hears(STATION_HZ)
    assert await caller.hears(TAKER_HZ)
    assert await house.station.hears(CALLER_HZ)
    assert await house.browsers[house.her].hears(STATION_HZ)
    await house.do(conversation.send_digits, taker=house.her, digits="12")
    await until(_keys(house.station, "12"))

    await house.do(conversation.complete_transfer, call=call.id, taker=house.her)
    assert await hears_not(caller, TAKER_HZ)
    assert await caller.hears(STATION_HZ)
    house.station.hang_up()  # within the first seconds: that was no help
    await house.is_(call.id, CallState.WAITING)
    await caller.hang_up()
    await house.is_(call.id, CallState.ENDED)


def _keys(station: FakeDeskPhone, wanted: str) -> Any:
    async def have_come() -> bool:
        return "".join(station.voice.keys.values()) == wanted

    return have_come


async def test_a_blind_transfer_connects_and_the_caller_ends_it(house: House) -> None:
    caller, call = await house.talking("0842")
    leg = await house.do(
        conversation.transfer_out, call=call.id, taker=house.her, partner=house.partner(), rules=RULES
    )
    await house.answered(leg)
    assert await caller.hears(STATION_HZ)
    assert await house.station.hears(CALLER_HZ)
    assert await hears_not(house.browsers[house.her], CALLER_HZ)
    await caller.hang_up()
    await house.is_(call.id, CallState.ENDED)
    await house.do(legs.tidy)  # the worker's, in a house

    async def both_are_down() -> bool:
        return all(dialog.ended for dialog in house.station.dialogs.values())

    await until(both_are_down)


@pytest.mark.parametrize("manner", ["busy", "declines"])
async def test_a_transfer_to_somebody_who_says_no_brings_the_caller_back(house: House, manner: str) -> None:
    house.station.manner = manner
    caller, call = await house.talking({"busy": "0843", "declines": "0846"}[manner])
    await house.do(
        conversation.transfer_out, call=call.id, taker=house.her, partner=house.partner(), rules=RULES
    )
    await house.is_(call.id, CallState.WAITING)
    await house.do(calls.answer_call, taker=house.her, call=call.id)
    assert await caller.hears(TAKER_HZ)
    await caller.hang_up()


async def test_a_call_she_makes_is_heard_ringing_answered_and_recorded(house: House) -> None:
    await house.do(calls.go_ready, taker=house.her)
    leg = await house.do(conversation.call_out, taker=house.her, partner=house.partner(), rules=RULES)
    await house.answered(leg)
    assert await house.station.hears(TAKER_HZ)
    assert await house.browsers[house.her].hears(STATION_HZ)
    await asyncio.sleep(1.0)
    await house.do(conversation.hang_up_leg, leg=leg, taker=house.her)

    async def is_kept() -> bool:
        return any(one.call == leg for one in await house.node.recordings())

    await until(is_kept)


async def test_a_supervisor_listens_whispers_and_takes_part(house: House) -> None:
    watcher = await house.sits_down("dedi", WATCHER_HZ)
    caller, call = await house.talking("0844")
    await house.do(supervising.monitor_call, call=call.id, mode="listen", by="dedi")
    assert await watcher.hears(CALLER_HZ)
    assert await watcher.hears(TAKER_HZ)
    assert await hears_not(caller, WATCHER_HZ)
    await house.do(supervising.monitor_call, call=call.id, mode="whisper", by="dedi")
    assert await house.browsers[house.her].hears(WATCHER_HZ)
    assert await hears_not(caller, WATCHER_HZ)
    await house.do(supervising.monitor_call, call=call.id, mode="barge", by="dedi")
    assert await caller.hears(WATCHER_HZ)
    await house.do(supervising.monitor_call, call=call.id, mode="off", by="dedi")
    assert await hears_not(caller, WATCHER_HZ)
    await caller.hang_up()


async def test_a_taker_with_a_desk_telephone_is_rung_when_she_goes_ready(house: House) -> None:
    await house.do(supervising.choose_phone, taker="tini", by_phone=True, address=house.station.uri)
    await house.do(calls.go_ready, taker="tini")

    async def can_hear() -> bool:
        return bool((await house.look(Seat, "tini")).audio)

    await until(can_hear)
    caller, call = await house.call_from("0845")
    await house.do(calls.answer_call, taker="tini", call=call.id)
    assert await caller.hears(STATION_HZ)
    assert await house.station.hears(CALLER_HZ)
    await house.do(conversation.mute_seat, taker="tini", on=True)
    assert await hears_not(caller, STATION_HZ)
    await caller.hang_up()
    await house.is_(call.id, CallState.ENDED)
    await house.do(calls.dispose_call, call=call.id, kind="information", taker="tini")
    await house.do(calls.leave_desk, taker="tini")

    async def is_put_down() -> bool:
        return all(dialog.ended for dialog in house.station.dialogs.values())

    await until(is_put_down)
