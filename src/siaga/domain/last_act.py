"""The last thing a person did, kept so that she can take it back within seconds.

Rule 1: only the last act of a person can be taken back, by herself, within ``UNDO_SECONDS``.
Rule 2: taking back is another act: nothing disappears from the journal.
Rule 3: what has moved on since is never turned back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.errors import RuleBroken
from siaga.domain.event import ActUndone

UNDO_SECONDS = 10  # a slip of the finger is seen at once; what is older, others have already acted upon
GRACE_SECONDS = 2  # the bar is drawn a moment after the act, and a click takes a moment to arrive


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change inside an act. ``before`` and ``after`` are how the ``kind`` writes the subject's state.

    A step that is not ``must`` (an agency asked along with its unit) may stay when it can no longer be taken back.
    """

    kind: str
    subject: str
    before: str
    after: str
    must: bool = True


@dataclass(frozen=True, kw_only=True)
class LastAct:
    """What ``person`` did last."""

    person: str
    steps: tuple[Step, ...]
    at: datetime
    undone_at: datetime | None = None

    def seconds_left(self, now: datetime) -> float:
        """Seconds in which the bar still offers to take it back; 0 when it no longer does."""
        if self.undone_at is not None:
            return 0.0
        return max(0.0, UNDO_SECONDS - (now - self.at).total_seconds())

    def undone(self, *, at: datetime) -> tuple[LastAct, ActUndone]:
        """It is taken back."""
        if self.undone_at is not None:
            raise RuleBroken("Tindakan terakhir sudah dibatalkan.")
        if at - self.at > timedelta(seconds=UNDO_SECONDS + GRACE_SECONDS):
            raise RuleBroken(
                "Sudah lebih dari {seconds} detik: tidak dapat dibatalkan lagi.", seconds=UNDO_SECONDS
            )
        event = ActUndone(taker=self.person, kinds=tuple(step.kind for step in self.steps), at=at)
        return replace(self, undone_at=at), event
