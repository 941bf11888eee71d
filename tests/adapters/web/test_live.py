"""The live stream: in order, nothing twice, nothing that is not for this person, and honest about being live."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from siaga import clock
from siaga.adapters.web import hub as hub_module
from siaga.adapters.web import live as live_module
from siaga.adapters.web.audience import Audience
from siaga.adapters.web.hub import QUEUE_CHUNKS_MAX, REPLAY_MAX, Listener
from siaga.domain.call import Channel, arrived
from siaga.domain.event import (
    AssignmentSent,
    CallArrived,
    Event,
    IncidentAmended,
    IncidentOpened,
    MessageDelivered,
    SeatChanged,
)
from siaga.domain.roles import Role
from siaga.features.people.actions import change_person
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive
from tests.a_web_process import Web, open_web
from tests.adapters.web.a_port import OpenPort, Sse, Stream, open_port


async def happen(tx: Transaction, *, events: list[Event]) -> None:
    tx.record(*events)


def ring(call: str) -> CallArrived:
    return CallArrived(call=call, channel="voice", at=clock.now())


def opened(incident: str, *, protected: bool = False, taker: str = "rani") -> IncidentOpened:
    return IncidentOpened(
        incident=incident, type="fire", priority=1, kelurahan=None, kecamatan=None, asks=(), taker=taker,
        protected=protected, at=clock.now(),
    )  # fmt: skip


def asked(assignment: str, incident: str, agency: str) -> AssignmentSent:
    now = clock.now()
    return AssignmentSent(assignment=assignment, incident=incident, agency=agency, due=now, at=now)


async def a_stream(
    web: Web, port: OpenPort, *roles: Role, after: int | None = None, **more: object
) -> Stream:
    browser = await web.signed_in(*roles, **more)
    stream = await port.stream(browser.cookies["siaga_session"], after)
    assert (await stream.next()).event == "pulse", "a stream begins by saying where it is"
    return stream


def positions(changes: list[Sse]) -> list[int]:
    return [change.data["position"] for change in changes]


async def test_the_stream_says_what_it_is(web: Web) -> None:
    async with open_port(web) as port:
        browser = await web.signed_in(Role.TAKER)
        stream = await port.stream(browser.cookies["siaga_session"])
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["cache-control"] == "no-store"
        pulse = await stream.next()
        assert pulse.event == "pulse"
        assert pulse.id == pulse.data["position"] == await web.archive.head()
        assert pulse.data["now"]
        assert pulse.data["version"]
        assert (await port.stream("nobody")).status == 401


async def test_what_is_recorded_is_told_once_in_order_with_its_position(web: Web) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.TAKER)
        head = await web.archive.head()
        await asyncio.gather(*(web.archive.do(happen, events=[ring(f"call-{n}")]) for n in range(20)))
        changes = await stream.changes(20)
        assert positions(changes) == list(range(head + 1, head + 21))
        assert [change.id for change in changes] == positions(changes)
        assert {change.data["refs"]["call"] for change in changes} == {f"call-{n}" for n in range(20)}
        assert changes[0].data["name"] == "call.arrived.v1"
        assert changes[0].data["topics"] == ["calls"]


async def test_what_other_processes_record_comes_in_its_place(web: Web, postgres_dsn: str) -> None:
    other = await PostgresArchive.open(postgres_dsn, web.city.code)
    try:
        async with open_port(web) as port:
            stream = await a_stream(web, port, Role.TAKER)
            head = await web.archive.head()
            for n in range(30):
                archive = (web.archive, other)[n % 2]
                await archive.do(happen, events=[ring(f"call-{n}")])
            await asyncio.gather(
                *((web.archive, other)[n % 2].do(happen, events=[ring(f"call-{n}")]) for n in range(30, 60))
            )
            changes = await stream.changes(60)
            assert positions(changes) == list(range(head + 1, head + 61))
            in_order = [change.data["refs"]["call"] for change in changes[:30]]
            assert in_order == [f"call-{n}" for n in range(30)]
    finally:
        await other.close()


async def test_a_screen_that_was_away_hears_what_it_missed_and_nothing_twice(web: Web) -> None:
    async with open_port(web) as port:
        browser = await web.signed_in(Role.TAKER)
        cookie = browser.cookies["siaga_session"]
        head = await web.archive.head()
        await web.archive.do(happen, events=[ring(f"call-{n}") for n in range(5)])
        stream = await port.stream(cookie, after=head + 2)
        await web.archive.do(happen, events=[ring("call-5")])
        assert positions(await stream.changes(4)) == [head + 3, head + 4, head + 5, head + 6]


async def test_what_happened_before_this_process_was_started_is_replayed_too(
    postgres_dsn: str, tmp_path: Path
) -> None:
    async with open_web(postgres_dsn, tmp_path) as web:
        await web.archive.do(happen, events=[ring(f"call-{n}") for n in range(5)])
        web.process.hub._recent.clear()
        async with open_port(web) as port:
            browser = await web.signed_in(Role.TAKER)
            stream = await port.stream(browser.cookies["siaga_session"], after=1)
            assert positions(await stream.changes(4)) == [2, 3, 4, 5]


@pytest.mark.parametrize("away", ["too long", "before a restore"])
async def test_a_screen_that_missed_too_much_fetches_everything(web: Web, away: str) -> None:
    async with open_port(web) as port:
        browser = await web.signed_in(Role.TAKER)
        await web.archive.do(happen, events=[ring(f"call-{n}") for n in range(REPLAY_MAX + 1)])
        head = await web.archive.head()
        stream = await port.stream(
            browser.cookies["siaga_session"], after=0 if away == "too long" else head + 9
        )
        first = await stream.next()
        assert (first.event, first.id) == ("resync", head)
        assert (await stream.next()).event == "pulse"


async def test_an_agency_hears_of_its_own_matters_only(web: Web) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.AGENCY, agency="damkar")
        await web.archive.do(
            happen,
            events=[
                ring("call-1"),
                opened("inc-1"),
                asked("a-1", "inc-1", "damkar"),
                opened("inc-2"),
                asked("a-2", "inc-2", "psc"),
                SeatChanged(taker="rani", state="ready", at=clock.now()),
                IncidentAmended(incident="inc-2", fields=("place",), taker=None, at=clock.now()),
                IncidentAmended(incident="inc-1", fields=("place",), taker=None, at=clock.now()),
            ],
        )
        first, second = await stream.changes(2)
        assert first.data["refs"] == {"assignment": "a-1", "incident": "inc-1", "agency": "damkar"}
        assert first.data["topics"] == ["assignments", "incidents", "incident:inc-1", "agency:damkar"]
        assert second.data["refs"] == {"incident": "inc-1"}, "a new address of its own incident"
        await web.archive.do(happen, events=[asked("a-3", "inc-2", "damkar")])
        assert (await stream.changes(1))[0].data["refs"]["assignment"] == "a-3", "and nothing in between"


async def test_protected_incidents_are_told_to_the_circle_the_opener_and_the_asked_agency(web: Web) -> None:
    async with open_port(web) as port:
        outside = await a_stream(web, port, Role.TAKER)
        circle = await a_stream(web, port, Role.SUPERVISOR, in_circle=True)
        opener = await web.signed_in(Role.TAKER)
        opening = await port.stream(opener.cookies["siaga_session"])
        agency = await a_stream(web, port, Role.AGENCY, agency="uptd")
        wall = await a_stream(web, port, Role.WALL)
        person = opener.headers["x-test-person"]
        head = await web.archive.head()
        await web.archive.do(
            happen,
            events=[
                opened("inc-1", protected=True, taker=person),
                asked("a-1", "inc-1", "uptd"),
                MessageDelivered(message="m-1", channel="x", assignment="a-1", agency="uptd", at=clock.now()),
                ring("call-9"),
            ],
        )
        everything = [head + 1, head + 2, head + 3, head + 4]
        assert positions(await circle.changes(4)) == everything
        assert positions(await opening.changes(4)) == everything
        assert positions(await outside.changes(1)) == [head + 4]
        assert positions(await agency.changes(2)) == [head + 2, head + 3]
        assert positions(await wall.changes(1)) == [head + 4]


async def test_protection_is_known_after_a_restart_and_when_it_is_added_later(
    postgres_dsn: str, tmp_path: Path
) -> None:
    async with open_web(postgres_dsn, tmp_path) as web:
        subjects = web.process.hub._subjects
        await web.archive.do(happen, events=[opened("inc-1"), asked("a-1", "inc-1", "uptd")])
        amended = IncidentAmended(incident="inc-1", fields=("type", "protected"), taker=None, at=clock.now())
        await web.archive.do(happen, events=[amended])
        delivered = MessageDelivered(message="m", channel="x", assignment="a-1", at=clock.now())
        assert subjects.is_protected(amended, "inc-1")
        assert subjects.is_protected(delivered, subjects.incident_of(delivered))
        unknown = MessageDelivered(message="m", channel="x", assignment="a-unknown", at=clock.now())
        assert subjects.is_protected(unknown, subjects.incident_of(unknown)), (
            "what we cannot place is protected"
        )


async def test_a_wall_screen_hears_which_figures_changed_and_nothing_else(web: Web) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.WALL)
        await web.archive.do(happen, events=[opened("inc-1"), ring("call-1")])
        assert [
            (change.data["name"], change.data["topics"], change.data["refs"])
            for change in await stream.changes(2)
        ] == [
            ("", ["incidents"], {}),
            ("", ["calls"], {}),
        ]


async def test_who_signs_in_or_reads_is_nobody_s_live_news(web: Web) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.SUPERVISOR, in_circle=True)
        await web.person(Role.TAKER)
        await web.archive.do(happen, events=[ring("call-1")])
        assert (await stream.changes(1))[0].data["name"] == "call.arrived.v1"


async def test_a_person_whose_account_is_closed_hears_nothing_more(web: Web, postgres_dsn: str) -> None:
    other = await PostgresArchive.open(postgres_dsn, web.city.code)
    try:
        async with open_port(web) as port:
            browser = await web.signed_in(Role.TAKER)
            stream = await port.stream(browser.cookies["siaga_session"])
            person = browser.headers["x-test-person"]
            await other.do(change_person, person=person, active=False, by="x", now=clock.now())
            with pytest.raises(EOFError):
                await stream.next("change")
            assert (await port.stream(browser.cookies["siaga_session"])).status == 401
    finally:
        await other.close()


@pytest.mark.slow
async def test_the_pulse_comes_every_two_seconds_and_stops_when_the_journal_cannot_be_read(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "PULSE_SECONDS", 0.05)
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.TAKER)
        await asyncio.sleep(2)  # the pulse under way still sleeps the old time
        for _ in range(3):
            assert (await stream.next()).event == "pulse"

        async def away() -> int:
            raise hub_module.DatabaseAway

        monkeypatch.setattr(web.archive, "head", away)
        while True:
            try:
                async with asyncio.timeout(0.5):
                    await stream.next()
            except TimeoutError:
                break  # silence: the screen says within 5 s that it is not live, and that is true


async def test_a_slow_reader_gets_one_resync_instead_of_a_growing_queue(web: Web) -> None:
    slow, quick = Listener(Audience(room=True), "rani"), Listener(Audience(room=True), "sari")
    hub = web.process.hub
    for n in range(QUEUE_CHUNKS_MAX + 3):
        quick.chunks.clear()
        hub._send([slow, quick], b"%d" % n)
    assert [slow.chunks[0].split(b"\n")[1], *list(slow.chunks)[1:]] == [b"event: resync", b"129", b"130"]
    assert list(quick.chunks) == [b"130"]


@pytest.mark.slow
async def test_in_a_flood_screens_are_told_once_to_fetch_everything(web: Web) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.TAKER)
        floods = 20
        for n in range(floods):
            calls = [arrived(id=f"c-{n}-{m}", channel=Channel.PANIC, at=clock.now())[1] for m in range(100)]
            await web.archive.do(happen, events=calls)
        head = await web.archive.head()
        told = []
        while True:
            event = await stream.next()
            told.append(event.event)
            if event.event in ("resync", "pulse") and event.id == head:
                break
        assert told.count("resync") in (1, 2)
        assert told.count("change") <= 100
        await asyncio.sleep(2.5)
        await web.archive.do(happen, events=[ring("after the flood")])
        assert (await stream.next("change")).data["position"] == head + 1


async def test_a_reader_that_takes_nothing_is_cut(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.TAKER)
        [listener] = web.process.hub._everybody()
        monkeypatch.setattr(hub_module, "QUEUE_CHUNKS_MAX", 10**9)
        while listener.sending_since is None:  # nobody reads: fill what the system keeps for the connection
            listener.take(b":" + b"x" * 1_000_000 + b"\n\n")
            await asyncio.sleep(0.01)
        web.process.hub._cut_the_stuck(clock.monotonic() + hub_module.SEND_SECONDS_MAX - 1)
        assert not listener.closed, "slow is not stuck"
        web.process.hub._cut_the_stuck(clock.monotonic() + hub_module.SEND_SECONDS_MAX + 1)
        await asyncio.sleep(0.05)
        assert web.process.hub._everybody() == []
        assert web.process.metrics.cut._value.get() == 1
        assert stream.status == 200


async def test_an_open_screen_keeps_its_session_alive(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.TAKER)
        web.process.live._now = lambda: clock.now() + timedelta(minutes=30)
        monkeypatch.setattr(live_module, "STILL_SIGNED_IN_SECONDS", 0.0)
        await web.archive.do(happen, events=[ring("call-1")])
        await stream.changes(1)
        await asyncio.sleep(0.1)
        await web.process.sessions.settle()
        rows = await web.archive.rows(
            "select expires_at - created_at as lasts from session where city_id = $1"
        )
        assert rows[0]["lasts"] > timedelta(hours=3, minutes=25)


async def test_stopping_ends_the_streams_at_once(web: Web) -> None:
    async with open_port(web) as port:
        stream = await a_stream(web, port, Role.TAKER)
        began = clock.monotonic()
        port.stopping.set()
        with pytest.raises((EOFError, asyncio.IncompleteReadError)):
            await stream.next("change")
        assert clock.monotonic() - began < 2


async def test_a_signal_reaches_whom_it_is_for_without_a_position(web: Web) -> None:
    async with open_port(web) as port:
        hers, others = await a_stream(web, port, Role.TAKER), await a_stream(web, port, Role.TAKER)
        await a_stream(web, port, Role.AGENCY, agency=web.city.agencies[0].code)
        one, two = sorted(web.process.hub.in_room)  # and nobody of an agency
        web.process.hub.signal("quality", {"mos": 4.2}, person=one)
        web.process.hub.signal("quality", {"mos": 3.1}, person=two)
        web.process.hub.signal("trouble", {"list": 7})
        heard = [[await stream.next() for _ in range(2)] for stream in (hers, others)]
        assert {(each[0].event, each[0].id) for each in heard} == {("signal", None)}
        assert sorted(each[0].data["data"]["mos"] for each in heard) == [3.1, 4.2]
        assert [each[1].data for each in heard] == [{"name": "trouble", "data": {"list": 7}}] * 2
