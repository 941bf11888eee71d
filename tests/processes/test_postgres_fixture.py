"""The database every other test stands on."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg


async def test_a_module_begins_with_an_empty_database(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    tables = await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'")
    await connection.close()

    assert tables == 0


async def test_a_database_can_be_copied_from_a_prepared_one(make_database: Callable[..., str]) -> None:
    prepared = make_database()
    connection = await asyncpg.connect(prepared)
    await connection.execute("create table ready_made (id int)")
    await connection.close()

    copied = await asyncpg.connect(make_database(template=prepared))
    found = await copied.fetchval("select to_regclass('ready_made')::text")
    await copied.close()

    assert found == "ready_made"
