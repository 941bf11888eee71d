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
    CallLost,
    CallReturned,
    Event,
)


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


Order: TypeAlias = Bridge | Return | HangUp


def orders_for(event: Event) -> tuple[Order, ...]:
    """The orders one fact leads to. Facts of other channels name calls no engine has: those are passed over."""
    match event:
        case CallAnswered(call=call, taker=taker, channel=Channel.VOICE):
            return (Bridge(call, taker),)
        case CallReturned(call=call):
            return (Return(call, "waiting"),)
        case CallEnded(call=call) | CallDisposed(call=call) | CallLost(call=call) | CallerHungUp(call=call):
            return (HangUp(call),)
        case _:
            return ()
