"""What the exchange says is read carefully, whatever it says."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.adapters.phone.asterisk.facts import (
    Destroyed,
    Entered,
    HangupAsked,
    KeyPressed,
    Left,
    NoFact,
    Replaced,
    Rings,
    fact_of,
    word_for,
)
from siaga.adapters.phone.asterisk.measured import quality_in
from siaga.adapters.phone.engine import LEFT_CAUSES, Quality

CHANNEL = {
    "id": "1763750000.1", "name": "PJSIP/operator-1", "state": "Ring",
    "caller": {"number": "0812-345", "name": "Ani"}, "dialplan": {"exten": "112"},
}  # fmt: skip
KINDS = ["StasisStart", "StasisEnd", "ChannelDestroyed", "ChannelHangupRequest", "ChannelStateChange",
         "ChannelDtmfReceived", "ApplicationReplaced", "Dial"]  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CHANNEL, "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def said(**event: object) -> str:
    return json.dumps({"application": "siaga", "channel": CHANNEL, **event})


def test_each_kind_of_news_becomes_its_fact() -> None:
    entered = fact_of(said(type="StasisStart"), "siaga")
    assert isinstance(entered, Entered)
    assert (entered.channel.number, entered.channel.display_name, entered.channel.dialled) == (
        "0812345", "Ani", "112",
    )  # fmt: skip
    name = str(CHANNEL["id"])
    ringing = {**CHANNEL, "state": "Ringing"}
    assert fact_of(said(type="ChannelStateChange", channel=ringing), "siaga") == Rings(name)
    assert fact_of(said(type="ChannelStateChange"), "siaga") is None
    assert fact_of(said(type="ChannelDtmfReceived", digit="#"), "siaga") == KeyPressed(name, "#")
    assert fact_of(said(type="ChannelDtmfReceived", digit="x"), "siaga") is None
    assert fact_of(said(type="ChannelHangupRequest", cause=17), "siaga") == HangupAsked(name, 17)
    assert fact_of(said(type="ChannelHangupRequest"), "siaga") == HangupAsked(name, None)
    assert fact_of(said(type="StasisEnd"), "siaga") == Left(name)
    assert fact_of(said(type="ChannelDestroyed", cause=0), "siaga") == Destroyed(name, None)
    assert fact_of(said(type="ApplicationReplaced"), "siaga") == Replaced()


def test_what_is_meant_for_another_application_or_is_new_to_us_is_nothing() -> None:
    assert fact_of(said(type="StasisStart", application="other"), "siaga") is None
    assert fact_of(said(type="Dial"), "siaga") is None


@given(kind=st.sampled_from(KINDS) | st.text(max_size=5), channel=ANYTHING, digit=ANYTHING, cause=ANYTHING)
def test_no_message_can_do_more_than_be_no_fact(
    kind: str, channel: object, digit: object, cause: object
) -> None:
    with contextlib.suppress(NoFact):
        fact_of(said(type=kind, channel=channel, digit=digit, cause=cause), "siaga")


@given(st.binary(max_size=200))
def test_nor_can_any_bytes(message: bytes) -> None:
    with contextlib.suppress(NoFact):
        assert fact_of(message, "siaga") is None


@pytest.mark.parametrize(
    ("cause", "outbound", "answered", "word"),
    [
        (16, False, True, "hung_up"), (None, False, True, "hung_up"), (44, False, True, "voice_stopped"),
        (38, False, True, "network"), (16, False, False, "cancelled"), (17, True, False, "busy"),
        (19, True, False, "no_answer"), (20, True, False, "no_answer"), (21, True, False, "refused"),
        (1, True, False, "refused"), (34, True, False, "network"), (None, True, False, "network"),
        (16, True, True, "hung_up"),
    ],
)  # fmt: skip
def test_a_cause_of_the_exchange_becomes_one_of_our_words(
    cause: int | None, outbound: bool, answered: bool, word: str
) -> None:
    assert word_for(cause, outbound=outbound, answered=answered) == word
    assert word in LEFT_CAUSES


def test_little_sound_and_strange_figures_are_no_measurement() -> None:
    unknown = Quality(codec="G.711")
    assert quality_in({"rxcount": 249, "rxploss": 100}) == unknown
    assert quality_in(None) == quality_in([]) == quality_in({"rxcount": "1000"}) == unknown
    assert quality_in({"rxcount": 250, "rxploss": -3, "rxjitter": "x"}).loss_percent == 0.0
