"""Which free units would do what the response plan wants. A proposal: nothing rolls before a person says so.

Rule 1: what the plan wants and nobody on the incident does yet, kind by kind; without a plan, one unit of every agency
        that is at work on it and has none there.
Rule 2: ready goes before returning, an agency already asked before another, and who has stood still longest goes first.
Rule 3: every unit says why it is proposed. A unit whose description lacks a word of the kind is never proposed for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from siaga.domain.response_plan import ResponsePlan
from siaga.domain.spelling import folded
from siaga.domain.unit import BUSY, FREE, Unit, UnitStatus


@dataclass(frozen=True)
class Proposed:
    """One unit, and the kind the plan wants it as; an empty ``kind``: its agency was asked and has nobody there."""

    unit: Unit
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """``units`` in the plan's order; ``lacking``: kinds nobody free could do, once for each one missing."""

    units: tuple[Proposed, ...] = ()
    lacking: tuple[str, ...] = ()


def propose(
    plan: ResponsePlan | None, units: Sequence[Unit], *, incident: str, asked: Collection[str]
) -> Proposal:
    """What to send. ``units``: all of the city; ``asked``: agencies whose assignment on the incident is open."""
    there = [unit for unit in units if unit.incident == incident and unit.status in BUSY]
    free = sorted(
        (unit for unit in units if unit.status in FREE),
        key=lambda unit: (
            unit.status is not UnitStatus.READY,
            unit.agency not in asked,
            unit.since,
            unit.code,
        ),
    )
    if plan is None or not plan.units:
        return _one_of_each(free, asked, {unit.agency for unit in there})
    found: list[Proposed] = []
    lacking: list[str] = []
    for wanted in plan.units:
        for _ in range(wanted.number):
            if (sent := _first(there, wanted.kind)) is not None:
                there.remove(sent)
            elif (best := _first(free, wanted.kind)) is not None:
                free.remove(best)
                found.append(Proposed(best, wanted.kind))
            else:
                lacking.append(wanted.kind)
    return Proposal(units=tuple(found), lacking=tuple(lacking))


def _one_of_each(free: Sequence[Unit], asked: Collection[str], present: Collection[str]) -> Proposal:
    found: dict[str, Unit] = {}
    for unit in free:
        if unit.agency in asked and unit.agency not in present:
            found.setdefault(unit.agency, unit)
    return Proposal(units=tuple(Proposed(unit) for unit in found.values()))


def _first(units: Sequence[Unit], kind: str) -> Unit | None:
    words = set(folded(kind).split())
    return next((unit for unit in units if words <= set(folded(unit.what).split())), None)
