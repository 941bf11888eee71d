"""What happens to a fact about a place. Its words lie in the row; an event says only that it was kept or ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class PremisesKept(Event):
    """Something is known about a place, from now until ``expires_at``; also when it was changed."""

    name = "premises.kept.v1"
    premises: str
    kind: str
    owner: str
    by: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PremisesReviewed(Event):
    """Somebody looked whether it is still true, and it is."""

    name = "premises.reviewed.v1"
    premises: str
    by: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PremisesEnded(Event):
    """It is no longer true, or nobody has looked in time (``by`` is ``None``)."""

    name = "premises.ended.v1"
    premises: str
    by: str | None


PREMISES_EVENTS = (PremisesKept, PremisesReviewed, PremisesEnded)
