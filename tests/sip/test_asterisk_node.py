"""A whole node behind an exchange, with a real database: killed, it finds its callers again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from siaga import clock
from siaga.adapters.phone.client import PhoneClient
from siaga.adapters.phone.control import control_socket
from siaga.domain.call import Call, EndReason
from siaga.features.calls import actions as calls
from siaga.records.archive import Transaction
from tests.sip.browser import FakeBrowser
from tests.sip.caller import tones
from tests.sip.fake_asterisk import PASSWORD, FakeAsterisk, Person
from tests.sip.test_node_process import Node, has_seat, node, until

__all__ = ["node"]  # fixture

pytestmark = pytest.mark.sip


@pytest.fixture(autouse=True)
async def asterisk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeAsterisk]:
    """An exchange, and settings that name it, before the node starts."""
    made = FakeAsterisk()
    await made.start()
    (tmp_path / "ari-password").write_text(PASSWORD, encoding="utf-8")
    monkeypatch.setenv("SIAGA_PHONE_ENGINE", "asterisk")
    monkeypatch.setenv("SIAGA_ARI_URL", made.url)
    monkeypatch.setenv("SIAGA_ARI_PASSWORD_FILE", str(tmp_path / "ari-password"))
    yield made
    await made.stop()


async def the_calls(node: Node, number: str) -> list[Call]:
    async def read(tx: Transaction) -> list[Call]:
        return await tx.find(Call, number=number)

    return sorted(await node.archive.look(read), key=lambda call: call.arrived_at)


async def test_a_call_walks_through_the_exchange_and_the_whole_node(
    asterisk: FakeAsterisk, node: Node
) -> None:
    phone, browser = PhoneClient(control_socket(node.home)), FakeBrowser(tones(1700))
    caller = Person(tones(1300))
    channel = asterisk.rings(caller, "0871")
    call = await node.the_call("0871")
    await browser.accept(await phone.connect("sari", await browser.offer()))
    await until(lambda: has_seat(phone, "sari"))
    await node.archive.do(calls.go_ready, taker="sari", now=clock.now())

    await node.archive.do(calls.answer_call, taker="sari", call=call.id, now=clock.now())

    assert await caller.hears(1700)
    assert await browser.hears(1300)
    assert "connected" in (await phone.health())["trunk"]
    await node.archive.do(calls.end_call, call=call.id, taker="sari", now=clock.now())
    async with asyncio.timeout(5):
        while not channel.gone:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await browser.close()
    await phone.close()


async def test_a_caller_of_a_killed_node_stays_on_the_line_and_is_greeted_by_the_next(
    asterisk: FakeAsterisk, node: Node
) -> None:
    caller = Person(tones(1300))
    channel = asterisk.rings(caller, "0872")
    first = await node.the_call("0872")
    async with asyncio.timeout(8):
        while not asterisk.bridges:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    await node.kill()
    assert not channel.gone
    caller.frames.clear()
    await node.start()

    async def rings_again() -> bool:
        found = await the_calls(node, "0872")
        return len(found) == 2 and found[0].is_over

    await until(rings_again)
    lost, again = await the_calls(node, "0872")
    assert (lost.id, lost.end_reason, again.is_over) == (first.id, EndReason.LOST, False)

    async def hears_something() -> bool:
        return bool(abs(caller.heard()).max(initial=0) > 500)

    await until(hears_something)
    asterisk.leaves(channel)

    async def is_over() -> bool:
        return (await the_calls(node, "0872"))[1].is_over

    await until(is_over)
