"""How urgent an incident is: the type's own priority, raised by what the caller answers.

Rule 1: an answer only ever makes an incident more urgent.
Rule 2: only a person lowers a priority, and then the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from siaga.domain.errors import RuleBroken
from siaga.domain.incident_type import Hazard, IncidentType

MOST_URGENT = 1
LEAST_URGENT = 4


@dataclass(frozen=True, kw_only=True)
class Triage:
    """A priority and why it is so, in words for the call taker."""

    priority: int
    reason: str


def priority_for(
    type: IncidentType,
    hazards: Iterable[Hazard] = (),
    *,
    current: int | None = None,
    chosen: int | None = None,
) -> Triage:
    """The priority of an incident of ``type`` with the hazards reported so far.

    ``current`` is what the incident has now: an unticked hazard does not lower it. ``chosen`` is what a person has
    decided; it wins in both directions. Raises RuleBroken when ``chosen`` is not 1 to 4.
    """
    if chosen is not None:
        if not MOST_URGENT <= chosen <= LEAST_URGENT:
            raise RuleBroken("Prioritas harus 1 (kritis) sampai 4 (rendah).")
        word = "diturunkan" if chosen > _found(type, hazards, current).priority else "dipilih"
        return Triage(priority=chosen, reason=f"{word} petugas")
    return _found(type, hazards, current)


def _found(type: IncidentType, hazards: Iterable[Hazard], current: int | None) -> Triage:
    priority, reason = type.priority, f"jenis: {type.name}"
    if current is not None and current < priority:
        priority, reason = current, "tetap seperti sebelumnya"
    for hazard in hazards:
        if hazard.raises_to is not None and hazard.raises_to < priority:
            priority, reason = hazard.raises_to, f"bahaya: {hazard.name}"
    return Triage(priority=priority, reason=reason)
