"""The Asterisk engine for the contract, with a stand-in for the exchange; browsers' headsets are real WebRTC ends."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from siaga.adapters.phone.asterisk.asterisk_engine import AsteriskEngine
from siaga.adapters.phone.asterisk.options import AsteriskOptions
from siaga.adapters.phone.sip.options import PhoneOptions
from siaga.adapters.phone.sound.prompts import PromptBook
from tests.sip.browser import FakeBrowser
from tests.sip.caller import tones
from tests.sip.fake_asterisk import PASSWORD, USER, FakeAsterisk, Person
from tests.sip.worlds import CALLS_MAX, OTHER_HZ, RING_SECONDS_MAX, TONES_HZ, RealWorld

RETRY_SECONDS = 0.05
RTP_PORTS = range(41_000, 41_400)


class AsteriskWorld(RealWorld):
    """`engine` on `exchange`; `again` makes the next life of the same node."""

    def __init__(self, prompts: PromptBook, folder: Path, exchange: FakeAsterisk, **asterisk: object) -> None:
        numbers = itertools.count(1)
        self.exchange = exchange
        self.prompts, self.folder = prompts, folder
        self.options = PhoneOptions(
            ice_addresses=("127.0.0.1",), recording_keys=folder / "keys", calls_max=CALLS_MAX,
            ring_seconds_max=RING_SECONDS_MAX, rtp_port_first=RTP_PORTS[0], rtp_port_last=RTP_PORTS[-1],
        )  # fmt: skip
        standard = AsteriskOptions(
            url=exchange.url, user=USER, password=PASSWORD, retry_seconds=RETRY_SECONDS, away_seconds_max=1.0
        )
        self.asterisk = replace(standard, **asterisk)  # type: ignore[arg-type]
        self._new_id: Callable[[], str] = lambda: f"call-{next(numbers)}"
        super().__init__(self.made(), "")
        self.people: dict[str, Person] = {}

    def made(self) -> AsteriskEngine:
        return AsteriskEngine(self.options, self.asterisk, self.prompts, self._new_id)

    async def ring(self, number: str) -> None:
        self.people[number] = Person(tones(TONES_HZ.get(number, OTHER_HZ)))
        self.exchange.rings(self.people[number], number)

    async def press(self, number: str, digit: str) -> None:
        channel = self.people[number].channel
        assert channel is not None
        self.exchange.presses(channel, digit)

    async def leave(self, number: str) -> None:
        channel = self.people[number].channel
        assert channel is not None
        self.exchange.leaves(channel)

    async def dial(self, call: str, name: str, manner: str = "answers") -> None:
        if name not in self.people:
            self.people[name] = self.exchange.phones[name] = Person(tones(TONES_HZ[name]), manner=manner)
        await self.engine.dial(call, f"sip:{name}@127.0.0.1", caller_id=None)

    def _end(self, name: str) -> Person | FakeBrowser:  # type: ignore[override]
        return self.people.get(name) or self._browsers[name]

    async def keys_heard(self, name: str, keys: str) -> bool:
        for _ in range(200):
            if self.people[name].keys == keys:
                return True
            await asyncio.sleep(0.02)
        return False

    async def close(self) -> None:
        await super().close()
        await self.exchange.stop()


async def asterisk_world(prompts: PromptBook, folder: Path, **asterisk: object) -> AsteriskWorld:
    """A started engine with a stand-in of its own."""
    exchange = FakeAsterisk()
    await exchange.start()
    world = AsteriskWorld(prompts, folder, exchange, **asterisk)
    await world.engine.start()
    return world
