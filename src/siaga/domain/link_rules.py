"""The numbers behind "Mungkin sama": when two reports are probably one incident. A city may choose its own.

They are the section ``[link]`` of room.toml. Where a number was fitted, ``siaga bench link`` says on what and how well
it does on the other half of the data.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LinkRules:
    """How likely it is that a caller means an open incident. Probabilities are shares of 1."""

    propose_above: float = 1.0  # natural log of the odds "the same" : "another"; fitted, see `bench link`
    delay_share: float = 0.1
    # Mean delay between the first and a further caller, as a share of the family's ``minutes``: 6 of 60 minutes,
    # design value; to be fitted again on a city's own joined callers.
    extent_share: float = 0.1
    # How far apart two callers stand who see the same thing: one standard deviation, as a share of the family's
    # ``radius_m``. A fire with a radius of 500 m is reported from 50 m around it, a flood from 150 m.
    callers_more: float = 1.0  # how many more call about one incident, where its family says nothing
    same_type: float = 0.75  # a further caller's taker chooses the same type ...
    same_family: float = 0.17  # ... another of the same family; the rest: something else altogether
    recent_minutes: float = (
        120.0  # the present rate of incidents is counted over this: in a storm the bar rises
    )
    usual_days: int = 28  # what is usual is counted over this: four of each weekday
    usual_weight_hours: float = (
        2.0  # the usual rate counts like so many hours of observation beside the recent two
    )
    area_km2: float = 0.0  # where incidents happen; 0: taken from how far the city's kelurahan spread
    crowd_km: float = 1.0  # around a place as far as this: where much happens anyway, near says less
    accuracy_m: float = 100.0  # a point whose accuracy nobody gave: a street's middle, a landmark
    vague_accuracy_m: float = 800.0  # a point that is only the middle of a kelurahan
    words_accuracy_m: float = 300.0  # two reports with the same words for a place, and no point
    same_address_m: float = (
        40.0  # a house and its neighbour; medical and protected cases are proposed only within
    )
    same_address_accuracy_m: float = 75.0  # ... and only from points at least this exact
    many_callers: int = 3  # callers about one thing within ``many_minutes``: alarm A9, advice to think bigger
    many_minutes: float = 10.0
    candidates_max: int = 500  # open incidents looked at, newest first


STANDARD_LINK = LinkRules()
