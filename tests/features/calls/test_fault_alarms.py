"""Our own faults are alarms exactly while they last: a disk that fills, clocks that do not agree."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from siaga.domain.alarm import Alarm
from siaga.domain.house_fault import DISK_NEARLY_FULL_MIB, DISK_WELL_MIB, RELEASED
from siaga.features.calls.nodes.actions import node_beat
from siaga.features.calls.nodes.fault_alarms import ClockWatch, DiskWatch
from tests.room import Room


async def test_a_disk_alarms_when_it_is_nearly_full_and_ends_only_when_there_is_room(tmp_path: Path) -> None:
    room, free = Room(), [DISK_NEARLY_FULL_MIB]
    worker, node = (DiskWatch(tmp_path, lambda _: free[0], machine="satu") for _ in range(2))
    for left, stands in (
        (free[0], []),
        (free[0] - 1, ["A10"]),
        (DISK_WELL_MIB - 1, ["A10"]),
        (DISK_WELL_MIB, []),
    ):
        free[0] = left
        for watch in (worker, node):
            await watch(room.archive, room.now)
        assert await room.standing() == stands, left
    [alarm] = await room.all(Alarm)
    assert alarm.words == f"disk/satu/{DISK_NEARLY_FULL_MIB - 1}"


async def test_a_worker_that_starts_anew_ends_what_the_last_one_raised(tmp_path: Path) -> None:
    room = Room()
    await DiskWatch(tmp_path, lambda _: 5, machine="satu")(room.archive, room.now)
    await DiskWatch(tmp_path, lambda _: 10**6, machine="satu")(room.archive, room.now)
    assert await room.standing() == []


async def test_clocks_that_differ_are_named_and_a_node_that_is_only_silent_is_not(tmp_path: Path) -> None:
    room = Room()
    watch = ClockWatch("satu")
    await watch(room.archive, room.now, room.now + timedelta(seconds=4))
    assert await room.standing() == []
    await watch(room.archive, room.now, room.now - timedelta(seconds=6))
    assert [one.words for one in await room.all(Alarm)] == ["clock/satu/6"]
    await watch(room.archive, room.now, room.now - timedelta(seconds=4.5))
    assert await room.standing() == ["A10"]
    await watch(room.archive, room.now, room.now)
    assert await room.standing() == []

    late = room.now - timedelta(seconds=40)
    await room.archive.do(node_beat, node="node-2", life="a", now=late)
    await watch(room.archive, room.now, room.now)
    await watch(room.archive, room.now, room.now)
    assert await room.standing() == [], "it may be dead: its last beat says nothing of its clock"
    await room.archive.do(node_beat, node="node-2", life="a", now=late)
    await watch(room.archive, room.now, room.now)
    assert "clock/node-2/40" in [one.words for one in await room.all(Alarm)]


async def test_a_clock_without_a_battery_is_an_alarm_of_its_own() -> None:
    room = Room()
    long_ago = RELEASED - timedelta(days=4000)
    await ClockWatch("satu")(room.archive, long_ago, long_ago)
    assert [one.words for one in await room.all(Alarm)] == ["clock_wrong/satu"]
    await ClockWatch("satu")(room.archive, room.now, room.now)
    assert await room.standing() == []
