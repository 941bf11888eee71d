"""The command line's verbs about units and agencies: what each would do, and the act."""

from __future__ import annotations

from collections.abc import Sequence

from siaga.domain.assignment import OPEN_STATES, Assignment, AssignmentState
from siaga.domain.command_words import STATUS_LABELS, Verb
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident, noted
from siaga.domain.protection import may_see
from siaga.domain.roles import May
from siaga.domain.unit import BUSY, Unit, UnitStatus
from siaga.features.dispatch import actions
from siaga.records.archive import AnyOf, Transaction
from siaga.records.planned import Asked, Done, Plan, Said
from siaga.records.resolving import agency_named, full_title, incident_named, status_named, unit_named

STATUS_OF = {
    Verb.EN_ROUTE: UnitStatus.EN_ROUTE,
    Verb.ON_SCENE: UnitStatus.ON_SCENE,
    Verb.OUT: UnitStatus.OUT_OF_SERVICE,
    Verb.TRANSPORT: UnitStatus.TRANSPORTING,
    Verb.FINISH: UnitStatus.RETURNING,
}


async def plan_send(tx: Transaction, asked: Asked) -> Plan:
    """``D DMK1,DMK2 24``: units are sent, their agencies are asked as well; ``DE``, ``DO``: they already move."""
    asked.by.must(May.DISPATCH)
    command = asked.command
    incident = await _open_incident(tx, asked, command.incident)
    units = [await unit_named(tx, asked, code) for code in command.units]
    status = UnitStatus(command.status) if command.status else None
    for unit in units:
        if unit.incident == incident.id and unit.status in BUSY:
            raise RuleBroken("Unit {unit} sudah menangani kejadian ini.", unit=unit.code)
        unit.changed(
            UnitStatus.ASSIGNED, incident=incident.id, by=asked.by.person, at=asked.now
        )  # may refuse
    names = ", ".join(unit.code for unit in units)
    says = [Said("Kirim {units} ke {incident}.", {"units": names, "incident": full_title(asked, incident)})]
    if status is not None:
        says.append(Said("Langsung {status}.", translated={"status": STATUS_LABELS[status]}))
    if new := await _not_asked_yet(tx, asked, incident, units):
        says.append(Said("Teruskan juga ke {agencies}.", {"agencies": ", ".join(new)}))
    if command.text:
        says.append(Said("Catatan: {text}", {"text": command.text}))

    async def act(tx: Transaction) -> None:
        for unit in units:
            await actions.send_unit(
                tx, city=asked.city, unit=unit.code, incident=incident.id, by=asked.by, now=asked.now
            )
            if status is not None:
                await _set(tx, asked, unit, status, incident.id)
        if command.text:
            _note(tx, asked, incident.id, command.text)

    return Plan(says=tuple(says), act=act, basis=(incident.id, *(unit.state for unit in units)))


async def plan_status(tx: Transaction, asked: Asked) -> Plan:
    """``TB DMK1``, ``U DMK1 SD``: one unit, another status."""
    asked.by.must(May.DISPATCH)
    command = asked.command
    unit = await unit_named(tx, asked, command.unit)
    status = STATUS_OF.get(command.verb) or status_named(command.status)
    target = await _open_incident(tx, asked, command.incident) if command.incident else None
    if unit.status is status and (target is None or target.id == unit.incident):
        raise RuleBroken("Unit {unit} sudah berstatus {status}.", unit=unit.code, status=status.value)
    unit.changed(
        status, incident=target.id if target else None, by=asked.by.person, at=asked.now
    )  # may refuse
    says = [await _moves(tx, asked, unit, status, target)]
    text = _note_text(unit, command.verb, command.text)
    if text and unit.incident:
        says.append(Said("Catatan: {text}", {"text": text}))

    async def act(tx: Transaction) -> None:
        await _set(tx, asked, unit, status, target.id if target else None)
        if text and unit.incident:
            _note(tx, asked, unit.incident, text)

    return Plan(says=tuple(says), act=act, basis=(unit.state, target.id if target else ""))


async def plan_finish(tx: Transaction, asked: Asked) -> Plan:
    """``SL PSC1``: the unit returns; with a result and nobody else of its agency there, that has done its part."""
    asked.by.must(May.DISPATCH)
    result = asked.command.text
    unit = await unit_named(tx, asked, asked.command.unit)
    if unit.incident is None or unit.status not in BUSY:
        raise RuleBroken("Unit {unit} sedang tidak bertugas.", unit=unit.code)
    assignment = await _last_of_agency(tx, unit) if result else None
    if assignment is None:
        return await plan_status(tx, asked)
    agency = asked.city.agency(unit.agency).short
    says = (
        await _moves(tx, asked, unit, UnitStatus.RETURNING, None),
        Said("{agency} selesai: {result}", {"agency": agency, "result": result}),
    )

    async def act(tx: Transaction) -> None:
        await actions.finish(tx, assignment=assignment.id, by=asked.by, result=result, now=asked.now)
        if (
            await tx.get(Unit, unit.code)
        ).incident is not None:  # its agency was asked twice: the other still runs
            await _set(tx, asked, unit, UnitStatus.RETURNING, None)

    return Plan(says=says, act=act, basis=(unit.state, assignment.id, assignment.state))


