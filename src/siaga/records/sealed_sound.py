"""A file of sound, sealed while it is recorded and opened a piece at a time.

    header   magic 8 | id of the installation's key 8 | nonce 12 | the file's own key, wrapped 48 | file id 16 | chunk 4
    chunks   4096 bytes of sound + 16 bytes of tag each; the last one is shorter, and may hold no sound

Everything is AES-256-GCM. The file's key is random and wrapped with the installation's key, bound to the file's
subject (the call), so that a file cannot be passed off as another call's. A chunk's nonce and associated data say
which file it belongs to, which place it has and whether it is the last: chunks cannot be swapped, left out, cut
off or taken from another file unnoticed (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
A nonce is never used twice: a chunk is only written when it is full, or the last.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from siaga.records.recording_keys import KEY_BYTES, KeyRing

MAGIC = b"SIAGAR01"
HEADER = struct.Struct("<8s8s12s48s16sI")
KEY_AREA_BYTES = 76  # the part of the header without which the sound is lost: overwritten when it is erased
CHUNK_BYTES = 4096  # 128 ms of stereo: what is not yet full is what kill -9 costs, a tag on each costs 0.4 %
TAG_BYTES = 16
SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
READ_CHUNKS = 64  # read and opened at once when a whole file is wanted: a quarter of a megabyte of memory

MORE, LAST, MENDED = 0, 1, 2  # how a chunk is followed; MENDED: last, because the recorder was killed


class NotSealed(ValueError):
    """The file is not one of ours, is another call's, or its header was altered."""


class Altered(ValueError):
    """A chunk is not what was written there."""


class Writable(Protocol):
    """The unbuffered file a recording grows in."""

    def write(self, data: bytes, /) -> int | None: ...


@dataclass(frozen=True)
class Examined:
    """What a whole file holds. ``sha256``: of the sound as it can be opened now; ``bad``: chunks that cannot."""

    sha256: str
    sound_bytes: int
    bad: tuple[int, ...]
    is_finished: bool
    was_mended: bool

    @property
    def is_whole(self) -> bool:
        return self.is_finished and not self.bad


def _nonce(index: int, follows: int) -> bytes:
    return struct.pack(">QI", index, follows)


def _bound(file_id: bytes, chunk_bytes: int, subject: str) -> bytes:
    return MAGIC + file_id + struct.pack("<I", chunk_bytes) + subject.encode()


class SealedWriter:
    """Seals sound as it comes. ``sha256`` and ``sound_bytes`` are those of the sound written so far."""

    def __init__(self, file: Writable, subject: str, keys: KeyRing) -> None:
        """Write the header. Raises OSError when there is no key to seal with, or no room."""
        self._file = file
        self._file_id = secrets.token_bytes(16)
        secret = secrets.token_bytes(KEY_BYTES)
        self._cipher = AESGCM(secret)
        self._waiting = bytearray()
        self._index = 0
        self._digest = hashlib.sha256()
        self.sound_bytes = 0
        key, nonce = keys.current(), secrets.token_bytes(12)
        wrapped = AESGCM(key.secret).encrypt(nonce, secret, _bound(self._file_id, CHUNK_BYTES, subject))
        self._write(HEADER.pack(MAGIC, key.id, nonce, wrapped, self._file_id, CHUNK_BYTES))

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, sound: bytes) -> None:
        """Take more sound; whole chunks are sealed and written. Raises OSError; the recording is over then."""
        self._waiting += sound
        full = len(self._waiting) // CHUNK_BYTES * CHUNK_BYTES
        if not full:
            return
        ready = bytes(self._waiting[:full])
        del self._waiting[:full]
        chunks = (ready[at : at + CHUNK_BYTES] for at in range(0, full, CHUNK_BYTES))
        self._write(b"".join(self._sealed(chunk, MORE) for chunk in chunks))

    def finish(self) -> None:
        """Seal what is left as the last chunk. Nothing can be added after it."""
        self._write(self._sealed(bytes(self._waiting), LAST))
        self._waiting.clear()

    def _sealed(self, chunk: bytes, follows: int) -> bytes:
        nonce = _nonce(self._index, follows)
        self._index += 1
        self._digest.update(chunk)
        self.sound_bytes += len(chunk)
        return self._cipher.encrypt(nonce, chunk, self._file_id)

    def _write(self, data: bytes) -> None:
        while data:  # an unbuffered file may take only a part, on a disk that is about to be full
            data = data[self._file.write(data) or 0 :]


