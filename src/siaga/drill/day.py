"""A day of the city: one source of chance, a clock that jumps, the real actions, followers and duties.

Rule 1: everything by chance comes from one ``random.Random(seed)``; the same seed tells the same story.
Rule 2: people are outside the house: they see what is recorded, press keys, and are never asked to remember.
Rule 3: every promise is checked after every step; a broken one names the seed that replays it.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from siaga.adapters.messages.channels import RecordedMessages
from siaga.domain.call import Call
from siaga.domain.city import City
from siaga.domain.contact import Contact
from siaga.domain.errors import RuleBroken
from siaga.domain.event import AssignmentEscalated, AssignmentSent, Event, OnCallCalled
from siaga.domain.incident import Incident
from siaga.domain.unit import Unit, UnitStatus
from siaga.drill import promises
from siaga.features.wall.picture import Picture
from siaga.records.archive import Action, Archive, Transaction
from siaga.records.followers import catch_up
from siaga.records.memory import MemoryArchive, PowerCut
from siaga.worker import Work, duties_of, followers_of

DATE = datetime(2026, 8, 17)  # noqa: DTZ001 - midnight of this day in the city's own zone, whichever that is
TICK_SECONDS_MAX = 1.0  # the worker asks every second; where in the second that falls is left to chance
STEPS_MAX = 200_000  # a day has some thousands; more means that people and house chase each other in a circle
CITY_CODE = "drill"

R = TypeVar("R")
Happening = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What kind of day. ``cut_power``: the lights go out after every single commit."""

    seed: int
    calls: int = 75  # what the city's own centre counts a day
    takers: int = 4
    hours: float = 24.0
    wrong_presses: int = 40
    cut_power: bool = False


@dataclass(frozen=True, kw_only=True)
class Story:
    """How the day went. ``journal`` is its whole text."""

    seed: int
    calls: int
    incidents: int
    events: int
    steps: int
    refusals: int
    power_cuts: int
    journal: tuple[str, ...]


