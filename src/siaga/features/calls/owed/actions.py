"""Callers we owe: a row is closed only with a reason, and the city's rule may have one text written to a caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from siaga.domain.call import Call, CallState, EndReason
from siaga.domain.caller_history import Reach, reach_of
from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.message import Message
from siaga.domain.owed_call import CallerText, CloseReason, check_reason, may_text
from siaga.domain.put_away import OwedClosing
from siaga.domain.queue import by_rest
from siaga.domain.room_rules import RoomRules
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls.conversation.actions import call_back
from siaga.records.archive import AnyOf, Since, Transaction, UpTo
from siaga.records.safe_to_call import safety_of

SMS = "sms"  # the channel's name in a message row; the sender knows the gateway
LOOKED_AT_MAX = 200  # missed callers looked at in one second's duty
ROW_CALLS_MAX = 200  # repeats of one number behind one row


async def close_owed(
    tx: Transaction, *, call: str, reason: CloseReason | str, by: str, room: RoomRules, now: datetime
) -> int:
    """The row of this call, with all missed calls of the same number, leaves the list. Returns how many calls."""
    why = CloseReason(reason)
    chosen = await tx.get(Call, call)
    if not chosen.is_owed:
        raise RuleBroken("Panggilan ini sudah ditindaklanjuti.")
    row = [chosen, *(one for one in await _owed_of_number(tx, chosen) if one.id != chosen.id)]
    for seat in await tx.find(Seat, state=SeatState.WRAPUP, call=AnyOf(*(one.id for one in row))):
        if seat.taker != by:
            raise RuleBroken("Panggilan ini masih di meja petugas lain.")
    attempts = sum(one.attempts for one in row)
    check_reason(why, attempts=attempts, number=chosen.number, callers=room.callers)
    for one in row:
        tx.keep(one.called_back(by=by, at=now))
        tx.put(OwedClosing(id=one.id, reason=why, by=by, at=now))
        sheet = await tx.seek(Sheet, one.id)
        if sheet is not None and sheet.done_at is None:
            tx.put(replace(sheet, done_at=now))
    return len(row)


async def text_missed(tx: Transaction, *, room: RoomRules, gateway: bool, now: datetime) -> int:
    """One text to each caller who gave up before anybody answered, as the city's rule says. Returns how many.

    Without a ``gateway`` nothing is written: a row nobody can deliver would be a promise.
    """
    if not room.call_back.auto_text or not gateway:
        return 0
    since = now - timedelta(minutes=room.call_back.text_within_minutes)
    written = 0
    for call in await _left_unanswered(tx, Since(since)):
        if call.number is None:
            continue
        texts = await tx.find(CallerText, number=call.number, at=Since(now - timedelta(days=1)))
        safety = await safety_of(tx, call.number)
        if safety is not None and not safety.machine_may_text():
            continue  # who reads his messages may be who he is afraid of
        if may_text(call.number, texts, rules=room.call_back, callers=room.callers, now=now):
            sent = CallerText(id=tx.new_id(), call=call.id, number=call.number, at=now)
            tx.put(sent, _message(sent, room.call_back.text, demo=call.demo))
            tx.record(sent.fact())
            written += 1
    return written


async def ring_missed(
    tx: Transaction, *, room: RoomRules, now: datetime, zone: tzinfo | None = None
) -> str | None:
    """While nobody waits, the longest-idle ready taker is put through to a caller who gave up. Returns the call.

    Only where the city has switched it on; the taker hears it ring, and her seat shows whom. A number of a protected
    case is rung by itself only where the reporter has said that it is safe (``zone``: for his hours).
    """
    if not room.call_back.auto_call or await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING)):
        return None
    free = by_rest(await tx.find(Seat, state=SeatState.READY, audio=True))
    if not free:
        return None
    before = now - timedelta(seconds=room.call_back.auto_call_after_seconds)
    for call in await _left_unanswered(tx, UpTo(before)):
        is_reachable = reach_of(call.number, room.callers) is Reach.NUMBER
        if await tx.find(Seat, call=call.id, limit=1):
            continue  # a colleague still has it on her desk
        if call.demo or not is_reachable or call.attempts >= room.call_back.auto_calls_max:
            continue
        safety = await safety_of(tx, call.number or "")
        if safety is not None and (zone is None or not safety.machine_may_call(now, zone)):
            continue
        if call.last_attempt_at is None or call.last_attempt_at <= before:
            await call_back(
                tx, call=call.id, taker=free[0].taker, rules=room.conversation, now=now, zone=zone
            )
            return call.id
    return None


async def _left_unanswered(tx: Transaction, ended_at: Since | UpTo) -> list[Call]:
    """Callers nobody answered and nobody has dealt with, the longest ago first."""
    return await tx.find(
        Call,
        state=CallState.ENDED,
        end_reason=AnyOf(EndReason.ABANDONED, EndReason.LOST),
        disposition=None,
        incident=None,
        called_back_at=None,
        ended_at=ended_at,
        order=("ended_at",),
        limit=LOOKED_AT_MAX,
    )


def _message(sent: CallerText, text: str, *, demo: bool) -> Message:
    return Message(
        id=f"owed:{sent.id}",
        channel=SMS,
        to=sent.number,
        text=text,
        created_at=sent.at,
        next_at=sent.at,
        demo=demo,
    )


async def _owed_of_number(tx: Transaction, chosen: Call) -> Sequence[Call]:
    if chosen.number is None:
        return [chosen]
    return await tx.find(
        Call,
        number=chosen.number,
        state=CallState.ENDED,
        disposition=None,
        incident=None,
        called_back_at=None,
        limit=ROW_CALLS_MAX,
    )
