"""Behind an exchange nothing is given up: sealed recordings of both voices, the silent check's ear and its question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from siaga.adapters.phone.engine import (
    Announced,
    CallerLeft,
    CallerRang,
    RecordingFinished,
    VoiceHeard,
    VoiceWatch,
)
from siaga.adapters.phone.sound.frames import read_wav
from siaga.adapters.phone.sound.prompts import SPOKEN, PromptBook, prompt_book
from tests.a_recording import stereo
from tests.sip.asterisk_world import AsteriskWorld, asterisk_world
from tests.sip.caller import share_with_tone
from tests.sip.conftest import tone_prompts
from tests.sip.fake_asterisk import Person
from tests.sip.worlds import TONES_HZ, connect, heard

pytestmark = pytest.mark.sip

CLEAR = 0.8
WATCH_SECONDS_MAX = 20.0  # the detector's first start on a busy machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AsteriskWorld]:
    made = await asterisk_world(tone_prompts(tmp_path / "prompts"), tmp_path)
    yield made
    await made.close()


async def test_the_recording_keeps_the_caller_left_and_what_he_hears_right(
    world: AsteriskWorld, tmp_path: Path
) -> None:
    await connect(world, "sari")
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    await world.engine.start_recording(call, tmp_path / "day" / f"{call}.rec")
    await world.engine.bridge(call, "sari")
    assert await world.hears("0811", "sari")
    await asyncio.sleep(1.0)

    await world.leave("0811")

    assert await heard(world, CallerLeft) == CallerLeft(call, "hung_up")
    saved = await heard(world, RecordingFinished)
    last_second = stereo(saved.path, tmp_path / "keys")[-8000:]
    assert share_with_tone(last_second[:, 0], TONES_HZ["0811"]) > CLEAR
    assert share_with_tone(last_second[:, 1], TONES_HZ["sari"]) > CLEAR
    assert share_with_tone(last_second[:, 0], TONES_HZ["sari"]) < 0.1


async def test_a_question_is_heard_over_the_conversation_to_its_end(world: AsteriskWorld) -> None:
    await connect(world, "sari")
    await world.ring("0811")
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)
    await world.engine.bridge(call, "sari")
    assert await world.hears("0811", "sari")

    await world.engine.announce(call, "greeting")

    assert await world.people["0811"].hears(500.0)
    assert await world.hears("0811", "sari")
    assert await heard(world, Announced) == Announced(call, "greeting")


@pytest.mark.skipif(not (SPOKEN / "greeting.wav").exists(), reason="no prompts: build the assets first")
async def test_a_voice_that_came_through_the_exchange_is_known_as_one(
    world: AsteriskWorld, tmp_path: Path
) -> None:
    spoken: PromptBook = prompt_book(None)
    pause = np.zeros(4000, np.int16)
    world.exchange.rings(Person(np.concatenate([read_wav(SPOKEN / "greeting.wav"), pause])), "0811")
    assert "greeting" not in spoken.missing
    call = (await heard(world, CallerRang)).call
    await world.engine.answer(call)

    await world.engine.listen_for_voice(call, seconds_of_speech=0.3)

    async with asyncio.timeout(WATCH_SECONDS_MAX):
        said = [await world.engine.next_event()]
        while VoiceHeard(call) not in said:
            said.append(await world.engine.next_event())
    assert VoiceWatch(call, True) in said
