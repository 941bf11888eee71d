"""Agencies are asked, acknowledge, arrive, finish; units move; silence climbs the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.assignment import OPEN_STATES, Assignment, AssignmentState, sent
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.event import (
    Ask,
    AssignmentDeclined,
    IncidentAmended,
    IncidentClosed,
    IncidentOpened,
    IncidentReopened,
)
from siaga.domain.incident import Incident
from siaga.domain.last_act import Step
from siaga.domain.protection import may_see
from siaga.domain.roles import May, Viewer
from siaga.domain.routing import agencies_for
from siaga.domain.unit import Unit, UnitStatus
from siaga.records.archive import AnyOf, Entry, Transaction, UpTo
from siaga.records.undoing import remember

ESCALATED_AT_ONCE_MAX = (
    200  # a mass of silent agencies is worked off in slices; the rest follows a second later
)


RESULT_CHARACTERS_MAX = (
    500  # a result or a reason is a line or two; a report belongs in the agency's own files
)


# --- what the journal asks for ----------------------------------------------------------------------------


class Dispatching:
    """Turns what was decided into asked agencies. Holds the city's table, nothing else."""

    def __init__(self, city: City) -> None:
        self._city = city

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        """Ask whom the opening, or a later amendment, names; a refusal goes to the duty officer."""
        for entry in entries:
            match entry.event:
                case IncidentOpened(incident=incident, asks=asks, at=at):
                    await self._ask_all(tx, incident, asks, at)
                case IncidentAmended(incident=incident, asks=asks, fields=fields, at=at):
                    await self._ask_all(tx, incident, asks, at)
                    if "priority" in fields:
                        await self._hurry(tx, incident, at)
                case AssignmentDeclined(incident=incident, assignment=assignment, at=at):
                    await self._replace_declined(tx, incident, assignment, at)
                case IncidentReopened(incident=incident, at=at):
                    await self._ask_again(tx, incident, at)
                case IncidentClosed(incident=incident, at=at):
                    await _withdraw(tx, incident, at)

    async def _ask_all(self, tx: Transaction, incident: str, asks: Sequence[Ask], at: datetime) -> None:
        known = await tx.get(Incident, incident)
        if not known.is_open:  # closed before anybody could be asked
            return
        for ask in asks:
            await _ask(tx, known, ask, at)

    async def _hurry(self, tx: Transaction, incident: str, at: datetime) -> None:
        """The incident has another priority: who has not answered yet may have less time now, never more."""
        known = await tx.get(Incident, incident)
        if not known.is_open:
            return
        kind = self._city.type_by_code.get(known.type)
        routes = agencies_for(self._city, kind, known.place, known.priority, at, hazards=known.hazards)
        seconds = {route.agency: route.within_seconds for route in routes}
        usual = _usual_seconds(self._city, known)
        for asked in await tx.find(Assignment, incident=incident, state=AnyOf(*OPEN_STATES)):
            within = seconds.get(asked.agency, usual)
            hurried, event = asked.hurried(priority=known.priority, within_seconds=within, at=at)
            if hurried != asked:
                tx.keep((hurried, event))

    async def _replace_declined(self, tx: Transaction, incident: str, assignment: str, at: datetime) -> None:
        """An agency says it is not theirs: the duty officer has it now. When the duty officer says so, the next
        person on that ladder has it, and the room is alarmed: it neither goes round in circles nor vanishes."""
        known = await tx.get(Incident, incident)
        if not known.is_open:
            return
        asked = await self._ask_duty_officer(tx, known, at)
        declined = await tx.get(Assignment, assignment)
        if asked is None or declined.agency != self._city.duty_officer:
            return
        climbed = tx.keep(
            replace(asked, rung=declined.rung).escalated(rungs=_rungs(self._city, asked.agency), at=at)
        )
        await _raise_alarm(tx, climbed, at)

    async def _ask_again(self, tx: Transaction, incident: str, at: datetime) -> None:
        """It was not over: whoever was still at work when it was closed, and the duty officer in any case."""
        known = await tx.get(Incident, incident)
        if not known.is_open:
            return
        last = {
            one.agency: one for one in await tx.find(Assignment, incident=incident, order=("sent_at", "id"))
        }
        for agency, before in last.items():
            if before.state is AssignmentState.WITHDRAWN:
                await _ask(
                    tx, known, Ask(agency=agency, within_seconds=_usual_seconds(self._city, known)), at
                )
        await self._ask_duty_officer(tx, known, at)

    async def _ask_duty_officer(self, tx: Transaction, known: Incident, at: datetime) -> Assignment | None:
        ask = Ask(agency=self._city.duty_officer, within_seconds=_usual_seconds(self._city, known))
        return await _ask(tx, known, ask, at)


