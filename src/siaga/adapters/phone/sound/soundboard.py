"""The half of the embedded engine that only moves sound: who hears whom, announcements, mutes, tests.

It knows the ends (callers, callees, seats) and the mixer's lines; of SIP it knows nothing. Every method belongs
to the event loop; the mixer reads the lines from its own thread.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from typing import Any, Protocol

from baresip.stats import CallStats

from siaga.adapters.phone.engine import Announcement, CallGone, SeatBusy, SeatGone
from siaga.adapters.phone.sip.legs import SeatLeg
from siaga.adapters.phone.sound.frames import FRAME_SECONDS
from siaga.adapters.phone.sound.mixer import Leg, Line, Mixer, Player
from siaga.adapters.phone.sound.prompts import PromptBook
from siaga.adapters.phone.sound.rooms import Rooms

TEST_SECONDS = 3.0  # enough for "satu, dua, tiga"; the ear has not forgotten yet how it sounded
TEST_FRAMES = int(TEST_SECONDS / FRAME_SECONDS)


class FarLeg(Leg, Protocol):
    """The leg of a far end; ``gone`` when it has ended, while the mixer may still be at it."""

    gone: bool


@dataclass(slots=True, eq=False)
class Caller:
    """One far end: somebody who called, or whom we called (``outbound``). ``sip``: what its engine knows of it."""

    sip: Any
    line: Line
    leg: FarLeg
    answered: bool = False
    outbound: bool = False
    rings: bool = False
    stats: CallStats | None = None


@dataclass(slots=True, eq=False)
class Seat:
    """One taker's headset or desk telephone (then it has a call, ``sip``)."""

    line: Line
    sip: Any = None
    stats: CallStats | None = None
    connected: bool = False


def seat_line(leg: Leg) -> Line:
    """A line for a seat: it remembers its last seconds, and a browser rests when it has nothing to hear."""
    return Line(leg, past=collections.deque(maxlen=TEST_FRAMES), rests=isinstance(leg, SeatLeg))


