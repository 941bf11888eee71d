"""One round of the mixer: who is heard, what is sent, and what is left out."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field

import numpy as np

from siaga.adapters.phone.sound.frames import FRAME_SAMPLES, SILENCE
from siaga.adapters.phone.sound.mixer import TAIL_FRAMES, Line, Mixer, Player, mixed


def frame(level: int) -> bytes:
    return np.full(FRAME_SAMPLES, level, np.int16).tobytes()


@dataclass
class Ear:
    """A leg that always says the same and keeps what it is sent."""

    says: bytes = SILENCE
    flows: bool = True
    broken: bool = False
    sent: list[bytes] = field(default_factory=list)

    def ready(self) -> bool:
        return self.flows

    def read(self) -> bytes:
        if self.broken:
            raise RuntimeError("this leg is broken")
        return self.says

    def write(self, frame: bytes) -> None:
        self.sent.append(frame)


def rounds(*lines: Line, count: int = 1) -> Mixer:
    mixer = Mixer()
    for line in lines:
        mixer.add(line)
    for _ in range(count):
        mixer._round()
    return mixer


def test_what_is_too_loud_together_is_cut_and_never_wrapped_around() -> None:
    assert mixed([frame(100), frame(-30), frame(5)]) == frame(75)
    assert mixed([frame(30_000), frame(30_000)]) == frame(32_767)
    assert mixed([frame(-30_000), frame(-30_000), frame(-1)]) == frame(-32_768)


def test_everybody_hears_the_others_of_the_same_moment() -> None:
    ears = [Ear(frame(level)) for level in (1, 10, 100)]
    lines = [Line(ear) for ear in ears]
    for line in lines:
        line.hears = tuple(other for other in lines if other is not line)

    rounds(*lines)

    assert [ear.sent for ear in ears] == [[frame(110)], [frame(101)], [frame(11)]]


def test_a_muted_end_is_silent_for_others_but_not_for_itself() -> None:
    taker = Line(Ear(frame(7)), past=collections.deque(maxlen=3), muted=True)
    caller = Line(Ear(), hears=(taker,))

    rounds(taker, caller, count=5)

    assert set(caller.leg.sent) == {SILENCE}  # type: ignore[attr-defined]
    assert list(taker.past or ()) == [frame(7)] * 3


def test_a_browser_with_nothing_to_hear_is_left_in_peace_after_a_short_silence() -> None:
    caller, ear = Line(Ear(frame(5))), Ear()
    taker = Line(ear, hears=(caller,), rests=True)
    mixer = rounds(caller, taker, count=2)

    taker.hears = ()
    for _ in range(TAIL_FRAMES * 3):
        mixer._round()

    assert ear.sent == [frame(5)] * 2 + [SILENCE] * TAIL_FRAMES
    assert taker.idle
    assert not caller.idle


def test_a_sound_test_plays_once_and_is_over() -> None:
    ear = Ear()
    taker = Line(ear, player=Player(frame(3) * 2, b""), rests=True)

    rounds(taker, count=TAIL_FRAMES + 5)

    assert ear.sent == [frame(3)] * 2 + [SILENCE] * TAIL_FRAMES
    assert taker.player is None


def test_while_somebody_rings_others_hear_the_ring_and_he_nothing() -> None:
    callee = Line(Ear(frame(9), flows=False), ring=Player(b"", frame(4)))
    taker = Line(Ear(), hears=(callee,))

    rounds(callee, taker, count=2)

    assert callee.leg.sent == []  # type: ignore[attr-defined]
    assert taker.leg.sent[-1] == frame(4)  # type: ignore[attr-defined]


def test_a_broken_end_is_taken_out_and_falls_silent_for_those_who_heard_it() -> None:
    broken = Line(Ear(frame(8)))
    other = Line(Ear(frame(1)), hears=(broken,))
    mixer = rounds(broken, other)

    broken.leg.broken = True  # type: ignore[attr-defined]
    for _ in range(3):
        mixer._round()

    assert mixer.failures == 1
    assert other.leg.sent == [frame(8), SILENCE, SILENCE, SILENCE]  # type: ignore[attr-defined]
