"""How many conversations one core carries, beside another engine in the same run, and three hundred callers at once.

`conversations`: the most, of the sizes tried, in which no ear missed the other side's tone for 60 ms. The load
generator (both ears of every conversation) shares the machine, so the engine alone would carry more. The peer is
aiosipua + aiortp, the pure-Python pair docs/decisions/0003-the-telephone.md weighs against ours: it bridges the
same calls to the same telephones without recording, greeting, voice detection or a record of anything.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from benchmarks.call import (
    CALLER_HZ,
    GAP_MS_HEARD,
    ROOT,
    SETTLE_SECONDS,
    START_SECONDS_MAX,
    TAKER_HZ,
    House,
    _browsers,
    _conversations,
    _cpu_seconds,
    _house,
    _longest_gap_ms,
    _node,
    _p95,
)

from siaga import clock
from siaga.adapters.phone.drill.caller import DrillCaller
from tests.sip.caller import tones
from tests.sip.conftest import free_port
from tests.sip.crowd import crowd
from tests.sip.desk_phone import FakeDeskPhone

CALLS_PER_SECOND = 5.0
QUEUED_PER_SECOND = 50.0
QUEUED_SECONDS_MAX = 20.0  # after the last has dialled; nobody hangs up before all have heard the queue
KAMAILIO = shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Size:
    steps: tuple[int, ...]
    seconds: float
    setups: int
    browsers: int
    queued: int


SIZES = {"full": Size((20, 30, 40, 50), 8.0, 60, 4, 300), "smoke": Size((3,), 2.0, 6, 1, 12)}


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run, bounded to about three minutes. ``size``: ``full`` or ``smoke``."""
    chosen = SIZES[size]
    async with _house() as house:
        idle_mb = (await house.phone.health())["rss_mb"]  # nobody has called yet
        setup = await _setups(house, chosen.setups)
        ours = await _most(lambda count: _conversations(house, count, chosen.seconds), chosen.steps)
        browser = await _browsers(house, chosen.browsers, 4.0)
        fsync = round(house.fsync_per_s)
    figures: dict[str, Any] = {
        "conversations": ours["conversations"],
        "max_gap_ms": ours["max_gap_ms"],
        "setup_p95_ms": setup,
        "cpu_percent_per_conversation": ours["cpu_percent_per_conversation"],
        "mb_per_conversation": round((ours["rss_mb"] - idle_mb) / max(1, ours["conversations"]), 2),
        "cpu_percent_per_browser": browser["cpu_percent_per_browser"],
        "mb_per_browser": browser["media_mb_per_browser"],
        "broke_at": ours["broke_at"],
        **(await _queued(chosen.queued)),
        **(await _peer(chosen)),
        "fsync_per_s": fsync,
    }
    return figures


async def _most(try_with: Any, steps: Sequence[int]) -> dict[str, Any]:
    """The last step all of whose ears heard without a gap; 0 conversations when the first already failed."""
    best: dict[str, Any] = {}
    for count in steps:
        found = await try_with(count)
        if found["max_gap_ms"] > GAP_MS_HEARD:
            return {**(best or found), "conversations": best.get("conversations", 0), "broke_at": count}
        best = {**found, "conversations": count}
    return {**best, "broke_at": None}


async def _setups(house: House, count: int) -> float | None:
    """From the INVITE to the 200, the durable record in between, in ms."""
    callers = [DrillCaller(house.target, f"0844{number:06}") for number in range(count)]
    dialling = []
    for caller in callers:
        dialling.append(asyncio.ensure_future(caller.start()))
        await asyncio.sleep(1 / CALLS_PER_SECOND)
    await asyncio.gather(*dialling, return_exceptions=True)
    waits = [(c.answered_at - c.invited_at) * 1000 for c in callers if c.answered_at and c.invited_at]
    await asyncio.gather(*(caller.hang_up() for caller in callers))
    return _p95(waits)


# --- three hundred callers ---------------------------------------------------------------------------------


async def _queued(count: int) -> dict[str, Any]:
    """Callers at fifty a second, nobody to answer them but the queue: who was answered, and who heard it.

    They are `tests.sip.crowd`, which says nothing itself: three hundred callers who also speak cost their own process
    more than the nodes have, and what was measured then was that process.
    """
    async with _house() as house, _second_node(house.settings) as second, _door(house, second) as port:
        met = await crowd(f"127.0.0.1:{port}", count, QUEUED_PER_SECOND, QUEUED_SECONDS_MAX)
        recorded = await house.archive.value("select count(*) from call where city_id = $1")
    return {
        "queued": count,
        f"queued_{count}_answered": met["statuses"].get("200", 0),
        f"queued_{count}_heard": met["heard"],
        f"queued_{count}_recorded": recorded,
        "queued_answer_p95_ms": _in_ms(met["answer_p95_s"]),
        "queued_greeting_p95_ms": _in_ms(met["heard_p95_s"]),
        "queued_door": "kamailio" if KAMAILIO else "one node, because there is no kamailio here",
    }


