"""The cushion between two clocks: heard soon, dry rarely, late never for long."""

from __future__ import annotations

from baresip.errors import AudioRestarted

from siaga.adapters.phone.sip.legs import (
    CALM_FRAMES,
    CUSHION_FRAMES_MAX,
    CUSHION_FRAMES_MIN,
    SLACK_FRAMES,
    Cushion,
    SeatLeg,
    SipLeg,
)
from siaga.adapters.phone.sound.frames import FRAME_BYTES, SILENCE


def frame(number: int) -> bytes:
    return bytes([number % 256]) * FRAME_BYTES


def test_a_voice_is_heard_after_two_frames_and_in_order() -> None:
    leg = SeatLeg(lambda _: None)
    leg.heard(frame(1))
    assert leg.read() == SILENCE
    leg.heard(frame(2))

    assert leg.read() == frame(1)
    leg.heard(frame(3))
    assert [leg.read(), leg.read()] == [frame(2), frame(3)]


def test_after_running_dry_the_cushion_is_thicker_and_after_a_calm_while_thinner() -> None:
    cushion = Cushion()
    assert cushion.lets_through(CUSHION_FRAMES_MIN)
    assert not cushion.lets_through(0)

    assert cushion.frames == CUSHION_FRAMES_MIN + 1
    assert not cushion.lets_through(CUSHION_FRAMES_MIN)
    assert cushion.lets_through(CUSHION_FRAMES_MIN + 1)
    for _ in range(CALM_FRAMES):
        cushion.lets_through(3)
    assert cushion.frames == CUSHION_FRAMES_MIN


def test_the_cushion_never_grows_beyond_its_limit() -> None:
    cushion = Cushion()
    for _ in range(50):
        cushion.lets_through(CUSHION_FRAMES_MAX)
        cushion.lets_through(0)

    assert cushion.frames == CUSHION_FRAMES_MAX


def test_a_stall_is_heard_once_as_a_break_and_not_for_ever_as_a_delay() -> None:
    leg = SeatLeg(lambda _: None)
    for number in range(30):
        leg.heard(frame(number))

    leg.read()

    remaining = 0
    while leg.read() != SILENCE:
        remaining += 1
    assert remaining < CUSHION_FRAMES_MIN + SLACK_FRAMES


class Stack:
    """The stack's side of a call: what waits there, in any pieces, and a renegotiation now and then."""

    def __init__(self) -> None:
        self.waiting = b""
        self.restarted = False

    def read(self, most: int) -> bytes:
        if self.restarted:
            self.restarted = False
            raise AudioRestarted("renegotiated")
        given, self.waiting = self.waiting[:most], self.waiting[most:]
        return given


def test_a_caller_is_heard_whole_frame_by_frame_however_the_stack_gives_it() -> None:
    stack = Stack()
    leg = SipLeg(stack)  # type: ignore[arg-type]
    said = b"".join(frame(number) for number in range(1, 60))
    heard = []
    for turn in range(60):
        length = (500, 140)[turn % 2]  # a frame and a half, then the rest of the next
        stack.waiting, said = stack.waiting + said[:length], said[length:]
        heard.append(leg.read())
    voice = [one for one in heard if one != SILENCE]
    assert voice[:50] == [frame(number) for number in range(1, 51)]


def test_what_waited_is_forgotten_when_the_line_is_negotiated_anew_and_a_stall_is_skipped() -> None:
    stack = Stack()
    leg = SipLeg(stack)  # type: ignore[arg-type]
    stack.waiting = frame(1) * 4
    assert leg.read() == frame(1)
    stack.restarted = True
    assert leg.read() == SILENCE
    stack.waiting = b"".join(frame(number) for number in range(2, 42))
    left = [leg.read() for _ in range(40)]
    assert len([one for one in left if one != SILENCE]) < 40
    assert stack.waiting == b""
