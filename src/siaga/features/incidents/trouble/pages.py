"""What is broken, in words; a desk asks when the stream says that the list is another (`watch.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from litestar import get

from siaga.domain.city import City
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.trouble.queries import Pulses, troubles
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

Words = Callable[[str], str]


@get("/meja/gangguan")
async def trouble(
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    settings: Settings,
    pulses: Pulses,
    viewer: Viewer,
    words: Words,
    now: datetime,
) -> list[dict[str, Any]]:
    """The most serious first; the screen shows one."""
    viewer.must(May.TAKE_CALLS)
    found = await troubles(
        archive, city, pulses, words, now, home=settings.home, outlined=finder.outlined, demo=settings.demo
    )
    return [asdict(one) for one in found]


PAGES: list[Any] = [trouble]
