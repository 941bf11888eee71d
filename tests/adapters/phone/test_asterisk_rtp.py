"""A leg to the exchange: what comes in order is heard, what comes from strangers is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from siaga.adapters.phone.asterisk.rtp import HEADER, NoPort, Ports, RtpLeg
from siaga.adapters.phone.sip.legs import CUSHION_FRAMES_MAX, SLACK_FRAMES
from siaga.adapters.phone.sound.frames import FRAME_BYTES, FRAME_SAMPLES, SILENCE, alaw_decoding, alaw_table

HERE = "127.0.0.1"


class Line:
    """A leg and the exchange's end of it."""

    def __init__(self) -> None:
        self.exchange = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.exchange.bind((HERE, 0))
        self.exchange.settimeout(2)
        self.leg = RtpLeg(Ports(HERE, 0, 0).open())

    def send(self, level: int, sequence: int, *, source: int = 7, kind: int = 8, samples: int = 160) -> None:
        code = int(alaw_table()[np.int16(level).astype(np.uint16)])
        self.raw(HEADER.pack(0x80, kind, sequence & 0xFFFF, 0, source) + bytes([code]) * samples)

    def raw(self, packet: bytes) -> None:
        self.exchange.sendto(packet, (HERE, self.leg.port))

    def heard(self, count: int) -> list[int]:
        """The level of each of the next frames; 0 is silence."""
        return [int(np.frombuffer(self.leg.read(), np.int16)[-1]) for _ in range(count)]


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    made.leg.aim(made.exchange.getsockname(), {HERE})
    yield made
    made.leg.close()
    made.exchange.close()


def level(wanted: int) -> int:
    """What A-law makes of it."""
    return int(alaw_decoding()[alaw_table()[np.int16(wanted).astype(np.uint16)]])


ONE, TWO, THREE = level(1000), level(2000), level(3000)


def test_frames_come_out_in_the_order_they_were_sent_and_once(line: Line) -> None:
    for frame, sequence in ((1000, 65535), (3000, 1), (2000, 0), (2000, 0)):
        line.send(frame, sequence)
    assert line.heard(4) == [ONE, TWO, THREE, 0]


def test_a_frame_that_comes_after_its_turn_is_not_heard(line: Line) -> None:
    line.send(1000, 10)
    line.send(3000, 12)
    assert line.heard(2) == [ONE, THREE]
    line.send(2000, 11)
    line.send(1000, 13)
    line.send(1000, 14)
    line.send(1000, 15)
    assert TWO not in line.heard(4)


def test_packets_of_another_length_are_cut_into_frames(line: Line) -> None:
    line.send(1000, 1, samples=240)
    line.send(2000, 2, samples=240)
    frames = [np.frombuffer(line.leg.read(), np.int16) for _ in range(3)]
    assert [len(frame) for frame in frames] == [FRAME_SAMPLES] * 3
    assert (frames[1][0], frames[1][-1], frames[2][-1]) == (ONE, TWO, TWO)


def test_an_exchange_that_begins_anew_is_heard_at_once(line: Line) -> None:
    for sequence in range(3):
        line.send(1000, sequence)
    assert line.heard(3) == [ONE] * 3
    for sequence in range(40_000, 40_003):
        line.send(2000, sequence, source=8)
    assert TWO in line.heard(4)


def test_a_stall_is_skipped_and_not_kept_as_a_delay(line: Line) -> None:
    for sequence in range(40):
        line.send(1000, sequence)
    line.leg.read()
    kept = 0
    while line.heard(1) != [0]:
        kept += 1
    assert kept <= CUSHION_FRAMES_MAX + SLACK_FRAMES


def test_what_is_no_sound_is_passed_over(line: Line) -> None:
    for packet in (b"", b"x", b"\x00" * 200, HEADER.pack(0x80, 8, 1, 0, 7), HEADER.pack(0x9F, 8, 1, 0, 7)):
        line.raw(packet)
    line.raw(HEADER.pack(0x90, 8, 1, 0, 7) + b"\xbe\xde\xff\xff" + b"x" * 20)  # says it is longer than it is
    line.raw(HEADER.pack(0xA0, 8, 1, 0, 7) + b"\xff" * 10)  # says it is all padding
    line.send(1000, 2, kind=101)
    assert line.heard(3) == [0, 0, 0]
    for sequence in (5, 6):
        line.send(1000, sequence)
    assert line.heard(2) == [ONE, ONE]


def test_header_extensions_and_padding_are_taken_off(line: Line) -> None:
    sound = bytes([int(alaw_table()[np.int16(1000).astype(np.uint16)])]) * 160
    for sequence in (1, 2):
        extension = b"\xbe\xde\x00\x01" + b"\x00" * 4
        line.raw(HEADER.pack(0xB0, 8, sequence, 0, 7) + extension + sound + b"\x00\x00\x00\x04")
    assert line.heard(3) == [ONE, ONE, 0]


def test_strangers_are_not_heard(line: Line) -> None:
    line.leg.aim(line.exchange.getsockname(), {"192.0.2.1"})
    for sequence in range(3):
        line.send(1000, sequence)
    assert line.heard(3) == [0, 0, 0]
    assert line.leg.strangers == 3
    assert line.leg.heard_at == 0.0


def test_we_answer_to_where_the_sound_comes_from(line: Line) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind((HERE, 0))
        line.leg.aim(elsewhere.getsockname(), {HERE})
        line.send(1000, 1)
        line.leg.read()
    frame = np.full(FRAME_SAMPLES, TWO, np.int16).tobytes()

    for _ in range(2):
        line.leg.write(frame)

    first, second = line.exchange.recv(2048), line.exchange.recv(2048)
    head, after = HEADER.unpack_from(first), HEADER.unpack_from(second)
    assert (head[0], head[1], after[1]) == (0x80, 0x88, 0x08)
    assert (after[2] - head[2] & 0xFFFF, after[3] - head[3] & 0xFFFFFFFF) == (1, FRAME_SAMPLES)
    assert alaw_decoding()[np.frombuffer(second[HEADER.size :], np.uint8)].tobytes() == frame


def test_before_it_is_aimed_and_after_it_is_closed_a_leg_says_and_hears_nothing() -> None:
    line = Line()
    assert not line.leg.ready()
    line.send(1000, 1)
    assert line.leg.read() == SILENCE
    line.leg.aim(line.exchange.getsockname(), {HERE})
    assert line.leg.ready()
    line.leg.rest()
    assert not line.leg.ready()
    line.leg.close()
    assert line.leg.read() == SILENCE
    line.leg.write(bytes(FRAME_BYTES))
    line.exchange.close()


def test_ports_go_round_and_end() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HERE, 0))
        port = probe.getsockname()[1]
    ports = Ports(HERE, port, port)
    with ports.open() as taken:
        assert taken.getsockname()[1] == port
        with pytest.raises(NoPort):
            ports.open()
    with ports.open() as again:
        assert again.getsockname()[1] == port
