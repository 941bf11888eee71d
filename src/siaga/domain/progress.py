"""How far an incident has come, told from its agencies' answers and its units; never stored, so never out of step.

Rule 1: the first agency to reach a step reaches it for the incident; only *finished* needs all of them.
Rule 2: a step nobody reported (arrived without ever saying "on our way") is shown as skipped, never as done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.incident import Incident
from siaga.domain.unit import BUSY, Unit, UnitStatus


class Step(StrEnum):
    """In the order an incident goes through them."""

    NEW = "new"
    FORWARDED = "forwarded"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    FINISHED = "finished"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Reached:
    """One step. ``at``: when it was reached; ``is_skipped``: a later one was reached, this one never was."""

    step: Step
    at: datetime | None
    is_done: bool
    is_current: bool
    is_skipped: bool


def steps(
    incident: Incident,
    assignments: Sequence[Assignment],
    units: Sequence[Unit] = (),
    *,
    en_route_at: datetime | None = None,
) -> list[Reached]:
    """All seven steps with their times. ``en_route_at``: when the first unit left, if the journal was asked."""
    moments = {
        Step.NEW: incident.opened_at,
        Step.FORWARDED: _first(one.sent_at for one in assignments),
        Step.ACCEPTED: _first(one.acknowledged_at for one in assignments),
        Step.EN_ROUTE: en_route_at
        or _first(unit.since for unit in units if unit.status is UnitStatus.EN_ROUTE),
        Step.ON_SCENE: _first(one.on_scene_at for one in assignments),
        Step.FINISHED: _finished_at(assignments),
        Step.CLOSED: incident.closed_at,
    }
    order = list(Step)
    last = order.index(step_of(incident, assignments, units))
    told = []
    for index, step in enumerate(order):
        is_done = index == last or (index < last and moments[step] is not None)
        told.append(
            Reached(
                step=step,
                at=moments[step] if is_done else None,
                is_done=is_done,
                is_current=index == last,
                is_skipped=index < last and not is_done,
            )
        )
    return told


def step_of(incident: Incident, assignments: Sequence[Assignment], units: Sequence[Unit] = ()) -> Step:
    """The furthest step this incident has reached."""
    if not incident.is_open:
        return Step.CLOSED
    if _finished_at(assignments) is not None:
        return Step.FINISHED
    moving = [unit.status for unit in units if unit.incident == incident.id and unit.status in BUSY]
    if any(one.on_scene_at for one in assignments) or UnitStatus.ON_SCENE in moving:
        return Step.ON_SCENE
    if any(status is not UnitStatus.ASSIGNED for status in moving):
        return Step.EN_ROUTE
    if any(one.acknowledged_at for one in assignments):
        return Step.ACCEPTED
    return Step.FORWARDED if assignments else Step.NEW


def unanswered(assignments: Iterable[Assignment]) -> list[Assignment]:
    """Who has not said a word yet, the one whose time is up first at the front."""
    silent = [one for one in assignments if one.state is AssignmentState.SENT]
    return sorted(silent, key=lambda one: (-one.rung, one.due_at))


def _finished_at(assignments: Sequence[Assignment]) -> datetime | None:
    """When the last agency finished; ``None`` while one is still at it, or when none ever finished its part."""
    done = [one.done_at for one in assignments if one.state is AssignmentState.DONE]
    if not done or any(one.is_open for one in assignments):
        return None
    return max((at for at in done if at is not None), default=None)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)
