"""Callers with hostile names, keys pressed by the thousand, voices nobody speaks, and callers who vanish."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from itertools import pairwise
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import CallerLeft, CallerRang, DigitPressed
from siaga.adapters.phone.sip.identity import NAME_CHARACTERS_MAX, NUMBER_CHARACTERS_MAX
from siaga.clock import monotonic
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import GREETING_HZ, Line, open_line
from tests.sip.test_hostile_sip import SDP, still_answers

pytestmark = pytest.mark.sip

HERE = "127.0.0.1"
SENDERS: dict[str, tuple[str, str | None, str | None]] = {
    # what: (From, number we may show, name we may show)
    "control characters": ('"Bu\x01di\x1b[2J\x07" <sip:0812@{here}>', "0812", "Budi[2J"),
    "a name of 10 kB": ('"' + "A" * 10_000 + '" <sip:0812@{here}>', "0812", "A" * NAME_CHARACTERS_MAX),
    "a number of 10 kB": ("<sip:" + "8" * 10_000 + "@{here}>", "8" * NUMBER_CHARACTERS_MAX, None),
    "SQL": ('"Robert\'); drop table call;--" <sip:0812@{here}>', "0812", "Robert'); drop table call;--"),
    "HTML": ('"<script>alert(1)</script>" <sip:0812@{here}>', "0812", "<script>alert(1)</script>"),
    "unicode": ('"Déwi 🔥 \u202eevil" <sip:0812@{here}>', "0812", "Déwi 🔥 evil"),
    "withheld": ('"Anonymous" <sip:anonymous@anonymous.invalid>', None, None),
    "no user": ("<sip:{here}>", None, None),
    "escapes in the number": ("<sip:%30%38%0d%0a12@{here}>", "0812", None),
    "no brackets": ("sip:0812@{here}", "0812", None),
    "an unclosed quote": ('"Budi <sip:0812@{here}>', "0812", None),
}
KEYS_TOLD_MIN = (
    40  # those by voice; of messages that come faster than a key lasts the stack makes one long key
)
REFUSABLE = {"a name of 10 kB", "a number of 10 kB", "an unclosed quote"}


def invite(sender: str, port: int, body: str = SDP) -> bytes:
    """An INVITE over UDP from this sender."""
    name = secrets.token_hex(6)
    lines = [
        f"INVITE sip:112@{HERE} SIP/2.0",
        f"Via: SIP/2.0/UDP {HERE}:{port};branch=z9hG4bK{name};rport",
        "Max-Forwards: 70",
        f"From: {sender.format(here=f'{HERE}:{port}')};tag={name}",
        f"To: <sip:112@{HERE}>",
        f"Call-ID: {name}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:x@{HERE}:{port}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def final_status(sent: bytes, line: Line, place: socket.socket, names: str = "Call-ID: ") -> int | None:
    """Send it; the status of the final answer that ``names`` it, ``None`` when none comes within two seconds."""
    host, port = line.target.split(":")
    place.sendto(sent, (host, int(port)))
    loop, until = asyncio.get_running_loop(), monotonic() + 2
    while (left := until - monotonic()) > 0:
        try:
            async with asyncio.timeout(left):
                answer = await loop.sock_recv(place, 65_535)
        except TimeoutError:
            return None
        if answer.startswith(b"SIP/2.0 ") and answer[8:9] != b"1" and names.encode() in answer:
            return int(answer[8:11])
    return None


@pytest.fixture
def place() -> socket.socket:
    """A caller's socket."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((HERE, 0))
    made.setblocking(False)
    return made


@pytest.mark.parametrize("what", SENDERS)
async def test_a_hostile_sender_is_answered_and_shown_clean(
    line: Line, place: socket.socket, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    sender, number, name = SENDERS[what]
    with caplog.at_level(logging.INFO):
        status = await final_status(invite(sender, place.getsockname()[1]), line, place)
    if status == 200:
        await line.event(CallerRang)
    rang = [event for event in line.events if isinstance(event, CallerRang)]
    place.close()
    if status is not None and what not in REFUSABLE:
        assert status == 200
    assert status in (200, 400, 413, 486, None), status
    assert len(rang) == (status == 200)
    for event in rang:
        assert (event.number, event.display_name) == (number, name)
        assert (event.display_name or "").isprintable()
    if what not in REFUSABLE:
        assert rang
    assert len(caplog.records) <= 2
    await still_answers(line, "0899")


async def test_thousands_of_keys_by_voice_and_by_message_harm_nobody(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    talker = FakeCaller(line.target, "0811", audio=tones(1300))
    assert await talker.start() == 200
    flooder = FakeCaller(line.target, "0822", audio=tones(1100))
    assert await flooder.start() == 200
    began = monotonic()
    with caplog.at_level(logging.INFO):
        flooder.press("5" * 40)
        for number in range(2_000):
            flooder.press_by_message("0123456789"[number % 10])
            if number % 20 == 0:
                await asyncio.sleep(0.02)

        def keys() -> int:
            return sum(isinstance(event, DigitPressed) for event in line.events)

        told = -1
        while keys() > told:  # until the last one has been told
            told = keys()
            await asyncio.sleep(1.0)

    moments = [frame.at for frame in talker.voice.frames if frame.at >= began]
    gap = max(after - before for before, after in pairwise(moments))
    print(f"{keys()} keys told, longest gap {1000 * gap:.0f} ms, {len(caplog.records)} log lines")
    assert keys() >= KEYS_TOLD_MIN
    assert gap < 0.5
    assert len(caplog.records) <= 5
    await talker.hang_up()
    await flooder.hang_up()


@pytest.mark.parametrize(
    "offered",
    [
        "RTP/AVP 97\r\na=rtpmap:97 iLBC/8000",
        "RTP/AVP 9",
        "RTP/AVP 111\r\na=rtpmap:111 opus/48000/2",
        "RTP/SAVPF 8",
    ],
    ids=["iLBC", "G.722", "Opus", "DTLS-SRTP"],
)
async def test_a_voice_we_do_not_speak_is_not_acceptable_and_said_at_most_once(
    line: Line, place: socket.socket, offered: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = SDP.replace("RTP/AVP 8", offered)
    with caplog.at_level(logging.INFO):
        answers = [
            await final_status(invite("<sip:0812@{here}>", place.getsockname()[1], body), line, place)
            for _ in range(5)
        ]
    place.close()
    assert answers == [488] * 5
    assert not any(isinstance(event, CallerRang) for event in line.events)
    assert len(caplog.records) <= 5  # one for each call at most
    await still_answers(line, "0899")


async def test_who_vanishes_is_given_up_and_nobody_else(tmp_path: Path) -> None:
    line = await open_line(tmp_path, voice_seconds_max=2)
    stays, goes = (FakeCaller(line.target, number, audio=tones(1300)) for number in ("0811", "0822"))
    assert [await stays.start(), await goes.start()] == [200, 200]
    goes.vanish()
    left = await line.event(CallerLeft, within=15)
    assert (left.call, left.cause) == ("call-2", "voice_stopped")
    await asyncio.sleep(2.5)
    assert sum(isinstance(event, CallerLeft) for event in line.events) == 1
    await stays.hang_up()
    again = FakeCaller(line.target, "0833", audio=tones(1300))
    assert await again.start() == 200
    assert await again.hears(GREETING_HZ)
    await again.hang_up()
    await line.close()
