"""Incidents that have to do with each other: linked side by side, or gathered under one major incident.

Rule 1: a link is symmetrical and has a reason; taking it away leaves it readable in both stories.
Rule 2: a major incident (*kejadian besar*) has children, one level deep. Each child keeps its own clocks and its own
closing: closing the major incident never closes a child that nobody named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.errors import RuleBroken
from siaga.domain.event import IncidentsLinked, IncidentsUnlinked, MajorIncidentDeclared, ParentChosen
from siaga.domain.incident import Incident

REASON_CHARACTERS_MAX = 200  # how they belong together is a few words


@dataclass(frozen=True, kw_only=True)
class IncidentLink:
    """Two incidents that somebody has said belong together. Which is ``one`` and which ``other`` means nothing."""

    id: str
    one: str
    other: str
    reason: str
    by: str
    at: datetime
    removed_at: datetime | None = None
    removed_by: str | None = None

    def joins(self, first: str, second: str) -> bool:
        return self.removed_at is None and {self.one, self.other} == {first, second}

    def facts(self) -> tuple[IncidentsLinked, IncidentsLinked]:
        """One entry for each of the two stories."""
        return (
            IncidentsLinked(incident=self.one, other=self.other, link=self.id, by=self.by, at=self.at),
            IncidentsLinked(incident=self.other, other=self.one, link=self.id, by=self.by, at=self.at),
        )

    def removed(
        self, *, by: str, at: datetime
    ) -> tuple[IncidentLink, tuple[IncidentsUnlinked, IncidentsUnlinked]]:
        """They have nothing to do with each other after all."""
        if self.removed_at is not None:
            raise RuleBroken("Kaitan ini sudah dilepas.")
        facts = (
            IncidentsUnlinked(incident=self.one, other=self.other, link=self.id, by=by, at=at),
            IncidentsUnlinked(incident=self.other, other=self.one, link=self.id, by=by, at=at),
        )
        return replace(self, removed_at=at, removed_by=by), facts


def linked(one: Incident, other: Incident, *, id: str, reason: str, by: str, at: datetime) -> IncidentLink:
    """Say that two incidents belong together. Raises RuleBroken without a reason, or for one and the same."""
    if one.id == other.id:
        raise RuleBroken("Kejadian tidak bisa dikaitkan dengan dirinya sendiri.")
    reason = " ".join(reason.split())
    if len(reason) < 3:
        raise RuleBroken("Tulis apa kaitannya.")
    return IncidentLink(
        id=id, one=one.id, other=other.id, reason=reason[:REASON_CHARACTERS_MAX], by=by, at=at
    )


def declared_major(
    incident: Incident, *, by: str, at: datetime
) -> tuple[Incident, MajorIncidentDeclared | None]:
    """This is more than one incident: others are gathered under it. Saying it twice changes nothing."""
    if not incident.is_open:
        raise RuleBroken("Kejadian ini sudah ditutup. Buka kembali dulu untuk mengubahnya.")
    if incident.parent is not None:
        raise RuleBroken("Kejadian ini sendiri bagian dari kejadian besar. Lepaskan dulu dari induknya.")
    if incident.major:
        return incident, None
    return replace(incident, major=True), MajorIncidentDeclared(incident=incident.id, on=True, by=by, at=at)


def no_longer_major(
    incident: Incident, children: int, *, by: str, at: datetime
) -> tuple[Incident, MajorIncidentDeclared | None]:
    """It was an ordinary one. Its children are let go first, by a person."""
    if children:
        raise RuleBroken("Masih ada {n} kejadian di bawahnya. Lepaskan dulu satu per satu.", n=children)
    if not incident.major:
        return incident, None
    return replace(incident, major=False), MajorIncidentDeclared(incident=incident.id, on=False, by=by, at=at)


def placed_under(
    child: Incident, parent: Incident | None, *, children: int, by: str, at: datetime
) -> tuple[Incident, ParentChosen | None]:
    """Gather a child under a major incident, or let it go (None). ``children``: how many the child itself has."""
    if parent is None:
        if child.parent is None:
            return child, None
        event = ParentChosen(incident=child.id, parent=None, before=child.parent, by=by, at=at)
        return replace(child, parent=None), event
    if parent.id == child.id:
        raise RuleBroken("Kejadian tidak bisa menjadi induk dirinya sendiri.")
    if not parent.is_open:
        raise RuleBroken("Kejadian besar itu sudah ditutup. Buka kembali dulu.")
    if parent.parent is not None:
        raise RuleBroken("Kejadian itu sendiri bagian dari kejadian besar lain: pilih induknya.")
    if child.major or children:
        raise RuleBroken("Kejadian ini sendiri kejadian besar. Lepaskan dulu kejadian di bawahnya.")
    if child.parent == parent.id:
        return child, None
    event = ParentChosen(incident=child.id, parent=parent.id, before=child.parent, by=by, at=at)
    return replace(child, parent=parent.id), event
