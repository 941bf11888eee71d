"""The call node: one process between the telephone and the record.

Rule 1: an arrival is on disk before it is answered; a call is never refused for want of a database.
Rule 2: what the engine says becomes reports; what the journal says becomes orders. Nothing is decided here.
Rule 3: a caller is never dropped because a headset or a media process went away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from siaga.adapters.phone.consultations import Consultations
from siaga.adapters.phone.engine import (
    Announced,
    CalleeAnswered,
    CalleeRings,
    CallerConfirmed,
    CallerLeft,
    CallerRang,
    CallGone,
    DigitPressed,
    EngineDown,
    EngineFault,
    KnockHeard,
    PhoneEvent,
    RecordingFinished,
    SeatConnected,
    SeatGone,
    SeatLost,
    TelephonyEngine,
    VoiceHeard,
    VoiceWatch,
)
from siaga.adapters.phone.orders import (
    OUTBOUND,
    Bridge,
    Consult,
    EndConsult,
    HangUp,
    Join,
    Leave,
    Order,
    OutboundOrder,
    Return,
    RingSeatPhone,
    orders_for,
)
from siaga.adapters.phone.outbox import Outbox, Report
from siaga.adapters.phone.sip.outbound import Outbound
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.adapters.phone.voice.silence import Silence, call_of
from siaga.domain.call import Channel
from siaga.domain.event import NodeGone
from siaga.records.archive import Action, Archive

log = logging.getLogger(__name__)

JOURNAL_SECONDS_MAX = 1.0  # how long we wait for news before looking anyway
JOURNAL_RETRY_SECONDS = 0.5
DEMO_HEADER = "X-Siaga-Demo"


class CallNode:
    """One node's life. Everything runs on one event loop; the sound runs elsewhere."""

    def __init__(
        self,
        engine: TelephonyEngine,
        archive: Archive,
        actions: Mapping[str, Action[Any]],
        *,
        node: str,
        recordings: Path,
        spool: Path,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        demo: bool = False,
        location_in: Callable[[Mapping[str, str]], dict[str, Any]] = lambda _: {},
    ) -> None:
        """``recordings`` and ``spool`` are folders; ``demo``: believe callers that mark themselves as examples;
        ``location_in``: what the headers of a call say of where he is."""
        self.engine = engine
        self.outbox = Outbox(archive, actions, spool, node)
        self._archive = archive
        self._node = node
        self._recordings = recordings
        self._now = now
        self._new_id = new_id
        self._demo = demo
        self._location_in = location_in
        self._talking: dict[str, str] = {}
        self._in_turn: dict[str, asyncio.Task[None]] = {}
        self._live: set[str] = set()
        self._silence = Silence(engine, self._report)
        self._consultations = Consultations(engine)
        self._outbound = Outbound(engine, archive, self._report, self._live, node)
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, left_behind: list[RecordingFinished]) -> None:
        """Say that the calls of a previous life are lost, then listen for new ones. Raises EngineDown."""
        await self._report("node_lost", node=self._node)
        for recording in left_behind:
            await self._report_recording(recording)
        await self.engine.start()

    async def work(self) -> None:
        """Serve until cancelled. Raises EngineDown when the engine has failed: the process must start again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._follow())
            group.create_task(self.outbox.deliver_forever())

    @property
    def live(self) -> tuple[str, ...]:
        """The calls this node has on the line."""
        return tuple(sorted(self._live))

    async def end(self) -> None:
        """Stop in order: callers are hung up on, and it is said at once that they are owed a call back."""
        cut_off = bool(self._live)
        await self.engine.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if cut_off:
            await self._report("node_lost", node=self._node)

    # --- from the engine to the record ---

    async def _listen(self) -> None:
        while True:
            self._heard(await self.engine.next_event())

    def _heard(self, event: PhoneEvent) -> None:
        match event:
            case CallerRang():
                self._live.add(event.call)
                self._after(event.call, self._welcome(event))
            case CallerConfirmed(call=call):
                self._after(call, self._report("caller_confirmed", call=call))
            case CalleeRings() | CalleeAnswered():
                self._heard_of_leg(event)
            case CallerLeft(call=leg, cause=cause) if self._outbound.is_leg(leg):
                self._over(leg)
                self._after(leg, self._report("leg_ended", leg=leg, cause=cause))
            case DigitPressed(call=leg) if self._outbound.is_leg(leg):
                log.info("somebody we called pressed a key")
            case DigitPressed(call=call, digit=digit):
                self._after(call, self._report("digit_pressed", call=call, digit=digit))
            case CallerLeft(call=call, cause=cause):
                self._over(call)
                self._after(call, self._report("caller_hung_up", call=call, cause=cause))
            case RecordingFinished(call=call):
                self._after(call, self._report_recording(event))
            case SeatConnected(seat=seat):
                self._after(seat, self._seat_connected(seat))
            case SeatLost(seat=seat):
                self._after(seat, self._seat_lost(seat))
            case EngineFault(reason=reason):
                raise EngineDown(reason)
            case VoiceWatch(call=call) | VoiceHeard(call=call) | KnockHeard(call=call) | Announced(call=call):
                self._after(call, self._silence.report(event))

    def _heard_of_leg(self, event: CalleeRings | CalleeAnswered) -> None:
        if not self._outbound.is_leg(event.call):
            return
        if isinstance(event, CalleeRings):
            self._after(event.call, self._report("leg_rang", leg=event.call))
            return
        self._after(event.call, self._report("leg_answered", leg=event.call))
        if self._outbound.is_recorded_by_itself(event.call):
            self._after(event.call, self._obey(self._start_recording(event.call)))

    async def _welcome(self, ring: CallerRang) -> None:
        """Write down, answer, greet. The caller may be gone at any of these steps."""
        await self._report(
            "call_arrived",
            call=ring.call,
            number=ring.number,
            display_name=ring.display_name,
            node=self._node,
            channel=Channel.VOICE.value,
            half_open=True,
            demo=self._demo and DEMO_HEADER in ring.headers,
        )
        try:
            await self.engine.answer(ring.call)
            await self.engine.play(ring.call, ANNOUNCEMENTS["waiting"])
            await self._start_recording(ring.call)
        except CallGone:
            log.info("call %s was gone before it was answered", ring.call)
        if told := self._location_in(ring.headers):
            await self._report("location_told", call=ring.call, **told)

    async def _start_recording(self, call: str) -> None:
        """A call goes on without a recording when the disk is full; the loss is in the log and in the health."""
        day = self._now().date().isoformat()
        try:
            await self.engine.start_recording(call, self._recordings / day / f"{call}.rec")
        except OSError as failed:
            log.error("call %s is not recorded: %s", call, failed)

    async def _report_recording(self, recording: RecordingFinished) -> None:
        await self._report(
            "recording_saved",
            call=self._outbound.call_of(recording.call),
            file=str(recording.path.relative_to(self._recordings)),
            seconds=recording.seconds,
            sha256=recording.sha256,
        )

    async def _seat_connected(self, seat: str) -> None:
        for call, taker in list(self._talking.items()):
            if taker == seat:
                await self._bridge(call, seat)
        for call in self._consultations.of(seat):
            await self._obey(self._consultations.again(call))
        await self._report("seat_connected", taker=seat, node=self._node)

    async def _seat_lost(self, seat: str) -> None:
        for call, taker in list(self._talking.items()):
            if taker == seat and not self._outbound.has_partner(call) and call not in self._consultations:
                await self._obey(self.engine.park(call, ANNOUNCEMENTS["hold"]))
        await self._report("seat_lost", taker=seat, node=self._node)

    async def _report(self, what: str, **given: Any) -> None:
        await self.outbox.report(Report(f"phone:{what}:{self._new_id()}", what, self._now(), given))

    # --- from the journal to the engine ---

    async def _follow(self) -> None:
        """Obey the journal from now on: what was recorded before this life concerns calls that are gone."""
        position: int | None = None
        while True:
            try:
                if position is None:
                    position = await self._archive.head()
                    await self._ring_phones()
                await self._archive.wait_for_news(position, JOURNAL_SECONDS_MAX)
                _let_cancelled_end()
                for entry in await self._archive.read(position):
                    for order in orders_for(entry.event):
                        await self.carry_out(order)
                    if isinstance(entry.event, NodeGone):
                        await self._ring_phones()  # another node's desk telephones are ours now
                    if call_of(entry.event) in self._live:
                        await self._silence.obey(entry.event)
                    position = entry.position
            except EngineDown:
                raise
            except Exception as failed:  # noqa: BLE001  a follower's loop: callers outlive the database's absence
                log.warning("the journal cannot be read now: %s: %s", type(failed).__name__, failed)
                await asyncio.sleep(JOURNAL_RETRY_SECONDS)

    async def _ring_phones(self) -> None:
        for taker in await self._outbound.phones_on_duty():
            self._after(taker, self._outbound.ring_phone(taker))

    async def carry_out(self, order: Order) -> None:
        """Carry out one order; a call this node does not have is passed over."""
        if isinstance(order, OUTBOUND):
            await self._carry_out_outbound(order)
            return
        if order.call not in self._live:
            return
        match order:
            case Bridge(call=call, taker=taker):
                self._talking[call] = taker
                await self._bridge(call, taker)
            case Return(call=call, announcement=name):
                self._talking.pop(call, None)
                await self._obey(self.engine.park(call, ANNOUNCEMENTS[name]))
            case Consult(call=call, taker=taker, colleague=colleague, with_caller=together):
                if together:
                    self._talking[call] = taker
                await self._obey(self._consultations.begin(call, taker, colleague, together))
            case EndConsult(call=call, colleague=colleague):
                await self._obey(self._consultations.end(call, colleague))
            case HangUp(call=call):
                self._over(call)
                await self._obey(self.engine.hang_up(call))

    async def _carry_out_outbound(self, order: OutboundOrder) -> None:
        match order:
            case RingSeatPhone(taker=taker):
                self._after(taker, self._outbound.ring_phone(taker))  # a telephone rings for seconds
                return
            case Join(call=call, leg=leg, taker=taker):
                self._talking.pop(leg, None)
                if taker is not None:
                    self._talking[call] = taker
            case Leave(call=call):
                self._talking.pop(call, None)
        try:
            await self._obey(self._outbound.carry_out(order))
        except SeatGone:
            log.warning("%s: that seat has no sound connection", order)

    async def _bridge(self, call: str, taker: str) -> None:
        try:
            await self._obey(self.engine.bridge(call, taker))
        except SeatGone:
            log.warning(
                "taker %s has no headset connected; caller %s hears why it takes a moment", taker, call
            )
            await self._obey(self.engine.park(call, ANNOUNCEMENTS["hold"]))

    async def _obey(self, order: Awaitable[None]) -> None:
        try:
            await order
        except CallGone:
            log.info("the caller was a moment faster than the order")

    def _over(self, call: str) -> None:
        self._live.discard(call)
        self._talking.pop(call, None)
        self._outbound.over(call)
        self._consultations.over(call)

    def _after(self, noun: str, work: Any) -> None:
        """Do things about one call (or one seat) strictly one after the other."""
        before = self._in_turn.get(noun)

        async def in_turn() -> None:
            if before is not None:
                await asyncio.gather(before, return_exceptions=True)
            await work

        task = asyncio.ensure_future(in_turn())
        self._in_turn[noun] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(noun, done))

    def _finished(self, noun: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._in_turn.get(noun) is task:
            del self._in_turn[noun]
        if not task.cancelled() and task.exception() is not None:
            log.error("something about %s could not be done", noun, exc_info=task.exception())


def _let_cancelled_end() -> None:
    """On Python 3.11 `asyncio.wait_for` may answer a cancelled task as if nothing had been asked of it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
