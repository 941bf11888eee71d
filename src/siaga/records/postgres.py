"""The archive on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg

from siaga.domain.event import Event
from siaga.records import migrate
from siaga.records.archive import ATTEMPTS_MAX, Action, Entry, Transaction
from siaga.records.change import Moved, Receipt, TooContended
from siaga.records.codec import decode_entry
from siaga.records.identity import new_id
from siaga.records.statements import select_sql
from siaga.records.tables import Table
from siaga.records.writer import DatabaseAway, Writer

R = TypeVar("R")
log = logging.getLogger("siaga.records.postgres")

Row = asyncpg.Record  # what a query answers: values by column name

POOL_CONNECTIONS_MAX = 8  # reads of one process; four processes stay far below the server's 60
NEWS_SECONDS_MAX = 1.0  # if a wake-up is lost, the journal is looked at anyway after this long
READ_SECONDS_MAX = 10.0


KEYS_KEPT = timedelta(
    days=7
)  # a browser or a panic button that was off over a long weekend may still repeat itself
WRITERS_KEPT = timedelta(days=1)  # a writer asks for its last answer within seconds, or never
STRAYS_KEPT = timedelta(days=1)  # where a telephone was whose call never came: nobody can need it any more
_TIDY = (
    ("delete from idempotency where city_id = $1 and at < $2", KEYS_KEPT),
    ("delete from writer where city_id = $1 and at < $2", WRITERS_KEPT),
    ("delete from session where city_id = $1 and expires_at < $2", timedelta(0)),
    ("delete from caller_location where city_id = $1 and call is null and received_at < $2", STRAYS_KEPT),
)


class PostgresArchive:
    """One city's archive in one database. Open it with ``await PostgresArchive.open(...)``."""

    def __init__(self, dsn: str, city_id: str) -> None:
        self.city_id = city_id
        self._dsn = dsn
        self._listeners: list[Callable[[int, Sequence[Event]], None]] = []
        self._news_listeners: list[Callable[[int], None]] = []
        self._news = asyncio.Event()
        self._known_head = 0
        self._watch: asyncio.Task[None] | None = None
        self.writer = Writer(city_id, new_id(), self._connect, self._on_recorded)
        self.pool: asyncpg.Pool = None  # type: ignore[assignment]  # set by open()

    @classmethod
    async def open(cls, dsn: str, city_id: str) -> PostgresArchive:
        """Connect; the schema must be up to date (records/migrate.py)."""
        archive = cls(dsn, city_id)
        archive.pool = await asyncpg.create_pool(
            dsn, min_size=1, max_size=POOL_CONNECTIONS_MAX, command_timeout=READ_SECONDS_MAX
        )
        await archive.pool.execute(
            "insert into head (city_id, position, hash) values ($1, 0, $2) on conflict do nothing",
            city_id,
            bytes(32),
        )
        await archive.writer.start()
        archive._known_head = await archive.head()
        archive._watch = asyncio.create_task(archive._listen(), name="journal-watch")
        return archive

    async def close(self) -> None:
        """Record what is queued, then let go of every connection."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self.writer.close()
        await self.pool.close()

    # --- acting ------------------------------------------------------------------------------------------

    async def do(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> R:
        """See ``Archive.do``."""
        receipt = await self.receipt(action, key=key, **given)
        result: R = receipt.result
        return result

    async def receipt(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> Receipt:
        """See ``Archive.receipt``."""
        for attempt in range(ATTEMPTS_MAX):
            transaction = Transaction(self, new_id)
            result = await action(transaction, **given)
            changes = transaction.changes
            changes.result, changes.idempotency_key = result, key
            if not changes.writes and not changes.events:
                return Receipt(result)
            try:
                return await self.writer.submit(changes)
            except Moved:
                await asyncio.sleep(0.001 * attempt)
        raise TooContended

    def begin(self, action: Action[R], /, *, key: str, **given: Any) -> asyncio.Future[Receipt] | None:
        """Hand in at once, without a task, an action that has nothing to load; ``None`` when it has.

        The answer may be Moved: then `receipt` with the same key finds out what became of it. Raises what the
        action refuses, Busy and DatabaseAway.
        """
        transaction = Transaction(self, new_id)
        running = action(transaction, **given)
        try:
            running.send(None)  # type: ignore[attr-defined]  # an action is a coroutine function
        except StopIteration as ended:
            changes = transaction.changes
            changes.result, changes.idempotency_key = ended.value, key
            return self.writer.queue(changes)
        running.close()  # type: ignore[attr-defined]
        return None

    async def look(self, action: Action[R], /, **given: Any) -> R:
        """See ``Archive.look``."""
        transaction = Transaction(self, new_id)
        result: R = await action(transaction, **given)
        if transaction.changes.writes or transaction.changes.events:
            raise AssertionError(f"{action} wrote while only looking")
        return result

    async def tidy(self, now: datetime) -> int:
        """Forget what nobody can ask for any more: old idempotency keys, writers long gone, expired sessions.

        The journal and everything people did stay. Returns how many rows went.
        """
        gone = 0
        for sql, kept in _TIDY:
            gone += await self.value(
                f"with gone as ({sql} returning 1) select count(*) from gone", now - kept
            )
        return gone

    # --- reading -----------------------------------------------------------------------------------------

    async def load_one(self, table: Table, key: tuple[Any, ...]) -> tuple[Any, int] | None:
        criteria = dict(zip(table.key, key, strict=True))
        rows = await self.load_many(table, criteria, (), None)
        return rows[0] if rows else None

    async def load_many(
        self, table: Table, criteria: dict[str, Any], order: Sequence[str], limit: int | None
    ) -> list[tuple[Any, int]]:
        sql, values = select_sql(table, criteria, order, limit)
        rows = await self.rows(sql, *values)
        return [(table.from_row(dict(row)), row["version"]) for row in rows]

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Rows of a read-only query; ``$1`` is always the city. Raises DatabaseAway."""
        try:
            found: list[asyncpg.Record] = await self.pool.fetch(sql, self.city_id, *values)
        except (
            OSError,
            TimeoutError,
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
        ) as outage:
            raise DatabaseAway from outage
        except (asyncpg.InterfaceError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError) as outage:
            raise DatabaseAway from outage
        return found

    async def missing_migrations(self) -> list[str]:
        """Names of migrations this database still lacks. Raises ServerTooOld, DatabaseNewer."""
        async with self.pool.acquire() as connection:
            return await migrate.pending(connection)

    async def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or ``None``."""
        found = await self.rows(sql, *values)
        return found[0][0] if found else None

    # --- the journal -------------------------------------------------------------------------------------

    async def read(self, after: int, limit: int = 500) -> list[Entry]:
        """See ``Archive.read``."""
        found = await self.rows(
            "select position, entry from journal where city_id = $1 and position > $2 order by position limit $3",
            after,
            limit,
        )
        return [Entry(row["position"], decode_entry(row["entry"])) for row in found]

    async def head(self) -> int:
        """See ``Archive.head``."""
        return int(await self.value("select position from head where city_id = $1") or 0)

    async def wait_for_news(self, after: int, timeout_seconds: float) -> None:
        """See ``Archive.wait_for_news``."""
        if self._known_head > after:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while self._known_head <= after:
                    self._news.clear()
                    await self._news.wait()

    @property
    def known_head(self) -> int:
        """The furthest journal position this process has heard of, without asking the database."""
        return self._known_head

    def on_recorded(self, listener: Callable[[int, Sequence[Event]], None]) -> None:
        """Call ``listener(first position, events)`` for what this process records, right after it is on disk."""
        self._listeners.append(listener)

    def on_news(self, listener: Callable[[int], None]) -> None:
        """Call ``listener(position)`` whenever the journal is known to have reached further, whoever wrote it."""
        self._news_listeners.append(listener)

    def _on_recorded(self, first: int, events: Sequence[Event]) -> None:
        for listener in self._listeners:
            listener(first, events)
        self._heard(first + len(events) - 1)

    def _heard(self, position: int) -> None:
        if position > self._known_head:
            self._known_head = position
            self._news.set()
            for listener in self._news_listeners:
                listener(position)

    async def _listen(self) -> None:
        """Hear of other processes' entries: NOTIFY is only the wake-up, the journal is the truth."""
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await self._connect()
                await connection.add_listener(
                    f"siaga_{self.city_id}", lambda *notice: self._heard(int(str(notice[3])))
                )
                while not connection.is_closed():
                    self._heard(await self.head())
                    await asyncio.sleep(NEWS_SECONDS_MAX)
            except (
                OSError,
                TimeoutError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                DatabaseAway,
            ) as outage:
                log.warning("cannot hear the journal (%s); trying again", type(outage).__name__)
                await asyncio.sleep(NEWS_SECONDS_MAX)
            finally:
                if connection is not None:
                    connection.terminate()

    async def connect_for_long_reads(self) -> asyncpg.Connection:
        """A connection of its own without a time limit, to read years of journal. The caller closes it."""
        return await asyncpg.connect(self._dsn, timeout=5)

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self._dsn, timeout=5, command_timeout=READ_SECONDS_MAX)
