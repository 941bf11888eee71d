"""The condition in SQL and the rule in the domain say the same of everybody, and can be written for any query."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from siaga.domain.place import Place, PlaceMethod
from siaga.domain.protection import may_see
from siaga.domain.roles import Role, Viewer
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.features.incidents.visibility import call_visible_sql, coarse, visible_sql
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import FIRE, RANI, Room, of_agency

VIOLENCE = Report(type="kekerasan.anak", place=Place(text="Jl. Contoh 5", kelurahan="32.74.05.1001"))


@pytest.fixture
async def room(postgres_dsn: str) -> AsyncIterator[Room]:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, "terlihat")
    try:
        yield Room(archive=archive)
    finally:
        await archive.close()


async def test_the_query_and_the_rule_agree_on_everybody_of_the_room(room: Room) -> None:
    archive = room.archive
    assert isinstance(archive, PostgresArchive)
    await room.talking("rani")
    hidden = await room.opens(call="call-1", report=VIOLENCE)
    fire = await room.opens(report=FIRE, by="sari")
    await room.follow()
    found = [await room.incident(one) for one in (hidden, fire)]
    people = [
        replace(RANI, person=person, in_circle=in_circle, cases=frozenset(cases))
        for person, in_circle, cases in itertools.product(
            ("rani", "sari"), (False, True), ((), (hidden,), (fire,), (hidden, fire))
        )
    ]
    for viewer in people:
        sql, values = visible_sql(viewer, room.city, alias="mine", first=3)
        rows = await archive.rows(
            f"select mine.id from incident mine where mine.city_id = $1 and mine.id <> $2 and {sql}",
            "",
            *values,
        )
        assert {row["id"] for row in rows} == {one.id for one in found if may_see(viewer, one)}, viewer
        sql, values = call_visible_sql(viewer, room.city, alias="phoned")
        calls = await archive.rows(
            f"select phoned.id from call phoned where phoned.city_id = $1 and {sql}", *values
        )
        assert [row["id"] for row in calls] == (["call-1"] if may_see(viewer, found[0]) else []), viewer


async def test_an_agency_sees_what_it_was_asked_until_it_says_that_it_is_not_its_own(room: Room) -> None:
    archive = room.archive
    assert isinstance(archive, PostgresArchive)
    hidden = await room.do(incidents.open_incident, city=room.city, report=VIOLENCE, by="rani")
    await room.follow()

    async def sees(viewer: Viewer) -> bool:
        sql, values = visible_sql(viewer, room.city)
        found = await archive.rows(
            f"select i.id from incident i where i.city_id = $1 and {sql} and i.id = $7", *values, hidden
        )
        return bool(found)

    assert await sees(of_agency("uptd_ppa"))
    assert not await sees(of_agency("rsud")), "not asked"
    boss = Viewer(person="boss", name="B", roles=(Role.SUPERVISOR,), in_circle=True)
    await room.do(dispatch.ask_agency, city=room.city, incident=hidden, agency="damkar", by=boss)
    assert not await sees(of_agency("damkar")), "asked, but not of the circle"
    asked = await room.assignment(hidden, "polres")
    polres = of_agency("polres")
    assert await sees(polres)
    await room.do(dispatch.decline, assignment=asked.id, by=polres, reason="bukan wilayah kami")
    assert not await sees(polres)


def test_a_coarse_place_has_neither_words_nor_a_point() -> None:
    place = Place(text="Jl. Rahasia 1", lat=-6.7, lon=108.5, kelurahan="32.74.05.1001", kecamatan="32.74.05")
    told = coarse(place)
    assert (told.text, told.lat, told.lon, told.kelurahan) == ("", None, None, "32.74.05.1001")
    assert told.method is PlaceMethod.GIVEN
    assert coarse(Place(text="entah")).method is PlaceMethod.UNKNOWN