class SealedSound:
    """An opened recording. Reading any piece opens only the chunks it lies in. Safe to use from several threads."""

    def __init__(self, path: Path, subject: str, keys: KeyRing) -> None:
        """Raises FileNotFoundError, NotSealed, KeyMissing."""
        self._file = path.open("rb", buffering=0)
        try:
            self._cipher, self._file_id = _opened(self._file, subject, keys)
            self._measure()
        except BaseException:
            self._file.close()
            raise

    def _measure(self) -> None:
        body = os.fstat(self._file.fileno()).st_size - HEADER.size
        self.full_chunks, rest = divmod(body, SEALED_BYTES)
        self._last, self.follows = b"", MORE
        if rest >= TAG_BYTES:
            sealed = os.pread(self._file.fileno(), rest, HEADER.size + self.full_chunks * SEALED_BYTES)
            for follows in (LAST, MENDED):
                try:
                    nonce = _nonce(self.full_chunks, follows)
                    self._last, self.follows = self._cipher.decrypt(nonce, sealed, self._file_id), follows
                except InvalidTag:
                    continue
        self.size = self.full_chunks * CHUNK_BYTES + len(self._last)

    @property
    def is_finished(self) -> bool:
        """Its end is the end that was written: nothing was cut off, and nobody records it still."""
        return self.follows in (LAST, MENDED)

    @property
    def was_mended(self) -> bool:
        """Its recorder was killed; the end was put there later."""
        return self.follows == MENDED

    def __enter__(self) -> SealedSound:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:  # noqa: E501  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, start: int, stop: int) -> bytes:
        """The bytes ``start`` to ``stop`` (exclusive) of the sound. Raises Altered when a chunk was changed."""
        found, bad = self.heard(start, stop)
        if bad:
            raise Altered(f"chunk {bad[0]} was altered")
        return found

    def heard(self, start: int, stop: int) -> tuple[bytes, list[int]]:
        """Like ``read``, but a chunk that was changed sounds as silence; the second value names such chunks."""
        start, stop = max(0, start), min(stop, self.size)
        if start >= stop:
            return b"", []
        first, behind = start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)
        whole = min(behind, self.full_chunks)
        sealed = b""
        if first < whole:
            sealed = os.pread(
                self._file.fileno(), (whole - first) * SEALED_BYTES, HEADER.size + first * SEALED_BYTES
            )
        parts, bad = [], []
        for index in range(first, whole):
            at = (index - first) * SEALED_BYTES
            try:
                nonce = _nonce(index, MORE)
                parts.append(self._cipher.decrypt(nonce, sealed[at : at + SEALED_BYTES], self._file_id))
            except InvalidTag:
                parts.append(bytes(CHUNK_BYTES))
                bad.append(index)
        if behind > self.full_chunks:
            parts.append(self._last)
        sound = b"".join(parts)
        return sound[start - first * CHUNK_BYTES : stop - first * CHUNK_BYTES], bad

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[bytes, list[int]]]:
        """The sound from ``start`` to ``stop`` in pieces that fit into memory; see ``heard``."""
        end = self.size if stop is None else min(stop, self.size)
        at = start
        while at < end:
            until = min(end, (at // CHUNK_BYTES + READ_CHUNKS) * CHUNK_BYTES)
            yield self.heard(at, until)
            at = until

    def examine(self) -> Examined:
        """Open every chunk."""
        digest, bad = hashlib.sha256(), []
        for sound, broken in self.pieces():
            digest.update(sound)
            bad.extend(broken)
        return Examined(digest.hexdigest(), self.size, tuple(bad), self.is_finished, self.was_mended)


def _opened(file: BinaryIO, subject: str, keys: KeyRing) -> tuple[AESGCM, bytes]:
    header = os.pread(file.fileno(), HEADER.size, 0)
    if len(header) < HEADER.size:
        raise NotSealed(f"{file.name}: no header")
    magic, key_id, nonce, wrapped, file_id, chunk_bytes = HEADER.unpack(header)
    if magic != MAGIC or chunk_bytes != CHUNK_BYTES:
        raise NotSealed(f"{file.name}: not a sealed recording")
    try:
        secret = AESGCM(keys.find(key_id).secret).decrypt(
            nonce, wrapped, _bound(file_id, chunk_bytes, subject)
        )
    except InvalidTag:
        raise NotSealed(f"{file.name}: the header was altered, or the file is another call's") from None
    return AESGCM(secret), file_id


def key_of(path: Path) -> bytes:
    """The id of the key a file needs. Raises NotSealed."""
    with path.open("rb") as file:
        header = file.read(HEADER.size)
    if len(header) < HEADER.size or not header.startswith(MAGIC):
        raise NotSealed(f"{path}: not a sealed recording")
    found: bytes = HEADER.unpack(header)[1]
    return found


def mend(path: Path, subject: str, keys: KeyRing) -> Examined:
    """Give a recording whose recorder was killed its end. Mending twice changes nothing.

    Raises NotSealed when not even its header was written, KeyMissing.
    """
    with SealedSound(path, subject, keys) as sound:
        if sound.is_finished:
            return sound.examine()
        whole = sound.full_chunks
        while whole and sound.heard((whole - 1) * CHUNK_BYTES, whole * CHUNK_BYTES)[1]:
            whole -= 1  # what a power cut left as zeros at the end is not sound
        end = sound._cipher.encrypt(_nonce(whole, MENDED), b"", sound._file_id)
    with path.open("r+b", buffering=0) as file:
        file.truncate(HEADER.size + whole * SEALED_BYTES)
        file.seek(0, os.SEEK_END)
        file.write(end)
        os.fsync(file.fileno())
    with SealedSound(path, subject, keys) as sound:
        return sound.examine()


def rewrap(path: Path, subject: str, keys: KeyRing) -> bool:
    """Wrap the file's own key with the installation's newest one; the sound is not touched. False: it was already.

    Raises NotSealed, KeyMissing, OSError.
    """
    newest = keys.current()
    with path.open("r+b", buffering=0) as file:
        header = file.read(HEADER.size)
        if len(header) < HEADER.size or not header.startswith(MAGIC):
            raise NotSealed(f"{path}: not a sealed recording")
        magic, key_id, nonce, wrapped, file_id, chunk_bytes = HEADER.unpack(header)
        if key_id == newest.id:
            return False
        bound = _bound(file_id, chunk_bytes, subject)
        try:
            secret = AESGCM(keys.find(key_id).secret).decrypt(nonce, wrapped, bound)
        except InvalidTag:
            raise NotSealed(f"{path}: the header was altered") from None
        fresh = secrets.token_bytes(12)
        rewrapped = AESGCM(newest.secret).encrypt(fresh, secret, bound)
        file.seek(0)
        file.write(HEADER.pack(magic, newest.id, fresh, rewrapped, file_id, chunk_bytes))
        os.fsync(file.fileno())  # 96 bytes at the beginning of one sector: old or new, never half
    return True


def erase(path: Path) -> None:
    """Overwrite the file's key, then remove the file. Erasing what is gone already changes nothing. Raises OSError."""
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(bytes(KEY_AREA_BYTES))
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
