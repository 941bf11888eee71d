"""How the call node and a media process talk: orders as JSON lines, sound as packets, over inherited sockets.

One packet carries any number of (leg number, 20 ms frame) pairs. Neither side ever waits for the other: a
packet that finds the socket full is dropped, as a network would drop it.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

from siaga.adapters.phone.sound.frames import FRAME_BYTES

LEG = struct.Struct("<H")
PAIR_BYTES = LEG.size + FRAME_BYTES
PACKET_BYTES_MAX = 64 * PAIR_BYTES
LINE_BYTES_MAX = 256 * 1024  # an SDP with many candidates is some tens of kB
LEG_NUMBERS = 1 << 16


def pack_frame(leg: int, frame: bytes) -> bytes:
    """One pair."""
    return LEG.pack(leg) + frame


def unpack_frames(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """The pairs of a packet; a torn tail is left out."""
    for at in range(0, len(packet) - PAIR_BYTES + 1, PAIR_BYTES):
        yield LEG.unpack_from(packet, at)[0], packet[at + LEG.size : at + PAIR_BYTES]


def send_packet(sound: socket.socket, packet: bytes) -> bool:
    """Send without waiting; False when it had to be dropped."""
    try:
        sound.send(packet)
    except OSError:  # full, or the other side has died: either way these 20 ms are lost
        return False
    return True


def received_packets(sound: socket.socket) -> Iterator[bytes]:
    """Every packet that has come, without waiting."""
    while True:
        try:
            packet = sound.recv(PACKET_BYTES_MAX)
        except OSError:  # nothing more now, or the other side has died
            return
        if not packet:
            return
        yield packet


def line_of(message: dict[str, Any]) -> bytes:
    """One order or answer as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def message_of(line: bytes) -> dict[str, Any]:
    """The order or answer in a line."""
    message: dict[str, Any] = json.loads(line)
    return message
