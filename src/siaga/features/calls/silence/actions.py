"""A caller who says nothing: what the line hears of him, the check, and questions answered by key."""

from __future__ import annotations

from datetime import datetime

from siaga.domain import silent_check
from siaga.domain.call import Call, CallState, Channel
from siaga.domain.city import City
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.leg import Leg, LegState
from siaga.domain.room_rules import SilentRules
from siaga.domain.silent_check import AskedQuestion, Sign
from siaga.records.archive import AnyOf, Transaction

# --- what the line says -------------------------------------------------------------------------------------


async def voice_watch_changed(tx: Transaction, *, call: str, on: bool, now: datetime) -> None:
    """The detector listens to this caller, or cannot any more."""
    tx.keep(silent_check.watched(await tx.get(Call, call), on=on, at=now))


async def voice_heard(tx: Transaction, *, call: str, now: datetime) -> None:
    """The caller speaks."""
    tx.keep(silent_check.voice_heard(await tx.get(Call, call), at=now))


async def knock_heard(tx: Transaction, *, call: str, now: datetime) -> None:
    """A tap on the telephone; how many are a signal `run_checks` knows."""
    tx.keep(silent_check.knocked(await tx.get(Call, call), at=now))


async def check_played(tx: Transaction, *, call: str, now: datetime) -> None:
    """The caller has heard the check's script to its end."""
    tx.keep(silent_check.played(await tx.get(Call, call), at=now))


async def key_means(tx: Transaction, call: Call, digit: str, now: datetime) -> None:
    """What a key says beyond itself: an answer to a question, or that somebody is there who cannot speak."""
    asked = await _open_question(tx, call.id, now)
    if asked is not None:
        tx.keep(asked.answered(digit, at=now))
    sign = silent_check.sign_in_digits(call, asked=asked is not None)
    if sign is not None:
        tx.keep(silent_check.cannot_speak(call, sign, at=now))


# --- what the taker does -------------------------------------------------------------------------------------


async def begin_check(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """She asks for a sign herself (Alt+V)."""
    if await _has_partner(tx, call):
        raise RuleBroken(silent_check.NOT_WITH_HIM_LABELS["partner"])
    tx.keep(silent_check.began(await tx.get(Call, call), by=taker, at=now))


async def stop_check(tx: Transaction, *, call: str, taker: str, now: datetime) -> None:
    """She hears somebody and wants to talk without the recorded voice."""
    tx.keep(silent_check.stopped(await tx.get(Call, call), by=taker, at=now))


async def ask_question(
    tx: Transaction, *, call: str, code: str, taker: str, city: City, now: datetime
) -> str:
    """Play one of the city's yes/no questions; returns its id."""
    question = next((one for one in city.room.questions if one.code == code), None)
    if question is None:
        raise NotFound("Pertanyaan ini tidak ada.")
    asked: AskedQuestion = tx.keep(
        silent_check.question_asked(await tx.get(Call, call), question, id=tx.new_id(), by=taker, at=now)
    )
    return asked.id


# --- what time does -------------------------------------------------------------------------------------------


async def run_checks(tx: Transaction, *, rules: SilentRules, now: datetime) -> int:
    """Begin the checks that are due, hear enough knocks as a signal, close what is over; returns how many changed.

    Looks at rows only: a restart of anything forgets no check.
    """
    changed = 0
    for call in await tx.find(Call, state=CallState.TALKING, channel=Channel.VOICE):
        if silent_check.is_due(call, rules, now):
            if await _has_partner(tx, call.id):
                continue
            tx.keep(silent_check.began(call, by=None, at=now))
            changed += 1
        elif silent_check.is_running(call) and call.knocks >= rules.knocks:
            tx.keep(silent_check.cannot_speak(call, Sign.KNOCKS, at=now))
            changed += 1
        elif (over := silent_check.ended_if_due(call, rules, now)) is not None:
            tx.keep(over)
            changed += 1
    return changed


async def _has_partner(tx: Transaction, call: str) -> bool:
    """Somebody outside the room is in, or is being rung for, this conversation."""
    open_legs = AnyOf(LegState.DIALLING, LegState.UP)
    return bool(await tx.find(Leg, call=call, state=open_legs, limit=1))


async def _open_question(tx: Transaction, call: str, now: datetime) -> AskedQuestion | None:
    """The last question, if a key can still answer it."""
    asked = await tx.find(AskedQuestion, call=call, order=("asked_at", "id"))
    return asked[-1] if asked and asked[-1].is_open(now) else None
