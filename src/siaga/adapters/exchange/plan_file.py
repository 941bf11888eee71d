"""A file of response plans, XLSX or TOML, told apart by what is in it; and what the city says about its rows."""

from __future__ import annotations

from collections.abc import Iterator

from siaga.adapters.exchange.plan_table import PlanTable, read_plan_workbook
from siaga.adapters.exchange.plan_toml import read_plan_toml
from siaga.adapters.exchange.reading import AT_THE_TERMINAL, OLE_MAGIC, Limits, is_workbook
from siaga.domain.city import City
from siaga.domain.city_finding import Finding, Severity
from siaga.domain.response_plan import ResponsePlan
from siaga.domain.response_plan_check import check_plan


def read_plan_file(data: bytes, limits: Limits = AT_THE_TERMINAL) -> PlanTable:
    """The plans in a file. Raises FileRefused."""
    if is_workbook(data) or data.startswith(OLE_MAGIC):
        return read_plan_workbook(data, limits)
    return read_plan_toml(data)


def check_table(table: PlanTable, city: City) -> None:
    """Note what a plan says that this city does not know, at the row where it stands."""
    for plan in list(table.plans.values()):
        for finding in _findings(plan, city, Severity.ERROR):
            question = next(
                (one.code for one in plan.questions if f"pertanyaan “{one.code}”" in finding.where), ""
            )
            sheet, row = table.rows.get((plan.type, question)) or table.rows.get((plan.type, ""), ("", 0))
            table.complain(sheet, row, plan.type, finding.message)


def worth_a_look(plan: ResponsePlan, city: City) -> tuple[str, ...]:
    """What is allowed in a plan, but was perhaps not meant."""
    return tuple(finding.message for finding in _findings(plan, city, Severity.WARNING))


def _findings(plan: ResponsePlan, city: City, severity: Severity) -> Iterator[Finding]:
    return (finding for finding in check_plan(plan, city) if finding.severity is severity)
