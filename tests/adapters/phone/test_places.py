"""Who gives way in a full node: half-open calls of a flood, never a confirmed one, and nobody while there is room."""

from __future__ import annotations

import logging

import pytest

from siaga.adapters.phone.sip.places import HALF_OPEN_SECONDS, SAID_SECONDS, Places, source_of


def full(*sources: str) -> Places:
    """A node of eight places with a half-open call from each of these, answered at second 0, oldest first."""
    places = Places(8)
    for number, source in enumerate(sources):
        places.arrived(f"call-{number}", source, number / 100)
        places.answered(f"call-{number}", 0.1 + number / 100)
    return places


def test_a_caller_from_elsewhere_gets_the_oldest_place_of_a_flood_at_once() -> None:
    places = full("honest", *["flood"] * 7)
    assert places.who_gives_way("caller", 0.2) == "call-1"


def test_the_flood_itself_gets_no_place_before_one_has_been_silent_for_long() -> None:
    places = full(*["flood"] * 8)
    assert places.who_gives_way("flood", HALF_OPEN_SECONDS - 0.1) is None
    assert places.who_gives_way("flood", HALF_OPEN_SECONDS + 0.2) == "call-0"


def test_many_senders_with_one_call_each_are_no_flood_from_one() -> None:
    places = full(*(f"sender-{number}" for number in range(8)))
    assert places.who_gives_way("caller", 1.0) is None
    assert places.who_gives_way("caller", HALF_OPEN_SECONDS + 0.2) == "call-0"


def test_who_has_confirmed_or_was_not_answered_yet_never_gives_way() -> None:
    places = full(*["flood"] * 2)
    places.settled("call-0")
    places.arrived("call-9", "slow record", 0.0)
    assert places.who_gives_way("caller", 60.0) == "call-1"
    places.settled("call-1")
    assert places.who_gives_way("caller", 60.0) is None


def test_a_full_node_says_so_once_a_minute_with_how_many(caplog: pytest.LogCaptureFixture) -> None:
    places = full(*["flood"] * 8)
    with caplog.at_level(logging.INFO):
        for number in range(500):
            places.who_gives_way("flood", number / 1000)
        places.who_gives_way("caller", SAID_SECONDS + 1)
    assert len(caplog.records) == 2
    assert "499 callers" in caplog.messages[1]
    assert "1 calls" in caplog.messages[1]


@pytest.mark.parametrize(
    ("via", "source"),
    [
        ("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK1;rport", "10.0.0.9"),
        ("SIP / 2.0 / TCP  Pbx.Example;branch=z9hG4bK1", "pbx.example"),
        ("SIP/2.0/UDP 10.0.0.1, SIP/2.0/UDP 10.0.0.2", "10.0.0.1"),
        ("SIP/2.0/UDP [2001:db8::1]:5070;branch=1", "[2001:db8::1]"),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_where_an_invite_says_it_comes_from(via: str, source: str) -> None:
    assert source_of(via) == source