async def plan_agencies(tx: Transaction, asked: Asked) -> Plan:
    """``O 24`` and codes: these agencies are asked as well."""
    asked.by.must(May.OPEN_INCIDENTS)
    incident = await _open_incident(tx, asked, asked.command.incident)
    codes = list(dict.fromkeys(agency_named(asked, word) for word in asked.command.agencies))
    busy = {one.agency for one in await tx.find(Assignment, incident=incident.id, state=AnyOf(*OPEN_STATES))}
    if known := [asked.city.agency(code).short for code in codes if code in busy]:
        raise RuleBroken("{agencies} sudah menerima kejadian ini.", agencies=", ".join(known))
    names = ", ".join(asked.city.agency(code).short for code in codes)
    gaps = {"incident": full_title(asked, incident), "agencies": names}

    async def act(tx: Transaction) -> None:
        for code in codes:
            await actions.ask_agency(
                tx, city=asked.city, incident=incident.id, agency=code, by=asked.by, now=asked.now
            )

    return Plan(
        says=(Said("Teruskan {incident} ke {agencies}.", gaps),), act=act, basis=(incident.id, *codes)
    )


async def _open_incident(tx: Transaction, asked: Asked, word: str) -> Incident:
    incident = await incident_named(tx, asked, word)
    if not incident.is_open:
        raise RuleBroken("Kejadian #{number} sudah ditutup.", number=incident.number)
    return incident


async def _not_asked_yet(
    tx: Transaction, asked: Asked, incident: Incident, units: Sequence[Unit]
) -> list[str]:
    """Short names of the agencies whose units are sent and who know nothing of the incident so far."""
    busy = {one.agency for one in await tx.find(Assignment, incident=incident.id, state=AnyOf(*OPEN_STATES))}
    return [
        asked.city.agency(code).short
        for code in dict.fromkeys(unit.agency for unit in units)
        if code not in busy
    ]


async def _last_of_agency(tx: Transaction, unit: Unit) -> Assignment | None:
    """What the unit's agency was asked, when it is at work and this is its last unit there."""
    others = await tx.find(Unit, incident=unit.incident, agency=unit.agency, status=AnyOf(*BUSY))
    if any(one.code != unit.code for one in others):
        return None
    at_work = AnyOf(AssignmentState.ACKNOWLEDGED, AssignmentState.ON_SCENE)
    found = await tx.find(Assignment, incident=unit.incident, agency=unit.agency, state=at_work)
    return found[0] if found else None


async def _moves(
    tx: Transaction, asked: Asked, unit: Unit, status: UnitStatus, target: Incident | None
) -> Said:
    about = target or (await tx.seek(Incident, unit.incident) if unit.incident else None)
    if about is not None and not may_see(asked.by, about):
        about = None  # where a unit stands is known to all; why, in a protected case, is not
    named = {"status": STATUS_LABELS[status]}
    if about is None:
        return Said("{unit} {status}.", {"unit": unit.code}, named)
    gaps = {"unit": unit.code, "incident": full_title(asked, about)}
    if status in BUSY:
        return Said("{unit} {status}, {incident}.", gaps, named)
    return Said("{unit} {status}, lepas dari {incident}.", gaps, named)


def _note_text(unit: Unit, verb: Verb, text: str) -> str:
    """The line of the story that a verb with words behind it writes."""
    if not text:
        return ""
    return f"{unit.code} membawa ke {text}" if verb is Verb.TRANSPORT else f"{unit.code}: {text}"


def _note(tx: Transaction, asked: Asked, incident: str, text: str) -> None:
    tx.keep(noted(id=tx.new_id(), incident=incident, text=text, by=asked.by.person, at=asked.now))


async def _set(
    tx: Transaction, asked: Asked, unit: Unit, status: UnitStatus, incident: str | None
) -> Done | None:
    await actions.set_unit_status(
        tx, unit=unit.code, status=status, incident=incident, by=asked.by, now=asked.now
    )
    return None


PLANNERS = {
    Verb.SEND: plan_send,
    Verb.EN_ROUTE: plan_status,
    Verb.ON_SCENE: plan_status,
    Verb.TRANSPORT: plan_status,
    Verb.STATUS: plan_status,
    Verb.OUT: plan_status,
    Verb.FINISH: plan_finish,
    Verb.AGENCIES: plan_agencies,
}
