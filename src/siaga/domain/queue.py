"""Who is helped next. One queue for every channel: priority, then age; to the longest-idle ready taker."""

from __future__ import annotations

from collections.abc import Sequence

from siaga.domain.call import Call, CallState, Channel
from siaga.domain.shift import Seat, SeatState


def in_order(waiting: Sequence[Call]) -> list[Call]:
    """The most urgent first; among equals, who has waited longest."""
    return sorted(waiting, key=lambda call: (call.urgency, call.arrived_at, call.id))


def by_rest(seats: Sequence[Seat]) -> list[Seat]:
    """The longest-idle taker first."""
    return sorted(seats, key=lambda seat: (seat.idle_since, seat.taker))


def next_offer(waiting: Sequence[Call], seats: Sequence[Seat]) -> tuple[Call, Seat] | None:
    """The first call in order goes to the longest-idle ready taker.

    A taker who let this very call pass is asked again only when nobody else is ready. A voice needs a taker
    whose headset is connected; a panic press or a text does not.
    """
    ready = by_rest([seat for seat in seats if seat.state is SeatState.READY])
    for call in in_order([call for call in waiting if call.state is CallState.WAITING]):
        able = [seat for seat in ready if seat.audio or call.channel is not Channel.VOICE]
        fresh = [seat for seat in able if seat.taker not in call.passed_by]
        if able:
            return call, (fresh or able)[0]
    return None
