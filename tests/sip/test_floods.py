"""Floods on the SIP port while somebody talks: she is not disturbed, and whoever really calls is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from siaga.adapters.phone.burden import rss_bytes
from siaga.adapters.phone.engine import CallerLeft, SeatConnected
from siaga.adapters.phone.sip.connections import CONNECTIONS_MAX
from siaga.clock import monotonic
from tests.sip.attack import Attack
from tests.sip.browser import FakeBrowser
from tests.sip.caller import RECENT_SAMPLES_MIN, FakeCaller, tones
from tests.sip.conftest import GREETING_HZ, Line, open_line

pytestmark = pytest.mark.sip

GAP_SECONDS_MAX = 0.5  # what a person would call a hole; a busy test machine makes smaller ones by itself
LOG_LINES_MAX = 5  # a thousand messages may not become a thousand lines
LOG_LINES_A_CALLER_MAX = (
    1  # the stack names a caller whose first packet of voice came before his codec was set up
)
ANSWERED_SHARE_MIN = 0.5
# A busy machine's kernel drops datagrams before anybody sees them; who is not answered over UDP asks again. On a
# machine with a core to itself all are answered.
ELSEWHERE = "127.0.0.2"


@dataclass
class Talk:
    """Somebody talks with a taker during the attack."""

    line: Line
    caller: FakeCaller
    browser: FakeBrowser
    began: float

    async def gap_ms(self) -> float:
        """The longest hole in what the caller heard since the talk began; it is going on still."""
        assert await self.caller.hears(1700)
        assert await self.browser.hears(1300)
        at = [frame.at for frame in self.caller.voice.frames if frame.at >= self.began]
        return 1000 * max(after - before for before, after in pairwise(at))


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    line = await open_line(tmp_path)
    browser = FakeBrowser(tones(1700))
    await browser.accept(await line.engine.connect_seat("sari", await browser.offer()))
    await line.event(SeatConnected)
    caller = FakeCaller(line.target, "0811", audio=tones(1300))
    assert await caller.start() == 200
    await line.engine.bridge("call-1", "sari")
    assert await caller.hears(1700)
    yield Talk(line, caller, browser, monotonic())
    await caller.hang_up()
    await browser.close()
    await line.close()


async def called(line: Line, number: str, seconds: float) -> list[int]:
    """A real caller each half second: dials, hears the greeting, hangs up. What each was answered."""
    answers, until = [], monotonic() + seconds
    while monotonic() < until:
        caller = FakeCaller(line.target, number, audio=tones(1300))
        answers.append(await caller.start())
        if answers[-1] == 200:
            assert await caller.hears(GREETING_HZ)
        await caller.hang_up()
        await asyncio.sleep(0.5)
    return answers


async def test_a_thousand_options_a_second_are_answered_and_disturb_nobody(
    talk: Talk, caplog: pytest.LogCaptureFixture, record_property: Callable[[str, object], None]
) -> None:
    with caplog.at_level(logging.INFO):
        attack = await Attack.begin("options", talk.line.target, here=ELSEWHERE, rate=1000, seconds=10)
        answers = await called(talk.line, "0822", 9)
        result = await attack.result()

    gap = await talk.gap_ms()
    print(f"OPTIONS {result}, longest gap {gap:.0f} ms, {len(caplog.records)} log lines, callers {answers}")
    record_property("gap_ms", round(gap))
    assert result["sent"] >= 9_900
    assert result["200"] >= ANSWERED_SHARE_MIN * result["sent"]
    assert set(answers) == {200}
    assert gap < 1000 * GAP_SECONDS_MAX
    assert len(caplog.records) <= LOG_LINES_MAX + LOG_LINES_A_CALLER_MAX * len(answers)


@pytest.mark.parametrize(("kind", "rate"), [("invites", 200), ("spoofed", 50)])
async def test_a_real_caller_is_answered_during_a_flood_of_calls(
    talk: Talk, caplog: pytest.LogCaptureFixture, kind: str, rate: int
) -> None:
    """From one address as fast as it can; and with another sender in each message, no faster than places free up."""
    with caplog.at_level(logging.INFO):
        attack = await Attack.begin(kind, talk.line.target, here=ELSEWHERE, rate=rate, seconds=5)
        answers = await called(talk.line, "0822", 5)
        result = await attack.result()
        answers += await called(talk.line, "0833", 2)

    gap = await talk.gap_ms()
    print(f"{kind} {result}, longest gap {gap:.0f} ms, {len(caplog.records)} log lines, callers {answers}")
    assert result["sent"] >= 4.9 * rate
    assert set(answers) == {200}
    assert gap < 1000 * GAP_SECONDS_MAX
    assert len(caplog.records) <= LOG_LINES_MAX + LOG_LINES_A_CALLER_MAX * len(answers)
    assert not any(isinstance(event, CallerLeft) and event.call == "call-1" for event in talk.line.events)


async def test_a_call_somebody_is_on_never_gives_way(tmp_path: Path) -> None:
    line = await open_line(tmp_path, calls_max=8)
    callers = [FakeCaller(line.target, f"08{number}", audio=tones(1300)) for number in range(8)]
    assert [await caller.start() for caller in callers] == [200] * 8

    attack = await Attack.begin("invites", line.target, here=ELSEWHERE, rate=50, seconds=3)
    result = await attack.result()

    assert result["486"] == result["sent"]
    assert not any(isinstance(event, CallerLeft) for event in line.events)
    for caller in callers:
        assert len(caller.heard(monotonic() - 0.5)) >= RECENT_SAMPLES_MIN  # the announcement goes on
        await caller.hang_up()
    await line.close()


async def test_hundreds_of_silent_connections_keep_no_caller_out(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a limit the stack has no socket left for a voice at 1,000 connections, and answers everybody 500."""
    with caplog.at_level(logging.INFO):
        attack = await Attack.begin("slowloris", talk.line.target, here=ELSEWHERE, rate=120, seconds=5)
        answers = []
        while attack.process.returncode is None:
            answers += await called(talk.line, "0822", 1)
        result = await attack.result()

    gap = await talk.gap_ms()
    print(f"{result}, longest gap {gap:.0f} ms, {len(caplog.records)} log lines, callers {answers}")
    assert result["opened"] > CONNECTIONS_MAX  # how many more is a question of the machine
    assert len(answers) > 1
    assert result["ended"] > 0
    assert result["opened"] - result["ended"] <= CONNECTIONS_MAX
    assert set(answers) == {200}
    assert gap < 1000 * GAP_SECONDS_MAX
    assert len(caplog.records) <= LOG_LINES_MAX + LOG_LINES_A_CALLER_MAX * len(answers)


async def test_headers_that_never_end_are_cut_off(talk: Talk) -> None:
    host, port = talk.line.target.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    before = rss_bytes()
    writer.write(b"INVITE sip:112@h SIP/2.0\r\n")
    said = 0
    try:
        async with asyncio.timeout(20):
            while said < 50 << 20:
                writer.write(b"X-More: " + b"A" * 8_000 + b"\r\n")
                await writer.drain()
                said += 8_010
    except ConnectionError:
        pass
    writer.close()

    assert said < 10 << 20
    assert rss_bytes() - before < 20 << 20
    assert await talk.gap_ms() < 1000 * GAP_SECONDS_MAX
