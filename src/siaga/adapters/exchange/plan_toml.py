"""Response plans as TOML, the way they stand in a city's folder."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from siaga.adapters.exchange.plan_table import PlanTable
from siaga.adapters.exchange.reading import FileRefused
from siaga.domain.response_plan import PlanQuestion, ResponsePlan

TOML_BYTES_MAX = 256 * 1024  # the sample city's plans are 14 KiB
LINE_BYTES_MAX = 8_000  # all instructions of a plan stand on one line
LINE_DOTS_MAX = (
    200  # a dotted key stands on one line and costs the square of its parts: 120 long ones took half a minute
)
HEAD = "# Rencana penanganan. Ubah, lalu: siaga plans import BERKAS. Persetujuan tidak ikut: siaga plans approve.\n"


def plan_toml(plans: Iterable[ResponsePlan]) -> str:
    """The plans as TOML. Approvals are not written: who changes a plan must have it approved anew."""
    return HEAD + "".join(f"\n{block}\n" for plan in plans for block in ("\n".join(_plan(plan)),))


def read_plan_toml(data: bytes) -> PlanTable:
    """The plans of a TOML file. Raises FileRefused when it is no TOML."""
    if len(data) > TOML_BYTES_MAX or any(
        len(line) > LINE_BYTES_MAX or line.count(b".") > LINE_DOTS_MAX for line in data.splitlines()
    ):
        raise FileRefused("Berkas TOML ini terlalu besar, atau ada baris yang terlalu panjang.")
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileRefused("Ini bukan TOML yang sah: {why}.", why=str(error)) from error
    except RecursionError as error:  # brackets within brackets, hundreds deep
        raise FileRefused("Ini bukan TOML yang sah: {why}.", why="[[[[") from error
    table = PlanTable()
    rows = content.get("plan", [])
    for number, row in enumerate(rows if isinstance(rows, list) else [], start=1):
        type = str(row.get("type", "")) if isinstance(row, dict) else ""
        try:
            plan = msgspec.convert({**row, "approval": None, "version": 0}, ResponsePlan)
        except (msgspec.ValidationError, TypeError) as error:
            table.complain("plan", number, type, str(error))
            continue
        if plan.type in table.plans:
            table.complain("plan", number, plan.type, f"rencana “{plan.type}” ditulis dua kali.")
            continue
        table.plans[plan.type] = plan
        table.rows[plan.type, ""] = ("plan", number)
    if not rows:
        raise FileRefused("Tidak ada satu pun [[plan]] di berkas ini.")
    return table


def _plan(plan: ResponsePlan) -> Iterator[str]:
    yield "[[plan]]"
    yield f"type = {_value(plan.type)}"
    if plan.priority is not None:
        yield f"priority = {plan.priority}"
    if plan.agencies:
        yield f"agencies = {_value(list(plan.agencies))}"
    if plan.units:
        yield f"units = {_value([{'kind': one.kind, 'number': one.number} for one in plan.units])}"
    if plan.hazards:
        hazards = [
            {"code": one.code} | ({"raises_to": one.raises_to} if one.raises_to else {})
            for one in plan.hazards
        ]
        yield f"hazards = {_value(hazards)}"
    if plan.instructions:
        yield f"instructions = {_value(list(plan.instructions))}"
    for question in plan.questions:
        yield from _question(question)


def _question(question: PlanQuestion) -> Iterator[str]:
    yield "[[plan.questions]]"
    yield f"code = {_value(question.code)}"
    yield f"text = {_value(question.text)}"
    answers = [
        {key: value for key, value in msgspec.to_builtins(one).items() if value} for one in question.answers
    ]
    if answers:
        yield f"answers = {_value(answers)}"


def _value(value: Any) -> str:
    """A TOML value on one line. JSON's strings and numbers are TOML's as well, only a table is written otherwise."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
