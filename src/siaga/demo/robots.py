"""The demonstration's colleagues: they answer when no person does, send, accept, arrive and finish.

They touch only what is marked as demonstration, and use the same actions as people, so that nothing on the screens
is make-believe. A person who is ready is always asked first.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from siaga.demo.story import Scene
from siaga.domain.assignment import OPEN_STATES, Assignment, AssignmentState
from siaga.domain.call import Call, CallState, Channel
from siaga.domain.city import City
from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident, Outcome
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Role, Viewer
from siaga.domain.shift import Seat, SeatState
from siaga.domain.type_match import match_types
from siaga.features.calls import actions as calls
from siaga.features.calls.silence import actions as silent
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.records.archive import AnyOf, Archive, Transaction

PATIENCE_SECONDS = 6.0  # a person who is ready has been offered the call by then
CLOSE_AFTER_SECONDS = 8.0
SIGN_SECONDS = 25.0  # a silent check takes twenty and its script is heard to the end


@dataclass
class Robots:
    """Robot takers and agencies of one demonstration. ``takers`` are the ids of robot accounts."""

    archive: Archive
    city: City
    finder: PlaceFinder
    takers: tuple[str, ...]
    luck: random.Random
    scenes: dict[str, Scene] = field(default_factory=dict)
    _busy_until: dict[str, datetime] = field(default_factory=dict)
    _agency_at: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def step(self, now: datetime) -> None:
        """Do what is due now."""
        await self._finish_calls(now)
        await self._answer_calls(now)
        await self._work_assignments(now)
        await self._close_incidents(now)

    # --- takers ------------------------------------------------------------------------------------------

    async def _answer_calls(self, now: datetime) -> None:
        waiting = await self.archive.look(
            _waiting_demo_calls, before=now - timedelta(seconds=PATIENCE_SECONDS)
        )
        free = [taker for taker in self.takers if taker not in self._busy_until]
        for call, taker in zip(waiting, free, strict=False):
            scene = self.scenes.get(call.number or "")
            try:
                await self.archive.do(_robot_answers, taker=taker, call=call.id, now=now)
            except RuleBroken:
                continue  # a person was quicker
            self._busy_until[taker] = now + timedelta(
                seconds=scene.talk if scene is not None else PATIENCE_SECONDS
            )

    async def _finish_calls(self, now: datetime) -> None:
        for taker, until in list(self._busy_until.items()):
            if until <= now:
                del self._busy_until[taker]
                await self._finish_call(taker, now)

    async def _finish_call(self, taker: str, now: datetime) -> None:
        call = await self.archive.look(_call_of, taker=taker)
        if call is None:
            return
        scene = self.scenes.get(call.number or "")
        if scene is not None and scene.phrase.typed:
            await self._send(scene, call, taker, now)
        elif not call.is_dealt_with:
            kind = (scene.phrase.disposition if scene is not None else "") or "information"
            try:
                await self.archive.do(calls.dispose_call, call=call.id, kind=kind, taker=taker, now=now)
            except RuleBroken:  # a silent caller must be asked for a sign first
                await self._ask_for_a_sign(call, taker, now)
                return
        await self.archive.do(_robot_leaves, taker=taker, call=call.id, now=now)

    async def _ask_for_a_sign(self, call: Call, taker: str, now: datetime) -> None:
        """Run the silent check, if none ran, and look again later; a call that cannot be judged stays owed."""
        if call.is_over:
            await self.archive.do(_robot_leaves, taker=taker, call=call.id, now=now)
            return
        self._busy_until[taker] = now + timedelta(seconds=SIGN_SECONDS)
        if call.check_began_at is None:
            await self.archive.do(silent.begin_check, call=call.id, taker=taker, now=now)

    async def _send(self, scene: Scene, call: Call, taker: str, now: datetime) -> None:
        if call.is_dealt_with:
            return
        found = match_types(self.city, scene.phrase.typed, 1)
        kind = found[0].type if found else self.city.types[0]
        report = incidents.Report(
            type=kind.code,
            place=self.finder.locate(
                scene.lat, scene.lon, text=f"CONTOH {scene.kelurahan.name}", accuracy_m=25.0
            ),
            notes=(scene.phrase.say,),
        )
        await self.archive.do(
            incidents.open_incident,
            city=self.city,
            report=report,
            by=taker,
            call=call.id,
            sheet=call.id,
            now=now,
        )

    # --- agencies ----------------------------------------------------------------------------------------

    async def _work_assignments(self, now: datetime) -> None:
        for asked in await self.archive.look(_open_demo_assignments):
            step = (asked.id, asked.state.value)
            if step not in self._agency_at:
                self._agency_at[step] = now + timedelta(seconds=self._thinks(asked.state))
            if self._agency_at[step] > now:
                continue
            by = self._operator(asked.agency)
            match asked.state:
                case AssignmentState.SENT:
                    await self.archive.do(dispatch.acknowledge, assignment=asked.id, by=by, now=now)
                case AssignmentState.ACKNOWLEDGED:
                    await self.archive.do(dispatch.arrive, assignment=asked.id, by=by, now=now)
                case AssignmentState.ON_SCENE:
                    await self.archive.do(
                        dispatch.finish, assignment=asked.id, by=by, result="Ditangani", now=now
                    )

    def _thinks(self, state: AssignmentState) -> float:
        """Seconds until the agency's next step; now and then one sleeps, so that escalation is seen."""
        seconds: Mapping[AssignmentState, tuple[float, float]] = {
            AssignmentState.SENT: (4, 40) if self.luck.random() < 0.9 else (70, 100),
            AssignmentState.ACKNOWLEDGED: (15, 60),
            AssignmentState.ON_SCENE: (20, 60),
        }
        return self.luck.uniform(*seconds[state])

    def _operator(self, agency: str) -> Viewer:
        return Viewer(person=f"demo:{agency}", name="CONTOH", roles=(Role.AGENCY,), agency=agency)

    async def _close_incidents(self, now: datetime) -> None:
        for incident in await self.archive.look(_finished_demo_incidents, now=now):
            by = self.takers[0]
            await self.archive.do(
                incidents.close_incident, incident=incident, outcome=Outcome.HANDLED, by=by, now=now
            )


