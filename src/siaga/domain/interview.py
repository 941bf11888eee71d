"""What the caller answered, with its time, and which edition of a plan was in force.

Rule 1: nothing is erased from the interview: a corrected answer is struck and the new one stands beside it.
Rule 2: an answer is recorded at the moment it was given, also when the incident is only sent later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import PlanApproved, QuestionAnswered
from siaga.domain.response_plan import Approval

ANSWER_CHARACTERS_MAX = 200  # a sentence; a story belongs into the notes
NAME_CHARACTERS_MAX = 100
GIVEN_HOURS_MAX = 12  # a sheet lies open no longer than a shift


class Said(StrEnum):
    """What was done with a line of the plan."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    TOLD = "told"  # an instruction was read out


@dataclass(frozen=True, kw_only=True)
class GivenAnswer:
    """One line of the interview: personal data, erasable. ``edition``: the words that were in force.

    ``question`` is the code, ``asked`` and ``text`` the words as they were; ``struck_at``: corrected since.
    """

    id: str
    incident: str
    question: str
    said: Said
    asked: str
    text: str
    edition: str
    at: datetime
    by: str
    struck_at: datetime | None = None

    def struck(self, *, by: str, at: datetime) -> tuple[GivenAnswer, QuestionAnswered]:
        """It was wrong, or another answer takes its place."""
        gone = replace(self, struck_at=at)
        fact = QuestionAnswered(
            incident=self.incident, question=self.question, answer=self.id, by=by, standing=False, at=at
        )
        return gone, fact


def answered(
    *,
    id: str,
    incident: str,
    question: str,
    said: Said,
    asked: str,
    text: str,
    edition: str,
    by: str,
    given_at: datetime | None,
    now: datetime,
) -> tuple[GivenAnswer, QuestionAnswered]:
    """Write one line down. ``given_at`` comes from the desk's clock and is believed within a shift."""
    text, asked = text.strip(), asked.strip()
    if said is Said.ANSWERED and not text:
        raise RuleBroken("Jawaban masih kosong.")
    if len(text) > ANSWER_CHARACTERS_MAX or len(asked) > ANSWER_CHARACTERS_MAX:
        raise RuleBroken("Jawaban terlalu panjang: paling banyak {max} huruf.", max=ANSWER_CHARACTERS_MAX)
    at = now
    if given_at is not None and now - timedelta(hours=GIVEN_HOURS_MAX) <= given_at <= now:
        at = given_at
    answer = GivenAnswer(
        id=id, incident=incident, question=question, said=said, asked=asked, text=text, edition=edition,
        at=at, by=by,
    )  # fmt: skip
    return answer, QuestionAnswered(incident=incident, question=question, answer=id, by=by, at=now)


def standing(answers: Iterable[GivenAnswer]) -> dict[str, GivenAnswer]:
    """The line that counts for each question, by its code, in the order they were said."""
    return {one.question: one for one in sorted(answers, key=lambda one: one.at) if one.struck_at is None}


@dataclass(frozen=True, kw_only=True)
class PlanEdition:
    """One imported or approved version of a type's plan. ``plan`` is the plan as JSON."""

    id: str
    type: str
    edition: int
    plan: str
    source: str
    made_at: datetime
    made_by: str
    approved_name: str | None = None
    approved_role: str | None = None
    approved_on: date | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None

    @property
    def approval(self) -> Approval | None:
        if self.approved_name is None or self.approved_role is None or self.approved_on is None:
            return None
        return Approval(name=self.approved_name, role=self.approved_role, on=self.approved_on)

    def approved(self, approval: Approval, *, by: str, at: datetime) -> tuple[PlanEdition, PlanApproved]:
        """Somebody answers for it with a name."""
        name, role = approval.name.strip(), approval.role.strip()
        if not name or not role:
            raise RuleBroken("Tulis nama dan jabatan yang menyetujui.")
        if max(len(name), len(role)) > NAME_CHARACTERS_MAX:
            raise RuleBroken("Nama dan jabatan: paling banyak {max} huruf.", max=NAME_CHARACTERS_MAX)
        if approval.on > at.date() + timedelta(days=1):  # the local day may be ahead of the universal one
            raise RuleBroken("Tanggal persetujuan belum tiba.")
        if self.approval is not None:
            raise RuleBroken("Rencana ini sudah disetujui {name}.", name=self.approved_name or "")
        signed = replace(
            self,
            approved_name=name,
            approved_role=role,
            approved_on=approval.on,
            approved_at=at,
            approved_by=by,
        )
        return signed, PlanApproved(type=self.type, version=self.edition, by=by, at=at)


def edition_id(type: str, version: int) -> str:
    """The key of an edition."""
    return f"{type}@{version}"
