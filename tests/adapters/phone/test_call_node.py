"""The call node between the twin of the telephone and the twin of the record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from siaga.adapters.phone.call_node import CallNode
from siaga.adapters.phone.engine import EngineDown
from siaga.adapters.phone.node import ACTIONS
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.adapters.phone.twin.engine import TwinEngine
from siaga.domain.call import Call, CallState, EndReason
from siaga.domain.event import CallArrived, CallerHungUp, CallLost
from siaga.domain.recording import Recording
from siaga.domain.shift import Seat
from siaga.features.calls import actions as calls
from siaga.records.archive import Transaction
from siaga.records.identity import new_id
from siaga.records.memory import MemoryArchive
from siaga.records.writer import DatabaseAway

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"


class AwayArchive(MemoryArchive):
    """A record that can be switched off, as a database is."""

    away = False

    async def do(self, action: Any, /, *, key: str | None = None, **given: Any) -> Any:
        if self.away:
            raise DatabaseAway
        return await super().do(action, key=key, **given)

    async def read(self, after: int, limit: int = 500) -> Any:
        if self.away:
            raise DatabaseAway
        return await super().read(after, limit)

    async def head(self) -> int:
        if self.away:
            raise DatabaseAway
        return await super().head()


@dataclass
class House:
    """A node at work, and what a test asks of it."""

    folder: Path
    archive: AwayArchive = field(default_factory=lambda: AwayArchive("kota-contoh", new_id))
    engine: TwinEngine = field(default_factory=lambda: TwinEngine(new_id))
    node: CallNode = field(init=False)
    working: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.node = CallNode(
            self.engine,
            self.archive,
            ACTIONS,
            node="node-1",
            recordings=self.folder / "recordings",
            spool=self.folder / "spool",
            now=lambda: NINE,
            new_id=new_id,
            demo=True,
        )

    async def open(self) -> None:
        await self.node.begin([])
        self.working = asyncio.create_task(self.node.work())

    async def close(self) -> None:
        if self.working is not None:
            self.working.cancel()
            await asyncio.gather(self.working, return_exceptions=True)
        await self.node.end()

    async def kill(self) -> None:
        """No goodbye."""
        assert self.working is not None
        self.working.cancel()
        await asyncio.gather(self.working, return_exceptions=True)

    async def until(self, true: Any) -> None:
        for _ in range(500):
            if true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not happen within 5 s")

    async def quiet(self) -> None:
        """Everything that happened has been reported."""
        await self.until(lambda: self.engine._events.empty() and not self.node._tasks)

    async def call(self, id: str) -> Call:
        async def read(tx: Transaction) -> Call:
            return await tx.get(Call, id)

        return await self.archive.look(read)

    async def events(self) -> list[Any]:
        return [entry.event for entry in await self.archive.read(0)]

    async def ring(self, **given: Any) -> str:
        id = self.engine.ring(**given)
        assert id is not None
        await self.until(lambda: id in self.engine.calls and self.engine.calls[id].answered)
        return id

    async def talk(self, id: str, taker: str = "sari") -> None:
        """Connect the taker's headset and let her answer."""
        await self.engine.connect_seat(taker, SDP)
        await self.until_heard(taker)
        await self.archive.do(calls.go_ready, taker=taker, now=NINE)
        await self.archive.do(calls.answer_call, taker=taker, call=id, now=NINE)
        await self.until(lambda: self.engine.calls[id].hears == taker)

    async def until_heard(self, taker: str) -> None:
        async def read(tx: Transaction) -> bool:
            seat = await tx.seek(Seat, taker)
            return seat is not None and seat.audio

        for _ in range(500):
            if await self.archive.look(read):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the headset was never reported")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = House(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


async def test_an_arrival_is_recorded_before_it_is_answered(house: House) -> None:
    seen: list[tuple[bool, int]] = []
    honest = house.engine.answer

    async def answer(call: str) -> None:
        seen.append(
            (call in {getattr(event, "call", "") for event in await house.events()}, house.archive.commits)
        )
        await honest(call)

    house.engine.answer = answer  # type: ignore[method-assign]
    id = await house.ring(number="081234567890", name="Budi")

    assert [recorded for recorded, _ in seen] == [True]
    call = await house.call(id)
    assert (call.number, call.display_name, call.node, call.state) == (
        "081234567890", "Budi", "node-1", CallState.WAITING,
    )  # fmt: skip
    await house.until(lambda: house.engine.calls[id].hears == ANNOUNCEMENTS["waiting"])


async def test_keys_and_the_end_are_recorded_in_order(house: House) -> None:
    id = await house.ring()
    for digit in "55":
        house.engine.press(id, digit)
    house.engine.caller_leaves(id)

    await house.quiet()
    call = await house.call(id)
    assert (call.digits, call.end_reason) == ("55", EndReason.ABANDONED)
    assert isinstance((await house.events())[-1], CallerHungUp)


async def test_a_taker_who_answers_is_bridged_and_her_hanging_up_ends_the_line(house: House) -> None:
    id = await house.ring()
    await house.talk(id)

    await house.archive.do(calls.end_call, call=id, taker="sari", now=NINE)

    await house.until(lambda: house.engine.ended_by_us == [id])


