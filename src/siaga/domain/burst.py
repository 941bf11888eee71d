"""One fire, forty callers: which open incident a caller may mean, and on what evidence. Proposals, never decisions.

Rule 1: a person joins a caller to an incident; this only says what is near in place and time.
Rule 2: a protected case is never proposed to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from siaga.domain.call import Call
from siaga.domain.incident import Incident
from siaga.domain.place import metres_between
from siaga.domain.room_rules import BurstRules

SUSPECTS_MAX = 3  # what a taker reads in the first seconds of a call
CALLERS_RECENTLY_MIN = 2  # without a place: somebody else must have rung about it within the window as well


@dataclass(frozen=True, kw_only=True)
class OpenIncident:
    """What is known of one open incident. ``callers_recently``: within the burst's window.

    ``reach_m``: how far from each other two reports of its type may be and still be the same.
    """

    id: str
    lat: float | None
    lon: float | None
    opened_at: datetime
    reach_m: float
    callers: int
    callers_recently: int


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A caller may mean this incident. ``distance_m``: None while the caller's place is not known."""

    incident: OpenIncident
    distance_m: float | None


def may_concern(call: Call, incident: Incident, rules: BurstRules) -> bool:
    """Whether the notice of this incident is for this caller: only a known place far away says no."""
    if call.lat is None or call.lon is None or incident.place.lat is None or incident.place.lon is None:
        return True
    metres = metres_between(call.lat, call.lon, incident.place.lat, incident.place.lon)
    return metres <= rules.radius_m + (call.accuracy_m or 0.0)


def suspects(
    open_incidents: Sequence[OpenIncident],
    *,
    lat: float | None,
    lon: float | None,
    accuracy_m: float | None,
    many_at_once: bool,
    rules: BurstRules,
    now: datetime,
) -> list[Suspect]:
    """The incidents this caller may mean, the likeliest first.

    With a place: those within their reach (and his place's own uncertainty), nearest first. Without: those several
    people have just rung about (of a type many can see), or, while ``many_at_once`` ring,
    those opened within the burst's window.
    """
    recent = [one for one in open_incidents if now - one.opened_at <= timedelta(minutes=rules.minutes)]
    if lat is not None and lon is not None:
        near = []
        for one in recent:
            if one.lat is None or one.lon is None:
                continue
            metres = metres_between(lat, lon, one.lat, one.lon)
            if metres <= one.reach_m + (accuracy_m or 0.0):
                near.append(Suspect(incident=one, distance_m=metres))
        return sorted(near, key=lambda suspect: suspect.distance_m or 0.0)[:SUSPECTS_MAX]
    window = timedelta(minutes=rules.callers_minutes)
    found = [
        one
        for one in recent
        if one.reach_m >= rules.seen_from_m
        and (one.callers_recently >= CALLERS_RECENTLY_MIN or (many_at_once and now - one.opened_at <= window))
    ]
    found.sort(key=lambda one: (-one.callers_recently, now - one.opened_at))
    return [Suspect(incident=one, distance_m=None) for one in found[:SUSPECTS_MAX]]
