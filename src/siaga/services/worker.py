"""The followers of the journal and the ticker."""

from __future__ import annotations

import asyncio
import logging

from siaga import clock
from siaga.city_files import load_city
from siaga.processes.database import dsn
from siaga.processes.network import public_url
from siaga.processes.pulse import Pulse
from siaga.records.postgres import PostgresArchive
from siaga.records.writer import DatabaseAway
from siaga.secret import installation_secret
from siaga.services.until_told import until_told
from siaga.settings import Settings
from siaga.worker import run_worker

log = logging.getLogger("siaga.worker")

TIDY_SECONDS = 3600.0


async def main(settings: Settings) -> None:
    """Offer waiting calls, ask agencies, tell contacts, escalate, and count, all from the journal."""
    city = load_city(settings.city)
    pulse = Pulse()

    async def work() -> None:
        archive = await PostgresArchive.open(dsn(settings), city.code)
        try:
            pulse.ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(
                    run_worker(archive, city, installation_secret(settings.home), public_url(settings))
                )
                group.create_task(_tidy_every_hour(archive))
        finally:
            await archive.close()

    await until_told(work(), pulse)


async def _tidy_every_hour(archive: PostgresArchive) -> None:
    while True:
        try:
            if gone := await archive.tidy(clock.now()):
                log.info("tidied away %d rows nobody can ask for any more", gone)
        except DatabaseAway:
            log.warning("tidying waits for the database")
        await asyncio.sleep(TIDY_SECONDS)
