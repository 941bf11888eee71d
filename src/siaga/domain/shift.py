"""A taker's seat: what she is doing now. One seat, one conversation, always."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import SeatChanged, SeatPrepared

WRAPUP_SECONDS_MAX = 60
# After this, a taker whose call has been dealt with is ready again by herself: a forgotten key must not
# leave a caller waiting. A call that has not been dealt with keeps her in wrap-up.

AUDIO_GRACE_SECONDS = 8
# A reload of the page or a short loss of the network takes 1-5 s to bring her voice back; after this the
# caller is given to somebody else.

PRESS_GRACE_SECONDS = 120
# A panic press or a text needs no headset, so a broken one must not take the work out of her hands; but a desk
# whose page has been gone this long is empty, and the person who pressed must not wait for it.


class SeatState(StrEnum):
    OFF = "off"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAPUP = "wrapup"
    AWAY = "away"


# Seats change by what happens to calls and by what the taker presses; the arrows are named by the verb.
MOVES: dict[SeatState, dict[str, SeatState]] = {
    SeatState.OFF: {"come": SeatState.READY},
    SeatState.READY: {
        "ring": SeatState.RINGING, "take": SeatState.TALKING, "pause": SeatState.AWAY, "leave": SeatState.OFF,
        "come": SeatState.READY,
    },
    SeatState.RINGING: {
        "take": SeatState.TALKING, "quiet": SeatState.READY, "pause": SeatState.AWAY, "leave": SeatState.OFF,
    },
    SeatState.TALKING: {"finish": SeatState.WRAPUP, "drop": SeatState.AWAY},
    SeatState.WRAPUP: {"come": SeatState.READY, "pause": SeatState.AWAY, "leave": SeatState.OFF},
    SeatState.AWAY: {
        "come": SeatState.READY, "take": SeatState.TALKING, "pause": SeatState.AWAY, "leave": SeatState.OFF,
    },
}  # fmt: skip

NOT_ON_DUTY = "Meja ini belum bertugas. Tekan Siap dulu."
REFUSALS = {
    "come": "Selesaikan dulu panggilan yang sedang berlangsung.",
    "take": "Meja ini sedang menangani panggilan lain.",
    "pause": "Selesaikan dulu panggilan yang sedang berlangsung.",
    "leave": "Selesaikan dulu panggilan yang sedang berlangsung.",
}


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One taker on duty. ``idle_since`` orders the offers: who has rested longest is asked first."""

    taker: str
    state: SeatState = SeatState.OFF
    since: datetime
    idle_since: datetime
    call: str | None = None
    wrapup_until: datetime | None = None
    reason: str | None = None
    audio: bool = False  # she can be heard and hears, where it matters now
    heard_on: tuple[str, ...] = ()  # the call nodes her headset is connected to
    audio_lost_at: datetime | None = None
    desk: str | None = None
    seat_group: str = ""  # when it is asked at all (queue.py); set by a person, kept when she goes home
    skills: tuple[str, ...] = ()  # what she knows, by code
    leg: str | None = (
        None  # the connection she talks over without a caller, or by which a colleague rings her
    )
    monitors: str | None = None
    monitor_mode: str | None = None
    muted: bool = False
    phone: str | None = None
    by_phone: bool = False

    def moved(
        self,
        verb: str,
        *,
        at: datetime,
        call: str | None = None,
        leg: str | None = None,
        reason: str | None = None,
    ) -> tuple[Seat, SeatChanged]:
        """The seat after ``verb``; refuses what the table does not allow. ``leg``: she talks over this outbound one."""
        after = MOVES[self.state].get(verb)
        if after is None and self.state is SeatState.OFF:
            raise RuleBroken(NOT_ON_DUTY)
        if after is None:
            raise RuleBroken(REFUSALS.get(verb, "Meja ini tidak dapat melakukan itu sekarang."))
        idle = (SeatState.READY, SeatState.RINGING)  # a caller who gave up while it rang was no work
        rested = self.state in idle and after in idle
        wrapup_until = at + timedelta(seconds=WRAPUP_SECONDS_MAX) if after is SeatState.WRAPUP else None
        seat = replace(
            self,
            state=after,
            since=at,
            idle_since=self.idle_since if rested else at,
            call=_call_after(self, after, call, leg),
            leg=leg if after in (SeatState.RINGING, SeatState.TALKING) else None,
            muted=False,
            audio=self.audio or (bool(self.heard_on) and after is not SeatState.TALKING),
            wrapup_until=wrapup_until,
            reason=reason,
        )
        return seat, SeatChanged(taker=self.taker, state=after, reason=reason, at=at)

    def hears(self, node: str | None) -> bool:
        """Whether a voice on this call node reaches her headset."""
        return self.audio and (node is None or not self.heard_on or node in self.heard_on)


def _call_after(seat: Seat, after: SeatState, call: str | None, leg: str | None) -> str | None:
    if leg is not None:
        return call
    if after in (SeatState.RINGING, SeatState.TALKING, SeatState.WRAPUP):
        return call or seat.call
    return None


def heard(seat: Seat, node: str | None = None, *, talks_there: bool = True) -> Seat:
    """Her headset is connected, to this call node. ``talks_there``: what she says now goes over that node."""
    nodes = seat.heard_on if node is None or node in seat.heard_on else (*seat.heard_on, node)
    if seat.state is SeatState.TALKING and not talks_there:
        return replace(seat, heard_on=nodes)
    return replace(seat, audio=True, audio_lost_at=None, heard_on=nodes)


def unheard(seat: Seat, *, at: datetime, node: str | None = None, talks_there: bool = True) -> Seat:
    """Her headset is gone since ``at``: from one call node, or (``None``) altogether.

    ``talks_there``: what she says now goes over that node. Otherwise the connections that are left are enough.
    """
    nodes = () if node is None else tuple(one for one in seat.heard_on if one != node)
    if nodes and not (seat.state is SeatState.TALKING and talks_there):
        return replace(seat, heard_on=nodes)
    return replace(seat, audio=False, audio_lost_at=at, heard_on=nodes)


def new_seat(taker: str, *, at: datetime, desk: str | None = None) -> Seat:
    """A seat nobody sits at yet."""
    return Seat(taker=taker, since=at, idle_since=at, desk=desk)


def prepared(
    seat: Seat, *, group: str, skills: tuple[str, ...], by: str, at: datetime
) -> tuple[Seat, SeatPrepared | None]:
    """Which group the seat is in and what its taker knows; the same again is nothing new."""
    if (seat.seat_group, seat.skills) == (group, skills):
        return seat, None
    event = SeatPrepared(taker=seat.taker, group=group, skills=skills, by=by, at=at)
    return replace(seat, seat_group=group, skills=skills), event
