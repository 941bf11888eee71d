"""A leg: a telephone connection we make ourselves, to a partner or back to a caller.

Rule 1: a leg has one purpose; where it ends, what it was for decides what becomes of the caller.
Rule 2: a leg that rings has an end: `ring_until` is in the row, so no restart forgets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import LegAnswered, LegDialled, LegEnded, LegJoined, LegRang
from siaga.domain.machine import Transitions, step

RING_SECONDS_MAX = 60
# However long a city lets a partner ring: a caller who hears "you are being connected" for more than a minute
# gives up, and the networks we know end an unanswered call at about that time anyway.

SETTLE_SECONDS = 10
# A partner who was connected with a handed-over caller for less than this has helped nobody (a slip, a voice box,
# the wrong desk): the caller goes back to the front of the queue instead of losing his line.

HOLD_SECONDS_MAX = 120
# However long a city lets a caller be held before the room is called: longer than this, most hang up.


class LegPurpose(StrEnum):
    """Why we called."""

    CONSULT = "consult"  # the taker speaks with a partner or a colleague, her caller is held or takes part
    TRANSFER = "transfer"  # a partner takes the caller over
    CALL_BACK = "call_back"  # back to a caller we owe
    OVERFLOW = "overflow"  # a telephone outside, for a caller whom no seat could take
    OUTGOING = "outgoing"  # to somebody, about an incident or about nothing in particular


class LegState(StrEnum):
    DIALLING = "dialling"
    UP = "up"
    ENDED = "ended"


TRANSITIONS: Transitions[LegState] = {
    LegState.DIALLING: {LegAnswered: LegState.UP, LegEnded: LegState.ENDED},
    LegState.UP: {LegEnded: LegState.ENDED},
    LegState.ENDED: {},
}


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One outbound connection. ``address`` and ``label`` may be personal data and may be erased later.

    ``caller_id`` is the number the other end sees; ``number``-like text only, e.g. ``112``. ``colleague``: the taker
    whose seat is rung; then nothing is dialled, and ``address`` is empty.
    """

    id: str
    purpose: LegPurpose
    state: LegState = LegState.DIALLING
    taker: str
    address: str
    label: str
    caller_id: str
    dialled_at: datetime
    ring_until: datetime
    call: str | None = None
    incident: str | None = None
    agency: str | None = None
    node: str | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    joined_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str | None = None
    digits: str = ""
    colleague: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state is not LegState.ENDED

    @property
    def is_hers_alone(self) -> bool:
        """The taker speaks with nobody else meanwhile: it is this leg that keeps her seat busy."""
        return self.purpose in (LegPurpose.CALL_BACK, LegPurpose.OUTGOING)

    def rang(self, *, at: datetime) -> tuple[Leg, LegRang | None]:
        """The other end rings. Said twice, or too late, it changes nothing."""
        if self.state is not LegState.DIALLING or self.rang_at is not None:
            return self, None
        return replace(self, rang_at=at), LegRang(leg=self.id, call=self.call, at=at)

    def answered(self, *, at: datetime) -> tuple[Leg, LegAnswered]:
        """The other end was picked up."""
        state = step(TRANSITIONS, self.state, LegAnswered, "Sambungan ini sudah dijawab atau sudah selesai.")
        event = LegAnswered(
            leg=self.id,
            purpose=self.purpose,
            taker=self.taker,
            call=self.call,
            colleague=self.colleague,
            at=at,
        )
        return replace(self, state=state, answered_at=at), event

    def joined(self, *, by: str, at: datetime) -> tuple[Leg, LegJoined]:
        """Caller, taker and partner hear each other."""
        if self.purpose is not LegPurpose.CONSULT or self.taker != by or self.call is None:
            raise RuleBroken("Sambungan ini tidak dapat digabung.")
        if self.state is not LegState.UP:
            raise RuleBroken("Tunggu sampai pihak yang ditelepon menjawab.")
        if self.joined_at is not None:
            raise RuleBroken("Sudah bertiga.")
        event = LegJoined(leg=self.id, call=self.call, taker=by, colleague=self.colleague, at=at)
        return replace(self, joined_at=at), event

    def taken_over(self) -> Leg:
        """The partner keeps the caller; the taker has left."""
        return replace(self, purpose=LegPurpose.TRANSFER)

    def ended(self, *, cause: str, at: datetime) -> tuple[Leg, LegEnded]:
        """It is over."""
        state = step(TRANSITIONS, self.state, LegEnded, "Sambungan ini sudah selesai.")
        event = LegEnded(leg=self.id, cause=cause, call=self.call, colleague=self.colleague, at=at)
        return replace(self, state=state, ended_at=at, cause=cause), event

    def has_settled(self, at: datetime) -> bool:
        """Whether the partner spoke with the caller long enough to have helped him."""
        since = max(filter(None, (self.answered_at, self.joined_at)), default=None)
        return since is not None and at - since >= timedelta(seconds=SETTLE_SECONDS)


def dialled(
    *,
    id: str,
    purpose: LegPurpose,
    taker: str,
    address: str,
    label: str,
    caller_id: str,
    at: datetime,
    ring_seconds: int,
    call: str | None = None,
    incident: str | None = None,
    agency: str | None = None,
    node: str | None = None,
    colleague: str | None = None,
) -> tuple[Leg, LegDialled]:
    """We call ``address`` (a number or a ``sip:`` address), or a colleague's seat, for ``ring_seconds``."""
    leg = Leg(
        id=id, purpose=purpose, taker=taker, address=address, label=label, caller_id=caller_id, dialled_at=at,
        ring_until=at + timedelta(seconds=min(ring_seconds, RING_SECONDS_MAX)), call=call, incident=incident,
        agency=agency, node=node, colleague=colleague,
    )  # fmt: skip
    event = LegDialled(
        leg=id, purpose=purpose, taker=taker, call=call, incident=incident, agency=agency, node=node,
        colleague=colleague, at=at,
    )  # fmt: skip
    return leg, event
