"""A simulation is worth what it catches: each test breaks the house in one place, and a day must notice."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from siaga.domain.call import Call
from siaga.domain.event import SeatChanged
from siaga.domain.queue import in_order
from siaga.domain.shift import Seat, SeatState
from siaga.drill.cityday import play
from siaga.drill.day import Plan
from siaga.drill.promises import Broken
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.dispatch import actions as dispatch
from siaga.features.wall.picture import Picture
from siaga.records import followers
from siaga.records.archive import Archive, Entry, Transaction
from siaga.records.followers import Follower, Now
from siaga.records.tables import Bookmark
from tests.room import sample_city

DAYS = 20  # a fault may need a rare coincidence; most are noticed on the first day


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is broken on purpose complains, rightly; here it is expected."""
    caplog.set_level(logging.CRITICAL, logger="siaga")


async def caught(**plan: Any) -> str:
    """The promise that one of a few days finds broken."""
    for seed in range(DAYS):
        try:
            await play(sample_city(), Plan(seed=seed, **plan))
        except Broken as broken:
            return broken.promise
    pytest.fail(f"{DAYS} days have noticed nothing")


async def does_nothing(tx: Transaction, **given: object) -> int:
    return 0


async def test_a_follower_that_saves_its_bookmark_apart_from_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work_only(
        tx: Transaction, *, follower: Follower, entries: Sequence[Entry], now: datetime
    ) -> None:
        await follower.react(tx, entries, now)

    async def bookmark_only(tx: Transaction, *, follower: str, position: int) -> None:
        known = await tx.seek(Bookmark, follower) or Bookmark(follower=follower, position=0)
        tx.put(replace(known, position=position))

    async def digest(archive: Archive, follower: Follower, entries: Sequence[Entry], now: Now) -> None:
        last = entries[-1].position
        await archive.do(bookmark_only, follower=follower.name, position=last)
        await archive.do(work_only, follower=follower, entries=entries, now=now())

    monkeypatch.setattr(followers, "_digest", digest)
    assert "is with nobody" in await caught(cut_power=True)


async def test_an_offer_that_never_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "expire_offers", does_nothing)
    assert "rings too long" in await caught()


async def test_an_overdue_assignment_that_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "escalate_overdue", does_nothing)
    assert "sleeps" in await caught()


async def test_a_caller_whose_taker_has_lost_her_headset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "return_dropped", does_nothing)
    assert "hears nobody" in await caught()


async def test_a_queue_nobody_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "offer_waiting", does_nothing)
    assert "ready" in await caught()


async def test_an_alarm_nobody_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "watch_queue", does_nothing)
    assert "alarms" in await caught()


async def test_a_refused_assignment_that_nobody_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async def shrugs(self: object, tx: Transaction, incident: str, assignment: str, at: datetime) -> None:
        return None

    monkeypatch.setattr(dispatch.Dispatching, "_replace_declined", shrugs)
    assert "is with nobody" in await caught()


async def test_a_second_conversation_on_one_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    async def any_seat_will_do(
        tx: Transaction, *, taker: str, now: datetime, call: str | None = None
    ) -> str | None:
        waiting = in_order(await tx.find(Call, state="waiting"))
        if not waiting:
            return None
        seat = await tx.get(Seat, taker)
        tx.put(replace(seat, state=SeatState.TALKING, call=waiting[0].id))
        tx.record(SeatChanged(taker=taker, state=SeatState.TALKING, at=now))
        tx.keep(waiting[0].answered(by=taker, at=now))
        return waiting[0].id

    monkeypatch.setattr(calls, "answer_call", any_seat_will_do)
    assert "one taker, one caller" in await caught()


async def test_a_wall_that_misses_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Picture._incident

    def forgetful(self: Picture, event: Any) -> None:
        if event.name != "incident.reopened.v1":
            whole(self, event)

    monkeypatch.setattr(Picture, "_incident", forgetful)
    assert "the wall" in await caught()


async def test_a_house_that_is_not_broken_is_not_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = dispatch.acknowledge

    async def counted(tx: Transaction, *, assignment: str, by: Any, now: datetime) -> str:
        asked.append(assignment)
        return await original(tx, assignment=assignment, by=by, now=now)

    monkeypatch.setattr(dispatch, "acknowledge", counted)
    await play(sample_city(), Plan(seed=1))
    assert asked
