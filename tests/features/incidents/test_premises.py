"""Facts about places: an owner and an end, the law for facts about persons, what stands first on the sheet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.event import PersonalDataRead
from siaga.domain.premises import Premises
from siaga.domain.roles import Role, Viewer
from siaga.features.incidents.premises import actions as premises
from siaga.features.incidents.premises.actions import Fact
from siaga.features.incidents.premises.queries import hazards_all, hazards_near, listed, near
from siaga.records.memory import MemoryArchive
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.room import PAK_DEDI, RANI, Room, of_agency

GAS = Fact(
    kind="hazard",
    text="Tabung gas 50 kg di  gudang",
    where="Jl. Contoh 3",
    lat=-6.72,
    lon=108.55,
    owner="damkar",
)
PERSON = replace(
    GAS, text="Penghuni memukul petugas", owner="polres", about_person=True, legal_basis="UU 2/2002 pasal 14"
)
DAMKAR = of_agency("damkar")
CITIES = count()


@pytest.fixture(params=["memory", "postgres"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """The same people around both archives."""
    if request.param == "memory":
        yield Room(archive=MemoryArchive("tempat"))
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive = await PostgresArchive.open(dsn, f"tempat-{next(CITIES)}")
    try:
        yield Room(archive=archive)
    finally:
        await archive.close()


async def keeps(room: Room, fact: Fact = GAS, by: Viewer = RANI, **more: str) -> str:
    return await room.do(premises.keep_premises, city=room.city, fact=fact, by=by, **more)


@pytest.mark.parametrize(
    ("wrong", "by", "refusal"),
    [
        ({"text": "  "}, RANI, RuleBroken),
        ({"kind": "gossip"}, RANI, RuleBroken),
        ({"radius_m": 9000.0}, RANI, RuleBroken),
        ({"lat": 95.0}, RANI, RuleBroken),
        ({"days": 0}, RANI, RuleBroken),
        ({"days": 4000}, RANI, RuleBroken),
        ({"days": 700}, RANI, RuleBroken),
        ({"owner": "tidak_ada"}, RANI, NotFound),
        ({"about_person": True}, PAK_DEDI, RuleBroken),
        ({"about_person": True, "legal_basis": "UU 2/2002 pasal 14"}, RANI, NotAllowed),
        ({"owner": "polres"}, DAMKAR, NotAllowed),
    ],
)
async def test_what_may_not_be_kept_is_refused_in_words(
    wrong: dict[str, object], by: Viewer, refusal: type[Exception]
) -> None:
    room = Room(archive=MemoryArchive("tempat"))
    with pytest.raises(refusal):
        await keeps(room, replace(GAS, **wrong), by)  # type: ignore[arg-type]
    assert await room.all(Premises) == []


async def test_a_fact_ends_after_twelve_months_unless_somebody_looks_again(room: Room) -> None:
    kept = await keeps(room, by=DAMKAR)
    found = await room.one(Premises, kept)
    assert (found.text, found.expires_at - room.now) == ("Tabung gas 50 kg di gudang", timedelta(days=365))
    room.later(340 * 86_400)
    assert found.wants_review(room.now)
    with pytest.raises(NotAllowed):
        await room.do(premises.review_premises, premises=kept, days=365, reason="", by=of_agency("polres"))
    await room.do(premises.review_premises, premises=kept, days=700, reason="tangki tertanam", by=DAMKAR)
    room.later(400 * 86_400)
    assert await room.do(premises.expire_premises) == 0
    room.later(301 * 86_400)
    assert await room.do(premises.expire_premises) == 1
    assert (await room.one(Premises, kept)).ended_by is None
    assert await room.do(premises.expire_premises) == 0
    assert [name for name in await room.story() if name.startswith("premises")] == [
        "premises.kept",
        "premises.reviewed",
        "premises.ended",
    ]


async def test_a_fact_is_changed_and_ended_by_its_owner_or_the_room(room: Room) -> None:
    kept = await keeps(room)
    await keeps(room, replace(GAS, text="Gudang kosong", kind="note"), DAMKAR, premises=kept)
    assert (await room.one(Premises, kept)).text == "Gudang kosong"
    with pytest.raises(NotAllowed):
        await room.do(premises.end_premises, premises=kept, by=of_agency("polres"))
    await room.do(premises.end_premises, premises=kept, by=DAMKAR)
    with pytest.raises(RuleBroken):
        await keeps(room, GAS, DAMKAR, premises=kept)


async def test_a_fact_about_a_person_is_read_for_a_recorded_reason_only(room: Room) -> None:
    kept = await keeps(room, PERSON, PAK_DEDI)
    with pytest.raises(NotAllowed):
        await room.do(premises.read_about_person, premises=kept, reason="petugas di jalan", by=RANI)
    with pytest.raises(RuleBroken):
        await room.do(premises.read_about_person, premises=kept, reason=" ", by=PAK_DEDI)
    said = await room.do(premises.read_about_person, premises=kept, reason="petugas di jalan", by=PAK_DEDI)
    assert said == "Penghuni memukul petugas"
    read = [one.event for one in await room.archive.read(0) if isinstance(one.event, PersonalDataRead)]
    assert [(one.by, one.subject, one.reason) for one in read] == [("dedi", kept, "petugas di jalan")]


async def test_a_file_is_kept_whole_or_not_at_all(room: Room) -> None:
    rows = [GAS, replace(GAS, text="Gerbang digembok", kind="access")]
    with pytest.raises(RuleBroken):
        await room.do(
            premises.import_premises, city=room.city, facts=[*rows, replace(GAS, text="")], by=DAMKAR
        )
    assert await room.all(Premises) == []
    assert await room.do(premises.import_premises, city=room.city, facts=rows, by=DAMKAR) == 2


async def test_hazards_stand_first_and_each_reader_sees_what_concerns_him(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, f"tempat-{next(CITIES)}")
    room = Room(archive=archive)
    try:
        await keeps(room, replace(GAS, text="Kunci di satpam", kind="contact"))
        await keeps(room, replace(GAS, lat=-6.7205))
        await keeps(room, PERSON, PAK_DEDI)
        await keeps(room, replace(GAS, text="Jauh", lat=-6.80))
        await room.do(premises.end_premises, premises=await keeps(room, replace(GAS, text="Lama")), by=RANI)
        spot = {"lat": -6.72, "lon": 108.55}
        found = await near(archive, RANI, room.now, **spot)
        assert [(one.kind, one.distance_m) for one in found] == [("hazard", 16), ("contact", 0)]
        assert [one.text for one in await near(archive, DAMKAR, room.now, **spot)] == [
            "Tabung gas 50 kg di gudang",
            "Kunci di satpam",
        ]
        assert [one.text for one in await near(archive, of_agency("pln"), room.now, **spot)] == [
            "Tabung gas 50 kg di gudang"
        ]
        boss = await hazards_near(archive, PAK_DEDI, room.now, **spot)
        assert [(one.about_person, one.text) for one in boss] == [
            (True, ""),
            (False, "Tabung gas 50 kg di gudang"),
        ]
        on_map = await hazards_all(archive, PAK_DEDI, room.now)
        assert sorted(one.text for one in on_map) == ["Jauh", "Tabung gas 50 kg di gudang"]
        assert "memukul" not in repr(await listed(archive, PAK_DEDI, room.now))
        assert await listed(archive, PAK_DEDI, room.now, sought="memukul") == []
        room.later(366 * 86_400)
        assert await near(archive, RANI, room.now, **spot) == [], "what has ended is not shown, ticker or not"
        wall = Viewer(person="w", name="W", roles=(Role.WALL,))
        assert await listed(archive, wall, room.now) == []
    finally:
        await archive.close()