def _usual_seconds(city: City, known: Incident) -> int:
    """How soon an agency that no rule names must answer."""
    return city.clock_by_code[city.default_clock].seconds[known.priority]


def _rungs(city: City, agency: str) -> int:
    known = city.agency_by_code.get(agency)
    return len(known.ladder) if known is not None else 1


async def _ask(tx: Transaction, known: Incident, ask: Ask, at: datetime) -> Assignment | None:
    """Ask one agency unless it is being asked already. The id names the pair and the try: asking twice is one row."""
    before = await tx.find(Assignment, incident=known.id, agency=ask.agency)
    if any(one.is_open for one in before):
        return None
    assignment: Assignment = tx.keep(
        sent(
            id=f"{known.id}:{ask.agency}:{len(before) + 1}",
            incident=known.id,
            agency=ask.agency,
            priority=known.priority,
            within_seconds=ask.within_seconds,
            at=at,
            demo=known.demo,
        )
    )
    return assignment


async def _withdraw(tx: Transaction, incident: str, at: datetime) -> None:
    """The closing withdrew whoever had been asked by then; here whoever was asked in that very moment."""
    if (await tx.get(Incident, incident)).is_open:  # reopened meanwhile
        return
    for asked in await tx.find(Assignment, incident=incident, state=AnyOf(*OPEN_STATES)):
        tx.keep(asked.withdrawn(at=at))


# --- what people do ---------------------------------------------------------------------------------------


async def ask_agency(
    tx: Transaction, *, city: City, incident: str, agency: str, by: Viewer, now: datetime
) -> str:
    """A dispatcher or taker asks one more agency."""
    by.must(May.OPEN_INCIDENTS)
    known = await tx.get(Incident, incident)
    if not known.is_open:
        raise RuleBroken("Kejadian ini sudah ditutup.")
    city.agency(agency)
    tx.put(known)  # unchanged, but a closing at this very moment must not pass unseen
    asked = await _ask(tx, known, Ask(agency=agency, within_seconds=_usual_seconds(city, known)), now)
    if asked is None:
        raise RuleBroken("Instansi ini sudah menerima kejadian ini.")
    await remember(tx, by=by, steps=(_asked_step(asked),), now=now)
    return asked.id


def _asked_step(asked: Assignment, *, must: bool = True) -> Step:
    return Step(kind="assignment", subject=asked.id, before="", after=asked.agency, must=must)


async def acknowledge(tx: Transaction, *, assignment: str, by: Viewer, now: datetime) -> str:
    """The agency says: ours. The same person saying it twice (a second tap, a reload) changes nothing."""
    asked = await _for_agency(tx, assignment, by)
    if asked.acknowledged_by == by.person and asked.state is not AssignmentState.WITHDRAWN:
        return asked.incident
    tx.keep(asked.acknowledged(by=by.person, at=now))
    await _clear_alarm(tx, asked, now)
    return asked.incident


