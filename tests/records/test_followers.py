"""Followers repeat nothing and skip nothing, and one bad entry never stops everybody else's help."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from siaga.domain.alarm import Alarm
from siaga.domain.call import Call
from siaga.domain.event import CallArrived
from siaga.domain.shift import Seat, new_seat
from siaga.records import followers
from siaga.records.archive import Entry, Transaction
from siaga.records.change import Busy, TooContended
from siaga.records.followers import TRIES_MAX, Follower, catch_up
from siaga.records.memory import MemoryArchive, PowerCut
from siaga.records.tables import Bookmark, Stumble
from siaga.records.writer import DatabaseAway
from tests.room import NINE, Room


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="siaga.records.followers")


class Counting:
    """Counts what it has digested, in the record itself: one seat for each call, moved once for each reading."""

    def __init__(
        self, poison: str | None = None, trouble: BaseException | None = None, times: int = 0
    ) -> None:
        self.poison = poison
        self.trouble = trouble
        self.times = times
        self.runs: list[list[int]] = []

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        self.runs.append([entry.position for entry in entries])
        if self.trouble is not None and self.times > 0:
            self.times -= 1
            raise self.trouble
        for entry in entries:
            if isinstance(entry.event, CallArrived):
                if entry.event.call == self.poison:
                    raise ValueError("cannot digest this")
                seen = await tx.seek(Seat, entry.event.call) or new_seat(entry.event.call, at=now, desk="")
                tx.put(replace(seen, desk=f"{seen.desk}x"))


async def rings(room: Room, count: int) -> None:
    for number in range(count):
        await room.rings(f"call-{number}")


async def digested(room: Room) -> dict[str, int]:
    return {seat.taker: len(seat.desk or "") for seat in await room.all(Seat)}


async def test_a_follower_reads_everything_once_and_in_order(room: Room) -> None:
    counting = Counting()
    await rings(room, 5)
    assert await catch_up(room.archive, Follower("counting", counting.react), lambda: NINE) == 5
    await rings(room, 7)  # two new ones; telling the others again changes nothing
    assert await catch_up(room.archive, Follower("counting", counting.react), lambda: NINE) == 7
    assert await digested(room) == {f"call-{number}": 1 for number in range(7)}
    assert [position for run in counting.runs for position in run] == [1, 2, 3, 4, 5, 6, 7]


async def test_a_new_follower_begins_at_the_beginning(room: Room) -> None:
    await rings(room, 3)
    await catch_up(room.archive, Follower("one", Counting().react), lambda: NINE)
    await catch_up(room.archive, Follower("two", Counting().react), lambda: NINE)
    assert await digested(room) == {f"call-{number}": 2 for number in range(3)}


async def test_a_poisoned_entry_is_set_aside_alone_with_an_alarm(room: Room) -> None:
    await rings(room, 20)
    counting = Counting(poison="call-13")
    assert await catch_up(room.archive, Follower("counting", counting.react), lambda: NINE) >= 20
    done = await digested(room)
    assert done == {f"call-{number}": 1 for number in range(20) if number != 13}
    (stumble,) = await room.all(Stumble)
    assert (stumble.position, stumble.error) == (14, "ValueError: cannot digest this")
    (alarm,) = await room.all(Alarm)
    assert (alarm.kind, alarm.priority, alarm.cleared_at) == ("A10", 1, None)
    assert sum(run == [14] for run in counting.runs) == TRIES_MAX + 1


@pytest.mark.parametrize("trouble", [Busy(), DatabaseAway(), TooContended()])
async def test_trouble_that_passes_is_not_the_entrys_fault(room: Room, trouble: Exception) -> None:
    await rings(room, 3)
    counting = Counting(trouble=trouble, times=5)
    follower = Follower("counting", counting.react)
    for _ in range(5):
        with pytest.raises(type(trouble)):
            await catch_up(room.archive, follower, lambda: NINE)
    await catch_up(room.archive, follower, lambda: NINE)
    assert await room.all(Stumble) == []
    assert await digested(room) == {f"call-{number}": 1 for number in range(3)}


async def test_a_power_cut_after_every_commit_makes_a_follower_repeat_nothing_and_skip_nothing() -> None:
    archive = MemoryArchive("kota-contoh")
    room = Room(archive)
    await rings(room, 50)
    cuts = 0
    while True:
        archive.restore_power(cut_after=archive.commits + 1)
        try:
            await catch_up(archive, Follower("counting", Counting().react), lambda: NINE)
            break
        except PowerCut:
            cuts += 1
    assert cuts >= 1
    assert await digested(room) == {f"call-{number}": 1 for number in range(50)}
    assert (await room.one(Bookmark, "counting")).position == 50


async def test_no_program_can_catch_the_dark() -> None:
    archive = MemoryArchive("kota-contoh")
    archive.restore_power(cut_after=1)

    async def careless() -> None:
        try:
            await Room(archive).rings("call-1")
        except Exception:  # noqa: BLE001 - the point: even this does not
            pytest.fail("somebody went on in the dark")

    with pytest.raises(PowerCut):
        await careless()
    with pytest.raises(PowerCut):
        await Room(archive).rings("call-2")
    with pytest.raises(PowerCut):
        await archive.read(0)
    archive.restore_power()
    assert [call.id for call in await Room(archive).all(Call)] == ["call-1"]


async def test_a_long_journal_is_read_in_pages(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "BATCH_MAX", 4)
    await rings(room, 10)
    counting = Counting()
    await catch_up(room.archive, Follower("counting", counting.react), lambda: NINE)
    assert counting.runs == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
