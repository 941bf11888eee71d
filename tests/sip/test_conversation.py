"""Real SIP, real WebRTC: who hears whom, told by tones."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from siaga.adapters.phone.engine import (
    CallerLeft,
    CallerRang,
    DigitPressed,
    RecordingFinished,
    SeatConnected,
    SeatLost,
)
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.clock import monotonic
from tests.a_recording import stereo
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, share_with_tone, tones
from tests.sip.conftest import GREETING_HZ, HOLD_HZ, Line, open_line
from tests.sip.desk_phone import FakeDeskPhone

pytestmark = pytest.mark.sip

CALLER_HZ, TAKER_HZ = 1300.0, 1700.0
CLEAR = (
    0.6  # share of frames: who is heard, not how well; the benchmark measures the gaps, on a quiet machine
)


async def browser_seat(line: Line, seat: str = "sari") -> FakeBrowser:
    browser = FakeBrowser(tones(TAKER_HZ))
    await browser.accept(await line.engine.connect_seat(seat, await browser.offer()))
    await line.event(SeatConnected, matching=lambda event: event.seat == seat)
    return browser


async def waiting_caller(
    line: Line, number: str = "081234567890", transport: str = "udp"
) -> tuple[FakeCaller, str]:
    caller = FakeCaller(line.target, number, audio=tones(CALLER_HZ), transport=transport)
    assert await caller.start() == 200
    rang = await line.event(CallerRang, matching=lambda event: event.number == number)
    return caller, rang.call


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("dialled", ["112", "+62112", "119", "darurat"])
async def test_whatever_number_was_dialled_the_caller_is_greeted(
    line: Line, transport: str, dialled: str
) -> None:
    caller = FakeCaller(line.target, "0811", dialled=dialled, name="Budi", transport=transport)

    assert await caller.start() == 200
    assert await caller.hears(GREETING_HZ)
    rang = await line.event(CallerRang)
    await caller.hang_up()

    assert (rang.number, rang.display_name, rang.dialled, rang.transport) == (
        "0811",
        "Budi",
        dialled,
        transport,
    )
    assert await line.event(CallerLeft) == CallerLeft(rang.call, "hung_up")


async def test_caller_and_browser_hear_each_other_and_the_recording_keeps_both(
    line: Line, tmp_path: Path
) -> None:
    browser = await browser_seat(line)
    caller, call = await waiting_caller(line)
    await line.engine.start_recording(call, tmp_path / "day" / f"{call}.rec")
    assert await caller.hears(GREETING_HZ)

    await line.engine.bridge(call, "sari")

    assert await caller.hears(TAKER_HZ)
    assert await browser.hears(CALLER_HZ)
    await asyncio.sleep(1.0)
    await line.engine.hang_up(call)
    saved = await line.event(RecordingFinished)
    sound = stereo(saved.path, tmp_path / "keys")
    last_second = sound[-8000:]
    assert share_with_tone(last_second[:, 0], CALLER_HZ) > CLEAR
    assert share_with_tone(last_second[:, 1], TAKER_HZ) > CLEAR
    assert share_with_tone(sound[:2000, 1], GREETING_HZ) > CLEAR
    assert saved.seconds == pytest.approx(len(sound) / 8000, abs=0.02)
    assert caller.ended.is_set() is True
    await browser.close()
    await caller.hang_up()


async def test_telephone_keys_are_heard_as_sound_events_and_as_messages(line: Line) -> None:
    caller, call = await waiting_caller(line)

    caller.press("55#")
    await line.event(DigitPressed, matching=lambda event: event.digit == "#")
    caller.press_by_message("7")
    await line.event(DigitPressed, matching=lambda event: event.digit == "7")

    assert [event for event in line.events if isinstance(event, DigitPressed)] == [
        DigitPressed(call, digit) for digit in "55#7"
    ]
    await caller.hang_up()


async def test_a_caller_who_gives_up_while_it_rings_is_reported(line: Line) -> None:
    line.answers = False
    caller = FakeCaller(line.target, "0899")
    dialling = asyncio.ensure_future(caller.start())
    rang = await line.event(CallerRang)
    await caller.cancel()

    assert await line.event(CallerLeft) == CallerLeft(rang.call, "cancelled")
    assert await dialling == 487


async def test_a_taker_talks_with_one_caller_at_a_time(line: Line) -> None:
    browser = await browser_seat(line)
    first, first_call = await waiting_caller(line, "0801")
    second, second_call = await waiting_caller(line, "0802")
    await line.engine.bridge(first_call, "sari")
    assert await first.hears(TAKER_HZ)

    await line.engine.bridge(second_call, "sari")

    assert await second.hears(TAKER_HZ)
    assert first.share_heard(TAKER_HZ, monotonic() - 0.2) == 0.0
    assert line.engine.health().bridged == 1
    await browser.close()
    await first.hang_up()
    await second.hang_up()


async def test_a_killed_media_process_costs_no_caller(line: Line) -> None:
    browser = await browser_seat(line)
    caller, call = await waiting_caller(line)
    await line.engine.bridge(call, "sari")
    assert await caller.hears(TAKER_HZ)

    os.kill(line.engine.media_process_ids[0], signal.SIGKILL)
    await line.event(SeatLost)
    await line.engine.park(call, ANNOUNCEMENTS["hold"])

    assert await caller.hears(HOLD_HZ)
    line.events.clear()
    again = await browser_seat(line)
    await line.engine.bridge(call, "sari")
    assert await caller.hears(TAKER_HZ)
    assert await again.hears(CALLER_HZ)
    await browser.close()
    await again.close()
    await caller.hang_up()


async def test_a_closed_page_is_noticed_and_a_reloaded_one_takes_over(line: Line) -> None:
    first = await browser_seat(line)
    line.events.clear()
    second = await browser_seat(line)
    assert line.events[0] == SeatLost("sari")
    line.events.clear()

    await second.close()

    assert await line.event(SeatLost) == SeatLost("sari")
    assert line.engine.health().seats == ()
    await first.close()


async def test_a_desk_telephone_can_be_a_seat(line: Line) -> None:
    phone = FakeDeskPhone(tones(TAKER_HZ))
    await phone.open()
    await line.engine.dial_seat("sari", phone.uri)
    caller, call = await waiting_caller(line)

    await line.engine.bridge(call, "sari")

    assert await caller.hears(TAKER_HZ)
    await line.engine.hang_up(call)
    phone.close()
    await caller.hang_up()


async def test_a_node_that_stops_in_order_says_goodbye_to_its_callers(tmp_path: Path) -> None:
    line = await open_line(tmp_path)
    caller, _ = await waiting_caller(line)
    assert await caller.hears(GREETING_HZ)

    await line.close()

    async with asyncio.timeout(5):
        await caller.ended.wait()
    await caller.hang_up()


@pytest.fixture
async def impatient_line(tmp_path: Path) -> AsyncIterator[Line]:
    """A line that gives a silent caller one second."""
    opened = await open_line(tmp_path, voice_seconds_max=1)
    yield opened
    await opened.close()


async def test_a_caller_whose_telephone_died_is_noticed(impatient_line: Line) -> None:
    line = impatient_line
    caller, call = await waiting_caller(line)
    assert await caller.hears(GREETING_HZ)

    caller.vanish()

    assert await line.event(CallerLeft) == CallerLeft(call, "voice_stopped")
