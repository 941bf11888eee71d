"""Keeps both voices of a call on disk, sealed, so that a power cut costs at most the last moments.

A recording is stereo: the caller on the left, what he hears (the taker, or the prompts) on the right. It is sealed
as it grows (records/sealed_sound.py): no voice ever lies on the disk in clear. While it grows it is called
`<name>.part-<node>` and can be opened at every moment. `mend` finishes what a killed node left behind.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from siaga.adapters.phone.engine import RecordingFinished
from siaga.adapters.phone.sound.frames import FRAME_BYTES
from siaga.domain.sound_shape import BYTES_PER_SECOND, SOUND_BYTES_MAX
from siaga.records.recording_keys import KeyMissing, KeyRing
from siaga.records.sealed_sound import NotSealed, SealedWriter
from siaga.records.sealed_sound import mend as give_end

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.25  # how much sound waits in memory: with a chunk not yet full, what kill -9 may cost
SYNC_SECONDS = 5.0  # how much a power cut may cost; syncing oftener would slow the record of the calls


@dataclass(slots=True, eq=False)
class Tape:
    """One running recording. The mixer pushes frames; only the recorder's thread writes."""

    call: str
    path: Path
    part: Path
    file: BinaryIO
    seal: SealedWriter
    frames: queue.SimpleQueue[tuple[bytes, bytes]] = field(default_factory=queue.SimpleQueue)
    unsynced_bytes: int = 0
    ended: bool = False

    def push(self, left: bytes, right: bytes) -> None:
        """One frame of both voices. Never blocks."""
        if not self.ended:
            self.frames.put((left, right))


class Recorder(threading.Thread):
    """The thread that writes every recording of a node, so that the mixer never waits for a disk or a cipher."""

    def __init__(
        self, node: str, finished: Callable[[RecordingFinished], None], keys: KeyRing | None
    ) -> None:
        """``finished`` is called on this thread for every recording that is whole. Without ``keys`` none can begin."""
        super().__init__(name="siaga-recorder", daemon=True)
        self._node = node
        self._finished = finished
        self._keys = keys
        self._tapes: list[Tape] = []
        self._wake = threading.Event()
        self._stopping = False
        self.failures = 0

    def begin(self, call: str, path: Path) -> Tape:
        """Open a recording. Raises OSError when the folder cannot be written, the key cannot be read, or the
        call has been recorded already: a voice is never written over.
        """
        if self._keys is None:
            raise OSError("no folder of recording keys is set, and no voice is kept in clear")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise FileExistsError(f"{path} is recorded already")
        part = path.with_name(f"{path.name}.part-{self._node}")
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", buffering=0)
        try:
            seal = SealedWriter(file, call, self._keys)
        except OSError:
            file.close()
            part.unlink()
            raise
        tape = Tape(call=call, path=path, part=part, file=file, seal=seal)
        self._tapes = [*self._tapes, tape]
        return tape

    def end(self, tape: Tape) -> None:
        """No more frames come; the file is closed, named and hashed soon after."""
        tape.ended = True
        self._wake.set()

    def stop(self) -> None:
        """Finish every recording and end the thread."""
        for tape in self._tapes:
            tape.ended = True
        self._stopping = True
        self._wake.set()
        self.join()

    def run(self) -> None:
        """Write what has come, four times a second."""
        while not (self._stopping and not self._tapes):
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()
            for tape in self._tapes:
                ended = tape.ended
                try:
                    _write(tape)
                    if ended:
                        self._close(tape)
                except OSError as failed:
                    # A full disk must not end the conversation: the call goes on, the loss is counted and seen.
                    self.failures += 1
                    log.error("recording of call %s is lost from here: %s", tape.call, failed)
                    self._drop(tape)

    def _close(self, tape: Tape) -> None:
        tape.seal.finish()
        os.fsync(tape.file.fileno())
        tape.file.close()
        tape.part.rename(tape.path)
        self._drop(tape)
        self._finished(_receipt(tape.call, tape.path, tape.seal.sound_bytes, tape.seal.sha256))

    def _drop(self, tape: Tape) -> None:
        tape.ended = True
        if not tape.file.closed:
            tape.file.close()
        self._tapes = [other for other in self._tapes if other is not tape]


def _write(tape: Tape) -> None:
    """Seal the waiting frames."""
    lefts, rights = [], []
    while not tape.frames.empty():
        left, right = tape.frames.get()
        lefts.append(left)
        rights.append(right)
    if not lefts or tape.seal.sound_bytes >= SOUND_BYTES_MAX - len(lefts) * FRAME_BYTES * 2:
        return
    pairs = np.empty((len(lefts) * FRAME_BYTES // 2, 2), np.int16)
    pairs[:, 0] = np.frombuffer(b"".join(lefts), np.int16)
    pairs[:, 1] = np.frombuffer(b"".join(rights), np.int16)
    tape.seal.write(pairs.tobytes())
    tape.unsynced_bytes += pairs.nbytes
    if tape.unsynced_bytes >= SYNC_SECONDS * BYTES_PER_SECOND:
        os.fdatasync(tape.file.fileno())
        tape.unsynced_bytes = 0


def mend(folder: Path, node: str, keys: KeyRing) -> Iterator[RecordingFinished]:
    """Finish the recordings a killed node of this name left behind; yields each, oldest first.

    The name of the file, without its ending, is the call's id. One whose key is missing is left as it is until the
    key is back; one that was killed before it had a header holds no sound and is removed.
    """
    suffix = f".part-{node}"
    for part in sorted(folder.rglob(f"*{suffix}"), key=lambda left: left.stat().st_mtime):
        whole = part.with_name(part.name.removesuffix(suffix))
        try:
            found = give_end(part, whole.stem, keys)
        except KeyMissing as missing:
            log.error("recording %s cannot be finished: its key %s is not here", part.name, missing)
            continue
        except NotSealed as nothing:
            log.warning("recording %s holds no sound: %s", part.name, nothing)
            part.unlink()
            continue
        part.rename(whole)
        yield _receipt(whole.stem, whole, found.sound_bytes, found.sha256)


def _receipt(call: str, path: Path, sound_bytes: int, sha256: str) -> RecordingFinished:
    return RecordingFinished(call, path, round(sound_bytes / BYTES_PER_SECOND, 2), sha256)
