"""Another caller about an incident we have: nothing he said is lost, no second incident, and it can be undone."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from siaga.domain.call import Disposition
from siaga.domain.desk import Sheet
from siaga.domain.errors import NotFound
from siaga.domain.event import CallerJoined, CallerParted
from siaga.domain.incident import Incident, Note, Reporter
from siaga.domain.place import Place
from siaga.domain.statement import Statement
from siaga.features.calls import actions as calls
from siaga.features.console.undo import undo_last
from siaga.features.incidents import actions as incidents
from siaga.features.incidents import joining
from siaga.features.incidents.joining import Told
from siaga.features.incidents.undoing import UNDO
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import FIRE, PAK_DEDI, RANI, Room

CITIES = itertools.count()
SMOKE = Told(
    type="kebakaran.lain",
    what="asap tebal di belakang masjid",
    place=Place(text="Gg. Contoh 1", lat=-6.72, lon=108.55, accuracy_m=30.0),
    landmark="masjid",
    rt_rw="3/5",
    hazards=("terjebak",),
    name="Bu Ani",
    lines=("anak masih di dalam",),
)


@pytest.fixture(params=["memory", "postgres"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "memory":
        yield Room()
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive = await PostgresArchive.open(dsn, f"gabung-{next(CITIES)}")
    yield Room(archive=archive)
    await archive.close()


async def joined(room: Room, told: Told = SMOKE) -> tuple[str, str]:
    """A fire, and a second caller joined to it: the incident and his statement."""
    fire = await room.do(incidents.open_incident, city=room.city, report=FIRE, by="rani")
    await room.talking("rani", "call-2")
    statement = await room.do(
        joining.join_caller, city=room.city, incident=fire, call="call-2", sheet="call-2", told=told, by=RANI
    )
    return fire, statement


async def story(room: Room, incident: str) -> list[str]:
    notes = await room.all(Note, incident=incident, order=("at", "id"))
    return [note.text for note in notes if note.struck_at is None]


async def test_all_he_said_goes_along_and_no_second_incident_is_made(room: Room):
    fire, statement = await joined(room)

    assert [one.id for one in await room.all(Incident)] == [fire]
    assert await story(room, fire) == [
        "Pelapor lain: asap tebal di belakang masjid – Gg. Contoh 1, patokan masjid, RT/RW 3/5",
        "anak masih di dalam",
    ]
    reporter = (await room.all(Reporter, incident=fire))[-1]
    assert (reporter.name, reporter.call) == ("Bu Ani", "call-2")
    assert (await room.incident(fire)).hazards == ("terjebak",), "whoever drives there must know"
    assert (await room.call("call-2")).incident == fire
    assert (await room.one(Sheet, "call-2")).incident == fire
    kept = await room.one(Statement, statement)
    assert (kept.landmark, kept.lines) == ("masjid", ("asap tebal di belakang masjid", "anak masih di dalam"))


async def test_taken_back_within_seconds_her_sheet_is_a_sheet_again(room: Room):
    fire, statement = await joined(room)

    assert await room.do(joining.undo_join, sheet="call-2", by=RANI) == statement

    assert await story(room, fire) == []
    assert len(await room.all(Note, incident=fire)) == 2, "struck lines stay readable"
    assert await room.all(Reporter, call="call-2") == []
    call = await room.call("call-2")
    assert (call.incident, call.disposition, call.is_talking) == (None, None, True)
    assert (await room.one(Sheet, "call-2")).incident is None
    own = await room.do(
        incidents.open_incident, city=room.city, report=FIRE, by="rani", call="call-2", sheet="call-2"
    )
    assert (await room.call("call-2")).incident == own
    events = [entry.event for entry in await room.archive.read(0)]
    assert [type(event) for event in events if isinstance(event, CallerJoined | CallerParted)] == [
        CallerJoined,
        CallerParted,
    ]
    await room.refuses("tidak bergabung", joining.undo_join, sheet="call-2", by=RANI)


async def test_the_last_act_can_be_taken_back_by_key(room: Room):
    fire, _ = await joined(room)
    room.later(5)

    said = await room.do(undo_last, kinds=UNDO, city=room.city, by=RANI)

    assert said[-1][0] == "Pelapor digabung ke #{number}"
    assert await room.all(Reporter, incident=fire, call="call-2") == []


async def test_later_he_becomes_an_incident_of_his_own_from_what_was_kept(room: Room):
    fire, statement = await joined(room)
    room.later(3600)
    given: dict[str, Any] = {"city": room.city, "incident": fire, "statement": statement, "by": PAK_DEDI}

    await room.refuses("Tulis mengapa", joining.part_caller, reason=" ", **given)
    await room.do(calls.end_call, call="call-2", taker="rani")
    own = await room.do(joining.part_caller, reason="lain gang, lain api", **given)

    apart = await room.incident(own)
    assert (apart.type, apart.place.text, apart.landmark, apart.hazards) == (
        "kebakaran.lain", "Gg. Contoh 1", "masjid", ("terjebak",),
    )  # fmt: skip
    assert await story(room, own) == ["asap tebal di belakang masjid", "anak masih di dalam"]
    assert await story(room, fire) == []
    assert [one.name for one in await room.all(Reporter, incident=own)] == ["Bu Ani"]
    call = await room.call("call-2")
    assert (call.incident, call.disposition) == (own, Disposition.REAL)
    kept = await room.one(Statement, statement)
    assert (kept.became, kept.parted_reason) == (own, "lain gang, lain api")
    await room.refuses("sudah dipisahkan", joining.part_caller, reason="sekali lagi", **given)


async def test_a_caller_who_said_nothing_gets_the_place_copied_and_marked(room: Room):
    fire, statement = await joined(room, Told())

    own = await room.do(
        joining.part_caller,
        city=room.city,
        incident=fire,
        statement=statement,
        reason="salah gabung",
        by=RANI,
    )

    apart = await room.incident(own)
    assert (apart.type, apart.place.text) == (FIRE.type, FIRE.place.text)
    assert "belum ditanyakan kepada pelapor" in (await story(room, own))[-1]


async def test_nobody_joins_what_he_may_not_see_or_what_is_closed(room: Room):
    case = await room.do(
        incidents.open_incident, city=room.city, report=replace(FIRE, type="kekerasan.anak"), by="septi"
    )
    await room.talking("rani", "call-2")
    given: dict[str, Any] = {
        "city": room.city,
        "call": "call-2",
        "sheet": "call-2",
        "told": SMOKE,
        "by": RANI,
    }

    with pytest.raises(NotFound):
        await room.do(joining.join_caller, incident=case, **given)

    fire = await room.do(incidents.open_incident, city=room.city, report=FIRE, by="rani")
    await room.do(incidents.close_incident, incident=fire, outcome="handled", by="rani")
    await room.refuses("sudah ditutup", joining.join_caller, incident=fire, **given)
    assert await room.all(Statement) == []


async def test_somebody_at_the_door_is_a_reporter_without_a_call():
    room = Room(archive=MemoryArchive("kota-contoh"))
    fire = await room.do(incidents.open_incident, city=room.city, report=FIRE, by="rani")
    sheet = await room.do(incidents.new_sheet, taker="rani")

    await room.do(
        joining.join_caller, city=room.city, incident=fire, call=None, sheet=sheet, told=SMOKE, by=RANI
    )

    assert [one.name for one in await room.all(Reporter, incident=fire)] == ["Bu Ani"]
    assert (await room.one(Sheet, sheet)).incident == fire
