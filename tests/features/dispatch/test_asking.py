"""Agencies are asked and answer; silence climbs; nothing is ever with nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.errors import NotAllowed
from siaga.domain.event import IncidentOpened
from siaga.domain.incident import Incident, Outcome
from siaga.domain.response_plan import NO_PLANS
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.records.archive import Transaction
from tests.room import FIRE, PAK_DEDI, RANI, Room, of_agency

DUTY_OFFICER = "petugas_piket"


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def fire(room: Room) -> str:
    """A house burns: the fire service, the ambulance and the power company have been asked."""
    incident = await room.opens()
    await room.follow()
    return incident


async def test_a_fire_is_sent_to_those_the_table_names_and_to_nobody_else(room: Room, fire: str) -> None:
    assert await room.asked(fire) == {"damkar": "sent", "psc119": "sent", "pln": "sent"}
    assert (await room.assignment(fire, "damkar")).due_at == room.now.replace(minute=1)


async def test_reading_the_same_entries_again_asks_nobody_twice(room: Room, fire: str) -> None:
    entries = await room.archive.read(0)

    async def again(tx: Transaction, *, now: datetime) -> None:
        await dispatch.Dispatching(room.city).react(tx, entries, now)

    await room.do(again)
    assert len(await room.all(Assignment, incident=fire)) == 3


async def test_the_first_yes_counts_and_the_second_is_told_so(room: Room, fire: str) -> None:
    asked = f"{fire}:damkar:1"
    assert await room.do(dispatch.acknowledge, assignment=asked, by=of_agency("damkar", "andi")) == fire
    await room.refuses(
        "Sudah diterima", dispatch.acknowledge, assignment=asked, by=of_agency("damkar", "budi")
    )
    assert (await room.one(Assignment, asked)).acknowledged_by == "andi"


async def test_nobody_answers_for_another_agency_but_the_dispatcher_may(room: Room, fire: str) -> None:
    asked = f"{fire}:damkar:1"
    with pytest.raises(NotAllowed):
        await room.do(dispatch.acknowledge, assignment=asked, by=of_agency("pln"))
    with pytest.raises(NotAllowed):
        await room.do(dispatch.acknowledge, assignment=asked, by=RANI)
    await room.do(dispatch.acknowledge, assignment=asked, by=PAK_DEDI)


async def test_silence_climbs_the_ladder_and_at_its_top_keeps_ringing(room: Room, fire: str) -> None:
    for name in ("psc119", "pln"):
        await room.do(dispatch.acknowledge, assignment=f"{fire}:{name}:1", by=of_agency(name))
    rungs = []
    for _ in range(4):
        room.later(59)
        assert await room.do(dispatch.escalate_overdue, city=room.city) == 0
        room.later(1)
        assert await room.do(dispatch.escalate_overdue, city=room.city) == 1
        rungs.append((await room.assignment(fire, "damkar")).rung)
    assert rungs == [1, 2, 2, 2]
    assert await room.standing() == ["A4"]
    await room.do(dispatch.acknowledge, assignment=f"{fire}:damkar:1", by=of_agency("damkar"))
    assert await room.standing() == []


async def test_a_deadline_that_passed_while_the_worker_was_away_is_found_afterwards(
    room: Room, fire: str
) -> None:
    room.later(3600)
    assert await room.do(dispatch.escalate_overdue, city=room.city) == 3
    assert await room.do(dispatch.escalate_overdue, city=room.city) == 0


async def test_an_alarm_that_was_seen_still_stands_until_its_cause_has_ended(room: Room, fire: str) -> None:
    room.later(60)
    await room.do(dispatch.escalate_overdue, city=room.city)
    alarm = f"A4:{fire}:damkar:1"
    await room.do(dispatch.acknowledge_alarm, alarm=alarm, by=PAK_DEDI)
    await room.refuses("sudah diterima", dispatch.acknowledge_alarm, alarm=alarm, by=RANI)
    assert (await room.one(Alarm, alarm)).cleared_at is None
    await room.do(incidents.close_incident, incident=fire, outcome="handled", by="dedi")
    assert await room.do(dispatch.clear_ended_alarms) == 3
    assert await room.standing() == []


# --- not ours ---------------------------------------------------------------------------------------------


async def test_what_an_agency_refuses_goes_to_the_duty_officer(room: Room, fire: str) -> None:
    await room.do(dispatch.decline, assignment=f"{fire}:pln:1", by=of_agency("pln"), reason="bukan listrik")
    await room.follow()
    assert await room.asked(fire) == {
        "damkar": "sent", "psc119": "sent", "pln": "declined", DUTY_OFFICER: "sent"}  # fmt: skip


async def test_two_refusals_ask_the_duty_officer_once(room: Room, fire: str) -> None:
    for name in ("pln", "psc119"):
        await room.do(
            dispatch.decline, assignment=f"{fire}:{name}:1", by=of_agency(name), reason="bukan kami"
        )
    await room.follow()
    assert len(await room.all(Assignment, incident=fire, agency=DUTY_OFFICER)) == 1


async def test_the_duty_officers_own_refusal_climbs_to_the_next_person_and_neither_loops_nor_vanishes(
    room: Room, fire: str
) -> None:
    await room.do(dispatch.decline, assignment=f"{fire}:pln:1", by=of_agency("pln"), reason="bukan kami")
    await room.follow()
    for number, rung in ((1, 1), (2, 2), (3, 2)):
        await room.do(
            dispatch.decline,
            assignment=f"{fire}:{DUTY_OFFICER}:{number}",
            by=of_agency(DUTY_OFFICER),
            reason="bukan kami",
        )
        await room.follow()
        asked = await room.assignment(fire, DUTY_OFFICER)
        assert (asked.id, asked.state, asked.rung) == (
            f"{fire}:{DUTY_OFFICER}:{number + 1}", AssignmentState.SENT, rung)  # fmt: skip
        assert await room.standing() == ["A4"]
    assert len(await room.all(Assignment, incident=fire, agency=DUTY_OFFICER)) == 4


async def test_a_refusal_after_accepting_goes_to_the_duty_officer_but_not_after_arriving(
    room: Room, fire: str
) -> None:
    for name in ("damkar", "psc119"):
        await room.do(dispatch.acknowledge, assignment=f"{fire}:{name}:1", by=of_agency(name))
    await room.do(dispatch.arrive, assignment=f"{fire}:damkar:1", by=of_agency("damkar"))
    await room.refuses(
        "sudah berjalan",
        dispatch.decline,
        assignment=f"{fire}:damkar:1",
        by=of_agency("damkar"),
        reason="bukan kami",
    )
    await room.do(
        dispatch.decline, assignment=f"{fire}:psc119:1", by=of_agency("psc119"), reason="bukan kami"
    )
    await room.follow()
    assert (await room.asked(fire))[DUTY_OFFICER] == "sent"


# --- at the place -----------------------------------------------------------------------------------------


async def test_arriving_or_finishing_says_yes_as_well(room: Room, fire: str) -> None:
    room.later(10)
    await room.do(dispatch.arrive, assignment=f"{fire}:damkar:1", by=of_agency("damkar"))
    await room.do(dispatch.finish, assignment=f"{fire}:pln:1", by=of_agency("pln"), result="padam")
    for name in ("damkar", "pln"):
        assert (await room.assignment(fire, name)).acknowledged_at == room.now
    room.later(3600)
    assert await room.do(dispatch.escalate_overdue, city=room.city) == 1  # only the ambulance is silent


async def test_a_result_is_one_line_and_never_empty(room: Room, fire: str) -> None:
    about: dict[str, Any] = {"assignment": f"{fire}:pln:1", "by": of_agency("pln")}
    await room.refuses("Tulis hasilnya", dispatch.finish, result="  ", **about)
    await room.do(dispatch.finish, result=" aliran diputus ", **about)
    assert (await room.assignment(fire, "pln")).result == "aliran diputus"
    await room.refuses("sudah selesai", dispatch.finish, result="lagi", **about)


async def test_units_follow_their_agency_through_the_incident(room: Room, fire: str) -> None:
    await room.has_unit("DMK1", "damkar")
    by = of_agency("damkar")
    await room.refuses(
        "belum punya kejadian", dispatch.set_unit_status, unit="DMK1", status="JL", incident=None, by=by
    )
    await room.do(dispatch.set_unit_status, unit="DMK1", status="JL", incident=fire, by=by)
    await room.do(dispatch.arrive, assignment=f"{fire}:damkar:1", by=by)
    assert (await room.one(Unit, "DMK1")).status is UnitStatus.ON_SCENE
    other = await room.opens()
    await room.refuses(
        "kejadian lain", dispatch.set_unit_status, unit="DMK1", status="DT", incident=other, by=by
    )
    await room.do(dispatch.finish, assignment=f"{fire}:damkar:1", by=by, result="padam")
    unit = await room.one(Unit, "DMK1")
    assert (unit.status, unit.incident) == (UnitStatus.RETURNING, None)


async def test_nobody_moves_the_unit_of_another_agency_or_sends_one_to_a_closed_incident(
    room: Room, fire: str
) -> None:
    await room.has_unit("DMK1", "damkar")
    given: dict[str, Any] = {"unit": "DMK1", "status": "DT", "incident": fire}
    with pytest.raises(NotAllowed):
        await room.do(dispatch.set_unit_status, by=of_agency("pln"), **given)
    await room.do(incidents.close_incident, incident=fire, outcome="handled", by="dedi")
    await room.refuses("sudah ditutup", dispatch.set_unit_status, by=PAK_DEDI, **given)


async def test_closing_releases_agencies_and_units(room: Room, fire: str) -> None:
    await room.has_unit("DMK1", "damkar")
    await room.do(dispatch.set_unit_status, unit="DMK1", status="DT", incident=fire, by=PAK_DEDI)
    andi = of_agency("damkar", "andi")
    await room.do(dispatch.acknowledge, assignment=f"{fire}:damkar:1", by=andi)
    await room.do(incidents.close_incident, incident=fire, outcome="false_alarm", by="dedi")
    assert set((await room.asked(fire)).values()) == {"withdrawn"}
    assert (await room.one(Unit, "DMK1")).status is UnitStatus.RETURNING
    for who in (andi, of_agency("damkar")):  # nobody is sent out, not even who had said yes before
        await room.refuses(
            "tidak perlu berangkat", dispatch.acknowledge, assignment=f"{fire}:damkar:1", by=who
        )


# --- the incident changes while people move -----------------------------------------------------------------


async def test_an_incident_closed_before_anybody_was_asked_asks_nobody(room: Room) -> None:
    incident = await room.opens()
    await room.do(incidents.close_incident, incident=incident, outcome="cancelled", by="rani")
    await room.follow()
    assert await room.asked(incident) == {}


async def test_who_was_asked_in_the_very_moment_of_closing_is_released_by_the_follower(room: Room) -> None:
    incident = await room.opens()
    (opening,) = await room.archive.read(0)
    assert isinstance(opening.event, IncidentOpened)
    ask = opening.event.asks[0]

    async def asked_and_closed(tx: Transaction, *, now: datetime) -> None:
        """What two people decided at once, each from rows that did not yet show the other's act."""
        known = await tx.get(Incident, incident)
        await dispatch._ask(tx, known, ask, now)
        tx.keep(known.closed(Outcome.HANDLED, by="dedi", at=now))

    await room.do(asked_and_closed)
    assert await room.asked(incident) == {"damkar": "sent"}
    await room.follow()
    assert await room.asked(incident) == {"damkar": "withdrawn"}
    assert (await room.story())[-1] == "assignment.withdrawn"


