"""A prank needs two people: who takes the call says so, and somebody else, who does not know who, says so too.

Rule 1: nothing waits for the second person: the call is disposed of, the taker is ready.
Rule 2: only what is confirmed is a fact about a caller.
Rule 3: who is contradicted was right to call: we owe him a call back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import PrankJudged

REASON_CHARACTERS_MAX = 200  # a reason is a sentence


class Judgement(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class PrankReview:
    """One call somebody called a prank; its id is the call's. ``number`` is personal data and erasable."""

    id: str
    number: str | None
    called_at: datetime
    said_by: str
    said_at: datetime
    state: Judgement = Judgement.PENDING
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None

    def judged(
        self, agrees: bool, *, by: str, at: datetime, reason: str = ""
    ) -> tuple[PrankReview, PrankJudged]:
        """The second person agrees, or contradicts and says why."""
        if self.state is not Judgement.PENDING:
            raise RuleBroken("Panggilan ini sudah diperiksa orang kedua.")
        if by == self.said_by:
            raise RuleBroken("Orang kedua harus orang lain: Anda sendiri yang menyebut panggilan ini iseng.")
        if not agrees and not reason.strip():
            raise RuleBroken("Sebutkan mengapa panggilan ini bukan iseng.")
        state = Judgement.CONFIRMED if agrees else Judgement.CONTRADICTED
        return self._decided(state, by, at, reason), PrankJudged(call=self.id, judgement=state, by=by, at=at)

    def withdrawn(self, *, by: str, at: datetime, reason: str) -> tuple[PrankReview, PrankJudged]:
        """The call turned out to be something else; it never counts as a prank."""
        state = Judgement.WITHDRAWN
        return self._decided(state, by, at, reason), PrankJudged(call=self.id, judgement=state, by=by, at=at)

    def _decided(self, state: Judgement, by: str, at: datetime, reason: str) -> PrankReview:
        said = reason.strip()[:REASON_CHARACTERS_MAX] or None
        return replace(self, state=state, decided_by=by, decided_at=at, reason=said)
