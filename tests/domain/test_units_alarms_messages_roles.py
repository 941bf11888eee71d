"""Units are on one incident at a time, alarms end with their cause, messages give up once, rights are few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.message import ATTEMPTS_MAX, Message, MessageState, message_key
from siaga.domain.roles import RIGHTS, May, Role, Viewer
from siaga.domain.unit import BUSY, Unit, UnitStatus

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


def unit(status: UnitStatus = UnitStatus.READY, incident: str | None = None) -> Unit:
    return Unit(code="U1", agency="a", what="mobil", status=status, since=NINE, incident=incident)


# --- units -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", BUSY)
def test_a_busy_unit_is_on_an_incident(status: UnitStatus) -> None:
    with pytest.raises(RuleBroken, match="belum punya kejadian"):
        unit().changed(status, incident=None, by="x", at=NINE)
    busy, event = unit().changed(status, incident="i-1", by="x", at=NINE)
    assert (busy.incident, event.incident) == ("i-1", "i-1")
    onward, _ = busy.changed(UnitStatus.ON_SCENE, incident=None, by="x", at=NINE)
    assert onward.incident == "i-1", "the crew need not say the number again"
    with pytest.raises(RuleBroken, match="kejadian lain"):
        busy.changed(UnitStatus.ASSIGNED, incident="i-2", by="x", at=NINE)


@pytest.mark.parametrize("status", [status for status in UnitStatus if status not in BUSY])
def test_a_unit_that_is_not_busy_is_on_no_incident_but_says_which_it_left(status: UnitStatus) -> None:
    free, event = unit(UnitStatus.ON_SCENE, "i-1").changed(status, incident=None, by="x", at=NINE)
    assert (free.incident, event.incident) == (None, "i-1")


def test_a_unit_on_its_way_back_can_be_sent_again_and_a_broken_one_cannot() -> None:
    again, _ = unit(UnitStatus.RETURNING).changed(UnitStatus.ASSIGNED, incident="i-2", by="x", at=NINE)
    assert again.incident == "i-2"
    with pytest.raises(RuleBroken, match="tidak siap"):
        unit(UnitStatus.OUT_OF_SERVICE).changed(UnitStatus.ASSIGNED, incident="i-2", by="x", at=NINE)


# --- alarms ----------------------------------------------------------------------------------------------


def test_seen_is_not_over_and_over_is_not_seen() -> None:
    alarm = Alarm(id="A4:x", kind=AlarmKind.NO_ANSWER_FROM_AGENCY, priority=1, raised_at=NINE)
    seen, _ = alarm.acknowledged(by="dedi", at=NINE)
    assert seen.cleared_at is None
    with pytest.raises(RuleBroken, match="sudah diterima"):
        seen.acknowledged(by="rani", at=NINE)
    over, _ = seen.cleared(at=NINE)
    with pytest.raises(RuleBroken, match="sudah selesai"):
        over.acknowledged(by="rani", at=NINE)
    again, event = over.raised_again(at=NINE + timedelta(hours=1))
    assert (again.acknowledged_at, again.cleared_at, event.at) == (None, None, NINE + timedelta(hours=1))


# --- messages --------------------------------------------------------------------------------------------


def message() -> Message:
    return Message(id="m-1", channel="json", to="x", text="t", created_at=NINE, next_at=NINE)


def test_the_same_entry_to_the_same_contact_is_the_same_message() -> None:
    assert message_key(1042, "a", "json") == "journal-1042:a:json" == message_key(1042, "a", "json")
    assert len({message_key(p, r, c) for p in (1, 2) for r in "ab" for c in "xy"}) == 8


def test_a_channel_is_tried_with_growing_patience_and_given_up_once_within_a_minute_and_a_half() -> None:
    one, now, waits = message(), NINE, []
    for attempt in range(1, ATTEMPTS_MAX + 1):
        one, event = one.failed("no signal", at=now)
        assert (event is not None) == (attempt == ATTEMPTS_MAX)
        waits.append((one.next_at - now).total_seconds())
        now = max(now, one.next_at)
    assert waits[:-1] == [2, 4, 8, 16, 30]
    assert (one.state, one.attempts, one.last_error) == (MessageState.FAILED, ATTEMPTS_MAX, "no signal")


def test_a_delivered_message_says_when() -> None:
    done, event = message().delivered(at=NINE)
    assert (done.state, done.done_at, event.message) == (MessageState.DELIVERED, NINE, "m-1")


# --- roles -----------------------------------------------------------------------------------------------


def viewer(*roles: Role) -> Viewer:
    return Viewer(person="p", name="P", roles=roles)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_some_rights_and_nobody_has_all(role: Role) -> None:
    assert RIGHTS[role]
    assert RIGHTS[role] != frozenset(May)


@pytest.mark.parametrize(
    ("act", "roles"),
    [
        (May.TAKE_CALLS, {Role.TAKER, Role.DISPATCHER, Role.SUPERVISOR}),
        (May.DISPATCH, {Role.DISPATCHER, Role.SUPERVISOR}),
        (May.ANSWER_FOR_AGENCY, {Role.AGENCY, Role.FIELD}),
        (May.HEAR_RECORDINGS, {Role.SUPERVISOR}),
        (May.SUPERVISE, {Role.SUPERVISOR}),
        (May.ADMINISTER, {Role.ADMIN}),
    ],
)
def test_a_right_belongs_to_exactly_these(act: May, roles: set[Role]) -> None:
    assert {role for role in Role if viewer(role).may(act)} == roles


def test_two_roles_add_up_and_no_role_may_nothing() -> None:
    assert viewer(Role.AGENCY, Role.TAKER).may(May.TAKE_CALLS)
    with pytest.raises(NotAllowed) as refusal:
        viewer().must(May.SEE_WALL)
    assert refusal.value.status == 403
