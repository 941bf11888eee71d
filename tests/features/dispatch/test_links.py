"""One-tap links: signed, short-lived, for one assignment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.errors import NotAllowed
from siaga.features.dispatch.links import LINK_MINUTES, make_link, read_link

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
SECRET = b"k" * 32


def test_a_fresh_link_names_its_assignment_and_who_it_was_sent_to() -> None:
    link = make_link(SECRET, assignment="i-1:damkar:1", who="c-1", now=NINE)
    tap = read_link(SECRET, link, now=NINE + timedelta(minutes=LINK_MINUTES))

    assert (tap.assignment, tap.who) == ("i-1:damkar:1", "c-1")


def test_an_old_link_says_so() -> None:
    link = make_link(SECRET, assignment="i-1:damkar:1", who="c-1", now=NINE)
    with pytest.raises(NotAllowed, match="kedaluwarsa"):
        read_link(SECRET, link, now=NINE + timedelta(minutes=LINK_MINUTES, seconds=1))


def test_a_link_of_another_installation_is_refused() -> None:
    link = make_link(b"x" * 32, assignment="i-1:damkar:1", who="c-1", now=NINE)
    with pytest.raises(NotAllowed, match="tidak sah"):
        read_link(SECRET, link, now=NINE)


@given(st.text(max_size=200))
def test_nothing_that_is_not_a_link_is_taken_for_one(text: str) -> None:
    with pytest.raises(NotAllowed):
        read_link(SECRET, text, now=NINE)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=63))
def test_a_link_changed_anywhere_is_refused(where: int, by: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    link = make_link(SECRET, assignment="i-1:damkar:1", who="c-1", now=NINE)
    where %= len(link) - 1  # the last letter carries padding bits that mean nothing
    changed = link[:where] + alphabet[(alphabet.index(link[where]) + by) % 64] + link[where + 1 :]
    with pytest.raises(NotAllowed):
        read_link(SECRET, changed, now=NINE)
