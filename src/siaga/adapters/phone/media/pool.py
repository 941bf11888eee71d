"""The node's side of its media processes: starts them, shares seats among them, replaces the dead.

A media process that dies takes only headsets with it: each is reported lost, its caller hears the hold
announcement, and the browser connects again to the next process.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siaga.adapters.phone.engine import OfferRefused, Quality
from siaga.adapters.phone.media.wire import (
    LEG_NUMBERS,
    LINE_BYTES_MAX,
    line_of,
    message_of,
    pack_frame,
    received_packets,
    send_packet,
    unpack_frames,
)
from siaga.adapters.phone.sip.legs import SeatLeg
from siaga.adapters.phone.sip.options import MEDIA_PROCESSES_MAX, SEATS_PER_MEDIA_PROCESS
from siaga.adapters.phone.sound.mixer import Mixer
from siaga.adapters.phone.sound.quality import measured

log = logging.getLogger(__name__)

ANSWER_SECONDS_MAX = 8.0  # a started process answers in 30 ms; a first start on a busy machine takes seconds
PING_SECONDS = 1.0
DEAF_SECONDS_MAX = 5.0  # a media process that says nothing for this long hangs, and is replaced
START_SECONDS_MAX = 30.0
# Until its first word it only loads its libraries: half a second, many on a starved machine. Killing it there would
# begin the same anew, for ever.
RESTART_SECONDS = 0.2  # one that cannot even start must not eat the processor in a circle
SOCKET_BUFFER_BYTES = 256 * 1024
END_SECONDS_MAX = 2.0


@dataclass(slots=True, eq=False)
class _Seat:
    name: str
    leg: SeatLeg
    answer: asyncio.Future[str]
    connected: bool = False
    quality: Quality = Quality()  # noqa: RUF009  (frozen)


@dataclass(eq=False)
class _Process:
    """One running media process and the legs it carries. `drain` and `flush` belong to the mixer's thread."""

    child: asyncio.subprocess.Process
    writer: asyncio.StreamWriter
    sound: socket.socket
    seats: dict[int, _Seat] = field(default_factory=dict)
    outgoing: list[bytes] = field(default_factory=list)
    dropped_packets: int = 0
    deaf_at: float = 0.0  # the loop's time at which it hangs, unless it says something before
    is_up: bool = False

    def drain(self) -> None:
        """Give every frame that has come to its seat."""
        for packet in received_packets(self.sound):
            for number, frame in unpack_frames(packet):
                seat = self.seats.get(number)
                if seat is not None:
                    seat.leg.heard(frame)

    def flush(self) -> None:
        """Send the frames of this round in one packet."""
        if self.outgoing:
            packet = b"".join(self.outgoing)
            self.outgoing.clear()
            if not send_packet(self.sound, packet):
                self.dropped_packets += 1

    def order(self, message: dict[str, Any]) -> None:
        if not self.writer.is_closing():
            self.writer.write(line_of(message))


