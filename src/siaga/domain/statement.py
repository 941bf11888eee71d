"""What a further caller said of an incident we have, kept whole, so that joining him loses nothing and can be undone.

Rule 1: his words become lines of the incident's story, and he one of its reporters; no second incident is made.
Rule 2: taking him out again strikes those lines and needs nothing from anybody's memory: the statement has it all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallerParted

REASON_CHARACTERS_MAX = 200  # why he means something else is a few words


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One further caller's own what and where. Personal data, erasable.

    ``place`` is the whole place as JSON; ``lat``, ``lon`` (degrees) and ``accuracy_m`` are its point. ``lines``: what
    was typed, one line each; ``notes``: the ids of the story's lines made of it; ``became``: the incident of its own
    that it was made into afterwards.
    """

    id: str
    incident: str
    call: str | None
    sheet: str | None
    reporter: str | None
    type: str | None
    place: str
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    landmark: str | None = None
    rt_rw: str | None = None
    hazards: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    by: str
    at: datetime
    parted_at: datetime | None = None
    parted_by: str | None = None
    parted_reason: str | None = None
    became: str | None = None

    def parted(
        self, *, by: str, at: datetime, reason: str = "", into: str | None = None
    ) -> tuple[Statement, CallerParted]:
        """He did not mean this incident. ``into``: the incident made of his statement, if one was."""
        if self.parted_at is not None:
            raise RuleBroken("Pelapor ini sudah dipisahkan.")
        apart = replace(
            self,
            parted_at=at,
            parted_by=by,
            parted_reason=reason[:REASON_CHARACTERS_MAX] or None,
            became=into,
        )
        return apart, CallerParted(
            incident=self.incident, statement=self.id, call=self.call, by=by, into=into, at=at
        )
