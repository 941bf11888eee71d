"""The Asterisk engine when things go wrong between it and the exchange: nobody is lost, and nothing private is told."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from siaga.adapters.phone.asterisk.asterisk_engine import AsteriskEngine
from siaga.adapters.phone.engine import (
    CalleeAnswered,
    CalleeRings,
    CallerConfirmed,
    CallerLeft,
    CallerRang,
    CallGone,
    CannotDial,
    DigitPressed,
    EngineDown,
    EngineFault,
    OfferRefused,
    Quality,
    SeatConnected,
    SeatLost,
)
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from tests.sip.asterisk_world import AsteriskWorld, asterisk_world
from tests.sip.caller import tones
from tests.sip.conftest import GREETING_HZ, tone_prompts
from tests.sip.fake_asterisk import PASSWORD, USER, FakeAsterisk, FakeChannel, Person
from tests.sip.worlds import TONES_HZ, connect, heard

pytestmark = pytest.mark.sip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AsteriskWorld]:
    """An engine with an exchange of its own."""
    made = await asterisk_world(tone_prompts(tmp_path / "prompts"), tmp_path)
    yield made
    await made.close()


async def answered(world: AsteriskWorld, number: str = "0811") -> str:
    """A caller who hears the waiting announcement."""
    await world.ring(number)
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    await world.engine.play(call, ANNOUNCEMENTS["waiting"])
    assert await world.people[number].hears(GREETING_HZ)
    return call


def channel_of(world: AsteriskWorld, number: str) -> FakeChannel:
    channel = world.people[number].channel
    assert channel is not None
    return channel


async def silent(world: AsteriskWorld, seconds: float = 0.5) -> None:
    """Nothing is said for so long."""
    try:
        async with asyncio.timeout(seconds):
            while isinstance(event := await world.engine.next_event(), CallerConfirmed):
                pass
    except TimeoutError:
        return
    raise AssertionError(event)


async def until(true: object) -> None:
    async with asyncio.timeout(8):
        while not true():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def break_off(world: AsteriskWorld) -> None:
    """The exchange can be asked nothing and says nothing; what it carries, it goes on carrying."""
    world.exchange.down = True
    world.exchange.break_lines()


# --- the line of events breaks -------------------------------------------------------------------------------------


async def test_a_conversation_goes_on_while_the_exchange_cannot_be_asked(world: AsteriskWorld) -> None:
    await connect(world, "sari")
    call = await answered(world)
    await world.engine.bridge(call, "sari")
    assert await world.hears("sari", "0811")

    break_off(world)
    await until(lambda: "away" in world.engine.health().trunk)

    assert await world.hears("0811", "sari")
    await world.engine.park(call, ANNOUNCEMENTS["hold"])
    assert await world.hears_hold("0811")
    await world.engine.bridge(call, "sari")
    assert await world.hears("sari", "0811")
    world.exchange.down = False
    await until(lambda: "connected" in world.engine.health().trunk)
    await world.press("0811", "5")
    assert await heard(world, DigitPressed) == DigitPressed(call, "5")
    await world.leave("0811")
    assert await heard(world, CallerLeft) == CallerLeft(call, "hung_up")


async def test_who_left_meanwhile_is_reported_and_who_came_meanwhile_rings(world: AsteriskWorld) -> None:
    call = await answered(world)
    world.exchange.mute = True
    await world.leave("0811")
    await world.ring("0812")
    await silent(world, 0.3)
    world.exchange.mute = False

    world.exchange.break_lines()

    assert await heard(world, CallerLeft) == CallerLeft(call, "hung_up")
    assert (await heard(world, CallerRang)).number == "0812"
    await silent(world)


async def test_an_exchange_that_has_forgotten_whose_callers_these_are_tells_us_of_them_again(
    world: AsteriskWorld,
) -> None:
    call = await answered(world)
    world.exchange.mute = True
    await world.ring("0812")
    world.exchange.mute = False
    world.exchange.forgotten = set(world.exchange.channels)

    world.exchange.break_lines()

    second = (await heard(world, CallerRang)).call
    await world.press("0811", "5")
    await world.press("0812", "6")
    assert await heard(world, DigitPressed) == DigitPressed(call, "5")
    assert await heard(world, DigitPressed) == DigitPressed(second, "6")


async def test_a_callee_who_picked_up_meanwhile_is_answered(world: AsteriskWorld) -> None:
    await world.dial("out-1", "damkar", "rings")
    await world.engine.next_event()
    world.exchange.mute = True
    world.exchange.picks_up(channel_of(world, "damkar"))
    world.exchange.mute = False

    world.exchange.break_lines()

    assert await heard(world, CalleeAnswered) == CalleeAnswered("out-1")


async def test_a_call_ended_while_the_exchange_was_away_does_not_ring_again(world: AsteriskWorld) -> None:
    call = await answered(world)
    break_off(world)

    await world.engine.hang_up(call)

    assert channel_of(world, "0811").id in world.exchange.channels
    world.exchange.down = False
    await until(lambda: channel_of(world, "0811").gone)
    await silent(world)


async def test_after_long_absence_without_any_voice_the_engine_says_it_has_failed(
    world: AsteriskWorld,
) -> None:
    await answered(world)
    break_off(world)
    await silent(world, 2 * world.asterisk.away_seconds_max)  # a voice still comes: people are talking

    world.exchange.channels[channel_of(world, "0811").id].end.says = lambda: b""  # type: ignore[method-assign]
    for members in world.exchange.bridges.values():
        members.clear()

    async with asyncio.timeout(8):
        fault = await heard(world, EngineFault)
    assert "away" in fault.reason


async def test_a_node_that_stumbles_over_an_event_does_not_go_on_deaf(
    world: AsteriskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: object, __: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(AsteriskEngine, "somebody_calls", stumble)

    await world.ring("0811")

    assert "RuntimeError" in (await heard(world, EngineFault)).reason


async def test_two_nodes_with_one_name_are_not_left_to_steal_each_others_callers(
    world: AsteriskWorld,
) -> None:
    second = world.made()

    await second.start()

    assert "SIAGA_ARI_APP" in (await heard(world, EngineFault)).reason
    await second.stop()


# --- the next life of a node ---------------------------------------------------------------------------------------


async def killed(world: AsteriskWorld) -> AsteriskEngine:
    """The node dies without a word; its next life."""
    dying = cast(AsteriskEngine, world.engine)
    for end in dying._ends.forget_all():
        end.leg.close()
    dying._tasks.clear()
    await dying.stop()
    return world.made()


async def test_a_caller_outlives_a_killed_node_and_rings_at_the_next(world: AsteriskWorld) -> None:
    await answered(world)
    await world.dial("out-1", "damkar")
    await heard(world, CalleeRings)
    await heard(world, CalleeAnswered)
    await until(lambda: len(world.exchange.bridges) == 2)
    world.engine = next_life = await killed(world)

    await next_life.start()

    again = await heard(world, CallerRang)
    await next_life.answer(again.call)
    await next_life.play(again.call, ANNOUNCEMENTS["waiting"])
    assert await world.people["0811"].hears(GREETING_HZ)
    await until(lambda: channel_of(world, "damkar").gone)
    await until(lambda: (len(world.exchange.bridges), len(world.exchange.channels)) == (1, 2))


async def test_an_orderly_end_gives_callers_back_to_the_exchange_and_puts_down_who_was_dialled(
    world: AsteriskWorld,
) -> None:
    await answered(world)
    await world.dial("out-1", "damkar")
    await heard(world, CalleeRings)
    await heard(world, CalleeAnswered)
    caller, callee = channel_of(world, "0811").id, channel_of(world, "damkar").id

    await world.engine.stop()

    assert world.exchange.given_back == [caller]
    assert (callee, "normal") in world.exchange.hung_up
    assert (world.exchange.channels, world.exchange.bridges) == ({}, {})


# --- what is gone, what is refused ---------------------------------------------------------------------------------


async def test_a_channel_that_vanished_without_a_word_is_a_call_that_is_gone(world: AsteriskWorld) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    del world.exchange.channels[channel_of(world, "0811").id]

    with pytest.raises(CallGone):
        await world.engine.answer(call)

    assert await heard(world, CallerLeft) == CallerLeft(call, "network")
    assert world.engine.health().calls == 0


async def test_a_channel_somebody_else_took_is_a_call_that_is_gone(world: AsteriskWorld) -> None:
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    channel_of(world, "0811").in_stasis = False

    with pytest.raises(CallGone):
        await world.engine.answer(call)

    assert await heard(world, CallerLeft) == CallerLeft(call, "network")
    assert channel_of(world, "0811").id in world.exchange.channels


async def test_a_caller_whose_voice_cannot_come_to_us_goes_back_to_the_exchange(world: AsteriskWorld) -> None:
    world.exchange.refuse_media = True
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call

    await world.engine.answer(call)

    assert await heard(world, CallerLeft) == CallerLeft(call, "network")
    await until(lambda: world.exchange.given_back == [channel_of(world, "0811").id])


async def test_a_broken_way_of_the_voice_is_made_anew(world: AsteriskWorld) -> None:
    call = await answered(world)
    first = set(world.exchange.bridges)
    for channel in list(world.exchange.channels.values()):
        if channel.name.startswith("UnicastRTP"):
            world.exchange.leaves(channel)

    await world.engine.park(call, ANNOUNCEMENTS["hold"])

    assert await world.hears_hold("0811")
    assert first.isdisjoint(world.exchange.bridges)
    assert world.engine.health().calls == 1


async def test_beyond_the_limit_callers_go_back_to_the_exchange(world: AsteriskWorld) -> None:
    for number in ("0801", "0802", "0803", "0804", "0805"):
        await world.ring(number)
    for _ in range(4):
        await heard(world, CallerRang)

    await until(lambda: world.exchange.given_back == [channel_of(world, "0805").id])


async def test_who_is_refused_hears_busy_and_who_is_hung_up_on_an_ordinary_end(world: AsteriskWorld) -> None:
    for number, order in (("0811", world.engine.refuse), ("0812", world.engine.hang_up)):
        await world.ring(number)
        await order((await heard(world, CallerRang)).call)

    reasons = dict(world.exchange.hung_up)
    assert reasons[channel_of(world, "0811").id] == "busy"
    assert reasons[channel_of(world, "0812").id] == "normal"


@pytest.mark.parametrize(("cause", "word"), [(16, "hung_up"), (44, "voice_stopped"), (38, "network")])
async def test_why_a_caller_left_is_said(world: AsteriskWorld, cause: int, word: str) -> None:
    call = await answered(world)

    world.exchange.leaves(channel_of(world, "0811"), cause)

    assert await heard(world, CallerLeft) == CallerLeft(call, word)


async def test_who_gives_up_before_he_was_announced_is_in_the_record_all_the_same(
    world: AsteriskWorld,
) -> None:
    world.exchange.delay = 0.1
    await world.ring("0811")
    await asyncio.sleep(0.05)
    await world.leave("0811")

    rang = await heard(world, CallerRang)

    assert await heard(world, CallerLeft) == CallerLeft(rang.call, "cancelled")
    assert world.engine.health().calls == 0


# --- a slow exchange -----------------------------------------------------------------------------------------------


async def test_a_slow_exchange_is_asked_again_where_that_does_no_harm(tmp_path: Path) -> None:
    world = await asterisk_world(tone_prompts(tmp_path / "prompts"), tmp_path, ask_seconds_max=0.3)
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    world.exchange.delay = 1.0

    answering = asyncio.create_task(world.engine.answer(call))
    await asyncio.sleep(0.6)
    assert not answering.done()
    with pytest.raises(CannotDial):
        await world.engine.dial("out-1", "sip:damkar@127.0.0.1", caller_id=None)
    assert (await world.engine.quality(call)).mos is None
    world.exchange.delay = 0.0

    await answering
    await world.engine.play(call, ANNOUNCEMENTS["waiting"])
    assert await world.people["0811"].hears(GREETING_HZ)
    assert world.engine.health().calls == 1
    await world.close()


async def test_a_caller_does_not_wait_for_what_else_is_known_of_him(world: AsteriskWorld) -> None:
    world.exchange.delay = 2.0
    began = asyncio.get_running_loop().time()

    await world.ring("0811")

    assert (await heard(world, CallerRang)).headers == {}
    assert asyncio.get_running_loop().time() - began < 1.5


# --- nonsense ------------------------------------------------------------------------------------------------------

NONSENSE = [
    "", "{", "[]", "null", "7", '"StasisStart"', '{"type":5}', '{"type":"StasisStart"}',
    '{"type":"StasisStart","channel":null}', '{"type":"StasisStart","channel":{"id":7,"name":"x","state":"Ring"}}',
    '{"type":"StasisStart","channel":{"id":"","name":"x","state":"Ring"}}',
    '{"type":"StasisStart","channel":{"id":"' + "x" * 500 + '","name":"x","state":"Ring"}}',
    '{"type":"StasisStart","channel":{"id":"y","name":"x","state":"Ring","caller":"0811-RAHASIA"}}',
    '{"type":"ChannelDtmfReceived","digit":"%","channel":{"id":"nobody"}}',
    '{"type":"ChannelDtmfReceived","channel":{"id":"nobody"}}',
    '{"type":"ChannelDestroyed","cause":"x","channel":{"id":"nobody"}}',
    '{"type":"SomethingNewInAsterisk30","channel":{"id":"nobody"}}', "[" * 20_000, "\u0000",
]  # fmt: skip


async def test_nonsense_is_passed_over_and_not_repeated_in_the_log(
    world: AsteriskWorld, caplog: pytest.LogCaptureFixture
) -> None:
    for text in NONSENSE:
        world.exchange.say_raw("siaga", text)
    world.exchange.say_raw(
        "siaga",
        '{"type":"StasisStart","application":"other","channel":{"id":"z","name":"x","state":"Ring"}}',
    )

    await answered(world)

    assert world.engine.health().calls == 1
    assert "RAHASIA" not in caplog.text


async def test_neither_the_password_nor_a_number_is_in_the_log(
    world: AsteriskWorld, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "httpx", "httpcore", "websockets", "siaga"):
        caplog.set_level(logging.DEBUG, logger=name)
    second = AsteriskWorld(world.prompts, world.folder, world.exchange, app="siaga-2")
    await second.engine.start()
    world.exchange.rings(Person(tones(1000.0)), "08123456789", app="siaga-2")
    call = (await heard(second, CallerRang)).call
    await second.engine.answer(call)
    with pytest.raises(CannotDial):
        await second.engine.dial("out-1", "sip:08123456789@127.0.0.1", caller_id=None)
    break_off(second)
    await asyncio.sleep(0.3)
    world.exchange.down = False
    await asyncio.sleep(0.3)
    await second.engine.stop()

    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    ours = "\n".join(record.getMessage() for record in caplog.records if "uvicorn" not in record.name)
    assert ours
    assert not any(word in ours for word in (PASSWORD, secret, "08123456789"))
    assert PASSWORD not in repr(world.asterisk)


# --- it cannot even begin ------------------------------------------------------------------------------------------


async def test_why_the_exchange_cannot_be_used_is_said_in_words(tmp_path: Path) -> None:
    exchange = FakeAsterisk()
    await exchange.start()
    world = AsteriskWorld(tone_prompts(tmp_path / "prompts"), tmp_path, exchange)

    async def why(**changed: str) -> str:
        world.asterisk = replace(world.asterisk, **changed)  # type: ignore[arg-type]
        engine = world.made()
        with pytest.raises(EngineDown) as down:
            await engine.start()
        await engine.stop()
        return str(down.value)

    exchange.modules.clear()
    assert "chan_rtp" in await why()
    wrong = await why(password="salah-sekali")
    assert "401" in wrong
    assert "salah-sekali" not in wrong
    await exchange.stop()
    assert exchange.url in await why()


# --- what the exchange knows of a caller, and desk telephones ------------------------------------------------------


async def test_what_the_operator_says_of_a_caller_is_told(world: AsteriskWorld) -> None:
    person = Person(tones(1000.0))
    world.exchange.rings(person, "+62 812-3456", name='"Bu\x00 Sari"', headers={"X-Siaga-Demo": "1"})
    rang = await heard(world, CallerRang)
    assert (rang.number, rang.display_name, rang.dialled, rang.transport) == (
        "+628123456", '"Bu Sari"', "112", "asterisk",
    )  # fmt: skip
    assert rang.headers == {"X-Siaga-Demo": "1"}

    world.exchange.rings(person, "anonymous", name="Anonymous", tech="DAHDI")
    rang = await heard(world, CallerRang)
    assert (rang.number, rang.display_name, rang.headers) == (None, None, {})


async def test_a_desk_telephone_of_the_exchange_is_a_seat(world: AsteriskWorld) -> None:
    call = await answered(world)
    phone = world.people["sari"] = world.exchange.phones["201"] = Person(tones(TONES_HZ["sari"]))

    await world.engine.dial_seat("sari", "sip:201@kantor.example")

    assert await heard(world, SeatConnected) == SeatConnected("sari")
    await world.engine.bridge(call, "sari")
    assert await world.hears("sari", "0811")
    assert await world.hears("0811", "sari")
    assert await world.engine.seat_quality("sari") == Quality(codec="G.711")
    assert phone.channel is not None
    world.exchange.leaves(phone.channel)
    assert await heard(world, SeatLost) == SeatLost("sari")
    assert world.engine.health().calls == 1


@pytest.mark.parametrize("manner", ["busy", "unknown", "nobody"])
async def test_a_desk_telephone_that_does_not_answer_is_no_seat(world: AsteriskWorld, manner: str) -> None:
    if manner != "nobody":
        world.exchange.phones["201"] = Person(tones(1000.0), manner=manner)

    with pytest.raises(OfferRefused):
        await world.engine.dial_seat("sari", "sip:201@kantor.example")

    assert world.engine.health().seats == ()
    await until(lambda: world.exchange.channels == {})


async def test_quality_is_what_the_exchange_measures(world: AsteriskWorld) -> None:
    call = await answered(world)
    world.exchange.statistics = {"rxcount": 990, "rxploss": 10, "rxjitter": 0.012, "rtt": 0.04}

    quality = await world.engine.quality(call)

    assert (quality.loss_percent, quality.jitter_ms) == (1.0, 12.0)
    assert quality.mos is not None
    assert 3.5 < quality.mos < 4.4
