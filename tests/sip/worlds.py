"""The outside of an engine for the contract: people who call or are called, and takers with headsets.

`TwinWorld` asks the twin who hears whom; `RealWorld` gives everybody a tone of his own and listens.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, TypeVar

from siaga.adapters.phone.engine import CallerConfirmed, PhoneEvent, SeatConnected, TelephonyEngine
from siaga.adapters.phone.sound.frames import Samples
from siaga.adapters.phone.sound.prompts import ANNOUNCEMENTS
from siaga.adapters.phone.twin.engine import TwinEngine
from siaga.clock import monotonic
from tests.sip.browser import FakeBrowser
from tests.sip.caller import FakeCaller, share_with_tone, tones
from tests.sip.desk_phone import FakeDeskPhone

EventT = TypeVar("EventT")

TONES_HZ = {"0811": 1300.0, "0812": 1100.0, "sari": 1700.0, "dewi": 2100.0, "damkar": 2500.0, "bidan": 2900.0}
OTHER_HZ, HOLD_HZ = 1500.0, 900.0
RING_SECONDS_MAX = 3.0
CALLS_MAX = 4
TWIN_CAUSES = {"busy": "busy", "declines": "refused", "unknown": "refused", "rings": "no_answer"}
SETTLE_SECONDS = 0.6  # what was said before a change has left every cushion by then


class World(Protocol):
    """People by name: a caller by his number, a seat by its taker, a telephone we dial by its place."""

    engine: TelephonyEngine

    async def ring(self, number: str) -> None: ...

    async def press(self, number: str, digit: str) -> None: ...

    async def leave(self, number: str) -> None: ...

    async def offer(self, seat: str = "sari") -> str: ...

    async def accept(self, seat: str, answer: str) -> None: ...

    async def lose(self, seat: str) -> None: ...

    async def dial(self, call: str, name: str, manner: str = "answers") -> None:
        """The engine dials a telephone of this manner under this call id."""
        ...

    async def give_up(self, call: str) -> None:
        """Let the time in which a dialled telephone may ring pass."""
        ...

    async def hears(self, listener: str, *speakers: str) -> bool:
        """Whether this person hears all of these."""
        ...

    async def hears_nobody_of(self, listener: str, *speakers: str) -> bool:
        """Whether this person hears none of these (himself, perhaps)."""
        ...

    async def hears_hold(self, number: str) -> bool:
        """Whether this caller hears the hold announcement."""
        ...

    async def keys_heard(self, name: str, keys: str) -> bool: ...

    async def close(self) -> None: ...


class TwinWorld:
    """The twin, and a list of who is who."""

    def __init__(self) -> None:
        self._made = 0
        self.engine = TwinEngine(self._id, calls_max=CALLS_MAX, trunk=None)
        self._calls: dict[str, str] = {}

    def _id(self) -> str:
        self._made += 1
        return f"call-{self._made}"

    async def ring(self, number: str) -> None:
        call = self.engine.ring(number)
        if call:
            self._calls[number] = call

    async def press(self, number: str, digit: str) -> None:
        self.engine.press(self._calls[number], digit)

    async def leave(self, number: str) -> None:
        self.engine.caller_leaves(self._calls[number])

    async def offer(self, seat: str = "sari") -> str:
        return "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\n"

    async def accept(self, seat: str, answer: str) -> None: ...

    async def lose(self, seat: str) -> None:
        self.engine.lose_seat(seat)

    async def dial(self, call: str, name: str, manner: str = "answers") -> None:
        self._calls[name] = call
        await self.engine.dial(call, f"sip:{name}@twin.invalid", caller_id=None)
        if manner in {"answers", "rings"}:
            self.engine.callee_rings(call)
        if manner == "answers":
            self.engine.callee_answers(call)
        elif manner != "rings":
            self.engine.caller_leaves(call, TWIN_CAUSES[manner])

    async def give_up(self, call: str) -> None:
        self.engine.caller_leaves(call, TWIN_CAUSES["rings"])

    def _heard_by(self, listener: str) -> frozenset[str]:
        if listener in self.engine.seats:
            return self.engine.heard_by(listener)
        known = self.engine.calls.get(self._calls.get(listener, ""))
        return known.hears_all - self.engine.muted if known else frozenset()

    async def hears(self, listener: str, *speakers: str) -> bool:
        return self._heard_by(listener).issuperset(self._calls.get(name, name) for name in speakers)

    async def hears_nobody_of(self, listener: str, *speakers: str) -> bool:
        return self._heard_by(listener).isdisjoint(self._calls.get(name, name) for name in speakers)

    async def hears_hold(self, number: str) -> bool:
        return self.engine.calls[self._calls[number]].hears == ANNOUNCEMENTS["hold"]

    async def keys_heard(self, name: str, keys: str) -> bool:
        return self.engine.calls[self._calls[name]].digits_sent == keys

    async def close(self) -> None:
        await self.engine.stop()


class RealWorld:
    """The embedded engine on a loopback port, with real SIP and WebRTC ends."""

    def __init__(self, engine: TelephonyEngine, target: str) -> None:
        self.engine = engine
        self._target = target
        self._callers: dict[str, FakeCaller] = {}
        self._browsers: dict[str, FakeBrowser] = {}
        self._phones: dict[str, FakeDeskPhone] = {}
        self._closing: list[FakeBrowser] = []
        self._dialling: list[asyncio.Task[int]] = []

    async def ring(self, number: str) -> None:
        tone = tones(TONES_HZ.get(number, OTHER_HZ))
        self._callers[number] = FakeCaller(self._target, number, audio=tone)
        self._dialling.append(asyncio.ensure_future(self._callers[number].start()))

    async def press(self, number: str, digit: str) -> None:
        await self._dialling[-1]
        self._callers[number].press(digit)

    async def leave(self, number: str) -> None:
        if number in self._phones:
            self._phones[number].hang_up()
            return
        caller = self._callers[number]
        await (caller.hang_up() if caller.status == 200 else caller.cancel())

    async def offer(self, seat: str = "sari") -> str:
        browser = FakeBrowser(tones(TONES_HZ[seat]))
        self._closing.append(browser)
        self._browsers[seat] = browser
        return await browser.offer()

    async def accept(self, seat: str, answer: str) -> None:
        await self._browsers[seat].accept(answer)

    async def lose(self, seat: str) -> None:
        await self._browsers[seat].close()

    async def dial(self, call: str, name: str, manner: str = "answers") -> None:
        if name not in self._phones:
            self._phones[name] = FakeDeskPhone(tones(TONES_HZ[name]), manner=manner)
            await self._phones[name].open()
        await self.engine.dial(call, self._phones[name].uri, caller_id=None)

    async def give_up(self, call: str) -> None: ...

    def _end(self, name: str) -> FakeCaller | FakeBrowser | FakeDeskPhone:
        return self._callers.get(name) or self._phones.get(name) or self._browsers[name]

    async def hears(self, listener: str, *speakers: str) -> bool:
        return all([await self._end(listener).hears(TONES_HZ[name]) for name in speakers])

    async def hears_nobody_of(self, listener: str, *speakers: str) -> bool:
        await asyncio.sleep(SETTLE_SECONDS)
        recent: Samples = self._end(listener).heard(monotonic() - 0.3)
        return all(share_with_tone(recent, TONES_HZ[name]) < 0.1 for name in speakers)

    async def hears_hold(self, number: str) -> bool:
        return await self._end(number).hears(HOLD_HZ)

    async def keys_heard(self, name: str, keys: str) -> bool:
        for _ in range(400):
            if list(self._phones[name].voice.keys.values()) == list(keys):
                return True
            await asyncio.sleep(0.02)
        return False

    async def close(self) -> None:
        await self.engine.stop()
        for caller in self._callers.values():
            await caller.hang_up()
        for browser in self._closing:
            await browser.close()
        for phone in self._phones.values():
            phone.close()
        await asyncio.gather(*self._dialling, return_exceptions=True)


async def heard(world: World, kind: type[EventT]) -> EventT:
    """The next event, which must be of this kind; that a caller is there is said at any moment after the answer."""
    async with asyncio.timeout(8):
        event: PhoneEvent = await world.engine.next_event()
        while isinstance(event, CallerConfirmed) and kind is not CallerConfirmed:
            event = await world.engine.next_event()
    assert isinstance(event, kind), event
    return event


async def connect(world: World, seat: str) -> None:
    """This taker puts her headset on."""
    answer = await world.engine.connect_seat(seat, await world.offer(seat))
    await world.accept(seat, answer)
    assert await heard(world, SeatConnected) == SeatConnected(seat)
