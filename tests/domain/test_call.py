"""One call, from the first ring to the last word: what may happen to it in which state, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from siaga.domain.call import (
    DIGITS_MAX,
    NON_CALLS,
    OFFER_SECONDS,
    TRANSITIONS,
    Call,
    CallState,
    Channel,
    Disposition,
    EndReason,
    arrived,
)
from siaga.domain.conversation import handed_over, passed
from siaga.domain.errors import RuleBroken
from siaga.domain.event import (
    CallAnswered,
    CallEnded,
    CallerHungUp,
    CallFound,
    CallHandedOver,
    CallLost,
    CallOffered,
    CallPassed,
    CallReturned,
    CallTakenOutside,
    Event,
    OfferExpired,
)
from siaga.domain.leg import Leg, LegPurpose, dialled
from siaga.domain.overflow import taken_outside
from siaga.domain.silent_check import CheckResult

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def waiting(channel: Channel = Channel.VOICE) -> Call:
    return arrived(id="call-1", channel=channel, at=NINE, number="0812", node="node-1")[0]


def ringing() -> Call:
    return waiting().offered(to="rani", at=NINE)[0]


def talking() -> Call:
    return waiting().answered(by="rani", at=NINE)[0]


def ended() -> Call:
    return talking().ended(by="rani", at=NINE)[0]


def a_leg() -> Leg:
    return dialled(
        id="leg-1", purpose=LegPurpose.TRANSFER, taker="rani", address="113", label="Pemadam", caller_id="112",
        at=NINE, ring_seconds=25, call="call-1",
    )[0]  # fmt: skip


def handed() -> Call:
    return handed_over(talking(), leg=a_leg(), by="rani", at=NINE)[0]


IN = {
    CallState.WAITING: waiting,
    CallState.RINGING: ringing,
    CallState.TALKING: talking,
    CallState.HANDED: handed,
    CallState.ENDED: ended,
}
ACTS: dict[type[Event], Callable[[Call], tuple[Call, Event]]] = {
    CallOffered: lambda call: call.offered(to="rani", at=NINE),
    CallAnswered: lambda call: call.answered(by="rani", at=NINE),
    OfferExpired: lambda call: call.offer_expired(at=NINE),
    CallerHungUp: lambda call: call.hung_up(at=NINE),
    CallEnded: lambda call: call.ended(by="rani", at=NINE),
    CallReturned: lambda call: call.returned(at=NINE),
    CallPassed: lambda call: passed(call, to="septi", by="rani", at=NINE),
    CallTakenOutside: lambda call: taken_outside(call, a_leg(), at=NINE),
    CallHandedOver: lambda call: handed_over(call, leg=a_leg(), by="rani", at=NINE),
    CallLost: lambda call: call.lost(at=NINE),
    CallFound: lambda call: call.found(at=NINE),
}


@pytest.mark.parametrize("state", list(CallState))
@pytest.mark.parametrize("event", list(ACTS))
def test_a_call_moves_exactly_as_its_table_says(state: CallState, event: type[Event]) -> None:
    before = IN[state]()
    if event is CallFound and before.is_over:
        before = replace(before, end_reason=EndReason.LOST)  # from its own rule: only who was lost is found
    after = TRANSITIONS[state].get(event)
    if after is None:
        with pytest.raises(RuleBroken):
            ACTS[event](before)
        assert before == IN[state](), "a refusal changes nothing"
    else:
        moved, fact = ACTS[event](before)
        assert (moved.state, type(fact)) == (after, event)


def test_every_arrow_of_the_table_has_an_act_and_every_state_a_row() -> None:
    assert {event for exits in TRANSITIONS.values() for event in exits} == set(ACTS)
    assert set(TRANSITIONS) == set(CallState)


def test_a_press_goes_before_every_voice() -> None:
    assert waiting(Channel.PANIC).urgency < waiting(Channel.VOICE).urgency == waiting(Channel.TEXT).urgency


def test_an_offer_has_an_end() -> None:
    call, event = waiting().offered(to="rani", at=NINE)
    assert call.offer_until == event.until == NINE + timedelta(seconds=OFFER_SECONDS)


def test_who_let_a_call_pass_is_remembered_once_and_last() -> None:
    call = waiting()
    for taker in ("rani", "septi", "rani"):
        call = call.offered(to=taker, at=NINE)[0].offer_expired(at=NINE)[0]
    assert call.passed_by == ("septi", "rani")


def test_only_she_at_whose_desk_it_rings_may_answer() -> None:
    with pytest.raises(RuleBroken, match="meja lain"):
        ringing().answered(by="septi", at=NINE)


def test_only_she_who_talks_may_end() -> None:
    with pytest.raises(RuleBroken, match="petugas lain"):
        talking().ended(by="septi", at=NINE)


@pytest.mark.parametrize(
    ("state", "abandoned", "reason"),
    [
        (CallState.WAITING, True, EndReason.ABANDONED),
        (CallState.RINGING, True, EndReason.ABANDONED),
        (CallState.TALKING, False, EndReason.CALLER_HUNG_UP),
    ],
)
def test_a_caller_who_leaves_before_an_answer_has_been_abandoned_by_us(
    state: CallState, abandoned: bool, reason: EndReason
) -> None:
    call, event = IN[state]().hung_up(at=NINE)
    assert (event.abandoned, call.end_reason, call.is_owed) == (abandoned, reason, True)


def test_a_caller_given_back_goes_first_and_has_waited_once() -> None:
    later = NINE + timedelta(minutes=5)
    again, _ = talking().returned(at=later)[0].answered(by="septi", at=later)
    assert (again.urgency, again.answered_at, again.taker) == (1, NINE, "septi")


@pytest.mark.parametrize("kind", NON_CALLS)
@pytest.mark.parametrize("state", [CallState.TALKING, CallState.ENDED])
def test_a_person_says_what_it_was_while_talking_or_after(state: CallState, kind: Disposition) -> None:
    checked = replace(IN[state](), check_result=CheckResult.NO_SIGN)  # silent only after the check
    call, event = checked.disposed(kind, by="rani", at=NINE)
    assert (call.disposition, event.disposition, call.state) == (kind, kind, state)
    assert call.is_dealt_with


@pytest.mark.parametrize("call", [waiting(), ringing(), talking().returned(at=NINE)[0]])
def test_nobody_judges_a_caller_who_still_waits(call: Call) -> None:
    with pytest.raises(RuleBroken, match="Jawab dulu"):
        call.disposed(Disposition.PRANK, by="rani", at=NINE)


def test_a_real_call_and_one_that_became_an_incident_cannot_be_disposed_of() -> None:
    with pytest.raises(RuleBroken, match="menjadi kejadian"):
        talking().disposed(Disposition.REAL, by="rani", at=NINE)
    with pytest.raises(RuleBroken, match="sudah menjadi kejadian"):
        talking().became("i-1").disposed(Disposition.PRANK, by="rani", at=NINE)


def test_who_pressed_that_he_cannot_speak_is_not_put_away_as_a_silent_call() -> None:
    pressed, _ = talking().pressed("5", at=NINE)
    with pytest.raises(RuleBroken, match="tanda tidak bisa bicara"):
        pressed.disposed(Disposition.GHOST, by="rani", at=NINE)
    assert pressed.disposed(Disposition.PRANK, by="rani", at=NINE)[0].disposition is Disposition.PRANK


def test_an_ended_call_is_owed_until_said_what_it_was_or_called_back() -> None:
    assert ended().is_owed
    assert not ended().disposed(Disposition.PRANK, by="rani", at=NINE)[0].is_owed
    assert not ended().became("i-1").is_owed
    done, _ = ended().called_back(by="rani", at=NINE)
    assert not done.is_owed
    with pytest.raises(RuleBroken, match="sudah"):
        done.called_back(by="septi", at=NINE)
    with pytest.raises(RuleBroken, match="masih berlangsung"):
        talking().called_back(by="rani", at=NINE)


def test_a_flood_of_tones_is_not_stored_without_end() -> None:
    call = waiting()
    for _ in range(DIGITS_MAX + 10):
        call, event = call.pressed("5", at=NINE)
    assert (len(call.digits), event) == (DIGITS_MAX, None)
    assert waiting().pressed("x", at=NINE) == (waiting(), None)


class AnyCall(RuleBasedStateMachine):
    """Anybody does anything to one call, in any order."""

    takers = st.sampled_from(["rani", "septi", "dewi"])

    def __init__(self) -> None:
        super().__init__()
        self.call = waiting()
        self.facts: list[Event] = []
        self.now = NINE

    def act(self, does: Callable[[], tuple[Call, Event | None]]) -> None:
        self.now += timedelta(seconds=1)
        try:
            self.call, event = does()
        except RuleBroken:
            return
        if event is not None:
            self.facts.append(event)

    @rule(taker=takers)
    def offer(self, taker: str) -> None:
        self.act(lambda: self.call.offered(to=taker, at=self.now))

    @rule(taker=takers)
    def answer(self, taker: str) -> None:
        self.act(lambda: self.call.answered(by=taker, at=self.now))

    @rule(taker=takers)
    def end(self, taker: str) -> None:
        self.act(lambda: self.call.ended(by=taker, at=self.now))

    @rule(taker=takers, kind=st.sampled_from(Disposition))
    def dispose(self, taker: str, kind: Disposition) -> None:
        self.act(lambda: self.call.disposed(kind, by=taker, at=self.now))

    @rule(which=st.sampled_from(["hung_up", "offer_expired", "returned", "lost"]))
    def happens(self, which: str) -> None:
        self.act(lambda: getattr(self.call, which)(at=self.now))

    @invariant()
    def it_is_with_at_most_one_taker_and_knows_why_it_is_over(self) -> None:
        call = self.call
        assert (call.state is CallState.RINGING) == (call.offered_to is not None)
        assert (call.offered_to is None) == (call.offer_until is None)
        assert call.state is not CallState.TALKING or call.taker is not None
        assert call.state is not CallState.WAITING or call.taker is None
        assert call.is_over == (call.ended_at is not None) == (call.end_reason is not None)
        assert call.disposition is None or call.is_over or call.state is CallState.TALKING or self._returned()
        assert call.is_owed == (call.is_over and not call.is_dealt_with)

    def _returned(self) -> bool:
        return any(isinstance(fact, CallReturned) for fact in self.facts)

    @invariant()
    def its_facts_tell_its_state(self) -> None:
        state = CallState.WAITING
        for fact in self.facts:
            state = TRANSITIONS[state].get(type(fact), state)
        assert state is self.call.state


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_what_is_erased_later_is_not_in_the_facts() -> None:
    """Rule: events carry references; a number or a name in one would live for ever."""
    call = replace(waiting(), number="081234567890", display_name="Bu Siti")
    for act in (ACTS[CallOffered], ACTS[CallAnswered], ACTS[CallerHungUp], ACTS[CallLost]):
        _, event = act(call)
        assert "081234567890" not in repr(event)
        assert "Siti" not in repr(event)
