"""The engine for a city that has an exchange: Asterisk carries the calls, our mixer and recorder carry the voices.

Rule 1: only what moves sound is decided here; whether a call exists is for the exchange to say.
Rule 2: an order that moves only sound needs no exchange, so a broken line of orders disturbs no conversation.
Rule 3: nobody is put down because we cannot serve him: he goes back to the exchange's own plan.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from siaga.adapters.phone.asterisk.ari import AriAway, AriRefused, NotThere
from siaga.adapters.phone.asterisk.channels import Channels
from siaga.adapters.phone.asterisk.ends import End
from siaga.adapters.phone.asterisk.exchange import Exchange
from siaga.adapters.phone.asterisk.facts import Channel, word_for
from siaga.adapters.phone.asterisk.measured import quality_at
from siaga.adapters.phone.asterisk.options import AsteriskOptions, way_to
from siaga.adapters.phone.asterisk.rtp import NoPort, Ports
from siaga.adapters.phone.asterisk.seat_orders import SeatOrders
from siaga.adapters.phone.asterisk.voice_paths import VoicePaths
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
    EngineDown,
    EngineFault,
    Health,
    PhoneEvent,
    Quality,
    RecordingFinished,
)
from siaga.adapters.phone.sip.dialling import checked_caller_id
from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sip.trunk import own_addresses
from siaga.adapters.phone.sound.mixer import Line
from siaga.adapters.phone.sound.prompts import PromptBook
from siaga.adapters.phone.sound.recorder import Recorder
from siaga.adapters.phone.sound.soundboard import Caller, Soundboard, SoundOrders
from siaga.adapters.phone.voice.orders import VoiceOrders
from siaga.clock import monotonic
from siaga.records.recording_keys import KeyRing

log = logging.getLogger(__name__)

RING = Announcement(repeat=("ring",))
STOP_SECONDS_MAX = 2.0  # what the exchange has not done by then it finds done when we begin anew
VOICE_SECONDS = 2.0  # sound older than this proves nothing about the exchange now
LAST_WORD_SECONDS = 0.5  # a channel's end, and its cause, follow its leaving within milliseconds


class AsteriskEngine(SoundOrders, VoiceOrders, SeatOrders):
    """`TelephonyEngine` over ARI. The voices come to our mixer; see docs/decisions/0014-asterisk.md."""

    def __init__(
        self,
        options: PhoneOptions,
        asterisk: AsteriskOptions,
        prompts: PromptBook,
        new_id: Callable[[], str],
    ) -> None:
        """``options``: the node's; of SIP itself nothing is used, that is the exchange's. Needs no running loop."""
        self._new_id = new_id
        self._loop: asyncio.AbstractEventLoop | None = None
        self._events: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        SoundOrders.__init__(self, Soundboard(prompts))
        self._callers, self._seats, self._mixer = self._board.callers, self._board.seats, self._board.mixer
        VoiceOrders.__init__(self, self._board, self._events.put_nowait)
        SeatOrders.__init__(self, self._board, options, asterisk, self._events.put_nowait)
        self._tasks: set[asyncio.Task[None]] = set()
        keys = KeyRing(options.recording_keys) if options.recording_keys else None
        self._recorder = Recorder(options.node, self._recording_finished, keys)
        self._exchange: Exchange | None = None
        self._cpu_since = (0.0, 0.0)
        self._stopping = False

    # --- life ---

    async def start(self) -> None:
        """See TelephonyEngine. Callers who are on the line in the exchange already ring now."""
        self._loop = asyncio.get_running_loop()
        self._cpu_since = (monotonic(), _cpu_seconds())
        try:
            way = await asyncio.to_thread(way_to, self._asterisk.host)
        except OSError as failed:
            raise EngineDown(f"the exchange {self._asterisk.host} cannot be found: {failed}") from failed
        told, ari, ends = self._asterisk.sound_host, self._ari, self._ends
        ports = Ports("" if told else way, self._options.rtp_port_first, self._options.rtp_port_last)
        paths = VoicePaths(ari, self._asterisk, ends.prefix, told or way, self._spawn)
        self._exchange = Exchange(ari, self._asterisk, ends, paths, self)
        self._channels = Channels(ari, self._asterisk, ends, paths, ports, self._exchange.owe)
        self._mixer.start()
        self._recorder.start()
        await self._media.start()
        await self._voice.start()
        await self._exchange.start()

    async def stop(self) -> None:
        """See TelephonyEngine. Callers go back to the exchange's own plan, which may ring an office telephone."""
        self._stopping = True
        for end in self._ends.forget_all():
            self._spawn(self._hand.let_go(end))
        self._callers.clear()
        await self._finish()  # still listening: a voice's way half made can be unmade only when we hear of it
        if self._exchange is not None:
            await self._exchange.stop()
        await self._ari.close()
        await self._voice.stop()
        await self._media.stop()
        self._mixer.stop()
        if self._recorder.is_alive():
            await asyncio.to_thread(self._recorder.stop)

    async def _finish(self) -> None:
        """Until nothing is under way, also nothing that begins meanwhile; what takes too long is given up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS_MAX):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def next_event(self) -> PhoneEvent:
        """See TelephonyEngine."""
        return await self._events.get()

    # --- orders about calls ---

    async def answer(self, call: str) -> None:
        """See TelephonyEngine. While the exchange is away it is asked again until the caller is gone."""
        caller = self._board.caller(call)
        if caller.answered or caller.outbound:
            return
        caller.answered = True
        end: End = caller.sip
        self._mixer.add(caller.line)
        while self._ends.knows(end):
            try:
                await self._ari.ask("POST", "channels", end.channel, "answer")
            except AriAway:
                await asyncio.sleep(self._asterisk.retry_seconds)
            except AriRefused as refused:
                if not isinstance(refused, NotThere):
                    log.error("the exchange did not answer a call: %s", refused)
                self._caller_left(end, "network")
                raise CallGone(call) from refused
            else:
                self._spawn(self._give_voice(end))
                self._events.put_nowait(CallerConfirmed(call))  # the exchange has seen to that
                return
        raise CallGone(call)

    async def refuse(self, call: str) -> None:
        """See TelephonyEngine. The caller hears busy (486)."""
        caller = self._callers.get(call)
        if caller is not None and not caller.answered and not caller.outbound:
            await self._hand.put_down(self._take_off(call), "busy")

    async def hang_up(self, call: str) -> None:
        """See TelephonyEngine."""
        await self._hand.put_down(self._take_off(call))

    async def dial(self, call: str, address: str, *, caller_id: str | None) -> None:
        """See TelephonyEngine."""
        if call in self._callers:
            return
        endpoint = self._asterisk.endpoint_of(address)
        seen = self._options.user if caller_id is None else checked_caller_id(caller_id)
        if len(self._ends) >= self._options.calls_max:
            raise CannotDial("this node has no room for another call")
        end = self._hand.made(call)
        self._put_caller(end)
        self._mixer.add(self._callers[call].line)
        try:
            await self._hand.originate(end, endpoint, seen, self._options.ring_seconds_max)
        except CannotDial:
            self._take_off(call)
            raise
        asyncio.get_running_loop().call_later(self._options.ring_seconds_max, self._rang_out, end)

    async def send_digits(self, call: str, digits: str) -> None:
        """See TelephonyEngine. The exchange presses them."""
        end: End = self._board.caller(call).sip
        if not digits or not KEYS.issuperset(digits):
            raise ValueError(f"{digits!r} are not telephone keys")
        self._spawn(self._hand.press(end, digits))

    async def quality(self, call: str) -> Quality:
        """See TelephonyEngine. What the exchange measures on the caller's side."""
        end: End = self._board.caller(call).sip
        return await quality_at(self._ari, end.channel)

    async def start_recording(self, call: str, path: Path) -> None:
        """See TelephonyEngine. Raises OSError when the folder cannot be written."""
        line = self._board.caller(call).line
        if line.tape is None:
            line.tape = self._recorder.begin(call, path)

    # --- what the exchange says (`exchange.Listener`) ---

    def somebody_calls(self, channel: Channel) -> None:
        """A caller is in our hands, still unanswered as a rule."""
        try:
            if self._stopping:
                raise NoPort("this node is ending")
            if len(self._ends) >= self._options.calls_max:
                raise NoPort("no room for another call")
            end = self._hand.taken(self._new_id(), channel.id)
        except NoPort as full:
            log.warning("a caller goes back to the exchange's own plan: %s", full)
            self._spawn(self._hand.give_back(channel.id))
            return
        self._put_caller(end)
        self._spawn(self._arrive(end, channel))

    def rings(self, end: End) -> None:
        """Somebody we dialled is being rung."""
        caller = None if end.seat else self._callers.get(end.name)
        if caller is not None and not caller.rings and not caller.answered:
            caller.rings = True
            caller.line.ring = self._board.player(RING)
            self._events.put_nowait(CalleeRings(end.name))

    def answered(self, end: End) -> None:
        """Somebody we dialled has picked up and is in our hands."""
        end.up.set()
        caller = None if end.seat else self._callers.get(end.name)
        if caller is not None and not caller.answered:
            caller.answered = True
            caller.line.ring = None
            self._events.put_nowait(CalleeAnswered(end.name))
            self._spawn(self._give_voice(end))

    def key(self, end: End, key: str) -> None:
        """A telephone key."""
        if not end.seat:
            self._events.put_nowait(DigitPressed(end.name, key))

    def left(self, end: End) -> None:
        """The channel is no longer ours; its cause follows, or has come."""
        if end.cause is None:
            asyncio.get_running_loop().call_later(LAST_WORD_SECONDS, self.ended, end)
        else:
            self.ended(end)

    def ended(self, end: End) -> None:
        """The channel is gone."""
        if not self._ends.knows(end):
            return
        self._hand.silence(end)
        if end.seat:
            self._ends.forget(end)
            taker = self._seats.get(end.name)
            if taker is not None and taker.sip is end:
                self._seat_lost(end.name)
            return
        answered = self._callers[end.name].answered
        self._caller_left(end, word_for(end.cause, outbound=end.outbound, answered=answered), gone=True)

    def sound_ended(self, end: End) -> None:
        """The voice's way through the exchange broke while the call goes on: make another."""
        self._spawn(self._give_voice(end))

    def voices_flow(self) -> bool:
        """Whether any voice has come from the exchange lately: then it lives, whatever ARI says."""
        return any(end.leg.heard_at > monotonic() - VOICE_SECONDS for end in self._ends)

    def failed(self, reason: str) -> None:
        """The exchange is away for good, or serves somebody else."""
        self._events.put_nowait(EngineFault(reason))

    # --- inside ---

    def _put_caller(self, end: End) -> None:
        self._callers[end.name] = Caller(end, Line(end.leg), end.leg, outbound=end.outbound)

    async def _arrive(self, end: End, channel: Channel) -> None:
        assert self._exchange is not None
        headers = await self._exchange.headers_of(channel)
        number, name, dialled = channel.number, channel.display_name, channel.dialled
        self._events.put_nowait(CallerRang(end.name, number, name, dialled, "asterisk", headers))
        end.announced = True
        if not self._ends.knows(end):  # he rang off meanwhile: he is in the record all the same
            self._events.put_nowait(CallerLeft(end.name, "cancelled"))

    async def _give_voice(self, end: End) -> None:
        if await self._hand.give_voice(end) or not self._ends.knows(end):
            return
        if end.seat:
            self.ended(end)
            await self._hand.put_down(end)
        else:
            self._caller_left(end, "network")

    def _rang_out(self, end: End) -> None:
        """Whom we dialled has not picked up in time."""
        if self._ends.knows(end) and not end.up.is_set():
            self._caller_left(end, "no_answer")

    def _caller_left(self, end: End, cause: str, *, gone: bool = False) -> None:
        """Say so, once, and let go of what is left of it in the exchange, unless it is ``gone`` there."""
        if not self._ends.knows(end):
            return
        self._take_off(end.name)
        if not gone:
            self._spawn(self._hand.let_go(end))
        if end.outbound or end.announced:
            self._events.put_nowait(CallerLeft(end.name, cause))

    def _recording_finished(self, receipt: RecordingFinished) -> None:
        """Recorder's thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._events.put_nowait, receipt)

    def _take_off(self, call: str) -> End | None:
        """A far end is gone for us; its recording ends. Returns it the first time."""
        self._voice.forget(call)
        caller = self._board.take_off_caller(call)
        if caller is None:
            return None
        if caller.line.tape is not None:
            self._recorder.end(caller.line.tape)
            caller.line.tape = None
        return self._ends.forget(caller.sip)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("something about the exchange could not be done", exc_info=task.exception())

    def health(self) -> Health:
        """See TelephonyEngine. ``trunk`` says how the exchange is; the processor share is this process's only."""
        began, spent = self._cpu_since
        elapsed = max(monotonic() - began, 0.001)
        return Health(
            calls=len(self._callers),
            bridged=sum(bool(self._board.rooms.seats_with(call)) for call in self._callers),
            seats=tuple(sorted(name for name, seat in self._seats.items() if seat.connected)),
            gaps=self._mixer.gaps,
            max_gap_ms=round(self._mixer.max_gap_seconds * 1000, 1),
            cpu_percent=round(100 * (_cpu_seconds() - spent) / elapsed, 1),
            rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1),
            media_processes=len(self._media.process_ids),
            recordings_failed=self._recorder.failures,
            addresses=own_addresses(),
            trunk=self._exchange.state if self._exchange is not None else "",
        )


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
