"""What the house promises, each as a question to the rows. Asked after every step of a simulated day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from siaga.domain.alarm import (
    ABANDONED_SECONDS_BEFORE_ALARM,
    WAITING_SECONDS_BEFORE_ALARM,
    Alarm,
    AlarmKind,
)
from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call import Call, CallState, Channel
from siaga.domain.city import City
from siaga.domain.contact import Contact
from siaga.domain.incident import Incident
from siaga.domain.leg import Leg, LegPurpose, LegState
from siaga.domain.message import Message, MessageState, message_key
from siaga.domain.overflow import waits_for
from siaga.domain.put_away import Correction
from siaga.domain.shift import AUDIO_GRACE_SECONDS, PRESS_GRACE_SECONDS, Seat, SeatState
from siaga.domain.text_session import UNSEEN_SECONDS, waits_unseen
from siaga.domain.unit import BUSY, Unit
from siaga.drill.room_promises import ladder_sleeps, lines_overrun, modes_lie, room_deadlines, waits_in_vain
from siaga.features.calls.conversation.legs import OPEN
from siaga.features.wall.picture import drawn
from siaga.records.archive import AnyOf, Transaction, UpTo
from siaga.records.tables import Stumble

if TYPE_CHECKING:
    from siaga.drill.day import Day

NOBODY_HAS_IT = (AssignmentState.DECLINED, AssignmentState.WITHDRAWN)


class Broken(AssertionError):
    """A promise was broken. ``seed`` replays the day on which it happened."""

    def __init__(self, promise: str) -> None:
        super().__init__(promise)
        self.promise = promise
        self.seed = -1
        self.at: datetime | None = None
        self.step = 0

    def __str__(self) -> str:
        return f"seed {self.seed}, step {self.step}, {self.at}: {self.promise}"


def must(kept: bool, promise: str) -> None:
    """Raise Broken unless ``kept``."""
    if not kept:
        raise Broken(promise)


async def always(tx: Transaction, *, day: Day) -> None:
    """Nobody talks to two callers, no caller to two takers, and every seat knows what its call knows."""
    under_way = await tx.find(Call, state=AnyOf(CallState.RINGING, CallState.TALKING))
    live = {call.id: call for call in under_way if call.aside_at is None}
    await _texts_are_held(tx, [call for call in under_way if call.aside_at is not None], day.city)
    held: Counter[str] = Counter()
    for call in live.values():
        held[(call.taker if call.state is CallState.TALKING else call.offered_to) or "nobody"] += 1
    must(all(count == 1 for count in held.values()), f"one taker, one caller: {held}")
    for seat in await tx.find(Seat, state=AnyOf(SeatState.RINGING, SeatState.TALKING)):
        if seat.leg is not None:
            await _talks_over_a_leg_alone(tx, seat, seat.leg, live)
            continue
        must(seat.call in live, f"{seat.taker} is {seat.state} with no call")
        hers = live.pop(seat.call or "")
        same = (seat.state is SeatState.TALKING) == (hers.state is CallState.TALKING)
        whose = hers.taker if hers.state is CallState.TALKING else hers.offered_to
        must(same and whose == seat.taker, f"seat {seat} and call {hers} disagree")
    must(not live, f"calls at no seat: {sorted(live)}")
    open_legs = await tx.find(Leg, state=OPEN)
    # Several telephones outside may ring for one who waits; only one of them ever speaks with him.
    with_partner = Counter(
        leg.call
        for leg in open_legs
        if leg.call is not None and not (leg.purpose is LegPurpose.OVERFLOW and leg.answered_at is None)
    )
    must(all(count == 1 for count in with_partner.values()), f"one caller, one partner: {with_partner}")
    for call in await tx.find(Call, state=CallState.HANDED):
        must(call.id in with_partner, f"{call.id} was handed over to nobody")
    must(await drawn(tx) == day.picture, "the wall shows something else than the rows")


async def _texts_are_held(tx: Transaction, aside: list[Call], city: City) -> None:
    """What lies aside is a text, not too many, and its taker is there to take it up again."""
    for taker, count in Counter(call.taker or "nobody" for call in aside).items():
        must(count <= city.room.texts.per_taker, f"{taker} holds {count} texts")
        must((await tx.get(Seat, taker)).state is not SeatState.OFF, f"{taker} went home with texts")
    must(all(call.channel is Channel.TEXT for call in aside), "a voice lies aside")


async def _talks_over_a_leg_alone(tx: Transaction, seat: Seat, leg: str, live: Mapping[str, Call]) -> None:
    hers = await tx.get(Leg, leg)
    must(seat.state is SeatState.TALKING and hers.taker == seat.taker, f"{leg} is not {seat.taker}'s")
    must(hers.is_hers_alone and hers.is_open, f"{seat.taker} talks over {leg}, which is over")
    must(seat.call == hers.call and seat.call not in live, f"{seat.taker} talks with two at once")


async def when_followed(tx: Transaction, *, now: datetime) -> None:
    """Every open incident is with somebody, no closed one asks anything of anybody, and no follower stumbled."""
    for incident in await tx.find(Incident, outcome=None):
        asked = await tx.find(Assignment, incident=incident.id)
        must(
            any(one.state not in NOBODY_HAS_IT for one in asked),
            f"incident {incident.id} ({incident.type}) is with nobody",
        )
    open_states = AnyOf(AssignmentState.SENT, AssignmentState.ACKNOWLEDGED, AssignmentState.ON_SCENE)
    for asked_now in await tx.find(Assignment, state=open_states):
        must((await tx.get(Incident, asked_now.incident)).is_open, f"{asked_now.id} of a closed incident")
    for unit in await tx.find(Unit, status=AnyOf(*BUSY)):
        must(unit.incident is not None, f"{unit.code} is busy with nothing")
        must((await tx.get(Incident, unit.incident)).is_open, f"{unit.code} works on a closed incident")
    for leg in await tx.find(Leg, state=OPEN):
        must(await _has_reason(tx, leg), f"leg {leg.id} ({leg.purpose}) goes on for nobody")
    must(not await tx.find(Stumble), f"a follower stumbled: {await tx.find(Stumble)}")


async def _has_reason(tx: Transaction, leg: Leg) -> bool:
    if leg.is_hers_alone:
        return (await tx.get(Seat, leg.taker)).leg == leg.id
    call = await tx.get(Call, leg.call)
    if leg.purpose is LegPurpose.OVERFLOW:
        return waits_for(call, leg)
    if leg.purpose is LegPurpose.TRANSFER:
        return call.state is CallState.HANDED
    return call.state is CallState.TALKING and call.taker == leg.taker


async def after_a_tick(tx: Transaction, *, city: City, now: datetime) -> None:
    """Nothing overdue sleeps, and no caller waits while somebody able to help is ready."""
    for broken in (
        await waits_in_vain(tx, city, now), await ladder_sleeps(tx, city, now), await modes_lie(tx, city),
        await lines_overrun(tx, city),
    ):  # fmt: skip
        must(broken is None, broken or "")
    for leg in await tx.find(Leg, state=LegState.DIALLING):
        must(leg.ring_until > now, f"leg {leg.id} rings too long")
    for call in await tx.find(Call, state=CallState.RINGING):
        must(call.offer_until is not None and call.offer_until > now, f"{call.id} rings too long")
    for asked in await tx.find(Assignment, state=AssignmentState.SENT):
        must(asked.due_at > now, f"{asked.id} is overdue since {asked.due_at} and sleeps")
    for seat in await tx.find(Seat, state=SeatState.TALKING, audio=False):
        hers = await tx.seek(Call, seat.call)
        drops_at = _drops_at(seat, hers)
        heard_by_nobody = drops_at is None and (hers is None or hers.has_voice)
        late = drops_at is not None and drops_at <= now
        must(not heard_by_nobody and not late, f"{seat.taker}'s caller hears nobody")
    for seat in await tx.find(Seat, state=SeatState.WRAPUP):
        late = seat.wrapup_until is not None and seat.wrapup_until <= now
        last = await tx.get(Call, seat.call) if seat.call is not None else None
        done = last is None or not last.wants_word or last.taker not in (None, seat.taker)
        must(not (late and done), f"{seat.taker} sleeps in wrap-up")
    must(await _alarmed(tx) == await _alarming(tx, now), "alarms stand for other things than are wrong")


async def _alarmed(tx: Transaction) -> set[str]:
    kinds = AnyOf(AlarmKind.CALLER_WAITS, AlarmKind.PRESS_WAITS, AlarmKind.ABANDONED_NOT_CALLED_BACK)
    return {alarm.id for alarm in await tx.find(Alarm, kind=kinds, cleared_at=None)}


async def _alarming(tx: Transaction, now: datetime) -> set[str]:
    unanswered = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING))
    late = [
        call for call in unanswered
        if not call.half_open and call.arrived_at + timedelta(seconds=WAITING_SECONDS_BEFORE_ALARM) <= now
    ]  # fmt: skip
    held = await tx.find(Call, state=CallState.TALKING, held_until=UpTo(now))
    texts = await tx.find(Call, state=CallState.TALKING, channel=Channel.TEXT)
    causes = {
        AlarmKind.CALLER_WAITS: [*(call for call in late if call.has_voice), *held],
        AlarmKind.PRESS_WAITS: [
            *(call for call in late if not call.has_voice), *(call for call in texts if waits_unseen(call, now))
        ],
        AlarmKind.ABANDONED_NOT_CALLED_BACK: [call for at, call in await _owed_from(tx) if at <= now],
    }  # fmt: skip
    return {f"{kind}:{call.id}" for kind, calls in causes.items() for call in calls}


async def _owed_from(tx: Transaction) -> list[tuple[datetime, Call]]:
    """Who is owed a word and on nobody's desk, with the moment from which the room must be told."""
    on_a_desk = {seat.call for seat in await tx.find(Seat, state=SeatState.WRAPUP)}
    corrected = {one.call: one.at for one in sorted(await tx.find(Correction), key=lambda one: one.at)}
    gone_for = timedelta(seconds=ABANDONED_SECONDS_BEFORE_ALARM)
    return [
        (max(call.ended_at, corrected.get(call.id, call.ended_at)) + gone_for, call)
        for call in await tx.find(Call, state=CallState.ENDED)
        if call.is_owed and call.ended_at is not None and call.id not in on_a_desk
    ]


