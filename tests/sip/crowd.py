"""Many callers at once, as a process of their own, cheap enough that the machine is left to the nodes under test.

`python -m tests.sip.crowd HOST:PORT COUNT RATE SECONDS`: each dials (UDP, repeating itself as RFC 3261 asks), confirms
the answer, listens for a tenth of a second of sound that is not silence, and stays on the line until SECONDS after the
last has dialled. Then all hang up. Prints as JSON how many were answered, by status, and how many heard something.
Loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from siaga.adapters.phone.sound.frames import alaw_decoding

ROOT = Path(__file__).parents[2]
HERE = "127.0.0.1"
T1_SECONDS = 0.5  # RFC 3261 17.1.1.1
REPEAT_SECONDS_MAX = 4.0
AUDIBLE = 300  # amplitude from which a person hears something
HEARD_FRAMES = 5
RTP_HEADER_BYTES = 12
LOOK_SECONDS = 0.01
BYE_SECONDS = 3.0
DECODED = alaw_decoding()


@dataclass
class Caller:
    """One of the crowd."""

    number: str
    voice: socket.socket
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    invite: bytes = b""
    status: int = 0
    answered_after: float = 0.0
    invited_at: float = 0.0
    repeat_at: float = 0.0
    repeat_seconds: float = T1_SECONDS
    bye: bytes = b""
    frames: int = 0
    heard_after: float = 0.0
    gone: bool = False


class Crowd:
    """All of them, on one socket for the words and one each for the voice."""

    def __init__(self, target: str, count: int) -> None:
        host, _, port = target.partition(":")
        self.to = (host, int(port))
        self.target = target
        self.words = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.words.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.words.bind((HERE, 0))
        self.words.setblocking(False)
        self.port = self.words.getsockname()[1]
        self.voices = selectors.DefaultSelector()
        self.callers: dict[str, Caller] = {}
        self.queue = [self._caller(number) for number in range(count)]

    def _caller(self, number: int) -> Caller:
        voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        voice.bind((HERE, 0))
        voice.setblocking(False)
        caller = Caller(f"0855{number:06}", voice)
        self.voices.register(voice, selectors.EVENT_READ, caller)
        self.callers[caller.call_id] = caller
        return caller

    def dial(self, caller: Caller, now: float) -> None:
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {HERE}\r\ns=-\r\nc=IN IP4 {HERE}\r\nt=0 0\r\n"
            f"m=audio {caller.voice.getsockname()[1]} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        )
        caller.invite = self._request(caller, "INVITE", f"sip:112@{self.target}", "", (), sdp)
        caller.invited_at, caller.repeat_at = now, now + T1_SECONDS
        self._send(caller.invite)

    def look(self, now: float) -> None:
        """Take in what has come, and say again what was not answered."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._said(self.words.recv(65_535).decode(), now)
        for key, _ in self.voices.select(LOOK_SECONDS):
            self._heard(key.data)
        for caller in self.callers.values():
            if caller.invited_at and not caller.status and now >= caller.repeat_at:
                caller.repeat_seconds = min(2 * caller.repeat_seconds, REPEAT_SECONDS_MAX)
                caller.repeat_at = now + caller.repeat_seconds
                self._send(caller.invite)

    def hang_up(self) -> None:
        for caller in self.callers.values():
            if caller.bye and not caller.gone:
                self._send(caller.bye)

    def _said(self, text: str, now: float) -> None:
        head = text.partition("\r\n\r\n")[0]
        caller = self.callers.get(_header(head, "Call-ID"))
        if caller is None:
            return
        if not head.startswith("SIP/2.0 "):  # the other side hangs up
            self._send(_reply(head))
            caller.gone = True
            return
        status = int(head[8:11])
        if status < 200:
            caller.repeat_at = now + REPEAT_SECONDS_MAX * 10
            return
        if _header(head, "CSeq").endswith("BYE"):
            caller.gone = True
            return
        if not caller.status:
            caller.status, caller.answered_after = status, now - caller.invited_at
        routes = tuple(
            reversed(re.findall(r"^Record-Route:\s*(.+?)\s*$", head, re.MULTILINE | re.IGNORECASE))
        )
        to = _header(head, "To")
        if status >= 300:
            self._send(
                self._request(caller, "ACK", f"sip:112@{self.target}", to, (), via=_via(caller.invite))
            )
            return
        contact = re.search(r"<([^>]+)>", _header(head, "Contact"))
        assert contact is not None
        self._send(self._request(caller, "ACK", contact[1], to, routes))
        caller.bye = self._request(caller, "BYE", contact[1], to, routes, sequence=2)

    def _request(
        self, caller: Caller, method: str, uri: str, to: str, routes: tuple[str, ...], body: str = "",
        *, sequence: int = 1, via: str = "",
    ) -> bytes:  # fmt: skip
        branch = f"SIP/2.0/UDP {HERE}:{self.port};branch=z9hG4bK{secrets.token_hex(8)};rport"
        lines = [
            f"{method} {uri} SIP/2.0", f"Via: {via or branch}", "Max-Forwards: 70",
            *(f"Route: {route}" for route in routes),
            f"From: <sip:{caller.number}@{HERE}>;tag={caller.number}",
            f"To: {to or f'<sip:112@{self.target}>'}", f"Call-ID: {caller.call_id}", f"CSeq: {sequence} {method}",
            f"Contact: <sip:{caller.number}@{HERE}:{self.port}>",
            *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}",
        ]  # fmt: skip
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _heard(self, caller: Caller) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                sound = np.frombuffer(caller.voice.recv(2048)[RTP_HEADER_BYTES:], np.uint8)
                caller.frames += bool(sound.size and np.abs(DECODED[sound]).max() >= AUDIBLE)
                if caller.frames and not caller.heard_after:
                    caller.heard_after = time.monotonic() - caller.invited_at
                if caller.frames == HEARD_FRAMES:
                    self.voices.unregister(caller.voice)  # the rest costs this process nothing
                    return

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            self.words.sendto(data, self.to)