@dataclass(slots=True, eq=False)
class Soundboard:
    """Every end of a node and what each hears. See TelephonyEngine for each order."""

    prompts: PromptBook
    mixer: Mixer = field(default_factory=Mixer)
    callers: dict[str, Caller] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    rooms: Rooms = field(default_factory=Rooms)

    # --- the ends ---

    def caller(self, call: str) -> Caller:
        """Raises CallGone."""
        caller = self.callers.get(call)
        if caller is None:
            raise CallGone(call)
        return caller

    def seat(self, seat: str) -> Seat:
        """A seat with sound. Raises SeatGone."""
        taker = self.seats.get(seat)
        if taker is None or not taker.connected:
            raise SeatGone(seat)
        return taker

    def put_seat(self, seat: str, leg: Leg, sip: Any = None) -> Seat:
        """A seat with a new connection; its old one must have been taken off."""
        self.seats[seat] = taker = Seat(seat_line(leg), sip)
        self.mixer.add(taker.line)
        return taker

    def take_off_caller(self, call: str) -> Caller | None:
        """Forget a caller; those he talked with go on without him."""
        caller = self.callers.pop(call, None)
        if caller is not None:
            caller.leg.gone = True
            self.rooms.forget_call(call)
            self._rewire()
            self.mixer.remove(caller.line)
        return caller

    def take_off_seat(self, seat: str) -> Seat | None:
        """Forget a seat; a caller it talked with alone is left in silence."""
        taker = self.seats.pop(seat, None)
        if taker is not None:
            self.rooms.forget_seat(seat)
            self._rewire()
            self.mixer.remove(taker.line)
        return taker

    def player(self, announcement: Announcement) -> Player:
        """Raises KeyError for a prompt nobody has."""
        return Player(self.prompts.spoken(announcement.once), self.prompts.spoken(announcement.repeat))

    # --- orders ---

    def play(self, call: str, announcement: Announcement) -> None:
        player = self.player(announcement)
        line = self.caller(call).line
        if not self.rooms.talks(call):
            line.player = player

    def bridge(self, call: str, seat: str) -> None:
        self.caller(call)
        taker = self.seat(seat)
        if self.rooms.bridge(call, seat):
            taker.line.muted = False
            self._rewire()

    def park(self, call: str, announcement: Announcement) -> None:
        player = self.player(announcement)
        line = self.caller(call).line
        line.player = player
        self.rooms.take_call(call)
        self._rewire()

    def conference(self, call: str, other: str) -> None:
        self.caller(call)
        self.caller(other)
        self.rooms.conference(call, other)
        self._rewire()

    def join(self, call: str, seat: str) -> None:
        self.caller(call)
        self.seat(seat)
        self.rooms.join(call, seat)
        self._rewire()

    def consult(self, call: str, seat: str, other: str) -> None:
        self.caller(call)
        for one in (seat, other):
            self.seat(one)
        self.rooms.consult(call, seat, other)
        self._rewire()

    def part(self, call: str, other: str) -> None:
        self.caller(call)
        self.caller(other)
        if self.rooms.part(call, other):
            self._rewire()

    def leave(self, call: str, seat: str) -> None:
        self.caller(call)
        self.rooms.leave(call, seat)
        self._rewire()

    def monitor(self, call: str, seat: str, mode: str) -> None:
        self.caller(call)
        self.seat(seat)
        self.rooms.follow(call, seat, mode)
        self._rewire()

    def mute(self, seat: str, on: bool) -> None:
        self.seat(seat).line.muted = on

    def test_sound(self, seat: str) -> None:
        line = self.seat(seat).line
        if self.rooms.seat_talks(seat):
            raise SeatBusy(seat)
        assert line.past is not None
        line.player = Player(b"".join(line.past.copy()), b"")

    # --- inside ---

    def _rewire(self) -> None:
        """Tell every line whom it hears now. An announcement ends with a conversation, a sound test with any voice.

        A supervisor who barges in on a waiting caller only drowns his announcement, which goes on afterwards.
        """
        for call, caller in self.callers.items():
            caller.line.hears = self._lines(self.rooms.heard_by_call(call))
            if self.rooms.talks(call):
                caller.line.player = None
        for seat, taker in self.seats.items():
            taker.line.hears = self._lines(self.rooms.heard_by_seat(seat))
            if taker.line.hears:
                taker.line.player = None

    def _lines(self, heard: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[Line, ...]:
        calls, seats = heard
        return (
            *(self.callers[call].line for call in calls if call in self.callers),
            *(self.seats[seat].line for seat in seats if seat in self.seats),
        )


class SoundOrders:
    """The orders of a TelephonyEngine that only move sound. See there."""

    def __init__(self, board: Soundboard) -> None:
        self._board = board

    async def play(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        self._board.play(call, announcement)

    async def bridge(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        self._board.bridge(call, seat)

    async def park(self, call: str, announcement: Announcement) -> None:
        """See TelephonyEngine."""
        self._board.park(call, announcement)

    async def conference(self, call: str, other: str) -> None:
        """See TelephonyEngine."""
        self._board.conference(call, other)

    async def join(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        self._board.join(call, seat)

    async def consult(self, call: str, seat: str, other: str) -> None:
        """See TelephonyEngine."""
        self._board.consult(call, seat, other)

    async def part(self, call: str, other: str) -> None:
        """See TelephonyEngine."""
        self._board.part(call, other)

    async def leave(self, call: str, seat: str) -> None:
        """See TelephonyEngine."""
        self._board.leave(call, seat)

    async def monitor(self, call: str, seat: str, mode: str) -> None:
        """See TelephonyEngine."""
        self._board.monitor(call, seat, mode)

    async def mute(self, seat: str, on: bool) -> None:
        """See TelephonyEngine."""
        self._board.mute(seat, on)

    async def test_sound(self, seat: str) -> None:
        """See TelephonyEngine."""
        self._board.test_sound(seat)
