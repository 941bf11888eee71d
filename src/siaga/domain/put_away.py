"""What a person writes down when a call is no incident: whom the caller was referred to, a correction, why closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.event import CallReferred


@dataclass(frozen=True, kw_only=True)
class Referral:
    """Its id is the call's. ``neighbour`` is a code of the city's list of neighbours."""

    id: str
    neighbour: str
    by: str
    at: datetime

    def fact(self) -> CallReferred:
        return CallReferred(call=self.id, neighbour=self.neighbour, by=self.by, at=self.at)


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A disposition that was corrected: from what, to what (``None``: owed again), by whom and why. Erasable."""

    id: str
    call: str
    before: str
    after: str | None
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OwedClosing:
    """Why a missed call left the list. Its id is the call's."""

    id: str
    reason: str
    by: str
    at: datetime
