"""The call taker's desk: a call becomes an incident, is known better, is joined by other callers, is closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.assignment import OPEN_STATES, Assignment
from siaga.domain.call import Call, CallState, Channel
from siaga.domain.city import City
from siaga.domain.desk import Sheet
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.field_change import FieldChange, differences
from siaga.domain.incident import Incident, Outcome, Reporter, Source, noted, opened
from siaga.domain.incident_type import IncidentType
from siaga.domain.last_act import Step
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.protection import may_see
from siaga.domain.roles import Role, Viewer
from siaga.domain.routing import agencies_for
from siaga.domain.shift import Seat, SeatState
from siaga.domain.triage import priority_for
from siaga.domain.unit import BUSY, Unit, UnitStatus
from siaga.features.incidents.interview import Spoken, write_down
from siaga.features.incidents.protected.actions import became_protected, begin_protection
from siaga.records.archive import AnyOf, Transaction
from siaga.records.undoing import remember

DRAFT_CHARACTERS_MAX = 20_000  # several pages of typing; more is not a call sheet


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the taker has written: only ``type`` and ``place`` are needed."""

    type: str
    place: Place
    priority: int | None = None
    hazards: tuple[str, ...] = ()
    landmark: str | None = None
    rt_rw: str | None = None
    reporter_name: str | None = None
    reporter_number: str | None = None
    notes: tuple[str, ...] = ()
    answers: tuple[Spoken, ...] = ()


class NewerElsewhere(RuleBroken):
    """The sheet was saved from another tab or desk since; ``sheet`` is what lies there now."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__("Lembar ini sudah diubah dari tempat lain. Yang terbaru ditampilkan.")
        self.sheet = sheet


async def new_sheet(tx: Transaction, *, taker: str, now: datetime) -> str:
    """A sheet without a call: somebody came to the door, or the telephone is down."""
    sheet = Sheet(id=tx.new_id(), taker=taker, call=None, incident=None, draft="{}", saved_at=now)
    tx.put(sheet)
    return sheet.id


async def save_sheet(
    tx: Transaction, *, sheet: str, taker: str, draft: str, revision: int, now: datetime
) -> int:
    """Keep what is typed so far; returns the new revision. Typing over a newer save is refused, nothing is lost."""
    if len(draft) > DRAFT_CHARACTERS_MAX:
        raise RuleBroken("Isian terlalu panjang: paling banyak {max} huruf.", max=DRAFT_CHARACTERS_MAX)
    known = await tx.get(Sheet, sheet)
    if known.taker != taker:
        raise RuleBroken("Lembar ini sedang diisi petugas lain.")
    if revision < known.revision:
        raise NewerElsewhere(known)
    tx.put(replace(known, draft=draft, saved_at=now, revision=known.revision + 1))
    return known.revision + 1


async def finish_sheet(tx: Transaction, *, sheet: str, taker: str, now: datetime) -> None:
    """The sheet is done with; its taker is ready for the next caller if her call is over and dealt with."""
    known = await tx.get(Sheet, sheet)
    if known.taker != taker:
        raise RuleBroken("Lembar ini sedang diisi petugas lain.")
    call = await tx.seek(Call, known.call) if known.call else None
    seat = await tx.seek(Seat, taker)
    if call is not None and call.state is CallState.TALKING and call.taker == taker:
        raise RuleBroken("Tutup dulu teleponnya.")
    busy_with = (
        seat.call if seat is not None and seat.state in (SeatState.TALKING, SeatState.WRAPUP) else None
    )
    if call is not None and call.wants_word and busy_with == call.id:
        raise RuleBroken("Selesaikan dulu panggilan terakhir: kirim kejadian, atau F9 bila bukan kejadian.")
    tx.put(replace(known, done_at=now))
    if seat is not None and seat.state is SeatState.WRAPUP and seat.call in (None, known.call):
        tx.keep(seat.moved("come", at=now))


async def open_incident(
    tx: Transaction,
    *,
    city: City,
    report: Report,
    by: str | None,
    now: datetime,
    call: str | None = None,
    sheet: str | None = None,
    demo: bool = False,
) -> str:
    """What and where are known: the incident exists, and the city's table says who must know."""
    kind = city.type(report.type)
    check_place(report.place)
    hazards = city.hazards_of(kind.code, report.hazards)
    triage = priority_for(kind, hazards, chosen=report.priority)
    source = await _source(tx, call, by)
    incident = Incident(
        id=tx.new_id(),
        year=now.astimezone(city.zone).year,
        type=kind.code,
        kind=kind.kind,
        priority=triage.priority,
        protected=kind.protected,
        protected_class=city.protection.class_for(None, kind),
        place=report.place,
        landmark=report.landmark or None,
        rt_rw=report.rt_rw or None,
        hazards=tuple(hazard.code for hazard in hazards),
        source=Source.OFFICE
        if source is None
        else Source.PANIC
        if source.channel is Channel.PANIC
        else Source.CALL,
        call=call,
        opened_at=now,
        opened_by=by,
        plan=_plan(city, kind),
        demo=demo or (source is not None and source.demo),
    )
    routes = agencies_for(city, kind, report.place, triage.priority, now, hazards=incident.hazards)
    tx.put(incident)
    tx.record(opened(incident, tuple(route.ask for route in routes)))
    _write_notes(tx, incident.id, report.notes, by or "", now)
    if report.answers:
        await write_down(tx, incident.id, report.answers, by=by or "", now=now)
    await _link_caller(tx, incident.id, source, report, by, now)
    numbers = (report.reporter_number, source.number if source else None)
    await begin_protection(tx, city=city, incident=incident, numbers=numbers, now=now)
    if sheet is not None:
        await link_sheet(tx, sheet, incident.id)
    return incident.id


