"""Lets a telephone program on this very machine call 127.0.0.1 as well.

The stack binds every address of the machine except the loopback one, and refuses an offer that names it. This
door hears SIP on 127.0.0.1, writes the machine's own address over the loopback one in the offer, and hands
the message on. Voice for a program that listens on 127.0.0.1 only is forwarded there; everything else flows
directly. The door knows nothing of calls: what it holds is bounded and forgotten by age.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import TypeVar, cast

from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sip.trunk import own_addresses

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
PEERS_MAX = 64  # telephone programs and calls on one machine; the oldest is forgotten when more come
CHUNK_BYTES = 65_536
MESSAGE_BYTES_MAX = 65_536

_LENGTH = re.compile(rb"^((?:content-length|l)\s*:\s*)(\d+)", re.IGNORECASE | re.MULTILINE)
_VOICE_HOST = re.compile(rb"^c=IN IP4 127\.0\.0\.1", re.MULTILINE)
_VOICE_PORT = re.compile(rb"^m=audio (\d+)", re.MULTILINE)
_K = TypeVar("_K")


def with_address(message: bytes, address: str) -> tuple[bytes, int | None]:
    """The SIP message with ``address`` for the loopback one in its offer, and the offered voice port if so."""
    head, gap, body = message.partition(b"\r\n\r\n")
    if not _VOICE_HOST.search(body):
        return message, None
    body = _VOICE_HOST.sub(b"c=IN IP4 " + address.encode(), body)
    head = _LENGTH.sub(lambda found: found[1] + str(len(body)).encode(), head)
    port = _VOICE_PORT.search(body)
    return head + gap + body, int(port[1]) if port else None


class LoopbackDoor:
    """Opens only where it is needed: when the stack listens on every address and the machine has one."""

    def __init__(self, options: PhoneOptions) -> None:
        self._options = options
        self._inward: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._peers: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._voices: dict[int, asyncio.DatagramTransport] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._target = ("", 0)
        self._in_order = asyncio.Lock()

    async def open(self) -> None:
        """Listen on 127.0.0.1. A port somebody else holds there is said and left alone."""
        addresses = own_addresses()
        needed = self._options.host == "0.0.0.0" and addresses and self._options.loopback_calls  # noqa: S104
        if not needed:
            return
        self._target = (addresses[0], self._options.port)
        loop = asyncio.get_running_loop()
        here = (LOOPBACK, self._options.port)
        try:
            self._inward, _ = await loop.create_datagram_endpoint(lambda: _Inward(self), local_addr=here)
            self._server = await asyncio.start_server(self._pipe, *here)
        except OSError as taken:
            log.warning("calls to %s:%d from this machine are not heard: %s", *here, taken)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        for transport in (self._inward, *self._peers.values(), *self._voices.values()):
            if transport is not None:
                transport.close()
        self._peers.clear()
        self._voices.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def back(self, datagram: bytes, peer: tuple[str, int]) -> None:
        """The stack has answered this peer."""
        if self._inward is not None:
            self._inward.sendto(datagram, peer)

    def onward(self, datagram: bytes, peer: tuple[str, int]) -> None:
        """This peer has said something to the stack."""
        task = asyncio.ensure_future(self._pass_on(datagram, peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, datagram: bytes, peer: tuple[str, int]) -> None:
        async with self._in_order:
            message = await self._rewritten(datagram)
            if peer not in self._peers:
                loop = asyncio.get_running_loop()
                outward, _ = await loop.create_datagram_endpoint(
                    lambda: _Outward(self, peer), remote_addr=self._target
                )
                _keep(self._peers, peer, outward)
            self._peers[peer].sendto(message)

    async def _rewritten(self, message: bytes) -> bytes:
        changed, port = with_address(message, self._target[0])
        if port and port not in self._voices:
            loop = asyncio.get_running_loop()
            voice = _Voice(port)
            # Taken: the program listens on every address itself, and hears the stack without our help.
            with contextlib.suppress(OSError):
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: voice, local_addr=(self._target[0], port)
                )
                _keep(self._voices, port, transport)
        return changed

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            onward_reader, onward_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        with contextlib.suppress(asyncio.CancelledError):  # closing the door is no failure
            await asyncio.gather(self._copy_messages(reader, onward_writer), _copy(onward_reader, writer))

    async def _copy_messages(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(min(int(length[2]), MESSAGE_BYTES_MAX)) if length else b""
                writer.write(await self._rewritten(head + body))
                await writer.drain()
        writer.close()


def _keep(place: dict[_K, asyncio.DatagramTransport], key: _K, transport: asyncio.DatagramTransport) -> None:
    while len(place) >= PEERS_MAX:
        place.pop(next(iter(place))).close()
    place[key] = transport


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


class _Inward(asyncio.DatagramProtocol):
    def __init__(self, door: LoopbackDoor) -> None:
        self._door = door

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._door.onward(data, addr)


class _Outward(asyncio.DatagramProtocol):
    def __init__(self, door: LoopbackDoor, peer: tuple[str, int]) -> None:
        self._door = door
        self._peer = peer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._door.back(data, self._peer)


class _Voice(asyncio.DatagramProtocol):
    """Voice that the stack sends to our own address, for a program that listens on the loopback one."""

    def __init__(self, port: int) -> None:
        self._to = (LOOPBACK, port)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            self._transport.sendto(data, self._to)
