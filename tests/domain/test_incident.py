"""An incident is open or closed; why and how urgent are other nouns."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from siaga.domain.errors import RuleBroken
from siaga.domain.event import EVENTS, Ask
from siaga.domain.incident import (
    NOTE_CHARACTERS_MAX,
    REOPEN_HOURS_BY_ANYONE,
    Incident,
    Outcome,
    Source,
    noted,
    opened,
)
from siaga.domain.place import Place

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
ASKS = (Ask(agency="a", within_seconds=60),)


def fire(**given: object) -> Incident:
    values: dict[str, object] = {
        "id": "i-1", "year": 2026, "type": "fire", "kind": "fire", "priority": 1, "place": Place(text="Jl. Contoh"),
        "source": Source.CALL, "opened_at": NINE, "opened_by": "rani",
    }  # fmt: skip
    return Incident(**{**values, **given})  # type: ignore[arg-type]


def closed(at: datetime = NINE) -> Incident:
    return fire().closed(Outcome.HANDLED, by="rani", at=at)[0]


def test_an_incident_is_never_opened_towards_nobody() -> None:
    with pytest.raises(RuleBroken, match="Tidak ada perangkat daerah"):
        opened(fire(), ())
    assert opened(fire(), ASKS).asks == ASKS


@pytest.mark.parametrize("priority", [0, 5, -1])
def test_a_priority_is_one_to_four(priority: int) -> None:
    with pytest.raises(RuleBroken, match="Prioritas"):
        opened(fire(priority=priority), ASKS)
    with pytest.raises(RuleBroken, match="Prioritas"):
        fire().amended(by="rani", at=NINE, priority=priority)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_it_is_closed_for_a_reason_and_once(outcome: Outcome) -> None:
    done, event = fire().closed(outcome, by="rani", at=NINE, duplicate_of="i-2")
    assert (done.is_open, event.outcome, done.closed_by) == (False, outcome, "rani")
    with pytest.raises(RuleBroken, match="sudah ditutup"):
        done.closed(outcome, by="rani", at=NINE)


def test_a_duplicate_names_another_incident() -> None:
    for other in (None, "", "i-1"):
        with pytest.raises(RuleBroken, match="kejadian yang sama"):
            fire().closed(Outcome.DUPLICATE, by="rani", at=NINE, duplicate_of=other)


@pytest.mark.parametrize(
    ("hours", "supervisor", "allowed"),
    [
        (REOPEN_HOURS_BY_ANYONE, False, True),
        (REOPEN_HOURS_BY_ANYONE + 0.01, False, False),
        (REOPEN_HOURS_BY_ANYONE * 100, True, True),
    ],
)
def test_anyone_opens_it_again_within_a_day_and_later_a_supervisor(
    hours: float, supervisor: bool, allowed: bool
) -> None:
    at = NINE + timedelta(hours=hours)
    if not allowed:
        with pytest.raises(RuleBroken, match="pengawas"):
            closed().reopened(by="rani", at=at, is_supervisor=supervisor)
        return
    again, event = closed().reopened(by="rani", at=at, is_supervisor=supervisor)
    assert again == fire()
    assert event.priority == 1


def test_an_open_one_cannot_be_opened_again() -> None:
    with pytest.raises(RuleBroken, match="masih terbuka"):
        fire().reopened(by="rani", at=NINE, is_supervisor=True)


def test_only_what_changed_is_named_and_nothing_is_named_for_nothing() -> None:
    same, nothing = fire().amended(by="rani", at=NINE, type="fire", priority=1)
    assert (same, nothing) == (fire(), None)
    changed, event = fire().amended(by="rani", at=NINE, type="flood", priority=1, landmark="masjid")
    assert (changed.type, changed.landmark, changed.priority) == ("flood", "masjid", 1)
    assert event is not None
    assert (set(event.fields), event.priority) == ({"type", "landmark"}, 1)


def test_agencies_asked_anew_are_said_even_when_nothing_else_changed() -> None:
    _, event = fire().amended(by="rani", at=NINE, asks=ASKS)
    assert event is not None
    assert (event.asks, event.fields) == (ASKS, ())


def test_a_closed_one_is_not_amended_or_joined() -> None:
    with pytest.raises(RuleBroken, match="sudah ditutup"):
        closed().amended(by="rani", at=NINE, priority=2)
    with pytest.raises(RuleBroken, match="sudah ditutup"):
        closed().joined_by("call-2", by="rani", at=NINE)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "kosong"), (" \n", "kosong"), ("x" * (NOTE_CHARACTERS_MAX + 1), "terlalu panjang")],
)
def test_a_note_says_something_and_is_not_a_document(text: str, words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        noted(id="n-1", incident="i-1", text=text, by="rani", at=NINE)


def test_the_words_of_a_note_are_not_in_its_fact() -> None:
    note, event = noted(id="n-1", incident="i-1", text=" Bu Siti di atap ", by="rani", at=NINE)
    assert note.text == "Bu Siti di atap"
    assert "Siti" not in repr(event)


PERSONAL = {
    "number",
    "display_name",
    "said",
    "text",
    "reporter_name",
    "password_hash",
    "lat",
    "lon",
    "address",
}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_no_fact_has_room_for_a_persons_name_number_or_words(event: type) -> None:
    assert not PERSONAL & {field.name for field in fields(event)}


def test_every_fact_has_a_name_of_its_own_with_a_version() -> None:
    names = [event.name for event in EVENTS]
    assert len(set(names)) == len(names)
    assert all(name.rsplit(".v", 1)[1].isdigit() for name in names)
