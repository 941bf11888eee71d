"""Messages, alarms, people: what happens around the walk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class MessageDelivered(Event):
    """One channel took one message, once."""

    name = "message.delivered.v1"
    message: str
    channel: str
    assignment: str | None = None
    agency: str | None = None


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """A channel refused a message for good, after its retries."""

    name = "message.failed.v1"
    message: str
    channel: str
    reason: str
    assignment: str | None = None
    agency: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlarmRaised(Event):
    """Somebody must act now (catalogue in domain/alarm.py)."""

    name = "alarm.raised.v1"
    alarm: str
    kind: str
    priority: int
    incident: str | None = None
    call: str | None = None
    agency: str | None = None


@dataclass(frozen=True, kw_only=True)
class AlarmAcknowledged(Event):
    """A person has seen the alarm; its cause still stands."""

    name = "alarm.acknowledged.v1"
    alarm: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AlarmShelved(Event):
    """A person has put the alarm aside until then; its cause still stands."""

    name = "alarm.shelved.v1"
    alarm: str
    reason: str
    until: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class AlarmReturned(Event):
    """The time aside is over: the alarm interrupts again."""

    name = "alarm.returned.v1"
    alarm: str


@dataclass(frozen=True, kw_only=True)
class AlarmCleared(Event):
    """The cause of the alarm has ended."""

    name = "alarm.cleared.v1"
    alarm: str


@dataclass(frozen=True, kw_only=True)
class PersonChanged(Event):
    """A user was added or changed; ``fields`` names what, the values are in the row."""

    name = "person.changed.v1"
    person: str
    fields: tuple[str, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A person has signed in."""

    name = "person.signed_in.v1"
    person: str


@dataclass(frozen=True, kw_only=True)
class SignedOut(Event):
    """A person has signed out, or was signed out because the account changed; open screens of it close."""

    name = "person.signed_out.v1"
    person: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Event):
    """A wrong password or code was given for a known person."""

    name = "person.sign_in_refused.v1"
    person: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PersonalDataRead(Event):
    """Somebody looked at personal data: who, of what, why. Every such read leaves this."""

    name = "privacy.read.v1"
    by: str
    subject: str
    what: str
    reason: str
