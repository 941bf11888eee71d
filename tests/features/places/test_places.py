"""Names are imported and learnt, in one process and at once in another; a person's word makes a place sure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx

from siaga import clock
from siaga.adapters.maps.living_places import LivingPlaces
from siaga.domain.call import Call, CallState, Disposition
from siaga.domain.event import IncidentPlaceConfirmed, PlaceLearned, PlaceLessonJudged, PlaceNamesImported
from siaga.domain.incident import Incident
from siaga.domain.known_place import (
    WITHDRAWN,
    LessonSource,
    LessonState,
    PlaceImport,
    PlaceLesson,
    PlaceName,
    PlaceSource,
)
from siaga.domain.place import Place
from siaga.domain.put_away import Referral
from siaga.domain.roles import Role
from siaga.features.calls import actions as calls
from siaga.features.incidents.actions import amend_incident
from siaga.features.incidents.premises.lessons import Meant, teach
from siaga.features.incidents.protected.actions import restrict
from siaga.features.places.actions import bring_in, judge_lesson, new_batch, take_back
from siaga.records.archive import Transaction
from tests.a_web_process import Web
from tests.features.scenes import BOSS, a_hidden_case, opened
from tests.room import Room

WAIT_SECONDS_MAX = 20.0
TUGU = Place(text="tugu lama", lat=-6.991, lon=110.001)


async def every(web: Web, entity: type) -> list[Any]:
    async def find(tx: Transaction) -> list[Any]:
        return await tx.find(entity)

    found: list[Any] = await web.archive.look(find)
    return found


async def until_proposed(desk: httpx.AsyncClient, words: str, name: str) -> list[dict[str, Any]]:
    """The proposals once ``name`` is the first of them."""
    deadline = clock.monotonic() + WAIT_SECONDS_MAX
    while True:
        found: list[dict[str, Any]] = (await desk.get("/meja/dimana", params={"q": words})).json()
        if found and found[0]["name"] == name:
            return found
        assert clock.monotonic() < deadline, found
        await asyncio.sleep(0.05)


def fire(where: str, place: dict[str, Any] | None) -> dict[str, Any]:
    return {"fields": {"what": "kebakaran", "type": None, "where": where, "place": place}}


async def test_a_list_is_proposed_as_soon_as_it_is_in_and_gone_when_it_is_taken_back(web: Web):
    desk = await web.signed_in(Role.TAKER)
    names = [
        PlaceName(id=f"n{at}", batch="b", name=f"Menara {at}", kind="menara", lat=-6.99, lon=110.0)
        for at in range(3)
    ]
    batch = new_batch()
    names = [replace(name, batch=batch) for name in names]
    rows = await bring_in(
        web.archive,
        names,
        batch=batch,
        file="menara.csv",
        source=PlaceSource.FILE,
        by="test",
        now=clock.now(),
    )
    assert rows == 3
    found = await until_proposed(desk, "menara 2", "Menara 2")
    assert found[0]["kind"] == "menara"
    assert found[0]["unverified"]

    assert await take_back(web.archive, batch, by="test", now=clock.now()) == 3
    (kept,) = await every(web, PlaceImport)
    assert kept.undone_by == "test"
    assert await every(web, PlaceName) == []


async def test_a_newer_extract_takes_the_place_of_the_one_before(web: Web):
    for file in ("lama.pbf", "baru.pbf"):
        batch = new_batch()
        names = [PlaceName(id=f"{batch}-1", batch=batch, name="Jalan Kenari", kind="jalan")]
        await bring_in(
            web.archive, names, batch=batch, file=file, source=PlaceSource.OSM, by="t", now=clock.now()
        )
    imports = sorted(await every(web, PlaceImport), key=lambda one: one.at)
    assert [(one.file, one.undone_at is None) for one in imports] == [("lama.pbf", False), ("baru.pbf", True)]
    assert len(await every(web, PlaceName)) == 1


async def test_what_two_takers_mean_becomes_a_suggestion_and_the_supervisor_has_the_last_word(web: Web):
    other = LivingPlaces(web.archive, web.city)  # another web process
    web.process.hub.on_notice(other.noticed)
    await other.start()
    first, second = await web.signed_in(Role.TAKER), await web.signed_in(Role.TAKER)
    chosen = {
        "text": "Masjid Agung",
        "name": "Masjid Agung",
        "words": "kubah hijau",
        "rank": 2,
        "lat": -6.99,
        "lon": 110.0,
    }
    for taker in (first, second):
        sheet = (await taker.post("/meja/lembar")).json()["sheet"]
        sent = await taker.post(f"/meja/lembar/{sheet}/kirim", json=fire("Masjid Agung", chosen))
        assert sent.status_code == 200, sent.text
    (lesson,) = await every(web, PlaceLesson)
    assert (lesson.words, lesson.place, lesson.uses, len(lesson.takers)) == (
        "kubah hijau",
        "Masjid Agung",
        2,
        2,
    )
    learnt = [entry.event for entry in await web.archive.read(0) if isinstance(entry.event, PlaceLearned)]
    assert [event.in_use for event in learnt] == [False, True]

    found = await until_proposed(first, "kubah hijau", "Masjid Agung")
    assert found[0]["unverified"]
    supervisor = await web.signed_in(Role.SUPERVISOR)
    page = await supervisor.get("/pengawas/nama-tempat")
    assert "kubah hijau" in page.text
    assert (await first.get("/pengawas/nama-tempat")).status_code == 403
    told = await supervisor.post(f"/pengawas/nama-tempat/{lesson.id}", data={"state": "confirmed"})
    assert told.status_code == 303
    deadline = clock.monotonic() + WAIT_SECONDS_MAX
    while not any(
        one.name == "Masjid Agung" and not one.unverified for one in other.suggest("kubah hijau", 1)
    ):
        assert clock.monotonic() < deadline
        await asyncio.sleep(0.05)
    await supervisor.post(f"/pengawas/nama-tempat/{lesson.id}", data={"state": "forgotten"})
    assert await every(web, PlaceLesson) == []
    assert "kubah hijau" not in str([entry.event for entry in await web.archive.read(0)])
    await other.close()


async def test_a_place_moved_after_sending_teaches_and_the_first_choice_does_not(web: Web):
    taker = await web.signed_in(Role.TAKER)
    sheet = (await taker.post("/meja/lembar")).json()["sheet"]
    choice = {
        "text": "warung bu siti",
        "name": "Utara",
        "words": "utara",
        "rank": 0,
        "lat": -7.0,
        "lon": 110.01,
    }
    incident = (await taker.post(f"/meja/lembar/{sheet}/kirim", json=fire("warung bu siti", choice))).json()[
        "incident"
    ]
    assert await every(web, PlaceLesson) == []

    near = {**choice, "lat": -7.0005}
    await taker.patch(f"/kejadian/{incident}", json={"where": "warung bu siti", "place": near})
    assert await every(web, PlaceLesson) == []  # 55 m: a steadier hand, not another place
    moved = {**choice, "lat": -6.99, "lon": 110.0}
    assert (
        await taker.patch(f"/kejadian/{incident}", json={"where": "warung bu siti", "place": moved})
    ).json()["changed"]
    (lesson,) = await every(web, PlaceLesson)
    assert (lesson.words, lesson.place, lesson.lat, lesson.state) == (
        "warung bu siti",
        "",
        -6.99,
        LessonState.OPEN,
    )


async def test_a_protected_case_teaches_nothing(web: Web, room: Room):
    incident = await opened(room, a_hidden_case())
    meant = Meant(words="rumah aman", name="", place=TUGU)
    assert not await web.archive.do(teach, incident=incident, meant=meant, by="rani", now=clock.now())
    assert await every(web, PlaceLesson) == []


async def test_what_a_case_taught_goes_when_it_becomes_protected(web: Web, room: Room):
    first, second, third = [await opened(room) for _ in range(3)]

    async def learn(incident: str, words: str, by: str) -> None:
        meant = Meant(words=words, name="", place=TUGU)
        assert await web.archive.do(teach, incident=incident, meant=meant, by=by, now=clock.now())

    for incident, by in ((first, "rani"), (second, "sari"), (third, "tuti")):
        await learn(incident, "warung bu siti", by)
    await learn(second, "rumah kontrakan hijau", "sari")
    for lesson in await every(web, PlaceLesson):
        await web.archive.do(judge_lesson, lesson=lesson.id, state="confirmed", by=BOSS, now=clock.now())

    await room.do(
        restrict, city=web.city, incident=second, protected_class="anak", reason="menyangkut anak", by=BOSS
    )
    (left,) = await every(web, PlaceLesson)
    assert (left.words, left.uses, left.takers) == ("warung bu siti", 2, ("rani", "tuti"))
    assert {one.incident for one in await every(web, LessonSource)} == {first, third}
    facts = [entry.event for entry in await web.archive.read(0)]
    assert sum(isinstance(fact, PlaceLessonJudged) and fact.state == WITHDRAWN for fact in facts) == 2

    kind = next(one for one in web.city.types if one.protected)
    await room.do(amend_incident, city=web.city, incident=first, by="rani", viewer=BOSS, type=kind.code)
    assert await every(web, PlaceLesson) == [], "its words and its point came from that case"
    assert await every(web, LessonSource) == []


async def test_a_doubtful_place_is_marked_until_somebody_makes_sure(web: Web):
    taker = await web.signed_in(Role.TAKER)
    sheet = (await taker.post("/meja/lembar")).json()["sheet"]
    incident = (await taker.post(f"/meja/lembar/{sheet}/kirim", json=fire("dekat pohon besar", None))).json()[
        "incident"
    ]
    page = (await taker.get(f"/kejadian/{incident}")).text
    assert "lokasi belum pasti" in page
    assert 'data-key="V"' in page

    for _ in range(2):
        assert (await taker.post(f"/kejadian/{incident}/lokasi/pasti")).status_code == 303
    (kept,) = await every(web, Incident)
    assert (kept.place.confirmed, kept.place.label) == (True, "")
    page = (await taker.get(f"/kejadian/{incident}")).text
    assert "Lokasi dipastikan" in page
    assert 'data-key="V"' not in page
    facts = [
        entry.event for entry in await web.archive.read(0) if isinstance(entry.event, IncidentPlaceConfirmed)
    ]
    assert len(facts) == 1


async def test_a_place_outside_names_the_neighbour_and_one_act_hands_the_caller_over(web: Web):
    from tests.features.places.conftest import NEIGHBOUR

    desk = await web.signed_in(Role.TAKER)
    await desk.post("/meja/status", data={"verb": "come"})
    await web.archive.do(calls.seat_connected, taker=desk.headers["x-test-person"], now=clock.now())
    given = {
        "number": "081324110982",
        "display_name": None,
        "node": "n",
        "channel": "voice",
        "now": clock.now(),
    }
    await web.archive.do(calls.call_arrived, call="call-1", **given)
    assert (await desk.post("/meja/jawab", json={})).status_code == 200

    inside = await desk.get("/meja/luar", params={"lat": -6.99, "lon": 110.0})
    assert "Di luar wilayah" not in inside.text
    outside = await desk.get("/meja/luar", params={"lat": -6.8, "lon": 110.0, "call": "call-1"})
    assert NEIGHBOUR.name in outside.text
    assert NEIGHBOUR.number in outside.text
    assert f'data-give-neighbour="{NEIGHBOUR.code}"' in outside.text

    told = await desk.post("/meja/panggilan/call-1/tetangga", json={"neighbour": NEIGHBOUR.code})
    assert told.status_code == 200, told.text
    (call,) = await every(web, Call)
    assert (call.state, call.disposition) == (CallState.HANDED, Disposition.OUTSIDE_AREA)
    (referral,) = await every(web, Referral)
    assert (referral.id, referral.neighbour) == ("call-1", NEIGHBOUR.code)
    assert (
        await desk.post("/meja/panggilan/call-1/tetangga", json={"neighbour": "antah"})
    ).status_code == 404


async def test_the_journal_names_no_words_and_no_points(web: Web):
    batch = new_batch()
    secret = PlaceName(id="x", batch=batch, name="Rumah Pak Budi", kind="rumah", lat=-6.99, lon=110.0)
    await bring_in(
        web.archive, [secret], batch=batch, file="x.csv", source=PlaceSource.FILE, by="t", now=clock.now()
    )
    facts = [entry.event for entry in await web.archive.read(0)]
    assert any(isinstance(fact, PlaceNamesImported) for fact in facts)
    assert not any(isinstance(fact, PlaceLessonJudged) for fact in facts)
    assert "Budi" not in str(facts)
