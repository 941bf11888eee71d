"""The city, its places and its archive, opened for one command and closed after it.

The embedded database is started when nobody runs it. What the rules refuse becomes one sentence and exit code 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
import typer

from siaga.adapters.maps.boundaries import Boundary
from siaga.adapters.maps.boundary_file import kept_boundaries
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.place_finder import CityPlaceFinder
from siaga.adapters.web.words import translate
from siaga.city_files import CityUnreadable, load_city
from siaga.commands.terminal import complain, language, said
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.roles import Role, Viewer
from siaga.processes.database import ensure_running
from siaga.records.migrate import DatabaseNewer, ServerTooOld, migrate
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

T = TypeVar("T")

EXIT_REFUSED = 1  # the sentence on standard error says why
EXIT_STOPPED = 130  # Ctrl+C, as every shell says it
COMMAND_LINE = "command-line"  # who did it, in the journal: whoever may start programs on the server


@dataclass(frozen=True, kw_only=True)
class House:
    """What a command works with. ``viewer`` is the administrator at the server, inside the circle unless told."""

    settings: Settings
    city: City
    archive: PostgresArchive
    viewer: Viewer


def administrator(*, in_circle: bool = True) -> Viewer:
    """Who looks when a command looks. ``in_circle``: protected cases are counted too."""
    return Viewer(person=COMMAND_LINE, name=COMMAND_LINE, roles=(Role.ADMIN,), in_circle=in_circle)


def the_city(settings: Settings) -> City:
    """The city of this installation; says what is wrong with its files and leaves when it cannot be read."""
    try:
        return load_city(settings.city)
    except CityUnreadable as unreadable:
        for problem in unreadable.problems:
            complain(problem)
        raise typer.Exit(EXIT_REFUSED) from None


def the_places(settings: Settings, city: City) -> CityPlaceFinder:
    """The city's places, with the outlines that were imported; without imported names."""
    return CityPlaceFinder(city, the_outlines(settings, city))


def the_outlines(settings: Settings, city: City) -> tuple[Boundary, ...]:
    """The outlines that were imported; says what is wrong with them and leaves when they are damaged."""
    try:
        return kept_boundaries(settings.home, city)
    except MapFileRefused as refusal:
        complain(str(refusal))
        raise typer.Exit(EXIT_REFUSED) from None


def in_the_house(work: Callable[[House], Awaitable[T]], *, viewer: Viewer | None = None) -> T:
    """Open everything, do the work, close everything."""
    settings = Settings.from_env()
    city = the_city(settings)

    async def opened(dsn: str) -> T:
        await migrate(dsn)
        archive = await PostgresArchive.open(dsn, city.code)
        try:
            house = House(settings=settings, city=city, archive=archive, viewer=viewer or administrator())
            return await work(house)
        finally:
            await archive.close()

    try:
        with ensure_running(settings) as dsn:
            return asyncio.run(opened(dsn))
    except KeyboardInterrupt:
        complain(said("Dihentikan.", "Stopped."))
        raise typer.Exit(EXIT_STOPPED) from None
    except RuleBroken as refusal:
        complain(spoken(refusal))
    except (DatabaseNewer, ServerTooOld, OSError, asyncpg.PostgresError) as outage:
        complain(
            said(
                f"Basis data tidak bisa dipakai ({type(outage).__name__}: {outage}). Jalankan: siaga doctor",
                f"The database cannot be used ({type(outage).__name__}: {outage}). Run: siaga doctor",
            )
        )
    raise typer.Exit(EXIT_REFUSED)


def spoken(refusal: RuleBroken) -> str:
    """A refusal in the terminal's language."""
    return translate(language(), refusal.message, **refusal.words)
