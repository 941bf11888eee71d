"""One case per promise of `TelephonyEngine`, run against the twin and against the real line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import (
    CallerConfirmed,
    CallerLeft,
    CallerRang,
    CallGone,
    DigitPressed,
    OfferRefused,
    RecordingFinished,
    SeatConnected,
    SeatGone,
    SeatLost,
)
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from tests.sip.worlds import World, connect, heard

WAITING = ANNOUNCEMENTS["waiting"]


async def test_a_call_rings_is_answered_and_ends(world: World) -> None:
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


async def test_that_somebody_is_there_is_said_once_after_the_answer(world: World) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    assert await heard(world, CallerConfirmed) == CallerConfirmed(call)
    await world.leave("0811")
    assert await heard(world, CallerLeft) == CallerLeft(call, "hung_up")


async def test_an_order_twice_is_an_order_once(world: World, tmp_path: Path) -> None:
    await connect(world, "sari")
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    path = tmp_path / "recordings" / f"{call}.rec"
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


async def test_orders_about_what_is_gone_are_refused_in_the_same_words(world: World) -> None:
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
    world: World,
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


async def test_a_new_connection_of_a_seat_replaces_the_old_one(world: World) -> None:
    await connect(world, "sari")

    answer = await world.engine.connect_seat("sari", await world.offer())
    await world.accept("sari", answer)

    assert await heard(world, SeatLost) == SeatLost("sari")
    assert await heard(world, SeatConnected) == SeatConnected("sari")


async def test_useless_offers_and_addresses_are_refused(world: World) -> None:
    for offer in ("", "v=0\r\n", "not SDP at all"):
        with pytest.raises(OfferRefused):
            await world.engine.connect_seat("sari", offer)
    with pytest.raises(OfferRefused):
        await world.engine.dial_seat("sari", "nonsense")
    assert world.engine.health().seats == ()


async def test_beyond_its_limit_the_engine_lets_nobody_in_and_serves_the_others(
    world: World,
) -> None:
    for number in ("0801", "0802", "0803", "0804"):
        await world.ring(number)
    calls = {(await heard(world, CallerRang)).call for _ in range(4)}

    await world.ring("0805")
    await asyncio.sleep(0.3)

    assert world.engine.health().calls == len(calls) == 4
    for call in calls:
        await world.engine.answer(call)


async def test_a_call_can_be_refused_before_it_is_answered(world: World) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call

    await world.engine.refuse(call)
    await world.engine.refuse(call)

    assert world.engine.health().calls == 0
    with pytest.raises(CallGone):
        await world.engine.answer(call)
