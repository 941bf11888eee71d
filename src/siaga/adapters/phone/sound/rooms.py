"""Who talks with whom: conversations of calls and seats, and who follows them. No sound, no telephone.

Rule 1: a call is in one conversation at most, and so is a seat.
Rule 2: a conversation has a call and somebody who hears it, or two takers who consult about a call; what is less falls
apart.
Rule 3: a seat that talks follows nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from siaga.adapters.phone.engine import MONITOR_MODES, SeatBusy


@dataclass(slots=True, eq=False)
class Room:
    """One conversation: call ids and seat names, in the order they came. ``about``: takers consult about this call."""

    calls: dict[str, None] = field(default_factory=dict)
    seats: dict[str, None] = field(default_factory=dict)
    about: str | None = None

    def __len__(self) -> int:
        return len(self.calls) + len(self.seats)


class Rooms:
    """All conversations of one engine."""

    def __init__(self) -> None:
        self._of_call: dict[str, Room] = {}
        self._of_seat: dict[str, Room] = {}
        self._following: dict[str, tuple[str, str]] = {}

    # --- questions ---

    def talks(self, call: str) -> bool:
        """Whether this call is in a conversation."""
        return call in self._of_call

    def seat_talks(self, seat: str) -> bool:
        """Whether this seat is in a conversation."""
        return seat in self._of_seat

    def seats_with(self, call: str) -> tuple[str, ...]:
        """The takers in the conversation of this call."""
        room = self._of_call.get(call)
        return tuple(room.seats) if room else ()

    def follows(self, seat: str) -> tuple[str, str] | None:
        """The call this seat follows and how, if it does."""
        return self._following.get(seat)

    def heard_by_call(self, call: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The calls and the seats this call hears."""
        room = self._of_call.get(call)
        barging = tuple(self._followers_of(room, call, "barge"))
        if room is None:
            return (), barging
        return tuple(other for other in room.calls if other != call), (*room.seats, *barging)

    def heard_by_seat(self, seat: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The calls and the seats this seat hears, as a taker or as one who follows."""
        room = self._of_seat.get(seat)
        if room is not None:
            loud = self._followers_of(room, None, "barge", "whisper")
        elif seat in self._following:
            call = self._following[seat][0]
            room = self._of_call.get(call) or Room(calls={call: None})
            loud = self._followers_of(room, call, "barge")
        else:
            return (), ()
        seats = dict.fromkeys((*room.seats, *loud))
        return tuple(room.calls), tuple(other for other in seats if other != seat)

    # --- changes ---

    def bridge(self, call: str, seat: str) -> bool:
        """The seat, and no other, is the taker of this conversation. False when it was so already."""
        if self.seats_with(call) == (seat,):
            return False
        for other in self.seats_with(call):
            if other != seat:
                self._take_seat(other)
        self.join(call, seat)
        return True

    def join(self, call: str, seat: str) -> None:
        """The seat talks with this call too, beside whoever does already."""
        if seat in self.seats_with(call):
            return
        self.forget_seat(seat)
        room = self._room_of(call)
        room.seats[seat] = None
        self._of_seat[seat] = room

    def consult(self, call: str, seat: str, other: str) -> None:
        """The two seats talk about this call, and the call is not in it."""
        room = self._of_seat.get(seat)
        if room is not None and room.about == call and self._of_seat.get(other) is room:
            return
        for one in (seat, other):
            self.forget_seat(one)
        room = Room(seats={seat: None, other: None}, about=call)
        self._of_seat |= {seat: room, other: room}

    def conference(self, call: str, other: str) -> None:
        """``other``, and those it talks with, come into the conversation of ``call``."""
        if call == other:
            return
        room, coming = self._room_of(call), self._room_of(other)
        if room is coming:
            return
        room.calls.update(coming.calls)
        room.seats.update(coming.seats)
        self._of_call.update(dict.fromkeys(coming.calls, room))
        self._of_seat.update(dict.fromkeys(coming.seats, room))

    def part(self, call: str, other: str) -> bool:
        """``other`` leaves the conversation of ``call``. False when it was not in it."""
        if call == other or self._of_call.get(call) is not self._of_call.get(other) or not self.talks(other):
            return False
        self.take_call(other)
        return True

    def leave(self, call: str, seat: str) -> None:
        """The seat leaves the conversation of ``call``, or the one about it, if it is in it."""
        room = self._of_seat.get(seat)
        if seat in self.seats_with(call) or (room is not None and room.about == call):
            self._take_seat(seat)

    def take_call(self, call: str) -> None:
        """This call talks with nobody now. Those who follow it go on following."""
        room = self._of_call.pop(call, None)
        if room is not None:
            del room.calls[call]
            self._fall_apart(room)

    def forget_call(self, call: str) -> None:
        """This call is gone; nobody follows it any more, and nobody has anything to consult about."""
        self.take_call(call)
        for seat in [seat for seat, room in self._of_seat.items() if room.about == call]:
            self._take_seat(seat)
        for seat in [seat for seat, (followed, _) in self._following.items() if followed == call]:
            del self._following[seat]

    def forget_seat(self, seat: str) -> None:
        """This seat talks with nobody and follows nobody now."""
        self._following.pop(seat, None)
        self._take_seat(seat)

    def follow(self, call: str, seat: str, mode: str) -> None:
        """See `TelephonyEngine.monitor`. Raises SeatBusy, or ValueError for a mode that is none."""
        if mode not in MONITOR_MODES:
            raise ValueError(f"{mode!r} is none of {', '.join(MONITOR_MODES)}")
        if mode == "off":
            if self._following.get(seat, ("",))[0] == call:
                del self._following[seat]
        elif seat in self._of_seat:
            raise SeatBusy(seat)
        else:
            self._following[seat] = (call, mode)

    # --- inside ---

    def _room_of(self, call: str) -> Room:
        if call not in self._of_call:
            self._of_call[call] = Room(calls={call: None})
        return self._of_call[call]

    def _take_seat(self, seat: str) -> None:
        room = self._of_seat.pop(seat, None)
        if room is not None:
            del room.seats[seat]
            self._fall_apart(room)

    def _fall_apart(self, room: Room) -> None:
        if len(room) > 1 and (room.calls or room.about is not None):
            return
        for call in room.calls:
            del self._of_call[call]
        for seat in room.seats:
            del self._of_seat[seat]

    def _followers_of(self, room: Room | None, call: str | None, *modes: str) -> Iterator[str]:
        for seat, (followed, mode) in self._following.items():
            if mode in modes and (followed == call or (room is not None and followed in room.calls)):
                yield seat
