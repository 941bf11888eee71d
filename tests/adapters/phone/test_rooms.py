"""Who talks with whom, whatever is ordered in whatever order."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from siaga.adapters.phone.engine import SeatBusy
from siaga.adapters.phone.sound.rooms import Rooms

CALLS, SEATS = ("a", "b", "c", "d"), ("sari", "dewi", "budi")
A_CALL, A_SEAT = st.sampled_from(CALLS), st.sampled_from(SEATS)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.rooms = Rooms()

    @rule(call=A_CALL, seat=A_SEAT)
    def bridge(self, call: str, seat: str) -> None:
        changed = self.rooms.bridge(call, seat)
        assert self.rooms.seats_with(call) == (seat,)
        assert not self.rooms.bridge(call, seat) or not changed
        assert self.rooms.follows(seat) is None

    @rule(call=A_CALL, seat=A_SEAT)
    def join(self, call: str, seat: str) -> None:
        before = set(self.rooms.seats_with(call))
        self.rooms.join(call, seat)
        assert set(self.rooms.seats_with(call)) == before | {seat}

    @rule(call=A_CALL, seat=A_SEAT, other=A_SEAT)
    def consult(self, call: str, seat: str, other: str) -> None:
        if seat != other:
            self.rooms.consult(call, seat, other)
            assert self.rooms.heard_by_seat(seat) == ((), (other,))
            assert seat not in self.rooms.seats_with(call)

    @rule(call=A_CALL, other=A_CALL)
    def conference(self, call: str, other: str) -> None:
        self.rooms.conference(call, other)
        assert call == other or other in self.rooms.heard_by_call(call)[0]

    @rule(call=A_CALL, other=A_CALL)
    def part(self, call: str, other: str) -> None:
        self.rooms.part(call, other)
        assert other not in self.rooms.heard_by_call(call)[0]

    @rule(call=A_CALL, seat=A_SEAT)
    def leave(self, call: str, seat: str) -> None:
        self.rooms.leave(call, seat)
        assert seat not in self.rooms.seats_with(call)

    @rule(call=A_CALL)
    def hold(self, call: str) -> None:
        self.rooms.take_call(call)
        assert not self.rooms.talks(call)

    @rule(call=A_CALL)
    def call_gone(self, call: str) -> None:
        self.rooms.forget_call(call)
        assert all((self.rooms.follows(seat) or ("",))[0] != call for seat in SEATS)

    @rule(seat=A_SEAT)
    def seat_gone(self, seat: str) -> None:
        self.rooms.forget_seat(seat)
        assert self.rooms.heard_by_seat(seat) == ((), ())

    @rule(call=A_CALL, seat=A_SEAT, mode=st.sampled_from(("listen", "whisper", "barge", "off")))
    def follow(self, call: str, seat: str, mode: str) -> None:
        try:
            self.rooms.follow(call, seat, mode)
        except SeatBusy:
            assert self.rooms.seat_talks(seat)

    @invariant()
    def nobody_hears_himself(self) -> None:
        assert all(call not in self.rooms.heard_by_call(call)[0] for call in CALLS)
        assert all(seat not in self.rooms.heard_by_seat(seat)[1] for seat in SEATS)

    @invariant()
    def those_who_talk_hear_each_other(self) -> None:
        for call in CALLS:
            calls, seats = self.rooms.heard_by_call(call)
            assert all(call in self.rooms.heard_by_call(other)[0] for other in calls)
            assert all(call in self.rooms.heard_by_seat(seat)[0] for seat in seats)

    @invariant()
    def who_only_listens_or_whispers_is_not_heard_by_callers(self) -> None:
        for seat in SEATS:
            following = self.rooms.follows(seat)
            if following and following[1] != "barge":
                assert all(seat not in self.rooms.heard_by_call(call)[1] for call in CALLS)

    @invariant()
    def nobody_talks_alone(self) -> None:
        for call in CALLS:
            assert not self.rooms.talks(call) or any(self.rooms.heard_by_call(call))
        for seat in SEATS:
            assert not self.rooms.seat_talks(seat) or any(self.rooms.heard_by_seat(seat))


TestAnyOrder = AnyOrder.TestCase