class Day:
    """One day, played on one archive. ``await Day(city, plan).run()``."""

    def __init__(self, city: City, plan: Plan, archive: Archive | None = None) -> None:
        self.city = city
        self.plan = plan
        self.archive: Archive = archive or MemoryArchive(CITY_CODE)
        self.luck = random.Random(plan.seed)  # noqa: S311 - chance that can be repeated is the point
        self.starts = DATE.replace(tzinfo=city.zone)
        self.now = self.starts
        self.ends = self.starts + timedelta(hours=plan.hours)
        self.channel = RecordedMessages()
        self.worker_away_until = self.starts
        self.heard = 0  # how far the screens have read the journal
        self._followed = 0  # how far the worker has
        self._checked = 0  # how far the promises about the worker's part have been looked at
        self.picture = Picture()
        self.presses = 0  # panic presses made; every one must be exactly one call
        self.asked: list[tuple[int, str, int]] = []  # journal position, agency, rung: each rings doorbells
        self.refusals = 0
        self.power_cuts = 0
        self.steps = 0
        self.listeners: list[Callable[[Day, Event], None]] = []
        self._agenda: list[tuple[datetime, int, Happening, tuple[Any, ...]]] = []
        self._numbers = itertools.count()
        self._next_tick = self.starts
        self._start_worker()

    # --- chance and the agenda ---------------------------------------------------------------------------

    def chance(self, of_one: float) -> bool:
        return self.luck.random() < of_one

    def between(self, least: float, most: float) -> float:
        return self.luck.uniform(least, most)

    def about(self, mean: float) -> float:
        """A waiting time with this mean, as impatience and arrivals are spread."""
        return self.luck.expovariate(1.0 / mean)

    @property
    def is_over(self) -> bool:
        return self.now >= self.ends

    def after(self, seconds: float, happening: Happening, *given: Any) -> None:
        """Let ``happening(day, *given)`` happen ``seconds`` from now."""
        when = self.now + timedelta(seconds=seconds)
        heapq.heappush(self._agenda, (when, next(self._numbers), happening, given))

    def stop_worker(self, seconds: float) -> None:
        """Nobody follows the journal and nobody asks what is overdue for so long."""
        self.worker_away_until = self.now + timedelta(seconds=seconds)
        self._start_worker()

    # --- acting ------------------------------------------------------------------------------------------

    async def do(self, action: Action[R], /, *, key: str | None = None, **given: Any) -> R | None:
        """Somebody presses a key. A refusal changes nothing; who gets no answer and has a ``key`` tries again."""
        before = await self.archive.head()
        while True:
            try:
                return await self.archive.do(action, key=key, now=self.now, **given)
            except RuleBroken as refusal:
                self.refusals += 1
                promises.must(await self.archive.head() == before, f"refused but recorded: {refusal}")
                return None
            except PowerCut:
                self._power_returns()
                if key is None:
                    return None

    async def look(self, action: Action[R], /, **given: Any) -> R:
        return await self.archive.look(action, **given)

    async def all(self, entity: type[R], **criteria: Any) -> list[R]:
        """The rows that match, as somebody's screen would list them."""
        return await self.archive.look(_find, entity=entity, criteria=criteria)

    def _power_returns(self) -> None:
        """Everything in memory is gone: new followers, new duties, the same archive."""
        self.power_cuts += 1
        self._cut_after_next_commit()
        self._start_worker()

    def _cut_after_next_commit(self) -> None:
        if isinstance(self.archive, MemoryArchive) and self.plan.cut_power:
            self.archive.restore_power(cut_after=self.archive.commits + 1)

    def _start_worker(self) -> None:
        work = Work(
            archive=self.archive, city=self.city, secret=b"drill", public_url="https://drill.invalid",
            channel=self.channel, twin=self.channel, now=lambda: self.now,
        )  # fmt: skip
        self._followers = followers_of(work)
        self._duties = duties_of(work)

    # --- the day -----------------------------------------------------------------------------------------

    async def run(self) -> Story:
        """Play until nothing is left to happen. Raises ``promises.Broken``, which names this day's seed."""
        try:
            await self.archive.do(_furnish, city=self.city, now=self.now, luck=self.luck)
            self._cut_after_next_commit()
            while self._agenda:
                await self._step()
            await self._settle()
            await self.look(promises.at_the_end, day=self)
            return await self._story()
        except promises.Broken as broken:
            broken.seed, broken.at, broken.step = self.plan.seed, self.now, self.steps
            raise

    async def _step(self) -> None:
        self.steps += 1
        promises.must(self.steps < STEPS_MAX, "the day does not end")
        when, _, happening, given = self._agenda[0]
        if self._next_tick <= when:
            self.now = max(self.now, self._next_tick)
            await self._tick()
        else:
            heapq.heappop(self._agenda)
            self.now = when
            await happening(self, *given)
            within = timedelta(seconds=self.between(0.05, TICK_SECONDS_MAX))
            self._next_tick = min(self._next_tick, self.now + within)
        await self._settle()

    async def _tick(self) -> None:
        """What the worker asks every second, in any order, for these are separate tasks.

        What depends on the others' work comes after it, wrap-ups and then alarms, so that the promises can ask at once
        what in another order is true a second later.
        """
        if self.now < self.worker_away_until:
            self._next_tick = self.worker_away_until
            return
        await self._follow()
        names = [name for name, _ in self._duties]
        self.luck.shuffle(names)
        names.sort(key=lambda name: ("alarm" in name, "wrap-up" in name))
        for name in names:
            try:
                await dict(self._duties)[name](self.archive, self.now)
            except PowerCut:
                self._power_returns()
        await self._follow()
        await self.look(promises.after_a_tick, city=self.city, now=self.now)
        due = await self.look(promises.next_deadline, city=self.city, now=self.now)
        latest = self.ends + timedelta(days=365) if due is None else due
        self._next_tick = latest + timedelta(seconds=self.between(0.0, TICK_SECONDS_MAX))

    async def _settle(self) -> None:
        """The worker follows the journal, screens hear it, and the promises are looked at when anything is new."""
        worker_is_up = self.now >= self.worker_away_until
        if worker_is_up:
            await self._follow()
        if self.heard != await self.archive.head():
            await self._hear()
            await self.look(promises.always, day=self)
        if worker_is_up and self._checked != self.heard:
            await self.look(promises.when_followed, now=self.now)
            self._checked = self.heard

    async def _follow(self) -> None:
        while (head := await self.archive.head()) != self._followed:
            try:
                for follower in self._followers:
                    await catch_up(self.archive, follower, lambda: self.now)
            except PowerCut:
                self._power_returns()
                continue
            self._followed = head

    async def _hear(self) -> None:
        while True:
            try:
                entries = await self.archive.read(self.heard)
            except PowerCut:
                self._power_returns()
                continue
            for entry in entries:
                self.picture.apply(entry.event)
                match entry.event:
                    case AssignmentSent(agency=agency):
                        self.asked.append((entry.position, agency, 0))
                    case AssignmentEscalated(agency=agency, rung=rung):
                        self.asked.append((entry.position, agency, rung))
                    case OnCallCalled(group=group):
                        self.asked.append((entry.position, group, 0))
                for listener in self.listeners:
                    listener(self, entry.event)
                self.heard = entry.position
            if not entries:
                return

    async def _story(self) -> Story:
        calls, incidents = await self.look(_counted)
        lines = self.archive.lines if isinstance(self.archive, MemoryArchive) else []
        return Story(
            seed=self.plan.seed,
            calls=calls,
            incidents=incidents,
            events=await self.archive.head(),
            steps=self.steps,
            refusals=self.refusals,
            power_cuts=self.power_cuts,
            journal=tuple(line for line, _ in lines),
        )


async def _find(tx: Transaction, *, entity: type[R], criteria: dict[str, Any]) -> list[R]:
    return await tx.find(entity, **criteria)


async def _furnish(tx: Transaction, *, city: City, now: datetime, luck: random.Random) -> None:
    """The city's units stand ready; every agency has somebody's telephone on each rung, some have two."""
    for unit in city.units:
        tx.put(
            Unit(
                code=unit.code,
                agency=unit.agency,
                what=unit.what,
                status=UnitStatus.READY,
                since=now,
                sample=True,
            )
        )
    ladders = [(agency.code, len(agency.ladder)) for agency in city.agencies]
    for agency, rungs in [*ladders, (city.room.on_call.group, 1)]:
        for rung in range(rungs):
            for number in range(luck.choice((1, 1, 2))):
                id = f"{agency}-{rung}-{number}"
                tx.put(
                    Contact(
                        id=id,
                        agency=agency,
                        rung=rung,
                        name=f"Drill {id}",
                        address=f"json://{id}.invalid",
                    )
                )


async def _counted(tx: Transaction) -> tuple[int, int]:
    return len(await tx.find(Call)), len(await tx.find(Incident))
