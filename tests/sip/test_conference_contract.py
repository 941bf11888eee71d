"""The engine's promises about more than two ends: hold, conference, transfer, monitoring, mute; by the ear."""

from __future__ import annotations

import pytest

from siaga.adapters.phone.engine import CalleeAnswered, CalleeRings, CallerRang, CallGone, SeatBusy, SeatGone
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from tests.sip.worlds import World, connect, heard

HOLD = ANNOUNCEMENTS["hold"]


async def talking(world: World, number: str = "0811", seat: str = "sari") -> str:
    """A caller who talks with this taker; returns the call."""
    await connect(world, seat)
    await world.ring(number)
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    await world.engine.bridge(call, seat)
    return call


async def dialled(world: World, call: str = "out-1", name: str = "damkar") -> str:
    """A telephone we dialled and that has answered."""
    await world.dial(call, name)
    await heard(world, CalleeRings)
    await heard(world, CalleeAnswered)
    return call


async def all_hear_each_other(world: World, *names: str) -> None:
    for name in names:
        assert await world.hears(name, *(other for other in names if other != name)), name
    for name in names:
        assert await world.hears_nobody_of(name, name), name


async def test_on_hold_neither_hears_the_other_and_afterwards_both_do(world: World) -> None:
    call = await talking(world)
    assert await world.hears("sari", "0811")

    await world.engine.park(call, HOLD)

    assert await world.hears_nobody_of("sari", "0811", "sari")
    assert await world.hears_nobody_of("0811", "sari")
    assert await world.hears_hold("0811")
    await world.engine.bridge(call, "sari")
    await all_hear_each_other(world, "0811", "sari")


async def test_in_a_conference_everybody_hears_everybody_else_and_nobody_himself(world: World) -> None:
    call = await talking(world)
    other = await dialled(world)

    for _ in range(2):
        await world.engine.conference(call, other)

    await all_hear_each_other(world, "0811", "sari", "damkar")
    assert world.engine.health().bridged == 2


async def test_four_can_talk_two_of_them_takers(world: World) -> None:
    call = await talking(world)
    other = await dialled(world)
    await connect(world, "dewi")

    await world.engine.conference(call, other)
    for _ in range(2):
        await world.engine.join(call, "dewi")

    await all_hear_each_other(world, "0811", "sari", "damkar", "dewi")


async def test_two_takers_consult_while_the_caller_is_held(world: World) -> None:
    call = await talking(world)
    await world.engine.park(call, HOLD)
    await connect(world, "dewi")

    for _ in range(2):
        await world.engine.consult(call, "sari", "dewi")

    await all_hear_each_other(world, "sari", "dewi")
    assert await world.hears_hold("0811")
    assert await world.hears_nobody_of("0811", "sari", "dewi")
    assert await world.hears_nobody_of("dewi", "0811")

    await world.engine.bridge(call, "sari")  # all three
    await world.engine.join(call, "dewi")
    await all_hear_each_other(world, "0811", "sari", "dewi")

    await world.engine.bridge(call, "dewi")  # handed over
    await all_hear_each_other(world, "0811", "dewi")
    assert await world.hears_nobody_of("sari", "0811", "dewi")


async def test_a_consultation_ends_with_whoever_leaves_it_and_with_the_call(world: World) -> None:
    call = await talking(world)
    await connect(world, "dewi")
    await world.engine.park(call, HOLD)
    await world.engine.consult(call, "sari", "dewi")
    await world.engine.leave(call, "dewi")
    assert await world.hears_nobody_of("dewi", "sari")
    assert await world.hears_nobody_of("sari", "dewi")

    await world.engine.consult(call, "sari", "dewi")
    await world.engine.hang_up(call)
    assert await world.hears_nobody_of("dewi", "sari")
    with pytest.raises(CallGone):
        await world.engine.consult(call, "sari", "dewi")


async def test_first_asked_then_brought_together(world: World) -> None:
    """An attended transfer: hold, ask, confer, leave."""
    call = await talking(world)
    await world.engine.park(call, HOLD)
    other = await dialled(world)
    await world.engine.bridge(other, "sari")
    assert await world.hears("damkar", "sari")
    assert await world.hears_nobody_of("0811", "sari", "damkar")

    await world.engine.conference(call, other)
    await all_hear_each_other(world, "0811", "sari", "damkar")
    for _ in range(2):
        await world.engine.leave(call, "sari")

    await all_hear_each_other(world, "0811", "damkar")
    assert await world.hears_nobody_of("sari", "0811", "damkar")
    assert world.engine.health().bridged == 0
    await world.engine.play(call, HOLD)
    assert await world.hears("0811", "damkar")


async def test_who_is_parted_stays_on_the_line_in_silence(world: World) -> None:
    call = await talking(world)
    other = await dialled(world)
    await world.engine.conference(call, other)
    assert await world.hears("damkar", "0811")

    for _ in range(2):
        await world.engine.part(call, other)

    assert await world.hears_nobody_of("damkar", "0811", "sari")
    await all_hear_each_other(world, "0811", "sari")
    assert world.engine.health().calls == 2
    await world.engine.part(call, call)
    assert await world.hears("0811", "sari")