def _drops_at(seat: Seat, call: Call | None) -> datetime | None:
    """When her caller is given to somebody else, because her headset (or her whole desk) is gone."""
    if seat.audio_lost_at is None:
        return None
    has_voice = call is None or seat.leg is not None or call.channel is Channel.VOICE
    grace = AUDIO_GRACE_SECONDS if has_voice else PRESS_GRACE_SECONDS
    return seat.audio_lost_at + timedelta(seconds=grace)


async def next_deadline(tx: Transaction, *, city: City, now: datetime) -> datetime | None:
    """The next moment after ``now`` at which time itself changes something; an hour of silence has none."""
    waited = timedelta(seconds=WAITING_SECONDS_BEFORE_ALARM)
    moments: list[datetime | None] = await room_deadlines(tx, city, now)
    for call in await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING)):
        moments += [call.offer_until, call.arrived_at + waited]
    moments += [at for at, _ in await _owed_from(tx)]
    for seat in await tx.find(Seat, state=AnyOf(SeatState.WRAPUP, SeatState.TALKING)):
        moments.append(seat.wrapup_until)
        if seat.state is SeatState.TALKING:
            moments.append(_drops_at(seat, await tx.seek(Call, seat.call)))
    moments += [leg.ring_until for leg in await tx.find(Leg, state=LegState.DIALLING)]
    for call in await tx.find(Call, state=CallState.TALKING):
        moments.append(call.held_until)
        if call.aside_at is not None and call.said_at is not None:
            moments.append(call.said_at + timedelta(seconds=UNSEEN_SECONDS))
    moments += [asked.due_at for asked in await tx.find(Assignment, state=AssignmentState.SENT)]
    for message in await tx.find(Message, state=MessageState.PENDING):
        moments.append(max(message.next_at, now + timedelta(seconds=1)))
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


