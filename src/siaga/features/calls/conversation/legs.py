"""The calls we make ourselves, from dialling to their end, and what their end means for the caller and the taker.

Rule 1: a caller who was handed over is never left with nobody: no answer, or a partner gone at once, brings him
back to the front of the queue.
Rule 2: a leg whose reason has gone (the call is over, the taker does something else) is ended here, within
milliseconds by the follower and within a second by the ticker, whatever ended its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from siaga.domain import overflow
from siaga.domain.call import Call, CallState
from siaga.domain.conversation import ended_by_partner, resumed
from siaga.domain.event import (
    CallDisposed,
    CallEnded,
    CallerHungUp,
    CallHandedOver,
    CallLost,
    CallMonitored,
    CallPassed,
    CallReturned,
    LegAnswered,
    SeatChanged,
)
from siaga.domain.leg import Leg, LegPurpose, LegState
from siaga.domain.shift import Seat, SeatState
from siaga.domain.silent_check import listened_anew
from siaga.features.calls.steps import free_colleague
from siaga.records.archive import AnyOf, Entry, Transaction, UpTo

OPEN = AnyOf(LegState.DIALLING, LegState.UP)
MAY_MONITOR = (
    SeatState.OFF,
    SeatState.AWAY,
    SeatState.WRAPUP,
)  # whoever can be offered a call needs her ears


# --- what the line says -----------------------------------------------------------------------------------


async def leg_rang(tx: Transaction, *, leg: str, now: datetime) -> None:
    """The other end rings. Telling it twice changes nothing."""
    tx.keep((await tx.get(Leg, leg)).rang(at=now))


async def leg_answered(tx: Transaction, *, leg: str, now: datetime) -> None:
    """The other end was picked up; a caller who was called back is no longer owed. Told twice, nothing changes."""
    known = await tx.get(Leg, leg)
    if known.state is not LegState.DIALLING:
        return
    leg_now = tx.keep(known.answered(at=now))
    if known.purpose is LegPurpose.OVERFLOW:
        await _take_outside(tx, leg_now, now)
    if known.purpose is LegPurpose.CALL_BACK and known.call is not None:
        call = await tx.get(Call, known.call)
        if call.called_back_at is None:
            tx.keep(replace(call, last_attempt="answered").called_back(by=known.taker, at=now))


async def leg_ended(tx: Transaction, *, leg: str, cause: str, now: datetime) -> None:
    """The other end is gone, or was never reached. Telling it twice changes nothing."""
    await end_leg(tx, await tx.get(Leg, leg), cause=cause, now=now)


async def legs_lost(tx: Transaction, *, node: str, now: datetime) -> None:
    """A call node died with everything on it."""
    for leg in await tx.find(Leg, state=OPEN):
        if leg.node in (None, node):
            await end_leg(tx, leg, cause="lost", now=now)


async def _take_outside(tx: Transaction, leg: Leg, now: datetime) -> None:
    """A telephone outside was picked up for a caller of the queue; too late, it is put down again."""
    call = await tx.get(Call, leg.call)
    if call.state not in (CallState.WAITING, CallState.RINGING):
        await end_leg(tx, leg, cause="dropped", now=now)
        return
    seat = await tx.seek(Seat, call.offered_to) if call.offered_to else None
    tx.keep(overflow.taken_outside(call, leg, at=now))
    if seat is not None and seat.state is SeatState.RINGING and seat.call == call.id:
        tx.keep(seat.moved("quiet", at=now))


# --- what its end means -----------------------------------------------------------------------------------


async def end_leg(tx: Transaction, leg: Leg, *, cause: str, now: datetime) -> None:
    """The leg is over, and whoever depended on it goes on in the way its purpose says."""
    if not leg.is_open:
        return
    tx.keep(leg.ended(cause=cause, at=now))
    if leg.colleague is not None:
        await free_colleague(tx, leg, now)
    if leg.is_hers_alone:
        await _free_her(tx, leg, cause, now)
        return
    call = await tx.seek(Call, leg.call) if leg.call is not None else None
    if call is None:
        return
    if leg.purpose is LegPurpose.OVERFLOW and not overflow.is_outside(call, leg):
        if not call.is_over and leg.answered_at is None:
            tx.record(overflow.failed(call, leg, cause, at=now))
    elif leg.purpose in (LegPurpose.TRANSFER, LegPurpose.OVERFLOW) and call.state is CallState.HANDED:
        tx.keep(ended_by_partner(call, at=now) if leg.has_settled(now) else call.returned(at=now))
    elif call.state is CallState.TALKING and call.taker == leg.taker and call.held_at is not None:
        tx.keep(resumed(call, by=leg.taker, at=now))
    elif call.state is CallState.TALKING and leg.joined_at is not None:
        tx.put(listened_anew(call, now))


async def _free_her(tx: Transaction, leg: Leg, cause: str, now: datetime) -> None:
    """She is free again; a caller who did not answer stays on the list, with how often and why not."""
    seat = await tx.seek(Seat, leg.taker)
    call = await tx.seek(Call, leg.call) if leg.call is not None else None
    unanswered = leg.answered_at is None
    if call is not None and leg.purpose is LegPurpose.CALL_BACK:
        if unanswered:
            tx.put(replace(call, last_attempt=cause))
        elif cause == "lost" and not call.is_dealt_with:
            tx.put(replace(call, called_back_at=None, last_attempt=cause))  # cut off by us: owed again
    if seat is not None and seat.leg == leg.id and seat.state is SeatState.TALKING:
        wrapup = tx.keep(seat.moved("finish", at=now))
        if unanswered:
            tx.put(replace(wrapup, call=None))


# --- what time does, and what nobody may forget -----------------------------------------------------------


async def expire_legs(tx: Transaction, *, now: datetime) -> int:
    """Partners who let it ring too long are given up; returns how many."""
    late = await tx.find(Leg, state=LegState.DIALLING, ring_until=UpTo(now))
    for leg in late:
        await end_leg(tx, leg, cause="no_answer", now=now)
    return len(late)


async def tidy(tx: Transaction, *, now: datetime) -> None:
    """End what has lost its reason: legs, listening, and a hand-over with nobody at the other end."""
    legs = await tx.find(Leg, state=OPEN)
    for leg in legs:
        if not await _has_reason(tx, leg):
            await end_leg(tx, leg, cause="dropped", now=now)
    kept = {leg.call for leg in legs if (await tx.get(Leg, leg.id)).is_open}
    for call in await tx.find(Call, state=CallState.HANDED):
        if call.id not in kept:
            tx.keep(call.returned(at=now))
    for seat in await tx.find(Seat):
        if seat.monitors is not None and not await _may_go_on(tx, seat):
            stop_monitoring(tx, seat, now)


async def _has_reason(tx: Transaction, leg: Leg) -> bool:
    if leg.is_hers_alone:
        seat = await tx.seek(Seat, leg.taker)
        return seat is not None and seat.leg == leg.id and seat.state is SeatState.TALKING
    call = await tx.seek(Call, leg.call) if leg.call is not None else None
    if call is None:
        return False
    if leg.purpose is LegPurpose.OVERFLOW:
        return overflow.waits_for(call, leg)
    if leg.purpose is LegPurpose.TRANSFER:
        return call.state is CallState.HANDED
    if leg.colleague is not None:
        asked = await tx.seek(Seat, leg.colleague)
        if asked is None or asked.leg != leg.id:
            return False
    return call.state is CallState.TALKING and call.taker == leg.taker


async def _may_go_on(tx: Transaction, seat: Seat) -> bool:
    call = await tx.seek(Call, seat.monitors)
    return seat.state in MAY_MONITOR and call is not None and call.state is CallState.TALKING


def stop_monitoring(tx: Transaction, seat: Seat, now: datetime) -> None:
    """She hears the call no more."""
    tx.put(replace(seat, monitors=None, monitor_mode=None))
    tx.record(CallMonitored(call=seat.monitors or "", taker="", by=seat.taker, mode="off", at=now))


async def react(tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
    """Something ended or somebody moved: look at the open legs once for all of it."""
    for entry in entries:
        match entry.event:
            case CallEnded() | CallerHungUp() | CallLost() | CallDisposed() | CallReturned() | CallPassed():
                break
            case SeatChanged() | LegAnswered() | CallHandedOver():
                break
    else:
        return
    await tidy(tx, now=now)
