"""Days of the city, each from one seed. A failure names its seed; this replays it:

SIAGA_CITYDAY_SEED=1234 python -m pytest tests/city_day -m cityday -k one_seed
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace

import pytest

from siaga.drill.cityday import plan_for, play
from siaga.drill.day import Plan
from siaga.drill.promises import Broken
from siaga.records.journal import verify_lines
from siaga.records.memory import MemoryArchive
from tests.room import sample_city

FAST_DAYS = 2  # a day takes half a second of processor and more; the others wait for `-m cityday`
SECONDS_MAX = float(os.environ.get("SIAGA_CITYDAY_SECONDS", "110"))
# Two slices, each this long: under four minutes one after the other, half of that with `-n 2`.
SLICES = 2
DAYS_UNTIL_ALL_SEEN_MAX = 20  # some things are rare: a joined leg, a message nobody takes
FIRST_SEED = int(os.environ.get("SIAGA_CITYDAY_SEED", "1000"))
REPLAY = "replay it with: SIAGA_CITYDAY_SEED={seed} python -m pytest tests/city_day -m cityday -k one_seed"


@pytest.fixture(autouse=True)
def quiet_channels(caplog: pytest.LogCaptureFixture) -> None:
    """Channels that fail on purpose have nothing to say here."""
    caplog.set_level(logging.ERROR, logger="siaga.messages")


MENDED = (169, 1211)  # three texts held at once; a transfer nobody took while the worker was away


async def one_day(seed: int) -> None:
    try:
        await play(sample_city(), plan_for(seed))
    except Broken as broken:
        pytest.fail(f"{broken}\n{REPLAY.format(seed=seed)}")


@pytest.mark.parametrize("seed", range(FAST_DAYS))
async def test_a_day_keeps_every_promise(seed: int) -> None:
    await one_day(seed)


@pytest.mark.cityday
async def test_the_same_seed_tells_the_same_story() -> None:
    first = await play(sample_city(), plan_for(7))
    assert await play(sample_city(), plan_for(7)) == first
    assert first.events > 500
    assert (await play(sample_city(), plan_for(8))).journal != first.journal


async def test_a_power_cut_after_every_single_commit_breaks_no_promise_and_loses_no_press() -> None:
    story = await play(sample_city(), replace(plan_for(3), cut_power=True))
    assert story.power_cuts > 300
    assert story.calls == 75


async def test_the_story_of_a_day_is_one_unbroken_chain() -> None:
    archive = MemoryArchive("drill")
    await play(sample_city(), plan_for(5), archive)
    lines = [(position, digest, line) for position, (line, digest) in enumerate(archive.lines, start=1)]
    verdict = verify_lines(lines)
    assert (verdict.is_whole, verdict.entries) == (True, await archive.head())
    position, digest, line = lines[40]
    lines[40] = (position, digest, line.replace('"', "'", 1))
    assert verify_lines(lines).broken_at == 41


@pytest.mark.cityday
async def test_everything_that_can_happen_to_a_call_or_an_assignment_happens_in_some_day() -> None:
    """A simulation that never drops a headset proves nothing about headsets."""
    awaited = {
        "call.held", "call.resumed", "call.passed", "call.handed_over", "call.leg_dialled", "call.leg_rang",
        "call.leg_answered", "call.leg_joined", "call.leg_ended", "call.monitored", "call.reassigned",
        "call.arrived", "call.offered", "call.answered", "call.offer_expired", "call.digit_pressed",
        "call.caller_hung_up", "call.ended", "call.lost", "call.returned", "call.disposed", "call.called_back",
        "seat.changed", "incident.opened", "incident.amended", "incident.noted", "incident.caller_joined",
        "incident.closed", "incident.reopened", "assignment.sent", "assignment.acknowledged",
        "assignment.declined", "assignment.escalated", "assignment.on_scene", "assignment.done",
        "assignment.withdrawn", "unit.status_changed", "message.delivered", "message.failed", "alarm.raised",
        "alarm.acknowledged", "alarm.cleared",
    }  # fmt: skip
    for seed in range(40, 40 + DAYS_UNTIL_ALL_SEEN_MAX):
        story = await play(sample_city(), Plan(seed=seed, calls=100, wrong_presses=80))
        awaited -= {line.split('"')[3].removesuffix(".v1") for line in story.journal}
        if not awaited:
            return
    assert not awaited


@pytest.mark.cityday
@pytest.mark.parametrize("seed", MENDED)
async def test_a_day_that_broke_a_promise_once_keeps_it_now(seed: int) -> None:
    await one_day(seed)


@pytest.mark.cityday
async def test_one_seed() -> None:
    await one_day(FIRST_SEED)


@pytest.mark.cityday
@pytest.mark.parametrize("part", range(SLICES))
async def test_as_many_days_as_there_is_time_for_keep_every_promise(part: int) -> None:
    stop = time.monotonic() + SECONDS_MAX
    seed = FIRST_SEED + part
    days = 0
    while time.monotonic() < stop:
        await one_day(seed)
        seed += SLICES
        days += 1
    print(f"{days} days from seed {FIRST_SEED + part}, every {SLICES}th")
