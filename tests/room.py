"""A room of people around an archive, for tests that tell what they do in their own words."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from siaga.city_files import city_folders, load_city
from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment
from siaga.domain.call import Call
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.place import Place
from siaga.domain.roles import Role, Viewer
from siaga.domain.shift import Seat
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.calls.conversation import legs
from siaga.features.citizen.actions import press_panic
from siaga.features.dispatch.actions import Dispatching
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.records.archive import Action, Archive, Transaction
from siaga.records.followers import Follower, catch_up
from siaga.records.memory import MemoryArchive

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
CITIES = Path(__file__).parents[1] / "cities"

FIRE = Report(
    type="kebakaran.bangunan",
    place=Place(text="Jl. Contoh 3", kelurahan="32.74.05.1001", kecamatan="32.74.05"),
)

E = TypeVar("E")
R = TypeVar("R")


@cache
def sample_city() -> City:
    """The city that comes with Siaga."""
    return load_city(next(city_folders(CITIES)))


def of_agency(agency: str, person: str = "") -> Viewer:
    """Somebody who answers for an agency."""
    return Viewer(person=person or f"op-{agency}", name="Operator", roles=(Role.AGENCY,), agency=agency)


RANI = Viewer(person="rani", name="Rani", roles=(Role.TAKER,))
PAK_DEDI = Viewer(person="dedi", name="Dedi", roles=(Role.SUPERVISOR,))


@dataclass
class Room:
    """Everything happens at ``now``; ``later`` moves it on."""

    archive: Archive = field(default_factory=lambda: MemoryArchive("kota-contoh"))
    city: City = field(default_factory=sample_city)
    now: datetime = NINE

    async def do(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> R:
        return await self.archive.do(action, key=key, now=self.now, **given)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def follow(self) -> None:
        """The followers read the journal to its end, as they do within milliseconds in the real house."""
        while True:
            head = await self.archive.head()
            await catch_up(self.archive, Follower("calls", offering.react), lambda: self.now)
            await catch_up(self.archive, Follower("legs", legs.react), lambda: self.now)
            await catch_up(self.archive, Follower("dispatch", Dispatching(self.city).react), lambda: self.now)
            if await self.archive.head() == head:
                return

    # --- what lies in the rows ---------------------------------------------------------------------------

    async def one(self, entity: type[E], *key: Any) -> E:
        async def look(tx: Transaction) -> E:
            return await tx.get(entity, *key)

        return await self.archive.look(look)

    async def all(self, entity: type[E], **criteria: Any) -> list[E]:
        async def look(tx: Transaction) -> list[E]:
            return await tx.find(entity, **criteria)

        return await self.archive.look(look)

    async def call(self, id: str) -> Call:
        return await self.one(Call, id)

    async def seat(self, taker: str) -> Seat:
        return await self.one(Seat, taker)

    async def incident(self, id: str) -> Incident:
        return await self.one(Incident, id)

    async def asked(self, incident: str) -> dict[str, str]:
        """Each agency and the state of what it was asked last."""
        found = await self.all(Assignment, incident=incident, order=("sent_at", "id"))
        return {one.agency: one.state.value for one in found}

    async def assignment(self, incident: str, agency: str) -> Assignment:
        """What the agency was asked last."""
        return (await self.all(Assignment, incident=incident, agency=agency, order=("sent_at", "id")))[-1]

    async def standing(self) -> list[str]:
        """The kinds of the alarms that stand, in order."""
        return sorted(alarm.kind.value for alarm in await self.all(Alarm, cleared_at=None))

    async def story(self, after: int = 0) -> list[str]:
        """The names of what the journal says, without their versions."""
        return [entry.event.name.removesuffix(".v1") for entry in await self.archive.read(after)]

    # --- what often happens ------------------------------------------------------------------------------

    async def on_duty(self, *takers: str, headset: bool = True) -> None:
        for taker in takers:
            if headset:
                await self.do(calls.seat_connected, taker=taker)
            await self.do(calls.go_ready, taker=taker)

    async def rings(self, call: str = "call-1", node: str = "node-1") -> str:
        return await self.do(
            calls.call_arrived,
            call=call,
            number="081200000001",
            display_name=None,
            node=node,
            channel="voice",
        )

    async def panic(self, key: str = "press-1") -> str:
        return await self.do(
            press_panic, key=key, lat=-6.72, lon=108.55, accuracy_m=20.0, number=None, device="d1", said=None
        )

    async def talking(self, taker: str = "rani", call: str = "call-1") -> str:
        """``taker`` is on duty and has answered ``call``."""
        await self.on_duty(taker)
        await self.rings(call)
        return await self.do(calls.answer_call, taker=taker, call=call)

    async def opens(self, call: str | None = None, by: str = "rani", report: Report = FIRE) -> str:
        return await self.do(incidents.open_incident, city=self.city, report=report, by=by, call=call)

    async def has_unit(self, code: str, agency: str) -> None:
        async def add(tx: Transaction, *, now: datetime) -> None:
            tx.put(Unit(code=code, agency=agency, what="Mobil", status=UnitStatus.READY, since=now))

        await self.do(add)

    async def refuses(self, words: str, action: Action[Any], /, **given: Any) -> None:
        """The action is refused with ``words``, and nothing in the journal has changed by it."""
        head = await self.archive.head()
        with refused(words):
            await self.do(action, **given)
        assert await self.archive.head() == head


def refused(words: str) -> AbstractContextManager[Any]:
    """A refusal that says ``words`` (part of the sentence is enough)."""
    return pytest.raises(RuleBroken, match=words)
