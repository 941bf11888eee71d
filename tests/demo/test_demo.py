"""The demonstration: the same seed, the same story; robots help only where no person does; all is marked CONTOH."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.city_files import load_city
from siaga.demo.robots import Robots
from siaga.demo.show import hire_robots
from siaga.demo.story import phrases, story
from siaga.domain.call import Call, CallState
from siaga.domain.incident import Incident
from siaga.domain.shift import Seat, SeatState
from siaga.domain.type_match import match_types
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.calls.silence import actions as silent
from siaga.features.citizen.actions import press_panic
from siaga.features.dispatch.actions import Dispatching, escalate_overdue
from siaga.records.archive import Transaction
from siaga.records.followers import Follower, catch_up
from siaga.records.memory import MemoryArchive

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
SCRIPT = timedelta(seconds=9)  # how long the silent check's recorded voice speaks
CITY = load_city(Path(__file__).parents[2] / "cities" / "cirebon")


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    assert story(CITY, seed=7, minutes=5, per_minute=6) == story(CITY, seed=7, minutes=5, per_minute=6)
    assert story(CITY, seed=7, minutes=5, per_minute=6) != story(CITY, seed=8, minutes=5, per_minute=6)


def test_every_emergency_people_report_means_a_type_of_the_city() -> None:
    assert [
        phrase.clip for phrase in phrases() if phrase.typed and not match_types(CITY, phrase.typed, 1)
    ] == []


def test_every_phrase_is_an_incident_or_says_what_it_is_instead() -> None:
    assert [one.clip for one in phrases() if bool(one.typed) == bool(one.disposition)] == []


async def all_of(archive: MemoryArchive, entity: type) -> list:
    async def find(tx: Transaction) -> list:
        return await tx.find(entity)

    return await archive.look(find)


def _same(now: datetime) -> datetime:
    return now


async def play(archive: MemoryArchive, minutes: float, after_minutes: float) -> None:
    """Ten simulated minutes without a telephone: calls are written down as the node would."""
    scenes = story(CITY, seed=112, minutes=minutes, per_minute=6)
    robots = Robots(
        archive, CITY, CityPlaceFinder(CITY), await archive.do(hire_robots, now=NINE), random.Random(1),
        {scene.number: scene for scene in scenes},
    )  # fmt: skip
    followers = [Follower("calls", offering.react), Follower("dispatch", Dispatching(CITY).react)]
    coming = list(scenes)
    for second in range(int((minutes + after_minutes) * 60)):
        now = NINE + timedelta(seconds=second)
        while coming and coming[0].at <= second:
            scene = coming.pop(0)
            if scene.is_panic:
                await archive.do(
                    press_panic, lat=scene.lat, lon=scene.lon, accuracy_m=20.0, number=scene.number, device="d",
                    said=None, now=now, demo=True,
                )  # fmt: skip
            else:
                await archive.do(
                    calls.call_arrived, call=f"call-{second}-{len(coming)}", number=scene.number, display_name=None,
                    node="n", channel="voice", now=now, demo=True,
                )  # fmt: skip
        for follower in followers:
            await catch_up(archive, follower, partial(_same, now))
        await robots.step(now)
        await archive.do(calls.expire_offers, now=now)
        await archive.do(escalate_overdue, city=CITY, now=now)
        await archive.do(silent.run_checks, rules=CITY.room.silent, now=now)
        for call in await all_of(archive, Call):
            asked_at = call.check_began_at
            if (
                asked_at
                and not call.check_played_at
                and now - asked_at >= SCRIPT
                and call.state is CallState.TALKING
            ):
                await archive.do(silent.check_played, call=call.id, now=now)


async def test_the_robots_bring_a_whole_demonstration_to_its_end() -> None:
    archive = MemoryArchive(CITY.code)
    await play(archive, minutes=5, after_minutes=8)

    happened = await all_of(archive, Incident)
    assert len(happened) >= 5
    assert [one.id for one in happened if one.is_open or not one.demo] == []
    assert [one.id for one in await all_of(archive, Call) if not one.is_over or not one.is_dealt_with] == []
    assert {seat.state for seat in await all_of(archive, Seat)} == {SeatState.OFF}


async def test_a_real_call_is_left_to_people() -> None:
    archive = MemoryArchive(CITY.code)
    await archive.do(
        calls.call_arrived,
        call="real",
        number="081234",
        display_name=None,
        node="n",
        channel="voice",
        now=NINE,
    )
    await play(archive, minutes=1, after_minutes=1)

    (left,) = [call for call in await all_of(archive, Call) if not call.demo]
    assert left.state is CallState.WAITING
