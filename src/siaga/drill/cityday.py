"""Playing days: ``play(city, plan)`` is one day; its story, or the promise that was broken and the seed of it."""

from __future__ import annotations

from siaga.domain.city import City
from siaga.drill.agencies import Agencies
from siaga.drill.callers import Callers
from siaga.drill.day import Day, Plan, Story
from siaga.drill.slips import Slips
from siaga.drill.surges import Surges
from siaga.drill.takers import Takers
from siaga.drill.telephone import Telephone
from siaga.records.archive import Archive

STORM_ONE_IN = 12  # so often a day is not an ordinary one
STORM_CALLS = 250
POWER_CUTS_ONE_IN = 4  # so often every single commit is the last thing that happens before the lights go out


def plan_for(seed: int) -> Plan:
    """The kind of day this seed is: mostly ordinary, sometimes a storm, a short-handed room, or power cuts."""
    return Plan(
        seed=seed,
        calls=STORM_CALLS if seed % STORM_ONE_IN == STORM_ONE_IN - 1 else 75,
        takers=(4, 3, 2, 6)[seed % 7 % 4],
        cut_power=seed % POWER_CUTS_ONE_IN == POWER_CUTS_ONE_IN - 1,
    )


async def play(city: City, plan: Plan, archive: Archive | None = None) -> Story:
    """Play one day. Raises ``promises.Broken``."""
    day = Day(city, plan, archive)
    callers = Callers()
    takers = Takers(callers, plan.takers)
    others = (Agencies(), Slips(takers.names), Surges(takers.names), Telephone(takers.names))
    for people in (callers, takers, *others):
        people.plan(day)
        day.listeners.append(people.hear)
    return await day.run()
