"""The voice of a drill caller: RTP with A-law sound and telephone keys, out and in, with arrival times."""

from __future__ import annotations

import asyncio
import secrets
import struct
from dataclasses import dataclass

import numpy as np

from siaga.adapters.phone.sound.frames import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    Samples,
    alaw_decoding,
    alaw_table,
    pause,
)
from siaga.clock import monotonic

ALAW_TYPE, KEY_TYPE = 8, 101
HEADER = struct.Struct("!BBHII")
KEYS = "0123456789*#ABCD"
KEY_FRAMES = 8  # a key held for 160 ms
KEY_END_REPEATS = 3  # RFC 4733: the end is sent three times, because any packet may be lost
LATE_SECONDS_MAX = 0.5

_ENCODE, _DECODE = alaw_table(), alaw_decoding()


@dataclass(frozen=True, slots=True)
class HeardFrame:
    """One packet that came: when (monotonic seconds), its sequence number, its A-law sound."""

    at: float
    sequence: int
    alaw: bytes


class DrillVoice(asyncio.DatagramProtocol):
    """One RTP stream. Sends its sound in a circle until closed; keeps everything it hears."""

    def __init__(self, sound: Samples | None) -> None:
        self._sound = _frames(sound if sound is not None and len(sound) else pause(1.0))
        self._transport: asyncio.DatagramTransport | None = None
        self._sender: asyncio.Task[None] | None = None
        self._remote: tuple[str, int] | None = None
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._source = secrets.randbelow(1 << 32)
        self._keys: list[bytes] = []
        self._at = 0
        self.port = 0
        self.frames: list[HeardFrame] = []
        self.muted = False

    async def open(self, host: str) -> int:
        """Bind a free port on this address; returns it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        return self.port

    def talk_to(self, host: str, port: int) -> None:
        """Start sending there; a second call only changes the address."""
        self._remote = (host, port)
        if self._sender is None:
            self._sender = asyncio.ensure_future(self._send())

    def say(self, sound: Samples) -> None:
        """From the next frame on, say this instead, in a circle."""
        self._sound, self._at = _frames(sound), 0

    def press(self, keys: str) -> None:
        """Queue telephone keys (RFC 4733)."""
        for key in keys:
            number = KEYS.index(key.upper())
            for step in range(1, KEY_FRAMES + KEY_END_REPEATS):
                end = 0x80 if step >= KEY_FRAMES else 0
                length = min(step, KEY_FRAMES) * FRAME_SAMPLES
                self._keys.append(struct.pack("!BBH", number, 0x0A | end, length))
            self._keys.extend([b""] * 5)  # a tenth of a second between two keys

    def heard(self, since: float = 0.0) -> Samples:
        """Everything heard at or after this moment, packet by packet as it came."""
        alaw = b"".join(frame.alaw for frame in self.frames if frame.at >= since)
        return _DECODE[np.frombuffer(alaw, np.uint8)]

    def close(self) -> None:
        """Stop sending and hearing."""
        if self._sender is not None:
            self._sender.cancel()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep one packet of sound."""
        if len(data) >= HEADER.size and data[1] & 0x7F == ALAW_TYPE:
            sequence = HEADER.unpack_from(data)[2]
            self.frames.append(HeardFrame(monotonic(), sequence, data[HEADER.size :]))

    def error_received(self, exc: Exception) -> None:
        """The far end's port is closed; sending goes on until the signalling says so."""

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        key_began = 0
        while True:
            key = self._keys.pop(0) if self._keys else b""
            if key:
                key_began = key_began or self._timestamp
                self._packet(KEY_TYPE, key_began, key)
            else:
                key_began = 0
                if not self.muted:
                    self._packet(ALAW_TYPE, self._timestamp, self._sound[self._at % len(self._sound)])
                    self._at += 1
            self._timestamp += FRAME_SAMPLES
            due += FRAME_SECONDS
            if loop.time() - due > LATE_SECONDS_MAX:
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _packet(self, kind: int, timestamp: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing() or self._remote is None:
            return
        header = HEADER.pack(0x80, kind, self._sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self._source)
        self._sequence += 1
        self._transport.sendto(header + payload, self._remote)


def _frames(sound: Samples) -> list[bytes]:
    whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
    padded = sound if whole == len(sound) else np.concatenate([sound, pause(FRAME_SECONDS)])
    alaw = _ENCODE[np.ascontiguousarray(padded).view(np.uint16)].tobytes()
    return [alaw[at : at + FRAME_SAMPLES] for at in range(0, len(alaw) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]
