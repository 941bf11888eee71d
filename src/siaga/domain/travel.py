"""How long units need to an incident, and by which way. Who answers says how he knows.

Rule 1: an answer carries its method. A guess through the air never looks like a way by road.
Rule 2: there is always an answer: where no road is known, the straight line with a detour stands in, pair by pair.
Rule 3: the seconds are those of a free road. What the city's own runs need is learned elsewhere, on top of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from siaga.domain.errors import RuleBroken
from siaga.domain.place import metres_between, on_earth

DETOUR = (
    1.6  # road to straight line: 1.28 in a drawn grid, 1.78 in a real Indonesian city (design/geo.md s.2)
)
STRAIGHT_KMH = 30.0  # of a vehicle with a siren across a city, stops included
KMH_TO_MPS = 1 / 3.6


class TravelMethod(StrEnum):
    """How a travel time is known."""

    ROAD = "road"  # by the imported road network
    STRAIGHT = "straight"  # straight line with a detour: wrong by a third on average


TRAVEL_LABELS = {TravelMethod.ROAD: "rute", TravelMethod.STRAIGHT: "garis lurus"}


@dataclass(frozen=True)
class Point:
    """A place on Earth in degrees (WGS 84). Raises RuleBroken for anything else."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not on_earth(self.lat, self.lon):
            raise RuleBroken("Koordinat tidak masuk akal: lintang -90 sampai 90, bujur -180 sampai 180.")


@dataclass(frozen=True, kw_only=True)
class Eta:
    """Seconds one unit needs."""

    seconds: float
    method: TravelMethod


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way: its corners, the names of its roads in order, seconds and metres."""

    points: tuple[Point, ...]
    names: tuple[str, ...]
    seconds: float
    metres: float
    method: TravelMethod


class RoutingProvider(Protocol):
    """Travel times in one city. May be called from any thread; takes milliseconds, so not on an event loop."""

    def eta_many(self, units: Sequence[Point], incident: Point) -> list[Eta]:
        """What each unit needs to the incident, in the order given."""

    def route(self, start: Point, end: Point) -> Route:
        """The fastest way from one point to another."""


class StraightLine:
    """Answers without any road: what is left when none were imported."""

    def eta_many(self, units: Sequence[Point], incident: Point) -> list[Eta]:
        """See RoutingProvider."""
        return [straight_eta(unit, incident) for unit in units]

    def route(self, start: Point, end: Point) -> Route:
        """See RoutingProvider."""
        metres = _detour_m(start, end)
        return Route(
            points=(start, end), names=(), seconds=_straight_seconds(metres), metres=metres,
            method=TravelMethod.STRAIGHT,
        )  # fmt: skip


def straight_eta(start: Point, end: Point) -> Eta:
    """The straight line, made longer by the usual detour, at the usual speed."""
    return Eta(seconds=_straight_seconds(_detour_m(start, end)), method=TravelMethod.STRAIGHT)


def _detour_m(start: Point, end: Point) -> float:
    return DETOUR * metres_between(start.lat, start.lon, end.lat, end.lon)


def _straight_seconds(metres: float) -> float:
    return metres / (STRAIGHT_KMH * KMH_TO_MPS)
