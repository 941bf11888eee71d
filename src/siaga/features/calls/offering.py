"""Bringing callers and takers together: who is offered what, and what rings when nobody can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from siaga.domain.alarm import (
    ABANDONED_SECONDS_BEFORE_ALARM,
    WAITING_SECONDS_BEFORE_ALARM,
    Alarm,
    AlarmKind,
)
from siaga.domain.call import OFFER_SECONDS, Call, CallState, Channel
from siaga.domain.event import (
    CallArrived,
    CallConfirmed,
    CallerHungUp,
    CallReturned,
    OfferExpired,
    SeatChanged,
)
from siaga.domain.put_away import Correction
from siaga.domain.queue import ON_DUTY, Conditions, conditions_of, next_offer
from siaga.domain.room import ROOM, Room
from siaga.domain.room_rules import STANDARD_ROOM, RoomRules
from siaga.domain.shift import Seat, SeatState
from siaga.domain.text_session import waits_unseen
from siaga.features.calls.pranks.restrictions import delays
from siaga.features.calls.texts.actions import make_room, texting_seats, texts_full
from siaga.records.archive import AnyOf, Entry, Since, Transaction, UpTo

WAITING_LOOKED_AT_MAX = (
    200  # more callers than any room has seats: the rest is looked at when these are served
)


async def offer_waiting(tx: Transaction, *, now: datetime, rules: RoomRules = STANDARD_ROOM) -> int:
    """Offer waiting calls to ready takers until one of the two has run out; returns how many were offered.

    When nobody is ready, a taker who writes with somebody is asked: her text lies aside while she answers.
    """
    waiting = await tx.find(
        Call,
        state=CallState.WAITING,
        order=("half_open", "urgency", "arrived_at"),
        limit=WAITING_LOOKED_AT_MAX,
    )
    if not waiting:
        return 0
    ready, texting = await tx.find(Seat, state=SeatState.READY), await texting_seats(tx)
    if not ready and not texting:
        return 0
    given = await conditions(tx, waiting, rules, now)
    offered = 0
    while pair := next_offer(
        waiting, ready or [replace(seat, state=SeatState.READY) for seat in texting], given
    ):
        call, seat = pair
        if not ready:
            texting = [one for one in texting if one.taker != seat.taker]
            seat = await make_room(tx, await tx.get(Seat, seat.taker), now)
        tx.keep(call.offered(to=seat.taker, at=now, seconds=min(rules.queue.offer_seconds, OFFER_SECONDS)))
        tx.keep(seat.moved("ring", at=now, call=call.id))
        waiting = [one for one in waiting if one.id != call.id]
        ready = [one for one in ready if one.taker != seat.taker]
        offered += 1
    return offered


async def conditions(tx: Transaction, waiting: Sequence[Call], rules: RoomRules, now: datetime) -> Conditions:
    """What holds in the room now: who is on duty and knows what, which groups are asked, who is set back."""
    room = await tx.seek(Room, ROOM) or Room()
    return conditions_of(
        await tx.find(Seat, state=AnyOf(*ON_DUTY)),
        now=now,
        skill_wait_seconds=rules.queue.skill_wait_seconds,
        delays=await delays(tx, waiting, now),
        every_group=room.flood_since is not None,
        open_groups=frozenset({rules.on_call.group} if room.on_call_since is not None else ()),
        texts_full=await texts_full(tx, rules.texts),
    )


async def react(
    tx: Transaction, entries: Sequence[Entry], now: datetime, rules: RoomRules = STANDARD_ROOM
) -> None:
    """Somebody came, went or became ready: look at the queue once for all of it."""
    for entry in entries:
        match entry.event:
            case CallArrived() | CallConfirmed() | OfferExpired() | CallReturned() | CallerHungUp():
                break
            case SeatChanged(state="ready"):
                break
    else:
        return
    await offer_waiting(tx, now=now, rules=rules)


async def watch_queue(tx: Transaction, *, now: datetime) -> None:
    """Raise and clear what the room must know: a voice waits (A1), a press or a text (A2), a caller is owed (A8)."""
    waits = timedelta(seconds=WAITING_SECONDS_BEFORE_ALARM)
    waiting = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING))
    late = [call for call in waiting if now - call.arrived_at >= waits and not call.half_open]
    forgotten = await tx.find(Call, state=CallState.TALKING, held_until=UpTo(now))
    voices = [*(call for call in late if call.has_voice), *forgotten]
    await _keep_standing(tx, AlarmKind.CALLER_WAITS, 1, {call.id: call for call in voices}, now)
    aside = await tx.find(Call, channel=Channel.TEXT, state=CallState.TALKING, aside_at=UpTo(now))
    silent = [
        *(call for call in late if not call.has_voice),
        *(call for call in aside if waits_unseen(call, now)),
    ]
    await _keep_standing(tx, AlarmKind.PRESS_WAITS, 1, {call.id: call for call in silent}, now)
    await _keep_standing(tx, AlarmKind.ABANDONED_NOT_CALLED_BACK, 2, await _owed_too_long(tx, now), now)


async def _owed_too_long(tx: Transaction, now: datetime) -> dict[str, Call]:
    """Callers we owe since `ABANDONED_SECONDS_BEFORE_ALARM`: who gave up, was cut off, or left without anybody saying
    what it was; and whose call was put away until a second person contradicted. Not one a taker has on her desk.
    """
    since = now - timedelta(seconds=ABANDONED_SECONDS_BEFORE_ALARM)
    gone = await tx.find(
        Call,
        state=CallState.ENDED,
        disposition=None,
        incident=None,
        called_back_at=None,
        ended_at=UpTo(since),
        order=("ended_at",),
        limit=WAITING_LOOKED_AT_MAX,
    )
    if not gone:
        return {}
    busy_with = {seat.call for seat in await tx.find(Seat, state=SeatState.WRAPUP)}
    just_corrected = {one.call for one in await tx.find(Correction, at=Since(since)) if one.at > since}
    return {call.id: call for call in gone if call.id not in busy_with | just_corrected}


async def _keep_standing(
    tx: Transaction, kind: AlarmKind, priority: int, causes: dict[str, Call], now: datetime
) -> None:
    """Alarms of this kind stand for exactly these calls: new ones are raised, the others are cleared."""
    standing = {alarm.call: alarm for alarm in await tx.find(Alarm, kind=kind, cleared_at=None)}
    for call, alarm in standing.items():
        if call not in causes:
            tx.keep(alarm.cleared(at=now))
    for call in causes:
        if call in standing:
            continue
        known = await tx.seek(Alarm, f"{kind}:{call}")
        why = (
            "held"
            if causes[call].held_at is not None
            else "unseen"
            if causes[call].aside_at is not None
            else None
        )
        if known is not None:
            tx.keep(replace(known, words=why).raised_again(at=now))
            continue
        alarm = Alarm(id=f"{kind}:{call}", kind=kind, priority=priority, raised_at=now, call=call, words=why)
        tx.put(alarm)
        tx.record(alarm.fact())
