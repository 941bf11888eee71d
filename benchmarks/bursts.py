"""One fire, twenty callers, two seats: the wait without and with what the room does about it, and the others' wait."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from siaga.city_files import load_city
from siaga.drill.burst import Burst, compare
from siaga.settings import Settings

FULL_RUNS = 360  # of sixty evenings the p95 lies anywhere from 132 to 155 s, by luck alone
SMOKE_RUNS = 4
FIRST_SEED = 1


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    logging.getLogger("siaga.messages").setLevel(logging.ERROR)
    runs = FULL_RUNS if size == "full" else SMOKE_RUNS
    city = load_city(Settings.from_env().city)
    plan = Burst(seed=FIRST_SEED)
    figures = await compare(city, plan, runs)
    variants = {
        "screen_only": replace(plan, notice=False, on_call=0),
        "without_on_call": replace(plan, on_call=0),
        "one_on_call": replace(plan, on_call=1),
        "on_call_after_240_s": replace(plan, on_call_seconds=240.0),
        "a_quarter_satisfied": replace(plan, satisfied_share=0.25),
    }
    for name, variant in variants.items():
        figures[f"p95_{name}_s"] = (await compare(city, variant, runs, only_after=True))["p95_after_s"]
    return figures
