"""Incidents that belong together: linked side by side, or gathered under one major incident (kejadian besar).

Protected cases are linked to nothing: a link would tell those outside the circle that there is something.
"""

from __future__ import annotations

from datetime import datetime

from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.incident import Incident, noted
from siaga.domain.incident_link import (
    IncidentLink,
    declared_major,
    linked,
    no_longer_major,
    placed_under,
)
from siaga.domain.protection import may_see
from siaga.domain.roles import May, Viewer
from siaga.records.archive import Transaction


async def link_incidents(
    tx: Transaction, *, incident: str, other: str, reason: str, by: Viewer, now: datetime
) -> str:
    """These two have to do with each other. Saying it again changes nothing; returns the link's id."""
    by.must(May.OPEN_INCIDENTS)
    one, two = await _open_to_all(tx, incident, by), await _open_to_all(tx, other, by)
    for known in await _links_of(tx, incident):
        if known.joins(incident, other):
            return known.id
    link = linked(one, two, id=tx.new_id(), reason=reason, by=by.person, at=now)
    tx.put(link)
    tx.record(*link.facts())
    for here, there in ((one, two), (two, one)):
        text = f"Terkait #{there.number}: {link.reason}"
        tx.keep(noted(id=tx.new_id(), incident=here.id, text=text, by=by.person, at=now))
    return link.id


async def unlink_incidents(tx: Transaction, *, link: str, incident: str, by: Viewer, now: datetime) -> None:
    """They have nothing to do with each other after all; both stories keep that somebody thought so."""
    by.must(May.OPEN_INCIDENTS)
    known = await tx.get(IncidentLink, link)
    if incident not in (known.one, known.other):
        raise NotFound("Tidak ditemukan.")
    removed, facts = known.removed(by=by.person, at=now)
    tx.put(removed)
    tx.record(*facts)


async def declare_major(tx: Transaction, *, incident: str, on: bool, by: Viewer, now: datetime) -> None:
    """One incident under which others are gathered, or no longer."""
    by.must(May.OPEN_INCIDENTS)
    known = await _open_to_all(tx, incident, by)
    if on:
        tx.keep(declared_major(known, by=by.person, at=now))
    else:
        children = len(await tx.find(Incident, parent=incident))
        tx.keep(no_longer_major(known, children, by=by.person, at=now))


async def place_under(
    tx: Transaction, *, incident: str, parent: str | None, by: Viewer, now: datetime
) -> None:
    """Gather this incident under a major one, which it becomes by that; or let it go (None)."""
    by.must(May.OPEN_INCIDENTS)
    child = await _open_to_all(tx, incident, by)
    above = await _open_to_all(tx, parent, by) if parent is not None else None
    children = len(await tx.find(Incident, parent=incident))
    placed, event = placed_under(child, above, children=children, by=by.person, at=now)
    if event is None:
        return
    tx.keep((placed, event))
    if above is not None and not above.major:
        tx.keep(declared_major(above, by=by.person, at=now))


async def _open_to_all(tx: Transaction, incident: str, by: Viewer) -> Incident:
    known = await tx.get(Incident, incident)
    if not may_see(by, known):
        raise NotFound("Tidak ditemukan.")
    if known.protected:
        raise RuleBroken("Kasus terlindung tidak dikaitkan dengan kejadian lain.")
    return known


async def _links_of(tx: Transaction, incident: str) -> list[IncidentLink]:
    return [
        *await tx.find(IncidentLink, one=incident, removed_at=None),
        *await tx.find(IncidentLink, other=incident, removed_at=None),
    ]
