"""Protected cases: closed to all but their circle, opened for a while to those who are named, counted by the law."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time

from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call_safety import CallSafety, Verdict, digits_of
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.event import CallSafetySet, IncidentRestricted, IncidentUnrestricted
from siaga.domain.incident import Incident, Reporter, noted
from siaga.domain.legal_clock import LegalClock, started
from siaga.domain.protection import (
    CIRCLE_DAYS_DEFAULT,
    CircleMember,
    a_reason,
    may_see,
    named,
    revealed,
)
from siaga.domain.roles import May, Person, Viewer
from siaga.features.incidents.premises.lessons import withdraw_lessons
from siaga.records.archive import Transaction, UpTo
from siaga.records.safe_to_call import safety_of

CLOCKS_LOOKED_AT_MAX = 200  # in one second's duty; the rest in the next


async def begin_protection(
    tx: Transaction,
    *,
    incident: Incident,
    numbers: Iterable[str | None],
    now: datetime,
    city: City | None = None,
) -> None:
    """What starts when a case becomes protected: the clocks of its class, and doubt about its reporters' numbers.

    The law counts from the report, so the clocks do as well, whenever somebody saw that the case is protected. Without
    a ``city`` they run already and only the numbers are new. Does nothing for an incident that is not protected.
    """
    if not incident.protected:
        return
    for duty in city.protection.duties_of(incident.protected_class) if city is not None else ():
        id = f"{incident.id}:{duty.code}"
        if await tx.seek(LegalClock, id) is None:
            tx.keep(started(duty, id=id, incident=incident.id, since=incident.opened_at, at=now))
    for number in numbers:
        await doubt_number(tx, incident=incident.id, number=number, now=now)


async def became_protected(
    tx: Transaction, *, city: City, incident: Incident, by: str | None, now: datetime
) -> None:
    """It was amended to a protected type. Whoever did so is named, so that she can finish her work."""
    if by is not None and by != incident.opened_by:
        tx.keep(
            named(incident, id=tx.new_id(), person=by, reason="Mengubah jenisnya menjadi kasus terlindung.",
                  days=CIRCLE_DAYS_DEFAULT, by=by, at=now)
        )  # fmt: skip
    await withdraw_lessons(tx, incident=incident.id, by=by, now=now)
    reporters = await tx.find(Reporter, incident=incident.id)
    await begin_protection(
        tx, city=city, incident=incident, numbers=[one.number for one in reporters], now=now
    )


async def doubt_number(tx: Transaction, *, incident: str, number: str | None, now: datetime) -> None:
    """Until somebody has asked, no machine rings this reporter of a protected case."""
    if not number or await safety_of(tx, number) is not None:
        return
    row = CallSafety(
        id=tx.new_id(), number=digits_of(number), incident=incident, verdict=Verdict.UNKNOWN, at=now
    )
    tx.put(row)
    tx.record(CallSafetySet(incident=incident, number_row=row.id, verdict=row.verdict.value, by=None, at=now))


async def restrict(
    tx: Transaction,
    *,
    city: City,
    incident: str,
    protected_class: str,
    reason: str,
    by: Viewer,
    now: datetime,
) -> None:
    """From now on the case is for its circle only. Whoever does it is named, so that she can finish her work."""
    by.must(May.OPEN_INCIDENTS)
    known = await seen_by(tx, incident, by)
    if known.protected:
        raise RuleBroken("Kejadian ini sudah terlindung.")
    if protected_class not in {one.code for one in city.protection.classes}:
        raise RuleBroken("Pilih mengapa kasus ini dilindungi.")
    why = a_reason(reason, RuleBroken("Tulis mengapa kasus ini dilindungi."))
    closed = replace(known, protected=True, protected_class=protected_class)
    tx.put(closed)
    tx.record(IncidentRestricted(incident=incident, protected_class=protected_class, by=by.person, at=now))
    if not may_see(by, closed):
        tx.keep(
            named(closed, id=tx.new_id(), person=by.person, reason=why, days=CIRCLE_DAYS_DEFAULT,
                  by=by.person, at=now)
        )  # fmt: skip
    tx.keep(noted(id=tx.new_id(), incident=incident, text=why, by=by.person, at=now))
    await withdraw_lessons(tx, incident=incident, by=by.person, now=now)
    reporters = await tx.find(Reporter, incident=incident)
    await begin_protection(tx, city=city, incident=closed, numbers=[one.number for one in reporters], now=now)


async def unrestrict(tx: Transaction, *, incident: str, reason: str, by: Viewer, now: datetime) -> None:
    """A supervisor of the circle found that it needs no protection. Clocks still open stop; their alarms end."""
    known = await seen_by(tx, incident, by)
    if not by.may(May.SUPERVISE):
        raise NotAllowed("Hanya pengawas yang dapat membuka perlindungan.")
    if not known.protected:
        raise RuleBroken("Kejadian ini tidak terlindung: semua petugas dapat melihatnya.")
    why = a_reason(reason, RuleBroken("Tulis mengapa kasus ini tidak perlu dilindungi."))
    tx.put(replace(known, protected=False, protected_class=None))
    tx.record(IncidentUnrestricted(incident=incident, by=by.person, at=now))
    tx.keep(noted(id=tx.new_id(), incident=incident, text=why, by=by.person, at=now))
    for member in await tx.find(CircleMember, incident=incident, ended_at=None):
        tx.keep(member.ended(by=by.person, at=now))
    for clock in await tx.find(LegalClock, incident=incident, done_at=None):
        await _silence(tx, clock, now)
        tx.delete(clock)
    for safety in await tx.find(CallSafety, incident=incident, verdict=Verdict.UNKNOWN):
        tx.delete(safety)


async def name_person(
    tx: Transaction, *, incident: str, person: str, reason: str, days: int, by: Viewer, now: datetime
) -> None:
    """The circle names one more person; naming him again renews his time."""
    known = await seen_by(tx, incident, by)
    found = await tx.seek(Person, person)
    if found is None or not found.active:
        raise NotFound("Orang ini tidak ada atau akunnya ditutup.")
    for member in await tx.find(CircleMember, incident=incident, person=person, ended_at=None):
        tx.put(member.ended(by=by.person, at=now)[0])  # the new row says until when; he never left
    tx.keep(named(known, id=tx.new_id(), person=person, reason=reason, days=days, by=by.person, at=now))


async def end_sight(tx: Transaction, *, incident: str, member: str, by: Viewer, now: datetime) -> None:
    """He is no longer needed."""
    await seen_by(tx, incident, by)
    known = await tx.get(CircleMember, member)
    if known.incident != incident:
        raise NotFound("Tidak ditemukan.")
    tx.keep(known.ended(by=by.person, at=now))


async def reveal(tx: Transaction, *, incident: str, reason: str, by: Viewer, now: datetime) -> None:
    """Break the glass: the case is open to this person for a quarter of an hour, and the circle sees it."""
    known = await tx.get(Incident, incident)
    if not known.protected:
        raise NotFound("Tidak ditemukan.")
    asked = await tx.find(Assignment, incident=incident, agency=by.agency) if by.agency else []
    is_asked = any(one.state is not AssignmentState.DECLINED for one in asked)
    tx.keep(revealed(known, id=tx.new_id(), reason=reason, by=by, is_asked=is_asked, at=now))


async def meet_duty(
    tx: Transaction, *, city: City, incident: str, duty: str, how: str, by: Viewer, now: datetime
) -> None:
    """The act the law wants was done."""
    await seen_by(tx, incident, by, city)
    clock = await tx.get(LegalClock, f"{incident}:{duty}")
    tx.keep(clock.met(how, by=by.person, at=now))
    await _silence(tx, clock, now)


async def set_call_safety(
    tx: Transaction,
    *,
    city: City,
    incident: str,
    reporter: str,
    verdict: Verdict | str,
    by: Viewer,
    now: datetime,
    from_hour: time | None = None,
    until_hour: time | None = None,
    reason: str = "",
) -> None:
    """Whether this reporter's number may be rung, as he has just said."""
    await seen_by(tx, incident, by, city)
    known = await tx.get(Reporter, reporter)
    if known.incident != incident or known.number is None:
        raise NotFound("Nomor pelapor ini tidak ada.")
    said = Verdict(verdict)
    row = CallSafety(
        id=tx.new_id(),
        number=digits_of(known.number),
        incident=incident,
        verdict=said,
        from_hour=from_hour if said is Verdict.HOURS else None,
        until_hour=until_hour if said is Verdict.HOURS else None,
        reason=reason.strip()[:200] or None,
        by=by.person,
        at=now,
    )
    tx.put(row)
    tx.record(CallSafetySet(incident=incident, number_row=row.id, verdict=said.value, by=by.person, at=now))


