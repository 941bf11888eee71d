"""Two hands in the same instant, on PostgreSQL with two processes' archives: the rows decide, nobody is lied to."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable

import asyncpg
import pytest

from siaga.domain.assignment import Assignment
from siaga.domain.call import Call, CallState
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.records.journal import verify_table
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import FIRE, PAK_DEDI, Room, of_agency

CITIES = itertools.count()


@pytest.fixture
async def rooms(postgres_dsn: str) -> AsyncIterator[tuple[Room, Room]]:
    """The same city seen by two processes."""
    await migrate(postgres_dsn)
    city = f"at-once-{next(CITIES)}"
    opened = [await PostgresArchive.open(postgres_dsn, city) for _ in range(2)]
    yield Room(opened[0]), Room(opened[1])
    for archive in opened:
        await archive.close()
    connection = await asyncpg.connect(postgres_dsn)
    verdict = await verify_table(connection, city)
    await connection.close()
    assert verdict.is_whole, verdict


async def outcome(doing: Awaitable[object]) -> str:
    try:
        return f"yes: {await doing}"
    except RuleBroken as refusal:
        return f"no: {refusal}"


async def test_eight_hands_on_f2_and_one_caller_has_one_taker(rooms: tuple[Room, Room]) -> None:
    here, there = rooms
    takers = [f"taker-{number}" for number in range(8)]
    await here.on_duty(*takers)
    await here.rings("call-1")
    answers = await asyncio.gather(
        *(
            outcome(rooms[number % 2].do(calls.answer_call, taker=taker, call="call-1"))
            for number, taker in enumerate(takers)
        )
    )
    assert sorted(answer[:3] for answer in answers) == ["no:"] * 7 + ["yes"]
    talking = await there.all(Seat, state=SeatState.TALKING)
    assert [seat.taker for seat in talking] == [(await here.call("call-1")).taker]


async def test_eight_callers_and_eight_hands_never_leave_one_taker_with_two(
    rooms: tuple[Room, Room],
) -> None:
    here, _ = rooms
    takers = [f"taker-{number}" for number in range(8)]
    await here.on_duty(*takers)
    for number in range(8):
        await here.rings(f"call-{number}")
    hands = [room.do(calls.answer_call, taker=taker) for taker in takers for room in rooms]
    offers = [room.do(offering.offer_waiting) for room in rooms]
    await asyncio.gather(*(outcome(one) for one in (*hands, *offers)))
    live = await here.all(Call, state=CallState.TALKING)
    assert len({call.taker for call in live}) == len(live)
    for seat in await here.all(Seat, state=SeatState.TALKING):
        assert (await here.call(seat.call or "")).taker == seat.taker


async def test_a_caller_who_hangs_up_as_she_answers_is_either_talking_no_more_or_owed(
    rooms: tuple[Room, Room],
) -> None:
    here, there = rooms
    await here.on_duty("rani")
    for number in range(6):
        call = f"call-{number}"
        await here.rings(call)
        await asyncio.gather(
            outcome(here.do(calls.answer_call, taker="rani", call=call)),
            outcome(there.do(calls.caller_hung_up, call=call, cause="bye")),
        )
        found, seat = await here.call(call), await here.seat("rani")
        assert found.state is CallState.ENDED
        assert seat.state is (SeatState.WRAPUP if found.taker == "rani" else SeatState.READY)
        if seat.state is SeatState.WRAPUP:
            await here.do(calls.dispose_call, call=call, taker="rani", kind="prank")


async def test_an_agency_that_accepts_on_two_telephones_accepts_once(rooms: tuple[Room, Room]) -> None:
    here, there = rooms
    incident = await here.opens()
    await here.follow()
    answers = await asyncio.gather(
        *(
            outcome(
                room.do(
                    dispatch.acknowledge, assignment=f"{incident}:damkar:1", by=of_agency("damkar", f"hp-{n}")
                )
            )
            for n, room in enumerate((here, there, here, there))
        )
    )
    assert sorted(answers) == ["no: Sudah diterima sebelumnya."] * 3 + [f"yes: {incident}"]
    assert (await here.story()).count("assignment.acknowledged") == 1


async def test_accepting_and_escalating_in_the_same_second_leaves_one_truth(rooms: tuple[Room, Room]) -> None:
    here, there = rooms
    for _ in range(5):
        incident = await here.opens()
        await here.follow()
        here.later(60)
        there.now = here.now
        await asyncio.gather(
            there.do(dispatch.escalate_overdue, city=there.city),
            here.do(dispatch.acknowledge, assignment=f"{incident}:damkar:1", by=of_agency("damkar")),
        )
        asked = await here.one(Assignment, f"{incident}:damkar:1")
        assert (asked.state, asked.acknowledged_by) == ("acknowledged", "op-damkar")
        await here.do(dispatch.clear_ended_alarms)
        standing = [alarm for alarm in await here.standing() if alarm == "A4"]
        assert len(standing) == 2 * len(await here.all(Incident)), "only the two that are still silent"


async def test_two_takers_send_the_same_call_and_one_incident_is_made(rooms: tuple[Room, Room]) -> None:
    here, there = rooms
    await here.talking("rani", "call-1")
    await here.do(calls.end_call, call="call-1", taker="rani")
    answers = await asyncio.gather(
        *(
            outcome(room.do(incidents.open_incident, city=room.city, report=FIRE, by=taker, call="call-1"))
            for room, taker in ((here, "rani"), (there, "septi"))
        )
    )
    assert sorted(answer[:3] for answer in answers) == ["no:", "yes"]
    assert len(await here.all(Incident)) == 1


async def test_asking_one_more_agency_while_it_is_closed_leaves_nobody_asked(
    rooms: tuple[Room, Room],
) -> None:
    here, there = rooms
    for _ in range(6):
        incident = await here.opens()
        await here.follow()
        await asyncio.gather(
            outcome(here.do(incidents.close_incident, incident=incident, outcome="handled", by="dedi")),
            outcome(
                there.do(dispatch.ask_agency, city=there.city, incident=incident, agency="bpbd", by=PAK_DEDI)
            ),
        )
        await here.follow()
        assert set((await here.asked(incident)).values()) == {"withdrawn"}


async def test_a_press_sent_by_four_telephones_with_one_key_is_one_call(rooms: tuple[Room, Room]) -> None:
    here, there = rooms
    answers = await asyncio.gather(*(room.panic("press-1") for room in (here, there, here, there)))
    assert len(set(answers)) == 1
    assert len(await here.all(Call)) == 1
