"""Agencies are asked, acknowledge, arrive, finish; units move; silence climbs the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.assignment import OPEN_STATES, Assignment, AssignmentState, sent
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import Ask, AssignmentDeclined, IncidentAmended, IncidentOpened, IncidentReopened
from siaga.domain.incident import Incident
from siaga.domain.roles import May, Viewer
from siaga.domain.unit import Unit, UnitStatus
from siaga.records.archive import AnyOf, Entry, Transaction, UpTo

ESCALATED_AT_ONCE_MAX = (
    200  # a mass of silent agencies is worked off in slices; the rest follows a second later
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
                case IncidentOpened(incident=incident, asks=asks, priority=priority, at=at, demo=demo):
                    for ask in asks:
                        await _ask(tx, incident, ask, priority, at, demo=demo)
                case IncidentAmended(incident=incident, asks=asks, at=at) if asks:
                    known = await tx.get(Incident, incident)
                    for ask in asks:
                        await _ask(tx, incident, ask, known.priority, at, demo=known.demo)
                case AssignmentDeclined(incident=incident, at=at):
                    await self._ask_duty_officer(tx, incident, at)
                case IncidentReopened(incident=incident, at=at):
                    await self._ask_duty_officer(tx, incident, at)

    async def _ask_duty_officer(self, tx: Transaction, incident: str, at: datetime) -> None:
        """Nobody has this any more, so the duty officer has: never nowhere."""
        known = await tx.get(Incident, incident)
        if not known.is_open:
            return
        clock = self._city.clock_by_code[self._city.default_clock]
        ask = Ask(agency=self._city.duty_officer, within_seconds=clock.seconds[known.priority])
        await _ask(tx, incident, ask, known.priority, at, demo=known.demo)


async def _ask(
    tx: Transaction, incident: str, ask: Ask, priority: int, at: datetime, *, demo: bool
) -> Assignment | None:
    """Ask one agency unless it is being asked already. The id names the pair and the try: asking twice is one row."""
    before = await tx.find(Assignment, incident=incident, agency=ask.agency)
    if any(one.is_open for one in before):
        return None
    assignment: Assignment = tx.keep(
        sent(
            id=f"{incident}:{ask.agency}:{len(before) + 1}",
            incident=incident,
            agency=ask.agency,
            priority=priority,
            within_seconds=ask.within_seconds,
            at=at,
            demo=demo,
        )
    )
    return assignment


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
    seconds = city.clock_by_code[city.default_clock].seconds[known.priority]
    asked = await _ask(
        tx, incident, Ask(agency=agency, within_seconds=seconds), known.priority, now, demo=known.demo
    )
    if asked is None:
        raise RuleBroken("Instansi ini sudah menerima kejadian ini.")
    return asked.id


async def acknowledge(tx: Transaction, *, assignment: str, by: Viewer, now: datetime) -> str:
    """The agency says: ours."""
    asked = await _for_agency(tx, assignment, by)
    tx.keep(asked.acknowledged(by=by.person, at=now))
    await _clear_alarm(tx, asked, now)
    return asked.incident


async def decline(tx: Transaction, *, assignment: str, by: Viewer, reason: str, now: datetime) -> None:
    """The agency says: not ours."""
    asked = await _for_agency(tx, assignment, by)
    tx.keep(asked.declined(by=by.person, reason=reason.strip()[:500], at=now))
    await _clear_alarm(tx, asked, now)


async def arrive(tx: Transaction, *, assignment: str, by: Viewer, now: datetime) -> None:
    """The agency is on scene."""
    asked = await _for_agency(tx, assignment, by)
    tx.keep(asked.on_scene(by=by.person, at=now))
    await _clear_alarm(tx, asked, now)
    for unit in await tx.find(Unit, incident=asked.incident, agency=asked.agency, status=UnitStatus.EN_ROUTE):
        tx.keep(unit.changed(UnitStatus.ON_SCENE, incident=asked.incident, by=by.person, at=now))


async def finish(tx: Transaction, *, assignment: str, by: Viewer, result: str, now: datetime) -> None:
    """The agency has done its part; one line says what came of it."""
    if not result.strip():
        raise RuleBroken("Tulis hasilnya satu baris.")
    asked = await _for_agency(tx, assignment, by)
    tx.keep(asked.done(by=by.person, result=result.strip()[:500], at=now))
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
    """A unit is sent, moves, arrives, is free. Its agency or a dispatcher says so."""
    known = await tx.get(Unit, unit)
    if not by.may(May.DISPATCH) and not (by.may(May.ANSWER_FOR_AGENCY) and by.agency == known.agency):
        raise NotAllowed("Unit ini bukan milik instansi Anda.")
    if incident is not None and not (await tx.get(Incident, incident)).is_open:
        raise RuleBroken("Kejadian ini sudah ditutup.")
    tx.keep(known.changed(UnitStatus(status), incident=incident, by=by.person, at=now))


async def acknowledge_alarm(tx: Transaction, *, alarm: str, by: Viewer, now: datetime) -> None:
    """A person has seen it and acts."""
    by.must(May.SEE_ALL_INCIDENTS)
    tx.keep((await tx.get(Alarm, alarm)).acknowledged(by=by.person, at=now))


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
        agency = city.agency_by_code.get(asked.agency)
        rungs = len(agency.ladder) if agency is not None else 1
        escalated = tx.keep(asked.escalated(rungs=rungs, at=now))
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
    for alarm in await tx.find(Alarm, kind=AlarmKind.NO_ANSWER_FROM_AGENCY, cleared_at=None):
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
