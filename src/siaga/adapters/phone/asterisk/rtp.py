"""A leg between our mixer and a channel of the exchange: plain RTP with A-law sound, one port each.

It never leaves the way between the exchange and this machine; callers' own encryption ends in the exchange.
"""

from __future__ import annotations

import bisect
import secrets
import socket
import struct
import threading
from collections.abc import Collection

import numpy as np

from siaga.adapters.phone.sip.legs import CUSHION_FRAMES_MAX, SLACK_FRAMES, Cushion
from siaga.adapters.phone.sound.frames import FRAME_BYTES, FRAME_SAMPLES, SILENCE, alaw_decoding, alaw_table
from siaga.clock import monotonic

ALAW_TYPE = 8
HEADER = struct.Struct("!BBHII")
PACKET_BYTES_MAX = 2048
PACKETS_A_TURN_MAX = 50  # a flood from the network must not hold up the other conversations
PACKETS_FORGOTTEN_MAX = (
    4096  # far more than the system keeps for one socket; a stream that never stops ends it
)
FRAMES_KEPT_MAX = CUSHION_FRAMES_MAX + SLACK_FRAMES + 1
SEQUENCE_JUMP_MAX = 3000  # a minute of packets: beyond that the other side has begun anew

_ENCODE, _DECODE = alaw_table(), alaw_decoding()

Address = tuple[str, int]


class NoPort(OSError):
    """Every port of the range is taken."""


class Ports:
    """Hands out the UDP ports for voices, going round so that a port just left rests."""

    def __init__(self, host: str, first: int, last: int) -> None:
        """Ports inclusive; 0 and 0: whatever the system gives."""
        self._host, self._first, self._last = host, first, last
        self._next = first

    def open(self) -> socket.socket:
        """A bound socket that never waits. Raises NoPort."""
        for _ in range(self._last - self._first + 1):
            port, self._next = self._next, self._next + 1 if self._next < self._last else self._first
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                sock.bind((self._host, port))
            except OSError:
                sock.close()
                continue
            sock.setblocking(False)
            return sock
        raise NoPort(f"no free UDP port between {self._first} and {self._last}")


class RtpLeg:
    """`mixer.Leg` over RTP. `ready`, `read` and `write` belong to the mixer's thread, the rest to the event loop."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.port: int = sock.getsockname()[1]
        self.gone = False
        self.heard_at = 0.0
        self.strangers = 0
        self._closing = threading.Lock()
        self._hosts: frozenset[str] = frozenset()
        self._target: Address | None = None
        self._latched = True
        self._cushion = Cushion()
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._source = secrets.randbelow(1 << 32)
        self._began = False
        self._their_source: int | None = None
        self._newest = 0
        self._taken = -1
        self._packets: list[tuple[int, bytes]] = []
        self._rest = b""

    def aim(self, target: Address, hosts: Collection[str]) -> None:
        """Sound flows from now on: to ``target``, and from these hosts only.

        The first packet that comes says where the exchange really sends from, which behind an address translation
        is not where it says.
        """
        with self._closing:
            self._forget_waiting()
            self._hosts = frozenset(hosts)
            self._latched = False
            self._target = target

    def rest(self) -> None:
        """Nothing flows until aimed again."""
        self._latched, self._target = True, None

    def close(self) -> None:
        """For ever. A frame under way is finished first."""
        self.gone = True
        with self._closing:
            self._socket.close()

    def ready(self) -> bool:
        """See `mixer.Leg`."""
        return self._target is not None and not self.gone

    def read(self) -> bytes:
        """See `mixer.Leg`."""
        with self._closing:
            self._drain()
        waiting = (len(self._rest) + sum(len(sound) for _, sound in self._packets)) // FRAME_BYTES
        if not self._cushion.lets_through(waiting):
            return SILENCE
        for _ in range(self._cushion.surplus(waiting)):
            self._take()
        return self._take()

    def write(self, frame: bytes) -> None:
        """See `mixer.Leg`."""
        target = self._target
        if target is None or self.gone:
            return
        kind = ALAW_TYPE if self._began else ALAW_TYPE | 0x80  # the first packet is marked
        self._began = True
        header = HEADER.pack(0x80, kind, self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._source)
        self._sequence += 1
        self._timestamp += FRAME_SAMPLES
        sound = _ENCODE[np.frombuffer(frame, np.uint16)].tobytes()
        with self._closing:
            try:
                self._socket.sendto(header + sound, target)
            except OSError:  # full, closed, or nobody listens there any more: these 20 ms are lost
                return

    def _forget_waiting(self) -> None:
        """What the way before this one sent last would be taken for where the exchange sends from now."""
        for _ in range(PACKETS_FORGOTTEN_MAX):
            try:
                self._socket.recvfrom(PACKET_BYTES_MAX)
            except OSError:  # nothing more, or closed
                return

    def _drain(self) -> None:
        for _ in range(PACKETS_A_TURN_MAX):
            try:
                packet, sender = self._socket.recvfrom(PACKET_BYTES_MAX)
            except OSError:  # nothing more, closed, or the far end's port is
                return
            if sender[0] not in self._hosts:
                self.strangers += 1
            elif len(packet) > HEADER.size and packet[0] >> 6 == 2:
                self._heard(packet, sender)

    def _heard(self, packet: bytes, sender: Address) -> None:
        start, kind, sequence, _, source = HEADER.unpack_from(packet)
        if kind & 0x7F != ALAW_TYPE:
            return  # telephone keys and comfort noise: the exchange tells us of keys itself
        at = HEADER.size + 4 * (start & 0x0F)
        if start & 0x10 and len(packet) >= at + 4:  # an extension of the header
            at += 4 + 4 * struct.unpack_from("!H", packet, at + 2)[0]
        sound = packet[at:]
        if start & 0x20 and sound:  # padding: its last byte says how much
            sound = sound[: max(0, len(sound) - sound[-1])]
        if not sound:
            return
        if not self._latched:
            self._latched, self._target = True, sender
        self.heard_at = monotonic()
        self._keep(source, sequence, _DECODE[np.frombuffer(sound, np.uint8)].tobytes())

    def _keep(self, source: int, sequence: int, sound: bytes) -> None:
        step = (sequence - self._newest + 0x8000 & 0xFFFF) - 0x8000
        if source != self._their_source or abs(step) > SEQUENCE_JUMP_MAX:
            self._their_source, self._packets, self._taken = source, [], -1
            self._newest, step = 0x10000 + sequence, 0
        number = self._newest + step
        self._newest = max(self._newest, number)
        if number <= self._taken or any(number == known for known, _ in self._packets):
            return  # too late, or twice
        bisect.insort(self._packets, (number, sound))
        while len(self._packets) > FRAMES_KEPT_MAX:
            self._taken = self._packets.pop(0)[0]

    def _take(self) -> bytes:
        while len(self._rest) < FRAME_BYTES and self._packets:
            self._taken, sound = self._packets.pop(0)
            self._rest += sound
        frame, self._rest = self._rest[:FRAME_BYTES], self._rest[FRAME_BYTES:]
        return frame.ljust(FRAME_BYTES, b"\0")
