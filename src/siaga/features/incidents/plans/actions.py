"""Response plans change: a table is imported, somebody entitled approves one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.event import PlanChanged
from siaga.domain.interview import PlanEdition, edition_id
from siaga.domain.response_plan import Approval, PlanBook, ResponsePlan
from siaga.features.incidents.plans.queries import plan_in
from siaga.records.archive import Transaction


async def import_plans(
    tx: Transaction, *, book: PlanBook, plans: Sequence[ResponsePlan], source: str, by: str, now: datetime,
    seen: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """Bring in the plans that say something else than what is in force; returns their types.

    ``book``: the plans of the city's folder. ``source``: the file's name. Types the table does not name keep theirs.
    ``seen``: the edition of each type that somebody compared the file with; refuses when another one is in force now.
    """
    changed = []
    for plan in plans:
        last = await _newest(tx, plan.type)
        in_force = plan_in(last) if last is not None else book.for_type(plan.type)
        if seen is not None and seen.get(plan.type, "") != (in_force.edition if in_force is not None else ""):
            raise RuleBroken("Rencana baru saja diubah orang lain. Unggah lagi berkasnya, lalu baca bedanya.")
        if plan.same_as(in_force):
            continue
        _new_edition(tx, plan, last, source=source, by=by, now=now)
        changed.append(plan.type)
    return changed


async def approve_plan(
    tx: Transaction,
    *,
    city: City,
    type: str,
    edition: str,
    approval: Approval,
    by: str,
    now: datetime,
) -> int:
    """Put a name under the version in force; returns its number. ``edition``: what the person has read.

    The plan of the city's folder becomes version 1 by it, so that a later change of the file takes no name along.
    Refuses when another version has come into force meanwhile.
    """
    city.type(type)
    last = await _newest(tx, type)
    in_force = plan_in(last) if last is not None else city.plans.for_type(type)
    if in_force is None:
        raise RuleBroken("Jenis ini belum punya rencana penanganan.")
    if in_force.edition != edition:
        raise RuleBroken("Rencana ini baru saja diubah. Baca versi yang baru, lalu setujui.")
    if last is None:
        last = _new_edition(tx, in_force, None, source="plans.toml", by=by, now=now)
    signed: PlanEdition = tx.keep(last.approved(approval, by=by, at=now))
    return signed.edition


def _new_edition(
    tx: Transaction, plan: ResponsePlan, last: PlanEdition | None, *, source: str, by: str, now: datetime
) -> PlanEdition:
    number = last.edition + 1 if last is not None else 1
    content = replace(plan, version=0, approval=None)
    edition = PlanEdition(
        id=edition_id(plan.type, number),
        type=plan.type,
        edition=number,
        plan=msgspec.json.encode(content).decode(),
        source=source,
        made_at=now,
        made_by=by,
    )
    tx.put(edition)
    tx.record(PlanChanged(type=plan.type, version=number, by=by, at=now))
    return edition


async def _newest(tx: Transaction, type: str) -> PlanEdition | None:
    found = await tx.find(PlanEdition, type=type, order=("edition",))
    return found[-1] if found else None
