"""The response plans in force, and what became of each version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from siaga.domain.interview import PlanEdition
from siaga.domain.response_plan import ResponsePlan
from siaga.records.names import name_of
from siaga.records.tables import NAMED


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


async def plans_in_force(archive: Reader) -> tuple[ResponsePlan, ...]:
    """The newest version of each type that has one; other types follow the city's folder."""
    rows = await archive.rows(
        "select distinct on (type) * from plan_edition where city_id = $1 order by type, edition desc"
    )
    return tuple(plan_in(NAMED["plan_edition"].from_row(dict(row))) for row in rows)


async def editions_of(archive: Reader, type: str) -> list[tuple[PlanEdition, str]]:
    """All versions of a type's plan, newest first, each with the name of who brought it in."""
    rows = await archive.rows(
        f"select e.*, {name_of('e.made_by')} as name from plan_edition e "
        "where e.city_id = $1 and e.type = $2 order by e.edition desc",
        type,
    )
    found = []
    for row in rows:
        data = dict(row)
        name = data.pop("name") or data["made_by"]
        found.append((NAMED["plan_edition"].from_row(data), name))
    return found


def plan_in(edition: PlanEdition) -> ResponsePlan:
    """The plan an edition holds, with its number and who approved it."""
    plan = msgspec.json.decode(edition.plan, type=ResponsePlan)
    return replace(plan, version=edition.edition, approval=edition.approval)
