"""The call node under measurement, as its own process: `python -m benchmarks.call_node`. Prints `ready`."""

from __future__ import annotations

import asyncio
import signal

import uvloop

from siaga.adapters.phone.late_archive import LateArchive
from siaga.adapters.phone.node import run_node
from siaga.city_files import load_city
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings


async def main() -> None:
    """Serve until SIGTERM."""
    settings = Settings.from_env()
    assert settings.database_url is not None
    dsn, code = settings.database_url, load_city(settings.city).code
    archive = LateArchive(code, lambda: PostgresArchive.open(dsn, code))
    node = asyncio.ensure_future(run_node(settings, archive, ready=lambda: print("ready", flush=True)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, node.cancel)
    await asyncio.gather(node, return_exceptions=True)


if __name__ == "__main__":
    uvloop.run(main())
