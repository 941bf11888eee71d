"""An incident: what happened, where, how urgent, and, once it is over, why it was closed.

Rule 1: an incident is open or closed; *outcome* (why) and *priority* (how urgent) are nouns of their own.
Rule 2: only *what* and *where* are needed to open one; everything else can follow while help is moving.
Rule 3: no place is refused: a vague place is marked, not rejected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import (
    Ask,
    CallerJoined,
    IncidentAmended,
    IncidentClosed,
    IncidentNoted,
    IncidentNoteStruck,
    IncidentOpened,
    IncidentReopened,
)
from siaga.domain.place import Place
from siaga.domain.roles import May, Viewer

PRIORITIES = (1, 2, 3, 4)  # Kritis, Tinggi, Sedang, Rendah
REOPEN_HOURS_BY_ANYONE = 24  # later a supervisor decides: the day's figures are already with the mayor
NOTE_CHARACTERS_MAX = 4000  # a page; longer is a document, not a line in a story


class Outcome(StrEnum):
    """Why a closed incident was closed."""

    HANDLED = "handled"
    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"
    HANDED_OVER = "handed_over"
    NOT_FOUND = "not_found"
    CANCELLED = "cancelled"


class Source(StrEnum):
    """Where we know it from."""

    CALL = "call"
    PANIC = "panic"
    OFFICE = "office"
    HISTORY = "history"
    PAPER = "paper"  # written by hand while everything was dark
    REPORT = "report"  # through a door of its own for protected reports; ``report_channel`` says which


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident. ``number`` counts within ``year`` (local calendar); the archive gives it, never twice."""

    id: str
    year: int
    number: int | None = None
    type: str
    kind: str
    priority: int
    protected: bool = False
    protected_class: str | None = None
    place: Place
    landmark: str | None = None
    rt_rw: str | None = None
    hazards: tuple[str, ...] = ()
    source: Source
    call: str | None = None
    opened_at: datetime
    opened_by: str | None
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    duplicate_of: str | None = None
    parent: str | None = None  # the major incident (kejadian besar) it is gathered under
    major: bool = False  # others are gathered under it
    batch: str | None = None
    plan: str | None = None  # the edition of the response plan it is handled by
    demo: bool = False
    report_channel: str | None = None

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    def amended(
        self,
        *,
        by: str | None,
        at: datetime,
        asks: tuple[Ask, ...] = (),
        type: str | None = None,
        kind: str | None = None,
        priority: int | None = None,
        protected: bool | None = None,
        protected_class: str | None = None,
        place: Place | None = None,
        landmark: str | None = None,
        rt_rw: str | None = None,
        hazards: tuple[str, ...] | None = None,
    ) -> tuple[Incident, IncidentAmended | None]:
        """What is known better now; ``None`` as event when nothing changed. ``asks``: agencies asked anew."""
        if not self.is_open:
            raise RuleBroken("Kejadian ini sudah ditutup. Buka kembali dulu untuk mengubahnya.")
        given = {
            "type": type, "kind": kind, "priority": priority, "protected": protected, "place": place,
            "protected_class": protected_class, "landmark": landmark, "rt_rw": rt_rw, "hazards": hazards,
        }  # fmt: skip
        new = {
            key: value for key, value in given.items() if value is not None and value != getattr(self, key)
        }
        if "priority" in new and new["priority"] not in PRIORITIES:
            raise RuleBroken("Prioritas harus 1 (kritis) sampai 4 (rendah).")
        if not new and not asks:
            return self, None
        changed = replace(self, **new)  # type: ignore[arg-type]
        event = IncidentAmended(
            incident=self.id, fields=tuple(new), taker=by, asks=asks, priority=changed.priority, at=at
        )
        return changed, event

    def joined_by(self, call: str, *, by: str, at: datetime) -> CallerJoined:
        """Another caller reports the same incident; no second incident is made."""
        if not self.is_open:
            raise RuleBroken("Kejadian ini sudah ditutup. Buka kembali dulu, atau buat kejadian baru.")
        return CallerJoined(incident=self.id, call=call, taker=by, at=at)

    def closed(
        self, outcome: Outcome, *, by: str, at: datetime, duplicate_of: str | None = None
    ) -> tuple[Incident, IncidentClosed]:
        """It is over, for a reason."""
        if not self.is_open:
            raise RuleBroken("Kejadian ini sudah ditutup.")
        if outcome is Outcome.DUPLICATE and (not duplicate_of or duplicate_of == self.id):
            raise RuleBroken("Sebutkan kejadian yang sama.")
        closed = replace(self, outcome=outcome, closed_at=at, closed_by=by, duplicate_of=duplicate_of)
        return closed, IncidentClosed(incident=self.id, outcome=outcome, by=by, at=at)

    def reopened(self, *, by: str, at: datetime, is_supervisor: bool) -> tuple[Incident, IncidentReopened]:
        """It was not over. Anyone within a day, later a supervisor."""
        if self.is_open or self.closed_at is None:
            raise RuleBroken("Kejadian ini masih terbuka.")
        if at - self.closed_at > timedelta(hours=REOPEN_HOURS_BY_ANYONE) and not is_supervisor:
            raise RuleBroken("Sudah lebih dari 24 jam ditutup: minta pengawas membukanya kembali.")
        open_again = replace(self, outcome=None, closed_at=None, closed_by=None, duplicate_of=None)
        return open_again, IncidentReopened(incident=self.id, by=by, priority=self.priority, at=at)


