"""Which row an entity lives in. One line a table; the columns are the entity's fields.

``embeds`` spreads a nested value (an incident's place) over columns of its own, so that SQL can count them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment
from siaga.domain.call import Call
from siaga.domain.call_safety import CallSafety
from siaga.domain.caller_location import CallerLocation, Cell, LocationAsk
from siaga.domain.contact import Contact
from siaga.domain.desk import ImportBatch, Session, Sheet, Token
from siaga.domain.field_change import FieldChange
from siaga.domain.genuine_watch import FlaggedCall
from siaga.domain.handover import Handover
from siaga.domain.heartbeat import Heartbeat
from siaga.domain.incident import Incident, Note, Reporter
from siaga.domain.incident_link import IncidentLink
from siaga.domain.interview import GivenAnswer, PlanEdition
from siaga.domain.known_place import LessonSource, PlaceImport, PlaceLesson, PlaceName
from siaga.domain.last_act import LastAct
from siaga.domain.leg import Leg
from siaga.domain.legal_clock import LegalClock
from siaga.domain.location_link import LocationLink
from siaga.domain.message import Message
from siaga.domain.owed_call import CallerText
from siaga.domain.paper import PaperEntry
from siaga.domain.place import Place
from siaga.domain.prank_review import PrankReview
from siaga.domain.premises import Premises
from siaga.domain.protection import CircleMember
from siaga.domain.put_away import Correction, OwedClosing, Referral
from siaga.domain.recording import Recording
from siaga.domain.reminder import Reminder
from siaga.domain.restriction import Restriction
from siaga.domain.roles import Person
from siaga.domain.room import Notice, Room
from siaga.domain.sheet_company import SheetGuest, SheetTaking
from siaga.domain.shift import Seat
from siaga.domain.silent_check import AskedQuestion
from siaga.domain.statement import Statement
from siaga.domain.text_session import TextLine
from siaga.domain.type_learning import Learning, TypeModel
from siaga.domain.unit import Unit

E = TypeVar("E")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Bookmark:
    """How far a follower has come in the journal; saved together with its work."""

    follower: str
    position: int


@dataclass(frozen=True, kw_only=True)
class Stumble:
    """A journal entry a follower could not digest after its retries; a person must look."""

    id: str
    follower: str
    position: int
    error: str
    at: datetime


@dataclass(frozen=True)
class Table:
    """Where one kind of entity lives."""

    name: str
    entity: type[Any]
    key: tuple[str, ...] = ("id",)
    embeds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    nested: tuple[str, ...] = ()  # jsonb columns: the driver gives their text

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in the order of the migration, without ``city_id`` and ``version``."""
        names: list[str] = []
        for each in fields(self.entity):
            names.extend(self.embeds[each.name].values() if each.name in self.embeds else (each.name,))
        return tuple(names)

    def key_of(self, entity: Any) -> tuple[Any, ...]:
        if len(self.key) == 1:
            return (getattr(entity, self.key[0]),)
        return tuple(getattr(entity, name) for name in self.key)

    def to_row(self, entity: Any) -> dict[str, Any]:
        """Column values as JSON carries them; ``None`` left out, because an absent column is NULL."""
        row: dict[str, Any] = msgspec.to_builtins(entity)
        for name, columns in self.embeds.items():
            inner = row.pop(name)
            for attribute, column in columns.items():
                row[column] = inner.get(attribute)
        return {column: value for column, value in row.items() if value is not None}

    def row_json(self, entity: Any, city_id: bytes, version: int) -> bytes:
        """The row as JSON, for record_changes(). ``city_id`` is a JSON string.

        What is ``None`` is left out, because an absent column is NULL: a call has some fifty columns and few of them
        filled, and the database spends a third of a row's time on reading the empty ones.
        """
        if self.embeds:
            encoded = _encode(self.to_row(entity))
        else:
            encoded = _encode({name: value for name, value in vars(entity).items() if value is not None})
        return b'%b,"city_id":%b,"version":%d}' % (encoded[:-1], city_id, version)

    def from_row(self, row: Mapping[str, Any]) -> Any:
        """The entity a database row means."""
        data = dict(row)
        for name in self.nested:
            if isinstance(data.get(name), str):
                data[name] = msgspec.json.decode(data[name])
        for name, columns in self.embeds.items():
            data[name] = {attribute: data.get(column) for attribute, column in columns.items()}
        return msgspec.convert(data, self.entity)


_PLACE_COLUMNS = {"text": "place_text", "unverified": "place_unverified", "confirmed": "place_confirmed"}
PLACE = {each.name: _PLACE_COLUMNS.get(each.name, each.name) for each in fields(Place)}

TABLES: tuple[Table, ...] = (
    Table("call", Call),
    Table("seat", Seat, ("taker",)),
    Table("room", Room),
    Table("notice", Notice),
    Table("leg", Leg),
    Table("incident", Incident, embeds={"place": PLACE}),
    Table("note", Note),
    Table("reporter", Reporter),
    Table("statement", Statement),
    Table("incident_link", IncidentLink),
    Table("field_change", FieldChange),
    Table("assignment", Assignment),
    Table("unit", Unit, ("code",)),
    Table("alarm", Alarm),
    Table("caller_location", CallerLocation),
    Table("cell", Cell),
    Table("location_ask", LocationAsk),
    Table("location_link", LocationLink),
    Table("message", Message),
    Table("contact", Contact),
    Table("person", Person, nested=("keys",)),
    Table("session", Session),
    Table("token", Token),
    Table("sheet", Sheet),
    Table("text_line", TextLine),
    Table("sheet_guest", SheetGuest),
    Table("sheet_taking", SheetTaking),
    Table("handover", Handover),
    Table("recording", Recording),
    Table("silent_question", AskedQuestion),
    Table("import_batch", ImportBatch),
    Table("prank_review", PrankReview),
    Table("restriction", Restriction),
    Table("referral", Referral),
    Table("correction", Correction),
    Table("caller_text", CallerText),
    Table("owed_closing", OwedClosing),
    Table("flagged_call", FlaggedCall),
    Table("heartbeat", Heartbeat, ("kind", "name")),
    Table("paper_entry", PaperEntry),
    Table("circle_member", CircleMember),
    Table("legal_clock", LegalClock),
    Table("call_safety", CallSafety),
    Table("premises", Premises),
    Table("place_import", PlaceImport),
    Table("place_name", PlaceName),
    Table("place_lesson", PlaceLesson),
    Table("lesson_source", LessonSource),
    Table("given_answer", GivenAnswer),
    Table("plan_edition", PlanEdition),
    Table("type_model", TypeModel),
    Table("learning", Learning),
    Table("last_act", LastAct, ("person",), nested=("steps",)),
    Table("reminder", Reminder),
    Table("bookmark", Bookmark, ("follower",)),
    Table("stumble", Stumble),
)
OF: dict[type[Any], Table] = {table.entity: table for table in TABLES}
NAMED: dict[str, Table] = {table.name: table for table in TABLES}


def table_of(entity: type[Any]) -> Table:
    return OF[entity]
