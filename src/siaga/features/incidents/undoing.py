"""Taking back a changed priority (what it called stays asked), or a joined caller (joining.py)."""

from __future__ import annotations

from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident
from siaga.domain.last_act import Step
from siaga.features.incidents import joining
from siaga.features.incidents.actions import amend_incident
from siaga.records.archive import Transaction
from siaga.records.undoing import Kind, Said, Undoing


async def _priority_back(tx: Transaction, step: Step, asked: Undoing) -> None:
    incident = await tx.get(Incident, step.subject)
    if str(incident.priority) != step.after:
        raise RuleBroken("Prioritas sudah berubah lagi sejak itu.")
    await amend_incident(
        tx,
        city=asked.city,
        incident=incident.id,
        by=asked.by.person,
        priority=int(step.before),
        now=asked.now,
    )


def _priority_said(step: Step) -> Said:
    return ("Prioritas P{before} → P{after}", {"before": step.before, "after": step.after})


UNDO = {"priority": Kind(_priority_back, _priority_said), **joining.UNDOES}
