"""One agency asked about one incident: it says yes, no, or nothing; nothing climbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.assignment import (
    OPEN_STATES,
    TRANSITIONS,
    Assignment,
    AssignmentState,
    sent,
)
from siaga.domain.errors import RuleBroken
from siaga.domain.event import (
    AssignmentAcknowledged,
    AssignmentDeclined,
    AssignmentDone,
    AssignmentEscalated,
    AssignmentOnScene,
    AssignmentSent,
    AssignmentWithdrawn,
    Event,
)

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def asked(within_seconds: int = 60) -> Assignment:
    return sent(id="i-1:a:1", incident="i-1", agency="a", priority=1, within_seconds=within_seconds, at=NINE)[
        0
    ]


def acknowledged() -> Assignment:
    return asked().acknowledged(by="andi", at=NINE)[0]


IN: dict[AssignmentState, Callable[[], Assignment]] = {
    AssignmentState.SENT: asked,
    AssignmentState.ACKNOWLEDGED: acknowledged,
    AssignmentState.ON_SCENE: lambda: acknowledged().on_scene(by="andi", at=NINE)[0],
    AssignmentState.DONE: lambda: acknowledged().done(by="andi", result="padam", at=NINE)[0],
    AssignmentState.DECLINED: lambda: asked().declined(by="andi", reason="bukan kami", at=NINE)[0],
    AssignmentState.WITHDRAWN: lambda: asked().withdrawn(at=NINE)[0],
}
ACTS: dict[type[Event], Callable[[Assignment], tuple[Assignment, Event | None]]] = {
    AssignmentSent: lambda one: one.hurried(priority=1, within_seconds=5, at=NINE),
    AssignmentAcknowledged: lambda one: one.acknowledged(by="budi", at=NINE),
    AssignmentDeclined: lambda one: one.declined(by="budi", reason="bukan kami", at=NINE),
    AssignmentEscalated: lambda one: one.escalated(rungs=3, at=NINE),
    AssignmentOnScene: lambda one: one.on_scene(by="budi", at=NINE),
    AssignmentDone: lambda one: one.done(by="budi", result="padam", at=NINE),
    AssignmentWithdrawn: lambda one: one.withdrawn(at=NINE),
}


@pytest.mark.parametrize("state", list(AssignmentState))
@pytest.mark.parametrize("event", [event for event in ACTS if event is not AssignmentSent])
def test_an_assignment_moves_exactly_as_its_table_says(state: AssignmentState, event: type[Event]) -> None:
    before = IN[state]()
    after = TRANSITIONS[state].get(event)
    if after is None:
        with pytest.raises(RuleBroken):
            ACTS[event](before)
        return
    moved, fact = ACTS[event](before)
    assert (moved.state, type(fact)) == (after, event)


def test_every_arrow_of_the_table_has_an_act() -> None:
    assert {event for exits in TRANSITIONS.values() for event in exits} == set(ACTS)
    assert all(not TRANSITIONS[state] for state in AssignmentState if state not in OPEN_STATES)


def test_a_deadline_is_a_fact_one_can_look_at() -> None:
    assert not asked().is_overdue(NINE + timedelta(seconds=59.9))
    assert asked().is_overdue(NINE + timedelta(seconds=60))
    assert not acknowledged().is_overdue(NINE + timedelta(days=1))


@given(rungs=st.integers(0, 6), times=st.integers(1, 12))
def test_silence_climbs_one_rung_at_a_time_and_stays_at_the_top(rungs: int, times: int) -> None:
    one, now = asked(), NINE
    climbed = []
    for _ in range(times):
        now = one.due_at
        one, event = one.escalated(rungs=rungs, at=now)
        climbed.append(one.rung)
        assert one.due_at == event.due == now + timedelta(seconds=60)
        assert one.state is AssignmentState.SENT
    top = max(rungs - 1, 0)
    assert climbed == [min(step, top) for step in range(1, times + 1)]


def test_the_first_yes_is_kept() -> None:
    with pytest.raises(RuleBroken, match="Sudah diterima"):
        acknowledged().acknowledged(by="budi", at=NINE)


@pytest.mark.parametrize("act", [AssignmentOnScene, AssignmentDone])
def test_arriving_or_finishing_unasked_says_yes_as_well(act: type[Event]) -> None:
    moved, _ = ACTS[act](asked())
    assert (moved.acknowledged_by, moved.acknowledged_at) == ("budi", NINE)
    kept, _ = ACTS[act](acknowledged())
    assert kept.acknowledged_by == "andi"


@given(
    within=st.integers(1, 90_000),
    faster=st.integers(1, 90_000),
    after=st.integers(0, 90_000),
    priority=st.integers(1, 4),
)
def test_another_priority_never_gives_a_silent_agency_more_time(
    within: int, faster: int, after: int, priority: int
) -> None:
    before, at = asked(within), NINE + timedelta(seconds=after)
    hurried, event = before.hurried(priority=priority, within_seconds=faster, at=at)
    assert hurried.due_at == min(before.due_at, at + timedelta(seconds=faster))
    assert (event is not None) == (hurried.due_at < before.due_at)
    assert hurried.priority == priority


@pytest.mark.parametrize("state", [state for state in AssignmentState if state is not AssignmentState.SENT])
def test_who_has_answered_is_not_hurried(state: AssignmentState) -> None:
    before = IN[state]()
    assert before.hurried(priority=1, within_seconds=1, at=NINE) == (before, None)
