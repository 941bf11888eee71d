"""The recordings on the disk: where a call's sound lies, opening it, drawing it, and erasing it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from siaga.domain.call import Call
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.recording import Recording
from siaga.domain.sound_shape import BYTES_PER_SAMPLE_PAIR, BYTES_PER_SECOND
from siaga.records.recording_keys import KeyMissing, KeyRing
from siaga.records.sealed_sound import CHUNK_BYTES, NotSealed, SealedSound, erase

BARS = 600  # how finely a conversation is drawn: two pixels each on the smallest screen of the room
FULL_SCALE = 32_768
DRAWN_HEIGHT = 46  # units above and below the middle of a voice's line, of 100 a voice
WIDTH, HEIGHT = BARS, 200

GONE = "Rekaman ini tidak ada di server ini."


@dataclass(frozen=True)
class Opened:
    """What was found when a player was opened. ``paths``: the two voices as SVG path data, caller first.

    ``sound_bytes``: how much can be played (a call that still goes on grows behind it).
    """

    sound_bytes: int
    sha256: str
    bad_seconds: tuple[float, ...]
    is_finished: bool
    was_mended: bool
    paths: tuple[str, str]

    @property
    def seconds(self) -> float:
        return self.sound_bytes / BYTES_PER_SECOND

    def is_as_saved(self, kept: Recording | None) -> bool:
        """Whether this is, sample for sample, what the journal says was saved. A growing one has no entry yet."""
        if kept is None:
            return not self.bad_seconds
        return self.is_finished and not self.bad_seconds and self.sha256 == kept.sha256


@dataclass(frozen=True)
class RecordingFiles:
    """The folder of the recordings with its keys."""

    folder: Path
    keys: KeyRing

    def open(self, call: Call, kept: Recording | None) -> SealedSound:
        """The sound of this call, from its finished file or from the one that still grows.

        Raises NotFound, and RuleBroken with what is wrong when it cannot be opened.
        """
        path = self.path_of(kept) if kept is not None else self._growing(call)
        try:
            return SealedSound(path, call.id, self.keys)
        except FileNotFoundError:
            raise NotFound(GONE) from None
        except KeyMissing:
            raise RuleBroken("Kunci rekaman ini tidak ada di server. Jalankan: siaga doctor") from None
        except NotSealed:
            raise RuleBroken(
                "Berkas rekaman ini rusak atau diganti. Jangan dipakai; hubungi admin."
            ) from None

    def path_of(self, kept: Recording) -> Path:
        """Where it lies. Raises NotFound when its name points outside the folder."""
        path = (self.folder / kept.file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise NotFound(GONE)
        return path

    def erase(self, kept: Recording) -> None:
        """Remove sound and key; also the day's folder when it is empty. Raises OSError; may be repeated."""
        path = self.path_of(kept)
        erase(path)
        if path.parent != self.folder.resolve() and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def free_bytes(self) -> int | None:
        """Room left where the recordings lie; ``None`` when that cannot be asked."""
        try:
            return shutil.disk_usage(self.folder).free
        except OSError:
            return None

    def _growing(self, call: Call) -> Path:
        """A call that goes on is recorded beside its future name, in the folder of the day it began."""
        for day in (call.arrived_at, call.arrived_at + timedelta(days=1)):
            found = sorted((self.folder / day.date().isoformat()).glob(f"{call.id}.rec.part-*"))
            if found:
                return found[0]
        raise NotFound(GONE)


def look_through(sound: SealedSound) -> Opened:
    """Open every chunk once: hash, damage and drawing. Constant memory; 7 ms of processor time a minute of it."""
    digest, bad = hashlib.sha256(), []
    pairs = sound.size // BYTES_PER_SAMPLE_PAIR
    width = max(1, -(-pairs // BARS))
    peaks = np.zeros((BARS, 2), np.int32)
    at = 0
    for piece, broken in sound.pieces():
        digest.update(piece)
        bad.extend(broken)
        at += _draw(peaks, piece, at, width)
    scale = max(int(peaks.max()), FULL_SCALE // 8)
    left, right = (_path(peaks[:, side] / scale, 50 + 100 * side) for side in (0, 1))
    return Opened(
        sound_bytes=sound.size - sound.size % BYTES_PER_SAMPLE_PAIR,
        sha256=digest.hexdigest(),
        bad_seconds=tuple(index * CHUNK_BYTES / BYTES_PER_SECOND for index in bad),
        is_finished=sound.is_finished,
        was_mended=sound.was_mended,
        paths=(left, right),
    )


def _draw(peaks: np.ndarray[tuple[int, int], np.dtype[np.int32]], piece: bytes, at: int, width: int) -> int:
    """Raise the bars this piece belongs to; returns its sample pairs."""
    whole = len(piece) - len(piece) % BYTES_PER_SAMPLE_PAIR
    loud = np.abs(np.frombuffer(piece[:whole], np.int16).reshape(-1, 2).astype(np.int32))
    if len(loud) == 0:
        return 0
    bars = (at + np.arange(len(loud))) // width
    starts = np.flatnonzero(np.diff(bars, prepend=-1))
    highest = np.maximum.reduceat(loud, starts, axis=0)
    peaks[bars[starts]] = np.maximum(peaks[bars[starts]], highest)
    return len(loud)


def _path(shares: Iterable[float], middle: int) -> str:
    """Upright strokes, one a bar."""
    strokes = []
    for at, share in enumerate(shares):
        reach = max(1, round(DRAWN_HEIGHT * float(share)))
        strokes.append(f"M{at} {middle - reach}V{middle + reach}")
    return "".join(strokes)
