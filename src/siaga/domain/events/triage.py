"""What a caller was asked, which plans are in force, and what the type model has learned."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(Event):
    """A question of the response plan was answered, skipped, or its answer taken back; the words are in the row.

    ``answer`` is the row; ``standing``: it counts from now on (false: it was taken back).
    """

    name = "incident.answered.v1"
    incident: str
    question: str
    answer: str
    by: str
    standing: bool = True


@dataclass(frozen=True, kw_only=True)
class PlanChanged(Event):
    """A new version of a type's response plan is in force."""

    name = "plan.changed.v1"
    type: str
    version: int
    by: str


@dataclass(frozen=True, kw_only=True)
class PlanApproved(Event):
    """Somebody entitled has put a name under this version; the name is in its row."""

    name = "plan.approved.v1"
    type: str
    version: int
    by: str


@dataclass(frozen=True, kw_only=True)
class TypeModelTrained(Event):
    """The type model was trained anew. ``speaks``: it is sure often enough to propose anything."""

    name = "triage.model_trained.v1"
    version: int
    labels: int
    speaks: bool


TRIAGE_EVENTS = (QuestionAnswered, PlanChanged, PlanApproved, TypeModelTrained)
