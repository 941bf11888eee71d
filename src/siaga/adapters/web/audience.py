"""Who may be told of which journal entry. Screens are told that something changed, never what it says.

Rule 1: the room hears everything, except what concerns a protected incident: that only its circle hears: whoever
opened it, and those named for it while they are (records/sight.py says the same of what can be seen).
Rule 2: an agency hears what concerns itself, and what changes in an incident it has been asked about. It was asked
by the city's own table, so this holds for protected incidents as well.
Rule 3: a wall screen hears only which figures to fetch again, without any reference; protected incidents not at all.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from siaga.adapters.web.answers import as_json
from siaga.domain.event import (
    AlarmRaised,
    AssignmentSent,
    CaseRevealed,
    CircleJoined,
    CircleLeft,
    Event,
    IncidentOpened,
    IncidentRestricted,
    IncidentUnrestricted,
    PaperTyped,
)
from siaga.domain.roles import May, Viewer

REFERENCES = ("incident", "call", "assignment", "agency", "taker", "colleague", "unit", "alarm", "message")
REMEMBERED_MAX = 50_000  # assignments and alarms whose incident is known: some months of a busy city

TOPICS = {
    # first word of the name    panels that show it
    "call": ("calls",),
    "seat": ("seats",),
    "incident": ("incidents",),
    "history": ("incidents", "history"),
    "assignment": ("assignments", "incidents"),
    "unit": ("units",),
    "alarm": ("alarms",),
    "message": ("messages",),
    "location": ("locations",),
    "sheet": ("sheets",),
    "handover": ("handovers",),
    "recording": ("recordings",),
    "room": ("room",),
    "reminder": ("reminders",),
    "notice": ("room", "incidents"),
    "plan": ("plans",),
    "place": ("places",),
    "circle": ("incidents",),
}  # accounts and reads of personal data are nobody's live news


@dataclass(frozen=True)
class Audience:
    """A kind of listener; all listeners of one kind are sent the same bytes."""

    room: bool = False
    in_circle: bool = False
    agency: str | None = None

    @classmethod
    def of(cls, viewer: Viewer) -> Audience:
        """What this person's screens may hear. Neither room nor agency: a wall screen."""
        if viewer.may(May.SEE_ALL_INCIDENTS):
            return cls(room=True, in_circle=viewer.in_circle)
        return cls(agency=viewer.agency if viewer.may(May.ANSWER_FOR_AGENCY) else None)


IN_CIRCLE = Audience(room=True, in_circle=True)


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Any: ...


