"""Peredaman: decided, looked at again and taken back by people; its only effect is the order of a full queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from siaga.domain.call import Call, Channel, Disposition
from siaga.domain.call_safety import CallSafety, digits_of
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.prank_review import Judgement, PrankReview
from siaga.domain.restriction import BY_ITSELF, PROPOSAL_DAYS, Restriction, restricted, seconds_back
from siaga.domain.roles import May, Viewer
from siaga.domain.room_rules import PrankRules
from siaga.domain.shift import Seat, SeatState
from siaga.records.archive import AnyOf, Since, Transaction

HAS_REPORTED = "Penelepon ini melaporkan kejadian nyata."


async def delays(tx: Transaction, waiting: Sequence[Call], now: datetime) -> dict[str, int]:
    """By how many seconds each waiting call is set back in the order; empty unless somebody must wait anyway.

    All seats are busy when fewer are ready than callers wait: then, and only then, the order decides who waits.
    """
    numbers = {call.number for call in waiting if call.channel is Channel.VOICE and call.number is not None}
    if not numbers:
        return {}
    standing = {
        one.number: one
        for one in await tx.find(Restriction, number=AnyOf(*sorted(numbers)), revoked_at=None)
        if one.in_force(now)
    }
    for one in await tx.find(CallSafety, number=AnyOf(*sorted(digits_of(number) for number in standing))):
        standing = {number: kept for number, kept in standing.items() if digits_of(number) != one.number}
    if not standing or len(await tx.find(Seat, state=SeatState.READY)) >= len(waiting):
        return {}
    open_incidents = await tx.find(Incident, outcome=None)
    back = {
        call.id: seconds_back(call, standing[call.number], open_incidents, now)
        for call in waiting
        if call.number in standing
    }
    return {call: seconds for call, seconds in back.items() if seconds > 0}


async def restrict_caller(
    tx: Transaction, *, call: str, days: int, reason: str, by: Viewer, rules: PrankRules, now: datetime
) -> str:
    """A supervisor restricts the number of this call."""
    by.must(May.SUPERVISE)
    number = (await tx.get(Call, call)).number
    if number is None:
        raise RuleBroken("Panggilan ini tanpa nomor.")
    for one in await tx.find(Restriction, number=number, revoked_at=None):
        if one.in_force(now):
            raise RuleBroken("Nomor ini sudah diredam.")
    pranks = await tx.find(
        PrankReview,
        number=number,
        state=Judgement.CONFIRMED,
        called_at=Since(max(now - timedelta(days=PROPOSAL_DAYS), await _last_genuine(tx, number, now))),
    )
    made: Restriction = tx.keep(
        restricted(
            id=tx.new_id(),
            number=number,
            reason=reason,
            by=by.person,
            days=days,
            days_max=rules.restriction_days_max,
            seconds=rules.delay_seconds,
            pranks=len(pranks),
            at=now,
        )
    )
    return made.id


async def review_restriction(tx: Transaction, *, restriction: str, by: Viewer, now: datetime) -> None:
    """Looked at again and kept."""
    by.must(May.SUPERVISE)
    tx.keep((await tx.get(Restriction, restriction)).reviewed(by=by.person, at=now))


async def revoke_restriction(
    tx: Transaction, *, restriction: str, why: str, by: Viewer, now: datetime
) -> None:
    """Taken back."""
    by.must(May.SUPERVISE)
    tx.keep((await tx.get(Restriction, restriction)).revoked(by=by.person, why=why, at=now))


async def lift_for_genuine(tx: Transaction, *, number: str, now: datetime) -> None:
    """The caller has reported something real: he is neutral again, without anybody having to think of it."""
    for one in await tx.find(Restriction, number=number, revoked_at=None):
        if one.in_force(now):
            tx.keep(one.revoked(by=BY_ITSELF, why=HAS_REPORTED, at=now))


async def _last_genuine(tx: Transaction, number: str, now: datetime) -> datetime:
    """When this number last reported something real; long ago when it never did."""
    since = now - timedelta(days=PROPOSAL_DAYS)
    real = await tx.find(Call, number=number, disposition=Disposition.REAL, arrived_at=Since(since))
    return max((call.arrived_at for call in real), default=since)
