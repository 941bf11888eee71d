"""A real telephone line for each test: the baresip engine on a free loopback port, with tones for prompts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from siaga.adapters.phone.engine import CallerRang, CallGone, PhoneEvent
from siaga.adapters.phone.sip.baresip_engine import BaresipEngine
from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sound.frames import write_wav
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS, PromptBook, prompt_texts
from tests.sip.asterisk_world import asterisk_world
from tests.sip.caller import tones
from tests.sip.real_asterisk import PROGRAM as ASTERISK
from tests.sip.real_asterisk import real_asterisk_world
from tests.sip.worlds import CALLS_MAX, HOLD_HZ, RING_SECONDS_MAX, RealWorld, TwinWorld

EventT = TypeVar("EventT")
GREETING_HZ, QUEUE_HZ = 500.0, 600.0
PROMPT_HZ = {"greeting": GREETING_HZ, "queue": QUEUE_HZ, "hold": HOLD_HZ}


def free_port() -> int:
    """A port free for UDP and TCP on loopback."""
    while True:
        with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            try:
                datagrams.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def tone_prompts(folder: Path) -> PromptBook:
    """Every prompt is a tone of its own, so that a test can hear which one is played."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in prompt_texts():
        write_wav(folder / f"{name}.wav", tones(PROMPT_HZ.get(name, 700.0), seconds=2.0))
    return PromptBook([folder])


class Line:
    """The engine of a test, with its events kept in order."""

    def __init__(self, engine: BaresipEngine, port: int) -> None:
        self.engine = engine
        self.target = f"127.0.0.1:{port}"
        self.events: list[PhoneEvent] = []
        self._listening = asyncio.ensure_future(self._listen())
        self.answers = True

    async def _listen(self) -> None:
        while True:
            event = await self.engine.next_event()
            if isinstance(event, CallerRang) and self.answers:
                with contextlib.suppress(CallGone):
                    await self.engine.answer(event.call)
                    await self.engine.play(event.call, ANNOUNCEMENTS["waiting"])
            self.events.append(event)

    async def event(
        self, kind: type[EventT], *, matching: Callable[[EventT], bool] = lambda _: True, within: float = 8.0
    ) -> EventT:
        """The first event of this kind, now or soon."""
        for _ in range(int(within / 0.02)):
            for event in self.events:
                if isinstance(event, kind) and matching(event):
                    return event
            await asyncio.sleep(0.02)
        raise AssertionError(f"no {kind.__name__} within {within} s; heard {self.events}")

    def stop_listening(self) -> None:
        """The test reads the engine's events itself."""
        self._listening.cancel()

    async def close(self) -> None:
        self._listening.cancel()
        await self.engine.stop()


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """A line that answers every caller with the waiting announcement."""
    opened = await open_line(tmp_path)
    yield opened
    await opened.close()


# Where there is no Asterisk our stand-in takes its place, and one test says so: tests/sip/test_real_asterisk.py
BEHIND_AN_EXCHANGE = "asterisk itself" if ASTERISK else "asterisk"
ENGINES = ["twin", *(pytest.param(name, marks=pytest.mark.sip) for name in ("real", BEHIND_AN_EXCHANGE))]


@pytest.fixture(params=ENGINES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TwinWorld | RealWorld]:
    """The contract's engines, one after the other."""
    made: TwinWorld | RealWorld
    if request.param == "twin":
        made = TwinWorld()
        await made.engine.start()
    elif request.param == "asterisk":
        made = await asterisk_world(tone_prompts(tmp_path / "prompts"), tmp_path)
    elif request.param == "asterisk itself":
        made = await real_asterisk_world(tone_prompts(tmp_path / "prompts"), tmp_path)
    else:
        line = await open_line(tmp_path, calls_max=CALLS_MAX, ring_seconds_max=RING_SECONDS_MAX)
        line.stop_listening()
        made = RealWorld(line.engine, line.target)
    yield made
    await made.close()


async def open_line(folder: Path, *, host: str = "127.0.0.1", **given: object) -> Line:
    """A line with options of its own."""
    port, numbers = free_port(), itertools.count(1)
    standard = PhoneOptions(
        host=host, port=port, ice_addresses=("127.0.0.1",), recording_keys=folder / "keys"
    )
    options = replace(standard, **given)  # type: ignore[arg-type]
    engine = BaresipEngine(options, tone_prompts(folder / "prompts"), lambda: f"call-{next(numbers)}")
    await engine.start()
    return Line(engine, port)
