"""What a sheet corrects after sending. Another person may have corrected the same incident: nobody is overwritten.

Rule 1: each field by itself. What only one of them changed is changed; hazards are added and taken away one by one.
Rule 2: a field that is no longer what the sheet believed stays as it is, and the sheet is told both values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.incident import Incident
from siaga.domain.place import Place
from siaga.domain.protection import may_see
from siaga.domain.roles import Viewer
from siaga.features.incidents.actions import amend_incident
from siaga.records.archive import Transaction


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the sheet wants to change; ``None`` stays."""

    type: str | None = None
    place: Place | None = None
    landmark: str | None = None
    rt_rw: str | None = None
    hazards: tuple[str, ...] | None = None
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class Believed:
    """What the sheet believed to stand there; ``None``: it did not say, so it is not compared."""

    type: str | None = None
    where: str | None = None
    landmark: str | None = None
    rt_rw: str | None = None
    hazards: tuple[str, ...] | None = None


BLIND = Believed()


async def amend_from_sheet(
    tx: Transaction,
    *,
    city: City,
    incident: str,
    wanted: Wanted,
    believed: Believed,
    by: Viewer,
    now: datetime,
) -> tuple[bool, list[str]]:
    """Correct what can be corrected; returns whether anything changed, and the fields somebody else had changed."""
    known = await tx.get(Incident, incident)
    if not may_see(by, known):
        raise NotFound("Tidak ditemukan.")
    change, contested = _sorted_out(known, wanted, believed)
    if not change:
        return False, contested
    changed = await amend_incident(
        tx, city=city, incident=incident, by=by.person, viewer=by, now=now, **change
    )
    return changed, contested


def _sorted_out(known: Incident, wanted: Wanted, believed: Believed) -> tuple[dict[str, Any], list[str]]:
    """What may be written, and what is contested."""
    change: dict[str, Any] = {}
    contested = []
    where = wanted.place.text if wanted.place is not None else None
    compared = (
        # field    what is wanted    what it was believed to be    what it is    what would be written
        ("type", wanted.type, believed.type, known.type, wanted.type),
        ("place", where, believed.where, known.place.text, wanted.place),
        ("landmark", wanted.landmark, believed.landmark, known.landmark or "", wanted.landmark),
        ("rt_rw", wanted.rt_rw, believed.rt_rw, known.rt_rw or "", wanted.rt_rw),
    )
    for field, value, before, stands, written in compared:
        if value is None:
            continue
        if before is not None and stands.strip() not in (before.strip(), value.strip()):
            contested.append(field)
        else:
            change[field] = written
    if wanted.hazards is not None:
        change["hazards"] = _merged(known.hazards, wanted.hazards, believed.hazards)
    if wanted.priority is not None:
        change["priority"] = wanted.priority
    return change, contested


def _merged(
    stands: tuple[str, ...], wanted: tuple[str, ...], before: tuple[str, ...] | None
) -> tuple[str, ...]:
    """What she added is added and what she took away is taken away; what another person added stays."""
    if before is None:
        return wanted
    added = [code for code in wanted if code not in before and code not in stands]
    removed = {code for code in before if code not in wanted}
    return (*(code for code in stands if code not in removed), *added)
