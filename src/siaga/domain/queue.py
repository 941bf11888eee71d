"""Who is helped next. One queue for every channel: priority, then age; to the longest-idle ready taker.

Rule 1: nobody is passed over for ever. A skill is waited for a few seconds, a setback is a few seconds; then age wins.
Rule 2: a caller never waits beyond those seconds while a seat that may take him is free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from siaga.domain.call import Call, CallState, Channel
from siaga.domain.shift import Seat, SeatState

DELAY_SECONDS_MAX = 15  # no caller is ever set back by more than this, whatever anybody has asked for
FIRST_GROUP = ""  # the seats that are always asked; a seat is in this group until somebody says otherwise
ANYBODY_SECONDS = (
    6  # the offer lasts 15 s: a taker who stepped away must not keep a caller from those who are free
)
ON_DUTY = (SeatState.READY, SeatState.RINGING, SeatState.TALKING, SeatState.WRAPUP)


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What holds in the room while offers are made.

    ``delays``: seconds by which a call's age is reduced, by call. ``open_groups``: seat groups asked for every call
    (in a flood, for those on call, and when nobody of the first group is on duty). ``skills_on_duty``: what anybody
    on duty knows: nobody waits for a skill that is not in the house. ``texts_full``: takers who hold as many
    conversations by text as one may.
    """

    now: datetime | None = None
    skill_wait_seconds: int = 0
    delays: Mapping[str, int] = field(default_factory=dict)
    every_group: bool = False
    open_groups: frozenset[str] = frozenset()
    skills_on_duty: frozenset[str] = frozenset()
    texts_full: frozenset[str] = frozenset()


ORDINARY = Conditions()


def in_order(waiting: Sequence[Call], delays: Mapping[str, int] | None = None) -> list[Call]:
    """The most urgent first; among equals, who has waited longest. ``delays`` in seconds, capped; never a press.

    Half-open calls stand behind everybody: a flood's calls before no caller.
    """
    set_back = delays or {}

    def age(call: Call) -> datetime:
        seconds = 0 if call.channel is Channel.PANIC else set_back.get(call.id, 0)
        return call.arrived_at + timedelta(seconds=max(0, min(seconds, DELAY_SECONDS_MAX)))

    return sorted(waiting, key=lambda call: (call.half_open, call.urgency, age(call), call.id))


def anybodys_from(call: Call) -> datetime:
    """From here a call that still rings at one seat rings at every free one, and whoever is first has it."""
    return call.arrived_at + timedelta(seconds=ANYBODY_SECONDS)


def by_rest(seats: Sequence[Seat]) -> list[Seat]:
    """The longest-idle taker first."""
    return sorted(seats, key=lambda seat: (seat.idle_since, seat.taker))


def conditions_of(
    seats: Sequence[Seat],
    *,
    now: datetime,
    skill_wait_seconds: int,
    delays: Mapping[str, int] | None = None,
    every_group: bool = False,
    open_groups: frozenset[str] = frozenset(),
    texts_full: frozenset[str] = frozenset(),
) -> Conditions:
    """The conditions that follow from who sits where now. ``seats``: everybody on duty."""
    on_duty = [seat for seat in seats if seat.state in ON_DUTY]
    first_is_empty = not any(seat.seat_group == FIRST_GROUP for seat in on_duty)
    return Conditions(
        now=now,
        skill_wait_seconds=skill_wait_seconds,
        delays=delays or {},
        every_group=every_group or first_is_empty,
        open_groups=open_groups,
        skills_on_duty=frozenset(skill for seat in on_duty for skill in seat.skills),
        texts_full=texts_full,
    )


def may_take(seat: Seat, call: Call, given: Conditions) -> bool:
    """Whether this seat is asked for this call at all: she can hear him, and her group's turn has come.

    A text is not given to who holds as many as she may; a call nobody has confirmed is given to nobody yet.
    """
    if call.half_open:
        return False
    if call.channel is Channel.TEXT and seat.taker in given.texts_full:
        return False
    hears = seat.hears(call.node) or call.channel is not Channel.VOICE
    asked = given.every_group or seat.seat_group in (FIRST_GROUP, *call.open_to, *given.open_groups)
    return hears and asked


def waits_for_skill(call: Call, given: Conditions) -> bool:
    """Whether the caller is still held for a taker who knows what he needs; only if one is on duty at all."""
    lacking = set(call.needs) & given.skills_on_duty
    if not lacking or given.now is None or call.needed_at is None:
        return False
    return given.now < call.needed_at + timedelta(seconds=given.skill_wait_seconds)


def takers_for(call: Call, ready: Sequence[Seat], given: Conditions) -> list[Seat]:
    """Who may be offered this call now, the best first: the skill he needs, not yet asked, longest idle."""
    able = [seat for seat in ready if may_take(seat, call, given)]
    needs = set(call.needs)
    if needs and waits_for_skill(call, given):
        able = [seat for seat in able if needs & given.skills_on_duty <= set(seat.skills)]
    return sorted(
        by_rest(able), key=lambda seat: (seat.taker in call.passed_by, -len(needs & set(seat.skills)))
    )


def next_offer(
    waiting: Sequence[Call], seats: Sequence[Seat], given: Conditions = ORDINARY
) -> tuple[Call, Seat] | None:
    """The first call in order that somebody ready may take, and the best of those who may.

    A taker who let this very call pass is asked again only when nobody else is ready. A voice needs a taker
    whose headset is connected; a panic press or a text does not.
    """
    ready = [seat for seat in seats if seat.state is SeatState.READY]
    for call in in_order([call for call in waiting if call.state is CallState.WAITING], given.delays):
        if takers := takers_for(call, ready, given):
            return call, takers[0]
    return None
