"""PJSIP calls, a browser answers: two programs that are not ours, and tones that cross between them."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import numpy as np
import pytest

from siaga.adapters.phone.engine import CallerLeft, CallerRang, DigitPressed, RecordingFinished, SeatConnected
from siaga.adapters.phone.sound.frames import Samples, write_wav
from tests.a_recording import stereo
from tests.sip.browser import FakeBrowser
from tests.sip.caller import share_with_tone, tones
from tests.sip.conftest import GREETING_HZ, Line

PJSUA_PYTHON_ENV = "SIAGA_TEST_PJSUA_PYTHON"
PJSUA_PYTHON = os.environ.get(PJSUA_PYTHON_ENV, "")
CALLER_HZ, TAKER_HZ = 1300.0, 1700.0
CLEAR = 0.6

pytestmark = [
    pytest.mark.sip,
    pytest.mark.skipif(
        not PJSUA_PYTHON,
        reason=f"{PJSUA_PYTHON_ENV} names no Python with pjsua2-python (GPL, in an environment of its own)",
    ),
]


def loudest_second(samples: Samples, hz: float) -> float:
    """The best share of the tone in any whole second."""
    seconds = [samples[at : at + 8000] for at in range(0, len(samples) - 7999, 1600)]
    return max((share_with_tone(second, hz) for second in seconds), default=0.0)


def channel(path: Path, number: int) -> Samples:
    return stereo(path, path.parent / "keys")[:, number]


def unfinished(path: Path) -> Samples:
    """PJSIP leaves its recording's header empty when its process ends; the sound behind it is whole."""
    return np.frombuffer(path.read_bytes()[44:], np.int16)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_foreign_caller_and_a_browser_hear_each_other(
    line: Line, tmp_path: Path, transport: str
) -> None:
    browser = FakeBrowser(tones(TAKER_HZ))
    await browser.accept(await line.engine.connect_seat("sari", await browser.offer()))
    await line.event(SeatConnected)
    says, heard = tmp_path / "says.wav", tmp_path / "heard.wav"
    write_wav(says, tones(CALLER_HZ))
    pjsip = await asyncio.create_subprocess_exec(
        PJSUA_PYTHON, str(Path(__file__).with_name("pjsua_caller.py")), f"sip:112@{line.target}", "6",
        str(says), str(heard), transport,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    rang = await line.event(CallerRang, within=20)
    await line.engine.start_recording(rang.call, tmp_path / f"{rang.call}.rec")
    await asyncio.sleep(2.0)
    await line.engine.bridge(rang.call, "sari")
    assert await browser.hears(CALLER_HZ)
    said, _ = await pjsip.communicate()

    states = json.loads(said.splitlines()[-1])
    assert "CONFIRMED 200" in states
    assert (rang.number, rang.display_name, rang.transport) == ("081298765432", "Siti Aminah", transport)
    assert await line.event(CallerLeft) == CallerLeft(rang.call, "hung_up")
    assert DigitPressed(rang.call, "5") in line.events
    assert loudest_second(unfinished(heard), GREETING_HZ) > CLEAR
    assert loudest_second(unfinished(heard), TAKER_HZ) > CLEAR
    saved = await line.event(RecordingFinished)
    assert loudest_second(channel(saved.path, 0), CALLER_HZ) > CLEAR
    assert loudest_second(channel(saved.path, 1), TAKER_HZ) > CLEAR
    await browser.close()
