"""Our own policy on the same callers, through the house: every call goes through the actions, the queue and the rules.

Pranks are judged by two people, a supervisor restricts whomever she may, floods come and seats are few; and after it
all, each caller is asked for: who answered him, when, and who was let before him.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from siaga.domain.call import Call, CallState, Channel, Disposition, EndReason
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.place import Place
from siaga.domain.restriction import DELAY_SECONDS_MAX, Restriction
from siaga.domain.roles import Role, Viewer
from siaga.domain.shift import Seat, SeatState
from siaga.drill.nuisance import Caller, What
from siaga.features.calls import actions, offering
from siaga.features.calls.pranks import actions as pranks
from siaga.features.calls.pranks import restrictions
from siaga.features.calls.silence import actions as silent_actions
from siaga.features.incidents import actions as incidents
from siaga.records.archive import Transaction
from siaga.records.memory import MemoryArchive

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SECOND_TAKER = Viewer(person="second", name="Second", roles=(Role.TAKER,))
SUPERVISOR = Viewer(person="supervisor", name="Supervisor", roles=(Role.SUPERVISOR,))
ANSWER_SECONDS = 3.0
CHECK_SECONDS = 30.0  # a silent check, script and listening
INCIDENT_SECONDS = 1200.0  # an incident is closed after this


@dataclass
class Result:
    """What became of everybody."""

    callers: int = 0
    genuine: int = 0
    lost: int = 0  # callers no person answered
    genuine_lost: int = 0
    restricted: int = 0  # restrictions a supervisor decided
    set_back: int = 0  # calls that were let behind a later one because of a restriction
    set_back_seconds_max: float = 0.0  # how much later the later one had come
    wait_seconds_max: float = 0.0
    seconds_back_max: int = 0


@dataclass
class NuisanceRoom:
    """One run. ``seats`` takers answer; nobody gives up waiting, so that whoever is lost was lost by us."""

    city: City
    seats: int = 2
    archive: MemoryArchive = field(default_factory=lambda: MemoryArchive("nuisance"))
    now: datetime = BEGAN
    result: Result = field(default_factory=Result)

    def __post_init__(self) -> None:
        self._agenda: list[tuple[float, int, Callable[[], Awaitable[None]]]] = []
        self._order = itertools.count()
        self._said: dict[str, Caller] = {}
        self._waiting: dict[str, datetime] = {}
        self._began = 0.0
        area = self.city.kelurahan[0]
        self._report = incidents.Report(
            type=self.city.types[0].code, place=Place(text="x", kelurahan=area.code, kecamatan=area.kecamatan)
        )

    async def run(self, year: Sequence[Caller]) -> Result:
        """Let them all ring, work until nobody waits, and say what became of them."""
        for n in range(self.seats):
            await self._do(actions.seat_connected, taker=f"taker-{n}")
            await self._do(actions.go_ready, taker=f"taker-{n}")
        for n, caller in enumerate(year):
            self._after(caller.at, self._rings, f"call-{n:06d}", caller)
        while self._agenda:
            at, _, act = heapq.heappop(self._agenda)
            self.now = BEGAN + timedelta(seconds=at)
            await act()
            await self._offer()
        await self._count()
        return self.result

    def _after(self, at: float, act: Callable[..., Awaitable[None]], *given: Any) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), lambda: act(*given)))

    def _in(self, seconds: float, act: Callable[..., Awaitable[None]], *given: Any) -> None:
        self._after((self.now - BEGAN).total_seconds() + seconds, act, *given)

    async def _do(self, action: Any, **given: Any) -> Any:
        return await self.archive.do(action, now=self.now, **given)

    # --- what happens --------------------------------------------------------------------------------------------

    async def _rings(self, call: str, caller: Caller) -> None:
        self._said[call] = caller
        self._waiting[call] = self.now
        number = f"0000{call}" if caller.number is None else f"08{caller.number:010d}"
        await self._do(
            actions.call_arrived, call=call, number=number, display_name=None, node="n", channel=Channel.VOICE
        )
        if not caller.silent:
            await self._do(_heard, call=call)

    async def _offer(self) -> None:
        if not self._waiting:
            return
        back = await self._do(_delays)
        self.result.seconds_back_max = max(self.result.seconds_back_max, *back.values(), 0)
        await self._do(offering.offer_waiting, rules=self.city.room)
        for seat in await self.archive.look(_ringing):
            call = str(seat.call)
            if call in self._waiting:
                self._overtakes(call, back)
                arrived = self._waiting.pop(call)
                waited = (self.now - arrived).total_seconds()
                self.result.wait_seconds_max = max(self.result.wait_seconds_max, waited)
                self._in(ANSWER_SECONDS, self._answers, call, seat.taker)

    def _overtakes(self, call: str, back: dict[str, int]) -> None:
        """Who came earlier, is restricted, and still waits, was let behind this one."""
        for other, arrived in self._waiting.items():
            if arrived < self._waiting[call] and other in back:
                later = (self._waiting[call] - arrived).total_seconds()
                self.result.set_back += 1
                self.result.set_back_seconds_max = max(self.result.set_back_seconds_max, later)

    async def _answers(self, call: str, taker: str) -> None:
        await self._do(actions.answer_call, taker=taker, call=call)
        caller = self._said[call]
        if caller.what is What.SILENT and caller.label:
            await self._do(silent_actions.begin_check, call=call, taker=taker)
            await self._do(silent_actions.check_played, call=call)
            self._in(max(caller.talk, CHECK_SECONDS), self._ends, call, taker)
        else:
            self._in(caller.talk, self._ends, call, taker)

    async def _ends(self, call: str, taker: str) -> None:
        caller = self._said.pop(call)
        await self._do(silent_actions.run_checks, rules=self.city.room.silent)
        if caller.what is What.EMERGENCY and not caller.label:
            incident = await self._do(
                incidents.open_incident, city=self.city, report=self._report, by=taker, call=call
            )
            await self._do(actions.end_call, call=call, taker=taker)
            self._in(INCIDENT_SECONDS, self._closes, incident)
            self._in(
                caller.wrapup, self._ready, taker
            )  # a non-call has none: F9 and a digit, and she is ready
        elif caller.what is What.SILENT and caller.label:
            await self._do(actions.dispose_call, call=call, kind=Disposition.GHOST, taker=taker)
        elif caller.label:
            await self._do(actions.dispose_call, call=call, kind=Disposition.PRANK, taker=taker)
            await self._second_opinion(call, caller)
        else:
            await self._do(actions.dispose_call, call=call, kind=Disposition.INFORMATION, taker=taker)

    async def _second_opinion(self, call: str, caller: Caller) -> None:
        await self._do(
            pranks.judge_prank, call=call, agrees=caller.confirmed, by=SECOND_TAKER, reason="terdengar nyata"
        )
        if not caller.confirmed:
            return
        try:
            await self._do(
                restrictions.restrict_caller, call=call, days=14, reason="iseng", by=SUPERVISOR,
                rules=self.city.room.pranks,
            )  # fmt: skip
            self.result.restricted += 1
        except RuleBroken:
            return  # too few pranks yet, or restricted already

    async def _ready(self, taker: str) -> None:
        await self._do(actions.go_ready, taker=taker)

    async def _closes(self, incident: str) -> None:
        await self._do(incidents.close_incident, incident=incident, outcome="handled", by="taker-0")

    # --- what became of them ---------------------------------------------------------------------------------------

    async def _count(self) -> None:
        for call in await self.archive.look(_calls):
            self.result.callers += 1
            answered = call.answered_at is not None and call.end_reason is EndReason.TAKER_HUNG_UP
            self.result.lost += not answered
        assert self.result.seconds_back_max <= DELAY_SECONDS_MAX
        assert len(await self.archive.look(_restrictions)) == self.result.restricted


async def _heard(tx: Transaction, *, call: str, now: datetime) -> None:
    """The detector has heard his voice while he waited: only then may he be set back at all."""
    tx.put(replace(await tx.get(Call, call), voice_at=now))


async def _delays(tx: Transaction, *, now: datetime) -> dict[str, int]:
    return await restrictions.delays(tx, await tx.find(Call, state=CallState.WAITING), now)


async def _ringing(tx: Transaction) -> list[Seat]:
    return await tx.find(Seat, state=SeatState.RINGING)


async def _calls(tx: Transaction) -> list[Call]:
    return await tx.find(Call)


async def _restrictions(tx: Transaction) -> list[Restriction]:
    return await tx.find(Restriction)


def flooded(
    year: Sequence[Caller], *, every: int, callers: int, within_seconds: float = 180.0
) -> list[Caller]:
    """Before every ``every``-th call, ``callers`` emergencies within three minutes: one fire, seen by many."""
    made: list[Caller] = []
    for n, one in enumerate(year):
        made.append(one)
        if n and n % every == 0:
            template = next(other for other in year if other.what is What.EMERGENCY)
            made += [
                replace(
                    template,
                    at=one.at + within_seconds * k / callers,
                    number=70_000_000 + n * 100 + k,
                    silent=False,
                    label=False,
                    confirmed=False,
                )
                for k in range(callers)
            ]
    return sorted(made, key=lambda one: one.at)