async def amend_incident(
    tx: Transaction,
    *,
    city: City,
    incident: str,
    by: str | None,
    now: datetime,
    viewer: Viewer | None = None,
    type: str | None = None,
    place: Place | None = None,
    priority: int | None = None,
    hazards: tuple[str, ...] | None = None,
    landmark: str | None = None,
    rt_rw: str | None = None,
) -> bool:
    """Something is known better. Agencies the new facts call for are asked as well; none is silently dropped."""
    before = await tx.get(Incident, incident)
    if viewer is not None and not may_see(viewer, before):
        raise NotFound("Tidak ditemukan.")
    if place is not None:
        check_place(place)
    kind = city.type(type or before.type)
    known = tuple(
        code for code in (hazards if hazards is not None else before.hazards) if code in city.hazard_by_code
    )
    urgency = _urgency(city, before, kind, known, priority)
    routes = agencies_for(city, kind, place or before.place, urgency, now, hazards=known)
    asked = {one.agency for one in await tx.find(Assignment, incident=incident)}
    asks = tuple(route.ask for route in routes if route.agency not in asked)
    protected = before.protected or (kind.protected and kind.code != before.type)
    amended, event = before.amended(
        by=by,
        at=now,
        asks=asks,
        type=kind.code,
        kind=kind.kind,
        priority=urgency,
        protected=protected,
        protected_class=city.protection.class_for(before.protected_class, kind) if protected else None,
        place=place,
        landmark=landmark,
        rt_rw=rt_rw,
        hazards=known,
    )
    if event is None:
        return False
    if kind.code != before.type:
        amended = replace(amended, plan=_plan(city, kind))
    tx.put(amended)
    tx.record(event)
    for field, old, new in differences(before, amended):
        tx.put(FieldChange(
            id=tx.new_id(), incident=incident, field=field, before=old, after=new, by=by, at=now
        ))  # fmt: skip
    if viewer is not None and priority is not None and amended.priority != before.priority:
        step = Step(
            kind="priority", subject=incident, before=str(before.priority), after=str(amended.priority)
        )
        await remember(tx, by=viewer, steps=(step,), now=now)
    if protected and not before.protected:
        await became_protected(tx, city=city, incident=amended, by=by, now=now)
    return True


async def add_note(tx: Transaction, *, incident: str, text: str, by: str, now: datetime) -> str:
    """One more line in the story, also after closing: the story may be told to its end."""
    await tx.get(Incident, incident)
    note = tx.keep(noted(id=tx.new_id(), incident=incident, text=text, by=by, at=now))
    id: str = note.id
    return id


async def join_call(
    tx: Transaction,
    *,
    incident: str,
    call: str,
    by: str,
    now: datetime,
    sheet: str | None = None,
    name: str | None = None,
) -> str:
    """Another caller reports the same incident: he becomes one more reporter, whose id is returned."""
    same = await tx.get(Incident, incident)
    joining = await _answered(tx, call, by)
    tx.record(same.joined_by(call, by=by, at=now))
    await _became(tx, joining, incident, by, now)
    await begin_protection(tx, incident=same, numbers=(joining.number,), now=now)
    reporter = Reporter(
        id=tx.new_id(), incident=incident, call=call, name=name, number=joining.number, at=now
    )
    tx.put(reporter)
    if sheet is not None:
        await link_sheet(tx, sheet, incident)
    return reporter.id


async def close_incident(
    tx: Transaction,
    *,
    incident: str,
    outcome: Outcome | str,
    by: str,
    now: datetime,
    duplicate_of: str | None = None,
    children: str = "",
) -> None:
    """It is over. Agencies and units still on it are released.

    ``children``: what becomes of the open incidents under a major one, "stay" or "close" (with the same outcome). A
    major incident never takes them along unasked.
    """
    below = await tx.find(Incident, parent=incident, outcome=None)
    if below and children not in ("stay", "close"):
        raise RuleBroken(
            "Masih ada {n} kejadian terbuka di bawahnya: pilih di halamannya, biarkan terbuka atau tutup juga.",
            n=len(below),
        )
    for child in below if children == "close" else ():
        if not child.protected:
            await close_incident(
                tx, incident=child.id, outcome=outcome, by=by, now=now, duplicate_of=duplicate_of
            )
    if duplicate_of is not None:
        await tx.get(Incident, duplicate_of)
    closed, event = (await tx.get(Incident, incident)).closed(
        Outcome(outcome), by=by, at=now, duplicate_of=duplicate_of
    )
    tx.put(closed)
    tx.record(event)
    for assignment in await tx.find(Assignment, incident=incident, state=AnyOf(*OPEN_STATES)):
        tx.keep(assignment.withdrawn(at=now))
    for unit in await tx.find(Unit, incident=incident, status=AnyOf(*BUSY)):
        tx.keep(unit.changed(UnitStatus.RETURNING, incident=None, by=by, at=now))


