"""The phone line: callers wait, takers are offered calls, they talk, non-calls are disposed of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.call import Call, CallState, Channel, Disposition, arrived
from siaga.domain.desk import Sheet
from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallConfirmed, RecordingSaved, SeatPhoneRung
from siaga.domain.queue import anybodys_from, in_order
from siaga.domain.recording import Recording
from siaga.domain.shift import PRESS_GRACE_SECONDS, Seat, SeatState, heard, new_seat, unheard
from siaga.domain.text_session import STANDARD_TEXTS
from siaga.features.calls.conversation.colleagues import answer_colleague
from siaga.features.calls.conversation.legs import legs_lost
from siaga.features.calls.pranks.actions import after_disposal
from siaga.features.calls.silence.actions import key_means
from siaga.features.calls.steps import free_seat, her_seat, must_be_dealt_with, open_sheet, owes_word, pass_on
from siaga.features.calls.texts.actions import give_back, make_room, must_have_room
from siaga.records.archive import AnyOf, Transaction

LIVE = AnyOf(CallState.WAITING, CallState.RINGING, CallState.TALKING, CallState.HANDED)
HEADSET_FIRST = "Sambungkan headset dulu untuk menjawab panggilan ini."


# --- what the line says -----------------------------------------------------------------------------------


async def call_arrived(
    tx: Transaction,
    *,
    call: str,
    number: str | None,
    display_name: str | None,
    node: str | None,
    channel: Channel | str,
    now: datetime,
    demo: bool = False,
    half_open: bool = False,
) -> str:
    """Somebody rings 112: written down before anything else happens. Telling it twice changes nothing.

    ``half_open``: his telephone has yet to confirm our answer; `caller_confirmed` follows.
    """
    if await tx.seek(Call, call) is None:
        decision = arrived(
            id=call,
            channel=Channel(channel),
            at=now,
            number=number,
            display_name=display_name,
            node=node,
            demo=demo,
        )
        tx.put(replace(decision[0], half_open=half_open))
        tx.record(decision[1])
    return call


async def caller_confirmed(tx: Transaction, *, call: str, now: datetime) -> None:
    """Somebody is there: from now on the call is offered to takers. Telling it twice changes nothing."""
    known = await tx.get(Call, call)
    if known.half_open:
        tx.put(replace(known, half_open=False))
        tx.record(CallConfirmed(call=call, at=now))


async def digit_pressed(tx: Transaction, *, call: str, digit: str, now: datetime) -> None:
    """The caller pressed a key: kept, and taken for what it means (`silent_actions.key_means`)."""
    pressed = tx.keep((await tx.get(Call, call)).pressed(digit, at=now))
    await key_means(tx, pressed, digit, now)


async def caller_hung_up(tx: Transaction, *, call: str, cause: str, now: datetime) -> None:
    """The caller went away; an unanswered one is owed a call back. Telling it twice changes nothing."""
    gone = await tx.get(Call, call)
    if gone.is_over:
        return
    tx.keep(gone.hung_up(at=now))
    await free_seat(tx, gone, now)


async def recording_saved(
    tx: Transaction, *, call: str, file: str, seconds: float, sha256: str, now: datetime
) -> None:
    """The sound of a call is on disk. Telling it twice changes nothing."""
    if await tx.seek(Recording, file) is None:
        kept = Recording(
            id=file, call=call, file=file, seconds=seconds, sha256=sha256, saved_at=now, look_at=now
        )
        tx.put(kept)
        tx.record(RecordingSaved(call=call, file=file, seconds=seconds, sha256=sha256, at=now))


async def node_lost(tx: Transaction, *, node: str, now: datetime) -> list[str]:
    """A call node died or was restarted: the calls it carried are gone and listed for call-back.

    The headsets were connected to it as well: a caller is offered to no taker who could not hear him. They come
    back by themselves within seconds.
    """
    lost = [call for call in await tx.find(Call, node=node, state=LIVE) if call.channel is Channel.VOICE]
    for call in lost:
        tx.keep(call.lost(at=now))
        await free_seat(tx, call, now)
    await legs_lost(tx, node=node, now=now)
    for seat in await tx.find(Seat):
        if node in seat.heard_on or (seat.audio and not seat.heard_on):
            await _unhear(tx, seat, node, now)
    return [call.id for call in lost]


async def seat_connected(tx: Transaction, *, taker: str, now: datetime, node: str | None = None) -> None:
    """A taker's headset is connected to this call node."""
    seat = await tx.seek(Seat, taker) or new_seat(taker, at=now)
    talks_there = node is None or await _talks_on(tx, seat) in (None, node)
    tx.put(heard(seat, node, talks_there=talks_there))


