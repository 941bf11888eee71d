"""The data folder, made closed to everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siaga.processes.trouble import Trouble, Words


def make_home(home: Path, inside: Sequence[Path] = ()) -> None:
    """Make the home and folders inside it, for this account only. Raises Trouble when it cannot be written."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        for folder in (home, *inside):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Trouble(
            Words(
                f"Folder data {home} tidak dapat ditulisi ({error.strerror}). Pilih folder lain dengan SIAGA_HOME.",
                f"The data folder {home} cannot be written ({error.strerror}). Choose another with SIAGA_HOME.",
            )
        ) from error
