"""A whole node with a real database, killed without warning and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from siaga import clock
from siaga.adapters.phone.client import PhoneClient
from siaga.adapters.phone.control import control_socket, is_dead
from siaga.domain.call import Call, EndReason
from siaga.domain.event import CallArrived
from siaga.domain.heartbeat import Life
from siaga.domain.recording import Recording
from siaga.features.calls import actions as calls
from siaga.features.calls.nodes.actions import phones
from siaga.features.calls.nodes.watch import LOOK_SECONDS, NodeWatch
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.a_recording import stereo
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import free_port
from tests.sip.node_process import CITY

pytestmark = pytest.mark.sip

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 60.0
LISTED_SECONDS_MAX = 5.0


@dataclass
class Node:
    """A node process and everything around it."""

    home: Path
    dsn: str
    archive: PostgresArchive
    port: int
    process: asyncio.subprocess.Process | None = None
    name: str = "node-1"
    rtp_port_first: int = 20_000

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self, dsn: str | None = None) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.sip.node_process",
            cwd=ROOT,
            env={
                **os.environ,
                "SIAGA_HOME": str(self.home),
                "SIAGA_SIP_HOST": "127.0.0.1",
                "SIAGA_SIP_PORT": str(self.port),
                "SIAGA_NODE": self.name,
                "SIAGA_RTP_PORT_FIRST": str(self.rtp_port_first),
                "SIAGA_RTP_PORT_LAST": str(self.rtp_port_first + 199),
                "DATABASE_URL": dsn or self.dsn,
                "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            },
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(START_SECONDS_MAX):
            assert await self.process.stdout.readline() == b"ready\n"

    async def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        await self.process.communicate()
        self.process = None

    async def the_call(self, number: str) -> Call:
        async def read(tx: Transaction) -> list[Call]:
            return await tx.find(Call, number=number)

        for _ in range(200):
            found = await self.archive.look(read)
            if found:
                return found[0]
            await asyncio.sleep(0.05)
        raise AssertionError(f"no call from {number} was recorded within 10 s")

    async def recordings(self) -> list[Recording]:
        async def read(tx: Transaction) -> list[Recording]:
            return await tx.find(Recording)

        return await self.archive.look(read)


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    for _ in range(int(seconds / 0.05)):
        if await true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it did not happen within {seconds} s")


async def has_seat(phone: PhoneClient, seat: str) -> bool:
    return (await phone.health())["seats"] == [seat]


@pytest.fixture
async def node(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Node]:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, CITY)
    made = Node(tmp_path, postgres_dsn, archive, free_port())
    try:
        await made.start()
        yield made
    finally:
        if made.process is not None:
            await made.kill()
        await archive.close()


async def test_a_call_walks_through_the_whole_node(node: Node) -> None:
    phone = PhoneClient(control_socket(node.home))
    browser = FakeBrowser(tones(1700))
    await browser.accept(await phone.connect("sari", await browser.offer()))
    caller = FakeCaller(node.target, "0811", audio=tones(1300), name="Budi")
    assert await caller.start() == 200
    call = await node.the_call("0811")
    await until(lambda: has_seat(phone, "sari"))
    await node.archive.do(calls.go_ready, taker="sari", now=call.arrived_at)

    await node.archive.do(calls.answer_call, taker="sari", call=call.id, now=call.arrived_at)

    assert await caller.hears(1700)
    assert await browser.hears(1300)
    assert (await phone.health())["bridged"] == 1
    await node.archive.do(calls.end_call, call=call.id, taker="sari", now=call.arrived_at)
    async with asyncio.timeout(5):
        await caller.ended.wait()
    await browser.close()
    await phone.close()
    await caller.hang_up()


async def test_a_killed_node_loses_no_call_and_no_voice(node: Node) -> None:
    caller = FakeCaller(node.target, "0822", audio=tones(1300))
    assert await caller.start() == 200
    call = await node.the_call("0822")
    await asyncio.sleep(2.0)

    await node.kill()
    await node.start()

    async def is_mended() -> bool:
        return (await node.the_call("0822")).is_over and bool(await node.recordings())

    await until(is_mended)
    lost = await node.the_call("0822")
    assert (lost.id, lost.end_reason) == (call.id, EndReason.LOST)
    [saved] = [recording for recording in await node.recordings() if recording.call == call.id]
    sound = stereo(node.home / "recordings" / saved.file, node.home / "recording-keys")
    assert len(sound) / 8000 == pytest.approx(2.0, abs=1.0)
    again = FakeCaller(node.target, "0823")
    assert await again.start() == 200
    await again.hang_up()
    caller.vanish()


async def test_a_node_that_never_comes_back_is_missed_within_five_seconds(
    node: Node, record_property: Callable[[str, object], None]
) -> None:
    caller = FakeCaller(node.target, "0824", audio=tones(1300))
    assert await caller.start() == 200
    call = await node.the_call("0824")
    await node.archive.do(
        calls.call_arrived, call="elsewhere", number="0825", display_name=None, node="node-2", channel="voice",
        now=call.arrived_at,
    )  # fmt: skip
    watch = NodeWatch(lambda name: is_dead(node.home, name))
    watching = asyncio.create_task(look_forever(watch, node.archive))
    await asyncio.sleep(2.0)
    assert not (await node.the_call("0824")).is_over

    await node.kill()
    killed_at = clock.monotonic()

    async def is_listed() -> bool:
        return (await node.the_call("0824")).end_reason is EndReason.LOST

    await until(is_listed, LISTED_SECONDS_MAX)
    record_property("listed_seconds", round(clock.monotonic() - killed_at, 2))
    print(f"listed {clock.monotonic() - killed_at:.2f} s after SIGKILL")
    assert not (await node.the_call("0825")).is_over
    watching.cancel()
    caller.vanish()


async def test_a_paused_node_loses_no_conversation(node: Node) -> None:
    caller = FakeCaller(node.target, "0826", audio=tones(1300))
    assert await caller.start() == 200
    await node.the_call("0826")
    watching = asyncio.create_task(
        look_forever(NodeWatch(lambda name: is_dead(node.home, name)), node.archive)
    )
    await asyncio.sleep(1.0)
    assert node.process is not None

    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        await until(lambda: has_life(node.archive, Life.SILENT), LISTED_SECONDS_MAX)
    finally:
        os.kill(node.process.pid, signal.SIGCONT)

    await until(lambda: has_life(node.archive, Life.UP))
    assert not (await node.the_call("0826")).is_over
    watching.cancel()
    await caller.hang_up()


async def look_forever(watch: NodeWatch, archive: PostgresArchive) -> None:
    while True:
        await watch(archive, clock.now())
        await asyncio.sleep(LOOK_SECONDS)


async def has_life(archive: PostgresArchive, life: Life) -> bool:
    return [heart.state for heart in await archive.look(phones)] == [life]


async def test_a_node_without_a_database_answers_and_reports_later(node: Node) -> None:
    await node.kill()
    await node.start(dsn="postgresql://nobody@127.0.0.1:1/nowhere")
    caller = FakeCaller(node.target, "0833")
    assert await caller.start() == 200
    assert len(caller.heard()) >= 0
    await caller.hang_up()
    await asyncio.sleep(0.3)
    await node.kill()

    await node.start()

    async def is_told() -> bool:
        return (await node.the_call("0833")).is_over

    await until(is_told)
    call = await node.the_call("0833")
    assert call.end_reason is EndReason.ABANDONED
    arrivals = [entry.event for entry in await node.archive.read(0) if isinstance(entry.event, CallArrived)]
    assert sum(event.call == call.id for event in arrivals) == 1
