"""Conversations by text: several to a taker, laid aside for a voice, never forgotten.

The seat holds one conversation as ever. A session that lies aside is still hers (`Call.taker`), and not on her seat.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState, Channel
from siaga.domain.errors import RuleBroken
from siaga.domain.message import Message
from siaga.domain.shift import Seat, SeatState
from siaga.domain.text_session import TextRules, laid_aside, replied, taken_up
from siaga.features.calls.steps import her_seat, must_be_dealt_with, open_sheet
from siaga.records.archive import Transaction

SMS = "sms"  # the channel's name in a message row; the sender knows the gateway


async def lay_aside(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """She is ready for others; the session waits on her list."""
    tx.keep(laid_aside(await tx.get(Call, call), by=taker, at=now))
    seat = await her_seat(tx, taker)
    if seat.state is SeatState.TALKING and seat.call == call:
        await _ready(tx, seat, now)


async def take_up(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """One of her sessions comes back onto her desk; another text there is laid aside."""
    seat = await her_seat(tx, taker)
    if seat.state is SeatState.RINGING:
        raise RuleBroken("Jawab dulu panggilan yang berdering.")
    if seat.state is SeatState.TALKING:
        seat = await make_room(tx, seat, now)
    if seat.state is SeatState.WRAPUP:
        await must_be_dealt_with(tx, seat)
        seat = tx.keep(seat.moved("come", at=now))
    tx.keep(taken_up(await tx.get(Call, call), by=taker, at=now))
    tx.keep(seat.moved("take", at=now, call=call))
    await open_sheet(tx, call, taker, now)


async def reply(tx: Transaction, *, call: str, text: str, taker: str, gateway: bool, now: datetime) -> str:
    """She writes back. Without a ``gateway`` nothing is written: a line nobody sends would be a promise.

    A drill's or demonstration's text is answered without one: its twin takes the reply.
    """
    there = await tx.get(Call, call)
    if not gateway and not there.demo:
        raise RuleBroken("Belum ada gerbang SMS: pesan tidak dapat dibalas. Telepon balik nomornya.")
    line, event = replied(there, text, line=tx.new_id(), by=taker, at=now)
    sent = Message(
        id=f"text:{line.id}", channel=SMS, to=there.number or "", text=line.text, created_at=now, next_at=now,
        demo=there.demo,
    )  # fmt: skip
    tx.put(line, sent, replace(there, seen_at=now))
    tx.record(event)
    return line.id


# --- what the queue does with them ------------------------------------------------------------------------


async def texts_full(tx: Transaction, rules: TextRules) -> frozenset[str]:
    """The takers who hold as many sessions as one may."""
    held = Counter(call.taker for call in await tx.find(Call, channel=Channel.TEXT, state=CallState.TALKING))
    return frozenset(taker for taker, count in held.items() if taker is not None and count >= rules.per_taker)


async def must_have_room(tx: Transaction, call: Call, taker: str, per_taker: int) -> None:
    """Refuse one text too many."""
    if call.channel is Channel.TEXT and taker in await texts_full(tx, TextRules(per_taker=per_taker)):
        raise RuleBroken("Anda sudah menangani {n} percakapan teks. Selesaikan satu dulu.", n=per_taker)


async def texting_seats(tx: Transaction) -> list[Seat]:
    """The seats whose conversation is a text: it can lie aside while she takes somebody else."""
    found = []
    for call in await tx.find(Call, channel=Channel.TEXT, state=CallState.TALKING, aside_at=None):
        seat = await tx.seek(Seat, call.taker or "")
        if seat is not None and seat.state is SeatState.TALKING and seat.call == call.id and seat.leg is None:
            found.append(seat)
    return found


async def make_room(tx: Transaction, seat: Seat, now: datetime) -> Seat:
    """Her text is laid aside and she is ready; with anything else on her seat she is left as she is."""
    call = await tx.seek(Call, seat.call) if seat.call is not None and seat.leg is None else None
    if call is None or call.channel is not Channel.TEXT or call.state is not CallState.TALKING:
        return seat
    tx.keep(laid_aside(call, by=seat.taker, at=now))
    return await _ready(tx, seat, now)


async def give_back(tx: Transaction, taker: str, now: datetime) -> None:
    """She goes home: her sessions that lie aside go back to the front of the queue."""
    for call in await tx.find(Call, channel=Channel.TEXT, state=CallState.TALKING, taker=taker):
        if call.aside_at is not None:
            tx.keep(call.returned(at=now))


async def _ready(tx: Transaction, seat: Seat, now: datetime) -> Seat:
    done = tx.keep(seat.moved("finish", at=now))
    ready: Seat = tx.keep(replace(done, call=None).moved("come", at=now))
    return ready
