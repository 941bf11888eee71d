"""Protected cases: their circle, the glass, the legal clocks, the numbers nobody may ring. On both archives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from itertools import count
from typing import Any

import pytest

from siaga.domain.alarm import Alarm
from siaga.domain.call_safety import CallSafety, Verdict, digits_of
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.event import AlarmRaised, CaseRevealed
from siaga.domain.incident import Reporter, Source
from siaga.domain.legal_clock import LegalClock
from siaga.domain.place import Place
from siaga.domain.protection import REVEAL_MINUTES, CircleMember, SightKind, may_see
from siaga.domain.roles import Person, Role, Viewer
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.owed.actions import ring_missed, text_missed
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.features.incidents.protected import actions as protected
from siaga.features.incidents.protected.reports import ProtectedReport, report_protected
from siaga.records.archive import Transaction
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import NINE, PAK_DEDI, RANI, Room

VIOLENCE = Report(
    type="kekerasan.rumah_tangga", place=Place(text="Jl. Contoh 3"), reporter_number="0812-0000-0001"
)
FIRE = Report(type="kebakaran.bangunan", place=Place(text="Jl. Contoh 4"), reporter_number="081200000009")
APPOINTED = replace(PAK_DEDI, in_circle=True)
OUTSIDE = Viewer(person="sari", name="Sari", roles=(Role.DISPATCHER,))
PPA = Viewer(person="op-ppa", name="Op", roles=(Role.AGENCY,), agency="uptd_ppa")
SARI = Person(
    id="sari", username="sari", name="Sari", password_hash="x", roles=(Role.DISPATCHER,), created_at=NINE
)

CITIES = count()


@pytest.fixture(params=["memory", "postgres"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """The same people around both archives."""
    if request.param == "memory":
        yield Room(archive=MemoryArchive("lindung"))
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive = await PostgresArchive.open(dsn, f"lindung-{next(CITIES)}")
    try:
        yield Room(archive=archive)
    finally:
        await archive.close()


async def opens(room: Room, report: Report = VIOLENCE, by: str = "rani") -> str:
    return await room.do(incidents.open_incident, city=room.city, report=report, by=by)


async def knows(room: Room, viewer: Viewer, incident: str) -> bool:
    """Whether she may see it now, with the cases that name her as a session loads them."""
    members = await room.all(CircleMember, person=viewer.person)
    cases = frozenset(one.incident for one in members if one.sees_at(room.now))
    return may_see(replace(viewer, cases=cases), await room.incident(incident))


async def test_a_protected_type_is_restricted_at_once_and_starts_clocks_and_doubt(room: Room) -> None:
    incident = await opens(room)
    found = await room.incident(incident)
    assert (found.protected, found.protected_class) == (True, "perempuan")
    clocks = {one.duty: one for one in await room.all(LegalClock, incident=incident)}
    assert {duty: one.due_at - room.now for duty, one in clocks.items()} == {
        "lapor_polisi": timedelta(hours=72),
        "perlindungan": timedelta(hours=24),
    }
    (safety,) = await room.all(CallSafety, incident=incident)
    assert (safety.number, safety.verdict) == ("081200000001", Verdict.UNKNOWN)
    assert await knows(room, RANI, incident)
    assert await knows(room, APPOINTED, incident)
    assert not await knows(room, OUTSIDE, incident)
    assert "circle.clock_started" in await room.story()


async def test_amended_to_a_protected_type_it_closes_and_who_amended_it_stays_inside(room: Room) -> None:
    incident = await opens(room, FIRE)
    assert await room.all(LegalClock, incident=incident) == []
    room.later(3600)
    await room.do(
        incidents.amend_incident, city=room.city, incident=incident, by="sari", viewer=OUTSIDE,
        type="kekerasan.anak",
    )  # fmt: skip
    found = await room.incident(incident)
    assert (found.protected, found.protected_class) == (True, "kekerasan_anak")
    assert await knows(room, OUTSIDE, incident)
    assert not await knows(room, replace(OUTSIDE, person="other"), incident)
    clock = next(one for one in await room.all(LegalClock, incident=incident) if one.duty == "lapor_polisi")
    assert clock.due_at == found.opened_at + timedelta(hours=72), "the law counts from the report"


async def test_opening_it_to_all_needs_a_supervisor_of_the_circle_and_a_reason(room: Room) -> None:
    incident = await opens(room)
    with pytest.raises(NotFound):
        await room.do(protected.unrestrict, incident=incident, reason="salah jenis", by=PAK_DEDI)
    with pytest.raises(NotAllowed):
        await room.do(protected.unrestrict, incident=incident, reason="salah jenis", by=RANI)
    with pytest.raises(RuleBroken):
        await room.do(protected.unrestrict, incident=incident, reason=" ", by=APPOINTED)
    await room.do(protected.unrestrict, incident=incident, reason="salah jenis", by=APPOINTED)
    assert not (await room.incident(incident)).protected
    assert await room.all(LegalClock, incident=incident) == []
    await room.do(
        incidents.amend_incident, city=room.city, incident=incident, by="rani", viewer=RANI, landmark="masjid"
    )
    assert not (await room.incident(incident)).protected, "a corrected landmark does not close it again"


async def test_any_case_can_be_restricted_by_hand_with_a_class_and_a_reason(room: Room) -> None:
    incident = await opens(room, FIRE)
    about: dict[str, Any] = {"city": room.city, "incident": incident, "by": OUTSIDE}
    for wrong in (
        {"protected_class": "rahasia", "reason": "anak di rumah"},
        {"protected_class": "anak", "reason": ""},
    ):
        with pytest.raises(RuleBroken):
            await room.do(protected.restrict, **about, **wrong)
    await room.do(protected.restrict, **about, protected_class="anak", reason="korban anak")
    assert (await room.incident(incident)).protected_class == "anak"
    assert await knows(room, OUTSIDE, incident), "who restricted it can finish her work"
    with pytest.raises(RuleBroken):
        await room.do(protected.restrict, **about | {"by": APPOINTED}, protected_class="anak", reason="lagi")


async def test_the_circle_names_a_person_until_a_day_and_takes_him_out(room: Room) -> None:
    incident = await opens(room)
    await room.do(add_person, person=SARI)
    naming = {"incident": incident, "person": "sari", "reason": "mengantar ke rumah aman"}
    with pytest.raises(NotFound):
        await room.do(protected.name_person, **naming, days=2, by=OUTSIDE)
    with pytest.raises(RuleBroken):
        await room.do(protected.name_person, **naming, days=4000, by=RANI)
    await room.do(protected.name_person, **naming, days=2, by=RANI)
    assert await knows(room, OUTSIDE, incident)
    room.later(2 * 86_400)
    assert not await knows(room, OUTSIDE, incident), "sight ends by itself"
    await room.do(protected.name_person, **naming, days=9, by=RANI)
    (member,) = [one for one in await room.all(CircleMember, incident=incident) if one.sees_at(room.now)]
    assert (member.kind, member.by, member.reason) == (SightKind.NAMED, "rani", "mengantar ke rumah aman")
    await room.do(protected.end_sight, incident=incident, member=member.id, by=RANI)
    assert not await knows(room, OUTSIDE, incident)


async def test_the_glass_is_broken_for_minutes_with_a_reason_by_those_who_send_help(room: Room) -> None:
    incident = await opens(room)
    taker = replace(RANI, person="tini")
    for who, why, refusal in ((taker, "ambulans di jalan", NotAllowed), (OUTSIDE, " ", RuleBroken)):
        with pytest.raises(refusal):
            await room.do(protected.reveal, incident=incident, reason=why, by=who)
    await room.do(protected.reveal, incident=incident, reason="ambulans tersesat", by=OUTSIDE)
    assert await knows(room, OUTSIDE, incident)
    told = [entry.event for entry in await room.archive.read(0) if isinstance(entry.event, CaseRevealed)]
    assert [(one.person, one.until_at) for one in told] == [
        ("sari", room.now + timedelta(minutes=REVEAL_MINUTES))
    ]
    room.later(REVEAL_MINUTES * 60)
    assert not await knows(room, OUTSIDE, incident)
    with pytest.raises(NotFound):
        await room.do(protected.reveal, incident=await opens(room, FIRE), reason="coba", by=OUTSIDE)


async def test_a_legal_clock_rings_its_circle_before_and_after_its_end_until_it_is_met(room: Room) -> None:
    incident = await opens(room)
    await room.follow()
    assert await room.do(protected.watch_legal_clocks) == 0
    room.later(18 * 3600)
    assert await room.do(protected.watch_legal_clocks) == 1
    assert await room.do(protected.watch_legal_clocks) == 0, "said once"
    room.later(6 * 3600)
    assert await room.do(protected.watch_legal_clocks) == 1, "and once more when it is too late"
    alarm = await room.one(Alarm, f"A15:{incident}:perlindungan")
    assert (alarm.priority, alarm.incident, alarm.cleared_at) == (2, incident, None)
    with pytest.raises(NotFound):
        await room.do(
            protected.meet_duty,
            city=room.city,
            incident=incident,
            duty="perlindungan",
            how="rumah aman",
            by=OUTSIDE,
        )
    await room.do(
        protected.meet_duty, city=room.city, incident=incident, duty="perlindungan", how="rumah aman", by=PPA
    )
    assert (await room.one(Alarm, alarm.id)).cleared_at == room.now
    clock = await room.one(LegalClock, f"{incident}:perlindungan")
    assert (clock.done_by, clock.done_how, clock.is_late(room.now)) == ("op-ppa", "rumah aman", False)
    raised = [one.event for one in await room.archive.read(0) if isinstance(one.event, AlarmRaised)]
    assert len([one for one in raised if one.kind == "A15"]) == 2


async def test_no_machine_rings_or_texts_a_victim_and_nobody_a_number_marked_unsafe(room: Room) -> None:
    rules = room.city.room
    rules = replace(
        rules, call_back=replace(rules.call_back, auto_call=True, auto_text=True, text_within_minutes=60)
    )
    await opens(room, replace(VIOLENCE, reporter_number="+62 812-0000-0001"))
    await room.on_duty("rani")
    missed = await room.rings("call-9")  # from 081200000001
    await gives_up(room, missed)
    room.later(120)
    automatic: dict[str, Any] = {"room": rules, "zone": room.city.zone}
    assert await room.do(ring_missed, **automatic) is None
    assert await room.do(text_missed, room=rules, gateway=True) == 0
    await say(room, Verdict.NO)
    with pytest.raises(RuleBroken, match="tidak aman"):
        await ring_by_hand(room, missed)
    await say(room, Verdict.HOURS, from_hour=time(18), until_hour=time(6))  # it is 16:02 in the city
    with pytest.raises(RuleBroken, match="tidak aman"):
        await ring_by_hand(room, missed)
    assert await room.do(text_missed, room=rules, gateway=True) == 0
    await say(room, Verdict.YES)
    assert await room.do(text_missed, room=rules, gateway=True) == 1
    assert await room.do(ring_missed, **automatic) == missed


def test_numbers_are_compared_by_their_digits() -> None:
    assert {digits_of(one) for one in ("0812-0000-0001", "+6281200000001", "62 812 0000 0001")} == {
        "081200000001"
    }
    assert digits_of("112") == "112"


async def test_a_report_through_a_door_of_its_own_is_protected_from_its_first_moment(room: Room) -> None:
    report = ProtectedReport(
        place=Place(text="dekat pasar"),
        words="anak sering menangis malam hari",
        reporter_number="081311112222",
    )
    with pytest.raises(NotFound):
        await room.do(report_protected, city=room.city, channel="kotak_saran", report=report, by="rani")
    incident = await room.do(report_protected, city=room.city, channel="wadul_bae", report=report, by="rani")
    found = await room.incident(incident)
    assert (found.source, found.report_channel, found.protected_class) == (
        Source.REPORT,
        "wadul_bae",
        "kekerasan_anak",
    )
    assert not await knows(room, OUTSIDE, incident)
    await room.follow()
    assert set(await room.asked(incident)) == {"uptd_ppa", "polres"}
    assert len(await room.all(LegalClock, incident=incident)) == 2


# --- small acts ---------------------------------------------------------------------------------------------------


async def add_person(tx: Transaction, *, person: Person, now: object) -> None:
    tx.put(person)


async def gives_up(room: Room, call: str) -> None:
    await room.do(calls.caller_hung_up, call=call, cause="bye")


async def ring_by_hand(room: Room, call: str) -> str:
    return await room.do(
        conversation.call_back,
        call=call,
        taker="rani",
        rules=room.city.room.conversation,
        zone=room.city.zone,
    )


async def say(room: Room, verdict: Verdict, **hours: Any) -> None:
    """What the reporter says when somebody asks whether it is safe to ring him."""
    (incident,) = {one.incident for one in await room.all(CallSafety)}
    reporter = (await room.all(Reporter, incident=incident))[0]
    room.later(1)
    await room.do(
        protected.set_call_safety, city=room.city, incident=incident, reporter=reporter.id, verdict=verdict,
        by=RANI, **hours,
    )  # fmt: skip
