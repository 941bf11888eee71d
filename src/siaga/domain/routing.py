"""Who must know about an incident, and how soon they must answer.

Rule 1: never nowhere. What no rule covers goes to the duty officer.
Rule 2: the city's table decides; the most exact rule wins, rules marked ``add`` add to it.
Rule 3: when two rules are equally exact, both are obeyed: asking one agency too many costs less than one too few.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby

from siaga.domain.city import City, RoutingRule
from siaga.domain.event import Ask
from siaga.domain.incident_type import IncidentType
from siaga.domain.place import Place

ANSWER_SECONDS_DEFAULT = 60  # for a table so broken that not even the duty officer has a clock: ask soon
RULE_TABLES_MAX = 4096  # types x edition of the table; a city has about a hundred


@dataclass(frozen=True, kw_only=True)
class Route:
    """Ask this agency; it must answer within ``within_seconds``. The first route of an incident leads."""

    agency: str
    within_seconds: int
    reason: str

    @property
    def ask(self) -> Ask:
        """The same as it is written into the journal."""
        return Ask(agency=self.agency, within_seconds=self.within_seconds)


def agencies_for(
    city: City,
    type: IncidentType | None,
    place: Place,
    priority: int,
    at: datetime,
    *,
    hazards: Collection[str] = (),
) -> tuple[Route, ...]:
    """The agencies the city's table names, the leading one first; never empty, no agency twice.

    ``type`` is None when the code is not in the city's list. ``hazards`` are hazard codes. ``at`` (aware) matters
    for agencies with quiet hours: their time starts when quiet ends.
    """
    deciding, adding = _rules_of(city, *((None, None) if type is None else (type.code, type.kind)))
    rules: list[RoutingRule] = []
    for equally_exact in deciding:
        if rules := [rule for rule in equally_exact if _holds(rule, place, priority, hazards)]:
            break
    rules += [rule for rule in adding if _holds(rule, place, priority, hazards)]
    wanted: dict[str, Route] = {}
    for rule in rules:
        for agency in rule.agencies:
            _want(wanted, city, type, rule, agency, priority, at)
    if not wanted:
        wanted[city.duty_officer] = _to_duty_officer(city, type, priority)
    for rule in _of_plan(city, type, place):
        for agency in rule.agencies:
            if agency not in wanted:
                _want(wanted, city, type, rule, agency, priority, at)
    return tuple(wanted.values())


def _of_plan(city: City, type: IncidentType | None, place: Place) -> list[RoutingRule]:
    """The agencies the type's response plan wants besides. Our plans say nothing about another city."""
    plan = city.plans.for_type(type.code) if type is not None else None
    if plan is None or not plan.agencies or place.is_outside:
        return []
    return [RoutingRule(agencies=plan.agencies, add=True, because="rencana penanganan")]


@lru_cache(maxsize=RULE_TABLES_MAX)
def _rules_of(
    city: City, code: str | None, kind: str | None
) -> tuple[tuple[tuple[RoutingRule, ...], ...], tuple[RoutingRule, ...]]:
    """The rules that can hold for a type: the deciding ones in steps from most to least exact, and the adding ones.

    Kept, because every incident asks.
    """
    rules = [rule for rule in city.rules if rule.type in (None, code) and rule.kind in (None, kind)]
    deciding = sorted((rule for rule in rules if not rule.add), key=_exactness, reverse=True)
    steps = tuple(tuple(step) for _, step in groupby(deciding, key=_exactness))
    return steps, tuple(rule for rule in rules if rule.add)


def _holds(rule: RoutingRule, place: Place, priority: int, hazards: Collection[str]) -> bool:
    return (
        (rule.hazard is None or rule.hazard in hazards)
        and (rule.kelurahan is None or rule.kelurahan == place.kelurahan)
        and (rule.kecamatan is None or rule.kecamatan == place.kecamatan)
        and (not rule.outside or place.is_outside)
        and (rule.priority_at_least is None or priority <= rule.priority_at_least)
    )


def _exactness(rule: RoutingRule) -> tuple[bool, ...]:
    """Outside the city first: our own table says nothing about another city. Then what, then where, then how."""
    return (
        rule.outside,
        rule.type is not None,
        rule.kind is not None,
        rule.kelurahan is not None,
        rule.kecamatan is not None,
        rule.hazard is not None,
        rule.priority_at_least is not None,
    )


def _want(
    wanted: dict[str, Route],
    city: City,
    type: IncidentType | None,
    rule: RoutingRule,
    agency: str,
    priority: int,
    at: datetime,
) -> None:
    asked = city.agency_by_code.get(agency)
    if asked is None or not asked.active:
        return
    seconds = _seconds(city, type, rule, priority)
    if asked.quiet is not None and priority >= asked.quiet.from_priority:
        seconds += asked.quiet.seconds_left(at, city.zone)
    before = wanted.get(agency)
    if before is None or seconds < before.within_seconds:
        wanted[agency] = Route(agency=agency, within_seconds=seconds, reason=_reason(type, rule))


def _seconds(city: City, type: IncidentType | None, rule: RoutingRule | None, priority: int) -> int:
    kind = city.kind_by_code.get(type.kind) if type is not None else None
    for code in (rule.clock if rule else None, kind.clock if kind else None, city.default_clock):
        if code is not None and (clock := city.clock_by_code.get(code)):
            return clock.seconds.get(priority, clock.p1)
    return ANSWER_SECONDS_DEFAULT


def _reason(type: IncidentType | None, rule: RoutingRule) -> str:
    if rule.because:
        return rule.because
    if rule.outside:
        return "lokasi di luar wilayah"
    if rule.hazard is not None:
        return f"bahaya: {rule.hazard}"
    return f"jenis: {type.name}" if type is not None else "jenis belum dikenal"


def _to_duty_officer(city: City, type: IncidentType | None, priority: int) -> Route:
    what = type.name if type is not None else "jenis belum dikenal"
    return Route(
        agency=city.duty_officer,
        within_seconds=_seconds(city, None, None, priority),
        reason=f"belum ada aturan untuk {what}: petugas piket memutuskan",
    )