async def test_one_held_in_a_conference_is_brought_back_among_the_others(world: World) -> None:
    call = await talking(world)
    other = await dialled(world)
    await world.engine.conference(call, other)

    await world.engine.park(call, HOLD)
    assert await world.hears("damkar", "sari")
    assert await world.hears_nobody_of("0811", "sari", "damkar")

    await world.engine.conference(call, other)
    await all_hear_each_other(world, "0811", "sari", "damkar")


async def test_the_others_talk_on_when_one_hangs_up(world: World) -> None:
    call = await talking(world)
    other = await dialled(world)
    await world.engine.conference(call, other)
    assert await world.hears("damkar", "0811")

    await world.engine.hang_up(call)

    await all_hear_each_other(world, "sari", "damkar")
    with pytest.raises(CallGone):
        await world.engine.conference(other, call)
    with pytest.raises(CallGone):
        await world.engine.leave(call, "sari")


async def test_another_taker_takes_over(world: World) -> None:
    call = await talking(world)
    await connect(world, "dewi")

    await world.engine.bridge(call, "dewi")

    await all_hear_each_other(world, "0811", "dewi")
    assert await world.hears_nobody_of("sari", "0811", "dewi")


async def test_who_listens_hears_all_and_is_heard_by_none(world: World) -> None:
    call = await talking(world)
    await connect(world, "dewi")

    await world.engine.monitor(call, "dewi", "listen")

    assert await world.hears("dewi", "0811", "sari")
    assert await world.hears_nobody_of("dewi", "dewi")
    assert await world.hears_nobody_of("sari", "dewi")
    assert await world.hears_nobody_of("0811", "dewi")
    await world.engine.monitor(call, "dewi", "off")
    assert await world.hears_nobody_of("dewi", "0811", "sari")


async def test_a_whisper_reaches_the_taker_alone_and_a_barge_everybody(world: World) -> None:
    call = await talking(world)
    await connect(world, "dewi")

    await world.engine.monitor(call, "dewi", "whisper")
    assert await world.hears("sari", "dewi", "0811")
    assert await world.hears_nobody_of("0811", "dewi")

    await world.engine.monitor(call, "dewi", "barge")
    await all_hear_each_other(world, "0811", "sari", "dewi")


async def test_who_barges_in_on_a_caller_on_hold_only_drowns_the_announcement(world: World) -> None:
    call = await talking(world)
    await connect(world, "dewi")
    await world.engine.park(call, HOLD)

    await world.engine.monitor(call, "dewi", "barge")
    await all_hear_each_other(world, "0811", "dewi")
    await world.engine.monitor(call, "dewi", "off")

    assert await world.hears_hold("0811")
    await world.engine.bridge(call, "sari")
    await world.lose("sari")
    assert await world.hears_nobody_of("0811", "sari", "dewi")


async def test_who_follows_a_call_follows_it_into_a_hold_and_a_conference(world: World) -> None:
    call = await talking(world)
    other = await dialled(world)
    await connect(world, "dewi")
    await world.engine.monitor(call, "dewi", "listen")

    await world.engine.park(call, HOLD)
    assert await world.hears("dewi", "0811")
    assert await world.hears_nobody_of("dewi", "sari")
    await world.engine.bridge(call, "sari")
    await world.engine.conference(call, other)
    assert await world.hears("dewi", "0811", "sari", "damkar")

    await world.engine.hang_up(call)
    assert await world.hears_nobody_of("dewi", "0811", "sari", "damkar")


async def test_who_talks_cannot_monitor_and_who_answers_monitors_no_more(world: World) -> None:
    call = await talking(world)
    with pytest.raises(SeatBusy):
        await world.engine.monitor(call, "sari", "listen")
    with pytest.raises(SeatGone):
        await world.engine.monitor(call, "nobody", "listen")
    await connect(world, "dewi")
    with pytest.raises(ValueError, match="listen"):
        await world.engine.monitor(call, "dewi", "shout")
    await world.engine.monitor(call, "dewi", "barge")
    await world.ring("0812")
    second = (await heard(world, CallerRang)).call
    await world.engine.answer(second)

    await world.engine.bridge(second, "dewi")

    await all_hear_each_other(world, "0812", "dewi")
    await all_hear_each_other(world, "0811", "sari")


async def test_a_muted_taker_hears_and_is_not_heard_until_she_is_bridged_anew(world: World) -> None:
    call = await talking(world)

    await world.engine.mute("sari", True)
    assert await world.hears_nobody_of("0811", "sari")
    assert await world.hears("sari", "0811")
    await world.engine.bridge(call, "sari")
    assert await world.hears_nobody_of("0811", "sari")
    await world.engine.mute("sari", False)
    assert await world.hears("0811", "sari")

    await world.engine.mute("sari", True)
    await world.engine.park(call, HOLD)
    await world.engine.bridge(call, "sari")
    assert await world.hears("0811", "sari")
    with pytest.raises(SeatGone):
        await world.engine.mute("nobody", True)


async def test_only_a_seat_that_does_not_talk_can_test_its_sound(world: World) -> None:
    with pytest.raises(SeatGone):
        await world.engine.test_sound("sari")
    call = await talking(world)
    with pytest.raises(SeatBusy):
        await world.engine.test_sound("sari")
    await world.engine.hang_up(call)

    await world.engine.test_sound("sari")
