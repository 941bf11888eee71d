"""A fake desk telephone: answers every call at once and says a tone."""

from __future__ import annotations

import asyncio

from siaga.adapters.phone.drill_sip import Message, message_in, sdp_of, voice_address
from siaga.adapters.phone.drill_voice import DrillVoice
from siaga.adapters.phone.sound import Samples

HOST = "127.0.0.1"


class FakeDeskPhone(asyncio.DatagramProtocol):
    """`await phone.open()`, then the node dials `phone.uri`."""

    def __init__(self, sound: Samples, *, picks_up: bool = True) -> None:
        self._sound, self._picks_up = sound, picks_up
        self._transport: asyncio.DatagramTransport | None = None
        self.voices: dict[str, DrillVoice] = {}
        self.uri = ""
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        port = self._transport.get_extra_info("sockname")[1]
        self.uri = f"sip:desk@{HOST}:{port}"

    def close(self) -> None:
        """Unplug it."""
        for voice in self.voices.values():
            voice.close()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = message_in(data)
        if message is not None and message.status is None and message.method != "ACK":
            task = asyncio.ensure_future(self._answer(message, addr))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, message: Message, addr: tuple[str, int]) -> None:
        call, body, status, reason = message.header("call-id"), "", 200, "OK"
        if message.method == "INVITE" and not self._picks_up:
            status, reason = 486, "Busy Here"
        elif message.method == "INVITE":
            if call not in self.voices:
                self.voices[call] = DrillVoice(self._sound)
                await self.voices[call].open(HOST)
            body = sdp_of(HOST, self.voices[call].port)
            where = voice_address(message.body)
            if where is not None:
                self.voices[call].talk_to(*where)
        elif message.method == "BYE" and call in self.voices:
            self.voices[call].close()
        if self._transport is not None and not self._transport.is_closing():
            answer = message.answer(status, reason, contact=f"<{self.uri}>", body=body, tag=f"desk{call[:8]}")
            self._transport.sendto(answer, addr)