class MediaPool:
    """All media processes of a node."""

    def __init__(
        self,
        mixer: Mixer,
        addresses: tuple[str, ...],
        connected: Callable[[str], None],
        lost: Callable[[str], None],
    ) -> None:
        """``connected`` and ``lost`` are called on the event loop with the seat's name."""
        self._mixer = mixer
        self._addresses = addresses
        self._connected = connected
        self._lost = lost
        self._processes: list[_Process] = []
        self._numbers = itertools.cycle(range(LEG_NUMBERS))
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = asyncio.Lock()
        self._stopping = False

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Process ids of the living media processes."""
        return tuple(process.child.pid for process in self._processes)

    async def start(self) -> None:
        """Have one process ready, so that the first taker does not wait for it."""
        await self._start_process()

    async def stop(self) -> None:
        """End every process; no loss is reported."""
        self._stopping = True
        for process in list(self._processes):
            process.writer.close()
            if not process.is_up:  # it would hear of our end only when all its libraries are loaded
                with contextlib.suppress(ProcessLookupError):
                    process.child.kill()
            try:
                async with asyncio.timeout(END_SECONDS_MAX):
                    await process.child.wait()
            except TimeoutError:
                process.child.kill()
                await process.child.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for process in list(self._processes):
            self._bury(process)

    async def connect(self, name: str, sdp: str) -> tuple[str, SeatLeg]:
        """Give the seat a leg; returns the SDP answer and the leg. Raises OfferRefused."""
        self.disconnect(name)
        process = await self._with_room()
        number = next(self._numbers)
        leg = SeatLeg(lambda frame: process.outgoing.append(pack_frame(number, frame)))
        seat = _Seat(name, leg, asyncio.get_running_loop().create_future())
        process.seats = {**process.seats, number: seat}
        process.order({"do": "offer", "leg": number, "sdp": sdp})
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                answer = await seat.answer
        except TimeoutError:
            self._forget(process, number)
            raise OfferRefused("the media process did not answer in time") from None
        except OfferRefused:
            self._forget(process, number)
            raise
        return answer, leg

    def disconnect(self, name: str) -> None:
        """Drop the seat's leg, if it has one. No loss is reported."""
        for process in self._processes:
            for number, seat in list(process.seats.items()):
                if seat.name == name:
                    self._forget(process, number)

    def quality(self, name: str) -> Quality:
        """What was last measured of this seat's voice; nothing for a seat we do not have."""
        for process in self._processes:
            for seat in process.seats.values():
                if seat.name == name:
                    return seat.quality
        return Quality()

    def _forget(self, process: _Process, number: int) -> None:
        process.seats = {key: seat for key, seat in process.seats.items() if key != number}
        process.order({"do": "close", "leg": number})

    async def _with_room(self) -> _Process:
        async with self._starting:
            for process in self._processes:
                if len(process.seats) < SEATS_PER_MEDIA_PROCESS:
                    return process
            if len(self._processes) >= MEDIA_PROCESSES_MAX:
                raise OfferRefused("every media process of this node is full")
            return await self._start_process()

    async def _start_process(self) -> _Process:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        sound, their_sound = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (sound, their_sound):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
            end.setblocking(False)
        words = [word for address in self._addresses for word in ("--address", address)]
        with theirs, their_sound, contextlib.ExitStack() as unless_started:
            unless_started.enter_context(ours)
            unless_started.enter_context(sound)
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "siaga.adapters.phone.media.process",
                "--orders-fd", str(theirs.fileno()), "--sound-fd", str(their_sound.fileno()), *words,
                pass_fds=(theirs.fileno(), their_sound.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": _import_path()},
                start_new_session=True,  # Ctrl+C in the terminal is the node's affair, not its children's
            )  # fmt: skip
            reader, writer = await asyncio.open_connection(sock=ours, limit=LINE_BYTES_MAX)
            unless_started.pop_all()
        process = _Process(child, writer, sound)
        process.deaf_at = asyncio.get_running_loop().time() + START_SECONDS_MAX
        self._processes.append(process)
        self._mixer.attach(process)
        self._spawn(self._listen(process, reader))
        self._spawn(self._ping(process))
        return process

    async def _listen(self, process: _Process, reader: asyncio.StreamReader) -> None:
        """Hear the process until it ends; then report its seats lost and have another one ready."""
        try:
            while line := await reader.readline():
                process.deaf_at, process.is_up = asyncio.get_running_loop().time() + DEAF_SECONDS_MAX, True
                self._heard(process, message_of(line))
        except (ConnectionResetError, ValueError) as broken:
            log.error("a media process speaks nonsense or broke off: %s", broken)
            process.child.kill()
        await process.child.wait()
        self._bury(process)
        if not self._stopping:
            log.error(
                "media process %d ended (%s); starting another", process.child.pid, process.child.returncode
            )
            await asyncio.sleep(RESTART_SECONDS)
            async with self._starting:
                if not self._processes:
                    await self._start_process()

    def _heard(self, process: _Process, message: dict[str, Any]) -> None:
        number = message.get("leg", -1)
        seat = process.seats.get(number)
        if seat is None:
            return
        match message["said"]:
            case "answer" if not seat.answer.done():
                seat.answer.set_result(message["sdp"])
            case "refused" if not seat.answer.done():
                seat.answer.set_exception(OfferRefused(message["reason"]))
            case "connected" if not seat.connected:
                seat.connected = True
                self._connected(seat.name)
            case "quality":
                seat.quality = _quality_in(message)
            case "lost":
                self._forget(process, number)
                self._lost(seat.name)

    def _bury(self, process: _Process) -> None:
        self._mixer.detach(process)
        self._processes.remove(process)
        process.writer.close()
        seats, process.seats = process.seats, {}
        process.sound.close()
        for seat in seats.values():
            if not seat.answer.done():
                seat.answer.set_exception(OfferRefused("the media process ended"))
            elif not self._stopping:
                self._lost(seat.name)

    async def _ping(self, process: _Process) -> None:
        while process in self._processes:
            await asyncio.sleep(PING_SECONDS)
            process.order({"do": "ping"})
            if asyncio.get_running_loop().time() > process.deaf_at:
                log.error("media process %d does not react; killed", process.child.pid)
                process.child.kill()
                return

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("the media pool failed", exc_info=task.exception())


def _quality_in(message: dict[str, Any]) -> Quality:
    codec = str(message.get("codec", ""))
    if not message.get("came"):
        return Quality(codec=codec or None)
    return measured(
        message["lost"], message["came"], message["jitter_ms"], message.get("round_trip_ms", 0.0), codec
    )


def _import_path() -> str:
    """Where the child finds this very package, also from a source checkout."""
    ours = str(Path(__file__).resolve().parents[4])
    return os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH", ""))))
