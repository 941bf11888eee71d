"""A caller made of software, for the demonstration, drills and measurements: dials, talks, presses keys, hangs up.

Plain SIP over UDP or TCP, enough to be one honest caller (timers, ACK, CANCEL, BYE, answers to what the node
asks); it is not a SIP stack and must never answer for a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import Mapping

from siaga.adapters.phone.drill.sip import Message, SipChannel, open_channel, sdp_of, voice_address
from siaga.adapters.phone.drill.voice import DrillVoice
from siaga.adapters.phone.sound.frames import Samples
from siaga.clock import monotonic

RETRY_SECONDS_FIRST = (
    0.5  # RFC 3261, T1: an unanswered INVITE over UDP is repeated after it, then after 2 x, 4 x
)
ANSWER_SECONDS_MAX = 20.0
GOODBYE_SECONDS_MAX = 4.0


class DrillCaller:
    """One call. `start`, then `press`, `say`, `heard`, `hang_up`; `ended` is set when either side ended it."""

    def __init__(
        self,
        target: str,
        number: str = "081200000001",
        *,
        audio: Samples | None = None,
        dialled: str = "112",
        name: str | None = None,
        transport: str = "udp",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``target`` is ``host:port`` of the node; ``audio`` is what he says, in a circle (8000 Hz samples)."""
        self.host, _, port = target.partition(":")
        self.port = int(port or 5060)
        self.number, self.dialled, self.name, self.transport = number, dialled, name, transport
        self.headers = dict(headers or {})
        self.voice = DrillVoice(audio)
        self.status: int | None = None
        self.ringing = asyncio.Event()
        self.ended = asyncio.Event()
        self.invited_at = self.answered_at = 0.0
        self._channel: SipChannel | None = None
        self._call_id = f"{secrets.token_hex(8)}@drill"
        self._tag = secrets.token_hex(6)
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        self._sequence = 1
        self._peer = f"<sip:{dialled}@{target}>"
        self._contact = f"sip:{dialled}@{target}"
        self._routes: list[str] = []
        self._final: asyncio.Future[int] | None = None
        self._voice_port = 0
        self._said_bye: asyncio.Future[int] | None = None

    # --- what a person does ---

    async def start(self) -> int:
        """Dial; returns the final SIP status (200 when answered). Raises TimeoutError when nobody answers."""
        self._final = asyncio.get_running_loop().create_future()
        self._channel = await open_channel(self.transport, self.host, self.port, self._on_message)
        self._voice_port = await self.voice.open(self._channel.host)
        self.invited_at = monotonic()
        invite = self._request(
            "INVITE", body=sdp_of(self._channel.host, self._voice_port), branch=self._branch
        )
        repeating = asyncio.ensure_future(self._repeat(invite))
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await self._final
        finally:
            repeating.cancel()

    async def cancel(self) -> None:
        """Put the receiver down before anybody answered."""
        self._send(self._request("CANCEL", branch=self._branch, initial=True))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS_MAX):
                await self.ended.wait()
        self._close()

    async def hang_up(self) -> None:
        """End the call (BYE), or only tidy up when it has ended already."""
        if not self.ended.is_set() and self.status == 200:
            self._said_bye = asyncio.get_running_loop().create_future()
            self._send(self._request("BYE"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS_MAX):
                    await self._said_bye
        self._close()

    def vanish(self) -> None:
        """Stop dead without a word: a flat battery."""
        self._close()

    def press(self, keys: str) -> None:
        """Press telephone keys, as sound events (RFC 4733)."""
        self.voice.press(keys)

    def press_by_message(self, key: str) -> None:
        """Press one telephone key, as a SIP INFO message."""
        body = f"Signal={key}\r\nDuration=160\r\n"
        self._send(self._request("INFO", body=body, content="application/dtmf-relay"))

    def say(self, audio: Samples) -> None:
        """Say something else from now on."""
        self.voice.say(audio)

    def heard(self, since: float = 0.0) -> Samples:
        """What came out of the receiver since this moment (monotonic seconds)."""
        return self.voice.heard(since)

    @property
    def first_heard_at(self) -> float | None:
        """When the first sound came, monotonic seconds."""
        return self.voice.frames[0].at if self.voice.frames else None

    # --- SIP ---

    async def _repeat(self, invite: bytes) -> None:
        wait = RETRY_SECONDS_FIRST
        self._send(invite)
        while self.transport == "udp" and not self.ringing.is_set() and self.status is None:
            await asyncio.sleep(wait)
            wait *= 2
            if not self.ringing.is_set() and self.status is None:
                self._send(invite)

    def _on_message(self, message: Message) -> None:
        if message.header("call-id") != self._call_id:
            return
        if message.status is None:
            self._on_request(message)
        elif message.method == "INVITE":
            self._on_invite_answer(message)
        elif message.method == "BYE" and self._said_bye is not None and not self._said_bye.done():
            self._said_bye.set_result(message.status)

    def _on_invite_answer(self, message: Message) -> None:
        status = message.status or 0
        if status < 200:
            if status >= 180:
                self.ringing.set()
            return
        self._peer = message.header("to")
        if status < 300:
            self._contact = message.uri_in("contact") or self._contact
            self._routes = list(reversed(message.headers.get("record-route", [])))
            where = voice_address(message.body)
            if self.status is None:
                self.answered_at = monotonic()
            if where is not None:
                self.voice.talk_to(*where)
            self._send(self._request("ACK"))
        else:
            self._send(self._request("ACK", branch=self._branch, initial=True))
            self.ended.set()
        self.status = status
        if self._final is not None and not self._final.done():
            self._final.set_result(status)

    def _on_request(self, message: Message) -> None:
        assert self._channel is not None
        if message.method == "ACK":
            return
        body = sdp_of(self._channel.host, self._voice_port) if message.method == "INVITE" else ""
        self._send(message.answer(200, "OK", contact=self._own_contact(), body=body))
        if message.method == "INVITE" and (where := voice_address(message.body)) is not None:
            self.voice.talk_to(*where)
        if message.method == "BYE":
            self.ended.set()
            self.voice.close()

    def _own_contact(self) -> str:
        assert self._channel is not None
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return f"<sip:{self.number}@{self._channel.host}:{self._channel.port}{suffix}>"

    def _request(
        self,
        method: str,
        *,
        body: str = "",
        branch: str = "",
        content: str = "application/sdp",
        initial: bool = False,
    ) -> bytes:
        assert self._channel is not None
        if method not in {"INVITE", "ACK", "CANCEL"}:
            self._sequence += 1
        sequence = 1 if method in {"INVITE", "ACK", "CANCEL"} else self._sequence
        first = method == "INVITE" or initial
        target = f"sip:{self.dialled}@{self.host}:{self.port}" if first else self._contact
        here = f"{self._channel.host}:{self._channel.port}"
        name = f'"{self.name}" ' if self.name else ""
        peer = self._peer if method != "CANCEL" else f"<sip:{self.dialled}@{self.host}:{self.port}>"
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {here};branch={branch or 'z9hG4bK' + secrets.token_hex(8)};rport",
            *([] if first else [f"Route: {route}" for route in self._routes]),
            "Max-Forwards: 70",
            f"From: {name}<sip:{self.number}@{here}>;tag={self._tag}",
            f"To: {peer}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: {self._own_contact()}",
            *([f"{key}: {value}" for key, value in self.headers.items()] if method == "INVITE" else []),
            *([f"Content-Type: {content}"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        if re.search(r"[\r\n]", "".join(lines)):
            raise ValueError("a SIP header must not hold a line break")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _send(self, data: bytes) -> None:
        if self._channel is not None:
            self._channel.send(data)

    def _close(self) -> None:
        self.ended.set()
        self.voice.close()
        if self._channel is not None:
            self._channel.close()