class Subjects:
    """What entries are about: which incidents are protected, and which incident an assignment or alarm belongs to."""

    def __init__(self) -> None:
        self._protected: set[str] = set()
        self._opener_of: OrderedDict[str, str] = OrderedDict()
        self._incident_of: OrderedDict[str, str] = OrderedDict()
        self._agencies_of: OrderedDict[str, set[str]] = OrderedDict()
        self._named_for: dict[str, dict[str, datetime]] = {}

    async def load(self, archive: Reader) -> None:
        """What happened before this process was started."""
        shielded = "select id, opened_by, protected from incident where city_id = $1 and (protected or outcome is null)"
        for row in await archive.rows(shielded):
            self._opened(row["id"], row["opened_by"])
            if row["protected"]:
                self.protect(row["id"])
        asked = await archive.rows(
            """select a.id, a.incident, a.agency from assignment a
               join incident i on i.city_id = a.city_id and i.id = a.incident
               where a.city_id = $1 and i.outcome is null order by a.sent_at desc limit $2""",
            REMEMBERED_MAX // 2,
        )
        for row in asked:
            self._ask(row["id"], row["incident"], row["agency"])
        named = "select incident, person, until_at from circle_member where city_id = $1 and ended_at is null"
        for row in await archive.rows(named):
            self._name(row["incident"], row["person"], row["until_at"])
        alarms = "select id, incident from alarm where city_id = $1 and cleared_at is null and incident is not null"
        for row in await archive.rows(alarms):
            self._belongs(row["id"], row["incident"])

    def protect(self, incident: str) -> None:
        """This incident is for the circle only."""
        self._protected.add(incident)

    def notice(self, event: Event) -> None:
        """Learn from an entry; must be called for every one, in order."""
        match event:
            case IncidentOpened():
                self._opened(event.incident, event.taker)
                if event.protected:
                    self.protect(event.incident)
            case PaperTyped(incident=str()):
                self._opened(str(event.incident), event.by)
                if event.protected:
                    self.protect(str(event.incident))
            case IncidentRestricted():
                self.protect(event.incident)
            case IncidentUnrestricted():
                self._protected.discard(event.incident)
            case CircleJoined() | CaseRevealed():
                self._name(event.incident, event.person, event.until_at)
            case CircleLeft():
                self._named_for.get(event.incident, {}).pop(event.person, None)
            case AssignmentSent():
                self._ask(event.assignment, event.incident, event.agency)
            case AlarmRaised(incident=str()):
                self._belongs(event.alarm, str(event.incident))

    def incident_of(self, event: Event) -> str | None:
        """The incident an entry is about, if it is about one we know."""
        incident: str | None = getattr(event, "incident", None)
        if incident is not None:
            return incident
        for name in ("assignment", "alarm"):
            subject: str | None = getattr(event, name, None)
            if subject is not None:
                return self._incident_of.get(subject)
        return None

    def is_protected(self, event: Event, incident: str | None) -> bool:
        """Whether only the circle may hear of it. What we cannot place is treated as protected."""
        if incident is not None:
            return incident in self._protected
        return getattr(event, "assignment", None) is not None

    def insiders(self, incident: str | None, at: datetime) -> frozenset[str]:
        """Who belongs to its circle beside those the city appointed: who opened it, and who is named for it."""
        opener = self._opener_of.get(incident or "")
        named = self.named_for(incident, at)
        return named | {opener} if opener is not None else named

    def named_for(self, incident: str | None, at: datetime) -> frozenset[str]:
        """Who is named for this incident at that moment."""
        named = self._named_for.get(incident or "", {})
        return frozenset(person for person, until in named.items() if at < until)

    def agencies_of(self, incident: str | None) -> frozenset[str]:
        """The agencies that have been asked about this incident."""
        return frozenset(self._agencies_of.get(incident, ())) if incident is not None else frozenset()

    def _opened(self, incident: str, by: str | None) -> None:
        if by is not None:
            self._opener_of[incident] = by
        while len(self._opener_of) > REMEMBERED_MAX:
            self._opener_of.popitem(last=False)

    def _name(self, incident: str, person: str, until: datetime) -> None:
        named = self._named_for.setdefault(incident, {})
        named[person] = max(until, named.get(person, until))

    def _ask(self, assignment: str, incident: str, agency: str) -> None:
        self._belongs(assignment, incident)
        self._agencies_of.setdefault(incident, set()).add(agency)
        while len(self._agencies_of) > REMEMBERED_MAX:
            self._agencies_of.popitem(last=False)

    def _belongs(self, subject: str, incident: str) -> None:
        self._incident_of[subject] = incident
        while len(self._incident_of) > REMEMBERED_MAX:
            self._incident_of.popitem(last=False)


@dataclass(slots=True)
class Told:
    """One entry as screens hear it; encoded once for each kind of audience, and only when somebody listens."""

    position: int
    name: str
    topics: tuple[str, ...]
    references: dict[str, str]
    agencies: frozenset[str]
    protected: bool
    insiders: frozenset[str]
    _encoded: dict[Audience, bytes] = field(default_factory=dict)

    def for_audience(self, audience: Audience) -> bytes:
        """The bytes of the stream; empty when this audience does not hear of it."""
        known = self._encoded.get(audience)
        if known is None:
            known = self._encoded[audience] = self._encode(audience)
        return known

    def for_person(self, audience: Audience, person: str) -> bytes:
        """Like `for_audience`, for one person: who opened a protected incident or is named for it is in its circle."""
        if self.protected and person in self.insiders:
            audience = IN_CIRCLE
        return self.for_audience(audience)

    def _encode(self, audience: Audience) -> bytes:
        if not self.topics:
            return b""
        if audience.room:
            if self.protected and not audience.in_circle:
                return b""
            return self._event(self.name, self._all_topics(), self.references)
        if audience.agency is not None:
            if audience.agency not in self.agencies:
                return b""
            return self._event(self.name, self._all_topics(), self.references)
        return b"" if self.protected else self._event("", self.topics, {})

    def _all_topics(self) -> tuple[str, ...]:
        exact = [
            f"{kind}:{self.references[kind]}" for kind in ("incident", "agency") if kind in self.references
        ]
        return (*self.topics, *exact)

    def _event(self, name: str, topics: tuple[str, ...], references: dict[str, str]) -> bytes:
        data = {"position": self.position, "name": name, "topics": topics, "refs": references}
        return b"id: %d\nevent: change\ndata: %b\n\n" % (self.position, as_json(data))


def told_of(position: int, event: Event, subjects: Subjects) -> Told:
    """What screens may hear of a journal entry."""
    incident = subjects.incident_of(event)
    references = {name: value for name in REFERENCES if isinstance(value := getattr(event, name, None), str)}
    own = references.get("agency")
    return Told(
        position=position,
        name=event.name,
        topics=TOPICS.get(event.name.partition(".")[0], ()),
        references=references,
        agencies=frozenset((own,)) if own is not None else subjects.agencies_of(incident),
        protected=subjects.is_protected(event, incident),
        insiders=subjects.insiders(incident, event.at),
    )