async def decline(tx: Transaction, *, assignment: str, by: Viewer, reason: str, now: datetime) -> None:
    """The agency says: not ours. Saying it twice changes nothing."""
    if not reason.strip():
        raise RuleBroken("Tulis alasannya: instansi mana yang berwenang, atau mengapa bukan Anda.")
    asked = await _for_agency(tx, assignment, by)
    if asked.state is AssignmentState.DECLINED:
        return
    tx.keep(asked.declined(by=by.person, reason=reason.strip()[:RESULT_CHARACTERS_MAX], at=now))
    await _clear_alarm(tx, asked, now)


async def arrive(tx: Transaction, *, assignment: str, by: Viewer, now: datetime) -> None:
    """The agency is on scene. Saying it twice changes nothing."""
    asked = await _for_agency(tx, assignment, by)
    if asked.state is AssignmentState.ON_SCENE:
        return
    tx.keep(asked.on_scene(by=by.person, at=now))
    await _clear_alarm(tx, asked, now)
    for unit in await tx.find(Unit, incident=asked.incident, agency=asked.agency, status=UnitStatus.EN_ROUTE):
        tx.keep(unit.changed(UnitStatus.ON_SCENE, incident=asked.incident, by=by.person, at=now))


async def finish(tx: Transaction, *, assignment: str, by: Viewer, result: str, now: datetime) -> None:
    """The agency has done its part; one line says what came of it. Saying the same twice changes nothing."""
    if not result.strip():
        raise RuleBroken("Tulis hasilnya satu baris.")
    asked = await _for_agency(tx, assignment, by)
    if asked.state is AssignmentState.DONE and asked.result == result.strip()[:RESULT_CHARACTERS_MAX]:
        return
    tx.keep(asked.done(by=by.person, result=result.strip()[:RESULT_CHARACTERS_MAX], at=now))
    await _clear_alarm(tx, asked, now)
    others = await tx.find(
        Assignment, incident=asked.incident, agency=asked.agency, state=AnyOf(*OPEN_STATES)
    )
    if not others:
        for unit in await tx.find(Unit, incident=asked.incident, agency=asked.agency):
            tx.keep(unit.changed(UnitStatus.RETURNING, incident=None, by=by.person, at=now))


async def set_unit_status(
    tx: Transaction, *, unit: str, status: UnitStatus | str, incident: str | None, by: Viewer, now: datetime
) -> None:
    """A unit is sent, moves, arrives, is free. Its agency or a dispatcher says so; saying it twice changes nothing."""
    known = await tx.get(Unit, unit)
    if not by.may(May.DISPATCH) and not (by.may(May.ANSWER_FOR_AGENCY) and by.agency == known.agency):
        raise NotAllowed("Unit ini bukan milik instansi Anda.")
    if known.status == status and incident in (None, known.incident):
        return
    if incident is not None:
        target = await tx.get(Incident, incident)
        if not target.is_open:
            raise RuleBroken("Kejadian ini sudah ditutup.")
        tx.put(target)  # unchanged, but a closing at this very moment must not pass unseen
    moved = tx.keep(known.changed(UnitStatus(status), incident=incident, by=by.person, at=now))
    await remember(
        tx, by=by, steps=(Step(kind="unit", subject=unit, before=known.state, after=moved.state),), now=now
    )


async def send_unit(
    tx: Transaction, *, city: City, unit: str, incident: str, by: Viewer, now: datetime
) -> None:
    """The dispatcher sends a unit; its agency is asked as well, if it is not at work on this incident already."""
    by.must(May.DISPATCH)
    target = await tx.get(Incident, incident)
    if not target.is_open:
        raise RuleBroken("Kejadian ini sudah ditutup.")
    known = await tx.get(Unit, unit)
    if known.incident == incident and known.status is UnitStatus.ASSIGNED:
        return
    tx.put(target)  # unchanged, but a closing at this very moment must not pass unseen
    moved = tx.keep(known.changed(UnitStatus.ASSIGNED, incident=incident, by=by.person, at=now))
    asked = await _ask(tx, target, Ask(agency=known.agency, within_seconds=_usual_seconds(city, target)), now)
    steps: tuple[Step, ...] = (Step(kind="unit", subject=unit, before=known.state, after=moved.state),)
    if asked is not None:
        steps = (*steps, _asked_step(asked, must=False))
    await remember(tx, by=by, steps=steps, now=now)


