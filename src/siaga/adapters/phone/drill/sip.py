"""SIP messages and sockets for the drill caller: read one, answer one, send one."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type",
}  # fmt: skip
_URI = re.compile(r"<([^>]+)>")


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message. ``status`` is ``None`` for a request; ``headers`` have lower-case names."""

    status: int | None
    method: str
    headers: dict[str, list[str]]
    body: str

    def header(self, name: str) -> str:
        """The first header of this name, or an empty string."""
        return self.headers.get(name, [""])[0]

    def uri_in(self, name: str) -> str | None:
        """The address between the angle brackets of a header."""
        found = _URI.search(self.header(name))
        return found[1] if found else None

    def answer(self, status: int, reason: str, *, contact: str, body: str = "", tag: str = "") -> bytes:
        """A response to this request."""
        to = self.header("to")
        if ";tag=" not in to:
            to += f";tag={tag or secrets.token_hex(6)}"
        lines = [
            f"SIP/2.0 {status} {reason}",
            *(f"Via: {via}" for via in self.headers.get("via", [])),
            *(f"Record-Route: {route}" for route in self.headers.get("record-route", [])),
            f"From: {self.header('from')}",
            f"To: {to}",
            f"Call-ID: {self.header('call-id')}",
            f"CSeq: {self.header('cseq')}",
            f"Contact: {contact}",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def message_in(data: bytes) -> Message | None:
    """The message in these bytes; ``None`` for what is not SIP."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            headers.setdefault(COMPACT.get(name, name), []).append(value.strip())
    words = first.split()
    sequence = headers.get("cseq", [""])[0].split()
    if len(words) < 3 or len(sequence) != 2:
        return None
    if words[0].startswith("SIP/"):
        return Message(int(words[1]), sequence[1], headers, body) if words[1].isdigit() else None
    return Message(None, words[0], headers, body)


def sdp_of(host: str, port: int) -> str:
    """Our offer or answer: A-law and telephone keys."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def voice_address(sdp: str) -> tuple[str, int] | None:
    """Where the other side wants to hear us."""
    host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
    return (host[1], int(port[1])) if host and port else None


class SipChannel(Protocol):
    """A socket that carries SIP messages; ``host`` and ``port`` are ours."""

    host: str
    port: int

    def send(self, data: bytes) -> None: ...

    def close(self) -> None: ...


async def open_channel(transport: str, host: str, port: int, heard: Callable[[Message], None]) -> SipChannel:
    """A channel to this node; ``heard`` gets every message that comes."""
    if transport == "tcp":
        reader, writer = await asyncio.open_connection(host, port)
        return _Stream(reader, writer, heard)
    loop = asyncio.get_running_loop()
    _, channel = await loop.create_datagram_endpoint(lambda: _Datagrams(heard), remote_addr=(host, port))
    return channel


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[Message], None]) -> None:
        self._heard = heard
        self._transport: asyncio.DatagramTransport | None = None
        self.host, self.port = "", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.host, self.port = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (message := message_in(data)) is not None:
            self._heard(message)

    def error_received(self, exc: Exception) -> None:
        """The port is closed; the caller's own timers decide."""

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Stream:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[Message], None]
    ) -> None:
        self._writer = writer
        self.host, self.port = writer.get_extra_info("sockname")[:2]
        self._reading = asyncio.ensure_future(_read_stream(reader, heard))

    def send(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        self._reading.cancel()
        self._writer.close()


async def _read_stream(reader: asyncio.StreamReader, heard: Callable[[Message], None]) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"^(?:content-length|l)\s*:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
            body = await reader.readexactly(int(length[1])) if length else b""
            if (message := message_in(head.lstrip(b"\r\n") + body)) is not None:
                heard(message)
    except (asyncio.IncompleteReadError, ConnectionError):
        return
