"""The process's one writer: whatever has queued up is recorded in one durable transaction (group commit).

Why: the hash chain forbids two commits at once, so the only fast form is to commit many change sets together.
A lone change set commits at once; under load hundreds share one disk flush. A change set that cannot be
recorded fails alone: its batch is split until it stands by itself. A connection that breaks at the moment of
commit leaves no doubt: the writer's last batch is remembered in the same transaction, and handing it in again
only brings its answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from siaga.domain.errors import TooBusy
from siaga.domain.event import Event
from siaga.records.change import Busy, ChangeSet, Moved, NotRecorded, Receipt
from siaga.records.codec import encode_entry
from siaga.records.statements import delete_sql, insert_sql, update_sql
from siaga.records.tables import NAMED

log = logging.getLogger("siaga.records.writer")

QUEUE_MAX = (
    8192  # at 10,000/s this is under a second of work; beyond it, saying "later" is kinder than waiting
)
BATCH_MAX = (
    128  # while so many commit (6 ms), the next are prepared: with larger ones each side waits for the other
)
OUTAGE_SECONDS_MAX = 15.0  # a restart of the database takes 0.2-5 s; after this the person is told
RECONNECT_SECONDS = 0.1
STATEMENT_SECONDS_MAX = 10.0  # a batch takes milliseconds; a server silent for this long is away

_encode = msgspec.json.Encoder().encode

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Recorded = Callable[[int, Sequence[Event]], None]


class DatabaseAway(TooBusy):
    """The database did not come back in time. Nothing was half-recorded."""

    def __init__(self) -> None:
        super().__init__("Basis data tidak menjawab. Isian Anda aman di layar ini; coba kirim lagi.")


class _Entry(msgspec.Struct):
    """One line of the journal as record_changes() takes it."""

    at: datetime
    name: str
    incident: str | None
    call: str | None
    entry: str


@dataclass(slots=True)
class _Waiting:
    """A change set with its rows and entries already encoded: what cannot be encoded fails at its owner."""

    changes: ChangeSet
    operations: list[tuple[str, msgspec.Raw]]
    entries: list[msgspec.Raw]
    numbered: list[str]
    answer: asyncio.Future[Receipt]


class Writer:
    """Owns one connection and one queue. Start it, submit change sets, close it."""

    def __init__(self, city_id: str, name: str, connect: Connect, on_recorded: Recorded) -> None:
        self._city_id = city_id
        self._city_json = _encode(city_id)
        self._name = name
        self._connect = connect
        self._on_recorded = on_recorded
        self._queue: deque[_Waiting] = deque()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._recording: list[_Waiting] = []
        self._batch = 0
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._future: Callable[[], asyncio.Future[Receipt]]  # of the loop that start() ran in
        self.batches = 0
        self.recorded = 0

    async def start(self) -> None:
        self._connection = await self._connect()
        self._future = asyncio.get_running_loop().create_future
        self._task = asyncio.create_task(self._run(), name="writer")
        self._task.add_done_callback(self._stopped)

    async def close(self) -> None:
        """Record what is queued, then stop."""
        if self._task is not None and not self._task.done():
            await self._idle.wait()
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            await self._connection.close()

    async def submit(self, changes: ChangeSet) -> Receipt:
        """Record one change set; returns when it is on disk. Raises Moved, NotRecorded, Busy, DatabaseAway."""
        return await self.queue(changes)

    def queue(self, changes: ChangeSet) -> asyncio.Future[Receipt]:
        """Put one change set into the next batch; its answer comes when it is on disk. Raises Busy, DatabaseAway."""
        if len(self._queue) >= QUEUE_MAX:
            raise Busy
        if self._task is None or self._task.done():
            raise DatabaseAway
        waiting = self._prepared(changes)
        self._queue.append(waiting)
        self._idle.clear()
        self._news.set()
        return waiting.answer

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._queue:
                self._recording = self._next_batch()
                await self._record(self._recording)
                self._recording = []
            self._idle.set()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """Whatever stopped the writer, nobody may wait for ever for its answer."""
        if not task.cancelled() and task.exception() is not None:
            log.critical("the writer stopped", exc_info=task.exception())
        for waiting in (*self._recording, *self._queue):
            _fail(waiting, DatabaseAway())
        self._queue.clear()
        self._idle.set()

    def _next_batch(self) -> list[_Waiting]:
        """As many as fit, none of which touches a row or key another one touches; those wait for the next."""
        batch: list[_Waiting] = []
        touched: set[Any] = set()
        later: list[_Waiting] = []
        while self._queue and len(batch) < BATCH_MAX and len(later) < BATCH_MAX:
            waiting = self._queue.popleft()
            slots: list[Any] = list(waiting.changes.writes)
            if waiting.changes.idempotency_key is not None:
                slots.append(waiting.changes.idempotency_key)
            if touched.isdisjoint(slots):
                batch.append(waiting)
            else:
                later.append(waiting)
            touched.update(slots)
        self._queue.extendleft(reversed(later))
        return batch

    async def _record(self, batch: list[_Waiting]) -> None:
        """Record a batch; on a refusal split it until the culprit stands alone."""
        try:
            answer = await self._commit(batch)
        except (Moved, NotRecorded, DatabaseAway) as refusal:
            if len(batch) == 1 or isinstance(refusal, DatabaseAway):
                for waiting in batch:
                    _fail(waiting, refusal)
                return
            half = len(batch) // 2
            await self._record(batch[:half])
            await self._record(batch[half:])
            return
        if "repeated" in answer:
            await self._answer_repeated(batch, answer["repeated"])
            return
        self._answer(batch, answer)

    async def _answer_repeated(self, batch: list[_Waiting], known: dict[str, Any]) -> None:
        fresh: list[_Waiting] = []
        for waiting in batch:
            key = waiting.changes.idempotency_key
            if key in known:
                if not waiting.answer.done():
                    waiting.answer.set_result(Receipt(known[key]["result"], repeated=True))
            else:
                fresh.append(waiting)
        if fresh:
            await self._record(fresh)

    def _answer(self, batch: list[_Waiting], answer: dict[str, Any]) -> None:
        self.batches += 1
        self.recorded += len(batch)
        position = int(answer["first"]) - 1
        numbers: dict[str, int] = answer["numbers"] or {}
        events: list[Event] = []
        for waiting in batch:
            changes = waiting.changes
            position += len(changes.events)
            events.extend(changes.events)
            if not waiting.answer.done():
                last = position if changes.events else 0
                waiting.answer.set_result(Receipt(changes.result, last, numbers))
        if events:
            self._on_recorded(int(answer["first"]), events)

    async def _commit(self, batch: list[_Waiting]) -> dict[str, Any]:
        """One transaction; survives a lost connection without doubt: the same batch is never recorded twice."""
        self._batch += 1
        arguments = _arguments(batch)
        loop = asyncio.get_running_loop()
        give_up = loop.time() + OUTAGE_SECONDS_MAX
        while True:
            try:
                connection = await self._connected()
                text = await connection.fetchval(
                    "select record_changes($1, $2, $3, $4, $5, $6, $7)",
                    self._city_id, self._name, self._batch, *arguments, timeout=STATEMENT_SECONDS_MAX,
                )  # fmt: skip
                return _decoded(text)
            except _OUTAGES as outage:
                log.warning("the database does not answer (%s); trying again", type(outage).__name__)
                await self._drop_connection()
                if loop.time() > give_up:
                    raise DatabaseAway from outage
                await asyncio.sleep(RECONNECT_SECONDS)
            except asyncpg.PostgresError as refusal:
                raise _meaning(refusal) from refusal

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    def _prepared(self, changes: ChangeSet) -> _Waiting:
        operations: list[tuple[str, msgspec.Raw]] = []
        numbered: list[str] = []
        for write in changes.writes.values():
            table = NAMED[write.table]
            version = (write.expected or 0) + 1
            if write.entity is None:
                if write.expected is None:
                    continue  # made and removed within one action
                gone = dict(zip(table.key, write.key, strict=True))
                row = _encode({**gone, "city_id": self._city_id, "version": version})
                sql = delete_sql(write.table)
            else:
                row = table.row_json(write.entity, self._city_json, version)
                sql = insert_sql(write.table) if write.expected is None else update_sql(write.table)
                if write.table == "incident" and write.expected is None:
                    numbered.append(write.entity.id)
            operations.append((sql, msgspec.Raw(row)))
        entries = [msgspec.Raw(_encode(self._entry(event))) for event in changes.events]
        return _Waiting(changes, operations, entries, numbered, self._future())

    def _entry(self, event: Event) -> _Entry:
        return _Entry(
            event.at,
            event.name,
            getattr(event, "incident", None),
            getattr(event, "call", None),
            encode_entry(self._city_id, event),
        )


def _arguments(batch: Sequence[_Waiting]) -> tuple[Any, ...]:
    """The batch as record_changes() takes it: rows grouped by statement, entries in order."""
    operations: dict[str, list[msgspec.Raw]] = {}
    for waiting in batch:
        for sql, row in waiting.operations:
            operations.setdefault(sql, []).append(row)
    keys = [
        {"key": waiting.changes.idempotency_key, "result": waiting.changes.result}
        for waiting in batch
        if waiting.changes.idempotency_key is not None
    ]
    numbered = [id for waiting in batch for id in waiting.numbered]
    listed = [{"sql": sql, "rows": rows} for sql, rows in operations.items()]
    return (
        msgspec.json.encode(keys).decode() if keys else None,
        msgspec.json.encode(listed).decode(),
        msgspec.json.encode([entry for waiting in batch for entry in waiting.entries]).decode(),
        numbered or None,
    )


_OUTAGES = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


def _meaning(refusal: asyncpg.PostgresError) -> Moved | NotRecorded:
    """Moved: somebody else was first, decide again. NotRecorded: these very values cannot be recorded."""
    if isinstance(refusal, asyncpg.UniqueViolationError) and str(refusal.constraint_name).endswith("_pkey"):
        return Moved(str(refusal))
    if isinstance(refusal, asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
        return Moved(str(refusal))
    if not isinstance(refusal, asyncpg.IntegrityConstraintViolationError | asyncpg.DataError):
        log.error("the database refuses a change set: %s", refusal)
    return NotRecorded(str(refusal))


def _decoded(text: str) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(text)
    return decoded


def _fail(waiting: _Waiting, refusal: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(refusal)
