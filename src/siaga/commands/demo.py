"""`siaga demo`: a compressed day of the city, played on the running installation with real SIP calls."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.maps.boundary_file import kept_boundaries
from siaga.adapters.maps.living_places import finder_of
from siaga.adapters.phone.sound.prompts import SPOKEN
from siaga.city_files import load_city
from siaga.commands.terminal import said, say
from siaga.demo.robots import Robots
from siaga.demo.show import Stage, hire_robots, perform
from siaga.demo.story import story
from siaga.processes.database import dsn
from siaga.processes.doctor import is_running
from siaga.processes.trouble import Trouble, Words
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

LOOPBACK = "127.0.0.1"
PER_MINUTE_MAX = (
    60.0  # one call a second: more than a room ever has, and all that a small machine should play
)


def add_to(app: typer.Typer) -> None:
    """Add `siaga demo`."""
    app.command(
        "demo",
        help=said(
            "Mainkan satu hari kota yang dipadatkan: telepon sungguhan, semua bertanda CONTOH.",
            "Play a compressed day of the city: real calls, everything marked CONTOH.",
        ),
    )(demo)


def demo(
    minutes: Annotated[float, typer.Option(min=0.1, max=240, help=said("Lamanya.", "How long."))] = 10.0,
    per_minute: Annotated[
        float,
        typer.Option(min=0.1, max=PER_MINUTE_MAX, help=said("Panggilan per menit.", "Calls per minute.")),
    ] = 6.0,
    seed: Annotated[
        int, typer.Option(help=said("Angka acak: sama, ceritanya sama.", "Same seed, same story."))
    ] = 112,
    sip_port: Annotated[
        int | None, typer.Option(help=said("Port SIP yang dipakai up.", "The SIP port of up."))
    ] = None,
) -> None:
    """Needs `siaga up --demo` running on this machine."""
    settings = Settings.from_env({**os.environ, **({"SIAGA_SIP_PORT": str(sip_port)} if sip_port else {})})
    if not is_running(settings):
        raise Trouble(
            Words(
                "Siaga belum berjalan di folder data ini. Jalankan dulu di terminal lain: ./siaga up --demo",
                "Siaga is not running on this data folder. First run in another terminal: ./siaga up --demo",
            )
        )
    say(
        f"Demo {minutes:g} menit. Buka /papan dan /dinding. Jawab sendiri dengan F2 di /meja; robot mengambil sisanya.",
        f"A demonstration of {minutes:g} minutes. Open /papan and /dinding. Answer with F2 at /meja; robots take the "
        "rest.",
    )
    asyncio.run(_play(settings, minutes, per_minute, seed))
    say("Demo selesai.", "The demonstration is over.")


async def _play(settings: Settings, minutes: float, per_minute: float, seed: int) -> None:
    city = load_city(settings.city)
    archive = await PostgresArchive.open(dsn(settings), city.code)
    try:
        takers = await archive.do(hire_robots, now=clock.now())
        luck = random.Random(seed)  # noqa: S311 - a story, not a secret
        places = await finder_of(archive, city, kept_boundaries(settings.home, city))
        robots = Robots(archive, city, places, takers, luck)
        stage = Stage(archive, f"{LOOPBACK}:{settings.sip_port}", SPOKEN, clock.now)
        scenes = story(city, seed=seed, minutes=minutes, per_minute=per_minute)
        await perform(stage, robots, scenes, lambda line: print(line, flush=True))
    finally:
        await archive.close()
