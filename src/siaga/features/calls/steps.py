"""Steps that several acts of the phone line share: whose seat, whose sheet, what happens to a seat when a call ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState
from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.leg import Leg
from siaga.domain.shift import NOT_ON_DUTY, Seat, SeatState
from siaga.records.archive import Transaction


async def her_seat(tx: Transaction, taker: str) -> Seat:
    """Her seat; refuses who has not sat down."""
    seat = await tx.seek(Seat, taker)
    if seat is None:
        raise RuleBroken(NOT_ON_DUTY)
    return seat


async def open_sheet(tx: Transaction, call: str, taker: str, now: datetime) -> None:
    """The sheet of this call lies on her desk; what a colleague had typed before her line broke is still on it."""
    known = await tx.seek(Sheet, call)
    if known is None:
        tx.put(Sheet(id=call, taker=taker, call=call, incident=None, draft="{}", saved_at=now))
    else:
        tx.put(replace(known, taker=taker, saved_at=now, done_at=None))


async def free_seat(tx: Transaction, call: Call, now: datetime) -> None:
    """The call is over: its taker wraps up, or, if it only rang at her seat, is ready again."""
    seat = await tx.seek(Seat, call.taker or call.offered_to or "")
    if seat is None or seat.call != call.id:
        return
    if seat.state is SeatState.TALKING:
        tx.keep(seat.moved("finish", at=now))
    elif seat.state is SeatState.RINGING:
        tx.keep(seat.moved("quiet", at=now))


async def free_colleague(tx: Transaction, leg: Leg, now: datetime) -> None:
    """The colleague who was asked, or was rung to be asked, is ready again."""
    seat = await tx.seek(Seat, leg.colleague or "")
    if seat is None or seat.leg != leg.id:
        return
    if seat.state is SeatState.TALKING:
        done = tx.keep(seat.moved("finish", at=now))
        tx.keep(replace(done, call=None).moved("come", at=now))
    elif seat.state is SeatState.RINGING:
        tx.keep(seat.moved("quiet", at=now))


async def pass_on(tx: Transaction, seat: Seat, now: datetime) -> None:
    """If a call rings at this seat, it waits again."""
    if seat.state is not SeatState.RINGING or seat.call is None:
        return
    call = await tx.get(Call, seat.call)
    if call.state is CallState.RINGING and call.offered_to == seat.taker:
        tx.keep(call.offer_expired(at=now))
    tx.put(replace(seat, state=SeatState.READY, call=None))


async def owes_word(tx: Transaction, seat: Seat) -> bool:
    """Whether the taker of this seat has still to say what her last call was."""
    last = await tx.seek(Call, seat.call) if seat.call is not None else None
    return last is not None and last.wants_word and last.taker in (None, seat.taker)


async def must_be_dealt_with(tx: Transaction, seat: Seat) -> None:
    """Refuse while she owes a word about her last call."""
    if await owes_word(tx, seat):
        raise RuleBroken("Selesaikan dulu panggilan terakhir: kirim kejadian, atau F9 bila bukan kejadian.")
