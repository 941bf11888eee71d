"""Fixes from every source reach their call, on PostgreSQL and on the twin; none of them moves an incident."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from siaga.adapters.maps.held import RecordedServer
from siaga.adapters.messages.channels import RecordedMessages
from siaga.adapters.messages.outgoing import Sender
from siaga.adapters.phone.sip.location_headers import location_in
from siaga.domain.caller_location import CallerLocation, Cell, Fix, LocationAsk, LocationSource
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.event import LocationAdopted, LocationReceived
from siaga.domain.location_link import LocationLink
from siaga.domain.location_rules import LocationRules
from siaga.domain.message import Message
from siaga.features.calls import actions as calls
from siaga.features.incidents import actions as incidents
from siaga.features.locating import links, recording
from siaga.features.locating.asking import Asker, rebid
from siaga.features.locating.following import Locating
from siaga.features.locating.links import SmsWay, address_of, link_in
from siaga.records.archive import Archive, Transaction
from siaga.records.followers import Follower, catch_up
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.domain.test_location_formats import CIRCLE, shape
from tests.room import FIRE, Room, sample_city

CITIES = itertools.count()
HERE = Fix(lat=-6.7384, lon=108.5517, accuracy_m=14, confidence_percent=95, method="GPS")
CELL = "5101012340123456"
WAY = SmsWay(secret=b"s" * 32, public_url="https://112.example.id", gateway=True)
RULES = LocationRules(reference_hosts=("lis.example.id",))


def measured(inside: str) -> bytes:
    """A network's answer, measured a minute before nine."""
    return shape(inside).replace(b"2026-11-22T04:00:00Z", b"2026-08-17T08:59:00Z")


def a_city(**rules: Any) -> City:
    city = sample_city()
    return replace(city, room=replace(city.room, locations=replace(RULES, **rules)))


