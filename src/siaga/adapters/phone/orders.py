"""What the telephone must do now that this has been recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from siaga.domain.call import Channel
from siaga.domain.event import (
    CallAnswered,
    CallDisposed,
    CallEnded,
    CallerHungUp,
    CallFound,
    CallHandedOver,
    CallHeld,
    CallMonitored,
    CallPassed,
    CallResumed,
    CallReturned,
    CallTakenOutside,
    CallToldNotice,
    DigitsSent,
    Event,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegJoined,
    SeatChanged,
    SeatMuted,
    SeatPhoneChosen,
    SeatPhoneRung,
)
from siaga.domain.leg import LegPurpose
from siaga.domain.shift import SeatState


@dataclass(frozen=True, slots=True)
class Bridge:
    """Let this caller and this taker talk."""

    call: str
    taker: str


@dataclass(frozen=True, slots=True)
class Return:
    """The caller waits again and hears an announcement."""

    call: str
    announcement: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The record says this call is over; whatever of it is left on the line ends."""

    call: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Call somebody under the id ``leg``; the number is in the row. ``node`` ``None``: whoever has her headset."""

    leg: str
    taker: str
    call: str | None
    node: str | None


@dataclass(frozen=True, slots=True)
class Join:
    """The partner joins the caller's conversation; ``taker`` takes part, or ``None`` when she has left it."""

    call: str
    leg: str
    taker: str | None


@dataclass(frozen=True, slots=True)
class Consult:
    """Two takers talk about this caller, who is held; or, ``with_caller``, all three."""

    call: str
    taker: str
    colleague: str
    with_caller: bool = False


@dataclass(frozen=True, slots=True)
class EndConsult:
    """The colleague is out of the conversation of, and about, this caller."""

    call: str
    colleague: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The taker leaves the conversation; the others go on."""

    call: str
    taker: str


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Press telephone keys towards a call or a leg."""

    line: str
    digits: str


@dataclass(frozen=True, slots=True)
class Monitor:
    """A supervisor follows a call."""

    call: str
    taker: str
    mode: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Nobody hears this seat."""

    taker: str
    on: bool


@dataclass(frozen=True, slots=True)
class RingSeatPhone:
    """Connect this taker's desk telephone."""

    taker: str


@dataclass(frozen=True, slots=True)
class DropSeatPhone:
    """Put this taker's desk telephone down, if it is one we connected."""

    taker: str


OUTBOUND = (Dial, Join, Leave, SendDigits, Monitor, Mute, RingSeatPhone, DropSeatPhone)
OutboundOrder: TypeAlias = Dial | Join | Leave | SendDigits | Monitor | Mute | RingSeatPhone | DropSeatPhone
Order: TypeAlias = (
    Bridge | Return | HangUp | Consult | EndConsult
    | OutboundOrder
)  # fmt: skip


def orders_for(event: Event) -> tuple[Order, ...]:
    """The orders one fact leads to. Facts of other channels name calls no engine has: those are passed over."""
    match event:
        case CallAnswered(call=call, taker=taker, channel=Channel.VOICE):
            return (Bridge(call, taker),)
        case CallReturned(call=call):
            return (Return(call, "waiting"),)
        case CallFound(call=call):
            return (Return(call, "hold"),)
        case CallEnded(call=call) | CallDisposed(call=call) | CallerHungUp(call=call):
            return (HangUp(call),)  # never for CallLost: a node that reads of it has the caller still
        case _:
            return _orders_within(event)


def _orders_within(event: Event) -> tuple[Order, ...]:
    """The orders of a conversation that goes on: hold, partners, transfers, supervision."""
    match event:
        case CallHeld(call=call):
            return (Return(call, "hold"),)
        case CallResumed(call=call, taker=taker):
            return (Bridge(call, taker),)
        case CallPassed(call=call) | CallHandedOver(call=call, answered=False):
            return (Return(call, "transfer"),)
        case CallHandedOver(call=call, leg=leg, taker=taker):
            return (Join(call, leg, None), Leave(call, taker))
        case LegDialled(colleague=str()):
            return ()  # her seat rings, no telephone
        case LegAnswered(call=str(call), taker=taker, colleague=str(colleague)):
            return (Consult(call, taker, colleague),)
        case LegJoined(call=call, taker=taker, colleague=str(colleague)):
            return (Consult(call, taker, colleague, with_caller=True),)
        case LegEnded(call=str(call), colleague=str(colleague)):
            return (EndConsult(call, colleague),)
        case LegDialled(leg=leg, taker=taker, call=call, node=node):
            return (Dial(leg, taker, call, node),)
        case LegAnswered(leg=leg, purpose=LegPurpose.TRANSFER, call=str(call)):
            return (Join(call, leg, None),)
        case LegAnswered(purpose=LegPurpose.OVERFLOW):
            return ()  # too late it is put down again; else he is taken:
        case CallTakenOutside(call=call, leg=leg):
            return (Join(call, leg, None),)
        case CallToldNotice(call=call):
            return (Return(call, "notice"),)
        case LegAnswered(leg=leg, taker=taker):
            return (Bridge(leg, taker),)
        case LegJoined(leg=leg, call=call, taker=taker):
            return (Join(call, leg, taker),)
        case LegEnded(leg=leg):
            return (HangUp(leg),)
        case _:
            return _orders_of_seats(event)


def _orders_of_seats(event: Event) -> tuple[Order, ...]:
    match event:
        case DigitsSent(line=line, digits=digits):
            return (SendDigits(line, digits),)
        case CallMonitored(call=call, by=by, mode=mode):
            return (Monitor(call, by, mode),)
        case SeatMuted(taker=taker, on=on):
            return (Mute(taker, on),)
        case SeatPhoneRung(taker=taker):
            return (RingSeatPhone(taker),)
        case SeatPhoneChosen(taker=taker, on=False) | SeatChanged(taker=taker, state=SeatState.OFF):
            return (DropSeatPhone(taker),)
        case _:
            return ()
