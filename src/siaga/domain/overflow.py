"""A caller nobody in the room can take: the ladder of other groups and telephones, and the way back.

Rule 1: he keeps his place in the queue until a human being speaks with him, here or there.
Rule 2: a step is taken once for a call; the room goes on trying at the same time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from siaga.domain.call import TRANSITIONS, Call, CallState, Channel
from siaga.domain.event import (
    CallIsAnotherMatter,
    CallNeedsSkill,
    CallOverflowed,
    CallTakenOutside,
    CallToldNotice,
    LegDialled,
    OverflowFailed,
)
from siaga.domain.leg import Leg, LegPurpose, LegState, dialled
from siaga.domain.machine import step as move
from siaga.domain.room_rules import OverflowKind, OverflowStep, RoomRules

NEEDS_MAX = 4  # skills one caller may need at once; a phone full of pressed keys is no list of languages


def step_due(call: Call, step: OverflowStep, rules: RoomRules, *, at_once: bool) -> datetime | None:
    """When this step comes for this call; None: never (taken already, or a telephone for somebody without a voice).

    ``at_once``: night mode, a flood, or nobody on duty: the steps marked ``night`` come without the usual wait.
    """
    if step.code in call.overflowed or (
        step.kind is OverflowKind.PHONE and call.channel is not Channel.VOICE
    ):
        return None
    hurried = at_once and step.night
    seconds = min(step.after_seconds, rules.night.overflow_after_seconds) if hurried else step.after_seconds
    return call.arrived_at + timedelta(seconds=seconds)


def steps_due(call: Call, rules: RoomRules, *, now: datetime, at_once: bool) -> list[OverflowStep]:
    """The steps this waiting call takes now, in the order of the ladder."""
    due = [(step, step_due(call, step, rules, at_once=at_once)) for step in rules.overflow]
    return [step for step, when in due if when is not None and when <= now]


def overflowed(call: Call, step: OverflowStep, *, at: datetime) -> tuple[Call, CallOverflowed]:
    """Another group is asked for him, or a telephone outside rings, while he goes on waiting."""
    open_to = (*call.open_to, step.target) if step.kind is OverflowKind.GROUP else call.open_to
    event = CallOverflowed(
        call=call.id,
        step=step.code,
        kind=step.kind,
        target=step.name if step.is_phone else step.target,
        at=at,
    )
    return replace(call, overflowed=(*call.overflowed, step.code), open_to=open_to), event


def rung(
    call: Call, step: OverflowStep, *, id: str, caller_id: str, ring_seconds: int, at: datetime
) -> tuple[Leg, LegDialled]:
    """The telephone outside rings for him, from the node that has him."""
    return dialled(
        id=id, purpose=LegPurpose.OVERFLOW, taker="", address=step.target, label=step.name, caller_id=caller_id,
        at=at, ring_seconds=ring_seconds, call=call.id, node=call.node,
    )  # fmt: skip


def taken_outside(call: Call, leg: Leg, *, at: datetime) -> tuple[Call, CallTakenOutside]:
    """Somebody answered the telephone outside. Refused when a taker has him already."""
    state = move(TRANSITIONS, call.state, CallTakenOutside, "Panggilan ini sudah dijawab atau sudah selesai.")
    taken = replace(
        call,
        state=state,
        outside=leg.id,
        offered_to=None,
        offer_until=None,
        answered_at=call.answered_at or at,
    )
    return taken, CallTakenOutside(call=call.id, leg=leg.id, at=at)


def is_outside(call: Call, leg: Leg) -> bool:
    """This very telephone has him: where it ends, he is helped or comes back."""
    return call.state is CallState.HANDED and call.outside == leg.id


def waits_for(call: Call, leg: Leg) -> bool:
    """Whether the telephone outside still has a reason to ring or to be open."""
    still_waits = call.state in (CallState.WAITING, CallState.RINGING)
    return is_outside(call, leg) or (still_waits and leg.state is LegState.DIALLING)


def failed(call: Call, leg: Leg, cause: str, *, at: datetime) -> OverflowFailed:
    """Nobody picked up there; the caller waits on."""
    return OverflowFailed(call=call.id, leg=leg.id, cause=cause, at=at)


def needing(call: Call, skill: str, *, by: str | None, at: datetime) -> tuple[Call, CallNeedsSkill | None]:
    """He needs somebody who knows this; saying it twice changes nothing."""
    if skill in call.needs or len(call.needs) >= NEEDS_MAX:
        return call, None
    event = CallNeedsSkill(call=call.id, skill=skill, by=by, at=at)
    return replace(call, needs=(*call.needs, skill), needed_at=at), event


def told(call: Call, incident: str, *, at: datetime) -> tuple[Call, CallToldNotice]:
    """He hears that this incident is known."""
    return replace(call, told=incident), CallToldNotice(call=call.id, incident=incident, at=at)


def another_matter(call: Call, *, at: datetime) -> tuple[Call, CallIsAnotherMatter | None]:
    """Having heard the notice he pressed a key: he goes before those who did not."""
    if call.told is None or call.other_matter or call.state not in (CallState.WAITING, CallState.RINGING):
        return call, None
    event = CallIsAnotherMatter(call=call.id, incident=call.told, at=at)
    return replace(call, other_matter=True, urgency=1), event
