"""Small promises of the operating system: a child dies with its parent, and a folder has one keeper."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
# Loaded here, because between fork and exec a child may not import anything.


def dies_with_parent(deathbed: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `deathbed` to the child when the thread that started it ends, even by -9.

    Linux only; elsewhere a killed supervisor leaves its children, and the next start clears them away.
    """
    parent = os.getpid()

    def promise() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, int(deathbed), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return promise


class Keeper:
    """An advisory lock on a file: whoever holds it keeps what lies beside it. Freed by the kernel at death."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._held: IO[str] | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """True when taken. Without `wait` False at once when somebody else holds it.

        Raises OSError when the file cannot be made (folder not writable).
        """
        if self._held is not None:
            return True
        held = open(self.file, "a+", encoding="utf-8")  # noqa: SIM115  (kept open on purpose: closing frees the lock)
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(held, mode | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            held.close()
            return False
        self._held = held
        return True

    def write(self, text: str) -> None:
        """Say something about the keeper to whoever finds the file taken."""
        assert self._held is not None, "take the lock before writing"
        self._held.seek(0)
        self._held.truncate()
        self._held.write(text)
        self._held.flush()

    def read(self) -> str:
        """What the present keeper wrote; empty when nobody ever did."""
        try:
            return self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def leave(self) -> None:
        """Free it. Harmless when it is not held."""
        if self._held is not None:
            self._held.close()
            self._held = None
