"""The archive's honest twin: the same promises in memory. For tests, simulation and drills.

It refuses what the real one refuses (moved rows), numbers incidents, chains hashes and keeps idempotency keys.
``power_cut_after`` lets a simulation lose everything that had not been committed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from siaga.records.archive import ATTEMPTS_MAX, Action, AnyOf, Entry, Since, Transaction, UpTo, matches
from siaga.records.change import ChangeSet, Moved, Receipt
from siaga.records.codec import decode_entry, encode_entry
from siaga.records.tables import NAMED, Table

R = TypeVar("R")


class PowerCut(BaseException):
    """The lights went out right after a commit; what the program was about to do next never happened.

    Not an Exception: no program can catch the dark. The archive stays dark until ``restore_power``.
    """


# Columns the house searches by, so that a day with thousands of rows is not read from end to end every second.
INDEXED: dict[str, tuple[str, ...]] = {
    "call": ("end_reason", "state", "node", "number"),
    "assignment": ("incident", "state"),
    "incident": ("outcome",),
    "alarm": ("cleared_at",),
    "notice": ("playing",),
    "message": ("assignment", "state"),
    "seat": ("state",),
    "unit": ("incident",),
    "prank_review": ("number", "state"),
    "restriction": ("number", "revoked_at"),
    "caller_text": ("number",),
    "flagged_call": ("outcome",),
    "silent_question": ("call",),
    "given_answer": ("incident",),
}
Row = tuple[Any, int]


class MemoryArchive:
    """One city's archive in memory. Ids come from ``new_id``, so that a seeded day tells the same story."""

    def __init__(self, city_id: str, new_id: Callable[[], str] | None = None) -> None:
        self.city_id = city_id
        self.rows_of: dict[str, dict[tuple[Any, ...], Row]] = {name: {} for name in NAMED}
        self._found_by: dict[tuple[str, str], dict[Any, dict[tuple[Any, ...], Row]]] = {
            (table, column): {} for table, columns in INDEXED.items() for column in columns
        }
        self.lines: list[tuple[str, bytes]] = []
        self._entries: list[Entry] = []  # the lines as they were read back, decoded once
        self.commits = 0
        self.power_cut_after: int | None = None
        self.dark = False
        self._keys: dict[str, Any] = {}
        self._counters: dict[int, int] = {}
        self._made = 0
        self._news = asyncio.Event()
        self._new_id = new_id or self._counted_id

    def _counted_id(self) -> str:
        self._made += 1
        return f"id-{self._made:08d}"

    def restore_power(self, cut_after: int | None = None) -> None:
        """The lights are on again; the next cut comes when ``cut_after`` commits have been made in all."""
        self.dark = False
        self.power_cut_after = cut_after

    # --- acting ------------------------------------------------------------------------------------------

    async def do(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> R:
        """See ``Archive.do``."""
        receipt = await self.receipt(action, key=key, **given)
        result: R = receipt.result
        return result

    async def receipt(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> Receipt:
        """See ``Archive.receipt``."""
        for _ in range(ATTEMPTS_MAX):
            self._needs_power()
            transaction = Transaction(self, self._new_id)
            result = await action(transaction, **given)
            transaction.changes.result, transaction.changes.idempotency_key = result, key
            if not transaction.changes.writes and not transaction.changes.events:
                return Receipt(result)
            try:
                return self._commit(transaction.changes)
            except Moved:
                continue
        raise Moved("the twin has one user; an action that moves its own rows is a bug")

    async def look(self, action: Action[R], /, **given: Any) -> R:
        """See ``Archive.look``."""
        self._needs_power()
        transaction = Transaction(self, self._new_id)
        result: R = await action(transaction, **given)
        if transaction.changes.writes or transaction.changes.events:
            raise AssertionError(f"{action} wrote while only looking")
        return result

    def _commit(self, changes: ChangeSet) -> Receipt:
        if changes.idempotency_key is not None and changes.idempotency_key in self._keys:
            return Receipt(self._keys[changes.idempotency_key], repeated=True)
        for write in changes.writes.values():
            present = self.rows_of[write.table].get(write.key)
            if (present[1] if present else None) != write.expected:
                raise Moved(f"{write.table} {write.key}")
        lines = [encode_entry(self.city_id, event) for event in changes.events]
        result = msgspec.json.decode(msgspec.json.encode(changes.result)) if changes.idempotency_key else None
        numbers: dict[str, int] = {}
        for write in changes.writes.values():
            self._write(write.table, write.key, write.expected, write.entity, numbers)
        for line in lines:
            before = self.lines[-1][1] if self.lines else bytes(32)
            self.lines.append((line, hashlib.sha256(before + line.encode()).digest()))
        if changes.idempotency_key is not None:
            self._keys[changes.idempotency_key] = result
        self.commits += 1
        self._news.set()
        if self.power_cut_after is not None and self.commits >= self.power_cut_after:
            self.power_cut_after = None
            self.dark = True
            raise PowerCut
        return Receipt(changes.result, len(self.lines) if lines else 0, numbers)

    def _needs_power(self) -> None:
        if self.dark:
            raise PowerCut

    def _write(
        self, table: str, key: tuple[Any, ...], expected: int | None, entity: Any, numbers: dict[str, int]
    ) -> None:
        rows = self.rows_of[table]
        self._unlist(table, key)
        if entity is None:
            rows.pop(key, None)
            return
        if table == "incident":
            number = rows[key][0].number if expected is not None else self._next_number(entity.year)
            entity = replace(entity, number=number)
            numbers[entity.id] = number
        rows[key] = row = (entity, (expected or 0) + 1)
        for column in INDEXED.get(table, ()):
            self._found_by[table, column].setdefault(getattr(entity, column), {})[key] = row

    def _unlist(self, table: str, key: tuple[Any, ...]) -> None:
        if key in self.rows_of[table]:
            before = self.rows_of[table][key][0]
            for column in INDEXED.get(table, ()):
                del self._found_by[table, column][getattr(before, column)][key]

    def _next_number(self, year: int) -> int:
        self._counters[year] = self._counters.get(year, 0) + 1
        return self._counters[year]

    # --- reading -----------------------------------------------------------------------------------------

    async def load_one(self, table: Table, key: tuple[Any, ...]) -> tuple[Any, int] | None:
        return self.rows_of[table.name].get(key)

    async def load_many(
        self, table: Table, criteria: dict[str, Any], order: Sequence[str], limit: int | None
    ) -> list[tuple[Any, int]]:
        found = [row for row in self._candidates(table.name, criteria) if matches(row[0], criteria)]
        if order:
            found.sort(
                key=lambda row: tuple(
                    (getattr(row[0], name) is None, getattr(row[0], name)) for name in order
                )
            )
        return found[:limit] if limit is not None else found

    def _candidates(self, table: str, criteria: dict[str, Any]) -> Iterable[Row]:
        """The rows an index leaves to be looked at: in PostgreSQL's place, any order may come out of here."""
        for column in INDEXED.get(table, ()):
            if column not in criteria:
                continue
            wanted, index = criteria[column], self._found_by[table, column]
            if isinstance(wanted, AnyOf):
                return [row for value in wanted.values if value in index for row in index[value].values()]
            if not isinstance(wanted, UpTo | Since):
                return index[wanted].values() if wanted in index else ()
        return self.rows_of[table].values()

    async def read(self, after: int, limit: int = 500) -> list[Entry]:
        """See ``Archive.read``."""
        self._needs_power()
        while len(self._entries) < len(self.lines):
            line, _ = self.lines[len(self._entries)]
            self._entries.append(Entry(len(self._entries) + 1, decode_entry(line)))
        return self._entries[after : after + limit]

    async def head(self) -> int:
        """See ``Archive.head``."""
        return len(self.lines)

    async def wait_for_news(self, after: int, timeout_seconds: float) -> None:
        """See ``Archive.wait_for_news``."""
        if len(self.lines) > after:
            return
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), timeout_seconds)
        except TimeoutError:
            return