async def seat_lost(tx: Transaction, *, taker: str, now: datetime, node: str | None = None) -> None:
    """A taker's headset is gone; if it does not come back soon, her caller is given to somebody else."""
    seat = await tx.seek(Seat, taker)
    if seat is not None and (seat.audio or seat.heard_on):
        await _unhear(tx, seat, node, now)


async def _unhear(tx: Transaction, seat: Seat, node: str | None, now: datetime) -> None:
    tx.put(unheard(seat, at=now, node=node, talks_there=await _talks_on(tx, seat) in (None, node)))


async def _talks_on(tx: Transaction, seat: Seat) -> str | None:
    """The call node her present conversation goes over; ``None`` when nobody knows."""
    call = await tx.seek(Call, seat.call) if seat.call is not None and seat.leg is None else None
    return call.node if call is not None else None


# --- what a taker does ------------------------------------------------------------------------------------


async def go_ready(tx: Transaction, *, taker: str, now: datetime, desk: str | None = None) -> None:
    """She can be offered calls."""
    seat = await tx.seek(Seat, taker) or new_seat(taker, at=now, desk=desk)
    if seat.state in (SeatState.READY, SeatState.RINGING):
        return
    if seat.state is SeatState.WRAPUP:
        await must_be_dealt_with(tx, seat)
    tx.keep(seat.moved("come", at=now))
    if seat.by_phone and not seat.audio:
        tx.record(SeatPhoneRung(taker=taker, at=now))


async def go_away(tx: Transaction, *, taker: str, reason: str | None, now: datetime) -> None:
    """She cannot be offered calls for a while. A call that rings at her seat waits again at once.

    From wrap-up as well: a call she has not dealt with yet stays on the list of those we owe something.
    """
    seat = await her_seat(tx, taker)
    if seat.state is SeatState.AWAY and seat.reason == reason:
        return
    await pass_on(tx, seat, now)
    tx.keep((await tx.get(Seat, taker)).moved("pause", at=now, reason=reason))


async def leave_desk(tx: Transaction, *, taker: str, now: datetime) -> None:
    """Her shift is over."""
    seat = await tx.seek(Seat, taker)
    if seat is None or seat.state is SeatState.OFF:
        return
    await pass_on(tx, seat, now)
    tx.keep((await tx.get(Seat, taker)).moved("leave", at=now))
    await give_back(tx, taker, now)


async def answer_call(
    tx: Transaction,
    *,
    taker: str,
    now: datetime,
    call: str | None = None,
    texts_max: int = STANDARD_TEXTS.per_taker,
) -> str:
    """She takes ``call``, or the one that rings at her seat, or else the most urgent that waits, or that has rung at
    another seat for so long that it is anybody's.

    A colleague who rings her to ask comes first. Telling it twice changes nothing. A voice is only given to somebody
    who can hear it.
    """
    seat = await her_seat(tx, taker)
    if call is None and seat.state is SeatState.RINGING and seat.leg is not None:
        return await answer_colleague(tx, leg=seat.leg, taker=taker, now=now)
    chosen = await _call_to_answer(tx, seat, call, now)
    if chosen.state is CallState.TALKING and chosen.taker == taker:
        return chosen.id
    rings_elsewhere = chosen.state is CallState.RINGING and chosen.offered_to != taker
    if rings_elsewhere and now < anybodys_from(chosen):
        raise RuleBroken("Panggilan ini sedang berdering di meja lain.")
    if chosen.channel is Channel.VOICE and not seat.hears(chosen.node):
        raise RuleBroken(HEADSET_FIRST)
    await must_have_room(tx, chosen, taker, texts_max)
    if seat.state is SeatState.TALKING:
        seat = await make_room(tx, seat, now)
    if seat.state is SeatState.RINGING and seat.call != chosen.id:
        await pass_on(tx, seat, now)
        seat = await tx.get(Seat, taker)
    if seat.state is SeatState.WRAPUP:
        if seat.call != chosen.id:
            await must_be_dealt_with(tx, seat)
        seat = tx.keep(seat.moved("come", at=now))
    if rings_elsewhere:
        await free_seat(tx, chosen, now)
        chosen = tx.keep(chosen.offer_expired(at=now))
    tx.keep(seat.moved("take", at=now, call=chosen.id))
    tx.keep(chosen.answered(by=taker, at=now))
    await open_sheet(tx, chosen.id, taker, now)
    return chosen.id


