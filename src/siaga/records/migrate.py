"""Numbered migrations: plain SQL files, each applied once, in order, in a transaction of its own."""

from __future__ import annotations

from importlib import resources

import asyncpg
from asyncpg.pool import PoolConnectionProxy


class ServerTooOld(Exception):
    """The database is older than PostgreSQL 15."""


class DatabaseNewer(Exception):
    """The database was used by a newer Siaga than this one."""


def known() -> list[tuple[int, str, str]]:
    """All migrations of this version: (number, name, SQL)."""
    folder = resources.files("siaga.records") / "migrations"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
    return [(int(entry.name[:4]), entry.name, entry.read_text(encoding="utf-8")) for entry in files]


async def pending(connection: asyncpg.Connection | PoolConnectionProxy) -> list[str]:
    """Names of migrations the database still lacks. Raises ServerTooOld, DatabaseNewer."""
    if connection.get_server_version() < (15,):
        raise ServerTooOld(str(connection.get_server_version()))
    exists = await connection.fetchval("select to_regclass('migration') is not null")
    done = (
        {row["number"] for row in await connection.fetch("select number from migration")} if exists else set()
    )
    ours = {number for number, _, _ in known()}
    if unknown := done - ours:
        raise DatabaseNewer(f"migration {max(unknown)}")
    return [name for number, name, _ in known() if number not in done]


async def migrate(dsn: str) -> list[str]:
    """Bring the database up to date; returns the names applied. Two callers at once do not collide."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        applied: list[str] = []
        async with connection.transaction():
            await connection.execute(
                "create table if not exists migration (number int primary key, name text not null, at timestamptz "
                "not null default now())"
            )
            await connection.execute("lock table migration in access exclusive mode")
            missing = set(await pending(connection))
            for number, name, sql in known():
                if name in missing:
                    await connection.execute(sql)
                    await connection.execute(
                        "insert into migration (number, name) values ($1, $2)", number, name
                    )
                    applied.append(name)
        return applied
    finally:
        await connection.close()
