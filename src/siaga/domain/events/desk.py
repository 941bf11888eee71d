"""What a person does at her own desk: taking back, reminding herself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class ActUndone(Event):
    """A person took her last act back within seconds; what it changed is in the entries beside this one."""

    name = "act.undone.v1"
    taker: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReminderSet(Event):
    """A person wants to be reminded; the words are in the row."""

    name = "reminder.set.v1"
    reminder: str
    taker: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReminderDue(Event):
    """The time of a reminder has come."""

    name = "reminder.due.v1"
    reminder: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class ReminderDone(Event):
    """She has seen her reminder."""

    name = "reminder.done.v1"
    reminder: str
    taker: str


DESK_EVENTS: tuple[type[Event], ...] = (ActUndone, ReminderSet, ReminderDue, ReminderDone)
