"""Proving the journal: the hash chain, over the live table or over a copy kept elsewhere.

hash(n) = SHA-256(hash(n-1) || entry(n) as UTF-8), with 32 zero bytes before the first entry.
A copy is text: one line per entry, ``position<TAB>hash in hex<TAB>entry``.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import asyncpg

BEGINNING = bytes(32)
PAGE = 10_000

ALTERED = "the entry, or an entry before it, was altered"
MISSING_BEFORE = "entries before it are missing"
MISSING_AT_END = "entries are missing at the end"
COLUMNS_ALTERED = "the columns beside the entry were altered"


@dataclass(frozen=True)
class Verdict:
    """``broken_at`` is the first position that does not follow from the one before it; ``None``: all is well."""

    entries: int
    last_hash: bytes
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None


Line = tuple[int, bytes, str]


class Chain:
    """Follows the chain line by line."""

    def __init__(self) -> None:
        self.position = 0
        self.hash = BEGINNING

    def follow(self, line: Line) -> str:
        """Empty if the line follows from the one before; else the reason it does not."""
        position, stored, entry = line
        if position != self.position + 1:
            return MISSING_BEFORE
        expected = hashlib.sha256(self.hash + entry.encode()).digest()
        if stored != expected:
            return ALTERED
        self.position, self.hash = position, stored
        return ""


def verify_lines(lines: Iterable[Line]) -> Verdict:
    """Verify a copy."""
    chain = Chain()
    for line in lines:
        if reason := chain.follow(line):
            return Verdict(chain.position, chain.hash, line[0], reason)
    return Verdict(chain.position, chain.hash)


async def verify_table(connection: asyncpg.Connection, city_id: str) -> Verdict:
    """Verify the live journal: every entry, its columns, and the head row, as they are at one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        chain = Chain()
        async for line in stored_lines(connection, city_id):
            if reason := chain.follow(line):
                return Verdict(chain.position, chain.hash, line[0], reason)
        head = await connection.fetchrow("select position, hash from head where city_id = $1", city_id)
        if head is not None and (head["position"], head["hash"]) != (chain.position, chain.hash):
            return Verdict(chain.position, chain.hash, chain.position + 1, MISSING_AT_END)
        wrong = await connection.fetchval(
            "select min(position) from journal where city_id = $1 and (name <> entry::jsonb ->> 'name' "
            "or city_id <> entry::jsonb ->> 'city' "
            "or incident is distinct from entry::jsonb #>> '{data,incident}' "
            "or call is distinct from entry::jsonb #>> '{data,call}' "
            "or at <> (entry::jsonb #>> '{data,at}')::timestamptz)",
            city_id,
        )
        if wrong is not None:
            return Verdict(chain.position, chain.hash, wrong, COLUMNS_ALTERED)
        return Verdict(chain.position, chain.hash)


async def goes_on_from(connection: asyncpg.Connection, city_id: str, copy: Verdict) -> bool:
    """Whether the live journal is the copy and whatever came after it. Somebody who rewrites the whole table,
    head included, is found out only by a copy kept elsewhere."""
    if copy.entries == 0:
        return True
    kept = await connection.fetchval(
        "select hash from journal where city_id = $1 and position = $2", city_id, copy.entries
    )
    return bool(kept == copy.last_hash)


async def stored_lines(connection: asyncpg.Connection, city_id: str) -> AsyncIterator[Line]:
    """All entries, oldest first, a page at a time."""
    after = 0
    while True:
        rows = await connection.fetch(
            "select position, hash, entry from journal where city_id = $1 and position > $2 "
            "order by position limit $3",
            city_id,
            after,
            PAGE,
        )
        if not rows:
            return
        for row in rows:
            yield row["position"], row["hash"], row["entry"]
        after = rows[-1]["position"]


def as_text(line: Line) -> str:
    """One line of a copy."""
    position, digest, entry = line
    return f"{position}\t{digest.hex()}\t{entry}\n"


def from_text(text: str) -> Line:
    """Read one line of a copy. Raises ValueError when it is not one."""
    position, digest, entry = text.rstrip("\n").split("\t", 2)
    return int(position), bytes.fromhex(digest), entry
