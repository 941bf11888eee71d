"""The response plans the database holds, for a command that only looks: no server is started, nothing is migrated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from siaga.domain.city import City
from siaga.domain.response_plan import ResponsePlan
from siaga.features.incidents.plans.queries import plans_in_force
from siaga.processes.database import dsn, embedded
from siaga.settings import Settings

CONNECT_SECONDS_MAX = 3.0


def kept_plans(settings: Settings, city: City) -> tuple[ResponsePlan, ...] | None:
    """The newest version of each plan that was imported or approved; None when no database answers."""
    if not settings.database_url and not embedded(settings).is_ready():
        return None
    try:
        return asyncio.run(_read(dsn(settings), city.code))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


async def _read(address: str, city: str) -> tuple[ResponsePlan, ...]:
    connection = await asyncpg.connect(
        address, timeout=CONNECT_SECONDS_MAX, command_timeout=CONNECT_SECONDS_MAX
    )
    try:
        return await plans_in_force(_Rows(connection, city))
    finally:
        await connection.close()


class _Rows:
    """Reads one city's rows over one connection."""

    def __init__(self, connection: Any, city: str) -> None:
        self._connection = connection
        self._city = city

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        found: Sequence[Any] = await self._connection.fetch(sql, self._city, *values)
        return found
