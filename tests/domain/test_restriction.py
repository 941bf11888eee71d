"""Peredaman: human, reasoned, limited; sets a caller back by seconds, and never when there is any doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from siaga.domain.call import Call, Channel, arrived
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import Incident, Outcome, Source
from siaga.domain.place import Place
from siaga.domain.restriction import DAYS_MAX, DELAY_SECONDS_MAX, Restriction, restricted, seconds_back

NOW = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
NUMBER = "081200000001"


def a_restriction(**given: Any) -> Restriction:
    wanted: dict[str, Any] = {
        "id": "r1", "number": NUMBER, "reason": "iseng tiap malam", "by": "dedi", "days": 7, "days_max": 14,
        "seconds": 15, "pranks": 5, "at": NOW,
    }  # fmt: skip
    return restricted(**(wanted | given))[0]


def waiting(**changes: Any) -> Call:
    call, _ = arrived(id="c1", channel=Channel.VOICE, at=NOW, number=NUMBER)
    return replace(call, **({"voice_at": NOW} | changes))


def an_incident(
    minutes_ago: float = 10, lat: float | None = -6.7, lon: float | None = 108.5, **more: Any
) -> Incident:
    opened = NOW - timedelta(minutes=minutes_ago)
    place = Place(text="Jl. Contoh", lat=lat, lon=lon)
    return Incident(
        id="i1", year=2026, type="t", kind="k", priority=1, place=place, source=Source.CALL, opened_at=opened,
        opened_by="rani", **more,
    )  # fmt: skip


def test_a_caller_who_was_heard_is_set_back_by_no_more_than_fifteen_seconds() -> None:
    assert seconds_back(waiting(), a_restriction(), [], NOW) == 15
    assert seconds_back(waiting(), a_restriction(seconds=3600), [], NOW) == DELAY_SECONDS_MAX == 15
    forged = replace(a_restriction(), seconds=3600)
    assert seconds_back(waiting(), forged, [], NOW) == 15


@pytest.mark.parametrize(
    "call",
    [
        waiting(channel=Channel.PANIC),
        waiting(channel=Channel.TEXT),
        waiting(voice_at=None),
        waiting(voice_at=None, check_began_at=NOW),
        waiting(number="081200000002"),
        waiting(number=None),
    ],
    ids=["panic", "text", "not heard", "check running", "another number", "no number"],
)
def test_who_is_never_set_back(call: Call) -> None:
    assert seconds_back(call, a_restriction(), [], NOW) == 0


def test_after_the_silent_check_he_may_be_set_back() -> None:
    checked = waiting(voice_at=None, check_began_at=NOW, check_ended_at=NOW)
    assert seconds_back(checked, a_restriction(), [], NOW) == 15


@pytest.mark.parametrize(
    ("incident", "place", "seconds"),
    [
        (an_incident(), (-6.7001, 108.5001), 0),
        (an_incident(), (-6.9, 108.9), 15),
        (an_incident(), (None, None), 0),
        (an_incident(lat=None, lon=None), (-6.9, 108.9), 0),
        (an_incident(minutes_ago=61), (-6.7, 108.5), 15),
        (an_incident(outcome=Outcome.HANDLED), (-6.7, 108.5), 15),
    ],
    ids=["near", "far", "caller's place unknown", "incident's place unknown", "long ago", "closed"],
)
def test_near_an_open_incident_nobody_is_set_back(
    incident: Incident, place: tuple[float | None, float | None], seconds: int
) -> None:
    call = waiting(lat=place[0], lon=place[1])
    assert seconds_back(call, a_restriction(), [incident], NOW) == seconds


def test_it_ends_by_itself() -> None:
    week = a_restriction(days=7)
    assert week.in_force(NOW + timedelta(days=6, hours=23))
    assert not week.in_force(NOW + timedelta(days=7))
    assert seconds_back(waiting(), week, [], NOW + timedelta(days=7)) == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pranks": 4}, "Peredaman baru boleh setelah 5"),
        ({"reason": "  "}, "alasan"),
        ({"days": 15}, "paling lama 14 hari"),
        ({"days": 31, "days_max": 3650}, f"paling lama {DAYS_MAX} hari"),
        ({"days": 0}, "paling lama"),
    ],
)
def test_what_a_supervisor_cannot_decide(given: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        a_restriction(**given)


def test_it_is_looked_at_again_and_taken_back_with_a_reason() -> None:
    standing = a_restriction()
    kept, event = standing.reviewed(by="dedi", at=standing.review_due_at)
    assert (kept.until_at, event.restriction) == (standing.until_at, "r1")
    with pytest.raises(RuleBroken, match="mengapa"):
        kept.revoked(by="dedi", why=" ", at=NOW)
    ended, _ = kept.revoked(by="dedi", why="nomor berganti orang", at=NOW)
    assert not ended.in_force(NOW)
    with pytest.raises(RuleBroken, match="sudah berakhir"):
        ended.revoked(by="dedi", why="lagi", at=NOW)