async def send_units(
    tx: Transaction, *, city: City, units: Sequence[str], incident: str, by: Viewer, now: datetime
) -> None:
    """Several at once: all of them, or none."""
    for unit in units:
        await send_unit(tx, city=city, unit=unit, incident=incident, by=by, now=now)


async def acknowledge_alarm(tx: Transaction, *, alarm: str, by: Viewer, now: datetime) -> None:
    """A person has seen it and acts. The same person pressing twice changes nothing."""
    seen = await alarm_for(tx, alarm, by)
    if seen.acknowledged_by == by.person and seen.cleared_at is None:
        return
    tx.keep(seen.acknowledged(by=by.person, at=now))


async def alarm_for(tx: Transaction, alarm: str, by: Viewer) -> Alarm:
    """The alarm, for who may act in the room. Raises NotFound, also when she may not know what it is about."""
    by.must(May.OPEN_INCIDENTS)
    found = await tx.get(Alarm, alarm)
    about = await tx.seek(Incident, found.incident) if found.incident else None
    if about is not None and not may_see(by, about):
        raise NotFound("Alarm ini tidak ada.")
    return found


# --- what time does ---------------------------------------------------------------------------------------


async def escalate_overdue(tx: Transaction, *, city: City, now: datetime) -> int:
    """Whoever has not answered by now: the next person is called and the room is alarmed."""
    overdue = await tx.find(
        Assignment,
        state=AssignmentState.SENT,
        due_at=UpTo(now),
        order=("due_at",),
        limit=ESCALATED_AT_ONCE_MAX,
    )
    for asked in overdue:
        escalated = tx.keep(asked.escalated(rungs=_rungs(city, asked.agency), at=now))
        await _raise_alarm(tx, escalated, now)
    return len(overdue)


async def _raise_alarm(tx: Transaction, asked: Assignment, now: datetime) -> None:
    id = f"{AlarmKind.NO_ANSWER_FROM_AGENCY}:{asked.id}"
    known = await tx.seek(Alarm, id)
    if known is None:
        alarm = Alarm(
            id=id,
            kind=AlarmKind.NO_ANSWER_FROM_AGENCY,
            priority=min(asked.priority, 3),
            raised_at=now,
            incident=asked.incident,
            assignment=asked.id,
            agency=asked.agency,
        )
        tx.put(alarm)
        tx.record(alarm.fact())
    elif known.cleared_at is not None:
        tx.keep(known.raised_again(at=now))


async def _clear_alarm(tx: Transaction, asked: Assignment, now: datetime) -> None:
    alarm = await tx.seek(Alarm, f"{AlarmKind.NO_ANSWER_FROM_AGENCY}:{asked.id}")
    if alarm is not None and alarm.cleared_at is None:
        tx.keep(alarm.cleared(at=now))


async def clear_ended_alarms(tx: Transaction, *, now: datetime) -> int:
    """Alarms whose assignment no longer waits (answered, withdrawn) end by themselves."""
    cleared = 0
    about_an_agency = AnyOf(AlarmKind.NO_ANSWER_FROM_AGENCY, AlarmKind.ALL_CHANNELS_FAILED)
    for alarm in await tx.find(Alarm, kind=about_an_agency, cleared_at=None):
        asked = await tx.seek(Assignment, alarm.assignment or "")
        if asked is None or asked.state is not AssignmentState.SENT:
            tx.keep(alarm.cleared(at=now))
            cleared += 1
    return cleared


async def _for_agency(tx: Transaction, assignment: str, by: Viewer) -> Assignment:
    asked = await tx.get(Assignment, assignment)
    if not by.may(May.DISPATCH) and not (by.may(May.ANSWER_FOR_AGENCY) and by.agency == asked.agency):
        raise NotAllowed("Penugasan ini bukan untuk instansi Anda.")
    return asked
