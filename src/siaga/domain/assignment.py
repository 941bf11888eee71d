"""An assignment: one agency asked about one incident, and what it has answered by when.

Rule 1: every change of state is in TRANSITIONS.
Rule 2: a deadline is a fact in a row; somebody asks every second what is overdue *now*.
Rule 3: silence is never an answer: it climbs the ladder, and at its top it keeps ringing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import (
    AssignmentAcknowledged,
    AssignmentDeclined,
    AssignmentDone,
    AssignmentEscalated,
    AssignmentOnScene,
    AssignmentSent,
    AssignmentWithdrawn,
)
from siaga.domain.machine import Transitions, step


class AssignmentState(StrEnum):
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    ON_SCENE = "on_scene"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Transitions[AssignmentState] = {
    AssignmentState.SENT: {
        AssignmentSent: AssignmentState.SENT,
        AssignmentAcknowledged: AssignmentState.ACKNOWLEDGED,
        AssignmentEscalated: AssignmentState.SENT,
        AssignmentOnScene: AssignmentState.ON_SCENE,
        AssignmentDone: AssignmentState.DONE,
        AssignmentDeclined: AssignmentState.DECLINED,
        AssignmentWithdrawn: AssignmentState.WITHDRAWN,
    },
    AssignmentState.ACKNOWLEDGED: {
        AssignmentOnScene: AssignmentState.ON_SCENE,
        AssignmentDone: AssignmentState.DONE,
        AssignmentDeclined: AssignmentState.DECLINED,
        AssignmentWithdrawn: AssignmentState.WITHDRAWN,
    },
    AssignmentState.ON_SCENE: {
        AssignmentDone: AssignmentState.DONE,
        AssignmentWithdrawn: AssignmentState.WITHDRAWN,
    },
    AssignmentState.DONE: {},
    AssignmentState.DECLINED: {},
    AssignmentState.WITHDRAWN: {},
}

OPEN_STATES = (AssignmentState.SENT, AssignmentState.ACKNOWLEDGED, AssignmentState.ON_SCENE)


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One agency's part in one incident. ``rung``: how far up the agency's ladder we have called (0 first)."""

    id: str
    incident: str
    agency: str
    state: AssignmentState
    priority: int
    sent_at: datetime
    due_at: datetime
    within_seconds: int
    rung: int = 0
    escalated_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    on_scene_at: datetime | None = None
    done_at: datetime | None = None
    result: str | None = None
    declined_reason: str | None = None
    demo: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def waits_since(self) -> datetime:
        """When the present deadline began to run: at the asking, or at the last escalation."""
        return self.due_at - timedelta(seconds=self.within_seconds)

    def is_overdue(self, now: datetime) -> bool:
        """Nobody has answered and the time is up."""
        return self.state is AssignmentState.SENT and now >= self.due_at

    def acknowledged(self, *, by: str, at: datetime) -> tuple[Assignment, AssignmentAcknowledged]:
        """Ours, we are going. The first word counts; a second is told who was first."""
        if self.state is AssignmentState.WITHDRAWN:
            raise RuleBroken("Kejadian ini sudah ditutup atau ditarik. Anda tidak perlu berangkat.")
        refusal = "Sudah diterima sebelumnya." if self.acknowledged_at else "Penugasan ini sudah selesai."
        state = step(TRANSITIONS, self.state, AssignmentAcknowledged, refusal)
        return (
            replace(self, state=state, acknowledged_at=at, acknowledged_by=by),
            AssignmentAcknowledged(
                assignment=self.id, incident=self.incident, agency=self.agency, by=by, at=at
            ),
        )

    def declined(self, *, by: str, reason: str, at: datetime) -> tuple[Assignment, AssignmentDeclined]:
        """Not ours. The duty officer is asked instead; it never ends here."""
        state = step(
            TRANSITIONS, self.state, AssignmentDeclined, "Penugasan ini sudah berjalan atau selesai."
        )
        return (
            replace(self, state=state, declined_reason=reason, done_at=at),
            AssignmentDeclined(assignment=self.id, incident=self.incident, agency=self.agency, by=by, at=at),
        )

    def escalated(self, *, rungs: int, at: datetime) -> tuple[Assignment, AssignmentEscalated]:
        """Call the next person; at the top of a ladder of ``rungs`` keep calling the last one."""
        state = step(TRANSITIONS, self.state, AssignmentEscalated, "Penugasan ini sudah dijawab.")
        rung = min(self.rung + 1, max(rungs - 1, 0))
        due = at + timedelta(seconds=self.within_seconds)
        return (
            replace(self, state=state, rung=rung, due_at=due, escalated_at=at),
            AssignmentEscalated(
                assignment=self.id, incident=self.incident, agency=self.agency, rung=rung, due=due, at=at
            ),
        )

    def hurried(
        self, *, priority: int, within_seconds: int, at: datetime
    ) -> tuple[Assignment, AssignmentSent | None]:
        """The incident has another priority. Who is silent is asked again if that leaves less time, never more."""
        known = replace(self, priority=priority)
        due = at + timedelta(seconds=within_seconds)
        if self.state is not AssignmentState.SENT or due >= self.due_at:
            return known, None
        event = AssignmentSent(assignment=self.id, incident=self.incident, agency=self.agency, due=due, at=at)
        return replace(known, within_seconds=within_seconds, due_at=due), event

    def on_scene(self, *, by: str, at: datetime) -> tuple[Assignment, AssignmentOnScene]:
        """At the place. Arriving says yes as well: an agency that forgot to accept is not late for ever."""
        state = step(TRANSITIONS, self.state, AssignmentOnScene, "Penugasan ini sudah di TKP atau selesai.")
        return (
            replace(
                self,
                state=state,
                on_scene_at=at,
                acknowledged_at=self.acknowledged_at or at,
                acknowledged_by=self.acknowledged_by or by,
            ),
            AssignmentOnScene(assignment=self.id, incident=self.incident, agency=self.agency, by=by, at=at),
        )

    def done(self, *, by: str, result: str, at: datetime) -> tuple[Assignment, AssignmentDone]:
        """Our part is finished; ``result`` is one line for the incident's story."""
        state = step(TRANSITIONS, self.state, AssignmentDone, "Penugasan ini sudah selesai.")
        return (
            replace(
                self,
                state=state,
                done_at=at,
                result=result,
                acknowledged_at=self.acknowledged_at or at,
                acknowledged_by=self.acknowledged_by or by,
            ),
            AssignmentDone(assignment=self.id, incident=self.incident, agency=self.agency, by=by, at=at),
        )

    def withdrawn(self, *, at: datetime) -> tuple[Assignment, AssignmentWithdrawn]:
        """The incident is closed; the agency has nothing left to do."""
        state = step(TRANSITIONS, self.state, AssignmentWithdrawn, "Penugasan ini sudah selesai.")
        return (
            replace(self, state=state, done_at=at),
            AssignmentWithdrawn(assignment=self.id, incident=self.incident, agency=self.agency, at=at),
        )


def sent(
    *,
    id: str,
    incident: str,
    agency: str,
    priority: int,
    within_seconds: int,
    at: datetime,
    demo: bool = False,
) -> tuple[Assignment, AssignmentSent]:
    """Ask one agency; it must answer within ``within_seconds``."""
    due = at + timedelta(seconds=within_seconds)
    assignment = Assignment(
        id=id,
        incident=incident,
        agency=agency,
        state=AssignmentState.SENT,
        priority=priority,
        sent_at=at,
        due_at=due,
        within_seconds=within_seconds,
        demo=demo,
    )
    return assignment, AssignmentSent(assignment=id, incident=incident, agency=agency, due=due, at=at)
