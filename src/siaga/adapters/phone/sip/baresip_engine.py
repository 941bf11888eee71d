"""The embedded engine: the baresip stack for the callers, media processes for the takers, one mixer between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from baresip.call import Call, DigitEvent
from baresip.errors import BaresipError, StaleHandleError, split_status
from baresip.events import Event, StackEvent
from baresip.stats import CallStats

from siaga.adapters.phone.burden import cpu_seconds, rss_bytes
from siaga.adapters.phone.engine import (
    KEYS,
    Announcement,
    CalleeAnswered,
    CalleeRings,
    CallerConfirmed,
    CallerLeft,
    CallerRang,
    CallGone,
    CannotDial,
    DigitPressed,
    EngineFault,
    Health,
    PhoneEvent,
    Quality,
    RecordingFinished,
)
from siaga.adapters.phone.sip.dialling import cause_of_failure
from siaga.adapters.phone.sip.identity import identity_of
from siaga.adapters.phone.sip.legs import SipLeg
from siaga.adapters.phone.sip.loopback import LoopbackDoor
from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sip.places import Places, source_of
from siaga.adapters.phone.sip.trunk import Trunk, cause_of, own_addresses
from siaga.adapters.phone.sound.mixer import Line
from siaga.adapters.phone.sound.prompts import PromptBook
from siaga.adapters.phone.sound.quality import quality_of
from siaga.adapters.phone.sound.recorder import Recorder
from siaga.adapters.phone.sound.seats import Seats
from siaga.adapters.phone.sound.soundboard import Caller, Soundboard, SoundOrders
from siaga.adapters.phone.voice.orders import VoiceOrders
from siaga.clock import monotonic
from siaga.records.recording_keys import KeyRing

log = logging.getLogger(__name__)

RING = Announcement(repeat=("ring",))


class BaresipEngine(SoundOrders, VoiceOrders, Seats):
    """`TelephonyEngine` on baresip and aiortc. One per process: the stack allows no second."""

    def __init__(self, options: PhoneOptions, prompts: PromptBook, new_id: Callable[[], str]) -> None:
        self._options = options
        self._new_id = new_id
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        SoundOrders.__init__(self, Soundboard(prompts))
        self._callers, self._seats = self._board.callers, self._board.seats
        self._mixer = self._board.mixer
        VoiceOrders.__init__(self, self._board, self._events.put_nowait)
        Seats.__init__(self, self._board, options.ice_addresses, self._events.put_nowait)
        self._dialling: set[str] = set()
        self._places = Places(options.calls_max)
        self._tasks: set[asyncio.Task[None]] = set()
        self._pressing: dict[str, asyncio.Task[None]] = {}
        keys = KeyRing(options.recording_keys) if options.recording_keys else None
        self._recorder = Recorder(options.node, self._recording_finished, keys)
        self._trunk = Trunk(options, self._on_incoming, self._on_stack_died)
        self._door = LoopbackDoor(options)
        self._cpu_since = (0.0, 0.0)

    # --- life ---

    async def start(self) -> None:
        """See TelephonyEngine."""
        self._loop = asyncio.get_running_loop()
        self._cpu_since = (monotonic(), cpu_seconds())
        await self._trunk.start()
        self._mixer.start()
        self._recorder.start()
        await self._media.start()
        await self._voice.start()
        await self._door.open()

    async def stop(self) -> None:
        """See TelephonyEngine."""
        await self._door.close()
        for task in self._pressing.values():
            task.cancel()
        self._callers.clear()
        await self._voice.stop()
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
        caller = self._board.caller(call)
        if caller.answered or caller.outbound:
            return
        caller.answered = True
        self._mixer.add(caller.line)
        self._places.answered(call, monotonic())
        try:
            await caller.sip.answer()
        except BaresipError as failed:
            # Gone in this very moment, or refused by the stack: either way this caller cannot be heard.
            self._caller_left(call, "network")
            await self._quietly(caller.sip.hangup())
            raise CallGone(call) from failed

    async def refuse(self, call: str) -> None:
        """See TelephonyEngine. baresip knows one word for it: 486."""
        caller = self._callers.get(call)
        if caller is not None and not caller.answered and not caller.outbound:
            self._take_off(call)
            await self._quietly(caller.sip.reject())

    async def hang_up(self, call: str) -> None:
        """See TelephonyEngine."""
        self._dialling.discard(call)
        caller = self._take_off(call)
        if caller is not None:
            await self._quietly(caller.sip.hangup())

    async def dial(self, call: str, address: str, *, caller_id: str | None) -> None:
        """See TelephonyEngine."""
        if call in self._callers or call in self._dialling:
            return
        if self._is_full():
            raise CannotDial("this node has no room for another call")
        self._dialling.add(call)
        try:
            sip = await self._trunk.dial(address, caller_id, lambda sip: self._callee(call, sip))
        except CannotDial:
            self._dialling.discard(call)
            raise
        if call not in self._dialling:  # it was hung up, or has ended, while it was on its way
            if self._take_off(call) is not None:
                await self._quietly(sip.hangup())
            return
        self._dialling.discard(call)
        assert self._loop is not None
        self._loop.call_later(self._options.ring_seconds_max, self._rang_out, call)

    async def send_digits(self, call: str, digits: str) -> None:
        """See TelephonyEngine."""
        caller = self._board.caller(call)
        if not digits or not KEYS.issuperset(digits):
            raise ValueError(f"{digits!r} are not telephone keys")
        before = self._pressing.get(call)

        async def press() -> None:
            if before is not None:
                await asyncio.gather(before, return_exceptions=True)
            await self._quietly(caller.sip.send_dtmf(digits))

        task = asyncio.create_task(press())
        self._pressing[call] = task
        task.add_done_callback(lambda done: self._pressed(call, done))

    async def quality(self, call: str) -> Quality:
        """See TelephonyEngine. Measured whenever the far end reports (RTCP), every few seconds at most."""
        return quality_of(self._board.caller(call).stats)

    async def start_recording(self, call: str, path: Path) -> None:
        """See TelephonyEngine. Raises OSError when the folder cannot be written."""
        line = self._board.caller(call).line
        if line.tape is None:
            line.tape = self._recorder.begin(call, path)

    # --- orders about seats ---

    async def dial_seat(self, seat: str, uri: str) -> None:
        """See TelephonyEngine."""
        await self._drop_seat(seat, say=True)
        sip = await self._trunk.dial_desk(uri)
        self._board.take_off_seat(seat)
        taker = self._board.put_seat(seat, SipLeg(sip.audio), sip)

        def watch(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED and self._seats.get(seat) is taker:
                self._seat_lost(seat)

        def measured(stats: CallStats) -> None:
            taker.stats = stats

        sip.on(watch)
        sip.on_rtcp(measured)
        self._seat_connected(seat)

    async def seat_quality(self, seat: str) -> Quality:
        """See TelephonyEngine."""
        taker = self._board.seat(seat)
        return self._media.quality(seat) if taker.sip is None else quality_of(taker.stats)

    async def _put_down(self, phone: Any) -> None:
        await self._quietly(phone.hangup())

    # --- what the stack and the media processes say (event loop) ---

    def _on_incoming(self, sip: Call) -> None:
        source = source_of(sip.headers.get("Via", ""))
        if self._is_full() and not self._make_room(source):
            self._spawn(self._quietly(sip.reject()))
            return
        call = self._new_id()
        self._places.arrived(call, source, monotonic())
        sip.on(self._far_end(call, sip, outbound=False))
        who = identity_of(sip.headers, sip.peer or "")
        self._events.put_nowait(
            CallerRang(call, who.number, who.display_name, who.dialled, who.transport, dict(sip.headers))
        )

    def _is_full(self) -> bool:
        desk_telephones = sum(seat.sip is not None for seat in self._seats.values())
        return len(self._callers) + desk_telephones >= self._options.calls_max

    def _make_room(self, source: str) -> bool:
        """A call that nobody has completed gives way to a new caller, if there is one."""
        call = self._places.who_gives_way(source, monotonic())
        if call is None:
            return False
        sip = self._callers[call].sip
        self._caller_left(call, "network")
        self._spawn(self._quietly(sip.hangup()))
        return True

    def _callee(self, call: str, sip: Call) -> Callable[[StackEvent], None]:
        watch = self._far_end(call, sip, outbound=True)
        self._mixer.add(self._callers[call].line)
        return watch

    def _far_end(self, call: str, sip: Call, *, outbound: bool) -> Callable[[StackEvent], None]:
        """A new end; returns the listener for its events."""
        leg = SipLeg(sip.audio)
        caller = self._callers[call] = Caller(sip, Line(leg), leg, outbound=outbound)

        def digit(pressed: DigitEvent) -> None:
            self._events.put_nowait(DigitPressed(call, pressed.digit))

        def measured(stats: CallStats) -> None:
            caller.stats = stats

        def watch(event: StackEvent) -> None:
            if event.event is Event.CALL_CLOSED:
                self._closed(call, event.text)
            elif not outbound and event.event in (Event.CALL_ESTABLISHED, Event.CALL_RTPESTAB):
                if self._places.settled(call):
                    self._events.put_nowait(CallerConfirmed(call))
            elif outbound and event.event in (Event.CALL_RINGING, Event.CALL_PROGRESS):
                self._callee_rings(call)
            elif outbound and event.event is Event.CALL_ESTABLISHED:
                self._callee_answered(call)

        sip.on_dtmf(digit)
        sip.on_rtcp(measured)
        return watch

    def _callee_rings(self, call: str) -> None:
        caller = self._callers.get(call)
        if caller is not None and not caller.rings and not caller.answered:
            caller.rings = True
            caller.line.ring = self._board.player(RING)
            self._events.put_nowait(CalleeRings(call))

    def _callee_answered(self, call: str) -> None:
        caller = self._callers.get(call)
        if caller is not None and not caller.answered:
            caller.answered = True
            caller.line.ring = None
            self._events.put_nowait(CalleeAnswered(call))

    def _rang_out(self, call: str) -> None:
        """Whom we dialled has not picked up in time."""
        caller = self._callers.get(call)
        if caller is not None and not caller.answered:
            self._caller_left(call, "no_answer")
            self._spawn(self._quietly(caller.sip.hangup()))

    def _closed(self, call: str, text: str | None) -> None:
        """The stack has ended a call."""
        self._dialling.discard(call)
        caller = self._callers.get(call)
        if caller is None:
            return
        if caller.outbound and not caller.answered:
            self._caller_left(call, cause_of_failure(split_status(text or "")[0]))
        else:
            self._caller_left(call, cause_of(text, answered=caller.answered))

    def _caller_left(self, call: str, cause: str) -> None:
        if self._take_off(call) is not None:
            self._events.put_nowait(CallerLeft(call, cause))

    def _on_stack_died(self) -> None:
        self._events.put_nowait(EngineFault("the SIP stack has died"))

    def _recording_finished(self, receipt: RecordingFinished) -> None:
        """Recorder's thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._events.put_nowait, receipt)

    # --- inside ---

    def _take_off(self, call: str) -> Caller | None:
        """A far end is gone; its recording ends."""
        self._voice.forget(call)
        self._places.settled(call)
        caller = self._board.take_off_caller(call)
        if caller is not None and caller.line.tape is not None:
            self._recorder.end(caller.line.tape)
            caller.line.tape = None
        return caller

    def _pressed(self, call: str, task: asyncio.Task[None]) -> None:
        if self._pressing.get(call) is task:
            del self._pressing[call]

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, order: Any) -> None:
        """Order something of a SIP call that may have ended by itself in this very moment."""
        try:
            await order
        except StaleHandleError:
            return
        except BaresipError as failed:
            log.warning("the stack did not carry out an order: %s", failed)

    def health(self) -> Health:
        """See TelephonyEngine. The processor share is that since `start`, this process only."""
        began, spent = self._cpu_since
        elapsed = max(monotonic() - began, 0.001)
        return Health(
            calls=len(self._callers),
            bridged=sum(bool(self._board.rooms.seats_with(call)) for call in self._callers),
            seats=tuple(sorted(name for name, seat in self._seats.items() if seat.connected)),
            gaps=self._mixer.gaps,
            max_gap_ms=round(self._mixer.max_gap_seconds * 1000, 1),
            cpu_percent=round(100 * (cpu_seconds() - spent) / elapsed, 1),
            rss_mb=round(rss_bytes() / 1e6, 1),
            media_processes=len(self._media.process_ids),
            recordings_failed=self._recorder.failures,
            addresses=own_addresses(),
            trunk=self._trunk.state,
        )
