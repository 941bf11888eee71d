"""The services of one installation, each a process of its own: what `siaga serve NAME` runs.

Each is a module here with `async def main(settings)`, loaded only in its own process: a process carries no library it
does not use, and starts the sooner.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from typing import Any

from siaga.settings import Settings

Runner = Callable[[Coroutine[Any, Any, None]], None]

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
QUIET = ("aioice", "aiortc", "httpx", "uvicorn.access")
# They tell of every packet or request, with addresses and links that are not for a log.


def _fast_loop(work: Coroutine[Any, Any, None]) -> None:
    import uvloop

    uvloop.run(work)


SERVICES: Mapping[str, Runner] = {
    # module here    the event loop it runs on
    "worker": _fast_loop,
    "phone": asyncio.run,  # the sound libraries are tested on the standard loop
    "web": _fast_loop,
}

GARBAGE_LOOKED_AT_EVERY = (50_000, 20, 50)
# New objects, and rounds, between two looks for unreachable cycles. Python's own 700 makes it walk through every
# open request and stream dozens of times a second, which costs an eighth of the processor and, with two thousand
# screens open, stalls of 50 ms that a caller hears. What waits to be found meanwhile is some megabytes.


def serve(name: str, settings: Settings) -> None:
    """Run one service in this process until SIGTERM or SIGINT. Raises KeyError for a name not in SERVICES."""
    run = SERVICES[name]
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    for noisy in QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    service = import_module(f"siaga.services.{name}")
    gc.freeze()  # modules and their functions never become garbage
    gc.set_threshold(*GARBAGE_LOOKED_AT_EVERY)
    run(service.main(settings))
