"""The call node. It answers callers before the database is there, and while it is away."""

from __future__ import annotations

import logging

from siaga.adapters.phone.engine import EngineDown
from siaga.adapters.phone.late_archive import LateArchive
from siaga.adapters.phone.node import run_node
from siaga.city_files import load_city
from siaga.processes.database import dsn
from siaga.processes.pulse import Pulse
from siaga.records.postgres import PostgresArchive
from siaga.services.until_told import until_told
from siaga.settings import Settings

log = logging.getLogger(__name__)


async def main(settings: Settings) -> None:
    """Answer, greet, bridge and record calls. Leaves with exit code 1 when the telephone cannot listen."""
    city = load_city(settings.city)
    pulse = Pulse()

    async def work() -> None:
        archive = LateArchive(city.code, lambda: PostgresArchive.open(dsn(settings), city.code))
        try:
            await run_node(settings, archive, ready=pulse.ready)
        finally:
            await archive.close()

    try:
        await until_told(work(), pulse)
    except EngineDown as failed:
        log.error("%s", failed)
        raise SystemExit(1) from failed
