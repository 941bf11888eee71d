"""What happens on the line and at the seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class CallArrived(Event):
    """Somebody reached 112 by voice, panic button or text; written down before it is answered."""

    name = "call.arrived.v1"
    call: str
    channel: str
    node: str | None = None
    demo: bool = False


@dataclass(frozen=True, kw_only=True)
class CallConfirmed(Event):
    """The caller's telephone has confirmed our answer, or he was heard: somebody is there."""

    name = "call.confirmed.v1"
    call: str


@dataclass(frozen=True, kw_only=True)
class CallOffered(Event):
    """The call rings at one taker's seat until ``until``."""

    name = "call.offered.v1"
    call: str
    taker: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class CallAnswered(Event):
    """The taker has it; nobody else can."""

    name = "call.answered.v1"
    call: str
    taker: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class OfferExpired(Event):
    """The taker did not answer in time, or left; the call waits again in its old place."""

    name = "call.offer_expired.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class DigitPressed(Event):
    """The caller pressed a key on the telephone."""

    name = "call.digit_pressed.v1"
    call: str
    digit: str


@dataclass(frozen=True, kw_only=True)
class CallerHungUp(Event):
    """The caller went away. ``abandoned``: before any taker had answered, so we owe a call back."""

    name = "call.caller_hung_up.v1"
    call: str
    abandoned: bool
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """A taker ended the call."""

    name = "call.ended.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallLost(Event):
    """Our own equipment failed under the call; it is listed for call-back."""

    name = "call.lost.v1"
    call: str
    node: str
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallReturned(Event):
    """The taker's own line broke in the middle; the caller waits again, first in line."""

    name = "call.returned.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallDisposed(Event):
    """A person has said what kind of call it was."""

    name = "call.disposed.v1"
    call: str
    disposition: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallBackDone(Event):
    """A missed, abandoned or lost call has been dealt with by a person."""

    name = "call.called_back.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class RecordingSaved(Event):
    """The conversation is on disk; ``sha256`` proves later that it is the same sound."""

    name = "call.recording_saved.v1"
    call: str
    file: str
    seconds: float
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SeatChanged(Event):
    """A taker's seat is in another state (ready, away, wrap-up, off ...)."""

    name = "seat.changed.v1"
    taker: str
    state: str
    reason: str | None = None
