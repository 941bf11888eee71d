"""A sheet of paper typed in afterwards: its own times, nobody alarmed, taken back whole; on both archives."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call import Call, CallState, Disposition
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import AssignmentSent, IncidentOpened, PaperTyped, PaperUndone
from siaga.domain.incident import Incident, Note, Outcome, Reporter, Source
from siaga.domain.message import Message
from siaga.domain.paper import PaperAgency, PaperEntry, PaperTimes
from siaga.features.dispatch import actions as dispatch
from siaga.features.dispatch.actions import Dispatching
from siaga.features.incidents.paper.actions import PaperSheet, type_paper, undo_paper
from siaga.records.archive import Archive, Transaction
from siaga.records.followers import Follower, catch_up
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import FIRE, NINE, PAK_DEDI, RANI, Room

CITIES = itertools.count()
SEVEN = datetime(2026, 8, 17, 7, 0, tzinfo=UTC)
TIMES = PaperTimes(
    arrived_at=SEVEN,
    answered_at=SEVEN + timedelta(seconds=10),
    ended_at=SEVEN + timedelta(minutes=3),
    closed_at=SEVEN + timedelta(hours=1),
)
TOLD = PaperAgency(
    agency="damkar", told_at=SEVEN + timedelta(minutes=1), on_scene_at=SEVEN + timedelta(minutes=9)
)
OVER = PaperSheet(times=TIMES, form="A-17", number="081200000001", report=FIRE, agencies=(TOLD,))


@pytest.fixture(params=["memory", "postgres"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "memory":
        yield Room()
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive: Archive = await PostgresArchive.open(dsn, f"kota-kertas-{next(CITIES)}")
    yield Room(archive=archive)
    await archive.close()  # type: ignore[attr-defined]


async def every(room: Room, kind: type[Any], **given: Any) -> list[Any]:
    async def read(tx: Transaction) -> list[Any]:
        return await tx.find(kind, **given)

    return await room.archive.look(read)


async def typed(room: Room, sheet: PaperSheet) -> str:
    return await room.do(type_paper, city=room.city, sheet=sheet, by="rani")


async def facts(room: Room) -> list[Any]:
    return [entry.event for entry in await room.archive.read(0)]


async def house_reacts(room: Room) -> None:
    """The followers and the ticker do what they do all day."""
    await catch_up(room.archive, Follower("dispatch", Dispatching(room.city).react), lambda: room.now)
    await room.do(dispatch.escalate_overdue, city=room.city)


async def test_what_is_over_stands_with_its_own_times_and_disturbs_nobody(room: Room) -> None:
    await typed(room, OVER)
    await house_reacts(room)

    [call], [incident] = await every(room, Call), await every(room, Incident)
    [asked], [reporter] = await every(room, Assignment), await every(room, Reporter)
    assert (call.arrived_at, call.answered_at, call.ended_at) == (SEVEN, TIMES.answered_at, TIMES.ended_at)
    assert (call.state, call.disposition, call.incident) == (CallState.ENDED, Disposition.REAL, incident.id)
    assert (call.typed_at, call.typed_by) == (NINE, "rani")
    assert (incident.source, incident.opened_at, incident.closed_at) == (
        Source.PAPER,
        TOLD.told_at,
        TIMES.closed_at,
    )
    assert (incident.outcome, incident.number) == (Outcome.HANDLED, 1)
    assert (asked.sent_at, asked.on_scene_at, asked.done_at) == (
        TOLD.told_at,
        TOLD.on_scene_at,
        TIMES.closed_at,
    )
    assert (asked.state, asked.acknowledged_at) == (AssignmentState.DONE, TOLD.told_at)
    assert (reporter.number, reporter.at) == ("081200000001", SEVEN)
    assert [note.text for note in await every(room, Note)] == ["Dari kertas A-17."]
    assert await every(room, Alarm) == []
    assert await every(room, Message) == []
    [fact] = await facts(room)
    assert isinstance(fact, PaperTyped)
    assert (fact.at, fact.arrived_at, fact.by) == (NINE, SEVEN, "rani")


async def test_a_non_call_needs_nothing_but_its_times(room: Room) -> None:
    await typed(room, PaperSheet(times=TIMES, non_call=Disposition.GHOST))
    [call] = await every(room, Call)
    assert (call.disposition, call.incident, call.is_owed) == (Disposition.GHOST, None, False)
    assert await every(room, Incident) == []


async def test_what_still_goes_on_asks_only_who_was_not_rung_with_time_from_now(room: Room) -> None:
    going = replace(TIMES, closed_at=None)
    await typed(room, replace(OVER, times=going, still_going=True))
    await house_reacts(room)

    [incident] = await every(room, Incident)
    assert (incident.is_open, incident.opened_at) == (True, TOLD.told_at)
    asked = {one.agency: one for one in await every(room, Assignment)}
    assert asked["damkar"].state is AssignmentState.ON_SCENE
    others = [one for agency, one in asked.items() if agency != "damkar"]
    assert others, "a fire asks more than one agency in the sample city"
    assert {(one.sent_at, one.state) for one in others} == {(NINE, AssignmentState.SENT)}
    assert all(one.due_at > NINE for one in others)
    [opened] = [fact for fact in await facts(room) if isinstance(fact, IncidentOpened)]
    assert (opened.at, opened.call) == (NINE, None)
    assert "damkar" not in {ask.agency for ask in opened.asks}
    assert "damkar" not in {fact.agency for fact in await facts(room) if isinstance(fact, AssignmentSent)}


async def test_it_is_taken_back_whole_and_once(room: Room) -> None:
    entry = await typed(room, OVER)
    await room.do(undo_paper, entry=entry, by=RANI)

    for kind in (Call, Incident, Assignment, Reporter, Note):
        assert await every(room, kind) == []
    [kept] = await every(room, PaperEntry)
    assert (kept.undone_at, kept.undone_by) == (NINE, "rani")
    assert isinstance((await facts(room))[-1], PaperUndone)
    with pytest.raises(RuleBroken, match="sudah dibatalkan"):
        await room.do(undo_paper, entry=entry, by=RANI)


async def test_only_its_typist_or_a_supervisor_takes_it_back_and_not_what_still_runs(room: Room) -> None:
    entry = await typed(room, OVER)
    with pytest.raises(NotAllowed):
        await room.do(undo_paper, entry=entry, by=replace(RANI, person="dewi"))
    await room.do(undo_paper, entry=entry, by=PAK_DEDI)
    running = await typed(room, replace(OVER, times=replace(TIMES, closed_at=None), still_going=True))
    with pytest.raises(RuleBroken, match="masih berlangsung"):
        await room.do(undo_paper, entry=running, by=RANI)


async def test_the_same_form_sent_twice_is_one_entry(room: Room) -> None:
    for _ in range(2):
        await room.do(type_paper, key="paper:rani:1", city=room.city, sheet=OVER, by="rani")
    assert len(await every(room, Call)) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"arrived_at": NINE + timedelta(minutes=5)}, "belum terjadi"),
        ({"answered_at": SEVEN - timedelta(minutes=1)}, "lebih awal"),
        ({"ended_at": SEVEN + timedelta(seconds=5)}, "lebih awal"),
        ({"closed_at": SEVEN + timedelta(minutes=5)}, "lebih awal"),
        ({"arrived_at": SEVEN - timedelta(days=40)}, "lebih dari sebulan"),
    ],
)
async def test_times_that_cannot_be_are_refused_and_nothing_is_written(
    room: Room, wrong: dict[str, datetime], words: str
) -> None:
    with pytest.raises(RuleBroken) as refusal:
        await typed(room, replace(OVER, times=replace(TIMES, **wrong)))
    assert words in str(refusal.value)
    assert await every(room, Call) == []
    assert await facts(room) == []
