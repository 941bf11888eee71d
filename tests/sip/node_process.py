"""A whole call node as a process of its own, for tests that kill it: `python -m tests.sip.node_process`.

Environment: SIAGA_HOME, SIAGA_SIP_PORT, DATABASE_URL; NODE_CALLS_MAX for a node that is soon full. Prints `ready`
when calls are heard.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

from siaga.adapters.phone.late_archive import LateArchive
from siaga.adapters.phone.node import run_node
from siaga.adapters.phone.setup import options_of
from siaga.adapters.phone.sip.baresip_engine import BaresipEngine
from siaga.adapters.phone.sound.prompts import prompt_book
from siaga.records.identity import new_id
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

CITY = "kota-contoh"


async def main() -> None:
    """Serve until killed."""
    settings = Settings.from_env()
    assert settings.database_url is not None
    dsn = settings.database_url
    archive = LateArchive(CITY, lambda: PostgresArchive.open(dsn, CITY))
    engine = None
    if room := os.environ.get("NODE_CALLS_MAX"):
        options = replace(options_of(settings), calls_max=int(room))
        engine = BaresipEngine(options, prompt_book(settings.city), new_id)
    await run_node(settings, archive, ready=lambda: print("ready", flush=True), engine=engine)


if __name__ == "__main__":
    asyncio.run(main())
