"""Opening and making sealed recordings in tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from siaga.records.recording_keys import KeyRing
from siaga.records.sealed_sound import SealedSound, SealedWriter

Stereo = npt.NDArray[np.int16]


def stereo(path: Path, keys: Path) -> Stereo:
    """Samples of a recording, one column a side; the file's name without its endings is the call."""
    with SealedSound(path, path.name.partition(".")[0], KeyRing(keys)) as sound:
        return np.frombuffer(sound.read(0, sound.size), np.int16).reshape(-1, 2)


def sealed(path: Path, sound: bytes, keys: Path, subject: str = "") -> str:
    """A finished recording of ``sound``; returns the hash its journal entry would carry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=0) as file:
        writer = SealedWriter(file, subject or path.name.partition(".")[0], KeyRing(keys))
        writer.write(sound)
        writer.finish()
    return writer.sha256