@pytest.fixture(params=["memory", "postgres"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "memory":
        yield Room(archive=MemoryArchive("kota-contoh"), city=a_city())
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    opened = await PostgresArchive.open(dsn, f"kota-lokasi-{next(CITIES)}")
    yield Room(archive=opened, city=a_city())
    await opened.close()


async def follows(room: Room) -> None:
    await catch_up(room.archive, Follower("locations", Locating(room.city).react), lambda: room.now)


async def fixes(room: Room, call: str | None = "call-1") -> list[CallerLocation]:
    return await room.all(CallerLocation, call=call, order=("received_at",))


async def put(archive: Archive, *entities: Any, now: Any) -> None:
    async def keep(tx: Transaction, *, now: Any) -> None:
        tx.put(*entities)

    await archive.do(keep, now=now)


async def test_the_header_of_the_call_becomes_the_cells_circle_and_its_event_says_nothing_of_where(
    room: Room,
) -> None:
    await put(room.archive, Cell(id=CELL, lat=-6.72, lon=108.55, radius_m=800, azimuth_deg=90, imported_at=room.now,
                                 name="Lemahwungkuk 2"), now=room.now)  # fmt: skip
    await room.rings()
    told = location_in({"P-Access-Network-Info": f"3GPP-E-UTRAN-FDD;utran-cell-id-3gpp={CELL}"}, RULES)
    for _ in range(2):  # a report may be delivered twice
        await room.do(recording.location_told, call="call-1", **told)
    (circle,) = await fixes(room)
    assert (circle.source, circle.method, circle.confidence_percent) == (
        LocationSource.CELL,
        "Lemahwungkuk 2",
        None,
    )
    assert circle.lon > 108.55
    assert circle.accuracy_m is not None
    assert 400 < circle.accuracy_m < 800
    said = [entry.event for entry in await room.archive.read(0) if isinstance(entry.event, LocationReceived)]
    assert [(event.call, event.source, event.location) for event in said] == [("call-1", "cell", circle.id)]


async def test_a_cell_the_city_does_not_know_is_said_and_not_guessed(room: Room) -> None:
    await room.rings()
    await room.do(recording.location_told, call="call-1", cells=[CELL])
    assert await fixes(room) == []
    (ask,) = await room.all(LocationAsk, call="call-1")
    assert ask.trouble == f"sel tidak ada di tabel kota: {CELL}"


@pytest.mark.parametrize("number", ["+6281200000001", "6281200000001", "081200000001"])
@pytest.mark.parametrize("first", ["call", "message"])
async def test_a_telephones_message_finds_its_call_whichever_comes_first(
    room: Room, number: str, first: str
) -> None:
    if first == "call":
        await room.rings()
        await follows(room)
    found = await room.do(recording.aml_received, number=number, fix=HERE, rules=RULES)
    assert found == ("call-1" if first == "call" else None)
    if first == "message":
        assert [one.number for one in await fixes(room, None)] == [number]
        room.later(60)
        await room.rings()
        await follows(room)
    (fix,) = await fixes(room)
    assert (fix.source, fix.accuracy_m, fix.number) == (LocationSource.AML, 14, None)
    assert await fixes(room, None) == []


async def test_a_message_of_another_telephone_or_another_hour_is_kept_and_given_to_nobody(room: Room) -> None:
    await room.do(recording.aml_received, number="+6281299999999", fix=HERE, rules=RULES)
    await room.do(recording.aml_received, number="+6281200000001", fix=HERE, rules=RULES)
    room.later(11 * 60)
    await room.rings()
    await follows(room)
    assert await fixes(room) == []
    assert len(await fixes(room, None)) == 2


async def test_a_press_brings_its_own_place(room: Room) -> None:
    call = await room.panic()
    await follows(room)
    (fix,) = await fixes(room, call)
    assert (fix.source, fix.lat, fix.lon, fix.accuracy_m) == (LocationSource.PANIC, -6.72, 108.55, 20.0)


async def test_fixes_of_all_sources_stand_beside_each_other(room: Room) -> None:
    await room.rings()
    for source, accuracy in (
        (LocationSource.CELL, 400.0),
        (LocationSource.AML, 30.0),
        (LocationSource.AML, 12.0),
    ):
        room.later(1)
        fix = replace(HERE, accuracy_m=accuracy)
        await room.do(recording.receive_fix, call="call-1", source=source, fix=fix)
    await room.do(
        recording.receive_fix, call="call-1", source=LocationSource.AML, fix=replace(HERE, accuracy_m=12.0)
    )
    assert [one.accuracy_m for one in await fixes(room)] == [400, 30, 12]  # the repeated one says nothing new


async def test_the_network_is_asked_by_itself_then_by_her_key_and_what_it_cannot_say_is_said(
    room: Room,
) -> None:
    server = RecordedServer()
    asker = Asker(room.archive, server)
    await room.on_duty("rani")
    await room.rings()
    await room.do(recording.location_told, call="call-1", uri="https://lis.example.id/1")
    assert await asker.ask_due(room.now) == 1
    assert await fixes(room) == []
    assert [one.trouble for one in await room.all(LocationAsk)] == ["jaringan tidak menjawab"]
    await room.do(calls.answer_call, taker="rani", call="call-1")
    await follows(room)
    server.documents = [measured(CIRCLE), measured(CIRCLE.replace("850.24", "60"))]
    asked = []
    for _ in range(40):
        room.later(1)
        asked.append(await asker.ask_due(room.now))
    assert [second + 1 for second, one in enumerate(asked) if one] == [5, 15, 30]
    assert [one.accuracy_m for one in await fixes(room)] == [850.24, 60]
    assert "ditanya ulang" in await room.do(rebid, call="call-1", by="rani", rules=RULES)
    assert await asker.ask_due(room.now) == 1
    assert len(await fixes(room)) == 2
    await room.do(calls.end_call, taker="rani", call="call-1")
    await room.do(rebid, call="call-1", by="rani", rules=RULES)
    assert await asker.ask_due(room.now) == 0 or (await room.all(LocationAsk))[0].next_at is None


async def test_what_cannot_be_asked_again_is_refused_with_what_can_be_done(room: Room) -> None:
    await room.rings()
    await room.refuses("Tekan F8", rebid, call="call-1", by="rani", rules=RULES)
    await room.do(recording.location_told, call="call-1", cells=[CELL])
    await room.refuses("hanya dikirim sekali", rebid, call="call-1", by="rani", rules=RULES)


async def test_the_citys_own_agreement_is_asked_with_the_number_and_never_for_a_telephone_without_sim(
    room: Room,
) -> None:
    room.city = a_city(server_url="https://lis.example.id/where?tel={number}")
    await room.rings()
    await follows(room)
    (ask,) = await room.all(LocationAsk)
    assert ask.uri == "https://lis.example.id/where?tel=081200000001"
    prefix = room.city.room.callers.no_sim_prefixes[0]
    await room.do(
        calls.call_arrived,
        call="call-2",
        number=f"{prefix}99999",
        display_name=None,
        node="n",
        channel="voice",
    )
    await follows(room)
    assert len(await room.all(LocationAsk)) == 1


async def test_the_link_goes_out_as_one_text_and_brings_fixes_for_five_minutes(room: Room) -> None:
    await room.rings()
    name = await room.do(links.send_link, call="call-1", by="rani", city=room.city, way=WAY)
    await room.refuses("Tunggu", links.send_link, call="call-1", by="rani", city=room.city, way=WAY)
    (message,) = await room.all(Message)
    address = address_of(name, WAY)
    assert message.to == "081200000001"
    assert message.text.endswith(address)
    assert len(message.text) <= 160
    texts = RecordedMessages()
    await Sender(room.archive, RecordedMessages(), RecordedMessages(), lambda: room.now, texts).send_due()
    assert [text for _, _, text in texts.sent.values()] == [message.text]
    word = address.rpartition("/")[2]
    assert link_in(WAY.secret, word) == name
    for forged in (word[:-1] + ("1" if word.endswith("0") else "0"), word[:-1], name, "x" * 20, ""):
        with pytest.raises(NotAllowed):
            link_in(WAY.secret, forged)
    await room.do(links.open_link, link=name)
    for metres in (50, 20):
        room.later(10)
        await room.do(links.tell_link, link=name, fix=replace(HERE, accuracy_m=metres), rules=RULES)
    assert [one.accuracy_m for one in await fixes(room)] == [50, 20]
    assert "dengan sendirinya" in await room.do(rebid, call="call-1", by="rani", rules=RULES)
    await room.do(links.stop_link, link=name)
    with pytest.raises(NotAllowed):
        await room.do(links.tell_link, link=name, fix=HERE, rules=RULES)
    assert (await room.one(LocationLink, name)).fixes == 2


async def test_no_fix_moves_an_incident_until_a_person_takes_it(room: Room) -> None:
    """UT-42. Even taking it changes only what she then sends."""
    await room.talking("rani", "call-1")
    incident = await room.opens("call-1")
    before = (await room.incident(incident)).place
    server = RecordedServer(shape(CIRCLE))
    await room.do(
        recording.location_told,
        call="call-1",
        uri="https://lis.example.id/1",
        fixes=[{"lat": -6.9, "lon": 107.6}],
    )
    await room.do(recording.aml_received, number="081200000001", fix=HERE, rules=RULES)
    await follows(room)
    await Asker(room.archive, server).ask_due(room.now)
    assert len(await fixes(room)) == 3
    assert (await room.incident(incident)).place == before
    taken = await room.do(recording.adopt, location=(await fixes(room))[1].id, taker="rani")
    assert (await room.incident(incident)).place == before
    place = replace(FIRE.place, lat=taken.lat, lon=taken.lon)
    await room.do(incidents.amend_incident, city=room.city, incident=incident, by="rani", place=place)
    assert (await room.incident(incident)).place.lat == taken.lat
    said = [entry.event for entry in await room.archive.read(0) if isinstance(entry.event, LocationAdopted)]
    assert [(event.by, event.call) for event in said] == [("rani", "call-1")]


async def test_a_location_nobody_is_known_for_cannot_be_taken(room: Room) -> None:
    await room.do(recording.aml_received, number="0899", fix=HERE, rules=RULES)
    (stray,) = await fixes(room, None)
    with pytest.raises(RuleBroken):
        await room.do(recording.adopt, location=stray.id, taker="rani")
