"""The archive's promise, and the transaction an action works in.

Every action reads the same: load what it needs, let a pure domain function decide, record rows and events.
Nobody but an archive commits; an action only fills the change set of the transaction it is given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from siaga.domain.errors import NotFound
from siaga.domain.event import Event
from siaga.records.change import ChangeSet, Receipt, Write
from siaga.records.tables import Table, table_of

E = TypeVar("E")
R = TypeVar("R")
Action = Callable[..., Awaitable[R]]

ATTEMPTS_MAX = 12
# An action whose rows keep moving under it is retried this often; a row fought over more than that by one
# room of people is a bug, not contention.


@dataclass(frozen=True)
class AnyOf:
    """Criterion: the column is one of these values."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class UpTo:
    """Criterion: the column is not null and at most this (a deadline that has come)."""

    value: Any


@dataclass(frozen=True)
class Since:
    """Criterion: the column is at least this (what is not too long ago)."""

    value: Any


@dataclass(frozen=True)
class Entry:
    """One line of the journal. ``event`` is decoded."""

    position: int
    event: Event


class Reader(Protocol):
    """What a transaction needs of a store: one row, or the rows that match, each with its version."""

    async def load_one(self, table: Table, key: tuple[Any, ...]) -> tuple[Any, int] | None: ...

    async def load_many(
        self, table: Table, criteria: dict[str, Any], order: Sequence[str], limit: int | None
    ) -> list[tuple[Any, int]]: ...


class Transaction:
    """What an action sees: the store as it is, and on top of it what the action itself has written."""

    def __init__(self, reader: Reader, new_id: Callable[[], str]) -> None:
        self._reader = reader
        self._versions: dict[
            tuple[str, tuple[Any, ...]], int
        ] = {}  # as first read: that is what was decided on
        self.changes = ChangeSet()
        self.new_id = new_id

    async def seek(self, entity: type[E], *key: Any) -> E | None:
        """The entity with this key, or ``None``."""
        table = table_of(entity)
        written = self.changes.writes.get((table.name, key))
        if written is not None:
            found: E | None = written.entity
            return found
        loaded = await self._reader.load_one(table, key)
        if loaded is None:
            return None
        self._versions.setdefault((table.name, key), loaded[1])
        one: E = loaded[0]
        return one

    async def get(self, entity: type[E], *key: Any) -> E:
        """The entity with this key; raises NotFound."""
        found = await self.seek(entity, *key)
        if found is None:
            raise NotFound("Tidak ditemukan.")
        return found

    async def find(
        self, entity: type[E], *, order: Sequence[str] = (), limit: int | None = None, **criteria: Any
    ) -> list[E]:
        """The entities whose fields match; a value, ``None``, ``AnyOf``, ``UpTo`` or ``Since`` a field."""
        table = table_of(entity)
        rows = await self._reader.load_many(table, criteria, order, limit)
        if not self.changes.writes:
            for one, version in rows:
                self._versions.setdefault((table.name, table.key_of(one)), version)
            return [one for one, _ in rows]
        found: list[E] = []
        seen: set[tuple[Any, ...]] = set()
        for one, version in rows:
            key = table.key_of(one)
            seen.add(key)
            written = self.changes.writes.get((table.name, key))
            if written is None:
                self._versions.setdefault((table.name, key), version)
                found.append(one)
            elif written.entity is not None and matches(written.entity, criteria):
                found.append(written.entity)
        for (name, key), written in self.changes.writes.items():
            fresh = name == table.name and key not in seen and written.entity is not None
            if fresh and matches(written.entity, criteria):
                found.append(written.entity)
        if order:
            found.sort(key=lambda one: tuple(_sortable(getattr(one, name)) for name in order))
        return found[:limit] if limit is not None else found

    def put(self, *entities: Any) -> None:
        """Write these rows (new ones are inserted, loaded ones updated if nobody else has)."""
        for entity in entities:
            self._write(table_of(type(entity)), entity, entity)

    def delete(self, *entities: Any) -> None:
        """Remove these rows."""
        for entity in entities:
            self._write(table_of(type(entity)), entity, None)

    def record(self, *events: Event | None) -> None:
        """Add these facts to the journal, in order; ``None`` (nothing happened) is passed over."""
        for event in events:
            if event is not None:
                self.changes.events.append(event)

    def keep(self, decision: tuple[Any, Event | None]) -> Any:
        """Write and record one decision of the domain (entity, event); returns the entity."""
        entity, event = decision
        self.put(entity)
        self.record(event)
        return entity

    def _write(self, table: Table, entity: Any, value: Any) -> None:
        key = table.key_of(entity)
        slot = (table.name, key)
        before = self.changes.writes.get(slot)
        expected = before.expected if before is not None else self._versions.get(slot)
        self.changes.writes[slot] = Write(table.name, key, expected, value)


def matches(entity: Any, criteria: dict[str, Any]) -> bool:
    """Whether the entity's fields meet the criteria (the twin and the overlay use it; SQL says the same)."""
    for name, wanted in criteria.items():
        value = getattr(entity, name)
        if isinstance(wanted, AnyOf):
            if value not in wanted.values:
                return False
        elif isinstance(wanted, UpTo):
            if value is None or value > wanted.value:
                return False
        elif isinstance(wanted, Since):
            if value is None or value < wanted.value:
                return False
        elif value != wanted:
            return False
    return True


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is None, value)


class Archive(Protocol):
    """What we remember. Implementations: PostgreSQL and the in-memory twin, held to the same tests."""

    city_id: str

    async def do(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> R:
        """Run the action, record what it decided, and answer when that is on disk.

        ``key``: idempotency key; a second call with it answers the first result and changes nothing.
        Raises what the action refuses with, ``Busy`` when the bounded queue is full, ``NotRecorded``.
        """
        ...

    async def receipt(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> Receipt:
        """Like ``do``, with positions and numbers."""
        ...

    async def read(self, after: int, limit: int = 500) -> list[Entry]:
        """Journal entries behind position ``after``, oldest first."""
        ...

    async def head(self) -> int:
        """The journal's last position."""
        ...

    async def wait_for_news(self, after: int, timeout_seconds: float) -> None:
        """Return when the journal has moved beyond ``after``, or the time is up."""
        ...

    async def look(self, action: Action[R], /, **given: Any) -> R:
        """Run a read-only action (``find`` and ``get``); refuses one that wrote."""
        ...