async def end_call(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """She hangs up. When the caller was a moment faster there is nothing left to do."""
    ended = await tx.get(Call, call)
    if ended.is_over and ended.taker == taker:
        return
    tx.keep(ended.ended(by=taker, at=now))
    await free_seat(tx, ended, now)


async def dispose_call(
    tx: Transaction, *, call: str, kind: Disposition | str, taker: str, now: datetime
) -> None:
    """Not an incident: say what it was, hang up if it still lasts, and be ready for the next."""
    before = await tx.get(Call, call)
    if before.disposition == kind:
        return  # told twice
    disposed, event = before.disposed(Disposition(kind), by=taker, at=now)
    tx.put(disposed)
    tx.record(event)
    await after_disposal(tx, disposed, by=taker, now=now)
    if disposed.state is CallState.TALKING:
        tx.keep(disposed.ended(by=taker, at=now))
    sheet = await tx.seek(Sheet, call)
    if sheet is not None and sheet.done_at is None:
        tx.put(replace(sheet, done_at=now))
    seat = await tx.seek(Seat, taker)
    if seat is not None and seat.call == call:
        if seat.state is SeatState.TALKING:
            seat = tx.keep(seat.moved("finish", at=now))
        if seat.state is SeatState.WRAPUP:
            tx.keep(seat.moved("come", at=now))


async def call_back_done(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """A missed, abandoned or lost call has been dealt with."""
    tx.keep((await tx.get(Call, call)).called_back(by=taker, at=now))


async def take_back(tx: Transaction, *, call: str, taker: str, now: datetime) -> str:
    """She takes a missed caller's sheet onto her desk; he stays on the list until somebody has dealt with him.

    What came of it she says as of any call: an incident, a non-call, or done. See `conversation.call_back`.
    """
    owed = await tx.get(Call, call)
    if not owed.is_over:
        raise RuleBroken("Panggilan ini masih berlangsung.")
    if owed.is_dealt_with or owed.called_back_at is not None:
        raise RuleBroken("Panggilan ini sudah ditindaklanjuti.")
    for seat in await tx.find(Seat, call=call, state=SeatState.WRAPUP):
        if seat.taker != taker:
            raise RuleBroken("Panggilan ini masih di meja petugas lain.")
    seat_now = await tx.seek(Seat, taker)
    if seat_now is not None and seat_now.state is SeatState.TALKING:
        raise RuleBroken("Selesaikan dulu panggilan yang sedang berlangsung.")
    await open_sheet(tx, call, taker, now)
    return call


# --- what time does ---------------------------------------------------------------------------------------


async def expire_offers(tx: Transaction, *, now: datetime) -> int:
    """Calls that rang too long at one seat wait again; that taker is away until she says she is back."""
    ringing = [call for call in await tx.find(Call, state=CallState.RINGING) if call.offer_until]
    late = [call for call in ringing if call.offer_until is not None and call.offer_until <= now]
    for call in late:
        tx.keep(call.offer_expired(at=now))
        seat = await tx.seek(Seat, call.offered_to or "")
        if seat is not None and seat.state is SeatState.RINGING and seat.call == call.id:
            tx.keep(seat.moved("pause", at=now, reason="no_answer"))
    return len(late)


async def finish_wrapups(tx: Transaction, *, now: datetime) -> int:
    """Takers whose call has been dealt with are ready again after a while, even if they forgot to say so."""
    done = 0
    for seat in await tx.find(Seat, state=SeatState.WRAPUP):
        if seat.wrapup_until is None or seat.wrapup_until > now:
            continue
        if not await owes_word(tx, seat):
            tx.keep(seat.moved("come", at=now))
            done += 1
    return done


async def return_dropped(tx: Transaction, *, now: datetime, grace_seconds: float) -> int:
    """Callers whose taker's headset has been gone too long go back to the front of the queue.

    A panic press or a text is only given on when the whole desk has been gone for ``PRESS_GRACE_SECONDS``.
    """
    returned = 0
    for seat in await tx.find(Seat, state=SeatState.TALKING, audio=False):
        if seat.audio_lost_at is None:
            continue
        call = await tx.seek(Call, seat.call) if seat.call else None
        has_voice = call is None or seat.leg is not None or call.channel is Channel.VOICE
        gone_seconds = (now - seat.audio_lost_at).total_seconds()
        if gone_seconds < (grace_seconds if has_voice else PRESS_GRACE_SECONDS):
            continue
        tx.keep(seat.moved("drop", at=now, reason="no_audio"))
        if call is not None and call.state is CallState.TALKING:
            tx.keep(call.returned(at=now))
        returned += 1
    return returned


# --- shared steps -----------------------------------------------------------------------------------------


async def _call_to_answer(tx: Transaction, seat: Seat, call: str | None, now: datetime) -> Call:
    if call is not None:
        return await tx.get(Call, call)
    if seat.state is SeatState.RINGING and seat.call is not None:
        return await tx.get(Call, seat.call)
    waiting = in_order(await tx.find(Call, state=CallState.WAITING))
    rings_on = in_order(await tx.find(Call, state=CallState.RINGING))
    waiting += [one for one in rings_on if now >= anybodys_from(one)]
    able = [one for one in waiting if seat.hears(one.node) or one.channel is not Channel.VOICE]
    if not able:
        raise RuleBroken(HEADSET_FIRST if waiting else "Tidak ada panggilan menunggu.")
    return able[0]
