"""Clears away what a killed server left on a data folder, without ever disturbing a living one.

Call it only while holding the home's keeper lock: then whoever still works on the folder has lost its parent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

from siaga import clock
from siaga.processes.socket_folder import SOCKET_NAME
from siaga.processes.trouble import Trouble, Words

GOODBYE_SECONDS_MAX = 30
HARD_AFTER_SECONDS = 20
POLL_SECONDS = 0.05


def clear(data: Path, sockets: Path) -> None:
    """Wait for orphans on `data` to go, asking them to, then remove locks that no living server holds.

    The lock files are removed only when no process works in the folder any more: they are PostgreSQL's own
    protection against two servers on one folder. Raises Trouble when an orphan will not go.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    began = clock.monotonic()
    while orphans := _working_in(data):
        waited = clock.monotonic() - began
        if waited > GOODBYE_SECONDS_MAX:
            numbers = ", ".join(str(orphan.pid) for orphan in orphans)
            raise Trouble(
                Words(
                    f"Server basis data lama (proses {numbers}) tidak mau berhenti. Hentikan: kill -9 {numbers}",
                    f"An old database server (process {numbers}) does not stop. Stop it: kill -9 {numbers}",
                )
            )
        _ask_to_go(orphans, hard=waited > HARD_AFTER_SECONDS)
        time.sleep(POLL_SECONDS)
    for stale in (lock, sockets / f"{SOCKET_NAME}.lock", sockets / SOCKET_NAME):
        stale.unlink(missing_ok=True)


def _working_in(data: Path) -> list[psutil.Process]:
    """Living processes whose working folder is the data folder: the server and all its helpers stand there."""
    place = str(data.resolve())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.cwd() == place:
                found.append(process)
    return found


def _ask_to_go(orphans: list[psutil.Process], *, hard: bool) -> None:
    """Fast shutdown for a server; a helper that has lost its server only understands QUIT."""
    numbers = {orphan.pid for orphan in orphans}
    for orphan in orphans:
        with contextlib.suppress(psutil.Error):
            is_server = orphan.ppid() not in numbers and bool(orphan.children())
            order = signal.SIGKILL if hard else signal.SIGINT if is_server else signal.SIGQUIT
            if is_server or hard or not any(other.pid == orphan.ppid() for other in orphans):
                orphan.send_signal(order)
