"""A far end that puts us on hold is silent and still there; one that has vanished is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from siaga.adapters.phone.drill.sip import Message, sdp_of
from siaga.adapters.phone.engine import CallerLeft, CallerRang
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import GREETING_HZ, Line, open_line

pytestmark = pytest.mark.sip

VOICE_SECONDS_MAX = 2


@pytest.fixture
async def impatient_line(tmp_path: Path) -> AsyncIterator[Line]:
    """A line that gives a silent caller two seconds."""
    opened = await open_line(tmp_path, voice_seconds_max=VOICE_SECONDS_MAX)
    yield opened
    await opened.close()


class HoldingCaller(FakeCaller):
    """A caller whose telephone can hold."""

    def __init__(self, target: str, number: str) -> None:
        super().__init__(target, number, audio=tones(1300))
        self.held_answers: list[Message] = []

    def hold(self, direction: str) -> None:
        """Ask for another direction of the voice (re-INVITE), and send none while it is not ours to send."""
        assert self._channel is not None
        self._sequence += 1
        body = sdp_of(self._channel.host, self._voice_port).replace("sendrecv", direction)
        body = body.replace("o=- 1 1", f"o=- 1 {self._sequence}")
        request = self._request("INVITE", body=body).decode()
        _, _, rest = request.partition("\r\n")
        again = f"INVITE {self._contact} SIP/2.0\r\n{rest}".replace(
            "CSeq: 1 INVITE", f"CSeq: {self._sequence} INVITE"
        )
        self._send(again.encode())
        self.voice.muted = direction != "sendrecv"

    def _on_invite_answer(self, message: Message) -> None:
        sequence = message.header("cseq").split()[0]
        if sequence == "1":
            super()._on_invite_answer(message)
        elif (message.status or 0) >= 200:
            self.held_answers.append(message)
            self._send(self._request("ACK").replace(b"CSeq: 1 ACK", f"CSeq: {sequence} ACK".encode()))


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_a_caller_who_puts_us_on_hold_is_still_there(impatient_line: Line, direction: str) -> None:
    line = impatient_line
    caller = HoldingCaller(line.target, "0811")
    assert await caller.start() == 200
    call = (await line.event(CallerRang)).call
    assert await caller.hears(GREETING_HZ)

    caller.hold(direction)
    await asyncio.sleep(VOICE_SECONDS_MAX + 2.5)

    assert [answer.status for answer in caller.held_answers] == [200]
    assert not any(isinstance(event, CallerLeft) for event in line.events)
    caller.hold("sendrecv")
    await asyncio.sleep(VOICE_SECONDS_MAX + 1.0)
    assert not any(isinstance(event, CallerLeft) for event in line.events)
    caller.vanish()
    assert await line.event(CallerLeft) == CallerLeft(call, "voice_stopped")
