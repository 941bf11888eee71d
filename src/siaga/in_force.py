"""What a running web process looks at again when it changes: the response plans and the type model.

Rule 1: what is in force here is what the rows say, at most a moment ago, whichever process or command wrote them.
Rule 2: a database that is away changes nothing: the desk goes on with what it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any

from siaga.domain.city import City
from siaga.domain.event import Event, PlanApproved, PlanChanged, TypeModelTrained
from siaga.features.incidents.plans.queries import plans_in_force
from siaga.features.incidents.types.advice import TypeAdvice
from siaga.records.postgres import PostgresArchive
from siaga.records.writer import DatabaseAway

log = logging.getLogger("siaga.web")

WATCHED = (PlanChanged, PlanApproved, TypeModelTrained)
REST_AFTER_OUTAGE_SECONDS = 2.0


class InForce:
    """Keeps ``given["city"]`` and ``given["advice"]``, which the pages ask for by name, up to date."""

    def __init__(self, archive: PostgresArchive, city: City, given: MutableMapping[str, Any]) -> None:
        self._archive = archive
        self._city = city  # as its folder says
        self._given = given
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        given["city"], given["advice"] = city, TypeAdvice()

    async def start(self) -> None:
        """Read both once, then follow."""
        await self._read()
        self._task = asyncio.create_task(self._follow(), name="plans in force")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def noticed(self, event: Event) -> None:
        """Called by the hub for every entry it learns something from."""
        if isinstance(event, WATCHED):
            self._news.set()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._read()
            except DatabaseAway:
                log.warning("plans and type model stay as they are: the database is away")
                self._news.set()
                await asyncio.sleep(REST_AFTER_OUTAGE_SECONDS)

    async def _read(self) -> None:
        newer = await plans_in_force(self._archive)
        self._given["city"] = self._city.with_plans(self._city.plans.with_newer(newer))
        await self._given["advice"].refresh(self._archive)
