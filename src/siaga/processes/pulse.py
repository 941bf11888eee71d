"""How a child process tells its supervisor that it is ready, and then that it is not stuck."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Mapping

PULSE_ENV = "SIAGA_PULSE_FD"
PULSE_SECONDS = 2.0
HUNG_SECONDS_MAX = 20.0
# Ten missed beats: longer than any pause we measured on an overloaded machine, shorter than a caller's patience.
ORPHAN_SECONDS_MAX = 8.0


class Pulse:
    """One end of a pipe to the supervisor. Without a supervisor every call does nothing."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        number = (os.environ if env is None else env).get(PULSE_ENV)
        self._pipe = int(number) if number else None
        if self._pipe is not None:
            os.set_blocking(self._pipe, False)
            os.set_inheritable(self._pipe, False)

    def ready(self) -> None:
        """The process now does its work (its port is open). Call once."""
        self._write(b"ready\n")

    async def beat_forever(self) -> None:
        """Run as a task beside the work, on the same loop: when the loop is stuck, the beats stop."""
        while True:
            self._write(b"beat\n")
            await asyncio.sleep(PULSE_SECONDS)

    def _write(self, word: bytes) -> None:
        if self._pipe is not None:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(self._pipe, word)


def leave_when_orphaned() -> None:
    """A backstop beside the kernel's signal: an orphan that cannot end its work in time ends without it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        time.sleep(ORPHAN_SECONDS_MAX)
        os._exit(1)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()
