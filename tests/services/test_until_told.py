"""A service ends when it is told to, and fails loudly when its work fails."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from siaga.processes.pulse import PULSE_ENV, Pulse
from siaga.services.until_told import until_told

PATIENCE_SECONDS = 10


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_tidies_up_and_ends_without_an_error(order: signal.Signals) -> None:
    tidied = asyncio.Event()

    async def work() -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), order)
        try:
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0)  # closing a connection takes its time, too
            tidied.set()

    await asyncio.wait_for(until_told(work(), Pulse({})), PATIENCE_SECONDS)

    assert tidied.is_set()


async def test_work_that_fails_is_not_swallowed() -> None:
    async def work() -> None:
        raise ConnectionRefusedError("no database")

    with pytest.raises(ConnectionRefusedError, match="no database"):
        await asyncio.wait_for(until_told(work(), Pulse({})), PATIENCE_SECONDS)


async def test_it_beats_while_it_works_and_says_when_it_is_ready() -> None:
    ours, theirs = os.pipe()
    pulse = Pulse({PULSE_ENV: str(theirs)})

    async def work() -> None:
        pulse.ready()
        await asyncio.sleep(0.05)

    await asyncio.wait_for(until_told(work(), pulse), PATIENCE_SECONDS)
    os.close(theirs)

    with open(ours, "rb") as heard:
        assert sorted(heard.read().split()) == [b"beat", b"ready"]


def test_without_a_supervisor_a_pulse_does_nothing() -> None:
    Pulse({}).ready()
