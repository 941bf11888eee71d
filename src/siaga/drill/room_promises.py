"""What the phone room promises while it has more callers than seats. Said in words of its own, not in the queue's."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.call import Call, CallState, Channel
from siaga.domain.city import City
from siaga.domain.leg import Leg, LegState
from siaga.domain.overflow import step_due
from siaga.domain.queue import DELAY_SECONDS_MAX, FIRST_GROUP, ON_DUTY
from siaga.domain.room import ROOM, Room, deadlines
from siaga.domain.room_rules import OverflowKind
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls.room.load import ON_CALL_ALARM, at_once, busy_lines
from siaga.records.archive import AnyOf, Transaction

UNANSWERED_OR_HANDED = AnyOf(CallState.WAITING, CallState.RINGING, CallState.HANDED)


async def waits_in_vain(tx: Transaction, city: City, now: datetime) -> str | None:
    """Somebody waits although somebody ready should have been asked; in words, or None."""
    room = await tx.seek(Room, ROOM) or Room()
    on_duty = await tx.find(Seat, state=AnyOf(*ON_DUTY))
    alone = not any(seat.seat_group == FIRST_GROUP for seat in on_duty)
    ready = [seat for seat in on_duty if seat.state is SeatState.READY]
    texts = Counter(text.taker for text in await tx.find(Call, channel=Channel.TEXT, state=CallState.TALKING))
    for call in await tx.find(Call, state=CallState.WAITING):
        for seat in ready:
            deaf = call.channel is Channel.VOICE and not seat.audio
            called = seat.seat_group == city.room.on_call.group and room.on_call_since is not None
            asked = seat.seat_group == FIRST_GROUP or seat.seat_group in call.open_to or called
            full = call.channel is Channel.TEXT and texts[seat.taker] >= city.room.texts.per_taker
            if deaf or full or not (asked or alone or room.flood_since is not None):
                continue
            if not _held_for_skill(call, seat, city, now):
                return f"{call.id} waits and {seat.taker} is ready"
    return None


def _held_for_skill(call: Call, seat: Seat, city: City, now: datetime) -> bool:
    """The only reason to pass a ready seat over, and it ends soon."""
    if call.needed_at is None or set(call.needs) <= set(seat.skills):
        return False
    return now < call.needed_at + timedelta(seconds=city.room.queue.skill_wait_seconds)


async def ladder_sleeps(tx: Transaction, city: City, now: datetime) -> str | None:
    """A step of the overflow whose time has come was not taken."""
    room = await tx.seek(Room, ROOM) or Room()
    hurried = await at_once(tx, room, city, now)
    busy = await busy_lines(tx)
    for call in await tx.find(Call, state=CallState.WAITING):
        for step in city.room.overflow:
            if step.kind is OverflowKind.PHONE and busy[step.name] >= step.lines:
                continue
            voice = call.channel is Channel.VOICE or step.kind is OverflowKind.GROUP
            seconds = city.room.night.overflow_after_seconds if hurried and step.night else step.after_seconds
            late = now >= call.arrived_at + timedelta(seconds=max(seconds, 0))
            if voice and late and step.code not in call.overflowed:
                return f"{call.id} should overflow to {step.code}"
    return None


async def lines_overrun(tx: Transaction, city: City) -> str | None:
    """A telephone outside rings for more callers than it has lines."""
    busy = await busy_lines(tx)
    over = [step.name for step in city.room.overflow if busy[step.name] > step.lines]
    return f"too many calls to {over}" if over else None


async def modes_lie(tx: Transaction, city: City) -> str | None:
    """The modes do not follow the queue, or an alarm stands for something else than is the case."""
    room = await tx.seek(Room, ROOM) or Room()
    unanswered = len(await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING)))
    if unanswered >= city.room.flood.waiting_at and room.flood_since is None:
        return f"{unanswered} wait and it is no flood"
    if unanswered >= city.room.on_call.waiting_at and room.on_call_since is None:
        return f"{unanswered} wait and nobody on call was told"
    standing = {
        alarm.id
        for alarm in await tx.find(Alarm, cleared_at=None, kind=AnyOf(AlarmKind.OVERFLOW, AlarmKind.ON_CALL))
    }
    phones = {step.code for step in city.room.overflow if step.kind is OverflowKind.PHONE}
    wanted = {
        f"{AlarmKind.OVERFLOW}:{call.id}"
        for call in await tx.find(Call, state=UNANSWERED_OR_HANDED)
        if (phones & set(call.overflowed) if call.state is not CallState.HANDED else call.outside is not None)
    } | ({ON_CALL_ALARM} if room.on_call_since is not None else set())
    return None if standing == wanted else f"alarms of the room: {standing} stand, {wanted} should"


async def room_deadlines(tx: Transaction, city: City, now: datetime) -> list[datetime | None]:
    """When time itself changes something in the room."""
    room = await tx.seek(Room, ROOM) or Room()
    hurried = await at_once(tx, room, city, now)
    moments: list[datetime | None] = [*deadlines(room, city.room)]
    for call in await tx.find(Call, state=CallState.WAITING):
        moments += [step_due(call, step, city.room, at_once=hurried) for step in city.room.overflow]
        if call.needed_at is not None:
            moments.append(call.needed_at + timedelta(seconds=city.room.queue.skill_wait_seconds))
        moments.append(call.arrived_at + timedelta(seconds=DELAY_SECONDS_MAX))
    moments += [leg.ring_until for leg in await tx.find(Leg, state=LegState.DIALLING)]
    if room.flood_since is not None:
        for seat in await tx.find(Seat, state=SeatState.WRAPUP):
            moments.append(seat.since + timedelta(seconds=city.room.flood.wrapup_seconds))
    if await tx.find(Call, state=CallState.WAITING, limit=1):
        moments.append(_next_night(city, now))
    return moments


def _next_night(city: City, now: datetime) -> datetime:
    """When the city's night begins next."""
    local = now.astimezone(city.zone)
    starts = city.room.night.starts
    begins = local.replace(hour=starts.hour, minute=starts.minute, second=0, microsecond=0)
    return begins if begins > local else begins + timedelta(days=1)
