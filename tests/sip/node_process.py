"""A whole call node as a process of its own, for tests that kill it: `python -m tests.sip.node_process`.

Environment: SIAGA_HOME, SIAGA_SIP_PORT, DATABASE_URL. Prints `ready` when calls are heard.
"""

from __future__ import annotations

import asyncio

from siaga.adapters.phone.late_archive import LateArchive
from siaga.adapters.phone.node import run_node
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

CITY = "kota-contoh"


async def main() -> None:
    """Serve until killed."""
    settings = Settings.from_env()
    assert settings.database_url is not None
    dsn = settings.database_url
    archive = LateArchive(CITY, lambda: PostgresArchive.open(dsn, CITY))
    await run_node(settings, archive, ready=lambda: print("ready", flush=True))


if __name__ == "__main__":
    asyncio.run(main())
