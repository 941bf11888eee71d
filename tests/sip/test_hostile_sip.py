"""Overload, garbage and malice on the SIP port: the right answer or none, and the line stays up."""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import CallerLeft, CallerRang
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import GREETING_HZ, Line, open_line

pytestmark = pytest.mark.sip

INVITE = (
    "INVITE sip:112@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{n};rport\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:08{n}@127.0.0.1:{port}>;tag=t{n}\r\nTo: <sip:112@127.0.0.1>\r\n"
    "Call-ID: flood-{n}\r\nCSeq: 1 INVITE\r\nContact: <sip:08{n}@127.0.0.1:{port}>\r\n"
    "Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{body}"
)
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"


def invite(number: int, port: int, body: str = SDP) -> bytes:
    return INVITE.format(n=number, port=port, body=body, length=len(body)).encode()


def garbage(port: int) -> Iterator[bytes]:
    """Truncated, oversized, contradictory and random messages."""
    whole = invite(1, port)
    luck = random.Random(112)
    for cut in range(0, len(whole), 23):
        yield whole[:cut]
    yield b""
    yield b"\r\n\r\n\r\n\r\n"
    yield b"\x00" * 1400
    yield whole.replace(b"Content-Length: ", b"Content-Length: 9999999")
    yield whole.replace(b"Content-Length: ", b"Content-Length: -")
    yield whole.replace(b"CSeq: 1 INVITE", b"CSeq: 99999999999999999999 INVITE")
    yield whole.replace(b"SIP/2.0\r\nVia", b"SIP/9.9\r\nVia")
    yield whole.replace(b"From: <sip:", b"From: <<<<sip:\xff\xfe\x00")
    yield whole.replace(b"Max-Forwards: 70\r\n", b"X-Pad: " + b"A" * 60_000 + b"\r\n")
    yield whole.replace(b"Max-Forwards: 70\r\n", b"X-H: 1\r\n" * 4_000)
    yield whole.replace(b"m=audio 40000 RTP/AVP 8", b"m=audio 99999999 RTP/AVP 8 8 8 8 300 -1")
    yield whole.replace(b"c=IN IP4 127.0.0.1", b"c=IN IP6 ::::::")
    yield whole.replace(b"Via: SIP/2.0/UDP", b"Via: SIP/2.0/\xf0\x9f\x98\x80")
    for method in (
        b"REGISTER",
        b"OPTIONS",
        b"BYE",
        b"CANCEL",
        b"ACK",
        b"PRACK",
        b"REFER",
        b"NOTIFY",
        b"X" * 300,
    ):
        yield whole.replace(b"INVITE", method)
    for _ in range(200):
        yield luck.randbytes(luck.randrange(1, 1200))
    for _ in range(300):
        torn = bytearray(whole)
        for _ in range(luck.randrange(1, 20)):
            torn[luck.randrange(len(torn))] = luck.randrange(256)
        yield bytes(torn)


async def still_answers(line: Line, number: str) -> None:
    caller = FakeCaller(line.target, number, audio=tones(1300))
    assert await caller.start() == 200
    assert await caller.hears(GREETING_HZ)
    await caller.hang_up()


async def test_garbage_over_udp_does_not_stop_the_line(line: Line) -> None:
    host, port = line.target.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        for message in garbage(sender.getsockname()[1]):
            sender.sendto(message[:65_000], (host, int(port)))
            await asyncio.sleep(0.001)

    await still_answers(line, "0811")


async def test_garbage_over_tcp_does_not_stop_the_line(line: Line) -> None:
    host, port = line.target.split(":")
    for message in garbage(9):
        try:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(message)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            continue
        # The stack lets five connections wait; a sixth at once is only a second of waiting for the kernel's timer.
        await asyncio.sleep(0.004)

    await still_answers(line, "0812")


async def test_a_hundred_half_open_connections_do_not_stop_the_line(line: Line) -> None:
    host, port = line.target.split(":")
    writers = []
    for _ in range(100):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"INVITE sip:112@h SIP/2.0\r\nVia: ")
        writers.append(writer)

    await still_answers(line, "0813")
    for writer in writers:
        writer.close()


@pytest.fixture
async def small_line(tmp_path: Path) -> AsyncIterator[Line]:
    """A line with room for ten calls."""
    opened = await open_line(tmp_path, calls_max=10)
    yield opened
    await opened.close()


async def test_a_flood_of_calls_is_answered_busy_beyond_the_limit_and_passes(small_line: Line) -> None:
    line = small_line
    host, port = line.target.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        for number in range(200):
            sender.sendto(invite(number, sender.getsockname()[1]), (host, int(port)))
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.5)
        busy = set()
        while True:
            try:
                answer = sender.recv(65_535)
            except BlockingIOError:
                break
            if answer.startswith(b"SIP/2.0 486 "):
                busy.add(answer.split(b"Call-ID: ")[1].split(b"\r\n")[0])

    assert sum(isinstance(event, CallerRang) for event in line.events) == 10
    assert len(busy) == 190
    for event in [event for event in line.events if isinstance(event, CallerRang)]:
        await line.engine.hang_up(event.call)
    await still_answers(line, "0814")


async def test_a_call_without_a_voice_we_understand_is_not_acceptable(line: Line) -> None:
    host, port = line.target.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(3)
        body = SDP.replace("RTP/AVP 8", "RTP/AVP 97") + "a=rtpmap:97 iLBC/8000\r\n"
        sender.sendto(invite(7, sender.getsockname()[1], body), (host, int(port)))
        answer = await asyncio.to_thread(sender.recv, 65_535)

    assert answer.startswith(b"SIP/2.0 488 Not Acceptable Here")
    assert not any(isinstance(event, CallerRang) for event in line.events)


@pytest.mark.skipif(not shutil.which("sipp"), reason="sipp is not on this machine (apt install sip-tester)")
async def test_sipp_a_foreign_caller_places_forty_plain_calls(line: Line, tmp_path: Path) -> None:
    sipp = await asyncio.create_subprocess_exec(
        "sipp", "-sn", "uac", "-s", "112", line.target, "-i", "127.0.0.1", "-m", "40", "-r", "10", "-d", "700",
        "-timeout", "40s", "-nostdin",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await sipp.communicate()

    assert sipp.returncode == 0, said.decode(errors="replace")[-2000:]
    assert sum(isinstance(event, CallerRang) for event in line.events) == 40
    await line.event(CallerLeft)
