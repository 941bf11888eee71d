"""A machine with a network: the stack listens on its address, the door on 127.0.0.1."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import CallerLeft, CallerRang, DigitPressed
from siaga.adapters.phone.sip.loopback import with_address
from siaga.adapters.phone.sip.trunk import own_addresses
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import GREETING_HZ, open_line

OFFER = b"INVITE sip:112@h SIP/2.0\r\nContent-Length: %d\r\n\r\n%s"
BODY = b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 8\r\n"


def _is_from(number: str, event: CallerRang) -> bool:
    return event.number == number


def _is_of(call: str, event: DigitPressed | CallerLeft) -> bool:
    return event.call == call


def test_the_loopback_address_in_an_offer_becomes_the_machines_own() -> None:
    changed, port = with_address(OFFER % (len(BODY), BODY), "192.0.2.20")

    body = BODY.replace(b"127.0.0.1", b"192.0.2.20")
    assert changed == OFFER % (len(body), body)
    assert port == 4000


@pytest.mark.parametrize(
    "message", [b"", b"\r\n\r\n", OFFER % (4, b"v=0\n"), b"ACK sip:112@h SIP/2.0\r\n\r\n"]
)
def test_whatever_names_no_loopback_address_passes_unchanged(message: bytes) -> None:
    assert with_address(message, "192.0.2.20") == (message, None)


@pytest.mark.sip
@pytest.mark.skipif(not own_addresses(), reason="this machine has no address but the loopback one")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_program_on_this_machine_can_call_either_address(tmp_path: Path, transport: str) -> None:
    line = await open_line(tmp_path, host="0.0.0.0")
    port = line.target.split(":")[1]
    try:
        for number, host in (("0811", "127.0.0.1"), ("0812", own_addresses()[0])):
            caller = FakeCaller(f"{host}:{port}", number, audio=tones(1300), transport=transport)
            assert await caller.start() == 200
            assert await caller.hears(GREETING_HZ)
            caller.press("5")
            rang = await line.event(CallerRang, matching=partial(_is_from, number))
            await line.event(DigitPressed, matching=partial(_is_of, rang.call))
            await caller.hang_up()
            await line.event(CallerLeft, matching=partial(_is_of, rang.call))
    finally:
        await line.close()
