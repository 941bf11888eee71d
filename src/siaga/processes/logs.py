"""Log files that cannot fill the disk. Children append to a plain file, so a stalled reader never stops them."""

from __future__ import annotations

import shutil
from pathlib import Path

LOG_BYTES_MAX = 10 * 1024 * 1024
# About a week of an ordinary office; old enough to explain yesterday, small enough never to matter.
LOGS_KEPT = 3


def shrink(log: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
    """When `log` has grown past `bytes_max`, keep it as `.1` (and `.1` as `.2` ...) and empty it in place.

    Emptied, not renamed: its writer holds it open for appending and simply goes on at the new end.
    """
    if not log.exists() or log.stat().st_size <= bytes_max:
        return
    for number in range(LOGS_KEPT, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with open(log, "r+b") as file:
        file.truncate(0)
