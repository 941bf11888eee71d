"""Real SIP calls against a whole call node with a real database, and what they cost.

`greeting`: from the INVITE on the wire to the first sound in the caller's ear, the durable record in between.
`bridged`: conversations at once, every one recorded; a gap is the time an ear heard no tone of the other side,
so late packets, lost packets and silence in their place all count. The load generator shares the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
import psutil

from siaga import clock
from siaga.adapters.phone.client import PhoneClient
from siaga.adapters.phone.control import control_socket
from siaga.adapters.phone.drill.caller import DrillCaller
from siaga.adapters.phone.drill.voice import DrillVoice, HeardFrame
from siaga.adapters.phone.sound.frames import FRAME_SAMPLES, SAMPLES_PER_SECOND, alaw_decoding
from siaga.city_files import load_city
from siaga.domain.call import Call
from siaga.features.calls import actions as calls
from siaga.features.calls.silence.actions import voice_heard
from siaga.processes.fsync import measure
from siaga.processes.postgres import Postgres
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings
from tests.sip.browser import FakeBrowser
from tests.sip.caller import tones
from tests.sip.conftest import free_port
from tests.sip.desk_phone import FakeDeskPhone

ROOT = Path(__file__).resolve().parent.parent
CALLER_HZ, TAKER_HZ = 1300.0, 1700.0
CALLS_PER_SECOND = 5.0
AUDIBLE = 300  # amplitude from which a person hears something
START_SECONDS_MAX = 30.0
SETTLE_SECONDS = (
    3.0  # jitter buffers and cushions find their depth; a conversation begins with a greeting anyway
)
GAP_MS_HEARD = 60.0


@dataclass(frozen=True)
class Size:
    greetings: int
    conversations: int
    conversation_seconds: float
    browsers: int
    browser_seconds: float


SIZES = {
    "full": Size(40, 30, 15.0, 4, 6.0),
    "smoke": Size(6, 3, 3.0, 1, 2.0),
}


@dataclass(frozen=True)
class House:
    """The node under measurement and what is around it."""

    settings: Settings
    archive: PostgresArchive
    phone: PhoneClient
    node: psutil.Process
    fsync_per_s: float

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.settings.sip_port}"


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run, bounded to about a minute. ``size``: ``full`` or ``smoke``."""
    chosen = SIZES[size]
    async with _house() as house:
        greeting = await _greetings(house, chosen.greetings)
        talk = await _conversations(house, chosen.conversations, chosen.conversation_seconds)
        browser = await _browsers(house, chosen.browsers, chosen.browser_seconds)
        return {**greeting, **talk, **browser, "fsync_per_s": round(house.fsync_per_s)}


async def _greetings(house: House, count: int) -> dict[str, Any]:
    callers = [DrillCaller(house.target, f"0811{number:06}") for number in range(count)]
    dialling = []
    for caller in callers:
        dialling.append(asyncio.ensure_future(caller.start()))
        await asyncio.sleep(1 / CALLS_PER_SECOND)
    statuses = await asyncio.gather(*dialling, return_exceptions=True)
    await asyncio.sleep(1.0)
    waits = [wait for caller in callers if (wait := _first_sound_ms(caller)) is not None]
    await asyncio.gather(*(caller.hang_up() for caller in callers))
    return {
        "greeting_p95_ms": _p95(waits),
        "greeting_p50_ms": round(float(np.median(waits)), 1) if waits else None,
        "greeting_max_ms": round(max(waits), 1) if waits else None,
        "greeted": len(waits),
        "not_answered": sum(status != 200 for status in statuses),
    }


async def _conversations(house: House, count: int, seconds: float) -> dict[str, Any]:
    phones = [FakeDeskPhone(tones(TAKER_HZ)) for _ in range(count)]
    for number, phone in enumerate(phones):
        await phone.open()
        await house.phone.dial(f"desk-{count}-{number}", phone.uri)
        await house.archive.do(calls.go_ready, taker=f"desk-{count}-{number}", now=clock.now())
    callers = [
        DrillCaller(house.target, f"0822{count:03}{number:03}", audio=tones(CALLER_HZ))
        for number in range(count)
    ]
    for number, caller in enumerate(callers):
        await caller.start()
        await _answered(house, caller.number, f"desk-{count}-{number}")
    await asyncio.sleep(SETTLE_SECONDS)
    before = await house.phone.health()
    gc.collect()
    gc.disable()  # a pause of this load generator must not be counted as a gap of the node
    await asyncio.sleep(0.5)  # the pause that looking for garbage just made is over in every ear
    cpu, since = _cpu_seconds(house.node), clock.monotonic()
    await asyncio.sleep(seconds)
    until = clock.monotonic()
    cpu = _cpu_seconds(house.node) - cpu
    gc.enable()
    health = await house.phone.health()
    voices = [*((caller.voice, TAKER_HZ) for caller in callers)]
    voices += [(dialog.voice, CALLER_HZ) for phone in phones for dialog in phone.dialogs.values()]
    gaps = np.array([_longest_gap_ms(voice, hz, since, until) for voice, hz in voices])
    for caller in callers:
        await caller.hang_up()
    for number, phone in enumerate(phones):
        await house.phone.disconnect(f"desk-{count}-{number}")
        phone.close()
    return {
        "bridged": health["bridged"],
        "max_gap_ms": round(float(gaps.max()), 1),
        "ears_without_gap_over_60_ms": int((gaps <= GAP_MS_HEARD).sum()),
        "ears": len(gaps),
        "node_late_rounds": health["gaps"] - before["gaps"],
        "cpu_percent_per_conversation": round(100 * cpu / (until - since) / count, 2),
        "cpu_percent": round(100 * cpu / (until - since), 1),
        "rss_mb": health["rss_mb"],
    }


