"""The phone room under load: arrivals are counted, callers overflow, modes begin and end, notices are heard.

Rule 1: everything here looks at rows and may be run again at any moment; a restart forgets nothing.
Rule 2: nothing here ends, refuses or sets back a call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga.domain import overflow
from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.burst import may_concern
from siaga.domain.call import Call, CallState, Channel
from siaga.domain.city import City
from siaga.domain.event import CallArrived, DigitPressed
from siaga.domain.incident import Incident
from siaga.domain.leg import Leg, LegPurpose, LegState
from siaga.domain.queue import ON_DUTY, in_order
from siaga.domain.room import ROOM, Notice, Room, watched, with_arrivals
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls import offering
from siaga.records.archive import AnyOf, Entry, Transaction

UNANSWERED = AnyOf(CallState.WAITING, CallState.RINGING)
ON_CALL_ALARM = f"{AlarmKind.ON_CALL}:{ROOM}"
EMERGENCY_NUMBER = "112"  # whom the telephone outside sees calling
OVERFLOW_RING_SECONDS = (
    40  # a desk that is manned picks up sooner; meanwhile the next step of the ladder comes
)
PHONE_STEPS_PRIORITY = 2  # the caller is being helped, but not by us: somebody must look, nobody must run


@dataclass(frozen=True)
class PhoneRoom:
    """The follower "calls" of one city: what callers and takers do moves the queue at once."""

    city: City

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        """Count arrivals, understand keys pressed while waiting, then look at the queue once."""
        await note_arrivals(tx, [entry.event.at for entry in entries if isinstance(entry.event, CallArrived)])
        pressed = [entry.event for entry in entries if isinstance(entry.event, DigitPressed)]
        for event in pressed:
            await self._understand(tx, event, now)
        await offering.react(tx, entries, now, self.city.room)

    async def _understand(self, tx: Transaction, event: DigitPressed, now: datetime) -> None:
        """A key while waiting: "mine is another emergency" after a notice, or a language."""
        call = await tx.get(Call, event.call)
        if call.state not in (CallState.WAITING, CallState.RINGING):
            return
        call = tx.keep(overflow.another_matter(call, at=now))
        skill = self.city.room.skill_by_digit.get(event.digit)
        if skill is not None:
            tx.keep(overflow.needing(call, skill.code, by=None, at=event.at))


async def note_arrivals(tx: Transaction, arrivals: Sequence[datetime]) -> None:
    """Remember when calls came, for the thresholds."""
    if arrivals:
        room = await tx.seek(Room, ROOM) or Room()
        tx.put(with_arrivals(room, arrivals))


async def watch_room(tx: Transaction, *, city: City, now: datetime) -> None:
    """Once a second: modes, offers, the ladder of overflow, notices, and the alarms that go with them."""
    room = await tx.seek(Room, ROOM) or Room()
    unanswered = await tx.find(Call, state=UNANSWERED, half_open=False)
    after, events = watched(room, len(unanswered), city.room, at=now)
    if after != room:
        tx.put(after)
        tx.record(*events)
    await offering.offer_waiting(tx, now=now, rules=city.room)
    await _overflow(tx, after, city, now)
    await _tell_notices(tx, city, now)
    await offering.offer_waiting(tx, now=now, rules=city.room)
    await _stand(tx, ON_CALL_ALARM, AlarmKind.ON_CALL, after.on_call_since is not None, now)
    await _stand_for_overflow(tx, city, now)


async def hurry_wrapups(tx: Transaction, *, city: City, now: datetime) -> int:
    """In a flood a taker whose call has been dealt with is ready sooner; returns how many were freed."""
    room = await tx.seek(Room, ROOM)
    if room is None or room.flood_since is None:
        return 0
    freed = 0
    for seat in await tx.find(Seat, state=SeatState.WRAPUP):
        if now - seat.since < timedelta(seconds=city.room.flood.wrapup_seconds):
            continue
        call = await tx.seek(Call, seat.call) if seat.call else None
        if call is None or call.is_dealt_with or call.called_back_at is not None:
            tx.keep(seat.moved("come", at=now))
            freed += 1
    return freed


async def at_once(tx: Transaction, room: Room, city: City, now: datetime) -> bool:
    """Whether the steps marked for the night come without the usual wait: night, flood, or nobody on duty."""
    if room.flood_since is not None or room.is_night(city.room, now, city.zone):
        return True
    return not await tx.find(Seat, state=AnyOf(*ON_DUTY), limit=1)


async def _overflow(tx: Transaction, room: Room, city: City, now: datetime) -> None:
    waiting = await tx.find(Call, state=CallState.WAITING, half_open=False)
    if not waiting or not city.room.overflow:
        return
    hurried = await at_once(tx, room, city, now)
    busy = await busy_lines(tx)
    for call in in_order(waiting):
        for step in overflow.steps_due(call, city.room, now=now, at_once=hurried):
            if step.is_phone and busy[step.name] >= step.lines:
                continue  # it is rung for him when a line there is free
            busy[step.name] += step.is_phone
            call = tx.keep(overflow.overflowed(call, step, at=now))
            if step.is_phone:
                tx.keep(
                    overflow.rung(call, step, id=tx.new_id(), caller_id=EMERGENCY_NUMBER,
                                  ring_seconds=OVERFLOW_RING_SECONDS, at=now)
                )  # fmt: skip


async def busy_lines(tx: Transaction) -> Counter[str]:
    """How many lines of each telephone outside ring or speak for us now, by the step's name."""
    open_legs = await tx.find(Leg, state=AnyOf(LegState.DIALLING, LegState.UP))
    return Counter(leg.label for leg in open_legs if leg.purpose is LegPurpose.OVERFLOW)


