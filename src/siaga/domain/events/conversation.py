"""What happens within a conversation: hold, partners, transfers, calls we make, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class CallHeld(Event):
    """The caller hears the hold announcement; his taker speaks with somebody else, or with nobody."""

    name = "call.held.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallResumed(Event):
    """The caller and his taker hear each other again."""

    name = "call.resumed.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallPassed(Event):
    """A talking caller is given to another taker and rings there until ``until``. ``by``: who did it."""

    name = "call.passed.v1"
    call: str
    taker: str
    to: str
    by: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class CallReassigned(Event):
    """A supervisor chose the seat at which a waiting or ringing call rings next."""

    name = "call.reassigned.v1"
    call: str
    to: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallHandedOver(Event):
    """The taker leaves the caller to the outbound leg ``leg``, which may still ring."""

    name = "call.handed_over.v1"
    call: str
    leg: str
    taker: str
    answered: bool


@dataclass(frozen=True, kw_only=True)
class LegDialled(Event):
    """We call somebody. ``node``: the call node that has the caller; ``None``: the one with the taker's headset.

    ``colleague``: the taker whose seat rings; no telephone is dialled then.
    """

    name = "call.leg_dialled.v1"
    leg: str
    purpose: str
    taker: str
    call: str | None = None
    incident: str | None = None
    agency: str | None = None
    node: str | None = None
    colleague: str | None = None


@dataclass(frozen=True, kw_only=True)
class LegRang(Event):
    """The other end rings."""

    name = "call.leg_rang.v1"
    leg: str
    call: str | None = None


@dataclass(frozen=True, kw_only=True)
class LegAnswered(Event):
    """The other end was picked up."""

    name = "call.leg_answered.v1"
    leg: str
    purpose: str
    taker: str
    call: str | None = None
    colleague: str | None = None


@dataclass(frozen=True, kw_only=True)
class LegJoined(Event):
    """The partner, the caller and the taker all hear each other."""

    name = "call.leg_joined.v1"
    leg: str
    call: str
    taker: str
    colleague: str | None = None


@dataclass(frozen=True, kw_only=True)
class LegEnded(Event):
    """The outbound leg is over: ``cause`` says why (busy, no_answer, refused, hung_up, dropped, ...)."""

    name = "call.leg_ended.v1"
    leg: str
    cause: str
    call: str | None = None
    colleague: str | None = None


@dataclass(frozen=True, kw_only=True)
class DigitsSent(Event):
    """The taker pressed telephone keys towards ``line``: a call, or an outbound leg."""

    name = "call.digits_sent.v1"
    line: str
    digits: str
    taker: str
    call: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallMonitored(Event):
    """A supervisor listens, whispers or takes part (``mode``), or has stopped (``off``)."""

    name = "call.monitored.v1"
    call: str
    taker: str
    by: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class SeatMuted(Event):
    """Nobody hears this taker, until it is switched off."""

    name = "seat.muted.v1"
    taker: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class SeatPhoneChosen(Event):
    """This taker works with a desk telephone (``on``), or with the browser's headset again."""

    name = "seat.phone_chosen.v1"
    taker: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class SeatPhoneRung(Event):
    """Her desk telephone is to be connected now."""

    name = "seat.phone_rung.v1"
    taker: str


@dataclass(frozen=True, kw_only=True)
class SeatSet(Event):
    """A supervisor made a seat ready or away, and why; the change itself follows as SeatChanged."""

    name = "seat.set.v1"
    taker: str
    by: str
    verb: str
    reason: str | None = None
