"""A command that needs the database finds one, whoever started it, and nobody pulls it away from another."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from siaga.processes.database import embedded, ensure_running
from siaga.settings import Settings
from tests.conftest import run_apart

VISITOR = """
import asyncio, asyncpg, sys
from siaga.processes.database import ensure_running
from siaga.settings import Settings

async def one(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("select 1")
    finally:
        await connection.close()

with ensure_running(Settings.from_env()) as dsn:
    print("in", flush=True)
    sys.stdin.readline()
    print(asyncio.run(one(dsn)), flush=True)
"""


@pytest.fixture
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="siaga-t-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Settings.from_env({"SIAGA_HOME": f"{folder}/home", "SIAGA_CITY": folder})


async def _one(dsn: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("select 1")
    finally:
        await connection.close()


def visitor(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", VISITOR],
        env=settings.as_env(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_it_is_started_for_the_command_and_stopped_after_it(settings: Settings) -> None:
    with ensure_running(settings) as dsn:
        assert run_apart(_one(dsn)) == 1

    assert not embedded(settings).is_ready()


@pytest.mark.slow
def test_a_command_joins_the_server_that_is_already_running_and_leaves_it_running(settings: Settings) -> None:
    server = embedded(settings)
    server.start()
    try:
        with ensure_running(settings) as dsn:
            assert run_apart(_one(dsn)) == 1
        assert run_apart(_one(server.dsn)) == 1
    finally:
        server.stop()


@pytest.mark.slow
def test_the_one_who_started_it_waits_for_those_who_joined_in(settings: Settings) -> None:
    first, second = visitor(settings), visitor(settings)
    for guest in (first, second):
        assert guest.stdout is not None
        assert guest.stdout.readline() == "in\n"

    for guest in (first, second):
        assert guest.stdin is not None
        assert guest.stdout is not None
        guest.stdin.write("\n")
        guest.stdin.flush()
        assert guest.stdout.readline() == "1\n"
    for guest in (first, second):
        assert guest.wait(30) == 0
        guest.communicate()

    assert not embedded(settings).is_ready()


def test_a_named_database_is_used_as_it_is() -> None:
    named = Settings.from_env(
        {"DATABASE_URL": "postgresql://a@b/c", "SIAGA_CITY": "/", "SIAGA_HOME": "/nowhere"}
    )

    with ensure_running(named) as dsn:
        assert dsn == "postgresql://a@b/c"
