"""The floor under `create` and `panic`: the same action through the same group commit, and nothing else.

No device keys, no sessions, no validation, no framework: raw ASGI, and for a press the short way as ours, that
records a fixed report for every request. What our server adds to this is what its safety costs. Run as
`python -m benchmarks.floor create|panic`.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
from typing import Any

import uvloop

from siaga import clock
from siaga.adapters.web.listen import Port, bind, serve
from siaga.adapters.web.short_way import Headers
from siaga.city_files import load_city
from siaga.domain.place import Place
from siaga.features.citizen.actions import press_panic
from siaga.features.incidents.actions import Report, open_incident
from siaga.processes.database import dsn
from siaga.records.change import Receipt
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings


async def main(what: str) -> None:
    """Serve until SIGTERM."""
    settings = Settings.from_env()
    city = load_city(settings.city)
    archive = await PostgresArchive.open(dsn(settings), city.code)
    area = city.kelurahan[0]
    report = Report(
        type=city.types[0].code, place=Place(text="floor", kelurahan=area.code, kecamatan=area.kecamatan)
    )

    async def record() -> str:
        if what == "create":
            return await archive.do(open_incident, city=city, report=report, by="floor", now=clock.now())
        return await archive.do(
            press_panic, lat=area.lat, lon=area.lon, accuracy_m=10.0, number=None, device="floor", said=None,
            now=clock.now(),
        )  # fmt: skip

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        body = (await record()).encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    class Bare:
        """The short way with nothing in it but the action."""

        line = b"POST /api/panik HTTP/1.1\r\n"

        def __init__(self) -> None:
            self._number = itertools.count()

        def begin(self, headers: Headers, body: bytes) -> asyncio.Future[Receipt] | None:
            return archive.begin(
                press_panic, key=f"floor-{next(self._number)}", lat=area.lat, lon=area.lon, accuracy_m=10.0,
                number=None, device="floor", said=None, now=clock.now(),
            )  # fmt: skip

        def answered(self, outcome: Receipt, began: float) -> bytes:
            told: str = outcome.result
            return told.encode()

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    port = Port("127.0.0.1", settings.http_port)
    taken = bind(port)
    await serve(
        app, [(port, taken)], stopping, on_ready=lambda: None, on_stopping=lambda: None,
        shortcut=Bare() if what == "panic" else None,
    )  # fmt: skip
    taken.close()
    await archive.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
