"""Sound on its way to a browser: a WAV that is made while it is fetched, any range of it, in constant memory."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from siaga.domain.sound_shape import WAV_HEADER_BYTES, wav_header
from siaga.records.sealed_sound import SealedSound

PIECE_BYTES = 64 * 1024  # opened, sent and forgotten one after the other: two seconds of conversation
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Range:
    """The bytes ``start`` to ``stop`` (exclusive) of ``size``. ``is_part``: somebody asked for them."""

    start: int
    stop: int
    size: int
    is_part: bool

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


class NotInside(ValueError):
    """The range asked for begins behind the end."""


def asked_range(header: str | None, size: int) -> Range:
    """What a Range header asks for (RFC 9110, 14.2). One we do not understand is passed over, as it says.

    Raises NotInside.
    """
    found = RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return Range(0, size, size, is_part=False)
    first, last = found.groups()
    if first == "":
        start, stop = max(0, size - int(last)), size
    else:
        start = int(first)
        stop = min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return Range(0, size, size, is_part=False)
    if start >= size or start >= stop:
        raise NotInside
    return Range(start, stop, size, is_part=True)


async def wav_pieces(sound: SealedSound, sound_bytes: int, wanted: Range) -> AsyncIterator[bytes]:
    """These bytes of the WAV. A chunk that was altered is silent. Closes the sound."""
    try:
        header = wav_header(sound_bytes)[wanted.start : wanted.stop]
        if header:
            yield header
        at = max(wanted.start, WAV_HEADER_BYTES) - WAV_HEADER_BYTES
        stop = wanted.stop - WAV_HEADER_BYTES
        while at < stop:
            until = min(stop, at + PIECE_BYTES)
            piece, _ = await asyncio.to_thread(sound.heard, at, until)
            yield piece
            at = until
    finally:
        sound.close()


class _Pipe(io.RawIOBase):
    """What zipfile writes, to be taken away at once."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def package(
    sound: SealedSound, name: str, said: Callable[[str], str], made: datetime, zone: tzinfo
) -> Iterator[bytes]:
    """A ZIP of ``name``.wav and ``name``.txt; ``said`` writes the text when it is told the WAV's SHA-256.

    Nothing of it ever lies on the server's disk. Closes the sound.
    """
    pipe, digest = _Pipe(), hashlib.sha256()
    moment = made.astimezone(zone).timetuple()[:6]
    try:
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
            with archive.open(zipfile.ZipInfo(f"{name}.wav", moment), "w") as wav:
                header = wav_header(sound.size)
                digest.update(header)
                wav.write(header)
                for piece, _ in sound.pieces():
                    digest.update(piece)
                    wav.write(piece)
                    yield pipe.taken()
            archive.writestr(zipfile.ZipInfo(f"{name}.txt", moment), said(digest.hexdigest()))
        yield pipe.taken()
    finally:
        sound.close()


async def from_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, each made beside the event loop."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        if piece:
            yield piece
