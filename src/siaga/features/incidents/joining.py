"""Another caller about an incident we have: he joins with every word he said, and can be taken out again whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from siaga.domain.call import Call
from siaga.domain.city import City
from siaga.domain.desk import Sheet
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.incident import Incident, Note, Reporter, noted
from siaga.domain.last_act import Step
from siaga.domain.place import Place
from siaga.domain.protection import may_see
from siaga.domain.roles import May, Viewer
from siaga.domain.statement import Statement
from siaga.features.incidents import actions
from siaga.features.incidents.actions import Report
from siaga.records.archive import Transaction
from siaga.records.undoing import Kind, Said, Undoing, remember

REASON_CHARACTERS_MIN = 3
JOINED = "joined"  # the kind of a last act, taken back with Ctrl+Z
UNDO_LABELS = {JOINED: "Pelapor digabung ke #{number}"}
NOWHERE = Place()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a further caller said, as typed. Nothing of it is needed to join him."""

    type: str | None = None
    what: str = ""
    place: Place = NOWHERE
    landmark: str = ""
    rt_rw: str = ""
    hazards: tuple[str, ...] = ()
    name: str = ""
    lines: tuple[str, ...] = ()


async def join_caller(
    tx: Transaction,
    *,
    city: City,
    incident: str,
    call: str | None,
    sheet: str,
    told: Told,
    by: Viewer,
    now: datetime,
) -> str:
    """He means this incident: one more reporter, his words in its story; no second incident. Returns the statement.

    A danger only he saw is added to the incident, because whoever is driving there must know.
    """
    same = await tx.get(Incident, incident)
    if not may_see(by, same):
        raise NotFound("Tidak ditemukan.")
    same.joined_by(call or "", by=by.person, at=now)  # refuses a closed one
    reporter = await _reporter(tx, incident, call, told.name or None, by.person, now)
    lines = (_headline(city, told), *told.lines)
    notes = [
        tx.keep(noted(id=tx.new_id(), incident=incident, text=line, by=by.person, at=now))
        for line in lines
        if line.strip()
    ]
    statement = _kept(tx.new_id(), incident, call, sheet, told, by.person, now)
    statement = replace(statement, reporter=reporter, notes=tuple(note.id for note in notes))
    tx.put(statement)
    await actions.link_sheet(tx, sheet, incident)
    unknown = set(told.hazards) - set(same.hazards)
    if unknown & set(city.hazard_by_code):
        hazards = (*same.hazards, *sorted(unknown))
        await actions.amend_incident(tx, city=city, incident=incident, by=by.person, now=now, hazards=hazards)
    step = Step(kind=JOINED, subject=statement.id, before="", after=str(same.number or ""))
    await remember(tx, by=by, steps=(step,), now=now)
    return statement.id


async def undo_join(tx: Transaction, *, sheet: str, by: Viewer, now: datetime) -> str:
    """Within seconds: he does not mean it after all, and her sheet is a sheet again. Returns the statement."""
    found = [one for one in await tx.find(Statement, sheet=sheet, order=("at",)) if one.parted_at is None]
    if not found:
        raise RuleBroken("Lembar ini tidak bergabung dengan kejadian lain.")
    await _taken_back(tx, found[-1], by.person, now)
    return found[-1].id


async def part_caller(
    tx: Transaction, *, city: City, incident: str, statement: str, reason: str, by: Viewer, now: datetime
) -> str:
    """Later: he meant something else. What he said becomes an incident of its own; returns its id."""
    by.must(May.OPEN_INCIDENTS)
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARACTERS_MIN:
        raise RuleBroken("Tulis mengapa pelapor ini bukan tentang kejadian ini.")
    same, kept = await tx.get(Incident, incident), await tx.get(Statement, statement)
    if kept.incident != incident or not may_see(by, same):
        raise NotFound("Tidak ditemukan.")
    reporter = await tx.seek(Reporter, kept.reporter) if kept.reporter else None
    await _struck(tx, kept, by.person, now)
    own = await actions.open_incident(
        tx, city=city, report=await _own_report(tx, city, kept, same, reporter), by=by.person, now=now, call=kept.call,
        demo=same.demo,
    )  # fmt: skip
    tx.keep(kept.parted(by=by.person, at=now, reason=reason, into=own))
    sheet = await tx.seek(Sheet, kept.sheet) if kept.sheet else None
    if sheet is not None and sheet.incident == incident:
        tx.put(replace(sheet, incident=own))
    return own


