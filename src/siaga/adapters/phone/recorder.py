"""Keeps both voices of a call on disk, so that a power cut costs at most the last moments.

A recording is a stereo WAV: the caller on the left, what he hears (the taker, or the prompts) on the right.
While it grows it is called `<name>.wav.part-<node>` and is a valid WAV at every moment: its header is brought
up to date after each write. `mend` finishes what a killed node left behind.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from siaga.adapters.phone.engine import RecordingFinished
from siaga.adapters.phone.sound import FRAME_BYTES, SAMPLES_PER_SECOND

log = logging.getLogger(__name__)

HEADER_BYTES = 44
BYTES_PER_SAMPLE_PAIR = 4
BYTES_PER_SECOND = SAMPLES_PER_SECOND * BYTES_PER_SAMPLE_PAIR
WRITE_SECONDS = 0.25  # how much sound waits in memory: what kill -9 may cost
SYNC_SECONDS = 5.0  # how much a power cut may cost; syncing oftener would slow the record of the calls
HASH_CHUNK_BYTES = 1 << 20
SAMPLE_BYTES_MAX = 0xFFFF_FFFF - HEADER_BYTES  # a WAV's own limit: 37 hours, longer than any call


@dataclass(slots=True, eq=False)
class Tape:
    """One running recording. The mixer pushes frames; only the recorder's thread writes."""

    call: str
    path: Path
    part: Path
    file: BinaryIO
    frames: queue.SimpleQueue[tuple[bytes, bytes]] = field(default_factory=queue.SimpleQueue)
    sample_bytes: int = 0
    unsynced_bytes: int = 0
    ended: bool = False

    def push(self, left: bytes, right: bytes) -> None:
        """One frame of both voices. Never blocks."""
        if not self.ended:
            self.frames.put((left, right))


class Recorder(threading.Thread):
    """The thread that writes every recording of a node, so that the mixer never waits for a disk."""

    def __init__(self, node: str, finished: Callable[[RecordingFinished], None]) -> None:
        """``finished`` is called on this thread for every recording that is whole."""
        super().__init__(name="siaga-recorder", daemon=True)
        self._node = node
        self._finished = finished
        self._tapes: list[Tape] = []
        self._wake = threading.Event()
        self._stopping = False
        self.failures = 0

    def begin(self, call: str, path: Path) -> Tape:
        """Open a recording. Raises OSError when the folder cannot be written."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part-{self._node}")
        file = part.open("wb", buffering=0)
        file.write(wav_header(0))
        tape = Tape(call=call, path=path, part=part, file=file)
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
        os.fsync(tape.file.fileno())
        tape.file.close()
        tape.part.rename(tape.path)
        self._drop(tape)
        self._finished(_receipt(tape.call, tape.path))

    def _drop(self, tape: Tape) -> None:
        tape.ended = True
        if not tape.file.closed:
            tape.file.close()
        self._tapes = [other for other in self._tapes if other is not tape]


def _write(tape: Tape) -> None:
    """Append the waiting frames and bring the header up to date."""
    lefts, rights = [], []
    while not tape.frames.empty():
        left, right = tape.frames.get()
        lefts.append(left)
        rights.append(right)
    if not lefts or tape.sample_bytes >= SAMPLE_BYTES_MAX - len(lefts) * FRAME_BYTES * 2:
        return
    pairs = np.empty((len(lefts) * FRAME_BYTES // 2, 2), np.int16)
    pairs[:, 0] = np.frombuffer(b"".join(lefts), np.int16)
    pairs[:, 1] = np.frombuffer(b"".join(rights), np.int16)
    tape.file.seek(HEADER_BYTES + tape.sample_bytes)
    tape.file.write(pairs.tobytes())
    tape.sample_bytes += pairs.nbytes
    tape.unsynced_bytes += pairs.nbytes
    tape.file.seek(0)
    tape.file.write(wav_header(tape.sample_bytes))
    if tape.unsynced_bytes >= SYNC_SECONDS * BYTES_PER_SECOND:
        os.fdatasync(tape.file.fileno())
        tape.unsynced_bytes = 0


def wav_header(sample_bytes: int) -> bytes:
    """The 44 bytes before stereo 16-bit 8000 Hz samples."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", HEADER_BYTES - 8 + sample_bytes, b"WAVE",
        b"fmt ", 16, 1, 2, SAMPLES_PER_SECOND, BYTES_PER_SECOND, BYTES_PER_SAMPLE_PAIR, 16,
        b"data", sample_bytes,
    )  # fmt: skip


def mend(folder: Path, node: str) -> Iterator[RecordingFinished]:
    """Finish the recordings a killed node of this name left behind; yields each, oldest first.

    The name of the file, without its ending, is the call's id.
    """
    suffix = f".wav.part-{node}"
    for part in sorted(folder.rglob(f"*{suffix}"), key=lambda left: left.stat().st_mtime):
        sample_bytes = max(0, part.stat().st_size - HEADER_BYTES)
        sample_bytes -= sample_bytes % BYTES_PER_SAMPLE_PAIR
        with part.open("r+b") as file:
            file.write(wav_header(sample_bytes))
            file.truncate(HEADER_BYTES + sample_bytes)
            os.fsync(file.fileno())
        whole = part.with_name(part.name.removesuffix(f".part-{node}"))
        part.rename(whole)
        yield _receipt(whole.stem, whole)


def _receipt(call: str, path: Path) -> RecordingFinished:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    seconds = (path.stat().st_size - HEADER_BYTES) / BYTES_PER_SECOND
    return RecordingFinished(call, path, round(seconds, 2), digest.hexdigest())
