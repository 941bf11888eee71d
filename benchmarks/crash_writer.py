"""The process `crash` kills: presses as fast as it can, and notes each press after it was acknowledged."""

from __future__ import annotations

import asyncio
import os
import sys

import uvloop

from siaga import clock
from siaga.domain.errors import TooBusy
from siaga.features.citizen.actions import press_panic
from siaga.records.postgres import PostgresArchive

HANDS = 64


async def main(dsn: str, city: str, file: str, number: str) -> None:
    """Never returns; it is killed."""
    archive = await PostgresArchive.open(dsn, city)
    noted = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def hand(name: int) -> None:
        press = 0
        while True:
            press += 1
            key = f"{number}-{name}-{press}"
            while True:
                try:
                    call = await archive.do(
                        press_panic, key=key, lat=-6.7, lon=108.5, accuracy_m=10.0, number=None,
                        device=f"hand-{name}", said=None, now=clock.now(),
                    )  # fmt: skip
                    break
                except TooBusy:
                    await asyncio.sleep(0.1)  # not answered: the same press again, with the same key
            os.write(noted, f"{call}\n".encode())

    await asyncio.gather(*(hand(name) for name in range(HANDS)))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:5]))
