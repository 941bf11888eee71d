"""The one writer: many at once in one flush, a bad one alone, a broken line without doubt."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from siaga.domain.call import Call
from siaga.domain.incident import Incident, Note
from siaga.features.incidents.actions import open_incident
from siaga.records import writer as writer_module
from siaga.records.archive import Transaction
from siaga.records.change import Busy, Moved, NotRecorded
from siaga.records.journal import verify_table
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from siaga.records.writer import DatabaseAway, Writer
from tests.room import FIRE, Room

CITIES = itertools.count()


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1, logger="siaga.records")


@pytest.fixture
async def archive(postgres_dsn: str) -> AsyncIterator[PostgresArchive]:
    await migrate(postgres_dsn)
    opened = await PostgresArchive.open(postgres_dsn, f"writing-{next(CITIES)}")
    yield opened
    await opened.close()
    await _must_be_whole(postgres_dsn, opened.city_id)


async def _must_be_whole(dsn: str, city: str) -> None:
    connection = await asyncpg.connect(dsn)
    verdict = await verify_table(connection, city)
    await connection.close()
    assert verdict.is_whole, verdict


async def write_note(tx: Transaction, *, id: str, text: str) -> str:
    tx.put(Note(id=id, incident="i-1", at=Room().now, by="rani", text=text))
    return id


# --- group commit --------------------------------------------------------------------------------------------


async def test_five_hundred_at_once_share_a_few_flushes(archive: PostgresArchive) -> None:
    room = Room(archive)
    await asyncio.gather(*(room.rings(f"call-{number}") for number in range(500)))
    assert archive.writer.recorded == 500
    assert (
        archive.writer.batches < 500 / 2
    )  # a dozen when the machine is idle; starved, the writer is quicker than we
    assert await archive.head() == 500


async def test_one_alone_waits_for_nobody(archive: PostgresArchive) -> None:
    for number in range(5):
        await Room(archive).rings(f"call-{number}")
    assert (archive.writer.recorded, archive.writer.batches) == (5, 5)


@pytest.mark.parametrize("poison", ["a\x00b", None])
async def test_a_poisoned_change_fails_alone_in_the_middle_of_a_crowd(
    archive: PostgresArchive, poison: str | None
) -> None:
    """A character the database cannot hold, or a value it must not: the other 99 are recorded all the same."""
    answers = await asyncio.gather(
        *(archive.do(write_note, id=f"n-{n}", text=poison if n == 57 else "x") for n in range(100)),
        return_exceptions=True,
    )
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(answer) for answer in failed] == [NotRecorded]
    assert [answer for answer in answers if isinstance(answer, str)] == [
        f"n-{n}" for n in range(100) if n != 57
    ]
    assert len(await Room(archive).all(Note)) == 99


async def test_a_row_that_moved_is_decided_anew_and_its_neighbours_do_not_notice(
    archive: PostgresArchive,
) -> None:
    room = Room(archive)
    incident = await room.opens()

    async def longer(tx: Transaction) -> None:
        known = await tx.get(Incident, incident)
        tx.put(_with_landmark(known, f"{known.landmark or ''}x"))

    await asyncio.gather(*(archive.do(longer) for _ in range(9)), *(room.rings(f"c-{n}") for n in range(50)))
    assert (await room.incident(incident)).landmark == "x" * 9


def _with_landmark(incident: Incident, landmark: str) -> Incident:
    return replace(incident, landmark=landmark)


@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_a_row_read_twice_in_one_action_and_changed_in_between_is_decided_anew(
    kind: str, request: pytest.FixtureRequest
) -> None:
    store: Any = MemoryArchive("kota-contoh")
    if kind == "postgres":
        store = await PostgresArchive.open(request.getfixturevalue("postgres_dsn"), f"writing-{next(CITIES)}")
    room = Room(store)
    incident = await room.opens()
    tries: list[str] = []

    async def reads_twice(tx: Transaction) -> None:
        first = await tx.get(Incident, incident)
        if not tries:
            await store.do(somebody_else)
        tries.append(first.landmark or "")
        await tx.find(Incident, outcome=None)
        tx.put(_with_landmark(first, f"{first.landmark or ''} dan saya"))

    async def somebody_else(tx: Transaction) -> None:
        tx.put(_with_landmark(await tx.get(Incident, incident), "orang lain"))

    await store.do(reads_twice)
    assert (await room.incident(incident)).landmark == "orang lain dan saya"
    assert tries == ["", "orang lain"]
    if kind == "postgres":
        await store.close()


async def test_two_processes_that_write_at_once_keep_one_chain(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    city = f"writing-{next(CITIES)}"
    here, there = [await PostgresArchive.open(postgres_dsn, city) for _ in range(2)]
    await asyncio.gather(
        *(Room(store).rings(f"{name}-{n}") for n in range(200) for name, store in (("a", here), ("b", there)))
    )
    calls = [entry.event.call for entry in await here.read(0)]  # type: ignore[attr-defined]
    assert len(calls) == len(set(calls)) == 400
    turns = sum(1 for one, two in itertools.pairwise(calls) if one[0] != two[0])
    assert turns >= 2, "they did not interleave: proves nothing"
    for store in (here, there):
        await store.close()
    await _must_be_whole(postgres_dsn, city)


# --- a bounded queue -----------------------------------------------------------------------------------------


async def test_a_full_queue_says_later_at_once_and_loses_nothing_it_has_taken(
    archive: PostgresArchive, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "QUEUE_MAX", 10)
    room = Room(archive)
    blocker = await asyncpg.connect(postgres_dsn)
    block = blocker.transaction()
    await block.start()
    await blocker.execute("select 1 from head where city_id = $1 for update", archive.city_id)
    first = asyncio.create_task(room.rings("call-first"))
    await asyncio.sleep(0.2)  # the writer holds it and waits for the head row
    queued = [asyncio.create_task(room.rings(f"call-{n}")) for n in range(10)]
    await asyncio.sleep(0.2)
    with pytest.raises(Busy) as refusal:
        await room.rings("call-too-many")
    assert refusal.value.retry_after_seconds == 1
    await block.rollback()
    await blocker.close()
    await asyncio.gather(first, *queued)
    assert len(await room.all(Call)) == 11


# --- a broken line -------------------------------------------------------------------------------------------


class BreaksAfterCommit:
    """A connection that does its work and then breaks before its answer arrives, so many times."""

    def __init__(self, real: asyncpg.Connection, times: list[int]) -> None:
        self._real = real
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def fetchval(self, *given: Any, **named: Any) -> Any:
        answer = await self._real.fetchval(*given, **named)
        if self._times[0] > 0:
            self._times[0] -= 1
            raise asyncpg.ConnectionDoesNotExistError("the line broke")
        return answer


async def test_a_line_that_breaks_right_after_the_commit_records_once_and_answers_truly(
    archive: PostgresArchive,
) -> None:
    times = [3]
    connect = archive.writer._connect

    async def fragile() -> Any:
        return BreaksAfterCommit(await connect(), times)

    archive.writer._connect = fragile
    await archive.writer._drop_connection()
    room = Room(archive)
    receipt = await archive.receipt(_opens, room=room)
    assert times == [0]
    assert receipt.position == 1
    assert receipt.numbers == {receipt.result: 1}
    assert [incident.number for incident in await room.all(Incident)] == [1]
    assert (await room.incident(await room.opens())).number == 2


async def _opens(tx: Transaction, *, room: Room) -> str:
    return await open_incident(tx, city=room.city, report=FIRE, by="rani", now=room.now)


async def test_a_server_process_killed_in_the_middle_of_a_commit_changes_nothing_for_anybody(
    archive: PostgresArchive, postgres_dsn: str
) -> None:
    room = Room(archive)
    blocker = await asyncpg.connect(postgres_dsn)
    block = blocker.transaction()
    await block.start()
    await blocker.execute("select 1 from head where city_id = $1 for update", archive.city_id)
    writing = [asyncio.create_task(room.rings(f"call-{n}")) for n in range(20)]
    await asyncio.sleep(0.2)
    killed = await blocker.fetchval(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity "
        "where query like '%record_changes%' and pid <> pg_backend_pid() and state = 'active' "
        "and datname = current_database()"
    )
    assert killed == 1
    await block.rollback()
    await blocker.close()
    assert await asyncio.gather(*writing) == [f"call-{n}" for n in range(20)]
    assert await archive.head() == 20


async def test_a_server_too_slow_to_answer_may_still_commit_and_it_is_counted_once(
    archive: PostgresArchive, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "STATEMENT_SECONDS_MAX", 0.3)
    room = Room(archive)
    blocker = await asyncpg.connect(postgres_dsn)
    block = blocker.transaction()
    await block.start()
    await blocker.execute("select 1 from head where city_id = $1 for update", archive.city_id)
    writing = asyncio.create_task(archive.receipt(_opens, room=room))
    await asyncio.sleep(1.0)  # by now it has given up twice and handed the same batch in again
    await block.rollback()
    await blocker.close()
    receipt = await writing
    assert [incident.number for incident in await room.all(Incident)] == [1]
    assert receipt.numbers == {receipt.result: 1}


async def test_a_database_that_stays_away_is_said_in_time(
    archive: PostgresArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "OUTAGE_SECONDS_MAX", 0.3)

    async def nobody_there() -> asyncpg.Connection:
        raise ConnectionRefusedError

    connect, archive.writer._connect = archive.writer._connect, nobody_there
    await archive.writer._drop_connection()
    with pytest.raises(DatabaseAway):
        await asyncio.wait_for(Room(archive).rings("call-1"), 5)
    archive.writer._connect = connect
    await Room(archive).rings("call-2")
    assert [call.id for call in await Room(archive).all(Call)] == ["call-2"]


async def test_when_the_writer_itself_fails_nobody_waits_for_ever(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, f"writing-{next(CITIES)}")

    async def a_bug(self: Writer, batch: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Writer, "_record", a_bug)
    with pytest.raises(DatabaseAway):
        await asyncio.wait_for(Room(archive).rings("call-1"), 5)
    with pytest.raises(DatabaseAway):
        await asyncio.wait_for(Room(archive).rings("call-2"), 5)
    await archive.close()


async def test_an_action_that_keeps_moving_its_own_rows_is_a_bug_the_twin_names() -> None:
    store = MemoryArchive("kota-contoh")
    room = Room(store)
    incident = await room.opens()

    async def always_late(tx: Transaction) -> None:
        known = await tx.get(Incident, incident)
        await store.do(somebody_else)
        tx.put(known)

    async def somebody_else(tx: Transaction) -> None:
        tx.put(await tx.get(Incident, incident))

    with pytest.raises(Moved):
        await store.do(always_late)
