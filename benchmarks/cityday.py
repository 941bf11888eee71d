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

FULL_DAYS = 2000  # about half an hour on two processors
SMOKE_DAYS = 2
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
    wanted = FULL_DAYS if size == "full" else SMOKE_DAYS
    processors = os.cpu_count() or 1
    share = max(1, wanted // processors)  # in one piece: every second seed would be all storms or none
    begun = clock.monotonic()
    with ProcessPoolExecutor(processors) as pool:
        loop = asyncio.get_running_loop()
        parts = await asyncio.gather(
            *(
                loop.run_in_executor(pool, days, range(first, first + share))
                for first in range(FIRST_SEED, FIRST_SEED + wanted, share)
            )
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


def days(seeds: range) -> Played:
    """Play a day from each seed."""
    logging.getLogger("siaga.messages").setLevel(logging.ERROR)  # channels fail on purpose here
    city = load_city(Settings.from_env().city)
    played = Played()
    for seed in seeds:
        try:
            story = asyncio.run(play(city, plan_for(seed)))
        except Broken as broken:
            played.broken.append(str(broken))
        else:
            played.calls += story.calls
            played.events += story.events
            played.power_cuts += story.power_cuts
        played.days += 1
    return played