async def test_a_non_call_ends_the_line(house: House) -> None:
    id = await house.ring()
    await house.talk(id)

    await house.archive.do(calls.dispose_call, call=id, kind="prank", taker="sari", now=NINE)

    await house.until(lambda: house.engine.ended_by_us == [id])


async def test_a_lost_headset_parks_the_caller_and_a_new_one_brings_him_back(house: House) -> None:
    id = await house.ring()
    await house.talk(id)

    house.engine.lose_seat("sari")
    await house.until(lambda: house.engine.calls[id].hears == ANNOUNCEMENTS["hold"])

    await house.engine.connect_seat("sari", SDP)
    await house.until(lambda: house.engine.calls[id].hears == "sari")


async def test_a_caller_whose_taker_does_not_come_back_waits_again(house: House) -> None:
    id = await house.ring()
    await house.talk(id)
    house.engine.lose_seat("sari")
    await house.until(lambda: house.engine.calls[id].hears == ANNOUNCEMENTS["hold"])
    await house.quiet()

    assert await house.archive.do(calls.return_dropped, now=NINE, grace_seconds=0.0) == 1

    await house.until(lambda: house.engine.calls[id].hears == ANNOUNCEMENTS["waiting"])
    await house.engine.connect_seat("sari", SDP)
    await house.until_heard("sari")
    assert house.engine.calls[id].hears == ANNOUNCEMENTS["waiting"]


async def test_recordings_are_reported_with_their_place_and_hash(house: House) -> None:
    id = await house.ring()
    await house.until(lambda: house.engine.calls[id].recording is not None)
    house.engine.caller_leaves(id)
    await house.quiet()

    async def read(tx: Transaction) -> list[Recording]:
        return await tx.find(Recording)

    [saved] = await house.archive.look(read)
    assert (saved.call, saved.file, len(saved.sha256)) == (id, f"2026-08-17/{id}.rec", 64)


async def test_without_a_database_the_caller_is_answered_and_the_arrival_is_not_lost(house: House) -> None:
    house.archive.away = True
    id = await house.ring(number="0811")
    house.engine.press(id, "5")
    second = await house.ring(number="0812")
    await house.quiet()
    house.engine.caller_leaves(second)
    await house.quiet()
    waiting = (house.folder / "spool" / "reports-node-1.jsonl").read_text().splitlines()
    assert (
        house.node.outbox.waiting == len(waiting) == 7
    )  # two arrivals, both confirmed, a key, a recording, a hang-up

    house.archive.away = False
    await house.until(lambda: house.node.outbox.waiting == 0)

    first_call, second_call = await house.call(id), await house.call(second)
    assert (first_call.state, first_call.digits) == (CallState.WAITING, "5")
    assert second_call.end_reason is EndReason.ABANDONED
    await house.until(lambda: (house.folder / "spool" / "reports-node-1.jsonl").read_text() == "")
    assert [event.call for event in await house.events() if isinstance(event, CallArrived)] == [id, second]


async def test_arrivals_spooled_by_a_killed_node_are_recorded_and_listed_by_the_next(tmp_path: Path) -> None:
    first = House(tmp_path)
    await first.open()
    await first.ring(number="0811")
    first.archive.away = True
    spooled = await first.ring(number="0812")
    await first.kill()

    first.archive.away = False
    second = House(tmp_path, archive=first.archive)
    await second.open()
    fresh = await second.ring(number="0813")
    await second.until(lambda: second.node.outbox.waiting == 0)

    call = await second.call(spooled)
    assert (call.number, call.end_reason) == ("0812", EndReason.LOST)
    assert (await second.call(fresh)).state is CallState.WAITING
    assert sum(isinstance(event, CallLost) for event in await second.events()) == 2
    await second.close()


async def test_a_clean_stop_says_at_once_which_callers_are_owed_a_call_back(house: House) -> None:
    id = await house.ring()

    await house.close()

    assert (await house.call(id)).end_reason is EndReason.LOST


async def test_a_failed_engine_ends_the_node_so_that_it_is_started_again(house: House) -> None:
    house.engine.break_down("no sound")

    assert house.working is not None
    with pytest.raises(BaseExceptionGroup) as failed:
        await house.working
    assert failed.group_contains(EngineDown, match="no sound")
    house.working = None


async def test_an_example_call_is_marked_only_where_examples_are_allowed(
    house: House, tmp_path: Path
) -> None:
    marked = await house.ring(headers={"X-Siaga-Demo": "1"})
    plain = await house.ring()

    assert (await house.call(marked)).demo is True
    assert (await house.call(plain)).demo is False


async def test_a_full_disk_does_not_end_a_call(house: House) -> None:
    async def full(call: str, path: Path) -> None:
        raise OSError(28, "No space left on device")

    house.engine.start_recording = full  # type: ignore[method-assign]

    id = await house.ring()
    await house.talk(id)

    assert house.engine.calls[id].hears == "sari"


async def test_a_call_is_half_open_until_its_telephone_confirms_our_answer(house: House) -> None:
    house.engine.confirms = False
    fake = await house.ring(number="0811")
    house.engine.confirms = True
    real = await house.ring(number="0812")
    await house.quiet()
    assert (await house.call(fake)).half_open
    assert not (await house.call(real)).half_open
