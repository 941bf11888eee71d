"""Followers: whoever reacts to the journal, each with a bookmark saved together with its work.

A crash between two entries repeats nothing and skips nothing. An entry that a follower cannot digest is tried
again, then set aside with an alarm, so that one bad entry never stops everybody else's help.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.errors import TooBusy
from siaga.records.archive import Archive, Entry, Transaction
from siaga.records.change import Moved, TooContended
from siaga.records.tables import Bookmark, Stumble

log = logging.getLogger("siaga.records.followers")

BATCH_MAX = 200  # entries digested in one transaction: large enough to keep up, small enough to retry
TRIES_MAX = 3
IDLE_SECONDS_MAX = 1.0
REST_AFTER_OUTAGE_SECONDS = 0.5

PASSING = (TooBusy, Moved, TooContended)
# The database is away, the writer is full, or others kept changing the same rows: nothing is wrong with the entry.

Reaction = Callable[[Transaction, Sequence[Entry], datetime], Awaitable[None]]
Now = Callable[[], datetime]


@dataclass(frozen=True)
class Follower:
    """A name for the bookmark, and what to do with a run of entries."""

    name: str
    react: Reaction


async def catch_up(archive: Archive, follower: Follower, now: Now) -> int:
    """Digest everything unread; returns the position reached."""
    while True:
        position = await archive.look(_bookmark, follower=follower.name)
        entries = await archive.read(position, BATCH_MAX)
        if not entries:
            return position
        await _digest(archive, follower, entries, now)


async def run(archive: Archive, follower: Follower, now: Now) -> None:
    """Follow for ever."""
    while True:
        try:
            position = await catch_up(archive, follower, now)
            await archive.wait_for_news(position, IDLE_SECONDS_MAX)
        except PASSING as trouble:
            log.warning("follower %s rests a moment: %s", follower.name, trouble)
            await asyncio.sleep(REST_AFTER_OUTAGE_SECONDS)


async def _digest(archive: Archive, follower: Follower, entries: Sequence[Entry], now: Now) -> None:
    try:
        await archive.do(_react, follower=follower, entries=entries, now=now())
    except PASSING:
        raise
    except Exception:  # the follower loop: whatever is wrong with one entry must not stop the others
        log.exception("follower %s stumbles in %d entries", follower.name, len(entries))
        if len(entries) > 1:
            half = len(entries) // 2
            await _digest(archive, follower, entries[:half], now)
            await _digest(archive, follower, entries[half:], now)
        else:
            await _try_alone(archive, follower, entries[0], now)


async def _try_alone(archive: Archive, follower: Follower, entry: Entry, now: Now) -> None:
    error = "?"
    for _ in range(TRIES_MAX):
        try:
            await archive.do(_react, follower=follower, entries=[entry], now=now())
            return
        except PASSING:
            raise
        except Exception as failure:  # noqa: BLE001 - see above; after the tries it is set aside, with an alarm
            error = f"{type(failure).__name__}: {failure}"
    await archive.do(_set_aside, follower=follower.name, entry=entry, error=error[:500], now=now())


async def _react(tx: Transaction, *, follower: Follower, entries: Sequence[Entry], now: datetime) -> None:
    bookmark = await tx.seek(Bookmark, follower.name) or Bookmark(follower=follower.name, position=0)
    fresh = [entry for entry in entries if entry.position > bookmark.position]
    if not fresh:
        return
    await follower.react(tx, fresh, now)
    tx.put(replace(bookmark, position=fresh[-1].position))


async def _set_aside(tx: Transaction, *, follower: str, entry: Entry, error: str, now: datetime) -> None:
    bookmark = await tx.seek(Bookmark, follower) or Bookmark(follower=follower, position=0)
    tx.put(replace(bookmark, position=entry.position))
    id = f"{follower}:{entry.position}"
    tx.put(Stumble(id=id, follower=follower, position=entry.position, error=error, at=now))
    alarm = Alarm(
        id=f"stumble:{id}",
        kind=AlarmKind.OUR_OWN_FAULT,
        priority=1,
        raised_at=now,
        words=f"{follower} #{entry.position}: {error}"[:200],
    )
    tx.put(alarm)
    tx.record(alarm.fact())


async def _bookmark(tx: Transaction, *, follower: str) -> int:
    bookmark = await tx.seek(Bookmark, follower)
    return bookmark.position if bookmark else 0
