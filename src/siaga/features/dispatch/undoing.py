"""Taking back a sent unit, a unit's status, an asked agency."""

from __future__ import annotations

from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.errors import RuleBroken
from siaga.domain.last_act import Step
from siaga.domain.unit import Unit
from siaga.records.archive import Transaction
from siaga.records.undoing import Kind, Said, Undoing


async def _unit_back(tx: Transaction, step: Step, asked: Undoing) -> None:
    unit = await tx.get(Unit, step.subject)
    if unit.state != step.after:
        raise RuleBroken("Unit {unit} sudah berubah lagi sejak itu.", unit=unit.code)
    tx.keep(unit.put_back(step.before, by=asked.by.person, at=asked.now))


def _unit_said(step: Step) -> Said:
    return ("{unit} → {status}", {"unit": step.subject, "status": step.after.partition("|")[0]})


async def _asked_back(tx: Transaction, step: Step, asked: Undoing) -> None:
    """It no longer waits for an answer; who has answered is at work and is not sent away by a slip of a finger."""
    assignment = await tx.get(Assignment, step.subject)
    if assignment.state is not AssignmentState.SENT:
        raise RuleBroken("OPD itu sudah menjawab.")
    tx.keep(assignment.withdrawn(at=asked.now))


def _asked_said(step: Step) -> Said:
    return ("Teruskan ke {agency}", {"agency": step.after})


UNDO = {"unit": Kind(_unit_back, _unit_said), "assignment": Kind(_asked_back, _asked_said)}
