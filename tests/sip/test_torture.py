"""RFC 4475's torture over UDP and TCP: the right answer or none, nothing breaks, and it is not talked about much."""

from __future__ import annotations

import logging
import socket

import pytest

from siaga.adapters.phone.engine import CallerRang
from tests.sip.conftest import Line
from tests.sip.test_hostile_callers import HERE, final_status, place
from tests.sip.test_hostile_sip import still_answers
from tests.sip.torture import ANSWERS, INVALID, VALID, Torture

__all__ = ["place"]  # fixture

pytestmark = pytest.mark.sip


async def statuses(line: Line, place: socket.socket, messages: tuple[Torture, ...]) -> dict[str, int | None]:
    port = place.getsockname()[1]
    return {
        one.name: await final_status(one.octets(line.target, HERE, port), line, place, one.name)
        for one in messages
    }


@pytest.mark.parametrize("messages", [VALID, INVALID], ids=["valid", "invalid"])
async def test_tortured_messages_are_answered_rightly_and_harm_nothing(
    line: Line, place: socket.socket, messages: tuple[Torture, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answered = await statuses(line, place, messages)
    place.close()
    print(answered, [record.getMessage()[:90] for record in caplog.records])
    assert answered == {one.name: ANSWERS[one.name] for one in messages}
    calls = sum(isinstance(event, CallerRang) for event in line.events)
    assert calls <= sum(status == 200 for status in answered.values())
    assert len(caplog.records) <= len(messages)
    await still_answers(line, "0899")
