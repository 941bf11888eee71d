"""The silent protocol over a whole node with a real database: who says nothing is asked, who speaks is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from siaga import clock
from siaga.adapters.phone.client import PhoneClient, PhoneDown
from siaga.adapters.phone.control import control_socket
from siaga.adapters.phone.sound.frames import read_wav
from siaga.adapters.phone.sound.prompts import SPOKEN
from siaga.domain.call import Call
from siaga.domain.room_rules import SilentRules
from siaga.domain.silent_check import CheckResult
from siaga.features.calls import actions as calls
from siaga.features.calls.silence import actions as silent
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, tones
from tests.sip.test_node_process import Node, has_seat, node, until

__all__ = ["node"]  # fixture

pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(
        not (SPOKEN / "silent_check.wav").exists(), reason="no prompts: build the assets first"
    ),
]

SILENT_SECONDS = SilentRules().after_seconds
WATCH_SECONDS_MAX = 20.0  # the detector's first start on a busy machine


async def the_worker(node: Node) -> None:
    """What the worker does every second."""
    while True:
        await node.archive.do(silent.run_checks, rules=SilentRules(), now=clock.now())
        await asyncio.sleep(0.5)


def taker_of(number: str) -> str:
    """Each test has a taker of its own: the tests share one database."""
    return f"taker-{number}"


async def answers(phone: PhoneClient) -> bool:
    """The node's side door is open."""
    try:
        await phone.health()
    except PhoneDown:
        return False
    return True


@asynccontextmanager
async def answered(node: Node, caller: FakeCaller, number: str) -> AsyncIterator[Call]:
    """A taker talks with the caller, in a house whose worker runs."""
    taker = taker_of(number)
    phone, browser = PhoneClient(control_socket(node.home)), FakeBrowser(tones(1700))
    await until(lambda: answers(phone))
    await browser.accept(await phone.connect(taker, await browser.offer()))
    await until(lambda: has_seat(phone, taker))
    await node.archive.do(calls.go_ready, taker=taker, now=clock.now())
    assert await caller.start() == 200
    call = await node.the_call(number)
    worker = asyncio.create_task(the_worker(node))
    await node.archive.do(calls.answer_call, taker=taker, call=call.id, now=clock.now())
    try:
        yield call
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        await browser.close()
        await phone.close()
        await caller.hang_up()


async def test_a_silent_caller_is_asked_by_itself_and_a_key_makes_him_most_urgent(node: Node) -> None:
    caller = FakeCaller(node.target, "0844")
    async with answered(node, caller, "0844") as call:

        async def is_asked() -> bool:
            return (await node.the_call("0844")).check_began_at is not None

        await until(is_asked, WATCH_SECONDS_MAX + SILENT_SECONDS)
        assert await caller.hears(1700)  # the taker is still heard beneath the recorded voice
        caller.press("7")

        async def is_flagged() -> bool:
            return (await node.the_call("0844")).cannot_speak_at is not None

        await until(is_flagged)
        flagged = await node.the_call("0844")
        assert (flagged.id, flagged.urgency, flagged.check_result) == (call.id, 1, CheckResult.SIGNAL)


async def test_the_check_runs_whole_over_the_line_and_says_that_it_was_heard(node: Node) -> None:
    caller = FakeCaller(node.target, "0855")
    async with answered(node, caller, "0855") as call:
        await node.archive.do(silent.begin_check, call=call.id, taker=taker_of("0855"), now=clock.now())

        async def is_over() -> bool:
            return (await node.the_call("0855")).check_result is not None

        await until(is_over, 45.0)
        over = await node.the_call("0855")
        assert over.check_played_at is not None
        assert over.check_result is CheckResult.NO_SIGN
        await node.archive.do(
            calls.dispose_call, call=call.id, kind="ghost", taker=taker_of("0855"), now=clock.now()
        )


async def test_who_speaks_is_heard_and_never_asked(node: Node) -> None:
    caller = FakeCaller(node.target, "0866", audio=read_wav(SPOKEN / "greeting.wav"))
    async with answered(node, caller, "0866"):

        async def is_heard() -> bool:
            return (await node.the_call("0866")).voice_at is not None

        await until(is_heard, WATCH_SECONDS_MAX)
        await asyncio.sleep(SILENT_SECONDS + 1.5)
        spoke = await node.the_call("0866")
        assert (spoke.check_began_at, spoke.urgency) == (None, 2)
