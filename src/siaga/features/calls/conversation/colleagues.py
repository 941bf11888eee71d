"""An attended transfer to a colleague: her seat rings, the two talk while the caller is held, then she takes him.

It is a leg (`domain/leg.py`) whose other end is a seat; all that a partner outside can be asked works with her too.
Rule 1: the caller is his taker's until the colleague has him; nothing that goes wrong here takes him from her.
Rule 2: a colleague who is rung or asked is not offered callers meanwhile, and is ready again afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import OFFER_SECONDS, Call, Channel
from siaga.domain.conversation import held, must_be_hers, passed
from siaga.domain.errors import RuleBroken
from siaga.domain.leg import Leg, LegPurpose, LegState, dialled
from siaga.domain.room_rules import ConversationRules
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls.conversation.legs import OPEN
from siaga.features.calls.steps import open_sheet
from siaga.records.archive import Transaction


async def consult_colleague(
    tx: Transaction,
    *,
    call: str,
    taker: str,
    colleague: str,
    label: str,
    rules: ConversationRules,
    now: datetime,
) -> str:
    """The colleague's seat rings while the caller is held. ``label``: her name, for the asker's screen."""
    there = await tx.get(Call, call)
    must_be_hers(there, taker)
    if there.channel is not Channel.VOICE:
        raise RuleBroken("Ini bukan panggilan suara.")
    if colleague == taker:
        raise RuleBroken("Panggilan ini sudah di meja itu.")
    if await tx.find(Leg, state=OPEN, call=call, limit=1):
        raise RuleBroken("Sudah ada sambungan lain pada panggilan ini. Lepas dulu.")
    seat = await ready_seat(tx, colleague, there)
    if there.held_at is None:
        tx.keep(held(there, by=taker, at=now, seconds=rules.hold_seconds))
    leg = tx.new_id()
    tx.keep(
        dialled(
            id=leg, purpose=LegPurpose.CONSULT, taker=taker, address="", label=label, caller_id=rules.caller_id,
            at=now, ring_seconds=OFFER_SECONDS, call=call, incident=there.incident, node=there.node,
            colleague=colleague,
        )
    )  # fmt: skip
    tx.keep(seat.moved("ring", at=now, leg=leg))
    return leg


async def answer_colleague(tx: Transaction, *, leg: str, taker: str, now: datetime) -> str:
    """The colleague answers: the two takers talk about the call, which is returned. Told twice, nothing changes."""
    asked = await tx.get(Leg, leg)
    seat = await tx.get(Seat, taker)
    if asked.colleague != taker:
        raise RuleBroken("Sambungan ini milik petugas lain.")
    if asked.state is LegState.UP:
        return asked.call or ""
    if not asked.is_open or seat.leg != leg:
        raise RuleBroken("Rekan Anda sudah tidak menunggu.")
    if not seat.hears(asked.node):
        raise RuleBroken("Sambungkan headset dulu untuk menjawab panggilan ini.")
    tx.keep(seat.moved("take", at=now, leg=leg))
    tx.keep(asked.answered(at=now))
    return asked.call or ""


async def hand_to_colleague(tx: Transaction, there: Call, leg: Leg, now: datetime) -> None:
    """The asked colleague has the caller and his sheet now; the asker is done with him."""
    asker, colleague = leg.taker, leg.colleague or ""
    seat = await tx.get(Seat, colleague)
    if leg.state is not LegState.UP or seat.leg != leg.id:
        raise RuleBroken("Tunggu sampai pihak yang ditelepon menjawab.")
    tx.keep(leg.ended(cause="handed_over", at=now))
    given = tx.keep(passed(there, to=colleague, by=asker, at=now))
    tx.keep(given.answered(by=colleague, at=now))
    tx.put(replace(seat, call=there.id, leg=None))
    await open_sheet(tx, there.id, colleague, now)
    before = await tx.seek(Seat, asker)
    if before is not None and before.call == there.id and before.state is SeatState.TALKING:
        tx.put(replace(tx.keep(before.moved("finish", at=now)), call=None))


async def ready_seat(tx: Transaction, taker: str, call: Call) -> Seat:
    """The seat of a taker who can take this call now; refuses any other."""
    seat = await tx.seek(Seat, taker)
    if seat is None or seat.state is not SeatState.READY:
        raise RuleBroken("Petugas itu tidak sedang siap.")
    if call.channel is Channel.VOICE and not seat.hears(call.node):
        raise RuleBroken("Headset petugas itu belum tersambung.")
    return seat


async def whose_question(tx: Transaction, *, taker: str) -> Leg | None:
    """The colleague's question that rings, or is talked about, at this seat."""
    seat = await tx.seek(Seat, taker)
    if seat is None or seat.leg is None or seat.state not in (SeatState.RINGING, SeatState.TALKING):
        return None
    leg = await tx.seek(Leg, seat.leg)
    return leg if leg is not None and leg.colleague == taker and leg.is_open else None
