"""When the operator does not know us any more, the room is told (A10) and the doctor says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siaga.adapters.phone.control import ControlApp, ControlServer, control_socket, listen
from siaga.adapters.phone.engine import Health
from siaga.adapters.phone.trunk_watch import TrunkWatch
from siaga.adapters.phone.twin.engine import TwinEngine
from siaga.commands.trunk_checks import trunk
from siaga.domain.alarm import Alarm
from siaga.processes.finding import Finding, Level
from siaga.settings import Settings
from tests.room import Room

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class WithTrunk(TwinEngine):
    """The twin, with an operator."""

    state = "registered"

    def health(self) -> Health:
        return replace(super().health(), trunk=self.state)


@pytest.fixture
async def engine() -> WithTrunk:
    made = WithTrunk(lambda: "call-1")
    await made.start()
    return made


async def test_the_alarm_stands_exactly_while_the_operator_does_not_know_us(engine: WithTrunk) -> None:
    room = Room()
    watch = TrunkWatch(engine, room.archive, "node-1", lambda: room.now, grace_seconds=0)
    await watch.look()
    assert await room.standing() == []
    engine.state = "not registered: 403 Forbidden"
    for _ in range(3):
        await watch.look()
    [alarm] = await room.all(Alarm)
    assert await room.standing() == ["A10"]
    assert "403 Forbidden" in (alarm.words or "")
    engine.state = "registered"
    await watch.look()
    assert await room.standing() == []
    engine.state = "not registered: no answer"
    await watch.look()
    assert (await room.story()).count("alarm.raised") == 2


async def test_a_registrar_that_restarts_is_no_alarm(engine: WithTrunk) -> None:
    room = Room()
    watch = TrunkWatch(engine, room.archive, "node-1", lambda: room.now)
    for state in ("registered", "not registered: no answer", "registered", "Asterisk 20.1: connected"):
        engine.state = state
        await watch.look()
    assert await room.all(Alarm) == []


async def test_what_a_former_life_raised_is_cleared_by_the_next(engine: WithTrunk) -> None:
    room = Room()
    engine.state = "not registered: 403"
    await TrunkWatch(engine, room.archive, "node-1", lambda: room.now, grace_seconds=0).look()
    engine.state = "registered"
    await TrunkWatch(engine, room.archive, "node-1", lambda: room.now).look()
    assert await room.standing() == []


# --- the doctor ----------------------------------------------------------------------------------------------


@pytest.fixture
async def running(engine: WithTrunk, tmp_path: Path) -> AsyncIterator[WithTrunk]:
    """The telephone process's side door."""
    server = ControlServer(ControlApp(engine, dict))
    serving = asyncio.create_task(server.serve(sockets=[listen(control_socket(tmp_path))]))
    yield engine
    server.should_exit = True
    await serving


async def examined(home: Path, **given: str) -> list[Finding]:
    settings = Settings.from_env({"SIAGA_HOME": str(home), **given})
    return await asyncio.to_thread(lambda: list(trunk(settings, NOW)))


SIGNED_IN = {
    "SIAGA_TRUNK": "operator.example", "SIAGA_TRUNK_USER": "112", "SIAGA_TRUNK_PASSWORD": "x",
    "SIAGA_TRUNK_REGISTER": "1",
}  # fmt: skip


async def test_the_doctor_asks_the_running_telephone(running: WithTrunk, tmp_path: Path) -> None:
    [well] = await examined(tmp_path, **SIGNED_IN)
    running.state = "not registered: 403 Forbidden"
    [ill] = await examined(tmp_path, **SIGNED_IN)
    assert (well.level, ill.level) == (Level.OK, Level.FAULT)
    assert "403 Forbidden" in ill.what.spoken("en")


async def test_the_doctor_says_what_it_cannot_see(tmp_path: Path) -> None:
    assert await examined(tmp_path) == []
    [dark] = await examined(tmp_path, **SIGNED_IN)
    [by_address] = await examined(tmp_path, SIAGA_TRUNK="operator.example")
    assert (dark.level, by_address.level) == (Level.WARNING, Level.OK)
    assert by_address.check == "trunk"
