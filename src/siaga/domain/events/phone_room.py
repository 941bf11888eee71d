"""What happens when the room has more callers than seats: skills, overflow, night, flood, on-call, notices."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class CallNeedsSkill(Event):
    """The caller asked for a language by telephone key, or a taker said what he needs (``by``)."""

    name = "call.needs_skill.v1"
    call: str
    skill: str
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallOverflowed(Event):
    """No seat was free for too long: another group is asked, or a telephone outside rings, as well.

    ``target``: the seat group, or the city's own name of the telephone; never its number.
    """

    name = "call.overflowed.v1"
    call: str
    step: str
    kind: str
    target: str


@dataclass(frozen=True, kw_only=True)
class CallTakenOutside(Event):
    """Somebody at the telephone outside speaks with the caller; until then he kept his place in the queue."""

    name = "call.taken_outside.v1"
    call: str
    leg: str


@dataclass(frozen=True, kw_only=True)
class OverflowFailed(Event):
    """The telephone outside did not answer, or was busy; the caller still waits, the next step comes."""

    name = "call.overflow_failed.v1"
    call: str
    leg: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class CallToldNotice(Event):
    """The waiting caller hears the notice of an incident the room already has; he keeps his place."""

    name = "call.told_notice.v1"
    call: str
    incident: str


@dataclass(frozen=True, kw_only=True)
class CallIsAnotherMatter(Event):
    """Having heard the notice, the caller pressed a key: his is another emergency, and it goes first."""

    name = "call.another_matter.v1"
    call: str
    incident: str


@dataclass(frozen=True, kw_only=True)
class NoticeSwitched(Event):
    """A person switched the recorded notice of an incident on or off; ``by`` is None when the incident closed."""

    name = "notice.switched.v1"
    incident: str
    on: bool
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class NightSwitched(Event):
    """A supervisor set night mode: ``on``, ``off``, or ``clock`` (by the city's hours)."""

    name = "room.night_switched.v1"
    to: str
    by: str


@dataclass(frozen=True, kw_only=True)
class FloodBegan(Event):
    """The room works by the rules of a flood; ``by`` is None when its thresholds began it."""

    name = "room.flood_began.v1"
    waiting: int
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class FloodEnded(Event):
    """The room is calm again; ``by`` is None when it ended by itself."""

    name = "room.flood_ended.v1"
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class OnCallCalled(Event):
    """The takers on call are told to come, once a burst; ``by`` is None when the thresholds did."""

    name = "room.on_call_called.v1"
    group: str
    waiting: int
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class OnCallReleased(Event):
    """The burst is over; the takers on call may go."""

    name = "room.on_call_released.v1"
    group: str
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class SeatPrepared(Event):
    """A person with the right to said which group a taker's seat is in and what she knows."""

    name = "seat.prepared.v1"
    taker: str
    group: str
    skills: tuple[str, ...]
    by: str


PHONE_ROOM_EVENTS: tuple[type[Event], ...] = (
    CallNeedsSkill, CallOverflowed, CallTakenOutside, OverflowFailed, CallToldNotice, CallIsAnotherMatter,
    NoticeSwitched, NightSwitched, FloodBegan, FloodEnded, OnCallCalled, OnCallReleased, SeatPrepared,
)  # fmt: skip