async def _browsers(house: House, count: int, seconds: float) -> dict[str, Any]:
    """What a browser's headset costs while it talks: the media process alone."""
    browsers = [FakeBrowser(tones(TAKER_HZ)) for _ in range(count)]
    before_mb = _children_mb(house)
    for number, browser in enumerate(browsers):
        await browser.accept(await house.phone.connect(f"web-{number}", await browser.offer()))
    await _until_seats(house, [f"web-{number}" for number in range(count)])
    callers = [
        DrillCaller(house.target, f"0833{number:06}", audio=tones(CALLER_HZ)) for number in range(count)
    ]
    for number, caller in enumerate(callers):
        await house.archive.do(calls.go_ready, taker=f"web-{number}", now=clock.now())
        await caller.start()
        await _answered(house, caller.number, f"web-{number}")
    heard = [await browser.hears(CALLER_HZ) for browser in browsers]
    media = house.node.children()
    cpu, since = sum(map(_cpu_seconds, media)), clock.monotonic()
    await asyncio.sleep(seconds)
    cpu = sum(map(_cpu_seconds, media)) - cpu
    share = 100 * cpu / (clock.monotonic() - since) / count
    talking_mb = _children_mb(house)
    for caller, browser in zip(callers, browsers, strict=True):
        await caller.hang_up()
        await browser.close()
    return {
        "browsers_bridged": sum(heard),
        "cpu_percent_per_browser": round(share, 2),
        "media_rss_mb": talking_mb,
        "media_mb_per_browser": round((talking_mb - before_mb) / count, 1),
    }


def _children_mb(house: House) -> float:
    """What the node's own children hold: media processes, and the one that listens for voices."""
    return round(sum(process.memory_info().rss for process in house.node.children()) / 1e6, 1)


async def _answered(house: House, number: str, taker: str) -> None:
    """The taker answers this caller."""

    async def find(tx: Transaction) -> list[Call]:
        return [call for call in await tx.find(Call, number=number) if not call.is_over]

    for _ in range(100):  # the callers of the step before are just being told of
        found = await house.archive.look(find)
        if len(found) == 1:
            break
        await asyncio.sleep(0.05)
    [call] = found
    with contextlib.suppress(Exception):  # the worker is not running: nobody else could have answered him
        await house.archive.do(calls.answer_call, taker=taker, call=call.id, now=clock.now())
        # A tone is no speech: without this word the silent check would speak into every conversation after 5 s.
        await house.archive.do(voice_heard, call=call.id, now=clock.now())


async def _until_seats(house: House, names: Sequence[str]) -> None:
    for _ in range(200):
        if set(names) <= set((await house.phone.health())["seats"]):
            await asyncio.sleep(0.2)  # the report of the last one reaches the record
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("the browsers' headsets did not connect within 10 s")


def _first_sound_ms(caller: DrillCaller) -> float | None:
    for frame in caller.voice.frames:
        if np.abs(_samples(frame).astype(np.int32)).max() > AUDIBLE:
            return (frame.at - caller.invited_at) * 1000
    return None


def _longest_gap_ms(voice: DrillVoice, hz: float, since: float, until: float) -> float:
    """The longest time this ear heard no frame with the tone."""
    turn = np.exp(-2j * np.pi * hz * np.arange(FRAME_SAMPLES) / SAMPLES_PER_SECOND)
    times = [since]
    for frame in voice.frames:
        in_time = since <= frame.at <= until and len(frame.alaw) == FRAME_SAMPLES
        if in_time and abs(_samples(frame) @ turn) * 2 / FRAME_SAMPLES > AUDIBLE:
            times.append(frame.at)
    return float(np.diff([*times, until]).max() * 1000)


_DECODE = alaw_decoding()


def _samples(frame: HeardFrame) -> Any:
    return _DECODE[np.frombuffer(frame.alaw, np.uint8)].astype(np.float64)


def _p95(values: list[float]) -> float | None:
    if len(values) < 2:
        return None
    return round(quantiles(values, n=20, method="inclusive")[-1], 1)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def _house() -> AsyncIterator[House]:
    home = Path(tempfile.mkdtemp(prefix="siaga-bench-"))
    home.chmod(0o711)
    postgres = Postgres(home)
    postgres.start()
    try:
        settings = Settings.from_env(
            {
                "SIAGA_HOME": str(home),
                "SIAGA_SIP_HOST": "127.0.0.1",
                "SIAGA_SIP_PORT": str(free_port()),
                "DATABASE_URL": postgres.dsn,
            }
        )
        fsync = measure(home)
        await migrate(postgres.dsn)
        archive = await PostgresArchive.open(postgres.dsn, load_city(settings.city).code)
        phone = PhoneClient(control_socket(home))
        process = await _node(settings)
        try:
            yield House(settings, archive, phone, psutil.Process(process.pid), fsync.per_second)
        finally:
            process.terminate()
            await process.communicate()
            await phone.close()
            await archive.close()
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _node(settings: Settings) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "benchmarks.call_node",
        env={**os.environ, **settings.as_env(), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS_MAX):
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the call node did not start")
    return process
