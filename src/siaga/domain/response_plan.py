"""What is done for a type of incident: how urgent it is, who and what is sent, what is asked and what is read out.

Rule 1: dispatch never waits for a plan: every question can be skipped, none is needed to send.
Rule 2: a plan asks agencies in addition to the city's routing table; it never takes one away.
Rule 3: an answer or a hazard only ever makes an incident more urgent; only a person lowers a priority.
Rule 4: a plan no local doctor or fire officer has approved says so wherever it is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property

from siaga.domain.incident_type import Hazard, IncidentType

ANSWERS_MAX = 4  # the desk has four answer keys
QUESTIONS_MAX = 12  # more is an interview, not an emergency call
FINISHED = "selesai"  # as the next question: there is none


@dataclass(frozen=True, kw_only=True)
class PlanAnswer:
    """One thing the caller may answer. ``next``: code of the question that follows; empty: the next in order.

    ``hazard``: the toggle this answer switches on. ``tell``: what to read out to him at once.
    """

    text: str
    next: str = ""
    hazard: str = ""
    tell: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanQuestion:
    """One question as it is asked. Without ``answers`` the taker types what she hears."""

    code: str
    text: str
    answers: tuple[PlanAnswer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanHazard:
    """A toggle of the type. ``raises_to``: least urgent priority with it; none: what the hazard says of itself."""

    code: str
    raises_to: int | None = None


@dataclass(frozen=True, kw_only=True)
class UnitsWanted:
    """So many units of a kind, such as 2 pumps."""

    kind: str
    number: int = 1


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Who answers for the plan with his name: a local doctor, a fire officer, a police officer."""

    name: str
    role: str
    on: date


@dataclass(frozen=True, kw_only=True)
class ResponsePlan:
    """One plan. ``version`` 0 is the one in the city's folder; later ones were imported. ``priority`` 1 to 4."""

    type: str
    priority: int | None = None
    agencies: tuple[str, ...] = ()
    units: tuple[UnitsWanted, ...] = ()
    hazards: tuple[PlanHazard, ...] = ()
    questions: tuple[PlanQuestion, ...] = ()
    instructions: tuple[str, ...] = ()
    approval: Approval | None = None
    version: int = 0

    @cached_property
    def digest(self) -> str:
        """Eight hexadecimal digits of everything that is said and done; not of who approved it."""
        said = asdict(replace(self, approval=None, version=0))
        return hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:8]

    @property
    def edition(self) -> str:
        """What an incident records: exactly which words were in force."""
        return f"{self.type}@{self.version or self.digest}"

    @property
    def is_approved(self) -> bool:
        return self.approval is not None

    def same_as(self, other: ResponsePlan | None) -> bool:
        """Whether the other says and does exactly the same, whoever approved it."""
        return other is not None and self.digest == other.digest

    @cached_property
    def question_by_code(self) -> Mapping[str, PlanQuestion]:
        return {question.code: question for question in self.questions}


@dataclass(frozen=True, kw_only=True)
class PlanBook:
    """The plans in force, one a type."""

    plans: tuple[ResponsePlan, ...] = ()

    @cached_property
    def _by_type(self) -> Mapping[str, ResponsePlan]:
        return {plan.type: plan for plan in self.plans}

    def for_type(self, code: str) -> ResponsePlan | None:
        """The plan of this type, if it has one."""
        return self._by_type.get(code)

    def with_newer(self, plans: Iterable[ResponsePlan]) -> PlanBook:
        """These plans in the place of what was in force for their types."""
        merged = {**self._by_type, **{plan.type: plan for plan in plans}}
        return PlanBook(plans=tuple(merged.values()))


NO_PLANS = PlanBook()  # a city without plans.toml


def planned_type(entry: IncidentType, plan: ResponsePlan | None) -> IncidentType:
    """The type as its plan wants it; what the plan leaves out stays as the city's list has it."""
    if plan is None:
        return entry
    return replace(
        entry,
        priority=plan.priority or entry.priority,
        hazards=tuple(hazard.code for hazard in plan.hazards) or entry.hazards,
        questions=tuple(question.text for question in plan.questions) or entry.questions,
        instructions=plan.instructions or entry.instructions,
    )


def plan_of(entry: IncidentType, book: PlanBook) -> ResponsePlan:
    """The type's plan; without one, the questions and instructions the city's list has for it."""
    found = book.for_type(entry.code)
    if found is not None and found.questions and found.instructions:
        return found
    questions = tuple(
        PlanQuestion(code=f"t{number}", text=text) for number, text in enumerate(entry.questions, start=1)
    )
    plan = found or ResponsePlan(
        type=entry.code,
        priority=entry.priority,
        hazards=tuple(PlanHazard(code=code) for code in entry.hazards),
    )
    return replace(
        plan, questions=plan.questions or questions, instructions=plan.instructions or entry.instructions
    )


def raised_by(plan: ResponsePlan | None, hazard: Hazard) -> Hazard:
    """The hazard as this plan takes it: the plan may say that here it is graver, or no reason to hurry."""
    own = next((one for one in plan.hazards if one.code == hazard.code), None) if plan is not None else None
    if own is None or own.raises_to is None:
        return hazard
    return replace(hazard, raises_to=own.raises_to)


def differences(before: ResponsePlan | None, after: ResponsePlan) -> tuple[str, ...]:
    """What changes, one Indonesian line each; empty when nothing does."""
    if before is None:
        return (f"rencana baru: {len(after.questions)} pertanyaan, {len(after.instructions)} panduan",)
    lines = []
    for word, was, now in (
        ("prioritas", str(before.priority or "–"), str(after.priority or "–")),
        ("instansi", ", ".join(before.agencies) or "–", ", ".join(after.agencies) or "–"),
        ("unit", _units(before), _units(after)),
        ("bahaya", _hazards(before), _hazards(after)),
    ):
        if was != now:
            lines.append(f"{word}: {was} → {now}")
    lines += _changed("pertanyaan", _spoken(before), _spoken(after))
    lines += _changed("panduan", before.instructions, after.instructions)
    if not lines and not after.same_as(before):
        lines.append("urutan berubah")
    return tuple(lines)


def _changed(word: str, before: Iterable[str], after: Iterable[str]) -> list[str]:
    was, now = list(before), list(after)
    return [f"{word} – “{text}”" for text in was if text not in now] + [
        f"{word} + “{text}”" for text in now if text not in was
    ]


def _units(plan: ResponsePlan) -> str:
    return ", ".join(f"{one.number} {one.kind}" for one in plan.units) or "–"


def _hazards(plan: ResponsePlan) -> str:
    return (
        ", ".join(f"{one.code} (P{one.raises_to})" if one.raises_to else one.code for one in plan.hazards)
        or "–"
    )


def _spoken(plan: ResponsePlan) -> list[str]:
    """Each question with its answers and where they lead, so that a changed branch shows."""
    return [
        " | ".join([question.text, *(_answer(one) for one in question.answers)])
        for question in plan.questions
    ]


def _answer(answer: PlanAnswer) -> str:
    parts = [answer.text]
    if answer.hazard:
        parts.append(f"bahaya {answer.hazard}")
    if answer.next:
        parts.append(f"lanjut {answer.next}")
    if answer.tell:
        parts.append(f"“{answer.tell}”")
    return ", ".join(parts)
