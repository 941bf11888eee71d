"""Incidents that belong together: linked with a reason, gathered under a major one, each closed by itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.event import IncidentsLinked, PersonalDataRead
from siaga.domain.incident import Note
from siaga.domain.roles import Role
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.page import gathering
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.a_web_process import Web
from tests.features.scenes import HTMX, a_fire, a_hidden_case, opened, page, seen
from tests.room import FIRE, PAK_DEDI, RANI, Room

CITIES = itertools.count()


@pytest.fixture(params=["memory", "postgres"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    if request.param == "memory":
        yield Room()
        return
    dsn = request.getfixturevalue("postgres_dsn")
    await migrate(dsn)
    archive = await PostgresArchive.open(dsn, f"kaitan-{next(CITIES)}")
    yield Room(archive=archive)
    await archive.close()


@pytest.fixture
def web(invented_web: Web) -> Web:
    return invented_web


@pytest.fixture
def room(web: Web) -> Room:
    return Room(archive=web.archive, city=web.city)


async def three(room: Room) -> list[str]:
    return [await room.opens() for _ in range(3)]


async def test_a_link_is_symmetrical_and_has_a_reason(house: Room):
    one, other, _ = await three(house)
    given: dict[str, Any] = {"incident": one, "other": other, "by": RANI}
    await house.refuses("apa kaitannya", gathering.link_incidents, reason=" ", **given)
    await house.refuses(
        "dirinya sendiri", gathering.link_incidents, incident=one, other=one, reason="sama", by=RANI
    )

    link = await house.do(gathering.link_incidents, reason="api merambat", **given)

    again = {"incident": other, "other": one, "by": RANI}
    assert await house.do(gathering.link_incidents, reason="lagi", **again) == link, "twice is once"  # type: ignore[arg-type]
    events = [entry.event for entry in await house.archive.read(0)]
    assert [(event.incident, event.other) for event in events if isinstance(event, IncidentsLinked)] == [
        (one, other),
        (other, one),
    ]
    for incident in (one, other):
        notes = [note.text for note in await house.all(Note, incident=incident)]
        assert len(notes) == 1
        assert notes[0].endswith("api merambat")
    await house.do(gathering.unlink_incidents, link=link, incident=other, by=PAK_DEDI)
    await house.refuses("sudah dilepas", gathering.unlink_incidents, link=link, incident=one, by=PAK_DEDI)


async def test_a_protected_case_is_linked_to_nothing(house: Room):
    one = await house.opens()
    case = await house.opens(report=replace(FIRE, type="kekerasan.anak"))
    for act in (
        lambda: house.refuses(
            "terlindung", gathering.link_incidents, incident=one, other=case, reason="sama", by=RANI
        ),
        lambda: house.refuses("terlindung", gathering.place_under, incident=case, parent=one, by=RANI),
    ):
        await act()


async def test_closing_a_major_incident_closes_no_child_unasked(house: Room):
    flood, house_one, house_two = await three(house)
    for child in (house_one, house_two):
        await house.do(gathering.place_under, incident=child, parent=flood, by=RANI)
    assert (await house.incident(flood)).major
    closing: dict[str, Any] = {"incident": flood, "outcome": "handled", "by": "rani"}

    await house.refuses("Masih ada 2 kejadian terbuka", incidents.close_incident, **closing)
    await house.do(incidents.close_incident, children="stay", **closing)
    assert (await house.incident(house_one)).is_open
    await house.do(incidents.reopen_incident, incident=flood, reason="air naik lagi", by=PAK_DEDI)
    await house.do(incidents.close_incident, children="close", **closing)

    assert not (await house.incident(house_one)).is_open
    assert not (await house.incident(house_two)).is_open


async def test_gathering_is_one_level_deep(house: Room):
    one, two, three_ = await three(house)
    await house.do(gathering.place_under, incident=two, parent=one, by=RANI)

    for words, given in (
        ("dirinya sendiri", {"incident": three_, "parent": three_}),
        ("bagian dari kejadian besar lain", {"incident": three_, "parent": two}),
        ("sendiri kejadian besar", {"incident": one, "parent": three_}),
    ):
        await house.refuses(words, gathering.place_under, by=RANI, **given)
    await house.refuses("sendiri bagian", gathering.declare_major, incident=two, on=True, by=RANI)
    await house.refuses("Masih ada 1", gathering.declare_major, incident=one, on=False, by=RANI)
    await house.do(gathering.place_under, incident=two, parent=None, by=RANI)
    await house.do(gathering.declare_major, incident=one, on=False, by=RANI)
    assert not (await house.incident(one)).major


async def test_reopening_needs_a_reason_and_says_it_in_the_story(house: Room):
    fire = await house.opens()
    await house.do(incidents.close_incident, incident=fire, outcome="handled", by="rani")

    await house.refuses("Tulis mengapa", incidents.reopen_incident, incident=fire, reason="", by=RANI)
    await house.do(incidents.reopen_incident, incident=fire, reason="api menyala lagi", by=RANI)

    assert [note.text for note in await house.all(Note, incident=fire)] == [
        "Dibuka kembali: api menyala lagi"
    ]


async def test_the_page_shows_children_their_sums_and_links(web: Web, room: Room):
    flood, one, two = [await opened(room) for _ in range(3)]
    browser = await web.signed_in(Role.TAKER)

    async def sends(incident: str, part: str, **form: str) -> int:
        answer = await browser.post(f"/kejadian/{incident}/{part}", data=form, headers=HTMX)
        return int(answer.status_code)

    assert await sends(one, "induk", parent="#1") == 204
    assert await sends(two, "kaitan", other="1", reason="satu jalan") == 204
    text = seen(await page(browser, f"/kejadian/{flood}"))
    assert "KEJADIAN BESAR" in text
    assert "1 kejadian (1 terbuka)" in text
    assert "satu jalan" in text
    assert "biarkan terbuka" in text
    assert "Bagian dari kejadian besar" in seen(await page(browser, f"/kejadian/{one}"))
    assert await sends(one, "induk", parent="404") == 404
    assert await sends(one, "besar", on="yes") == 409
    assert await sends(flood, "tutup", outcome="handled") == 409
    assert await sends(flood, "tutup", outcome="handled", children="stay") == 204


async def test_advice_to_think_of_a_major_incident_is_on_the_board_and_makes_no_sound(web: Web, room: Room):
    fire = await opened(room)
    alarm = Alarm(
        id=f"A9:{fire}",
        kind=AlarmKind.MANY_CALLERS,
        priority=3,
        raised_at=room.now,
        incident=fire,
        words="4/10",
    )

    async def advises(tx: Transaction) -> None:
        tx.put(alarm)

    await web.archive.do(advises)
    bars = await page(await web.signed_in(Role.DISPATCHER), "/papan/alarm")

    assert "4 pelapor dalam 10 menit: pertimbangkan kejadian besar" in seen(bars)
    assert "data-sound" not in bars


async def test_hidden_relatives_do_not_exist(web: Web, room: Room):
    fire = await opened(room)
    hidden = await opened(room, a_hidden_case())
    browser = await web.signed_in(Role.TAKER)

    form = {"other": "2", "reason": "tetangga"}
    answer = await browser.post(f"/kejadian/{fire}/kaitan", data=form, headers=HTMX)

    assert answer.status_code == 404
    assert hidden not in answer.text


@pytest.mark.slow
async def test_the_pdf_is_a4_has_its_fonts_and_reads_no_markup(web: Web, room: Room):
    lines = (
        '#panic("tidak") *tebal* $x^2$ \\ @siapa',
        '`#read("/etc/passwd")`',
        *(f"baris {n}" for n in range(120)),
    )
    fire = await opened(room, a_fire(notes=lines, reporter_number="081234567890", reporter_name="Bu Ani"))
    taker, head = await web.signed_in(Role.TAKER), await web.signed_in(Role.HEAD)

    answer = await taker.get(f"/kejadian/{fire}/pdf")

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="kejadian-')
    paper = answer.content
    assert int(re.findall(rb"/Type/Pages/Count (\d+)", paper)[0]) >= 3, "it goes on on the next page"
    boxes = [
        tuple(float(side) for side in box.split()) for box in re.findall(rb"/MediaBox ?\[([^\]]*)\]", paper)
    ]
    assert {tuple(round(side) for side in box) for box in boxes} == {(0, 0, 595, 842)}, "A4 in points"
    assert b"/FontFile" in paper, "fonts are inside"
    assert (await head.get(f"/kejadian/{fire}/pdf")).status_code == 200
    read = [entry.event for entry in await web.archive.read(0) if isinstance(entry.event, PersonalDataRead)]
    assert [(event.what, event.subject) for event in read] == [("incident_pdf", fire)] * 2
    hidden = await opened(room, a_hidden_case())
    assert (await taker.get(f"/kejadian/{hidden}/pdf")).status_code == 404
