"""The interview of an incident as it is shown: what was asked, what was answered, by which plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from siaga.domain.city import City
from siaga.domain.incident import Incident
from siaga.domain.interview import GivenAnswer
from siaga.domain.response_plan import ResponsePlan
from siaga.records.names import name_of
from siaga.records.tables import NAMED

LINES_SHOWN_MAX = 200


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line with the name of who wrote it down."""

    answer: GivenAnswer
    by: str


async def interview_of(archive: Reader, incident: str) -> list[Line]:
    """All lines, the struck ones too, as they were said. Ask first whether the viewer may see the incident."""
    rows = await archive.rows(
        f"select a.*, {name_of('a.by')} as by_name from given_answer a "
        f"where a.city_id = $1 and a.incident = $2 order by a.at, a.id limit {LINES_SHOWN_MAX}",
        incident,
    )
    lines = []
    for row in rows:
        data = dict(row)
        by = data.pop("by_name") or ""
        lines.append(Line(answer=NAMED["given_answer"].from_row(data), by=by))
    return lines


async def interview_context(archive: Reader, city: City, incident: Incident) -> dict[str, Any]:
    """What incident_interview.html needs."""
    plan = city.plans.for_type(incident.type)
    return {
        "interview": await interview_of(archive, incident.id),
        "plan": plan,
        "plan_is_newer": plan is not None and incident.plan is not None and plan.edition != incident.plan,
        "units_wanted": units_wanted(plan),
    }


def units_wanted(plan: ResponsePlan | None) -> str:
    """Such as "2 mobil pemadam, 1 ambulans"; empty when the plan names none."""
    return ", ".join(f"{one.number} {one.kind}" for one in plan.units) if plan is not None else ""
