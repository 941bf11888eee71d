"""The followers of the journal and the ticker."""

from __future__ import annotations

from siaga.city_files import load_city
from siaga.processes.database import dsn
from siaga.processes.network import public_url
from siaga.processes.pulse import Pulse
from siaga.records.postgres import PostgresArchive
from siaga.secret import installation_secret
from siaga.services.until_told import until_told
from siaga.settings import Settings
from siaga.worker import run_worker


async def main(settings: Settings) -> None:
    """Offer waiting calls, ask agencies, tell contacts, escalate, and count, all from the journal."""
    city = load_city(settings.city)
    pulse = Pulse()

    async def work() -> None:
        archive = await PostgresArchive.open(dsn(settings), city.code)
        try:
            pulse.ready()
            await run_worker(archive, city, installation_secret(settings.home), public_url(settings))
        finally:
            await archive.close()

    await until_told(work(), pulse)
