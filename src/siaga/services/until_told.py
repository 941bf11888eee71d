"""Working until somebody says stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable

from siaga.processes.pulse import Pulse


async def until_told(work: Awaitable[None], pulse: Pulse) -> None:
    """Do the work, with a beating pulse, until it fails (raises what it raised) or SIGTERM or SIGINT comes."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    working = asyncio.ensure_future(work)
    waiting = asyncio.create_task(stopping.wait())
    beating = asyncio.create_task(pulse.beat_forever())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    working.cancel()  # without effect on work that has ended by itself
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        beating.cancel()
