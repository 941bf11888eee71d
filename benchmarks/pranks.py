"""What refusing nuisance callers costs: the same invented years under the rules of rooms elsewhere and under ours.

The rivals are applied to the callers; ours runs through the house (queue, restrictions, second opinions), with floods
and few seats, until 10,000 emergencies have rung. Assumptions and their sources: `siaga.drill.nuisance.Assumptions`.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

from siaga.city_files import load_city
from siaga.domain.genuine_watch import upper_bound
from siaga.drill.nuisance import POLICIES, Assumptions, Policy, Row, What, callers, judged_by
from siaga.drill.nuisance_room import NuisanceRoom, flooded
from siaga.settings import Settings

YEARS = {"smoke": 1, "full": 12}
EMERGENCIES_THROUGH_THE_HOUSE = {"smoke": 400, "full": 10_000}
MIXES = {
    "semarang_2025": Assumptions(),
    "prank_dominant_batu_2024": Assumptions(emergency_share=0.15, information_share=0.05),
}
PRESSED = Assumptions(
    seed=112, calls_a_day=420.0, emergency_share=0.2, information_share=0.1, prank_numbers=60, prank_tail=1.2,
    talk_seconds=(90.0, 60.0, 45.0, 25.0),
)  # fmt: skip
# Five times a city's calls on two seats, most of them nuisance: seats are scarce, and there are moments without an
# open incident, the only ones in which a restriction may do anything at all.
PER = 10_000


async def run(size: str) -> dict[str, Any]:
    """The table of policies for each mix, and what became of everybody in our own room."""
    began = time.perf_counter()
    tables = {name: _table(given, YEARS[size]) for name, given in MIXES.items()}
    ours = await _through_the_house(EMERGENCIES_THROUGH_THE_HOUSE[size])
    return {
        "policies": tables,
        "ours_through_the_house": ours,
        "assumptions": {name: asdict(given) for name, given in MIXES.items()},
        "years": YEARS[size],
        "seconds": round(time.perf_counter() - began, 1),
    }


def _table(given: Assumptions, years: int) -> dict[str, dict[str, Any]]:
    made = [replace(given, seed=seed) for seed in range(years)]
    all_years = [(each, callers(each)) for each in made]
    return {
        name: _line([judged_by(policy, *year) for year in all_years], policy)
        for name, policy in POLICIES.items()
    }


def _line(rows: list[Row], policy: Policy) -> dict[str, Any]:
    genuine, lost = sum(row.genuine for row in rows), sum(row.lost for row in rows)
    bound = (
        upper_bound(lost, genuine) if lost < 200 else None
    )  # the exact bound of a large count adds nothing
    return {
        "what": (policy.__doc__ or "").split("\n")[0],
        "genuine": genuine,
        "lost": lost,
        "lost_per_10k": round(PER * lost / genuine, 2),
        "lost_per_10k_at_most": round(PER * bound, 2) if bound is not None else None,
        "genuine_delayed_per_10k": round(PER * sum(row.delayed for row in rows) / genuine, 1),
        "minutes_saved_percent": round(sum(row.minutes_saved_percent for row in rows) / len(rows), 2),
        "nuisance_minutes_percent": round(
            100 * sum(row.nuisance_minutes_share for row in rows) / len(rows), 1
        ),
    }


async def _through_the_house(emergencies: int) -> dict[str, Any]:
    """Callers until so many emergencies have rung; two seats, and a flood of forty now and then."""
    days = round(emergencies / PRESSED.calls_a_day / PRESSED.emergency_share) + 1
    year = flooded(callers(replace(PRESSED, days=days)), every=700, callers=40)
    genuine = sum(one.what is What.EMERGENCY for one in year)
    found = await NuisanceRoom(load_city(Settings.from_env().city), seats=2).run(year)
    bound = upper_bound(found.lost, found.callers)
    return {
        "callers": found.callers,
        "emergencies": genuine,
        "lost": found.lost,
        "lost_at_most_per_10k": round(PER * bound, 2) if bound is not None else None,
        "restrictions": found.restricted,
        "times_set_back": found.set_back,
        "set_back_seconds_max": round(found.set_back_seconds_max, 1),
        "wait_seconds_max": round(found.wait_seconds_max),
    }
