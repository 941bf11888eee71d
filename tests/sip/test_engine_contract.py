"""One case per promise of `TelephonyEngine`, run against the twin and against the real line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from siaga.adapters.phone.engine import (
    CallerLeft,
    CallerRang,
    CallGone,
    DigitPressed,
    OfferRefused,
    PhoneEvent,
    RecordingFinished,
    SeatConnected,
    SeatGone,
    SeatLost,
    TelephonyEngine,
)
from siaga.adapters.phone.prompts import ANNOUNCEMENTS
from siaga.adapters.phone.twin import TwinEngine
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import open_line

EventT = TypeVar("EventT")
WAITING = ANNOUNCEMENTS["waiting"]


class World(Protocol):
    """The outside of an engine: people who call and takers with headsets."""

    engine: TelephonyEngine

    async def ring(self, number: str) -> None: ...

    async def press(self, number: str, digit: str) -> None: ...

    async def leave(self, number: str) -> None: ...

    async def offer(self) -> str: ...

    async def lose(self, seat: str) -> None: ...

    async def close(self) -> None: ...


class TwinWorld:
    def __init__(self) -> None:
        self._made = 0
        self.engine = TwinEngine(self._id, calls_max=3)
        self._calls: dict[str, str] = {}

    def _id(self) -> str:
        self._made += 1
        return f"call-{self._made}"

    async def ring(self, number: str) -> None:
        call = self.engine.ring(number)
        if call:
            self._calls[number] = call

    async def press(self, number: str, digit: str) -> None:
        self.engine.press(self._calls[number], digit)

    async def leave(self, number: str) -> None:
        self.engine.caller_leaves(self._calls[number])

    async def offer(self) -> str:
        return "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"

    async def accept(self, seat: str, answer: str) -> None: ...

    async def lose(self, seat: str) -> None:
        self.engine.lose_seat(seat)

    async def close(self) -> None:
        await self.engine.stop()


class RealWorld:
    def __init__(self, engine: TelephonyEngine, target: str) -> None:
        self.engine = engine
        self._target = target
        self._callers: dict[str, FakeCaller] = {}
        self._browsers: list[FakeBrowser] = []
        self._dialling: list[asyncio.Task[int]] = []

    async def ring(self, number: str) -> None:
        self._callers[number] = FakeCaller(self._target, number, audio=tones(1300))
        self._dialling.append(asyncio.ensure_future(self._callers[number].start()))

    async def press(self, number: str, digit: str) -> None:
        await self._dialling[-1]
        self._callers[number].press(digit)

    async def leave(self, number: str) -> None:
        caller = self._callers[number]
        await (caller.hang_up() if caller.status == 200 else caller.cancel())

    async def offer(self) -> str:
        self._browsers.append(FakeBrowser(tones(1700)))
        return await self._browsers[-1].offer()

    async def accept(self, seat: str, answer: str) -> None:
        await self._browsers[-1].accept(answer)

    async def lose(self, seat: str) -> None:
        await self._browsers[-1].close()

    async def close(self) -> None:
        await self.engine.stop()
        for caller in self._callers.values():
            await caller.hang_up()
        for browser in self._browsers:
            await browser.close()
        await asyncio.gather(*self._dialling, return_exceptions=True)


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.sip)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TwinWorld | RealWorld]:
    made: TwinWorld | RealWorld
    if request.param == "twin":
        made = TwinWorld()
        await made.engine.start()
    else:
        line = await open_line(tmp_path, calls_max=3)
        line.stop_listening()
        made = RealWorld(line.engine, line.target)
    yield made
    await made.close()


async def heard(world: TwinWorld | RealWorld, kind: type[EventT]) -> EventT:
    """The next event, which must be of this kind."""
    async with asyncio.timeout(8):
        event: PhoneEvent = await world.engine.next_event()
    assert isinstance(event, kind), event
    return event


async def connect(world: TwinWorld | RealWorld, seat: str) -> None:
    answer = await world.engine.connect_seat(seat, await world.offer())
    await world.accept(seat, answer)
    assert await heard(world, SeatConnected) == SeatConnected(seat)


async def test_a_call_rings_is_answered_and_ends(world: TwinWorld | RealWorld) -> None:
    await world.ring("0811")
    rang = await heard(world, CallerRang)
    await world.engine.answer(rang.call)
    await world.engine.play(rang.call, WAITING)
    await world.press("0811", "5")
    assert await heard(world, DigitPressed) == DigitPressed(rang.call, "5")
    await world.leave("0811")

    assert (rang.number, rang.dialled) == ("0811", "112")
    assert await heard(world, CallerLeft) == CallerLeft(rang.call, "hung_up")
    assert world.engine.health().calls == 0


async def test_an_order_twice_is_an_order_once(world: TwinWorld | RealWorld, tmp_path: Path) -> None:
    await connect(world, "sari")
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    path = tmp_path / "recordings" / f"{call}.wav"
    for _ in range(2):
        await world.engine.answer(call)
        await world.engine.start_recording(call, path)
        await world.engine.bridge(call, "sari")
    assert world.engine.health().bridged == 1
    await asyncio.sleep(0.1)
    for _ in range(2):
        await world.engine.hang_up(call)

    assert (await heard(world, RecordingFinished)).path == path
    assert path.is_file()
    for _ in range(2):
        await world.engine.disconnect_seat("sari")
    assert world.engine.health().seats == ()


async def test_orders_about_what_is_gone_are_refused_in_the_same_words(world: TwinWorld | RealWorld) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    with pytest.raises(SeatGone):
        await world.engine.bridge(call, "nobody")
    with pytest.raises(KeyError):
        await world.engine.play(call, type(WAITING)(once=("no such prompt",)))
    await world.engine.hang_up(call)

    for order in (
        world.engine.answer(call),
        world.engine.play(call, WAITING),
        world.engine.park(call, WAITING),
        world.engine.bridge(call, "sari"),
    ):
        with pytest.raises(CallGone):
            await order


async def test_a_lost_headset_is_said_once_and_leaves_the_caller_on_the_line(
    world: TwinWorld | RealWorld,
) -> None:
    await connect(world, "sari")
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    await world.engine.bridge(call, "sari")

    await world.lose("sari")

    assert await heard(world, SeatLost) == SeatLost("sari")
    health = world.engine.health()
    assert (health.calls, health.bridged, health.seats) == (1, 0, ())
    await world.engine.park(call, ANNOUNCEMENTS["hold"])


async def test_a_new_connection_of_a_seat_replaces_the_old_one(world: TwinWorld | RealWorld) -> None:
    await connect(world, "sari")

    answer = await world.engine.connect_seat("sari", await world.offer())
    await world.accept("sari", answer)

    assert await heard(world, SeatLost) == SeatLost("sari")
    assert await heard(world, SeatConnected) == SeatConnected("sari")


async def test_useless_offers_and_addresses_are_refused(world: TwinWorld | RealWorld) -> None:
    for offer in ("", "v=0\r\n", "not SDP at all"):
        with pytest.raises(OfferRefused):
            await world.engine.connect_seat("sari", offer)
    with pytest.raises(OfferRefused):
        await world.engine.dial_seat("sari", "nonsense")
    assert world.engine.health().seats == ()


async def test_beyond_its_limit_the_engine_lets_nobody_in_and_serves_the_others(
    world: TwinWorld | RealWorld,
) -> None:
    for number in ("0801", "0802", "0803"):
        await world.ring(number)
    calls = {(await heard(world, CallerRang)).call for _ in range(3)}

    await world.ring("0804")
    await asyncio.sleep(0.3)

    assert world.engine.health().calls == len(calls) == 3
    for call in calls:
        await world.engine.answer(call)


async def test_a_call_can_be_refused_before_it_is_answered(world: TwinWorld | RealWorld) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call

    await world.engine.refuse(call)
    await world.engine.refuse(call)

    assert world.engine.health().calls == 0
    with pytest.raises(CallGone):
        await world.engine.answer(call)
