"""History comes in from a file, marked with its batch, and goes out again whole.

These incidents are over: they are recorded with one fact per portion (`HistoryImported`), never with
`IncidentOpened`, so that no agency is asked, no message is sent and no clock starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.city import City
from siaga.domain.desk import ImportBatch
from siaga.domain.errors import RuleBroken
from siaga.domain.event import HistoryImported, HistoryUndone
from siaga.domain.incident import Incident, Note, Reporter, Source
from siaga.features.insight.register import PastIncident
from siaga.records.archive import AnyOf, Transaction

PORTION_ROWS_MAX = 500
# One portion is one transaction of the city's only journal: 500 rows hold it for some tens of milliseconds, so that
# a call that arrives in the middle of a large import does not wait.


async def import_history(
    tx: Transaction,
    *,
    city: City,
    batch: str,
    file: str,
    portion: Sequence[PastIncident],
    by: str,
    now: datetime,
) -> int:
    """Record one portion of a batch; the batch begins with its first portion. Returns its rows so far."""
    known = await tx.seek(ImportBatch, batch)
    if known is None:
        known = ImportBatch(id=batch, file=file, rows=0, by=by, at=now)
    elif known.undone_at is not None:
        raise RuleBroken("Impor ini sudah dibatalkan.")
    for past in portion:
        _put_past(tx, city, past, batch, by)
    grown = replace(known, rows=known.rows + len(portion))
    tx.put(grown)
    tx.record(HistoryImported(batch=batch, rows=len(portion), by=by, at=now))
    return grown.rows


async def undo_import(tx: Transaction, *, batch: str, by: str, now: datetime) -> int:
    """Take one portion of a batch back, with all that hangs on its incidents; the last portion closes it.

    Returns how many incidents this portion removed: call again until it is fewer than ``PORTION_ROWS_MAX``.
    Refuses when one of them has been opened again since: somebody is working on it.
    """
    known = await tx.seek(ImportBatch, batch)
    if known is None:
        raise RuleBroken("Impor {batch} tidak ada.", batch=batch)
    if known.undone_at is not None:
        raise RuleBroken("Impor ini sudah dibatalkan.")
    reopened = await tx.find(Incident, batch=batch, outcome=None, limit=1)
    if reopened:
        raise RuleBroken(
            "Kejadian {year}/{number} dari impor ini sudah dibuka kembali. Tutup dulu, lalu batalkan impornya.",
            year=reopened[0].year,
            number=reopened[0].number,
        )
    incidents = await tx.find(Incident, batch=batch, order=("opened_at", "id"), limit=PORTION_ROWS_MAX)
    await _delete_with_all(tx, incidents)
    if incidents:
        tx.record(HistoryUndone(batch=batch, rows=len(incidents), by=by, at=now))
    if len(incidents) < PORTION_ROWS_MAX:
        tx.put(replace(known, undone_at=now))
    return len(incidents)


def _put_past(tx: Transaction, city: City, past: PastIncident, batch: str, by: str) -> None:
    incident = Incident(
        id=tx.new_id(),
        year=past.opened_at.astimezone(city.zone).year,
        type=past.type.code,
        kind=past.type.kind,
        priority=past.priority,
        protected=past.type.protected,
        place=past.place,
        landmark=past.landmark,
        rt_rw=past.rt_rw,
        source=Source.HISTORY,
        opened_at=past.opened_at,
        opened_by=None,
        outcome=past.outcome,
        closed_at=past.closed_at,
        closed_by=None,
        batch=batch,
    )
    tx.put(incident)
    if past.note:
        tx.put(Note(id=tx.new_id(), incident=incident.id, at=past.opened_at, by=by, text=past.note))
    for agency in past.agencies:
        tx.put(_past_assignment(tx.new_id(), incident, agency))


def _past_assignment(id: str, incident: Incident, agency: str) -> Assignment:
    """Who had it in hand, as far as the register says. It carries no times of its own: none were measured."""
    over = incident.closed_at or incident.opened_at
    return Assignment(
        id=id,
        incident=incident.id,
        agency=agency,
        state=AssignmentState.DONE,
        priority=incident.priority,
        sent_at=incident.opened_at,
        due_at=incident.opened_at,
        within_seconds=0,
        done_at=over,
    )


async def _delete_with_all(tx: Transaction, incidents: Sequence[Incident]) -> None:
    """Remove incidents with their notes, assignments and reporters; one look per table, not per incident."""
    ids = AnyOf(*(incident.id for incident in incidents))
    for entity in (Note, Assignment, Reporter):
        tx.delete(*await tx.find(entity, incident=ids))
    tx.delete(*incidents)
