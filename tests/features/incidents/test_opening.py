"""A call becomes an incident, is known better, is joined, closed, and opened again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from siaga.domain.call import CallState, Disposition
from siaga.domain.errors import NotFound
from siaga.domain.incident import Incident, Note, Outcome, Reporter, Source
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.shift import SeatState
from siaga.features.calls import actions as calls
from siaga.features.incidents import actions as incidents
from tests.room import FIRE, PAK_DEDI, RANI, Room


@pytest.fixture
def room() -> Room:
    return Room()


async def test_what_and_where_are_enough(room: Room) -> None:
    await room.talking("rani", "call-1")
    incident = await room.incident(await room.opens("call-1"))
    assert (incident.number, incident.priority, incident.source) == (1, 1, Source.CALL)
    call = await room.call("call-1")
    assert (call.incident, call.disposition) == (incident.id, Disposition.REAL)
    assert call.state is CallState.TALKING, "she goes on talking while help is already moving"
    assert [one.number for one in await room.all(Reporter, incident=incident.id)] == ["081200000001"]


async def test_the_year_of_the_number_is_the_citys_own(room: Room) -> None:
    room.now = room.now.replace(month=12, day=31, hour=17, minute=30)  # half past midnight in WIB
    assert (await room.incident(await room.opens())).year == 2027


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(), "Isi di mana"),
        (Place(text="   "), "Isi di mana"),
        (Place(lat=-6.9, lon=107.6, method=PlaceMethod.OUTSIDE), "luar wilayah"),
    ],
)
async def test_a_place_that_says_nothing_is_asked_for_again(room: Room, place: Place, words: str) -> None:
    await room.refuses(
        words, incidents.open_incident, city=room.city, report=replace(FIRE, place=place), by="rani"
    )


async def test_a_type_the_city_does_not_know_is_refused_in_words(room: Room) -> None:
    await room.refuses(
        "tidak ada di daftar",
        incidents.open_incident,
        city=room.city,
        report=replace(FIRE, type="naga"),
        by="rani",
    )


async def test_one_call_becomes_one_incident(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.opens("call-1")
    given: dict[str, Any] = {"city": room.city, "report": FIRE, "by": "rani", "call": "call-1"}
    await room.refuses("sudah menjadi kejadian", incidents.open_incident, **given)
    await room.refuses(
        "sudah menjadi kejadian", calls.dispose_call, call="call-1", kind="prank", taker="rani"
    )


async def test_a_call_that_nobody_has_answered_cannot_become_an_incident(room: Room) -> None:
    await room.on_duty("rani")
    await room.rings("call-1")
    given: dict[str, Any] = {"by": "rani", "call": "call-1"}
    await room.refuses("Jawab dulu", incidents.open_incident, city=room.city, report=FIRE, **given)
    incident = await room.opens()
    await room.refuses("Jawab dulu", incidents.join_call, incident=incident, **given)


async def test_nobody_sends_the_live_call_of_a_colleague(room: Room) -> None:
    await room.talking("rani", "call-1")
    given: dict[str, Any] = {"by": "septi", "call": "call-1"}
    await room.refuses("petugas lain", incidents.open_incident, city=room.city, report=FIRE, **given)
    incident = await room.opens()
    await room.refuses("petugas lain", incidents.join_call, incident=incident, **given)


async def test_a_caller_who_hung_up_before_it_was_sent_is_still_an_incident(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    incident = await room.opens("call-1")
    assert (await room.seat("rani")).state is SeatState.WRAPUP, "she may go on writing"
    await room.do(calls.go_ready, taker="rani")
    call = await room.call("call-1")
    assert (call.incident, call.is_owed) == (incident, False)


async def test_a_missed_call_becomes_an_incident_when_called_back(room: Room) -> None:
    await room.rings("call-1")
    await room.do(calls.caller_hung_up, call="call-1", cause="bye")
    await room.on_duty("rani")
    await room.opens("call-1")
    assert not (await room.call("call-1")).is_owed


async def test_a_prank_that_was_none_becomes_an_incident_after_all(room: Room) -> None:
    await room.talking("rani", "call-1")
    await room.do(calls.dispose_call, call="call-1", kind="prank", taker="rani")
    await room.opens("call-1")
    assert (await room.call("call-1")).disposition is Disposition.REAL


async def test_sending_a_press_ends_it_because_nobody_talks(room: Room) -> None:
    press = await room.panic()
    await room.on_duty("rani", headset=False)
    await room.do(calls.answer_call, taker="rani")
    incident = await room.incident(await room.opens(press))
    assert incident.source is Source.PANIC
    call, seat = await room.call(press), await room.seat("rani")
    assert (call.state, call.incident, seat.state) == (CallState.ENDED, incident.id, SeatState.WRAPUP)
    await room.do(calls.go_ready, taker="rani")


async def test_joining_a_press_to_an_incident_ends_it_too(room: Room) -> None:
    incident = await room.opens()
    press = await room.panic()
    await room.on_duty("rani")
    await room.do(calls.answer_call, taker="rani")
    await room.do(incidents.join_call, incident=incident, call=press, by="rani")
    call, seat = await room.call(press), await room.seat("rani")
    assert (call.state, call.incident, seat.state) == (CallState.ENDED, incident, SeatState.WRAPUP)


async def test_forty_callers_of_one_fire_are_one_incident_with_forty_reporters(room: Room) -> None:
    incident = await room.opens()
    await room.on_duty("rani")
    for number in range(40):
        call = f"call-{number}"
        await room.rings(call)
        await room.do(calls.answer_call, taker="rani", call=call)
        await room.do(incidents.join_call, incident=incident, call=call, by="rani")
        await room.do(calls.end_call, call=call, taker="rani")
    assert len(await room.all(Reporter, incident=incident)) == 40
    assert len(await room.all(Incident)) == 1


async def test_nobody_joins_a_closed_incident(room: Room) -> None:
    incident = await room.opens()
    await room.do(incidents.close_incident, incident=incident, outcome="handled", by="rani")
    await room.talking("rani", "call-1")
    await room.refuses("sudah ditutup", incidents.join_call, incident=incident, call="call-1", by="rani")


# --- known better -------------------------------------------------------------------------------------------


async def test_a_hazard_raises_the_priority_and_taking_it_back_does_not_lower_it(room: Room) -> None:
    kind = next(
        kind
        for kind in room.city.types
        for code in kind.hazards
        if (raises := room.city.hazard_by_code[code].raises_to) is not None and raises < kind.priority
    )
    hazard = next(
        code
        for code in kind.hazards
        if (raises := room.city.hazard_by_code[code].raises_to) is not None and raises < kind.priority
    )
    incident = await room.opens(report=replace(FIRE, type=kind.code))
    about: dict[str, Any] = {"city": room.city, "incident": incident, "by": "rani"}
    assert await room.do(incidents.amend_incident, hazards=(hazard,), **about)
    raised = (await room.incident(incident)).priority
    assert raised < kind.priority
    await room.do(incidents.amend_incident, hazards=(), **about)
    assert (await room.incident(incident)).priority == raised


async def test_a_priority_a_person_has_lowered_stays_through_a_corrected_house_number(room: Room) -> None:
    incident = await room.opens()
    about: dict[str, Any] = {"city": room.city, "incident": incident, "by": "rani"}
    await room.do(incidents.amend_incident, priority=3, **about)
    await room.do(incidents.amend_incident, rt_rw="3/5", **about)
    await room.do(incidents.amend_incident, landmark="dekat masjid", **about)
    assert (await room.incident(incident)).priority == 3
    worse = next(
        code
        for code in room.city.type(FIRE.type).hazards
        if (raises := room.city.hazard_by_code[code].raises_to) is not None and raises < 3
    )
    await room.do(incidents.amend_incident, hazards=(worse,), **about)
    assert (await room.incident(incident)).priority == room.city.hazard_by_code[worse].raises_to
    await room.do(incidents.amend_incident, priority=4, **about)
    await room.do(incidents.amend_incident, hazards=(worse,), **about)
    assert (await room.incident(incident)).priority == 4, "known when it was lowered: no news"


async def test_an_amendment_that_changes_nothing_records_nothing(room: Room) -> None:
    incident = await room.opens()
    await room.follow()
    head = await room.archive.head()
    about: dict[str, Any] = {"city": room.city, "incident": incident, "by": "rani"}
    assert not await room.do(incidents.amend_incident, place=FIRE.place, **about)
    assert await room.archive.head() == head


async def test_a_case_that_became_protected_stays_protected(room: Room) -> None:
    protected = next(kind.code for kind in room.city.types if kind.protected)
    incident = await room.opens()
    about: dict[str, Any] = {"city": room.city, "incident": incident, "by": "rani"}
    await room.do(incidents.amend_incident, type=protected, **about)
    await room.do(incidents.amend_incident, type=FIRE.type, **about)
    assert (await room.incident(incident)).protected


async def test_a_note_may_follow_the_closing_but_never_be_empty(room: Room) -> None:
    incident = await room.opens()
    await room.do(incidents.close_incident, incident=incident, outcome="handled", by="rani")
    await room.do(incidents.add_note, incident=incident, text="Pemilik sudah kembali.", by="rani")
    assert [note.text for note in await room.all(Note, incident=incident)] == ["Pemilik sudah kembali."]
    await room.refuses("masih kosong", incidents.add_note, incident=incident, text="  ", by="rani")


# --- closing and opening again ------------------------------------------------------------------------------


async def test_closed_is_closed_until_it_is_opened_again(room: Room) -> None:
    incident = await room.opens()
    closing: dict[str, Any] = {"incident": incident, "by": "rani"}
    await room.do(incidents.close_incident, outcome=Outcome.HANDLED, **closing)
    await room.refuses("sudah ditutup", incidents.close_incident, outcome=Outcome.HANDLED, **closing)
    await room.refuses("sudah ditutup", incidents.amend_incident, city=room.city, priority=2, **closing)
    await room.do(incidents.reopen_incident, reason="api menyala lagi", incident=incident, by=RANI)
    again = {"reason": "api menyala lagi", "incident": incident, "by": RANI}
    await room.refuses("masih terbuka", incidents.reopen_incident, **again)
    assert (await room.incident(incident)).is_open


async def test_a_duplicate_names_the_other_incident_and_not_itself(room: Room) -> None:
    incident, other = await room.opens(), await room.opens()
    closing: dict[str, Any] = {"incident": incident, "by": "rani", "outcome": "duplicate"}
    await room.refuses("kejadian yang sama", incidents.close_incident, **closing)
    await room.refuses("kejadian yang sama", incidents.close_incident, duplicate_of=incident, **closing)
    with pytest.raises(NotFound):
        await room.do(incidents.close_incident, duplicate_of="tidak ada", **closing)
    await room.do(incidents.close_incident, duplicate_of=other, **closing)


async def test_after_a_day_only_a_supervisor_opens_it_again(room: Room) -> None:
    incident = await room.opens()
    await room.do(incidents.close_incident, incident=incident, outcome="handled", by="rani")
    room.now += timedelta(hours=24, seconds=1)
    await room.refuses(
        "pengawas", incidents.reopen_incident, reason="api menyala lagi", incident=incident, by=RANI
    )
    await room.do(incidents.reopen_incident, reason="api menyala lagi", incident=incident, by=PAK_DEDI)