# --- looks and small acts -----------------------------------------------------------------------------------


async def _waiting_demo_calls(tx: Transaction, *, before: datetime) -> list[Call]:
    found = await tx.find(Call, state=CallState.WAITING, demo=True, order=("urgency", "arrived_at"), limit=20)
    people = await tx.find(Seat, state=SeatState.READY)
    return [
        call
        for call in found
        if call.arrived_at <= before and not (people and call.channel is not Channel.VOICE)
    ]


async def _robot_answers(tx: Transaction, *, taker: str, call: str, now: datetime) -> None:
    """A robot sits down and answers in one act, so that it is never offered a person's call."""
    await calls.seat_connected(tx, taker=taker, now=now)
    seat = await tx.get(Seat, taker)
    if seat.state is SeatState.OFF:
        tx.keep(seat.moved("come", at=now))
    await calls.answer_call(tx, taker=taker, call=call, now=now)


async def _robot_leaves(tx: Transaction, *, taker: str, call: str, now: datetime) -> None:
    known = await tx.get(Call, call)
    if known.state is CallState.TALKING and known.taker == taker:
        await calls.end_call(tx, call=call, taker=taker, now=now)
    await calls.leave_desk(tx, taker=taker, now=now)
    sheet = await tx.seek(Sheet, call)
    if sheet is not None and sheet.done_at is None:
        await incidents.finish_sheet(tx, sheet=call, taker=taker, now=now)


async def _call_of(tx: Transaction, *, taker: str) -> Call | None:
    seat = await tx.seek(Seat, taker)
    return await tx.seek(Call, seat.call) if seat is not None and seat.call is not None else None


async def _open_demo_assignments(tx: Transaction) -> list[Assignment]:
    return await tx.find(Assignment, demo=True, state=AnyOf(*OPEN_STATES), order=("sent_at",), limit=200)


async def _finished_demo_incidents(tx: Transaction, *, now: datetime) -> list[str]:
    finished = []
    for incident in await tx.find(Incident, outcome=None, demo=True, limit=100):
        asked = await tx.find(Assignment, incident=incident.id)
        ends = [one.done_at for one in asked if not one.is_open and one.done_at is not None]
        if asked and len(ends) == len(asked) and now - max(ends) >= timedelta(seconds=CLOSE_AFTER_SECONDS):
            finished.append(incident.id)
    return finished
