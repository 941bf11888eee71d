"""What SQL counts is what the definitions of domain/measures.py say, on a random month of a room."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call import Call, CallState, Channel, Disposition, EndReason
from siaga.domain.event import CallDisposed, CallerJoined, Event
from siaga.domain.incident import Incident, Outcome, Source
from siaga.domain.measures import (
    ANSWER_WITHIN_SECONDS,
    PROCESS_WITHIN_SECONDS,
    abandon_seconds,
    acknowledge_seconds,
    answer_seconds,
    arrival_seconds,
    classify_seconds,
    processing_seconds,
    times_of,
)
from siaga.domain.place import Place
from siaga.domain.roles import Role, Viewer
from siaga.features.insight.call_queries import call_mix, speed
from siaga.features.insight.periods import Period
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import sample_city

ZONE = ZoneInfo("Asia/Jakarta")
AUGUST = Period(first=date(2026, 8, 1), last=date(2026, 8, 31), zone=ZONE)
HEAD = Viewer(person="head", name="Kepala", roles=(Role.HEAD,))
CIRCLE = replace(HEAD, in_circle=True)
CITIES = itertools.count()
CALLS = 160


@dataclass
class Month:
    """Rows of a random August, with some of July and September around it."""

    calls: list[Call] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    first_words: dict[str, datetime] = field(default_factory=dict)
    said: list[Event] = field(default_factory=list)


def a_call(number: int, chance: random.Random) -> Call:
    at = datetime(2026, 7, 25, tzinfo=UTC) + timedelta(seconds=chance.randrange(45 * 86_400))
    answered = (
        at + timedelta(seconds=chance.choice((-1, 4, 9.5, 10, 12, 15, 18.25, 20, 44)))
        if chance.random() < 0.7
        else None
    )
    over = answered is not None or chance.random() < 0.9
    reason = EndReason.CALLER_HUNG_UP if answered else chance.choice((EndReason.ABANDONED, EndReason.LOST))
    return Call(
        id=f"call-{number:03}",
        channel=chance.choice(tuple(Channel)),
        state=CallState.ENDED if over else CallState.WAITING,
        urgency=2,
        arrived_at=at,
        answered_at=answered,
        ended_at=at + timedelta(minutes=3) if over else None,
        end_reason=reason if over else None,
        disposition=chance.choice((*Disposition, None)) if answered else None,
        demo=chance.random() < 0.1,
    )


def a_month(seed: int) -> Month:
    chance = random.Random(seed)
    month = Month()
    for number in range(CALLS):
        call = a_call(number, chance)
        if call.disposition is Disposition.REAL:
            incident = an_incident(call, number, chance)
            call = replace(call, incident=incident.id)
            month.incidents.append(incident)
            month.assignments += [an_assignment(incident, agency, chance) for agency in ("damkar", "psc119")]
        month.calls.append(call)
        if call.disposition is not None and call.answered_at is not None and chance.random() < 0.9:
            say_what_it_was(month, call, call.answered_at + timedelta(seconds=chance.randrange(1, 90)))
    return month


def say_what_it_was(month: Month, call: Call, at: datetime) -> None:
    """A first word at that moment, and for some calls another one later."""
    month.first_words[call.id] = at
    for moment in (at, at + timedelta(seconds=30)):
        if call.incident is not None and moment == at:
            month.said.append(CallerJoined(incident=call.incident, call=call.id, taker="rani", at=moment))
        else:
            kind = call.disposition or Disposition.GHOST
            month.said.append(CallDisposed(call=call.id, disposition=kind, taker="rani", at=moment))


def an_incident(call: Call, number: int, chance: random.Random) -> Incident:
    opened_at = (call.answered_at or call.arrived_at) + timedelta(seconds=chance.randrange(5, 200))
    return Incident(
        id=f"incident-{number:03}",
        year=2026,
        type="kebakaran.bangunan",
        kind="kebakaran",
        priority=1,
        protected=chance.random() < 0.2,
        place=Place(text="Jl. Contoh"),
        source=Source.HISTORY if chance.random() < 0.1 else Source.CALL,
        call=call.id,
        opened_at=opened_at,
        opened_by="rani",
        outcome=Outcome.DUPLICATE if chance.random() < 0.1 else None,
        duplicate_of="incident-x" if chance.random() < 0.1 else None,
        demo=call.demo,
    )


def an_assignment(incident: Incident, agency: str, chance: random.Random) -> Assignment:
    sent = incident.opened_at + timedelta(seconds=1)
    state = chance.choice((AssignmentState.SENT, AssignmentState.DECLINED, AssignmentState.ON_SCENE))
    there = state is AssignmentState.ON_SCENE
    return Assignment(
        id=f"{incident.id}-{agency}",
        incident=incident.id,
        agency=agency,
        state=state,
        priority=1,
        sent_at=sent,
        due_at=sent + timedelta(seconds=60),
        within_seconds=60,
        acknowledged_at=sent + timedelta(seconds=chance.choice((20, 60, 61, 300))) if there else None,
        on_scene_at=sent + timedelta(seconds=chance.randrange(200, 2000)) if there else None,
        demo=incident.demo,
    )


@pytest.fixture(params=range(3))
async def month(
    request: pytest.FixtureRequest, postgres_dsn: str
) -> AsyncIterator[tuple[PostgresArchive, Month]]:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, f"month-{next(CITIES)}")
    made = a_month(request.param)

    async def put(tx: Transaction) -> None:
        tx.put(*made.calls, *made.incidents, *made.assignments)
        tx.record(*made.said)

    await archive.do(put)
    yield archive, made
    await archive.close()


def in_august(at: datetime) -> bool:
    return AUGUST.starts_at <= at < AUGUST.ends_before


def seen(month: Month, viewer: Viewer) -> Month:
    """What of the month counts for a viewer where demo rows do not."""
    incidents = [i for i in month.incidents if not i.demo and (viewer.in_circle or not i.protected)]
    hidden = {i.id for i in month.incidents if i.protected and not viewer.in_circle}
    measured = {i.id for i in incidents if i.source is not Source.HISTORY}
    return Month(
        calls=[c for c in month.calls if not c.demo and in_august(c.arrived_at) and c.incident not in hidden],
        incidents=[i for i in incidents if i.id in measured and in_august(i.opened_at)],
        assignments=[a for a in month.assignments if a.incident in measured and in_august(a.sent_at)],
    )


@pytest.mark.parametrize("viewer", [HEAD, CIRCLE], ids=["outside", "circle"])
async def test_answering(month: tuple[PostgresArchive, Month], viewer: Viewer) -> None:
    archive, made = month
    found = (await speed(archive, sample_city(), AUGUST, viewer=viewer, demo=False)).answering

    for channel in (None, *Channel):
        calls = [call for call in seen(made, viewer).calls if channel in (None, call.channel)]
        seconds = [answer_seconds(c.arrived_at, c.answered_at) for c in calls if c.answered_at]
        unanswered = Counter(c.end_reason for c in calls if not c.answered_at)
        answering = found[channel]
        assert answering.times == times_of(seconds, missing=sum(unanswered.values()))
        assert answering.within == {
            limit: sum(s <= limit for s in seconds) for limit in ANSWER_WITHIN_SECONDS
        }
        assert (answering.abandoned, answering.lost) == (
            unanswered[EndReason.ABANDONED],
            unanswered[EndReason.LOST],
        )
        assert answering.waiting == unanswered[None]
        assert answering.arrived == len(calls)
        assert answering.share_within(10) == answering.within[10] / len(seconds)


@pytest.mark.parametrize("viewer", [HEAD, CIRCLE], ids=["outside", "circle"])
async def test_processing_acknowledging_and_arrival(
    month: tuple[PostgresArchive, Month], viewer: Viewer
) -> None:
    archive, made = month
    found = await speed(archive, sample_city(), AUGUST, viewer=viewer, demo=False)
    rows = seen(made, viewer)
    call_of = {call.id: call for call in made.calls}

    answered = [(call_of[i.call or ""].answered_at, i.opened_at) for i in rows.incidents]
    processed = [processing_seconds(start, end) for start, end in answered if start]
    assert found.processing == times_of(processed)
    assert found.processed_in_time == sum(seconds <= PROCESS_WITHIN_SECONDS for seconds in processed) > 0
    for one in found.acknowledging:
        asked = [a for a in rows.assignments if one.agency in (None, a.agency)]
        said = [acknowledge_seconds(a.sent_at, a.acknowledged_at) for a in asked if a.acknowledged_at]
        declined = sum(a.state is AssignmentState.DECLINED for a in asked)
        assert one.times == times_of(said, missing=len(asked) - len(said) - declined)
        assert (one.asked, one.declined) == (len(asked), declined)
        assert one.in_time == sum(seconds <= 60 for seconds in said)
    assert [one.agency for one in found.acknowledging] == [None, "damkar", "psc119"]
    first = {
        i.id: min((a.on_scene_at for a in made.assignments if a.incident == i.id and a.on_scene_at), default=None)
        for i in rows.incidents if i.duplicate_of is None
    }  # fmt: skip
    opened = {i.id: i.opened_at for i in rows.incidents}
    there = [arrival_seconds(opened[id], at) for id, at in first.items() if at]
    assert found.arrival == times_of(there, missing=len(first) - len(there))


@pytest.mark.parametrize("viewer", [HEAD, CIRCLE], ids=["outside", "circle"])
async def test_abandoning_and_classifying(month: tuple[PostgresArchive, Month], viewer: Viewer) -> None:
    archive, made = month
    found = await speed(archive, sample_city(), AUGUST, viewer=viewer, demo=False)
    calls = seen(made, viewer).calls

    left = [c for c in calls if c.end_reason is EndReason.ABANDONED and not c.answered_at]
    assert found.abandoning == times_of(
        [abandon_seconds(c.arrived_at, c.ended_at) for c in left if c.ended_at]
    )
    answered = {c.id: c.answered_at for c in calls if c.answered_at}
    words = [(answered[id], at) for id, at in made.first_words.items() if id in answered]
    assert found.classifying == times_of(
        [classify_seconds(start, at) for start, at in words], missing=len(answered) - len(words)
    )
    assert 0 < len(words) < len(answered)


@pytest.mark.parametrize("viewer", [HEAD, CIRCLE], ids=["outside", "circle"])
async def test_every_call_is_in_the_mix_once(month: tuple[PostgresArchive, Month], viewer: Viewer) -> None:
    archive, made = month
    mix = await call_mix(archive, sample_city(), AUGUST, viewer=viewer, demo=False)

    calls = seen(made, viewer).calls
    said = Counter(c.disposition for c in calls if c.disposition)
    assert {kind: mix[kind] for kind in Disposition} == {kind: said[kind] for kind in Disposition}
    assert mix["live"] == sum(c.state is not CallState.ENDED for c in calls)
    assert mix["undecided"] == sum(bool(c.answered_at) and not c.disposition for c in calls)
    assert mix["abandoned"] == sum(c.end_reason is EndReason.ABANDONED for c in calls)
    assert sum(mix.values()) == len(calls)


async def test_demo_calls_count_in_a_demo(month: tuple[PostgresArchive, Month]) -> None:
    archive, made = month
    mix = await call_mix(archive, sample_city(), AUGUST, viewer=CIRCLE, demo=True)

    assert sum(mix.values()) == sum(in_august(call.arrived_at) for call in made.calls)


async def test_a_city_without_calls_has_no_times_and_says_so(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, f"month-{next(CITIES)}")

    found = await speed(archive, sample_city(), AUGUST, viewer=HEAD, demo=False)

    assert found.answering[None].times == times_of([])
    assert found.answering[None].share_within(10) is None
    assert found.acknowledging[0].share_in_time is None
    assert (found.processing, found.arrival) == (times_of([]), times_of([]))
    await archive.close()