def _in_ms(seconds: Any) -> float | None:
    return None if seconds is None else round(1000 * seconds)


@asynccontextmanager
async def _second_node(settings: Any) -> AsyncIterator[int | None]:
    """A node beside the first, in a home of its own, on the same record. None without a door for both."""
    if KAMAILIO is None:
        yield None
        return
    port = free_port()
    home = settings.home / "second"
    home.mkdir()
    ports = {"rtp_port_first": 21_000, "rtp_port_last": 21_999}
    process = await _node(replace(settings, home=home, node="node-2", sip_port=port, **ports))
    try:
        yield port
    finally:
        process.terminate()
        await process.communicate()


@asynccontextmanager
async def _door(house: House, second: int | None) -> AsyncIterator[int]:
    """Kamailio in front of both nodes, as deploy/kamailio says; the first node itself where there is none."""
    if KAMAILIO is None or second is None:
        yield house.settings.sip_port
        return
    folder, port = Path(tempfile.mkdtemp(prefix="siaga-door-")), free_port()
    nodes = folder / "nodes.list"
    nodes.write_text("".join(f"1 sip:127.0.0.1:{node}\n" for node in (house.settings.sip_port, second)))
    process = await asyncio.create_subprocess_exec(
        KAMAILIO, "-f", str(ROOT / "deploy/kamailio/kamailio.cfg"), "-DD", "-E", "-Y", str(folder),
        "-P", str(folder / "pid"), "-A", f"SIAGA_LISTEN=127.0.0.1:{port}", "-A", f'SIAGA_NODES="{nodes}"',
        "-m", "64", "-M", "8", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.sleep(3.0)  # each node has been asked once whether it lives
        yield port
    finally:
        process.terminate()
        await process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


# --- the other engine --------------------------------------------------------------------------------------


async def _peer(chosen: Size) -> dict[str, Any]:
    if importlib.util.find_spec("aiosipua") is None or importlib.util.find_spec("aiortp") is None:
        return {
            "peer": None,
            "peer_missing": "aiosipua and aiortp are not installed (./siaga test installs them)",
        }
    found = await _most(lambda count: _peer_conversations(count, chosen.seconds), chosen.steps)
    return {
        "peer": "aiosipua+aiortp",
        "peer_conversations": found["conversations"],
        "peer_max_gap_ms": found["max_gap_ms"],
        "peer_setup_p95_ms": found["setup_p95_ms"],
        "peer_cpu_percent_per_conversation": found["cpu_percent_per_conversation"],
        "peer_broke_at": found["broke_at"],
    }


async def _peer_conversations(count: int, seconds: float) -> dict[str, Any]:
    phones = [FakeDeskPhone(tones(TAKER_HZ)) for _ in range(count)]
    for phone in phones:
        await phone.open()
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-O", "-m", "benchmarks.calls_peer", str(port), *(str(phone.port) for phone in phones),
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS_MAX):
        assert await process.stdout.readline() == b"ready\n"
    callers = [DrillCaller(f"127.0.0.1:{port}", f"0866{n:06}", audio=tones(CALLER_HZ)) for n in range(count)]
    try:
        for caller in callers:
            await caller.start()
        await asyncio.sleep(SETTLE_SECONDS)
        gc.collect()
        gc.disable()
        await asyncio.sleep(0.5)  # the pause that looking for garbage just made is over in every ear
        node = psutil.Process(process.pid)
        cpu, since = _cpu_seconds(node), clock.monotonic()
        await asyncio.sleep(seconds)
        until = clock.monotonic()
        cpu = _cpu_seconds(node) - cpu
        gc.enable()
    finally:
        for caller in callers:
            await caller.hang_up()
        for phone in phones:
            phone.close()
        process.terminate()
        await process.communicate()
    voices = [*((caller.voice, TAKER_HZ) for caller in callers)]
    voices += [(dialog.voice, CALLER_HZ) for phone in phones for dialog in phone.dialogs.values()]
    gaps = np.array([_longest_gap_ms(voice, hz, since, until) for voice, hz in voices])
    waits = [(c.answered_at - c.invited_at) * 1000 for c in callers if c.answered_at and c.invited_at]
    return {
        "max_gap_ms": round(float(gaps.max()), 1),
        "setup_p95_ms": _p95(waits),
        "cpu_percent_per_conversation": round(100 * cpu / (until - since) / count, 2),
    }
