"""The node's side of the voice detector: gives it the callers' sound, and takes what it hears.

Rule 1: the mixer never waits for it. A packet that finds the socket full is dropped, and the detector says so.
Rule 2: while it does not listen, nothing is said of a caller; only `off` is, so that nobody is thought silent.
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
from dataclasses import dataclass
from pathlib import Path

from siaga.adapters.phone.engine import KnockHeard, PhoneEvent, VoiceHeard, VoiceWatch
from siaga.adapters.phone.media.wire import (
    LEG_NUMBERS,
    LINE_BYTES_MAX,
    line_of,
    message_of,
    pack_frame,
    send_packet,
)
from siaga.adapters.phone.sound.mixer import Mixer

log = logging.getLogger(__name__)

SOCKET_BUFFER_BYTES = 256 * 1024  # some seconds of some callers, in case the machine is busy
PACKET_FRAMES_MAX = 60  # below media_wire's packet limit
DEAF_SECONDS = 2.0  # a detector that has not begun to listen by then is said to be off
RESTART_SECONDS = 5.0  # one that cannot run here is tried again calmly
END_SECONDS_MAX = 2.0


@dataclass(slots=True)
class _Watched:
    call: str
    seconds: float
    knocks: bool
    on: bool = False


class VoiceActivity:
    """One detector process and the callers it listens to. `drain` and `flush` belong to the mixer's thread."""

    def __init__(
        self, mixer: Mixer, say: Callable[[PhoneEvent], None], *, command: tuple[str, ...] = ()
    ) -> None:
        """``say`` is called on the event loop. ``command``: another program (tests)."""
        self._mixer = mixer
        self._say = say
        self._command = command or (sys.executable, "-m", "siaga.adapters.phone.voice.process")
        self._numbers = itertools.cycle(range(1, LEG_NUMBERS))
        self._watched: dict[int, _Watched] = {}
        self._number_of: dict[str, int] = {}
        self._outgoing: list[bytes] = []
        self._sound: socket.socket | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None
        self.dropped_packets = 0

    @property
    def process_id(self) -> int | None:
        """The detector's process, while it runs (tests kill it)."""
        return self._child.pid if self._child is not None else None

    async def start(self) -> None:
        """Have the detector started; the telephone does not wait for it."""
        self._mixer.attach(self)
        self._running = asyncio.create_task(self._run_for_ever())

    async def stop(self) -> None:
        """End the process. No event follows."""
        self._mixer.detach(self)
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def listen(self, call: str, *, seconds: float, knocks: bool) -> Callable[[bytes], None]:
        """Listen to this caller from now on; returns what takes his frames (on the mixer's thread).

        Listening anew starts the count anew.
        """
        self.forget(call)
        number = next(self._numbers)
        self._number_of[call] = number
        self._watched[number] = _Watched(call, seconds, knocks)
        self._order(number)
        asyncio.get_running_loop().call_later(DEAF_SECONDS, self._say_if_deaf, number)
        return lambda frame: self._take(number, frame)

    def forget(self, call: str) -> None:
        """Listen to him no more: he is gone, or has spoken. Nothing is said of it."""
        number = self._number_of.pop(call, None)
        if number is not None:
            del self._watched[number]
            self._send({"do": "forget", "leg": number})

    # --- the mixer's thread ---

    def _take(self, number: int, frame: bytes) -> None:
        if number in self._watched:
            self._outgoing.append(pack_frame(number, frame))

    def drain(self) -> None:
        """Nothing comes from there by this way."""

    def flush(self) -> None:
        """Send the frames of this round."""
        frames, self._outgoing = self._outgoing, []
        sound = self._sound
        if sound is None:
            return
        for at in range(0, len(frames), PACKET_FRAMES_MAX):
            if not send_packet(sound, b"".join(frames[at : at + PACKET_FRAMES_MAX])):
                self.dropped_packets += 1

    # --- the process ---

    async def _run_for_ever(self) -> None:
        while True:
            try:
                await self._run_once()
            except OSError as failed:
                log.error("the voice detector cannot be started: %s", failed)
            for watched in self._watched.values():
                self._set(watched, on=False)
            log.error(
                "the voice detector is not running; silent callers are found by the takers and by keys only"
            )
            await asyncio.sleep(RESTART_SECONDS)

    async def _run_once(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        sound, their_sound = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (sound, their_sound):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
            end.setblocking(False)
        with theirs, their_sound, contextlib.ExitStack() as unless_started:
            unless_started.enter_context(ours)
            unless_started.enter_context(sound)
            starting = asyncio.ensure_future(asyncio.create_subprocess_exec(
                *self._command, "--orders-fd", str(theirs.fileno()), "--sound-fd", str(their_sound.fileno()),
                pass_fds=(theirs.fileno(), their_sound.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": _import_path()},
                start_new_session=True,  # Ctrl+C in the terminal is the node's affair, not its children's
            ))  # fmt: skip
            try:
                child = await asyncio.shield(starting)
                reader, writer = await asyncio.open_connection(sock=ours, limit=LINE_BYTES_MAX)
            except asyncio.CancelledError:  # the node stops in the moment it starts: leave no process behind
                ours.close()
                await self._end(await starting, is_up=False)
                raise
            unless_started.pop_all()
        self._child, self._writer = child, writer
        try:
            while line := await reader.readline():
                message = message_of(line)
                if message["said"] == "ready":
                    self._sound = sound
                    for number in self._watched:
                        self._order(number)
                else:
                    self._heard(int(message["leg"]), str(message["said"]))
        except (ConnectionResetError, ValueError) as broken:
            log.error("the voice detector broke off: %s", broken)
        finally:
            is_up, self._sound, self._writer, self._child = self._sound is not None, None, None, None
            writer.close()
            await self._end(child, is_up=is_up)
            sound.close()

    async def _end(self, child: asyncio.subprocess.Process, *, is_up: bool) -> None:
        """It goes by itself when the node's end is closed; who does not, or is still loading its model, is ended."""
        if not is_up:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        try:
            async with asyncio.timeout(END_SECONDS_MAX):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()

    def _heard(self, number: int, said: str) -> None:
        watched = self._watched.get(number)
        if watched is None:
            return
        match said:
            case "listening":
                self._set(watched, on=True)
            case "deaf":
                self._set(watched, on=False)
            case "voice":
                self._say(VoiceHeard(watched.call))
                if not watched.knocks:
                    self.forget(watched.call)
            case "knock":
                self._say(KnockHeard(watched.call))

    def _set(self, watched: _Watched, *, on: bool) -> None:
        if watched.on != on:
            watched.on = on
            self._say(VoiceWatch(watched.call, on))

    def _say_if_deaf(self, number: int) -> None:
        watched = self._watched.get(number)
        if watched is not None and not watched.on:
            self._say(VoiceWatch(watched.call, False))

    def _order(self, number: int) -> None:
        watched = self._watched[number]
        self._send({"do": "listen", "leg": number, "seconds": watched.seconds, "knocks": watched.knocks})

    def _send(self, message: dict[str, object]) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(line_of(message))


def _import_path() -> str:
    """Where the child finds this very package, also from a source checkout."""
    ours = str(Path(__file__).resolve().parents[4])
    return os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH", ""))))