async def at_the_end(tx: Transaction, *, day: Day) -> None:
    """No caller was forgotten, no press was lost or doubled, numbers have no gap, every doorbell was rung once."""
    calls = await tx.find(Call)
    must(all(call.is_over for call in calls), f"forgotten: {[call.id for call in calls if not call.is_over]}")
    listed = {call.id for call in await tx.find(
        Call, state=CallState.ENDED, disposition=None, incident=None, called_back_at=None)}  # fmt: skip
    must(listed == {call.id for call in calls if call.is_owed}, "the list of owed calls is wrong")
    presses = sum(1 for call in calls if call.channel is Channel.PANIC)
    must(presses == day.presses, f"{day.presses} presses became {presses} calls")
    incidents = await tx.find(Incident)
    numbers: dict[int, list[int]] = {}
    for incident in incidents:
        numbers.setdefault(incident.year, []).append(incident.number or 0)
    for year, given in numbers.items():
        must(sorted(given) == list(range(1, len(given) + 1)), f"numbers of {year}: {sorted(given)}")
    messages = await tx.find(Message)
    must(all(message.state is not MessageState.PENDING for message in messages), "messages were left lying")
    delivered = {message.id for message in messages if message.state is MessageState.DELIVERED}
    must(delivered <= set(day.channel.sent), "a message counts as delivered that nobody has heard")
    must(
        {message.id for message in messages} == await _doorbells(tx, day), "doorbells are missing or too many"
    )


async def _doorbells(tx: Transaction, day: Day) -> set[str]:
    """Every contact on the rung that was asked, for every time it was asked."""
    return {
        message_key(position, contact.id, contact.channel)
        for position, agency, rung in day.asked
        for contact in await tx.find(Contact, agency=agency, rung=rung, active=True)
    }
