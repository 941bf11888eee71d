"""Simulated days of the city on every processor: how many a second, and how many promises broke (none may)."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from siaga import clock
from siaga.city_files import load_city
from siaga.drill.cityday import plan_for, play
from siaga.drill.promises import Broken
from siaga.settings import Settings

FULL_SECONDS = 60.0
SMOKE_SECONDS = 2.0
FIRST_SEED = 1


@dataclass
class Played:
    """What one processor has played."""

    days: int = 0
    calls: int = 0
    events: int = 0
    power_cuts: int = 0
    broken: list[str] = field(default_factory=list)


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    seconds = FULL_SECONDS if size == "full" else SMOKE_SECONDS
    processors = os.cpu_count() or 1
    begun = clock.monotonic()
    with ProcessPoolExecutor(processors) as pool:
        loop = asyncio.get_running_loop()
        parts = await asyncio.gather(
            *(loop.run_in_executor(pool, days, number, processors, seconds) for number in range(processors))
        )
    took = clock.monotonic() - begun
    played = sum(part.days for part in parts)
    broken = [story for part in parts for story in part.broken]
    return {
        "days_per_second": round(played / took, 2),
        "promises_broken": len(broken),
        "days": played,
        "calls": sum(part.calls for part in parts),
        "events_per_second": round(sum(part.events for part in parts) / took),
        "power_cuts": sum(part.power_cuts for part in parts),
        "broken": broken[:5],
    }


def days(first: int, every: int, seconds: float) -> Played:
    """Play seeds ``first``, ``first + every`` ... for so long; at least one day."""
    logging.getLogger("siaga.messages").setLevel(logging.ERROR)  # channels fail on purpose here
    city = load_city(Settings.from_env().city)
    played = Played()
    seed = FIRST_SEED + first
    stop = clock.monotonic() + seconds
    while played.days == 0 or clock.monotonic() < stop:
        try:
            story = asyncio.run(play(city, plan_for(seed)))
        except Broken as broken:
            played.broken.append(str(broken))
        else:
            played.calls += story.calls
            played.events += story.events
            played.power_cuts += story.power_cuts
        played.days += 1
        seed += every
    return played
