"""A fake telephone that is dialled: a desk telephone, an agency's duty telephone, or the operator's own."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from siaga.adapters.phone.drill.sip import Message, message_in, sdp_of, voice_address
from siaga.adapters.phone.drill.voice import HEADER, KEY_TYPE, KEYS, DrillVoice
from siaga.adapters.phone.sound.frames import Samples
from siaga.clock import monotonic
from tests.sip.caller import RECENT_SAMPLES_MIN, share_with_tone

HOST = "127.0.0.1"
REFUSALS = {"busy": (486, "Busy Here"), "declines": (603, "Decline"), "unknown": (404, "Not Found")}


class PhoneVoice(DrillVoice):
    """A voice that also notes the telephone keys it hears."""

    def __init__(self, sound: Samples | None) -> None:
        super().__init__(sound)
        self.keys: dict[int, str] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One packet: a key's is named by the moment it began, which its repetitions share."""
        if len(data) > HEADER.size and data[1] & 0x7F == KEY_TYPE:
            self.keys[HEADER.unpack_from(data)[3]] = KEYS[data[HEADER.size]]
        super().datagram_received(data, addr)


@dataclass
class Dialog:
    """One call to this telephone."""

    invite: Message
    addr: tuple[str, int]
    voice: PhoneVoice
    tag: str
    ended: bool = False


class FakeDeskPhone(asyncio.DatagramProtocol):
    """`await phone.open()`, then the node dials `phone.uri`.

    ``manner``: answers, rings, announces (its voice is heard before it answers), or one of `REFUSALS`.
    """

    def __init__(self, sound: Samples, *, manner: str = "answers") -> None:
        self.manner = manner
        self._sound = sound
        self._transport: asyncio.DatagramTransport | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self.dialogs: dict[str, Dialog] = {}
        self.requests: list[Message] = []
        self.host, self.port, self.uri = HOST, 0, ""

    async def open(self) -> None:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        self.uri = f"sip:desk@{HOST}:{self.port}"

    def close(self) -> None:
        """Unplug it."""
        for dialog in self.dialogs.values():
            dialog.voice.close()
        if self._transport is not None:
            self._transport.close()

    @property
    def voice(self) -> PhoneVoice:
        """The voice of the newest call."""
        return list(self.dialogs.values())[-1].voice

    async def hears(self, hz: float, *, within: float = 8.0, share: float = 0.6) -> bool:
        """Wait until the last half second is mostly this tone."""
        until = monotonic() + within
        while monotonic() < until:
            await asyncio.sleep(0.1)
            recent = self.voice.heard(monotonic() - 0.5) if self.dialogs else ()
            if len(recent) >= RECENT_SAMPLES_MIN and share_with_tone(recent, hz) >= share:  # type: ignore[arg-type]
                return True
        return False

    def heard(self, since: float = 0.0) -> Samples:
        """What the newest call brought since this moment."""
        return self.voice.heard(since)

    def hang_up(self) -> None:
        """Put the receiver of the newest call down."""
        dialog = list(self.dialogs.values())[-1]
        invite, dialog.ended = dialog.invite, True
        lines = [
            f"BYE {invite.uri_in('contact')} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: {invite.header('to')};tag={dialog.tag}",
            f"To: {invite.header('from')}",
            f"Call-ID: {invite.header('call-id')}",
            "CSeq: 1 BYE",
            "Content-Length: 0",
        ]
        dialog.voice.close()
        self._send("\r\n".join([*lines, "", ""]).encode(), dialog.addr)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = message_in(data)
        if message is not None and message.status is None and message.method != "ACK":
            self.requests.append(message)
            task = asyncio.ensure_future(self._answer(message, addr))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, message: Message, addr: tuple[str, int]) -> None:
        call = message.header("call-id")
        if message.method == "INVITE":
            await self._invited(message, addr)
            return
        self.reply(message, addr, 200, "OK")
        if message.method == "BYE" and call in self.dialogs:
            self.dialogs[call].ended = True
            self.dialogs[call].voice.close()
        elif message.method == "CANCEL" and call in self.dialogs:
            self.reply(self.dialogs[call].invite, addr, 487, "Request Terminated")

    async def _invited(self, message: Message, addr: tuple[str, int]) -> None:
        if self.manner in REFUSALS:
            self.reply(message, addr, *REFUSALS[self.manner])
            return
        call = message.header("call-id")
        if call not in self.dialogs:
            voice = PhoneVoice(self._sound)
            self.dialogs[call] = Dialog(message, addr, voice, secrets.token_hex(6))
            await voice.open(HOST)
        if self.manner == "announces":
            self._talk(self.dialogs[call])
            self.reply(
                message, addr, 183, "Session Progress", body=sdp_of(HOST, self.dialogs[call].voice.port)
            )
            return
        self.reply(message, addr, 180, "Ringing")
        if self.manner == "answers":
            self.pick_up(call)

    def pick_up(self, call: str = "") -> None:
        """Answer a call that rings, the newest when none is named."""
        dialog = self.dialogs[call or list(self.dialogs)[-1]]
        self._talk(dialog)
        self.reply(dialog.invite, dialog.addr, 200, "OK", body=sdp_of(HOST, dialog.voice.port))

    def _talk(self, dialog: Dialog) -> None:
        where = voice_address(dialog.invite.body)
        if where is not None:
            dialog.voice.talk_to(*where)

    def reply(
        self,
        request: Message,
        addr: tuple[str, int],
        status: int,
        reason: str,
        *,
        body: str = "",
        more: str = "",
    ) -> None:
        """Answer a request; ``more``: a further header line."""
        dialog = self.dialogs.get(request.header("call-id"))
        tag = dialog.tag if dialog else "desk"
        answer = request.answer(status, reason, contact=f"<{self.uri}>", body=body, tag=tag)
        if more:
            answer = answer.replace(b"\r\nContact:", f"\r\n{more}\r\nContact:".encode(), 1)
        self._send(answer, addr)

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, addr)