def _header(head: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.+?)\s*$", head, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _via(invite: bytes) -> str:
    return _header(invite.decode(), "Via")


def _reply(head: str) -> bytes:
    kept = [line for line in head.split("\r\n")[1:] if line.partition(":")[0].lower() in KEPT]
    return ("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0"]) + "\r\n\r\n").encode()


KEPT = ("via", "from", "to", "call-id", "cseq")


def run(target: str, count: int, rate: float, seconds: float) -> dict[str, object]:
    crowd = Crowd(target, count)
    began, dialled = time.monotonic(), 0
    while (now := time.monotonic()) < began + count / rate + seconds:
        while dialled < min(count, (now - began) * rate):
            crowd.dial(crowd.queue[dialled], now)
            dialled += 1
        crowd.look(now)
        if dialled == count and all(one.status and one.frames >= HEARD_FRAMES for one in crowd.queue):
            break
    gone_early = sum(one.gone for one in crowd.queue)
    still = time.monotonic()
    while time.monotonic() < still + BYE_SECONDS and not all(one.gone for one in crowd.queue):
        crowd.hang_up()
        for _ in range(20):
            crowd.look(time.monotonic())
    waits = sorted(one.answered_after for one in crowd.queue if one.status == 200)
    sounds = sorted(one.heard_after for one in crowd.queue if one.heard_after)
    return {
        "statuses": Counter(str(one.status) for one in crowd.queue),
        "heard": sum(one.frames >= HEARD_FRAMES for one in crowd.queue),
        "gone_early": gone_early,
        "answer_p95_s": round(waits[int(len(waits) * 0.95)], 2) if waits else None,
        "heard_p95_s": round(sounds[int(len(sounds) * 0.95)], 2) if sounds else None,
        "took_s": round(still - began, 1),
    }


async def crowd(target: str, count: int, rate: float, seconds: float) -> dict[str, Any]:
    """What ``count`` callers at ``rate`` a second met; at most ``seconds`` after the last has dialled."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sip.crowd", target, str(count), str(rate), str(seconds),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    found: dict[str, Any] = json.loads(said)
    return found


if __name__ == "__main__":
    target, count, rate, seconds = sys.argv[1:]
    print(json.dumps(run(target, int(count), float(rate), float(seconds))))
