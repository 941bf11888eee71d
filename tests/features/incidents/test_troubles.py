"""What is broken, in words, most serious first; on PostgreSQL, with nodes and a worker that beat and fall silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from siaga import clock
from siaga.domain.contact import Contact
from siaga.domain.heartbeat import Heartbeat
from siaga.domain.house_fault import RELEASED
from siaga.domain.roles import Role
from siaga.features.calls.nodes import actions as node_actions
from siaga.features.incidents.trouble import queries as trouble_queries
from siaga.features.incidents.trouble.queries import UNHEARD_SECONDS_MAX, Pulses, Trouble, troubles
from siaga.features.incidents.trouble.watch import TroubleWatch
from siaga.records.archive import Transaction
from siaga.records.writer import DatabaseAway
from tests.a_web_process import Web


@dataclass
class Watched:
    """The room's signs of life, and a clock of its own."""

    web: Web
    home: Path
    seconds: float = 0.0
    pulses: Pulses = field(init=False)

    def __post_init__(self) -> None:
        self.pulses = Pulses(lambda: self.seconds)

    async def beat(self, *names: str) -> None:
        for name in names:
            if name == "worker":
                await self.web.archive.do(node_actions.worker_beat, name=name, life="w", now=clock.now())
            else:
                await self.web.archive.do(
                    node_actions.node_beat, node=name, life=f"{name}-life", now=clock.now()
                )

    async def found(self, **more: Any) -> list[Trouble]:
        given: dict[str, Any] = {"home": self.home, "outlined": 4, "demo": True, "now": clock.now(), **more}
        now = given.pop("now")
        archive = given.pop("archive", self.web.archive)
        return await troubles(archive, self.web.city, self.pulses, str, now, **given)

    async def codes(self, **more: Any) -> list[str]:
        return [one.code for one in await self.found(**more)]


@pytest.fixture
async def watched(web: Web, tmp_path: Path) -> Watched:
    made = Watched(web, tmp_path)
    await made.beat("worker", "node-1", "node-2")
    assert await made.codes() == []
    return made


async def test_a_house_that_never_heard_of_a_telephone_says_so(web: Web, tmp_path: Path) -> None:
    fresh = Watched(web, tmp_path)
    assert await fresh.codes() == ["telephony", "worker"]


async def test_one_silent_node_is_named_all_silent_is_more_serious_and_both_clear(watched: Watched) -> None:
    watched.seconds += UNHEARD_SECONDS_MAX + 1
    await watched.beat("worker", "node-2")
    [one] = await watched.found()
    assert (one.code, one.critical) == ("node", False)
    assert "node-1" in one.words
    watched.seconds += UNHEARD_SECONDS_MAX + 1
    await watched.beat("worker")
    [everything] = await watched.found()
    assert (everything.code, everything.critical) == ("telephony", True)
    assert "jawab di pesawat, F3" in everything.words
    await watched.beat("node-1", "node-2")
    assert await watched.codes() == []


async def test_a_node_the_worker_calls_silent_is_down_at_once(watched: Watched) -> None:
    async def beats(tx: Transaction) -> int:
        return (await tx.get(Heartbeat, "phone", "node-1")).beats

    count = await watched.web.archive.look(beats)
    assert await watched.web.archive.do(
        node_actions.node_silent, node="node-1", life="node-1-life", beats=count, now=clock.now()
    )
    assert await watched.codes() == ["node"]


async def test_a_silent_worker_means_nothing_rings_by_itself(watched: Watched) -> None:
    watched.seconds += UNHEARD_SECONDS_MAX + 1
    await watched.beat("node-1", "node-2")
    [one] = await watched.found()
    assert (one.code, "F2" in one.words) == ("worker", True)


async def test_an_absent_database_is_said_and_the_disk_still_looked_at(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        async def rows(self, *_: object) -> None:
            raise DatabaseAway

    monkeypatch.setattr(trouble_queries, "DISK_NEARLY_FULL_MIB", 10**12)
    assert await watched.codes(archive=Away()) == ["database", "disk"]


async def test_clocks_that_are_not_the_same(watched: Watched) -> None:
    assert await watched.codes(now=clock.now() + timedelta(seconds=30)) == ["clock"]
    assert (await watched.codes(now=RELEASED - timedelta(days=1)))[0] == "clock"


async def test_no_channel_to_the_agencies_is_advice_outside_the_demo(watched: Watched) -> None:
    assert await watched.codes(demo=False, outlined=0) == ["messages", "map"]

    async def add(tx: Transaction) -> None:
        agency = watched.web.city.agencies[0].code
        tx.put(Contact(id="c", agency=agency, rung=0, name="Piket", address="json://127.0.0.1/"))

    await watched.web.archive.do(add)
    assert await watched.codes(demo=False) == []


async def test_a_look_is_said_only_where_somebody_listens_and_differs_only_when_the_list_does(
    watched: Watched,
) -> None:
    told: list[object] = []
    open_desks: list[str] = []
    watch = TroubleWatch(
        watched.found, lambda: bool(open_desks), lambda name, data: told.append((name, data))
    )
    await watch.once()
    assert told == []
    open_desks.append("rani")
    await watch.once()
    await watch.once()
    watched.seconds += UNHEARD_SECONDS_MAX + 1
    await watch.once()
    first, again, broken = told
    assert first == again != broken
    assert {one[0] for one in told if isinstance(one, tuple)} == {"trouble"}


async def test_the_desk_asks_and_the_agency_may_not(web: Web) -> None:
    desk = await web.signed_in(Role.TAKER)
    told = await desk.get("/meja/gangguan")
    assert told.status_code == 200
    assert told.json()[0]["code"] == "telephony"
    agency = await web.signed_in(Role.AGENCY, agency=web.city.agencies[0].code)
    assert (await agency.get("/meja/gangguan")).status_code == 403