async def _tell_notices(tx: Transaction, city: City, now: datetime) -> None:
    """Who waits hears the newest notice that may concern him, once; a closed incident's notice is switched off."""
    playing = []
    for notice in await tx.find(Notice, playing=True):
        incident = await tx.get(Incident, notice.id)
        if incident.is_open:
            playing.append((notice.since, incident))
        else:
            tx.keep(notice.switched(False, by=None, at=now))
    if not playing:
        return
    newest_first = [incident for _, incident in sorted(playing, key=lambda pair: pair[0], reverse=True)]
    for call in await tx.find(Call, state=UNANSWERED):
        if call.channel is not Channel.VOICE or call.told is not None:
            continue
        about = next((one for one in newest_first if may_concern(call, one, city.room.burst)), None)
        if about is not None:
            tx.keep(overflow.told(call, about.id, at=now))


async def _stand_for_overflow(tx: Transaction, city: City, now: datetime) -> None:
    """An alarm for each caller for whom a telephone outside rings or speaks."""
    live = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING, CallState.HANDED))
    causes = {f"{AlarmKind.OVERFLOW}:{call.id}": call.id for call in live if is_overflowing(call, city)}
    standing = {alarm.id for alarm in await tx.find(Alarm, kind=AlarmKind.OVERFLOW, cleared_at=None)}
    for alarm in sorted(standing | causes.keys()):
        await _stand(tx, alarm, AlarmKind.OVERFLOW, alarm in causes, now, call=causes.get(alarm))


def is_overflowing(call: Call, city: City) -> bool:
    """A telephone outside rings for him, or somebody there speaks with him."""
    if call.state is CallState.HANDED:
        return call.outside is not None
    return bool(set(call.overflowed) & set(_phone_steps(city)))


def _phone_steps(city: City) -> Iterable[str]:
    return (step.code for step in city.room.overflow if step.is_phone)


async def _stand(
    tx: Transaction, id: str, kind: AlarmKind, stands: bool, now: datetime, call: str | None = None
) -> None:
    """The alarm stands exactly while its cause does."""
    known = await tx.seek(Alarm, id)
    if known is None and stands:
        alarm = Alarm(id=id, kind=kind, priority=PHONE_STEPS_PRIORITY, raised_at=now, call=call)
        tx.put(alarm)
        tx.record(alarm.fact())
    elif known is not None and stands and known.cleared_at is not None:
        tx.keep(known.raised_again(at=now))
    elif known is not None and not stands and known.cleared_at is None:
        tx.keep(known.cleared(at=now))
