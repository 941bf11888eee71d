"""What a taker does with a caller she talks with: hold, resume, pass on, hand over. Pure decisions about a `Call`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from siaga.domain.call import OFFER_SECONDS, TRANSITIONS, Call, CallState, EndReason
from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallEnded, CallHandedOver, CallHeld, CallPassed, CallResumed
from siaga.domain.leg import HOLD_SECONDS_MAX, Leg
from siaga.domain.machine import step
from siaga.domain.silent_check import cut, listened_anew, unwatched

NOT_TALKING = "Panggilan ini tidak sedang berlangsung."
NOT_YOURS = "Panggilan ini ditangani petugas lain."


def must_be_hers(call: Call, taker: str) -> None:
    """Refuse what only the taker who talks with this caller may do."""
    if call.state is not CallState.TALKING:
        raise RuleBroken(NOT_TALKING)
    if call.taker != taker:
        raise RuleBroken(NOT_YOURS)


def held(call: Call, *, by: str, at: datetime, seconds: int) -> tuple[Call, CallHeld]:
    """The caller hears the hold announcement. After ``seconds`` the room is told that he still waits."""
    must_be_hers(call, by)
    if call.held_at is not None:
        raise RuleBroken("Panggilan ini sudah ditahan.")
    until = at + timedelta(seconds=min(seconds, HOLD_SECONDS_MAX))
    quiet = replace(cut(call, at), watched_at=call.watched_at)  # the detector goes on listening
    return replace(quiet, held_at=at, held_until=until), CallHeld(call=call.id, taker=by, at=at)


def resumed(call: Call, *, by: str, at: datetime) -> tuple[Call, CallResumed]:
    """Caller and taker hear each other again."""
    must_be_hers(call, by)
    if call.held_at is None:
        raise RuleBroken("Panggilan ini tidak sedang ditahan.")
    return listened_anew(no_longer_held(call), at), CallResumed(call=call.id, taker=by, at=at)


def no_longer_held(call: Call) -> Call:
    return replace(call, held_at=None, held_until=None)


def passed(
    call: Call, *, to: str, by: str, at: datetime, seconds: int = OFFER_SECONDS
) -> tuple[Call, CallPassed]:
    """Another taker's seat rings. Whoever gives him away, he goes before everybody if she does not answer."""
    state = step(TRANSITIONS, call.state, CallPassed, NOT_TALKING)
    if call.taker == to:
        raise RuleBroken("Panggilan ini sudah di meja itu.")
    until = at + timedelta(seconds=seconds)
    event = CallPassed(call=call.id, taker=call.taker or "", to=to, by=by, until=until, at=at)
    free = unwatched(no_longer_held(call), at)
    given = replace(free, state=state, taker=None, urgency=1, offered_to=to, offer_until=until, aside_at=None)
    return given, event


def handed_over(call: Call, *, leg: Leg, by: str, at: datetime) -> tuple[Call, CallHandedOver]:
    """The taker leaves; the caller is with, or waits for, a partner outside the room. She stays his last taker."""
    must_be_hers(call, by)
    state = step(TRANSITIONS, call.state, CallHandedOver, NOT_TALKING)
    event = CallHandedOver(call=call.id, leg=leg.id, taker=by, answered=leg.answered_at is not None, at=at)
    return replace(unwatched(no_longer_held(call), at), state=state, aside_at=None), event


def ended_by_partner(call: Call, *, at: datetime) -> tuple[Call, CallEnded]:
    """The partner who had taken the caller over has finished with him."""
    if call.state is not CallState.HANDED:
        raise RuleBroken(NOT_TALKING)
    state = step(TRANSITIONS, call.state, CallEnded, NOT_TALKING)
    over = replace(call, state=state, ended_at=at, end_reason=EndReason.PARTNER_HUNG_UP)
    return over, CallEnded(call=call.id, taker=call.taker or "", at=at)
