"""Who is helped next, by whom; and what a taker at a desk may do when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.call import Call, CallState, Channel, arrived
from siaga.domain.errors import RuleBroken
from siaga.domain.queue import in_order, next_offer
from siaga.domain.shift import (
    MOVES,
    NOT_ON_DUTY,
    WRAPUP_SECONDS_MAX,
    Seat,
    SeatState,
    heard,
    new_seat,
    unheard,
)

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def call(
    id: str, *, after: float = 0, channel: Channel = Channel.VOICE, passed: tuple[str, ...] = ()
) -> Call:
    one, _ = arrived(id=id, channel=channel, at=NINE + timedelta(seconds=after))
    return replace(one, passed_by=passed)


def seat(taker: str, *, idle: float = 0, audio: bool = True, state: SeatState = SeatState.READY) -> Seat:
    at = NINE + timedelta(seconds=idle)
    return Seat(taker=taker, state=state, since=at, idle_since=at, audio=audio)


def offered(calls: list[Call], seats: list[Seat]) -> tuple[str, str] | None:
    pair = next_offer(calls, seats)
    return None if pair is None else (pair[0].id, pair[1].taker)


def test_who_has_waited_longest_goes_to_who_has_rested_longest() -> None:
    assert offered(
        [call("younger", after=5), call("older")], [seat("busier", idle=9), seat("rested", idle=1)]
    ) == ("older", "rested")


def test_a_press_goes_before_an_older_voice() -> None:
    assert offered([call("voice"), call("press", after=60, channel=Channel.PANIC)], [seat("rani")]) == (
        "press",
        "rani",
    )


def test_a_caller_given_back_goes_before_every_voice_and_by_age_among_presses() -> None:
    given_back = call("mine").answered(by="rani", at=NINE)[0].returned(at=NINE)[0]
    assert [one.id for one in in_order([call("press", after=1, channel=Channel.PANIC), call("old"), given_back])] == [
        "mine",
        "press",
        "old",
    ]  # fmt: skip


def test_nobody_is_asked_twice_while_somebody_else_is_ready() -> None:
    passed = call("call-1", passed=("rani",))
    assert offered([passed], [seat("rani"), seat("septi", idle=60)]) == ("call-1", "septi")
    assert offered([passed], [seat("rani")]) == ("call-1", "rani"), "better asked again than nobody"


def test_a_voice_waits_for_a_headset_and_lets_a_press_go_first() -> None:
    assert offered([call("voice")], [seat("rani", audio=False)]) is None
    assert offered(
        [call("voice"), call("text", after=9, channel=Channel.TEXT)], [seat("rani", audio=False)]
    ) == ("text", "rani")


@pytest.mark.parametrize("state", [state for state in SeatState if state is not SeatState.READY])
def test_only_who_is_ready_is_asked(state: SeatState) -> None:
    assert offered([call("call-1")], [seat("rani", state=state)]) is None


@pytest.mark.parametrize("state", [state for state in CallState if state is not CallState.WAITING])
def test_only_who_waits_is_offered(state: CallState) -> None:
    assert offered([replace(call("call-1"), state=state)], [seat("rani")]) is None


calls_anyhow = st.lists(
    st.builds(
        call,
        id=st.uuids().map(str),
        after=st.floats(0, 3600),
        channel=st.sampled_from(Channel),
        passed=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
    ),
    max_size=8,
)
seats_anyhow = st.lists(
    st.builds(
        seat,
        taker=st.sampled_from("abcdef"),
        idle=st.floats(0, 3600),
        audio=st.booleans(),
        state=st.sampled_from(SeatState),
    ),
    max_size=6,
    unique_by=lambda one: one.taker,
)


@given(calls_anyhow, seats_anyhow)
def test_an_offer_is_made_exactly_when_somebody_able_is_ready(calls: list[Call], seats: list[Seat]) -> None:
    able = [
        (one, who)
        for one in calls
        for who in seats
        if who.state is SeatState.READY and (who.audio or one.channel is not Channel.VOICE)
    ]
    pair = next_offer(calls, seats)
    assert (pair is not None) == bool(able)
    if pair is not None:
        assert pair in able
        first = in_order([one for one, _ in able])[0]
        assert pair[0] == first, "nobody able to be helped is overtaken"


@given(calls_anyhow)
def test_the_order_does_not_depend_on_how_the_rows_came(calls: list[Call]) -> None:
    assert in_order(calls) == in_order(list(reversed(calls)))


# --- the seat ------------------------------------------------------------------------------------------------

VERBS = sorted({verb for verbs in MOVES.values() for verb in verbs})


@pytest.mark.parametrize("state", list(SeatState))
@pytest.mark.parametrize("verb", VERBS)
def test_a_seat_moves_exactly_as_its_table_says(state: SeatState, verb: str) -> None:
    before = seat("rani", state=state)
    after = MOVES[state].get(verb)
    if after is None:
        with pytest.raises(RuleBroken):
            before.moved(verb, at=NINE)
        return
    moved, event = before.moved(verb, at=NINE, call="call-1")
    assert (moved.state, event.state, event.taker) == (after, after, "rani")


def test_a_taker_who_talks_can_neither_pause_nor_leave_nor_take_another() -> None:
    busy = seat("rani", state=SeatState.TALKING)
    for verb in ("pause", "leave", "come", "take", "ring"):
        with pytest.raises(RuleBroken):
            busy.moved(verb, at=NINE)


def test_who_is_not_on_duty_is_told_so() -> None:
    for verb in ("pause", "take", "leave"):
        with pytest.raises(RuleBroken, match=NOT_ON_DUTY):
            new_seat("rani", at=NINE).moved(verb, at=NINE)


def test_a_call_stays_with_its_seat_while_it_lasts_and_is_written_down_and_no_longer() -> None:
    later = NINE + timedelta(seconds=30)
    ringing, _ = seat("rani").moved("ring", at=NINE, call="call-1")
    talking, _ = ringing.moved("take", at=NINE)
    wrapup, _ = talking.moved("finish", at=later)
    ready, _ = wrapup.moved("come", at=later)
    assert [one.call for one in (ringing, talking, wrapup, ready)] == ["call-1", "call-1", "call-1", None]
    assert wrapup.wrapup_until == later + timedelta(seconds=WRAPUP_SECONDS_MAX)
    assert ready.wrapup_until is None


def test_rest_is_counted_from_the_last_work_not_from_a_caller_who_gave_up() -> None:
    ringing, _ = seat("rani", idle=0).moved("ring", at=NINE + timedelta(seconds=10), call="call-1")
    quiet, _ = ringing.moved("quiet", at=NINE + timedelta(seconds=20))
    assert quiet.idle_since == NINE
    talked, _ = quiet.moved("take", at=NINE + timedelta(seconds=30), call="call-2")
    back, _ = talked.moved("finish", at=NINE + timedelta(seconds=40))
    ready, _ = back.moved("come", at=NINE + timedelta(seconds=50))
    assert ready.idle_since == NINE + timedelta(seconds=50)


def test_a_headset_is_heard_or_lost_since_a_moment() -> None:
    lost = unheard(heard(new_seat("rani", at=NINE)), at=NINE)
    assert (lost.audio, lost.audio_lost_at) == (False, NINE)
    assert (heard(lost).audio, heard(lost).audio_lost_at) == (True, None)