@dataclass(frozen=True, kw_only=True)
class Note:
    """One line of the incident's story. Corrections strike a line, nothing is erased from the story."""

    id: str
    incident: str
    at: datetime
    by: str
    text: str
    struck_at: datetime | None = None
    struck_by: str | None = None

    def struck(self, *, by: Viewer, at: datetime) -> tuple[Note, IncidentNoteStruck | None]:
        """It was wrong. Who wrote it may strike it, and a supervisor; striking it twice changes nothing."""
        if self.struck_at is not None:
            return self, None
        if self.by != by.person and not by.may(May.SUPERVISE):
            raise NotAllowed("Hanya penulisnya atau pengawas yang dapat mencoret catatan ini.")
        note = replace(self, struck_at=at, struck_by=by.person)
        return note, IncidentNoteStruck(incident=self.incident, note=self.id, by=by.person, at=at)

    def withdrawn(self, *, by: str, at: datetime) -> tuple[Note, IncidentNoteStruck]:
        """Whoever said it meant another incident: the line is struck with him, whoever wrote it down."""
        note = replace(self, struck_at=at, struck_by=by)
        return note, IncidentNoteStruck(incident=self.incident, note=self.id, by=by, at=at)


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Who told us: personal data, erasable. One incident has as many as have called."""

    id: str
    incident: str
    call: str | None
    name: str | None
    number: str | None
    at: datetime


def noted(*, id: str, incident: str, text: str, by: str, at: datetime) -> tuple[Note, IncidentNoted]:
    """Add one line to the story."""
    text = text.strip()
    if not text:
        raise RuleBroken("Catatan masih kosong.")
    if len(text) > NOTE_CHARACTERS_MAX:
        raise RuleBroken("Catatan terlalu panjang: paling banyak {max} huruf.", max=NOTE_CHARACTERS_MAX)
    note = Note(id=id, incident=incident, at=at, by=by, text=text)
    return note, IncidentNoted(incident=incident, note=id, by=by, at=at)


def opened(incident: Incident, asks: tuple[Ask, ...]) -> IncidentOpened:
    """The fact that starts everything else. ``asks`` is never empty: no incident goes nowhere."""
    if incident.priority not in PRIORITIES:
        raise RuleBroken("Prioritas harus 1 (kritis) sampai 4 (rendah).")
    if not asks:
        raise RuleBroken("Tidak ada perangkat daerah yang dituju: periksa tabel rute kota.")
    return IncidentOpened(
        incident=incident.id,
        type=incident.type,
        priority=incident.priority,
        kelurahan=incident.place.kelurahan,
        kecamatan=incident.place.kecamatan,
        asks=asks,
        taker=incident.opened_by,
        call=incident.call,
        protected=incident.protected,
        demo=incident.demo,
        at=incident.opened_at,
    )