async def watch_legal_clocks(tx: Transaction, *, now: datetime) -> int:
    """Tell the circles whose clocks are near their end or past it. Returns how many. A restart forgets nothing."""
    told = 0
    for clock in await tx.find(
        LegalClock, done_at=None, warn_at=UpTo(now), order=("warn_at",), limit=CLOCKS_LOOKED_AT_MAX,
        overdue_at=None,
    ):  # fmt: skip
        if clock.wants_alarm(now):
            rung, alarm = clock.rung(await tx.seek(Alarm, clock.alarm_id), at=now)
            tx.put(rung, alarm)
            tx.record(alarm.fact())
            told += 1
    return told


async def seen_by(tx: Transaction, incident: str, viewer: Viewer, city: City | None = None) -> Incident:
    """The incident, for an action of somebody who may know of it. Raises NotFound as if it did not exist.

    ``city``: also an asked agency that belongs to the circle may act.
    """
    known = await tx.get(Incident, incident)
    if may_see(viewer, known) and viewer.may(May.SEE_ALL_INCIDENTS):
        return known
    if incident in viewer.cases or (city is not None and await _is_asked(tx, incident, viewer, city)):
        return known
    raise NotFound("Tidak ditemukan.")


async def _is_asked(tx: Transaction, incident: str, viewer: Viewer, city: City) -> bool:
    """Whether the viewer's agency was asked about it and belongs to the circle of what it is asked about."""
    agency = city.agency_by_code.get(viewer.agency or "")
    if agency is None or not agency.sees_protected or not viewer.may(May.ANSWER_FOR_AGENCY):
        return False
    asked = await tx.find(Assignment, incident=incident, agency=agency.code)
    return any(one.state is not AssignmentState.DECLINED for one in asked)


async def _silence(tx: Transaction, clock: LegalClock, now: datetime) -> None:
    alarm = await tx.seek(Alarm, clock.alarm_id)
    if alarm is not None and alarm.cleared_at is None:
        tx.keep(alarm.cleared(at=now))
