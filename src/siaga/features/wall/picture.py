"""What the wall's 112 strip shows, as a picture that events alone keep true.

Old picture + events = new picture: ``drawn`` reads the rows, ``Picture.apply`` follows the journal, and the two
must always be equal. A screen that only hears events is then never wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from siaga.domain import event as facts
from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.call import Call, CallState
from siaga.domain.event import Event
from siaga.domain.incident import PRIORITIES, Incident
from siaga.domain.shift import Seat, SeatState
from siaga.domain.unit import Unit, UnitStatus
from siaga.records.archive import AnyOf, Transaction


@dataclass
class Picture:
    """Who and what is in which state now; ids only, so that it may hang on a wall."""

    incidents: dict[str, int] = field(default_factory=dict)  # open ones, with their priority
    waiting: set[str] = field(default_factory=set)  # calls nobody has answered yet
    talking: dict[str, str] = field(default_factory=dict)  # call -> taker
    seats: dict[str, str] = field(default_factory=dict)  # takers on duty -> state
    unanswered: dict[str, datetime] = field(default_factory=dict)  # assignment -> when it must be answered
    units: dict[str, str] = field(default_factory=dict)  # units that are not simply ready -> status
    alarms: set[str] = field(default_factory=set)

    def open_by_priority(self) -> dict[int, int]:
        """How many incidents are open, for each priority."""
        counted = Counter(self.incidents.values())
        return {priority: counted[priority] for priority in PRIORITIES}

    def apply(self, event: Event) -> None:
        """Move on by one fact."""
        match event:
            case facts.CallTakenOutside(call=call):
                self.waiting.discard(call)
            case facts.CallArrived() | facts.CallAnswered() | facts.CallReturned() | facts.CallerHungUp():
                self._line(event)
            case facts.CallPassed():
                self._line(event)
            case facts.CallEnded(call=call) | facts.CallLost(call=call) | facts.CallHandedOver(call=call):
                self._gone(call)
            case facts.SeatChanged(taker=taker, state=state):
                _set_or_drop(self.seats, taker, state, SeatState.OFF)
            case facts.UnitStatusChanged(unit=unit, status=status):
                _set_or_drop(self.units, unit, status, UnitStatus.READY)
            case facts.AlarmRaised(alarm=alarm):
                self.alarms.add(alarm)
            case facts.AlarmCleared(alarm=alarm):
                self.alarms.discard(alarm)
            case facts.AssignmentSent(assignment=assignment, due=due):
                self.unanswered[assignment] = due
            case facts.AssignmentEscalated(assignment=assignment, due=due):
                self.unanswered[assignment] = due
            case (
                facts.AssignmentAcknowledged(assignment=assignment)
                | facts.AssignmentDeclined(assignment=assignment)
                | facts.AssignmentOnScene(assignment=assignment)
                | facts.AssignmentDone(assignment=assignment)
                | facts.AssignmentWithdrawn(assignment=assignment)
            ):
                self.unanswered.pop(assignment, None)
            case _:
                self._incident(event)

    def _line(self, event: Event) -> None:
        match event:
            case facts.CallArrived(call=call):
                self.waiting.add(call)
            case facts.CallAnswered(call=call, taker=taker):
                self.waiting.discard(call)
                self.talking[call] = taker
            case facts.CallReturned(call=call) | facts.CallPassed(call=call):
                self.talking.pop(call, None)
                self.waiting.add(call)
            case facts.CallerHungUp(call=call):
                self._gone(call)

    def _gone(self, call: str) -> None:
        self.waiting.discard(call)
        self.talking.pop(call, None)

    def _incident(self, event: Event) -> None:
        match event:
            case facts.IncidentOpened(incident=incident, priority=priority):
                self.incidents[incident] = priority
            case (
                facts.IncidentAmended(incident=incident, priority=int(priority))
                | facts.IncidentReopened(incident=incident, priority=int(priority))
            ):
                self.incidents[incident] = priority
            case facts.IncidentClosed(incident=incident):
                self.incidents.pop(incident, None)


def _set_or_drop(of: dict[str, str], who: str, state: str, resting: str) -> None:
    if state == resting:
        of.pop(who, None)
    else:
        of[who] = str(state)


async def drawn(tx: Transaction) -> Picture:
    """The same picture, from the rows."""
    waiting = await tx.find(Call, state=AnyOf(CallState.WAITING, CallState.RINGING))
    talking = await tx.find(Call, state=CallState.TALKING)
    asked = await tx.find(Assignment, state=AssignmentState.SENT)
    return Picture(
        incidents={one.id: one.priority for one in await tx.find(Incident, outcome=None)},
        waiting={call.id for call in waiting},
        talking={call.id: call.taker or "" for call in talking},
        seats={one.taker: str(one.state) for one in await tx.find(Seat) if one.state is not SeatState.OFF},
        unanswered={one.id: one.due_at for one in asked},
        units={
            one.code: str(one.status) for one in await tx.find(Unit) if one.status is not UnitStatus.READY
        },
        alarms={alarm.id for alarm in await tx.find(Alarm, cleared_at=None)},
    )
