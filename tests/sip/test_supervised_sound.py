"""What only the real line can show: a conference on tape, a sound test in the ear, a quality that was measured."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from siaga.adapters.phone.drill.voice import DrillVoice
from siaga.adapters.phone.engine import (
    CalleeAnswered,
    CalleeRings,
    CallerRang,
    RecordingFinished,
    SeatConnected,
)
from siaga.adapters.phone.sound.frames import RING_HZ
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.clock import monotonic
from tests.a_recording import stereo
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, share_with_tone, tones
from tests.sip.conftest import HOLD_HZ, Line
from tests.sip.desk_phone import FakeDeskPhone

pytestmark = pytest.mark.sip

CALLER_HZ, TAKER_HZ, AGENCY_HZ, SUPERVISOR_HZ = 1300.0, 1700.0, 2500.0, 2100.0
CLEAR = 0.6
TAPE_SECONDS = 1.5


async def seat_of(line: Line, seat: str, hz: float) -> FakeBrowser:
    browser = FakeBrowser(tones(hz))
    await browser.accept(await line.engine.connect_seat(seat, await browser.offer()))
    await line.event(SeatConnected, matching=lambda event: event.seat == seat)
    return browser


async def caller_of(line: Line, caller: FakeCaller) -> str:
    assert await caller.start() == 200
    return (await line.event(CallerRang)).call


async def heard_clearly(caller: FakeCaller, *hz: float) -> None:
    """Wait until he has heard these tones without holes for longer than the second of tape we look at."""
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(0.1)
            heard = caller.heard(monotonic() - TAPE_SECONDS)
            if (
                len(heard) > 0.9 * TAPE_SECONDS * 8000
                and min(share_with_tone(heard, each) for each in hz) > 0.8
            ):
                return


async def test_the_tape_of_a_conference_holds_the_caller_and_everything_he_hears(
    line: Line, tmp_path: Path
) -> None:
    taker = await seat_of(line, "sari", TAKER_HZ)
    supervisor = await seat_of(line, "dewi", SUPERVISOR_HZ)
    caller = FakeCaller(line.target, "0811", audio=tones(CALLER_HZ))
    call = await caller_of(line, caller)
    phone = FakeDeskPhone(tones(AGENCY_HZ))
    await phone.open()
    await line.engine.start_recording(call, tmp_path / f"{call}.rec")
    await line.engine.bridge(call, "sari")
    await line.engine.dial("out-1", phone.uri, caller_id=None)
    await line.event(CalleeAnswered)

    await line.engine.conference(call, "out-1")
    await line.engine.monitor(call, "dewi", "whisper")
    assert await taker.hears(SUPERVISOR_HZ)
    await heard_clearly(caller, TAKER_HZ, AGENCY_HZ)
    in_conference = monotonic()
    await line.engine.park(call, ANNOUNCEMENTS["hold"])
    assert await caller.hears(HOLD_HZ)
    on_hold = monotonic() - in_conference
    await line.engine.hang_up(call)

    sound = stereo((await line.event(RecordingFinished)).path, tmp_path / "keys")
    before_hold = sound[: -int((on_hold + 0.3) * 8000)][-8000:]
    last_moment = sound[-3200:]
    left, right = before_hold[:, 0], before_hold[:, 1]
    assert share_with_tone(left, CALLER_HZ) > CLEAR
    assert [share_with_tone(right, hz) > CLEAR for hz in (TAKER_HZ, AGENCY_HZ, HOLD_HZ)] == [
        True,
        True,
        False,
    ]
    assert share_with_tone(right, CALLER_HZ) < 0.1
    assert share_with_tone(sound[:, 1], SUPERVISOR_HZ) < 0.05
    assert share_with_tone(last_moment[:, 0], CALLER_HZ) > CLEAR
    assert share_with_tone(last_moment[:, 1], HOLD_HZ) > CLEAR
    for browser in (taker, supervisor):
        await browser.close()
    phone.close()
    await caller.hang_up()


@pytest.mark.parametrize("desk_phone", [False, True], ids=["browser", "desk telephone"])
async def test_a_taker_hears_her_own_last_seconds_and_then_silence(line: Line, desk_phone: bool) -> None:
    ear: FakeBrowser | FakeDeskPhone
    if desk_phone:
        ear = FakeDeskPhone(tones(TAKER_HZ))
        await ear.open()
        await line.engine.dial_seat("sari", ear.uri)
    else:
        ear = await seat_of(line, "sari", TAKER_HZ)
    await asyncio.sleep(3.2)

    asked = monotonic()
    await line.engine.test_sound("sari")

    assert await ear.hears(TAKER_HZ)
    await asyncio.sleep(3.5)
    played = ear.heard(asked)
    seconds = share_with_tone(played, TAKER_HZ) * len(played) / 8000
    assert 2.0 < seconds < 3.4
    await asyncio.sleep(0.5)
    assert share_with_tone(ear.heard(monotonic() - 0.4), TAKER_HZ) == 0.0
    if isinstance(ear, FakeBrowser):
        await ear.close()
    else:
        ear.close()


@pytest.mark.parametrize(
    ("manner", "hz"), [("rings", RING_HZ), ("announces", AGENCY_HZ)], ids=["our ring", "the network's voice"]
)
async def test_a_taker_hears_what_becomes_of_the_call_she_places(line: Line, manner: str, hz: float) -> None:
    taker = await seat_of(line, "sari", TAKER_HZ)
    phone = FakeDeskPhone(tones(AGENCY_HZ), manner=manner)
    await phone.open()
    await line.engine.dial("out-1", phone.uri, caller_id=None)
    await line.event(CalleeRings)

    await line.engine.bridge("out-1", "sari")

    assert await taker.hears(hz)
    phone.pick_up()
    await line.event(CalleeAnswered)
    assert await taker.hears(AGENCY_HZ)
    assert await phone.hears(TAKER_HZ)
    await taker.close()
    phone.close()


class LossyVoice(DrillVoice):
    """A voice of which every tenth packet is lost on the way, and that reports what it hears (RTCP)."""

    _we = 0  # the name of our own stream, as he reports of it

    def _packet(self, kind: int, timestamp: int, payload: bytes) -> None:
        if self._sequence % 10 == 0:
            self._sequence += 1
            return
        super()._packet(kind, timestamp, payload)
        if self._sequence % 50 == 5 and self._transport is not None and self._remote is not None:
            host, port = self._remote
            words = (0x81, 200, 12, self._source, 0x83AA7E80, 0, timestamp, 50, 8000)
            report = struct.pack("!BBHIIIIII", *words)
            lost, jitter_ticks = len(self.frames) // 5, 160  # so much of our sound never came, he says
            report += struct.pack("!IIIIII", self._we, lost, self._sequence, jitter_ticks, 0, 0)
            self._transport.sendto(report, (host, port + 1))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._we = int.from_bytes(data[8:12], "big")
        super().datagram_received(data, addr)


async def test_the_quality_of_a_poor_line_is_measured(line: Line) -> None:
    caller = FakeCaller(line.target, "0811", audio=tones(CALLER_HZ))
    caller.voice = LossyVoice(tones(CALLER_HZ))
    call = await caller_of(line, caller)

    for _ in range(600):
        quality = await line.engine.quality(call)
        if quality.loss_percent and quality.loss_percent > 5 and quality.far_loss_percent:
            break
        await asyncio.sleep(0.02)

    assert quality.loss_percent == pytest.approx(10, abs=4)
    assert quality.jitter_ms is not None
    assert quality.mos is not None
    assert quality.mos < 3.0
    assert quality.codec == "G.711"
    assert quality.far_loss_percent is not None, "what he hears of us"
    assert 5 < quality.far_loss_percent < 30
    assert quality.far_jitter_ms == 20.0
    assert quality.far_mos is not None
    assert quality.far_mos < 3.0
    await caller.hang_up()


async def test_the_quality_of_a_headset_is_measured_too(line: Line) -> None:
    browser = await seat_of(line, "sari", TAKER_HZ)

    for _ in range(750):
        quality = await line.engine.seat_quality("sari")
        if quality.mos is not None:
            break
        await asyncio.sleep(0.02)

    assert quality.codec == "PCMA"
    assert quality.loss_percent is not None
    assert quality.loss_percent < 20
    assert quality.jitter_ms is not None
    assert quality.mos is not None
    await browser.close()
