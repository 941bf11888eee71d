"""Two call nodes of one city: one is killed, and the conversation on the other has not missed a moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from siaga import clock
from siaga.adapters.phone.clients import PhoneClients
from siaga.adapters.phone.control import is_dead
from siaga.domain.call import EndReason
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls.nodes.watch import NodeWatch
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import free_port
from tests.sip.node_process import CITY
from tests.sip.test_node_process import LISTED_SECONDS_MAX, Node, look_forever, until

pytestmark = pytest.mark.sip

GAP_SECONDS_MAX = 0.5  # nobody may notice; what is left is the noise of a busy test machine


@pytest.fixture
async def nodes(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[list[Node]]:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, CITY)
    first = random.randrange(30_000, 50_000, 400)
    made = [
        Node(tmp_path, postgres_dsn, archive, free_port(), name=name, rtp_port_first=first + 200 * number)
        for number, name in enumerate(("node-1", "node-2"))
    ]
    await asyncio.gather(*(node.start() for node in made))
    yield made
    for node in made:
        if node.process is not None:
            await node.kill()
    await archive.close()


async def test_the_other_nodes_conversation_goes_on(nodes: list[Node]) -> None:
    one, two = nodes
    archive = one.archive
    phone = PhoneClients(one.home, "node-1")
    headsets = {}
    for taker in ("rani", "dewi"):
        for node in ("node-1", "node-2"):
            headsets[taker, node] = browser = FakeBrowser(tones(1700))
            await browser.accept(await phone.connect(taker, await browser.offer(), node))

    async def seat(taker: str) -> Seat:
        async def read(tx: Transaction) -> Seat | None:
            return await tx.seek(Seat, taker)

        found = await archive.look(read)
        return found or Seat(taker=taker, since=clock.now(), idle_since=clock.now())

    async def is_heard_everywhere() -> bool:
        return all([set((await seat(taker)).heard_on) == {"node-1", "node-2"} for taker in ("rani", "dewi")])

    await until(is_heard_everywhere)
    callers = {}
    for taker, home, number in (("rani", one, "0841"), ("dewi", two, "0842")):
        await archive.do(calls.go_ready, taker=taker, now=clock.now())
        callers[number] = FakeCaller(home.target, number, audio=tones(1300))
        assert await callers[number].start() == 200
        call = await home.the_call(number)
        assert call.node == home.name
        await archive.do(calls.answer_call, taker=taker, call=call.id, now=clock.now())
        assert await callers[number].hears(1700)
        assert await headsets[taker, home.name].hears(1300)
    watching = asyncio.create_task(look_forever(NodeWatch(lambda name: is_dead(one.home, name)), archive))
    await asyncio.sleep(1.5)

    killed_at = clock.monotonic()
    await one.kill()

    async def is_listed() -> bool:
        return (await one.the_call("0841")).end_reason is EndReason.LOST

    await until(is_listed, LISTED_SECONDS_MAX)
    print(f"listed {clock.monotonic() - killed_at:.2f} s after SIGKILL, node not started again")
    assert not (await two.the_call("0842")).is_over
    assert await callers["0842"].hears(1700)
    assert await headsets["dewi", "node-2"].hears(1300)
    moments = [frame.at for frame in callers["0842"].voice.frames if frame.at >= killed_at]
    gap = max(after - before for before, after in pairwise(moments))
    print(f"longest gap on the other node {gap * 1000:.0f} ms")
    assert gap < GAP_SECONDS_MAX
    rani, dewi = await seat("rani"), await seat("dewi")
    assert (rani.state, rani.heard_on) == (SeatState.WRAPUP, ("node-2",))
    assert dewi.state is SeatState.TALKING

    await callers["0842"].hang_up()
    watching.cancel()
    callers["0841"].vanish()
    for browser in headsets.values():
        await browser.close()
    await phone.close()
