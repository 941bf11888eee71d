"""A sheet of paper goes into the record with its own times, and can be taken back.

Nothing that is over is asked, told, escalated or alarmed: rows are written as they would stand today, with one fact.
Only what is still going on is handed to the agencies that have not been told by telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call import URGENCY_AT_ARRIVAL, Call, CallState, Channel, Disposition, EndReason
from siaga.domain.call_safety import CallSafety
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import PaperTyped
from siaga.domain.incident import NOTE_CHARACTERS_MAX, Incident, Note, Outcome, Reporter, Source, opened
from siaga.domain.legal_clock import LegalClock
from siaga.domain.paper import PaperAgency, PaperEntry, PaperTimes, check_times
from siaga.domain.protection import CircleMember
from siaga.domain.roles import May, Viewer
from siaga.domain.routing import agencies_for
from siaga.domain.triage import priority_for
from siaga.features.incidents.actions import Report, check_place
from siaga.features.incidents.protected.actions import begin_protection
from siaga.records.archive import AnyOf, Transaction

BY_PAPER = (
    "kertas"  # who said yes for an agency: the person its telephone was answered by, known only to the paper
)


@dataclass(frozen=True, kw_only=True)
class PaperSheet:
    """What stands on the sheet. Either a ``report`` or a ``non_call``."""

    times: PaperTimes
    form: str = ""
    number: str | None = None
    report: Report | None = None
    non_call: Disposition | None = None
    agencies: tuple[PaperAgency, ...] = ()
    outcome: Outcome = Outcome.HANDLED
    still_going: bool = False


async def type_paper(tx: Transaction, *, city: City, sheet: PaperSheet, by: str, now: datetime) -> str:
    """Record one sheet of paper; returns its entry. Raises RuleBroken, in words that name the field."""
    check_times(sheet.times, sheet.agencies, now=now)
    if (sheet.report is None) == (sheet.non_call is None):
        raise RuleBroken("Pilih jenis kejadian, atau Bukan kejadian. Tidak keduanya.").about("type")
    if sheet.still_going and sheet.report is None:
        raise RuleBroken("Yang bukan kejadian tidak bisa masih berlangsung.").about("non_call")
    call = _call(tx.new_id(), sheet, by, now)
    incident = _incident(tx.new_id(), city, sheet, sheet.report, call.id, by) if sheet.report else None
    entry = PaperEntry(
        id=tx.new_id(), call=call.id, incident=incident.id if incident else None, form=sheet.form,
        still_going=sheet.still_going, by=by, at=now,
    )  # fmt: skip
    tx.put(entry, replace(call, incident=entry.incident))
    if incident is not None and sheet.report is not None:
        tx.put(incident)
        _put_story(tx, city, sheet, sheet.report, incident, call, by, now)
        await begin_protection(tx, city=city, incident=incident, numbers=(sheet.number,), now=now)
    tx.record(
        PaperTyped(
            entry=entry.id, call=call.id, incident=entry.incident, arrived_at=call.arrived_at,
            answered_at=sheet.times.answered_at, ended_at=call.ended_at, still_going=sheet.still_going,
            protected=incident is not None and incident.protected, by=by, at=now,
        )
    )  # fmt: skip
    if incident is not None and sheet.still_going:
        _ask_the_others(tx, city, sheet, incident, now)
    return entry.id


async def undo_paper(tx: Transaction, *, entry: str, by: Viewer, now: datetime) -> None:
    """Take a typed sheet back with all that hangs on it. Whoever typed it may, and a supervisor."""
    known = await tx.get(PaperEntry, entry)
    if known.by != by.person and not by.may(May.SUPERVISE):
        raise NotAllowed("Hanya pengetiknya atau pengawas yang dapat membatalkan lembar kertas ini.")
    tx.keep(known.undone(by=by.person, at=now))
    if known.incident is not None:
        incident = await tx.get(Incident, known.incident)
        others = [one for one in await tx.find(Call, incident=incident.id) if one.id != known.call]
        if incident.is_open or others:
            raise RuleBroken("Kejadian ini sudah dipakai orang lain. Tutup kejadiannya saja.")
        for kind in (Note, Assignment, Reporter, CircleMember, LegalClock, CallSafety):
            tx.delete(*await tx.find(kind, incident=AnyOf(incident.id)))
        tx.delete(incident)
    tx.delete(await tx.get(Call, known.call))


def _call(id: str, sheet: PaperSheet, by: str, now: datetime) -> Call:
    """The call as it was. Its taker is who typed it: paper has no accounts."""
    times = sheet.times
    return Call(
        id=id, channel=Channel.VOICE, state=CallState.ENDED, urgency=URGENCY_AT_ARRIVAL[Channel.VOICE],
        arrived_at=times.arrived_at, answered_at=times.answered_at, ended_at=times.ended_at or times.answered_at,
        end_reason=EndReason.TAKER_HUNG_UP, taker=by, number=sheet.number,
        disposition=sheet.non_call or Disposition.REAL, typed_at=now, typed_by=by,
    )  # fmt: skip


def _incident(id: str, city: City, sheet: PaperSheet, report: Report, call: str, by: str) -> Incident:
    check_place(report.place)
    kind = city.type(report.type)
    hazards = [city.hazard_by_code[code] for code in report.hazards if code in city.hazard_by_code]
    over = not sheet.still_going
    return Incident(
        id=id, year=_opened_at(sheet).astimezone(city.zone).year, type=kind.code, kind=kind.kind,
        priority=priority_for(kind, hazards, chosen=report.priority).priority, protected=kind.protected,
        protected_class=city.protection.class_for(None, kind),
        place=report.place, landmark=report.landmark, rt_rw=report.rt_rw,
        hazards=tuple(hazard.code for hazard in hazards), source=Source.PAPER, call=call,
        opened_at=_opened_at(sheet), opened_by=by, outcome=sheet.outcome if over else None,
        closed_at=_closed_at(sheet) if over else None, closed_by=by if over else None,
    )  # fmt: skip


def _opened_at(sheet: PaperSheet) -> datetime:
    """An incident begins when help was asked; without an agency, when the call was answered."""
    return min((one.told_at for one in sheet.agencies), default=sheet.times.answered_at)


def _closed_at(sheet: PaperSheet) -> datetime:
    """As written, or the last thing that is written."""
    if sheet.times.closed_at is not None:
        return sheet.times.closed_at
    known = [sheet.times.answered_at, sheet.times.ended_at]
    for one in sheet.agencies:
        known += [one.told_at, one.on_scene_at, one.done_at]
    return max(moment for moment in known if moment is not None)


def _put_story(
    tx: Transaction, city: City, sheet: PaperSheet, report: Report, incident: Incident, call: Call, by: str,
    now: datetime,
) -> None:  # fmt: skip
    lines = "\n".join(text.strip() for text in report.notes if text.strip())
    mark = f"Dari kertas{f' {sheet.form}' if sheet.form else ''}."
    for text in filter(None, (mark, lines[:NOTE_CHARACTERS_MAX])):
        at = now if text is mark else incident.opened_at
        tx.put(Note(id=tx.new_id(), incident=incident.id, at=at, by=by, text=text))
    if report.reporter_name or sheet.number:
        tx.put(Reporter(id=tx.new_id(), incident=incident.id, call=call.id, name=report.reporter_name,
                        number=sheet.number, at=call.arrived_at))  # fmt: skip
    seconds = {route.agency: route.within_seconds for route in _routes(city, incident, now)}
    usual = city.clock_by_code[city.default_clock].seconds[incident.priority]
    for told in sheet.agencies:
        tx.put(_assignment(incident, told, seconds.get(told.agency, usual)))


def _assignment(incident: Incident, told: PaperAgency, within_seconds: int) -> Assignment:
    """An agency that was rung has heard us: the moment it was told is the moment it said yes."""
    over = told.done_at or (incident.closed_at if not incident.is_open else None)
    state = (
        AssignmentState.DONE if over else AssignmentState.ON_SCENE if told.on_scene_at
        else AssignmentState.ACKNOWLEDGED
    )  # fmt: skip
    return Assignment(
        id=f"{incident.id}:{told.agency}:1", incident=incident.id, agency=told.agency, state=state,
        priority=incident.priority, sent_at=told.told_at, due_at=told.told_at, within_seconds=within_seconds,
        acknowledged_at=told.told_at, acknowledged_by=BY_PAPER, on_scene_at=told.on_scene_at, done_at=over,
    )  # fmt: skip


def _routes(city: City, incident: Incident, now: datetime) -> Sequence[Any]:
    kind = city.type(incident.type)
    return agencies_for(city, kind, incident.place, incident.priority, now, hazards=incident.hazards)


def _ask_the_others(
    tx: Transaction, city: City, sheet: PaperSheet, incident: Incident, now: datetime
) -> None:
    """It still goes on: whom the city's table names and nobody has rung is asked now, with deadlines from now."""
    told = {one.agency for one in sheet.agencies}
    asks = tuple(route.ask for route in _routes(city, incident, now) if route.agency not in told)
    if asks:
        # No call: the time until it was classified is the paper's, not the typist's.
        tx.record(replace(opened(incident, asks), call=None, at=now))