async def _reporter(
    tx: Transaction, incident: str, call: str | None, name: str | None, by: str, now: datetime
) -> str | None:
    """His row among the reporters; None for somebody who came to the door and gave no name."""
    if call is not None:
        return await actions.join_call(tx, incident=incident, call=call, by=by, now=now, name=name)
    if name is None:
        return None
    reporter = Reporter(id=tx.new_id(), incident=incident, call=None, name=name, number=None, at=now)
    tx.put(reporter)
    return reporter.id


async def _taken_back(tx: Transaction, kept: Statement, by: str, now: datetime) -> None:
    """As if he had not been joined; the story keeps that he was."""
    await _struck(tx, kept, by, now)
    tx.keep(kept.parted(by=by, at=now))
    sheet = await tx.seek(Sheet, kept.sheet) if kept.sheet else None
    if sheet is not None and sheet.incident == kept.incident:
        tx.put(replace(sheet, incident=None, done_at=None))


async def _struck(tx: Transaction, kept: Statement, by: str, now: datetime) -> None:
    """His lines are struck, he is no reporter of it any more, and his call is nobody's incident."""
    if kept.parted_at is not None:
        raise RuleBroken("Pelapor ini sudah dipisahkan.")
    for id in kept.notes:
        note = await tx.seek(Note, id)
        if note is not None and note.struck_at is None:
            tx.keep(note.withdrawn(by=by, at=now))
    reporter = await tx.seek(Reporter, kept.reporter) if kept.reporter else None
    if reporter is not None:
        tx.delete(reporter)
    call = await tx.seek(Call, kept.call) if kept.call else None
    if call is not None and call.incident == kept.incident:
        tx.put(call.left_incident())


async def _own_report(
    tx: Transaction, city: City, kept: Statement, same: Incident, reporter: Reporter | None
) -> Report:
    """The incident his statement makes. What nobody asked him is taken over, marked as not asked."""
    place = msgspec.json.decode(kept.place, type=Place)
    lines = list(kept.lines)
    call = await tx.seek(Call, kept.call) if kept.call else None
    if not place.text.strip() and not place.has_point and call is not None and call.lat is not None:
        place = Place(text="lokasi penelepon", lat=call.lat, lon=call.lon, accuracy_m=call.accuracy_m)
    elif not place.text.strip() and not place.has_point:
        place = Place(text=same.place.text, kelurahan=same.place.kelurahan, kecamatan=same.place.kecamatan)
        lines.append(f"Lokasi disalin dari #{same.number}; belum ditanyakan kepada pelapor.")
    known = kept.type is not None and kept.type in city.type_by_code
    return Report(
        type=kept.type if known and kept.type is not None else same.type,
        place=place,
        hazards=kept.hazards,
        landmark=kept.landmark,
        rt_rw=kept.rt_rw,
        reporter_name=reporter.name if reporter is not None else None,
        reporter_number=reporter.number if reporter is not None else None,
        notes=tuple(lines),
    )


def _headline(city: City, told: Told) -> str:
    """What and where he said, in one line of the story; empty when he said neither."""
    kind = city.type_by_code.get(told.type or "")
    where = ", ".join(
        part
        for part in (told.place.text.strip(), told.landmark and f"patokan {told.landmark}",
                     told.rt_rw and f"RT/RW {told.rt_rw}")
        if part
    )  # fmt: skip
    what = told.what.strip() or (kind.name if kind is not None else "")
    said = " – ".join(part for part in (what, where) if part)
    return f"Pelapor lain: {said}" if said else ""


def _kept(
    id: str, incident: str, call: str | None, sheet: str, told: Told, by: str, now: datetime
) -> Statement:
    lines = (told.what.strip(), *told.lines) if told.what.strip() else told.lines
    return Statement(
        id=id, incident=incident, call=call, sheet=sheet, reporter=None, type=told.type,
        place=msgspec.json.encode(told.place).decode(), lat=told.place.lat, lon=told.place.lon,
        accuracy_m=told.place.accuracy_m, landmark=told.landmark or None, rt_rw=told.rt_rw or None,
        hazards=told.hazards, lines=lines, by=by, at=now,
    )  # fmt: skip


async def _back(tx: Transaction, step: Step, undoing: Undoing) -> None:
    await _taken_back(tx, await tx.get(Statement, step.subject), undoing.by.person, undoing.now)


def _said(step: Step) -> Said:
    return UNDO_LABELS[JOINED], {"number": step.after}


UNDOES = {JOINED: Kind(back=_back, said=_said)}
