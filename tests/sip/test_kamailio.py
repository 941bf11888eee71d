"""Two call nodes behind Kamailio: one is killed, or full, and nobody is turned away while the other has room.

Kamailio runs exactly deploy/kamailio/kamailio.cfg. Everything talks to the loopback and stops by itself.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from siaga import clock
from siaga.adapters.phone.control import is_dead
from siaga.adapters.phone.sip.options import CALLS_MAX
from siaga.domain.call import Call, EndReason
from siaga.features.calls.nodes.watch import LOOK_SECONDS, NodeWatch
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import free_port
from tests.sip.crowd import crowd
from tests.sip.node_process import CITY

KAMAILIO = shutil.which("kamailio", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(KAMAILIO is None, reason="no kamailio here (Debian's package; .ci/run installs it)"),
]

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "deploy" / "kamailio" / "kamailio.cfg"
START_SECONDS_MAX = 60.0
LISTED_SECONDS_MAX = 5.0
MOVED_SECONDS_MAX = 3.0  # silence is noticed after 1.5 s; the rest is the next answer and a busy machine
GAP_SECONDS_MAX = 0.5  # nobody may notice; what is left is the noise of a busy test machine
RTP_PORTS = 2 * CALLS_MAX + 80  # two a call, and some that another test may hold
CROWD = 300  # more than one node carries, and all of them have a place
CROWD_PER_SECOND = 50.0
CROWD_SECONDS_MAX = (
    90.0  # until the last has heard something, on a machine many times slower than an office's
)
FULL_CALLS = 3  # each node's room in the test of the full ones; the real number is options.CALLS_MAX


@dataclass
class House:
    """Two nodes, the proxy in front, and the record both write to."""

    folder: Path
    archive: PostgresArchive
    dsn: str
    proxy_port: int = field(default_factory=free_port)
    ports: dict[str, int] = field(default_factory=lambda: {"node-a": free_port(), "node-b": free_port()})
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    rtp_port_first: int = field(default_factory=lambda: random.randrange(30_000, 50_000, 2 * RTP_PORTS))
    calls_max: int = CALLS_MAX

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.proxy_port}"

    def _rtp_port(self, name: str) -> int:
        return self.rtp_port_first + RTP_PORTS * list(self.ports).index(name)

    async def start_node(self, name: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.sip.node_process",
            cwd=ROOT,
            env={
                **os.environ,
                "SIAGA_HOME": str(self.folder / name),
                "SIAGA_NODE": name,
                "SIAGA_SIP_HOST": "127.0.0.1",
                "SIAGA_SIP_PORT": str(self.ports[name]),
                "SIAGA_RTP_PORT_FIRST": str(self._rtp_port(name)),
                "SIAGA_RTP_PORT_LAST": str(self._rtp_port(name) + RTP_PORTS - 1),
                "DATABASE_URL": self.dsn,
                "NODE_CALLS_MAX": str(self.calls_max),
                "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            },
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.running[name] = process
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS_MAX):
            assert await process.stdout.readline() == b"ready\n"

    async def start_proxy(self) -> None:
        nodes = self.folder / "nodes.list"
        nodes.write_text("".join(f"1 sip:127.0.0.1:{port}\n" for port in self.ports.values()))
        assert KAMAILIO is not None
        self.running["proxy"] = await asyncio.create_subprocess_exec(
            KAMAILIO, "-f", str(CONFIGURATION), "-DD", "-E", "-Y", str(self.folder), "-P", str(self.folder / "pid"),
            "-A", f"SIAGA_LISTEN={self.target}", "-A", f'SIAGA_NODES="{nodes}"', "-m", "64", "-M", "8",
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await until(self._answers, START_SECONDS_MAX)

    async def _answers(self) -> bool:
        """The proxy has heard from both nodes: two calls in a row are answered by different ones."""
        for _ in range(2):
            caller = FakeCaller(self.target, "0800")
            try:
                status = await caller.start()
            except (TimeoutError, OSError):
                status = 0
            await caller.hang_up()
            if status != 200:
                return False
        return len({call.node for call in await self.calls("0800")}) == 2

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        process = self.running.pop(name)
        os.kill(process.pid, how)
        await process.communicate()

    async def calls(self, number: str) -> list[Call]:
        async def read(tx: Transaction) -> list[Call]:
            return await tx.find(Call, number=number)

        return await self.archive.look(read)

    async def call_of(self, number: str) -> Call:
        async def is_recorded() -> bool:
            return bool(await self.calls(number))

        await until(is_recorded)
        return (await self.calls(number))[0]


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    for _ in range(int(seconds / 0.1)):
        if await true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"it did not happen within {seconds} s")


@pytest.fixture
async def house(request: pytest.FixtureRequest, tmp_path: Path, postgres_dsn: str) -> AsyncIterator[House]:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, CITY)
    made = House(tmp_path, archive, postgres_dsn, calls_max=getattr(request, "param", CALLS_MAX))
    try:
        await asyncio.gather(*(made.start_node(name) for name in made.ports))
        await made.start_proxy()
        yield made
    finally:
        for name in list(made.running):
            await made.kill(name, signal.SIGTERM if name == "proxy" else signal.SIGKILL)
        await archive.close()


async def look_forever(house: House) -> None:
    watch = NodeWatch(lambda name: is_dead(house.folder / name, name))
    while True:
        await watch(house.archive, clock.now())
        await asyncio.sleep(LOOK_SECONDS)


async def dialled(house: House, number: str, transport: str = "udp") -> FakeCaller:
    caller = FakeCaller(house.target, number, audio=tones(1300), transport=transport)
    assert await caller.start() == 200
    return caller


async def test_a_killed_node_takes_only_its_own_calls_with_it(house: House) -> None:
    callers = {
        f"081{number}": await dialled(house, f"081{number}", "tcp" if number % 2 else "udp")
        for number in range(6)
    }
    where = {number: (await house.call_of(number)).node for number in callers}
    assert set(where.values()) == {"node-a", "node-b"}
    watching = asyncio.create_task(look_forever(house))
    await asyncio.sleep(2.0)

    await house.kill("node-a")
    killed_at = clock.monotonic()
    during = asyncio.create_task(_keep_dialling(house, "082", killed_at + 4.0))

    async def are_listed() -> bool:
        gone = [await house.call_of(number) for number, node in where.items() if node == "node-a"]
        return all(call.end_reason is EndReason.LOST for call in gone)

    await until(are_listed, LISTED_SECONDS_MAX)
    moved = await during
    assert max(moved) < MOVED_SECONDS_MAX
    for number, caller in callers.items():
        if where[number] == "node-b":
            assert not (await house.call_of(number)).is_over
            assert not caller.ended.is_set()
            assert longest_gap(caller, killed_at) < GAP_SECONDS_MAX

    await house.start_node("node-a")

    async def takes_calls_again() -> bool:
        caller = await dialled(house, "0899")
        await caller.hang_up()
        return any(call.node == "node-a" for call in await house.calls("0899"))

    await until(takes_calls_again, 15.0)
    watching.cancel()
    print(f"calls moved to the other node within {max(moved):.2f} s, {len(moved)} dialled during the kill")
    for caller in callers.values():
        caller.vanish()


async def _keep_dialling(house: House, prefix: str, stop_at: float) -> list[float]:
    """Four callers a second while a node is down: every one is answered. How long each waited, in seconds."""

    async def one(number: str) -> float:
        caller = FakeCaller(house.target, number)
        began = clock.monotonic()
        assert await caller.start() == 200, f"caller {number} was turned away"
        waited = clock.monotonic() - began
        await asyncio.sleep(0.2)
        await caller.hang_up()
        return waited

    waiting: list[asyncio.Task[float]] = []
    while clock.monotonic() < stop_at:
        waiting.append(asyncio.create_task(one(f"{prefix}{len(waiting)}")))
        await asyncio.sleep(0.25)
    return await asyncio.gather(*waiting)


def longest_gap(caller: FakeCaller, since: float) -> float:
    """The longest silence of the line, in seconds, after this moment."""
    at = [frame.at for frame in caller.voice.frames if frame.at >= since]
    assert len(at) > 50
    return max(later - earlier for earlier, later in pairwise(at))


async def test_without_any_node_the_operator_is_told_to_try_its_next_route(house: House) -> None:
    for name in ("node-a", "node-b"):
        await house.kill(name)
    caller = FakeCaller(house.target, "0877")
    assert await caller.start() == 503
    await caller.hang_up()


@pytest.mark.parametrize("house", [FULL_CALLS], indirect=True)
async def test_a_full_node_is_passed_over_and_only_a_full_house_says_so(house: House) -> None:
    callers = [await dialled(house, f"083{number}") for number in range(2 * FULL_CALLS)]
    on = {caller: (await house.call_of(caller.number)).node for caller in callers}
    assert sorted(node or "" for node in on.values()) == ["node-a"] * FULL_CALLS + ["node-b"] * FULL_CALLS
    too_many = FakeCaller(house.target, "0838")
    assert await too_many.start() == 503  # the operator's exchange tries its next route
    await too_many.hang_up()

    # Twice the same node has the only place, so that the proxy turns to the full one at least once.
    for number, node in enumerate(("node-a", "node-a", "node-b", "node-b")):
        leaves = next(caller for caller in on if on[caller] == node)
        del on[leaves]
        await leaves.hang_up()

        async def is_free(number: str = leaves.number) -> bool:
            return (await house.call_of(number)).is_over

        await until(is_free)
        comes = await dialled(house, f"084{number}")
        on[comes] = (await house.call_of(comes.number)).node
        assert on[comes] == node
    for caller in on:
        await caller.hang_up()


async def test_three_hundred_callers_at_once_are_all_answered_and_hear_the_queue(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    met = await crowd(house.target, CROWD, CROWD_PER_SECOND, CROWD_SECONDS_MAX)
    print(f"three hundred callers: {met}")
    record_property("crowd", met)
    assert met["statuses"] == {"200": CROWD}
    assert met["heard"] == CROWD
    assert met["gone_early"] == 0  # nobody was cut off to make room

    async def are_all_recorded() -> bool:
        count = "select count(distinct number) from call where city_id = $1 and number like '0855%'"
        return bool(await house.archive.value(count) == CROWD)

    await until(are_all_recorded, CROWD_SECONDS_MAX)
    nodes = await house.archive.rows(
        "select distinct node from call where city_id = $1 and number like '0855%'"
    )
    assert {row["node"] for row in nodes} == {"node-a", "node-b"}
