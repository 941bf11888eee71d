"""The same people on the real archive: the twin's promises are PostgreSQL's promises."""

from __future__ import annotations

import logging

import asyncpg
import pytest

from siaga.drill.cityday import play
from siaga.drill.day import Plan
from siaga.records.journal import verify_table
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import sample_city


@pytest.mark.cityday
async def test_a_morning_on_postgresql_keeps_every_promise(
    postgres_dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="siaga.messages")
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, "drill")
    story = await play(sample_city(), Plan(seed=2, calls=40, hours=6.0), archive)
    await archive.close()
    assert story.calls == 40
    connection = await asyncpg.connect(postgres_dsn)
    verdict = await verify_table(connection, "drill")
    await connection.close()
    assert (verdict.is_whole, verdict.entries) == (True, story.events)
