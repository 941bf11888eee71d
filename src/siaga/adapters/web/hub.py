"""Follows the journal and tells every open screen what has changed, once, in order.

What this process records arrives through `on_recorded`; what others record is read from the journal when it wakes
us. Both meet in `_tell`, which passes each position once and never out of order. An event is encoded once for each
kind of audience, not once for each screen.

Rule 1: a pulse is only sent after the journal has just been reached: a screen that says "live" is.
Rule 2: in a flood screens are told to fetch everything again, at most every RESYNC_SECONDS, instead of being told
every single thing; a reader that takes nothing at all is cut.
Rule 3: a signal is what is measured and not recorded (how a line sounds). It is nobody's proof of being live, has no
position, and is not repeated to who was away: whoever signals does it again and again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any

from siaga import clock
from siaga.adapters.web.answers import as_json
from siaga.adapters.web.audience import Audience, Subjects, Told, told_of
from siaga.adapters.web.metrics import Metrics
from siaga.domain.event import (
    AlarmRaised,
    AssignmentSent,
    CaseRevealed,
    CircleJoined,
    CircleLeft,
    Event,
    IncidentAmended,
    IncidentOpened,
    IncidentRestricted,
    IncidentUnrestricted,
    PaperTyped,
    PersonChanged,
    PlaceLearned,
    PlaceLessonJudged,
    PlaceNamesImported,
    PlaceNamesUndone,
    PlanApproved,
    PlanChanged,
    SignedOut,
    TypeModelTrained,
)
from siaga.records.archive import Entry
from siaga.records.postgres import PostgresArchive
from siaga.records.writer import DatabaseAway

log = logging.getLogger("siaga.web.hub")

NOTICED = frozenset({
    AlarmRaised, AssignmentSent, IncidentAmended, IncidentOpened, PersonChanged, SignedOut, PaperTyped,
    IncidentRestricted, IncidentUnrestricted, CircleJoined, CircleLeft, CaseRevealed,
    PlanChanged, PlanApproved, TypeModelTrained, PlaceLearned, PlaceLessonJudged, PlaceNamesImported, PlaceNamesUndone,
})  # fmt: skip
# What the hub learns something from; all others it only passes on, thousands a second if it must be.

PULSE_SECONDS = 2.0  # a screen calls the line dead after 4.5 s: two pulses may be late, not lost
QUEUE_CHUNKS_MAX = 128  # a screen that is this far behind is better off fetching everything once
FLOOD_EVENTS = 100  # in one PULSE; the busiest minute of a city has a tenth of that
RESYNC_SECONDS = 2.0  # in a flood: fetching every panel more often than this would be a flood of its own
SEND_SECONDS_MAX = 15.0  # a reader that takes nothing for this long is gone, whatever its connection says
REPLAY_MAX = 500  # entries replayed after a reconnect; who missed more fetches everything
READ_ENTRIES = 500
CATCH_UP_SECONDS = 0.5  # entries of other processes are read within milliseconds; this is a slow disk's worth
OWN_ANSWER_SECONDS = 0.001
REST_AFTER_OUTAGE_SECONDS = 0.5


class Listener:
    """One open screen: what it has not been sent yet. The stream waits on ``news``."""

    __slots__ = ("audience", "chunks", "closed", "news", "person", "sending_since", "task")

    def __init__(self, audience: Audience, person: str) -> None:
        self.audience = audience
        self.person = person
        self.chunks: deque[bytes] = deque()
        self.news = asyncio.Event()
        self.closed = False
        self.sending_since: float | None = None
        self.task = asyncio.current_task()

    def take(self, chunk: bytes) -> bool:
        """One more thing to send; False when it had to be replaced by a resync."""
        if len(self.chunks) >= QUEUE_CHUNKS_MAX:
            return False
        self.chunks.append(chunk)
        self.news.set()
        return True

    def is_stuck(self, now: float) -> bool:
        """Whether its reader has taken nothing for too long."""
        return self.sending_since is not None and now - self.sending_since > SEND_SECONDS_MAX

    def cut(self) -> None:
        """End a stream that is stuck in sending."""
        self.closed = True
        if self.task is not None:
            self.task.cancel()

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self.news.set()


class Hub:
    """All open screens of this process."""

    def __init__(
        self, archive: PostgresArchive, metrics: Metrics, now: Callable[[], datetime], version: str
    ) -> None:
        self.position = 0
        self._archive = archive
        self._metrics = metrics
        self._now = now
        self._version = version
        self._listeners: dict[Audience, set[Listener]] = {}
        self._subjects = Subjects()
        self._account_change: list[Callable[[str], None]] = []
        self._noticed: list[Callable[[Event], None]] = []
        self._told_since_pulse = 0
        self._resync_due = False
        self._resync_at = 0.0
        self._behind = asyncio.Event()
        self._recent: deque[Event] = deque(maxlen=REPLAY_MAX)  # the last one is at ``position``
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.failed = asyncio.Event()

    # --- life --------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin at the journal's present end."""
        self.position = await self._archive.head()
        await self._subjects.load(self._archive)
        self._archive.on_recorded(self._on_recorded)
        self._archive.on_news(self._on_news)
        self._tasks = [
            asyncio.create_task(self._follow(), name="hub-follow"),
            asyncio.create_task(self._pulse(), name="hub-pulse"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def run_beside(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Work that signals, for as long as the hub follows; when it fails the hub has failed."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def stop_listeners(self) -> None:
        """End every stream, so that the server can stop; screens reconnect by themselves."""
        self._stopping = True
        for listener in self._everybody():
            listener.close()

    async def close(self) -> None:
        """Stop following."""
        self.stop_listeners()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A hub that no longer follows must not look alive: the process ends and is started again."""
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.critical("%s ended: %s", task.get_name(), type(failure).__name__, exc_info=failure)
            self.failed.set()
            self.stop_listeners()

    def on_account_change(self, listener: Callable[[str], None]) -> None:
        """Call ``listener(person)`` when a person's account or sessions have changed, in whichever process."""
        self._account_change.append(listener)

    def on_notice(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener(event)`` for every entry the hub learns something from, in whichever process it arose."""
        self._noticed.append(listener)

    # --- listeners ---------------------------------------------------------------------------------------

    async def join(self, audience: Audience, person: str, after: int | None) -> Listener:
        """A screen that has seen everything up to ``after`` (``None``: it has just been drawn)."""
        listener = Listener(audience, person)
        if self._stopping:
            listener.close()
            return listener
        replay = await self._replay(audience, person, after)
        # From here to the registration nothing awaits, so nothing can happen in between.
        for chunk in replay:
            listener.take(chunk)
        self._listeners.setdefault(audience, set()).add(listener)
        self._metrics.listeners.inc()
        return listener

    def leave(self, listener: Listener) -> None:
        """The screen has gone."""
        group = self._listeners.get(listener.audience)
        if group is not None and listener in group:
            group.discard(listener)
            self._metrics.listeners.dec()
            if not group:
                del self._listeners[listener.audience]

    async def _replay(self, audience: Audience, person: str, after: int | None) -> list[bytes]:
        """What this screen missed, up to the present position exactly."""
        if after is None or after == self.position:
            return [self._pulse_chunk()]
        if (
            after > self.position or self.position - after > REPLAY_MAX
        ):  # ahead of us: the journal was restored
            return [self._resync_chunk(), self._pulse_chunk()]
        told: list[Told] = []
        reached = after
        while reached < self.position:
            oldest = self.position - len(self._recent) + 1
            if reached + 1 >= oldest:
                events = list(self._recent)[reached + 1 - oldest :]
                entries = [Entry(position, event) for position, event in enumerate(events, start=reached + 1)]
            else:
                entries = await self._archive.read(reached, READ_ENTRIES)
            if not entries:
                break
            told += [told_of(one.position, one.event, self._subjects) for one in entries]
            reached = entries[-1].position
        told = [one for one in told if one.position <= self.position]
        return [b"".join(one.for_person(audience, person) for one in told), self._pulse_chunk()]

    # --- following the journal ---------------------------------------------------------------------------

    def _on_recorded(self, first: int, events: Sequence[Event]) -> None:
        if first <= self.position + 1:
            self._tell(enumerate(events, start=first))
        else:
            self._behind.set()  # another process recorded something in between: read it in its place

    def _on_news(self, position: int) -> None:
        if position > self.position:
            self._behind.set()

    async def _follow(self) -> None:
        while True:
            await self._behind.wait()
            self._behind.clear()
            # News of our own writing may come before the writer's answer, which saves reading it back.
            await asyncio.sleep(OWN_ANSWER_SECONDS)
            try:
                while self._archive.known_head > self.position:
                    entries = await self._archive.read(self.position, READ_ENTRIES)
                    self._tell((entry.position, entry.event) for entry in entries)
                    if not entries:
                        break
            except DatabaseAway:
                self._behind.set()
                await asyncio.sleep(REST_AFTER_OUTAGE_SECONDS)

    def _tell(self, entries: Iterable[tuple[int, Event]]) -> None:
        """Pass on what has not been told yet. Never awaits: that keeps the order."""
        fresh, told = 0, []
        listened = bool(self._listeners) and self._told_since_pulse <= FLOOD_EVENTS
        for position, event in entries:
            if position == self.position + 1:
                self.position = position
                self._recent.append(event)
                fresh += 1
                if type(event) in NOTICED:
                    self._notice(event)
                if listened:
                    told.append(told_of(position, event, self._subjects))
        if not fresh:
            return
        self._metrics.journal_position.set(self.position)
        self._told_since_pulse += fresh
        if self._told_since_pulse > FLOOD_EVENTS:
            self._resync_soon()
        elif told:
            self._send_to_all(told)

    def _send_to_all(self, told: Sequence[Told]) -> None:
        insiders = frozenset[str]().union(*(one.insiders for one in told if one.protected))
        for audience, group in self._listeners.items():
            chunk = b"".join([one.for_audience(audience) for one in told])
            if insiders and not (audience.room and audience.in_circle):
                self._send([one for one in group if one.person not in insiders], chunk)
                for listener in [one for one in group if one.person in insiders]:
                    self._send(
                        [listener], b"".join([one.for_person(audience, listener.person) for one in told])
                    )
            else:
                self._send(group, chunk)

    def _notice(self, event: Event) -> None:
        self._subjects.notice(event)
        for noticed in self._noticed:
            noticed(event)
        match event:
            case PersonChanged() | SignedOut():
                for tell in self._account_change:
                    tell(event.person)
                for listener in self._everybody():
                    if listener.person == event.person:
                        listener.close()  # it reconnects if it still may
            case CircleJoined() | CircleLeft() | CaseRevealed():
                for tell in self._account_change:
                    tell(event.person)
            case IncidentAmended() if "protected" in event.fields:
                self._subjects.protect(event.incident)

    # --- sending -----------------------------------------------------------------------------------------

    @property
    def in_room(self) -> frozenset[str]:
        """Who of the room has a screen open here."""
        return frozenset(one.person for one in self._everybody() if one.audience.room)

    def signal(self, name: str, data: object, *, person: str | None = None) -> None:
        """Tell the room's screens, or those of one person, what no journal entry says."""
        chunk = b"event: signal\ndata: %b\n\n" % as_json({"name": name, "data": data})
        self._send(
            [one for one in self._everybody() if one.audience.room and person in (None, one.person)], chunk
        )

    def _send(self, group: Iterable[Listener], chunk: bytes) -> None:
        if not chunk:
            return
        for listener in group:
            if not listener.take(chunk):
                listener.chunks.clear()
                listener.take(self._resync_chunk())

    def _resync_soon(self) -> None:
        """Everybody fetches everything again, now or when the last time is long enough ago."""
        self._resync_due = True
        if clock.monotonic() - self._resync_at >= RESYNC_SECONDS:
            self._resync()

    def _resync(self) -> None:
        self._resync_due = False
        self._resync_at = clock.monotonic()
        self._metrics.resyncs.inc()
        chunk = self._resync_chunk()
        for group in self._listeners.values():
            for listener in group:
                listener.chunks.clear()
            self._send(group, chunk)

    def _resync_chunk(self) -> bytes:
        return b"id: %d\nevent: resync\ndata: {}\n\n" % self.position

    def _pulse_chunk(self) -> bytes:
        pulse = {"now": self._now(), "position": self.position, "version": self._version}
        return b"id: %d\nevent: pulse\ndata: %b\n\n" % (self.position, as_json(pulse))

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            try:
                head = await self._archive.head()
            except DatabaseAway:
                continue  # no pulse: the screens say within seconds that they are not live, and that is true
            if head > self.position:
                self._behind.set()
                await asyncio.sleep(CATCH_UP_SECONDS)
                if head > self.position:
                    continue
            self._told_since_pulse = 0
            if self._resync_due:
                self._resync()
            chunk = self._pulse_chunk()
            for group in self._listeners.values():
                self._send(group, chunk)
            self._cut_the_stuck(clock.monotonic())

    def _cut_the_stuck(self, now: float) -> None:
        for listener in self._everybody():
            if listener.is_stuck(now):
                self._metrics.cut.inc()
                listener.cut()

    def _everybody(self) -> list[Listener]:
        return [listener for group in self._listeners.values() for listener in group]
