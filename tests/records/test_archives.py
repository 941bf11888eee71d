"""One case per promise, run against PostgreSQL and against the twin: an honest twin keeps and breaks the same."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from siaga.domain.call import Call, CallState, Channel, arrived
from siaga.domain.errors import NotFound
from siaga.domain.event import CallArrived
from siaga.domain.incident import Incident, Source
from siaga.domain.place import Place
from siaga.domain.shift import new_seat
from siaga.records.archive import AnyOf, Archive, Transaction, UpTo
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive

CITIES = itertools.count()  # the tests of a module share a database; each has a city of its own
NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", "postgres"])
async def archive(request: pytest.FixtureRequest) -> AsyncIterator[Archive]:
    if request.param == "memory":
        yield MemoryArchive("kota-contoh")
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    opened = await PostgresArchive.open(dsn, f"kota-contoh-{next(CITIES)}")
    yield opened
    await opened.close()


async def ring(tx: Transaction, *, id: str, at: datetime = NINE, urgency: int | None = None) -> str:
    call, event = arrived(id=id, channel=Channel.VOICE, at=at, number="081200000001")
    tx.put(call if urgency is None else replace(call, urgency=urgency))
    tx.record(event)
    return id


async def the_call(tx: Transaction, *, id: str) -> Call:
    return await tx.get(Call, id)


async def test_what_was_recorded_is_read_back_whole(archive: Archive) -> None:
    assert await archive.do(ring, id="call-1") == "call-1"

    assert (
        await archive.look(the_call, id="call-1")
        == arrived(id="call-1", channel=Channel.VOICE, at=NINE, number="081200000001")[0]
    )
    entries = await archive.read(0)
    assert [(entry.position, entry.event) for entry in entries] == [
        (1, CallArrived(call="call-1", channel="voice", at=NINE))
    ]


async def test_a_missing_row_is_said_in_words(archive: Archive) -> None:
    with pytest.raises(NotFound):
        await archive.look(the_call, id="nobody")


async def test_an_idempotency_key_records_once_and_answers_the_same(archive: Archive) -> None:
    assert await archive.do(ring, id="call-1", key="press-1") == "call-1"
    assert await archive.do(ring, id="call-2", key="press-1") == "call-1"

    assert await archive.head() == 1


async def test_two_who_take_the_same_call_are_never_both_told_yes(archive: Archive) -> None:
    await archive.do(ring, id="call-1")

    async def take(tx: Transaction, *, by: str) -> str:
        call = await tx.get(Call, "call-1")
        if call.state is not CallState.WAITING:
            return "late"
        tx.keep(call.answered(by=by, at=NINE))
        return "mine"

    answers = await asyncio.gather(*(archive.do(take, by=f"taker-{n}") for n in range(8)))
    assert sorted(answers) == ["late"] * 7 + ["mine"]


async def test_find_filters_orders_and_limits(archive: Archive) -> None:
    for n in range(6):
        await archive.do(ring, id=f"call-{n}", at=NINE - timedelta(minutes=n), urgency=1 + n % 2)

    async def look(tx: Transaction) -> list[str]:
        found = await tx.find(
            Call,
            state=AnyOf(CallState.WAITING, CallState.RINGING),
            taker=None,
            arrived_at=UpTo(NINE - timedelta(minutes=1)),
            order=("urgency", "arrived_at"),
            limit=4,
        )
        return [call.id for call in found]

    assert await archive.look(look) == ["call-4", "call-2", "call-5", "call-3"]


async def test_an_action_sees_what_it_has_written_itself(archive: Archive) -> None:
    await archive.do(ring, id="call-1")

    async def answer_and_look(tx: Transaction) -> tuple[str, list[str]]:
        call = await tx.get(Call, "call-1")
        tx.keep(call.answered(by="sari", at=NINE))
        tx.put(new_seat("sari", at=NINE))
        waiting = await tx.find(Call, state=CallState.WAITING)
        return (await tx.get(Call, "call-1")).state, [one.id for one in waiting]

    assert tuple(await archive.do(answer_and_look)) == ("talking", [])


async def test_deleting_is_remembered(archive: Archive) -> None:
    await archive.do(ring, id="call-1")

    async def forget(tx: Transaction) -> None:
        tx.delete(await tx.get(Call, "call-1"))

    await archive.do(forget)
    with pytest.raises(NotFound):
        await archive.look(the_call, id="call-1")


async def test_a_refusal_leaves_no_trace(archive: Archive) -> None:
    async def half(tx: Transaction) -> None:
        await ring(tx, id="call-1")
        await tx.get(Call, "nobody")

    with pytest.raises(NotFound):
        await archive.do(half)
    assert await archive.head() == 0


def an_incident(id: str, year: int = 2026, at: datetime = NINE) -> Incident:
    return Incident(
        id=id, year=year, type="fire", kind="fire", priority=1, place=Place(text="Jl. Contoh"), source=Source.OFFICE,
        opened_at=at, opened_by=None,
    )  # fmt: skip


async def test_incident_numbers_count_up_within_a_year_and_are_never_given_twice(archive: Archive) -> None:
    async def open_some(tx: Transaction, *, which: int) -> None:
        tx.put(an_incident(f"i-{which}-a", 2026), an_incident(f"i-{which}-b", 2025))

    receipts = await asyncio.gather(*(archive.receipt(open_some, which=n) for n in range(20)))
    numbers = [receipt.numbers[f"i-{n}-{letter}"] for letter in "ab" for n, receipt in enumerate(receipts)]
    assert sorted(numbers[:20]) == list(range(1, 21))
    assert sorted(numbers[20:]) == list(range(1, 21))

    async def stored(tx: Transaction) -> Incident:
        return await tx.get(Incident, "i-0-a")

    incident = await archive.look(stored)
    assert incident == replace(an_incident("i-0-a"), number=numbers[0])

    async def amend(tx: Transaction) -> None:
        tx.put(replace(await tx.get(Incident, "i-0-a"), number=99, landmark="sebelah masjid"))

    await archive.do(amend)
    assert await archive.look(stored) == replace(incident, landmark="sebelah masjid")
