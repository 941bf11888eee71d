"""The embedded engine: the baresip stack for the callers, media processes for the takers, one mixer between."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baresip.call import Call, DigitEvent
from baresip.errors import BaresipError, StaleHandleError
from baresip.events import Event, StackEvent

from siaga.adapters.phone.engine import (
    Announcement,
    CallerLeft,
    CallerRang,
    CallGone,
    DigitPressed,
    EngineFault,
    Health,
    PhoneEvent,
    RecordingFinished,
    SeatConnected,
    SeatGone,
    SeatLost,
)
from siaga.adapters.phone.identity import identity_of
from siaga.adapters.phone.legs import SeatLeg, SipLeg
from siaga.adapters.phone.loopback import LoopbackDoor
from siaga.adapters.phone.media_pool import MediaPool
from siaga.adapters.phone.mixer import Line, Mixer, Player
from siaga.adapters.phone.options import PhoneOptions
from siaga.adapters.phone.prompts import PromptBook
from siaga.adapters.phone.recorder import Recorder
from siaga.adapters.phone.trunk import Trunk, cause_of, own_addresses
from siaga.clock import monotonic
from siaga.records.recording_keys import KeyRing

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Caller:
    sip: Call
    line: Line
    leg: SipLeg
    answered: bool = False
    seat: str | None = None


@dataclass(slots=True, eq=False)
class _Seat:
    leg: SipLeg | SeatLeg
    sip: Call | None = None
    connected: bool = False


class BaresipEngine:
    """`TelephonyEngine` on baresip and aiortc. One per process: the stack allows no second."""

    def __init__(self, options: PhoneOptions, prompts: PromptBook, new_id: Callable[[], str]) -> None:
        self._options = options
        self._prompts = prompts
        self._new_id = new_id
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        self._callers: dict[str, _Caller] = {}
        self._seats: dict[str, _Seat] = {}
        self._mixer = Mixer()
        keys = KeyRing(options.recording_keys) if options.recording_keys else None
        self._recorder = Recorder(options.node, self._recording_finished, keys)
        self._trunk = Trunk(options, self._on_incoming, self._on_stack_died)
        self._media = MediaPool(self._mixer, options.ice_addresses, self._seat_connected, self._seat_lost)
        self._door = LoopbackDoor(options)
        self._cpu_since = (0.0, 0.0)

    # --- life ---

    async def start(self) -> None:
        """See TelephonyEngine."""
        self._loop = asyncio.get_running_loop()
        self._cpu_since = (monotonic(), _cpu_seconds())
        await self._trunk.start()
        self._mixer.start()
        self._recorder.start()
        await self._media.start()
        await self._door.open()

    async def stop(self) -> None:
        """See TelephonyEngine."""
        await self._door.close()
        self._callers.clear()
        await self._media.stop()
        self._mixer.stop()
        await self._trunk.stop()
        if self._recorder.is_alive():
            await asyncio.to_thread(self._recorder.stop)

    async def next_event(self) -> PhoneEvent:
        """See TelephonyEngine."""
        return await self._events.get()

    @property
    def media_process_ids(self) -> tuple[int, ...]:
        """Process ids of the living media processes (tests kill them)."""
        return self._media.process_ids

    # --- orders about calls ---

    async def answer(self, call: str) -> None:
        """See TelephonyEngine."""
        caller = self._caller(call)
        if caller.answered:
            return
        caller.answered = True
        self._mixer.add(caller.line)
        try:
            await caller.sip.answer()
        except BaresipError as failed:
            # Gone in this very moment, or refused by the stack: either way this caller cannot be heard.
            self._caller_left(call, f"answer failed: {failed}")
            await self._quietly(caller.sip.hangup())
            raise CallGone(call) from failed

    async def refuse(self, call: str) -> None:
        """See TelephonyEngine. baresip knows one word for it: 486."""
        caller = self._callers.pop(call, None)
        if caller is not None and not caller.answered:
            await self._quietly(caller.sip.reject())

    async def play(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        player = self._player(announcement)
        caller = self._caller(call)
        if caller.seat is None:
            caller.line.player = player

    async def bridge(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        caller = self._caller(call)
        taker = self._seats.get(seat)
        if taker is None or not taker.connected:
            raise SeatGone(seat)
        for other in self._callers.values():
            if other is not caller and other.seat == seat:
                other.seat = other.line.partner = other.line.player = None
        caller.seat = seat
        caller.line.partner = taker.leg
        caller.line.player = None

    async def park(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        player = self._player(announcement)
        caller = self._caller(call)
        caller.seat = None
        caller.line.player = player
        caller.line.partner = None

    async def hang_up(self, call: str) -> None:
        """See TelephonyEngine."""
        caller = self._callers.pop(call, None)
        if caller is not None:
            self._take_off(caller)
            await self._quietly(caller.sip.hangup())

    async def start_recording(self, call: str, path: Path) -> None:
        """See TelephonyEngine. Raises OSError when the folder cannot be written."""
        line = self._caller(call).line
        if line.tape is None:
            line.tape = self._recorder.begin(call, path)

    # --- orders about seats ---

    async def connect_seat(self, seat: str, sdp_offer: str) -> str:
        """See TelephonyEngine."""
        await self._drop_seat(seat, say=True)
        answer, leg = await self._media.connect(seat, sdp_offer)
        self._seats.setdefault(seat, _Seat(leg)).leg = leg
        return answer

    async def dial_seat(self, seat: str, uri: str) -> None:
        """See TelephonyEngine."""
        await self._drop_seat(seat, say=True)
        sip = await self._trunk.dial(uri)
        taker = _Seat(SipLeg(sip.audio), sip)
        self._seats[seat] = taker

        def watch(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED and self._seats.get(seat) is taker:
                self._seat_lost(seat)

        sip.on(watch)
        self._seat_connected(seat)

    async def disconnect_seat(self, seat: str) -> None:
        """See TelephonyEngine."""
        await self._drop_seat(seat, say=False)

    async def _drop_seat(self, seat: str, *, say: bool) -> None:
        taker = self._seats.pop(seat, None)
        self._media.disconnect(seat)
        if taker is None:
            return
        self._silence_callers_of(seat)
        if say and taker.connected:
            self._events.put_nowait(SeatLost(seat))
        if taker.sip is not None:
            await self._quietly(taker.sip.hangup())

    # --- what the stack and the media processes say (event loop) ---

    def _on_incoming(self, sip: Call) -> None:
        call = self._new_id()
        leg = SipLeg(sip.audio)
        self._callers[call] = _Caller(sip, Line(leg), leg)

        def digit(pressed: DigitEvent) -> None:
            self._events.put_nowait(DigitPressed(call, pressed.digit))

        def watch(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                self._caller_left(call, event.text)

        sip.on_dtmf(digit)
        sip.on(watch)
        who = identity_of(sip.headers, sip.peer or "")
        self._events.put_nowait(
            CallerRang(call, who.number, who.display_name, who.dialled, who.transport, dict(sip.headers))
        )

    def _caller_left(self, call: str, reason: str | None) -> None:
        caller = self._callers.pop(call, None)
        if caller is not None:
            self._take_off(caller)
            self._events.put_nowait(CallerLeft(call, cause_of(reason, answered=caller.answered)))

    def _seat_connected(self, seat: str) -> None:
        taker = self._seats.get(seat)
        if taker is not None and not taker.connected:
            taker.connected = True
            self._events.put_nowait(SeatConnected(seat))

    def _seat_lost(self, seat: str) -> None:
        taker = self._seats.pop(seat, None)
        if taker is not None and taker.connected:
            self._silence_callers_of(seat)
            self._events.put_nowait(SeatLost(seat))

    def _on_stack_died(self) -> None:
        self._events.put_nowait(EngineFault("the SIP stack has died"))

    def _recording_finished(self, receipt: RecordingFinished) -> None:
        """Recorder's thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._events.put_nowait, receipt)

    # --- inside ---

    def _caller(self, call: str) -> _Caller:
        caller = self._callers.get(call)
        if caller is None:
            raise CallGone(call)
        return caller

    def _player(self, announcement: Announcement) -> Player:
        return Player(self._prompts.spoken(announcement.once), self._prompts.spoken(announcement.repeat))

    def _silence_callers_of(self, seat: str) -> None:
        for caller in self._callers.values():
            if caller.seat == seat:
                caller.seat = caller.line.partner = None

    def _take_off(self, caller: _Caller) -> None:
        caller.leg.gone = True
        self._mixer.remove(caller.line)
        tape, caller.line.tape = caller.line.tape, None
        if tape is not None:
            self._recorder.end(tape)

    async def _quietly(self, ending: Any) -> None:
        """End a SIP call that may have ended by itself in this very moment."""
        try:
            await ending
        except StaleHandleError:
            return
        except BaresipError as failed:
            log.warning("a call could not be ended in order: %s", failed)

    def health(self) -> Health:
        """See TelephonyEngine. The processor share is that since `start`, this process only."""
        began, spent = self._cpu_since
        elapsed = max(monotonic() - began, 0.001)
        return Health(
            calls=len(self._callers),
            bridged=sum(caller.seat is not None for caller in self._callers.values()),
            seats=tuple(sorted(name for name, seat in self._seats.items() if seat.connected)),
            gaps=self._mixer.gaps,
            max_gap_ms=round(self._mixer.max_gap_seconds * 1000, 1),
            cpu_percent=round(100 * (_cpu_seconds() - spent) / elapsed, 1),
            rss_mb=round(_rss_bytes() / 1e6, 1),
            media_processes=len(self._media.process_ids),
            recordings_failed=self._recorder.failures,
            addresses=own_addresses(),
        )


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _rss_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
