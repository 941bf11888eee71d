"""Everything that can happen, as past-tense frozen facts.

Rule 1: the journal stores ``name``, never a class path; a changed meaning gets a new version.
Rule 2: events carry references, never a person's name, number, voice or words (those live in erasable rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact. ``at`` is when it became true (aware UTC)."""

    name: ClassVar[str]
    at: datetime


# --- calls -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CallArrived(Event):
    """Somebody reached 112 by voice, panic button or text; written down before it is answered."""

    name = "call.arrived.v1"
    call: str
    channel: str
    node: str | None = None
    demo: bool = False


@dataclass(frozen=True, kw_only=True)
class CallOffered(Event):
    """The call rings at one taker's seat until ``until``."""

    name = "call.offered.v1"
    call: str
    taker: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class CallAnswered(Event):
    """The taker has it; nobody else can."""

    name = "call.answered.v1"
    call: str
    taker: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class OfferExpired(Event):
    """The taker did not answer in time, or left; the call waits again in its old place."""

    name = "call.offer_expired.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class DigitPressed(Event):
    """The caller pressed a key on the telephone."""

    name = "call.digit_pressed.v1"
    call: str
    digit: str


@dataclass(frozen=True, kw_only=True)
class CallerHungUp(Event):
    """The caller went away. ``abandoned``: before any taker had answered, so we owe a call back."""

    name = "call.caller_hung_up.v1"
    call: str
    abandoned: bool
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """A taker ended the call."""

    name = "call.ended.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallLost(Event):
    """Our own equipment failed under the call; it is listed for call-back."""

    name = "call.lost.v1"
    call: str
    node: str
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallReturned(Event):
    """The taker's own line broke in the middle; the caller waits again, first in line."""

    name = "call.returned.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallDisposed(Event):
    """A person has said what kind of call it was."""

    name = "call.disposed.v1"
    call: str
    disposition: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class CallBackDone(Event):
    """A missed, abandoned or lost call has been dealt with by a person."""

    name = "call.called_back.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class RecordingSaved(Event):
    """The conversation is on disk; ``sha256`` proves later that it is the same sound."""

    name = "call.recording_saved.v1"
    call: str
    file: str
    seconds: float
    sha256: str


# --- seats -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SeatChanged(Event):
    """A taker's seat is in another state (ready, away, wrap-up, off ...)."""

    name = "seat.changed.v1"
    taker: str
    state: str
    reason: str | None = None


# --- incidents -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One line of the routing decision: this agency must answer within these seconds."""

    agency: str
    within_seconds: int


@dataclass(frozen=True, kw_only=True)
class IncidentOpened(Event):
    """A call taker knows what and where; ``asks`` is what the city's table said at that moment."""

    name = "incident.opened.v1"
    incident: str
    type: str
    priority: int
    kelurahan: str | None
    kecamatan: str | None
    asks: tuple[Ask, ...]
    taker: str | None
    call: str | None = None
    protected: bool = False
    demo: bool = False


@dataclass(frozen=True, kw_only=True)
class IncidentAmended(Event):
    """Something about the incident is known better; the new values are in its row.

    ``priority`` is the priority from now on (none in entries written before it was added).
    """

    name = "incident.amended.v1"
    incident: str
    fields: tuple[str, ...]
    taker: str | None
    asks: tuple[Ask, ...] = ()
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class IncidentNoted(Event):
    """A line was added to the incident's story; the words are in its row."""

    name = "incident.noted.v1"
    incident: str
    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IncidentNoteStruck(Event):
    """A line of the story was wrong and is struck through; it stays readable."""

    name = "incident.note_struck.v1"
    incident: str
    note: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CallerJoined(Event):
    """Another caller reported the same incident."""

    name = "incident.caller_joined.v1"
    incident: str
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class IncidentClosed(Event):
    """The incident is over, for the reason in ``outcome``."""

    name = "incident.closed.v1"
    incident: str
    outcome: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IncidentReopened(Event):
    """It was not over. ``priority`` is what it has now (none in entries written before it was added)."""

    name = "incident.reopened.v1"
    incident: str
    by: str
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class HistoryImported(Event):
    """Incidents of the past were added from a file, all marked with ``batch`` so that it can be undone."""

    name = "history.imported.v1"
    batch: str
    rows: int
    by: str


@dataclass(frozen=True, kw_only=True)
class HistoryUndone(Event):
    """An import was taken back."""

    name = "history.undone.v1"
    batch: str
    rows: int
    by: str


# --- dispatch --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AssignmentSent(Event):
    """An agency has been asked and must answer before ``due``. Said again when it must answer sooner."""

    name = "assignment.sent.v1"
    assignment: str
    incident: str
    agency: str
    due: datetime


@dataclass(frozen=True, kw_only=True)
class AssignmentAcknowledged(Event):
    """An agency has said: we have it, we are going."""

    name = "assignment.acknowledged.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentDeclined(Event):
    """An agency has said: this is not ours. The duty officer decides."""

    name = "assignment.declined.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentEscalated(Event):
    """Nobody answered in time; the next person on the ladder is called."""

    name = "assignment.escalated.v1"
    assignment: str
    incident: str
    agency: str
    rung: int
    due: datetime


@dataclass(frozen=True, kw_only=True)
class AssignmentOnScene(Event):
    """The agency is at the place."""

    name = "assignment.on_scene.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentDone(Event):
    """The agency has finished its part."""

    name = "assignment.done.v1"
    assignment: str
    incident: str
    agency: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AssignmentWithdrawn(Event):
    """The incident was closed before the agency had finished; nothing more is asked of it."""

    name = "assignment.withdrawn.v1"
    assignment: str
    incident: str
    agency: str


@dataclass(frozen=True, kw_only=True)
class UnitStatusChanged(Event):
    """A unit (vehicle or team) is in another state."""

    name = "unit.status_changed.v1"
    unit: str
    agency: str
    status: str
    incident: str | None
    by: str


# --- messages, alarms, people -----------------------------------------------------------------------------


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


EVENTS: tuple[type[Event], ...] = (
    CallArrived, CallOffered, CallAnswered, OfferExpired, DigitPressed, CallerHungUp, CallEnded, CallLost,
    CallReturned, CallDisposed, CallBackDone, RecordingSaved, SeatChanged, IncidentOpened, IncidentAmended,
    IncidentNoted, IncidentNoteStruck, CallerJoined, IncidentClosed, IncidentReopened, HistoryImported,
    HistoryUndone, AssignmentSent,
    AssignmentAcknowledged, AssignmentDeclined, AssignmentEscalated, AssignmentOnScene, AssignmentDone,
    AssignmentWithdrawn, UnitStatusChanged, MessageDelivered, MessageFailed, AlarmRaised, AlarmAcknowledged,
    AlarmCleared, PersonChanged, SignedIn, SignedOut, SignInRefused, PersonalDataRead,
)  # fmt: skip
