"""How far an incident is: told by the first who reached a step, and never further than somebody said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from siaga.domain.assignment import Assignment, sent
from siaga.domain.incident import Incident, Outcome, Source
from siaga.domain.place import Place
from siaga.domain.progress import Step, step_of, steps, unanswered
from siaga.domain.unit import Unit, UnitStatus

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
FIRE = Incident(
    id="i-1", year=2026, number=1, type="kebakaran.rumah", kind="kebakaran", priority=2, place=Place(text="Jl. Melati"),
    source=Source.CALL, opened_at=NINE, opened_by="rani",
)  # fmt: skip


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def asked(agency: str, minutes: float = 0) -> Assignment:
    return sent(
        id=f"i-1:{agency}:1", incident="i-1", agency=agency, priority=2, within_seconds=180, at=at(minutes)
    )[0]


def a_unit(status: UnitStatus) -> Unit:
    return Unit(code="U1", agency="api", what="Mobil", status=status, since=at(3), incident="i-1")


def test_nobody_asked_nobody_answered_somebody_accepted_somebody_there() -> None:
    first, second = asked("api"), asked("medis")
    assert step_of(FIRE, []) is Step.NEW
    assert step_of(FIRE, [first, second]) is Step.FORWARDED
    accepted = first.acknowledged(by="dedi", at=at(1))[0]
    assert step_of(FIRE, [accepted, second]) is Step.ACCEPTED
    assert step_of(FIRE, [accepted.on_scene(by="dedi", at=at(9))[0], second]) is Step.ON_SCENE


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (UnitStatus.ASSIGNED, Step.FORWARDED), (UnitStatus.EN_ROUTE, Step.EN_ROUTE),
        (UnitStatus.ON_SCENE, Step.ON_SCENE), (UnitStatus.TRANSPORTING, Step.EN_ROUTE),
        (UnitStatus.READY, Step.FORWARDED),
    ],
)  # fmt: skip
def test_a_unit_on_its_way_says_so_even_when_nobody_pressed_accept(
    status: UnitStatus, expected: Step
) -> None:
    assert step_of(FIRE, [asked("api")], [a_unit(status)]) is expected


def test_it_is_finished_only_when_every_agency_is_done_and_one_of_them_did_something() -> None:
    done = asked("api").done(by="dedi", result="padam", at=at(20))[0]
    declined = asked("medis").declined(by="ani", reason="bukan", at=at(2))[0]
    assert step_of(FIRE, [done, asked("polisi")]) is not Step.FINISHED
    assert step_of(FIRE, [declined]) is not Step.FINISHED
    assert step_of(FIRE, [done, declined]) is Step.FINISHED


def test_a_step_nobody_reported_is_shown_as_skipped_and_never_as_done() -> None:
    there = asked("api").on_scene(by="dedi", at=at(9))[0]
    told = {one.step: one for one in steps(FIRE, [there])}
    assert (told[Step.EN_ROUTE].is_done, told[Step.EN_ROUTE].is_skipped, told[Step.EN_ROUTE].at) == (
        False,
        True,
        None,
    )
    assert (told[Step.ON_SCENE].is_current, told[Step.ON_SCENE].at) == (True, at(9))
    assert not told[Step.FINISHED].is_done
    assert not told[Step.FINISHED].is_skipped


def test_a_closed_incident_nobody_accepted_does_not_look_accepted() -> None:
    closed = replace(FIRE, outcome=Outcome.CANCELLED, closed_at=at(5), closed_by="rani")
    told = steps(closed, [asked("api").withdrawn(at=at(5))[0]])
    assert [one.step for one in told if one.is_done] == [Step.NEW, Step.FORWARDED, Step.CLOSED]


def test_the_first_time_counts() -> None:
    early, late = (
        asked("api").acknowledged(by="a", at=at(1))[0],
        asked("medis").acknowledged(by="b", at=at(4))[0],
    )
    told = {one.step: one.at for one in steps(FIRE, [late, early], en_route_at=at(2))}
    assert (told[Step.ACCEPTED], told[Step.EN_ROUTE]) == (at(1), None)


def test_silence_is_listed_by_who_has_been_silent_longest() -> None:
    waiting, climbed = asked("medis"), asked("api", 1).escalated(rungs=3, at=at(4))[0]
    answered = asked("polisi").acknowledged(by="x", at=at(1))[0]
    assert [one.agency for one in unanswered([waiting, answered, climbed])] == ["api", "medis"]
