"""Where the database's socket file lies: in the home, or in a short closed folder when the home's name is long."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from siaga.processes.trouble import Trouble, Words

SOCKET_PATH_BYTES_MAX = 103
# The kernel's limit is 107 bytes on Linux and 103 on macOS, the terminating zero not counted.
SOCKET_NAME = ".s.PGSQL.5432"


def socket_folder(home: Path) -> Path:
    """The folder, made closed (0700) when it is not there. The same home always gives the same folder.

    Raises Trouble when somebody else has put a folder of that name in the shared temporary place.
    """
    folder = home / "postgres" / "socket"
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES_MAX:
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        folder = _short_place() / f"siaga-{os.geteuid()}-{name}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    safe = stat.S_ISDIR(facts.st_mode) and stat.S_IMODE(facts.st_mode) == 0o700
    ours = os.geteuid() == 0 or facts.st_uid == os.geteuid()
    if not (safe and ours):
        raise Trouble(
            Words(
                f"Folder {folder} milik akun lain atau terbuka untuk umum; hapus dulu folder itu.",
                f"The folder {folder} belongs to somebody else or is open to everybody; remove it first.",
            )
        )
    return folder


def _short_place() -> Path:
    """A place with a short name that every account may pass through."""
    if os.geteuid() == 0 and os.access("/run", os.W_OK):
        return Path("/run")
    return Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108