async def reopen_incident(tx: Transaction, *, incident: str, by: Viewer, now: datetime, reason: str) -> None:
    """It was not over; ``reason`` becomes a line of the story."""
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise RuleBroken("Tulis mengapa kejadian ini dibuka kembali.")
    supervisor = any(role in by.roles for role in (Role.SUPERVISOR, Role.HEAD))
    tx.keep((await tx.get(Incident, incident)).reopened(by=by.person, at=now, is_supervisor=supervisor))
    text = f"Dibuka kembali: {reason}"
    tx.keep(noted(id=tx.new_id(), incident=incident, text=text, by=by.person, at=now))


def _plan(city: City, kind: IncidentType) -> str | None:
    """The edition of the plan that is in force for this type now."""
    plan = city.plans.for_type(kind.code)
    return plan.edition if plan is not None else None


def _urgency(
    city: City, before: Incident, kind: IncidentType, hazards: tuple[str, ...], chosen: int | None
) -> int:
    """The priority after an amendment. What a person has chosen stays until a new fact makes it more urgent:
    another type, or a hazard that was not known before; a corrected house number is no such fact."""
    news = hazards if kind.code != before.type else tuple(set(hazards) - set(before.hazards))
    found = city.hazards_of(kind.code, news)
    if chosen is None and kind.code == before.type:
        return min([before.priority, *(one.raises_to for one in found if one.raises_to is not None)])
    return priority_for(kind, found, current=before.priority, chosen=chosen).priority


def check_place(place: Place) -> None:
    """Refuse a place nobody could drive to."""
    if not place.text.strip() and not place.has_point and place.kelurahan is None:
        raise RuleBroken("Isi di mana kejadiannya: jalan, patokan, kelurahan, atau koordinat.")
    if place.method is PlaceMethod.OUTSIDE and not place.text.strip():
        raise RuleBroken("Lokasi di luar wilayah: tulis nama kota atau tempatnya.")


async def _source(tx: Transaction, call: str | None, by: str | None) -> Call | None:
    return None if call is None else await _answered(tx, call, by)


async def _answered(tx: Transaction, call: str, by: str | None) -> Call:
    """The call, if ``by`` may say what it was: her own while it lasts, anybody's when it is over."""
    source = await tx.get(Call, call)
    if source.incident is not None:
        raise RuleBroken("Panggilan ini sudah menjadi kejadian.")
    if source.state in (CallState.WAITING, CallState.RINGING):
        raise RuleBroken("Jawab dulu panggilan ini.")
    if source.state is CallState.TALKING and source.taker != by:
        raise RuleBroken("Panggilan ini ditangani petugas lain.")
    return source


async def _link_caller(
    tx: Transaction, incident: str, source: Call | None, report: Report, by: str | None, now: datetime
) -> None:
    """The caller is the first reporter."""
    number = report.reporter_number or (source.number if source else None)
    if report.reporter_name or number:
        call = source.id if source else None
        tx.put(
            Reporter(
                id=tx.new_id(), incident=incident, call=call, name=report.reporter_name, number=number, at=now
            )
        )
    if source is not None:
        await _became(tx, source, incident, by, now)


async def _became(tx: Transaction, source: Call, incident: str, by: str | None, now: datetime) -> None:
    """The call is (part of) an incident. A press or a text has nobody to talk to: sending it ends it."""
    real = source.became(incident)
    if real.state is CallState.TALKING and real.channel is not Channel.VOICE:
        real = tx.keep(real.ended(by=by or "", at=now))
        seat = await tx.seek(Seat, by or "")
        if seat is not None and seat.call == real.id and seat.state is SeatState.TALKING:
            tx.keep(seat.moved("finish", at=now))
    tx.put(real)


def _write_notes(tx: Transaction, incident: str, notes: tuple[str, ...], by: str, now: datetime) -> None:
    for text in notes:
        if text.strip():
            tx.keep(noted(id=tx.new_id(), incident=incident, text=text, by=by, at=now))


async def link_sheet(tx: Transaction, sheet: str, incident: str) -> None:
    """The sheet stays open: the taker goes on asking while help is moving."""
    known = await tx.seek(Sheet, sheet)
    if known is not None:
        tx.put(replace(known, incident=incident))
