"""The engine's promises about calls we place, against the twin and against the real line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import (
    CalleeAnswered,
    CalleeRings,
    CallerLeft,
    CallerRang,
    CallGone,
    CannotDial,
    DigitPressed,
    Quality,
    RecordingFinished,
    SeatGone,
)
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from tests.sip.worlds import World, connect, heard


async def answered(world: World, call: str, name: str) -> None:
    """A telephone we dialled, now talking to us."""
    await world.dial(call, name)
    assert await heard(world, CalleeRings) == CalleeRings(call)
    assert await heard(world, CalleeAnswered) == CalleeAnswered(call)


async def test_a_telephone_is_dialled_answers_talks_and_hangs_up(world: World) -> None:
    await connect(world, "sari")
    await answered(world, "out-1", "damkar")
    assert await world.hears_nobody_of("damkar", "sari")
    await world.engine.answer("out-1")

    await world.engine.bridge("out-1", "sari")

    assert await world.hears("damkar", "sari")
    assert await world.hears("sari", "damkar")
    assert world.engine.health().bridged == 1
    await world.leave("damkar")
    assert await heard(world, CallerLeft) == CallerLeft("out-1", "hung_up")
    assert world.engine.health().calls == 0


@pytest.mark.parametrize(
    ("manner", "cause"), [("busy", "busy"), ("declines", "refused"), ("unknown", "refused")]
)
async def test_why_somebody_did_not_answer_is_said(world: World, manner: str, cause: str) -> None:
    await world.dial("out-1", "damkar", manner)

    assert await heard(world, CallerLeft) == CallerLeft("out-1", cause)
    with pytest.raises(CallGone):
        await world.engine.bridge("out-1", "sari")


async def test_nobody_is_rung_for_ever(world: World) -> None:
    await world.dial("out-1", "damkar", "rings")
    assert await heard(world, CalleeRings) == CalleeRings("out-1")

    await world.give_up("out-1")

    assert await heard(world, CallerLeft) == CallerLeft("out-1", "no_answer")
    assert world.engine.health().calls == 0


async def test_a_call_we_placed_can_be_taken_back_and_nothing_more_is_said_of_it(world: World) -> None:
    await world.dial("out-1", "damkar", "rings")
    assert await heard(world, CalleeRings) == CalleeRings("out-1")

    for _ in range(2):
        await world.engine.hang_up("out-1")

    assert world.engine.health().calls == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await world.engine.next_event()


async def test_dialled_twice_is_dialled_once(world: World) -> None:
    await answered(world, "out-1", "damkar")

    await world.engine.dial("out-1", "sip:damkar@127.0.0.1:9", caller_id=None)

    assert world.engine.health().calls == 1


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "sip:", "sip:no body@127.0.0.1", "sip:a@b\r\nX: 1", "sip:" + "a" * 300 + "@b", "0812"],
)
async def test_what_is_no_address_is_not_dialled_nor_a_number_without_a_trunk(
    world: World, address: str
) -> None:
    with pytest.raises(CannotDial):
        await world.engine.dial("out-1", address, caller_id=None)

    assert world.engine.health().calls == 0


@pytest.mark.parametrize("caller_id", ["", "112>", "a b", "x" * 40, "1\r\n2"])
async def test_a_number_that_cannot_be_shown_is_refused(world: World, caller_id: str) -> None:
    with pytest.raises(CannotDial):
        await world.engine.dial("out-1", "sip:damkar@127.0.0.1:9", caller_id=caller_id)


async def test_beyond_its_limit_the_engine_places_no_call(world: World) -> None:
    for number in ("0801", "0802", "0803", "0804"):
        await world.ring(number)
        await heard(world, CallerRang)

    with pytest.raises(CannotDial):
        await world.engine.dial("out-1", "sip:damkar@127.0.0.1:9", caller_id=None)


async def test_keys_reach_the_other_end_in_order(world: World) -> None:
    await answered(world, "out-1", "damkar")
    await world.engine.play("out-1", ANNOUNCEMENTS["hold"])

    await world.engine.send_digits("out-1", "10")
    await world.engine.send_digits("out-1", "2#")

    assert await world.keys_heard("damkar", "102#")
    for nonsense in ("", "1x", "1 2"):
        with pytest.raises(ValueError, match="keys"):
            await world.engine.send_digits("out-1", nonsense)


async def test_keys_of_somebody_we_dialled_are_heard(world: World) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    await world.press("0811", "7")
    assert await heard(world, DigitPressed) == DigitPressed(call, "7")


async def test_quality_is_unknown_until_it_is_measured(world: World) -> None:
    await connect(world, "sari")
    await answered(world, "out-1", "damkar")

    for quality in (await world.engine.quality("out-1"), await world.engine.seat_quality("sari")):
        assert isinstance(quality, Quality)
        assert (quality.loss_percent, quality.jitter_ms, quality.mos) == (None, None, None)
    await world.engine.hang_up("out-1")
    with pytest.raises(CallGone):
        await world.engine.quality("out-1")
    with pytest.raises(SeatGone):
        await world.engine.seat_quality("nobody")


async def test_a_call_we_placed_is_recorded_too(world: World, tmp_path: Path) -> None:
    await answered(world, "out-1", "damkar")
    await world.engine.start_recording("out-1", tmp_path / "out-1.rec")
    await asyncio.sleep(0.2)
    await world.leave("damkar")

    assert {type(await world.engine.next_event()) for _ in range(2)} == {CallerLeft, RecordingFinished}
