"""The installation's keys to its recordings: one small file each, the highest number seals what is recorded now.

A key is 64 hexadecimal digits, so that it can also be printed and put into a safe. Who loses the last copy of a
key has lost every recording sealed with it; who has only the recordings has nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32  # AES-256
KEY_ID_BYTES = 8  # names a key without giving anything of it away; two keys of one city never share it
ENDING = ".key"


class KeyMissing(Exception):
    """The recording was sealed with a key that is not here. The text names the key."""


class KeyUnreadable(OSError):
    """A key file does not hold a key. The text names the file."""


@dataclass(frozen=True)
class RecordingKey:
    """One key; ``id`` is derived from it and stands in every file it sealed."""

    number: int
    id: bytes
    secret: bytes


def key_id(secret: bytes) -> bytes:
    """What a file says of the key it needs."""
    return hashlib.sha256(b"siaga recording key\n" + secret).digest()[:KEY_ID_BYTES]


class KeyRing:
    """The keys in one folder. The folder is read again for every recording, so that a new key is used at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[bytes, RecordingKey] = {}

    def all(self) -> list[RecordingKey]:
        """Every key there is, oldest first. Raises KeyUnreadable."""
        if not self.folder.is_dir():
            return []
        files = [file for file in self.folder.iterdir() if file.suffix == ENDING and file.stem.isdecimal()]
        return [_read(file) for file in sorted(files, key=lambda file: int(file.stem))]

    def current(self) -> RecordingKey:
        """The key for new recordings; the first one is made here. Raises OSError."""
        found = self.all()
        return found[-1] if found else self._make(1)

    def new(self) -> RecordingKey:
        """Make another key: what is recorded from now on is sealed with it. Raises OSError."""
        found = self.all()
        return self._make(found[-1].number + 1 if found else 1)

    def find(self, wanted: bytes) -> RecordingKey:
        """The key of this id. Raises KeyMissing, and OSError when the folder cannot be read."""
        if wanted not in self._known:
            self._known = {key.id: key for key in self.all()}
        try:
            return self._known[wanted]
        except KeyError:
            raise KeyMissing(f"{wanted.hex()} ({self.folder})") from None

    def remove(self, key: RecordingKey) -> None:
        """Forget a key for good: what is still sealed with it can never be heard again."""
        self._known.pop(key.id, None)
        (self.folder / f"{key.number:04}{ENDING}").unlink()

    def _make(self, number: int) -> RecordingKey:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{number:04}{ENDING}"
        fresh = self.folder / f".{number:04}.{os.getpid()}.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # atomic: of two processes that start at once, both use the winner's key
        fresh.unlink()
        _sync_folder(self.folder)
        return _read(path)


def _read(path: Path) -> RecordingKey:
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyUnreadable(f"{path}: not a recording key of {KEY_BYTES * 2} hexadecimal digits")
    return RecordingKey(int(path.stem), key_id(secret), secret)


def _sync_folder(folder: Path) -> None:
    """A key whose name is lost in a power cut would leave recordings nobody can open."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
