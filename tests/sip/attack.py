"""Floods and slow attackers, as a process of their own so that they cost the node under test no time of its own.

`python -m tests.sip.attack KIND HOST:PORT FROM_ADDRESS RATE SECONDS`, KIND one of `options`, `invites`, `spoofed`
(INVITEs, each of which claims another sender), `slowloris` (TCP connections with half a message).
Prints what was sent and answered as JSON. Loopback only.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import secrets
import select
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TICK_SECONDS = 0.01
BURST_SECONDS_MAX = 0.05
LAST_ANSWERS_SECONDS = 0.5
OPENING_MAX = 100  # connections asked for and not yet taken up
OPENING_FACTOR = 6  # so many times its seconds an attack may take to open what it wants
LAST_LOOK_SECONDS = 2.0  # the node has looked several times by then
SDP = "v=0\r\no=- 1 1 IN IP4 {here}\r\ns=-\r\nc=IN IP4 {here}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"


def message(kind: str, number: int, target: str, here: str, port: int) -> bytes:
    """One message of the flood; nothing in it is wrong."""
    sender = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if kind == "spoofed" else here
    method, body = ("OPTIONS", "") if kind == "options" else ("INVITE", SDP.format(here=here))
    call_id = secrets.token_hex(8)
    lines = [
        f"{method} sip:112@{target} SIP/2.0",
        f"Via: SIP/2.0/UDP {sender}:{port};branch=z9hG4bK{call_id};rport",
        "Max-Forwards: 70",
        f"From: <sip:0800{number}@{sender}>;tag={number}",
        f"To: <sip:112@{target}>",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:0800{number}@{here}:{port}>",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def flood(kind: str, target: str, here: str, rate: int, seconds: float) -> dict[str, int]:
    """Send; count the first answers that are final, by their status."""
    host, _, port = target.partition(":")
    answers: collections.Counter[str] = collections.Counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((here, 0))
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        began, sent = time.monotonic(), 0
        seen: set[bytes] = set()
        while (elapsed := time.monotonic() - began) < seconds + LAST_ANSWERS_SECONDS:
            due = min(elapsed, seconds) * rate
            while sent < due and elapsed + BURST_SECONDS_MAX > time.monotonic() - began:
                sender.sendto(message(kind, sent, target, here, sender.getsockname()[1]), (host, int(port)))
                sent += 1
            _collect(sender, answers, seen)
            time.sleep(TICK_SECONDS)
    return {"sent": sent, **answers}


def slowloris(target: str, here: str, rate: int, seconds: float) -> dict[str, int]:
    """Open connections, say half a message on each, and wait; how many were opened, and ended by the other side.

    It stops at ``rate * seconds`` connections, or after OPENING_FACTOR times as long: a stack that takes up its
    connections one by one, on a busy machine, is not to be hurried. Then it looks once more at which still stand.
    """
    host, _, port = target.partition(":")
    began, wanted = time.monotonic(), int(rate * seconds)
    half = b"INVITE sip:112@h SIP/2.0\r\nVia: "
    opening, opened = list[socket.socket](), list[socket.socket]()
    while len(opened) < wanted and (elapsed := time.monotonic() - began) < seconds * OPENING_FACTOR:
        while len(opening) < OPENING_MAX and len(opened) + len(opening) < min(elapsed * rate, wanted):
            place = socket.socket()
            place.setblocking(False)
            place.bind((here, 0))
            place.connect_ex((host, int(port)))
            opening.append(place)
        _, through, _ = select.select([], opening, [], TICK_SECONDS)
        for place in through:
            opening.remove(place)
            if place.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                opened.append(place)
                with contextlib.suppress(OSError):  # ended already
                    place.send(half)
        time.sleep(TICK_SECONDS)
    time.sleep(LAST_LOOK_SECONDS)
    return {"opened": len(opened), "ended": sum(map(_is_ended, opened))}


def _is_ended(place: socket.socket) -> bool:
    try:
        return place.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _collect(sender: socket.socket, answers: collections.Counter[str], seen: set[bytes]) -> None:
    while True:
        try:
            data = sender.recv(65_535)
        except BlockingIOError:
            return
        if not data.startswith(b"SIP/2.0 ") or data[8:9] == b"1":
            continue
        call_id = data.split(b"Call-ID: ", 1)[-1].split(b"\r\n", 1)[0]
        if call_id not in seen:
            seen.add(call_id)
            answers[data[8:11].decode()] += 1


@dataclass
class Attack:
    """A flood that runs beside the test."""

    process: asyncio.subprocess.Process

    @classmethod
    async def begin(cls, kind: str, target: str, *, here: str, rate: int, seconds: float) -> Attack:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.sip.attack", kind, target, here, str(rate), str(seconds),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return cls(process)

    async def result(self) -> dict[str, int]:
        """Wait for its end: ``sent``, and answers by status."""
        said, _ = await self.process.communicate()
        found: dict[str, int] = json.loads(said)
        return found


if __name__ == "__main__":
    kind, target, here, rate, seconds = sys.argv[1:]
    if kind == "slowloris":
        print(json.dumps(slowloris(target, here, int(rate), float(seconds))))
    else:
        print(json.dumps(flood(kind, target, here, int(rate), float(seconds))))
