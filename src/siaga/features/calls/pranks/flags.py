"""What we learn about our own flags: which answered calls carried one, who saw it, and what became of each call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call import Call, Channel, Disposition
from siaga.domain.caller_history import FORGOTTEN_DAYS, PastCall, Reach, facts_of, reach_of
from siaga.domain.desk import Sheet
from siaga.domain.event import (
    CallAnswered,
    CallArrived,
    CallerJoined,
    IncidentOpened,
    PersonalDataRead,
    RestrictedCallerWaits,
)
from siaga.domain.genuine_watch import (
    OUTCOME_METRES,
    OUTCOME_MINUTES,
    FlaggedCall,
    FlagOutcome,
    FlagWhy,
    is_blind,
)
from siaga.domain.incident import Incident, Outcome
from siaga.domain.place import metres_between
from siaga.domain.prank_review import Judgement, PrankReview
from siaga.domain.restriction import Restriction
from siaga.domain.room_rules import RoomRules
from siaga.features.calls.pranks.restrictions import lift_for_genuine
from siaga.records.archive import AnyOf, Entry, Since, Transaction, UpTo

CHECKED_AT_ONCE_MAX = 50  # a second's work; the rest is checked a second later
SAW_HISTORY = "menjawab panggilan"
FOUND_BY_AGENCY = (AssignmentState.ON_SCENE, AssignmentState.DONE)


@dataclass(frozen=True)
class Flagging:
    """The follower "flags": one answered call after the other."""

    room: RoomRules
    secret: bytes

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        """Write down which answered calls carry a flag, and lift what a genuine report has made untrue."""
        for entry in entries:
            match entry.event:
                case CallArrived(call=call, channel=Channel.VOICE):
                    await _waits(tx, call, entry.event.at)
                case CallAnswered(call=call, taker=taker):
                    await self._answered(tx, call, taker, entry.event.at)
                case IncidentOpened(call=str() as call) | CallerJoined(call=str() as call):
                    known = await tx.seek(Call, call)
                    if known is not None and known.number is not None:
                        await lift_for_genuine(tx, number=known.number, now=now)

    async def _answered(self, tx: Transaction, call: str, taker: str, at: datetime) -> None:
        answered = await tx.seek(Call, call)
        if answered is None or await tx.seek(FlaggedCall, call) is not None:
            return
        if answered.number is None or reach_of(answered.number, self.room.callers) is not Reach.NUMBER:
            return
        past = await past_calls(tx, answered, at)
        facts = facts_of(past, now=at, midnight=at)
        standing = await tx.find(Restriction, number=answered.number, revoked_at=None)
        is_restricted = any(one.in_force(at) for one in standing)
        blind = is_blind(call, self.secret, self.room.pranks.blind_percent)
        if is_restricted or facts.flagged:
            why = FlagWhy.RESTRICTED if is_restricted else FlagWhy.PRANKS
            flagged = FlaggedCall(id=call, at=at, why=why, pranks=facts.pranks, blind=blind)
            tx.put(flagged)
            tx.record(flagged.fact())
        if facts.is_known and not (blind and facts.flagged):
            tx.record(
                PersonalDataRead(by=taker, subject=call, what="caller_history", reason=SAW_HISTORY, at=at)
            )


async def _waits(tx: Transaction, call: str, at: datetime) -> None:
    """A restricted caller has arrived: only a caller who was heard may be set back, so somebody must listen."""
    arrived = await tx.seek(Call, call)
    if arrived is None or arrived.number is None or arrived.is_over:
        return
    standing = await tx.find(Restriction, number=arrived.number, revoked_at=None)
    if any(one.in_force(at) for one in standing):
        tx.record(RestrictedCallerWaits(call=call, at=at))


async def past_calls(tx: Transaction, call: Call, now: datetime) -> list[PastCall]:
    """What decides a flag: the confirmed pranks and the genuine calls of this number before this call."""
    since = Since(now - timedelta(days=FORGOTTEN_DAYS))
    pranks = await tx.find(PrankReview, number=call.number, state=Judgement.CONFIRMED, called_at=since)
    real = await tx.find(Call, number=call.number, disposition=Disposition.REAL, arrived_at=since)
    return [
        PastCall(arrived_at=one.called_at, disposition=Disposition.PRANK, confirmed=True)
        for one in pranks
        if one.called_at < call.arrived_at
    ] + [
        PastCall(arrived_at=one.arrived_at, disposition=Disposition.REAL)
        for one in real
        if one.arrived_at < call.arrived_at
    ]


# --- what became of it ------------------------------------------------------------------------------------------


async def check_outcomes(tx: Transaction, *, now: datetime) -> int:
    """Half an hour after a flagged call: did anything happen where he was? Returns how many were checked."""
    ripe = now - timedelta(minutes=OUTCOME_MINUTES)
    due = await tx.find(FlaggedCall, outcome=None, at=UpTo(ripe), order=("at",), limit=CHECKED_AT_ONCE_MAX)
    for flagged in due:
        outcome, incident = await _outcome_of(tx, flagged)
        tx.keep(flagged.checked(outcome, incident=incident, at=now))
    return len(due)


async def _outcome_of(tx: Transaction, flagged: FlaggedCall) -> tuple[FlagOutcome, str | None]:
    call = await tx.get(Call, flagged.id)
    if call.incident is not None:
        return FlagOutcome.GENUINE, call.incident
    lat, lon, kelurahan = await _where(tx, call)
    if lat is None and kelurahan is None:
        return FlagOutcome.NO_PLACE, None
    until = call.arrived_at + timedelta(minutes=OUTCOME_MINUTES)
    opened = await tx.find(Incident, opened_at=Since(call.arrived_at), order=("opened_at",))
    for incident in opened:
        if incident.opened_at <= until and _is_there(incident, lat, lon, kelurahan):
            return await _confirmed_by_agency(tx, incident), incident.id
    return FlagOutcome.NOTHING, None


def _is_there(incident: Incident, lat: float | None, lon: float | None, kelurahan: str | None) -> bool:
    place = incident.place
    if lat is not None and lon is not None and place.lat is not None and place.lon is not None:
        return metres_between(lat, lon, place.lat, place.lon) <= OUTCOME_METRES
    return kelurahan is not None and place.kelurahan == kelurahan


async def _confirmed_by_agency(tx: Transaction, incident: Incident) -> FlagOutcome:
    """An agency was there and nobody called it false: something had happened."""
    if incident.outcome in (Outcome.FALSE_ALARM, Outcome.NOT_FOUND, Outcome.CANCELLED):
        return FlagOutcome.NOTHING
    found = await tx.find(Assignment, incident=incident.id, state=AnyOf(*FOUND_BY_AGENCY))
    return FlagOutcome.LIKELY if found else FlagOutcome.POSSIBLE


async def _where(tx: Transaction, call: Call) -> tuple[float | None, float | None, str | None]:
    """Where the caller was: his telephone's own position, or what the taker had typed."""
    if call.lat is not None and call.lon is not None:
        return call.lat, call.lon, None
    sheet = await tx.seek(Sheet, call.id)
    draft: dict[str, Any] = msgspec.json.decode(sheet.draft or "{}") if sheet is not None else {}
    place = draft.get("place")
    if not isinstance(place, dict):
        return None, None, None
    lat, lon, code = place.get("lat"), place.get("lon"), place.get("code")
    point = (lat, lon) if isinstance(lat, float) and isinstance(lon, float) else (None, None)
    return (*point, code if isinstance(code, str) else None)
