"""The voice detector as a process of its own: what it hears, what it costs the mixer, and what its loss says."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from siaga.adapters.phone.engine import KnockHeard, PhoneEvent, VoiceHeard, VoiceWatch
from siaga.adapters.phone.sound.frames import FRAME_BYTES, SILENCE, Samples, pause, read_wav, tone
from siaga.adapters.phone.sound.mixer import Line, Mixer, Player, Prompt
from siaga.adapters.phone.sound.prompts import SPOKEN
from siaga.adapters.phone.voice.activity import VoiceActivity
from siaga.adapters.phone.voice.detector import KnockMeter

START_SECONDS_MAX = 20.0
SPOKEN_WORDS = SPOKEN / "greeting.wav"

pytestmark = pytest.mark.skipif(not SPOKEN_WORDS.exists(), reason="no spoken prompts: build the assets first")


class Told:
    """A leg that plays a sound once and is silent then."""

    def __init__(self, sound: Samples) -> None:
        self._player = Player(sound.tobytes(), b"")
        self.heard: list[bytes] = []

    def say(self, sound: Samples) -> None:
        self._player = Player(sound.tobytes(), b"")

    def ready(self) -> bool:
        return True

    def read(self) -> bytes:
        return self._player.next_frame()

    def write(self, frame: bytes) -> None:
        self.heard.append(frame)


class Room:
    """A mixer with a detector."""

    def __init__(self, command: tuple[str, ...] = ()) -> None:
        self.mixer = Mixer()
        self.said: list[PhoneEvent] = []
        self.activity = VoiceActivity(self.mixer, self.said.append, command=command)

    def caller(self, call: str, sound: Samples, *, knocks: bool = False) -> Line:
        line = Line(Told(sound))
        line.ear = self.activity.listen(call, seconds=0.3, knocks=knocks)
        self.mixer.add(line)
        return line

    async def says(self, event: PhoneEvent, times: int = 1) -> None:
        await until(lambda: self.said.count(event) >= times)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(int(START_SECONDS_MAX / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    made.mixer.start()
    await made.activity.start()
    yield made
    await made.activity.stop()
    made.mixer.stop()


def knock() -> Samples:
    at = np.arange(400)
    return np.asarray(9000 * np.sin(2 * np.pi * 600 * at / 8000) * np.exp(-at / 60), np.int16)


@pytest.mark.slow
async def test_it_hears_who_speaks_and_says_nothing_of_who_does_not(room: Room) -> None:
    speaks = room.caller("speaks", pause(1))
    room.caller("silent", pause(1))
    for call in ("speaks", "silent"):
        await room.says(VoiceWatch(call, True))
    speaks.leg.say(np.concatenate([pause(0.5), read_wav(SPOKEN_WORDS)]))  # type: ignore[attr-defined]
    await room.says(VoiceHeard("speaks"))
    assert VoiceHeard("silent") not in room.said


@pytest.mark.slow
async def test_it_hears_taps_where_it_was_asked_to(room: Room) -> None:
    lines = [room.caller("taps", pause(1), knocks=True), room.caller("unasked", pause(1))]
    for call in ("taps", "unasked"):
        await room.says(VoiceWatch(call, True))  # who taps before is not heard: the process is still starting
    for line in lines:
        line.leg.say(np.concatenate([pause(0.5), knock(), pause(0.5), knock(), pause(1)]))  # type: ignore[attr-defined]
    await room.says(KnockHeard("taps"), times=2)
    assert KnockHeard("unasked") not in room.said
    assert VoiceHeard("taps") not in room.said


@pytest.mark.slow
async def test_a_killed_detector_is_said_and_comes_back_by_itself(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siaga.adapters.phone.voice.activity.RESTART_SECONDS", 0.1)
    room.caller("silent", pause(1))
    await room.says(VoiceWatch("silent", True))
    killed = room.activity.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await room.says(VoiceWatch("silent", False))
    await room.says(VoiceWatch("silent", True), times=2)
    assert room.activity.process_id != killed


@pytest.mark.slow
async def test_a_detector_that_cannot_run_says_so_and_nothing_else() -> None:
    room = Room((sys.executable, "-c", "raise SystemExit('no model here')"))
    room.mixer.start()
    await room.activity.start()
    room.caller("speaks", read_wav(SPOKEN_WORDS))
    await room.says(VoiceWatch("speaks", False))
    assert VoiceHeard("speaks") not in room.said
    await room.activity.stop()
    room.mixer.stop()


@pytest.mark.slow
async def test_a_stopped_detector_never_holds_up_the_mixer(room: Room) -> None:
    lines = [room.caller(f"call-{number}", pause(1), knocks=True) for number in range(20)]
    await room.says(VoiceWatch("call-0", True))
    stopped = room.activity.process_id
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    dropped = room.activity.dropped_packets
    before = [len(line.leg.heard) for line in lines]  # type: ignore[attr-defined]
    try:
        await until(lambda: room.activity.dropped_packets > dropped)
    finally:
        os.kill(stopped, signal.SIGCONT)
    gained = [len(line.leg.heard) - was for line, was in zip(lines, before, strict=True)]  # type: ignore[attr-defined]
    assert (
        min(gained) == max(gained) > 0
    )  # every caller was served in every round, however full the socket was


def test_a_key_is_no_tap_and_neither_is_a_tone() -> None:
    keys = np.concatenate([pause(0.5), (tone(770, 0.1) + tone(1336, 0.1)), pause(0.5)])
    assert _taps(keys) == _taps(np.concatenate([pause(0.5), tone(425, 1.0), pause(0.5)])) == 0
    assert _taps(np.concatenate([pause(0.5), knock(), pause(0.3), knock(), pause(0.5)])) == 2


def _taps(sound: Samples) -> int:
    meter, data = KnockMeter(), sound.tobytes()
    return sum(
        meter.push(data[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))
        for at in range(0, len(data), FRAME_BYTES)
    )


def test_a_prompt_is_heard_over_the_conversation_and_says_once_that_it_is_over() -> None:
    done: list[str] = []
    taker, caller = Line(Told(tone(300, 1.0))), Told(pause(1))
    line = Line(caller, hears=(taker,), over=Prompt(tone(900, 0.04).tobytes(), lambda: done.append("over")))
    for _ in range(4):
        taker.listen()
        line.listen()
        line.speak()
    assert done == ["over"]
    with_prompt, without = caller.heard[1], caller.heard[3]
    assert np.abs(np.frombuffer(with_prompt, np.int16)).max() > np.abs(np.frombuffer(without, np.int16)).max()
    assert without != SILENCE
