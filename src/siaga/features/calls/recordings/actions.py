"""Listening to a conversation, handing a copy out, holding it, and erasing it when its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from siaga.domain.call import Call
from siaga.domain.errors import NotAllowed, NotFound
from siaga.domain.event import RecordingExported, RecordingHeard
from siaga.domain.incident import Incident
from siaga.domain.protection import may_see
from siaga.domain.recording import Recording, checked_reason, kind_of
from siaga.domain.roles import May, Viewer
from siaga.domain.room_rules import RecordingRules
from siaga.records.archive import Transaction, UpTo

LOOKED_AT_ONCE_MAX = 50  # one look's transaction stays short; the next second brings the next fifty


async def open_player(
    tx: Transaction, *, call: str, reason: str, by: Viewer, rules: RecordingRules, now: datetime
) -> None:
    """Somebody is about to listen: allowed or not, and recorded. A protected case needs a reason."""
    known = await tx.get(Call, call)
    incident = await _incident_of(tx, known)
    must_hear(by, known, incident, rules, now)
    protected = incident is not None and incident.protected
    why = checked_reason(reason) if protected or reason.strip() else None
    tx.record(RecordingHeard(call=call, by=by.person, reason=why, protected=protected, at=now))


async def export_recording(
    tx: Transaction, *, call: str, reason: str, by: Viewer, now: datetime
) -> Recording:
    """A copy in clear is handed out (police, court); who gets it and why is recorded first."""
    by.must(May.EXPORT_RECORDINGS)
    kept = await _kept(tx, call)
    incident = await _incident_of(tx, await tx.seek(Call, call))
    _must_be_in_circle(by, incident)
    tx.record(
        RecordingExported(
            call=call,
            by=by.person,
            reason=checked_reason(reason),
            sha256=kept.sha256,
            protected=incident is not None and incident.protected,
            at=now,
        )
    )
    return kept


async def hold_recording(tx: Transaction, *, call: str, reason: str, by: Viewer, now: datetime) -> None:
    """It must not be erased until a person says so."""
    by.must(May.HOLD_RECORDINGS)
    _must_be_in_circle(by, await _incident_of(tx, await tx.seek(Call, call)))
    tx.keep((await _kept(tx, call)).held(by=by.person, reason=reason, at=now))


async def release_recording(tx: Transaction, *, call: str, reason: str, by: Viewer, now: datetime) -> None:
    """Its retention counts again."""
    by.must(May.HOLD_RECORDINGS)
    _must_be_in_circle(by, await _incident_of(tx, await tx.seek(Call, call)))
    tx.keep((await _kept(tx, call)).released(by=by.person, reason=reason, at=now))


def must_hear(
    viewer: Viewer, call: Call, incident: Incident | None, rules: RecordingRules, now: datetime
) -> None:
    """Refuse whoever may not hear this call: only the circle hears a protected case, only some hear any.

    Where the city allows it a taker hears the call she has, or had a moment ago. Raises NotAllowed, NotFound.
    """
    _must_be_in_circle(viewer, incident)
    if viewer.may(May.HEAR_RECORDINGS) or is_her_own(viewer, call, rules, now):
        return
    raise NotAllowed("Akun Anda tidak berwenang mendengarkan rekaman ini.")


def is_her_own(viewer: Viewer, call: Call, rules: RecordingRules, now: datetime) -> bool:
    """Whether a taker may hear this call because she has it, or had it a moment ago."""
    if not (rules.taker_hears_own and viewer.may(May.TAKE_CALLS) and call.taker == viewer.person):
        return False
    return call.ended_at is None or now - call.ended_at <= timedelta(minutes=rules.taker_hears_minutes)


async def look_at_kept(tx: Transaction, *, rules: RecordingRules, now: datetime) -> int:
    """Begin to erase what is over; ask again later about the rest. Returns how many were looked at."""
    due = await tx.find(Recording, look_at=UpTo(now), order=("look_at", "id"), limit=LOOKED_AT_ONCE_MAX)
    for kept in due:
        call = await tx.seek(Call, kept.call)
        incident = await _incident_of(tx, call)
        kind = kind_of(call, protected=incident is not None and incident.protected)
        tx.put(kept.looked_at(kind, rules, at=now))
    return len(due)


async def being_erased(tx: Transaction, *, now: datetime) -> list[Recording]:
    """What is to be erased on the disk, oldest first: also what a process that died had begun."""
    return await tx.find(
        Recording, erasing_at=UpTo(now), erased_at=None, order=("erasing_at", "id"), limit=LOOKED_AT_ONCE_MAX
    )


async def recording_erased(tx: Transaction, *, recording: str, now: datetime) -> None:
    """Sound and key are gone from the disk. Telling it twice changes nothing."""
    gone = await tx.get(Recording, recording)
    if gone.erased_at is None:
        tx.keep(gone.erased(at=now))


async def _kept(tx: Transaction, call: str) -> Recording:
    found = [one for one in await tx.find(Recording, call=call, order=("saved_at",)) if one.is_there]
    if not found:
        raise NotFound("Rekaman ini tidak ada.")
    return found[-1]


async def _incident_of(tx: Transaction, call: Call | None) -> Incident | None:
    return await tx.seek(Incident, call.incident) if call is not None and call.incident else None


def _must_be_in_circle(viewer: Viewer, incident: Incident | None) -> None:
    """What a viewer may not know of does not exist for him."""
    if incident is not None and not may_see(viewer, incident):
        raise NotFound("Rekaman ini tidak ada.")