async def test_a_worse_fire_hurries_who_has_not_answered_and_asks_who_was_not_asked(room: Room) -> None:
    rubbish = replace(FIRE, type="kebakaran.lain", priority=3)
    incident = await room.opens(report=rubbish)
    await room.follow()
    assert await room.asked(incident) == {"damkar": "sent"}
    slow = (await room.assignment(incident, "damkar")).due_at
    room.later(30)
    await room.do(
        incidents.amend_incident, city=room.city, incident=incident, by="rani", type="kebakaran.bangunan"
    )
    await room.follow()
    assert await room.asked(incident) == {"damkar": "sent", "psc119": "sent", "pln": "sent"}
    hurried = await room.assignment(incident, "damkar")
    assert (hurried.due_at - room.now).total_seconds() == 60
    assert hurried.due_at < slow
    assert hurried.priority == 1


async def test_a_lowered_priority_gives_nobody_more_time(room: Room, fire: str) -> None:
    due = (await room.assignment(fire, "damkar")).due_at
    await room.do(incidents.amend_incident, city=room.city, incident=fire, by="rani", priority=4)
    await room.follow()
    asked = await room.assignment(fire, "damkar")
    assert (asked.due_at, asked.priority) == (due, 4)


async def test_who_was_still_at_work_is_asked_again_when_a_mistaken_closing_is_taken_back(
    room: Room, fire: str
) -> None:
    await room.do(dispatch.acknowledge, assignment=f"{fire}:damkar:1", by=of_agency("damkar"))
    await room.do(dispatch.finish, assignment=f"{fire}:pln:1", by=of_agency("pln"), result="aman")
    await room.do(incidents.close_incident, incident=fire, outcome="handled", by="dedi")
    await room.follow()
    room.later(20)
    await room.do(incidents.reopen_incident, reason="api menyala lagi", incident=fire, by=PAK_DEDI)
    await room.follow()
    assert await room.asked(fire) == {
        "damkar": "sent", "psc119": "sent", "pln": "done", DUTY_OFFICER: "sent"}  # fmt: skip


async def test_a_dispatcher_asks_one_more_agency_once(room: Room, fire: str) -> None:
    given: dict[str, Any] = {"city": room.city, "incident": fire, "by": PAK_DEDI}
    assert await room.do(dispatch.ask_agency, agency="bpbd", **given) == f"{fire}:bpbd:1"
    await room.refuses("sudah menerima", dispatch.ask_agency, agency="bpbd", **given)
    await room.refuses("tidak ada di daftar", dispatch.ask_agency, agency="tidak_ada", **given)
    await room.do(incidents.close_incident, incident=fire, outcome="handled", by="dedi")
    await room.refuses("sudah ditutup", dispatch.ask_agency, agency="dlh", **given)


async def test_what_no_rule_covers_is_asked_of_the_duty_officer(room: Room) -> None:
    room.city = replace(room.city, rules=(), plans=NO_PLANS)
    incident = await room.opens()
    await room.follow()
    assert await room.asked(incident) == {DUTY_OFFICER: "sent"}
