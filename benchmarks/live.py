"""From a panic press to every open screen: received, checked, durable, told to N consoles over server-sent events.

The time runs from the moment the press is sent until the last byte of its event is read by a console, so it holds the
whole way in and the commit as well; "commit to screen" alone is less. Consoles and presses share this machine's
processors with the server.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import msgspec
from benchmarks.installation import Installation, installation
from benchmarks.load import request

from siaga import clock
from siaga.adapters.web.tokens import device_key
from siaga.domain.roles import Role

PRESSES_PER_SECOND = 5  # a city's busiest minute has fewer
SETTLE_SECONDS = 0.5
HEARD_SECONDS_MAX = 5.0  # what has not come by then counts as missing
CONNECTED_AT_ONCE = 100
CALL = b'"call":"'
CALL_LENGTH = 36


class Console(asyncio.Protocol):
    """One open screen: notes when it reads of a call."""

    def __init__(self, opening: bytes, seen: dict[bytes, list[float]], live: asyncio.Semaphore) -> None:
        self._opening = opening
        self._seen = seen
        self._live = live
        self._begun = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        if not self._begun and b"event: pulse" in data:
            self._begun = True
            self._live.release()
        at = data.find(CALL)
        if at >= 0:
            now = clock.monotonic()
            while at >= 0:
                call = data[at + len(CALL) : at + len(CALL) + CALL_LENGTH]
                self._seen.setdefault(call, []).append(now)
                at = data.find(CALL, at + 1)


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    seconds = 8.0 if size == "full" else 1.0
    figures: dict[str, Any] = {}
    numbers = itertools.count()
    async with installation() as house:
        for consoles in (50, 500, 2000):
            figures |= await watched(house, consoles, seconds, numbers)
        fsync = house.fsync
    return {**figures, "fsync_per_s": round(fsync.per_second), "fsync_p99_ms": round(fsync.p99_ms, 2)}


async def watched(house: Installation, consoles: int, seconds: float, numbers: Any) -> dict[str, Any]:
    """Open so many consoles, press for so many seconds, close them again."""
    cookie, _ = await house.session(Role.TAKER)
    await asyncio.sleep(SETTLE_SECONDS)  # news of a new account closes its open streams; let it pass first
    opening = f"GET /siaran HTTP/1.1\r\nhost: localhost\r\ncookie: siaga_session={cookie}\r\n\r\n".encode()
    seen: dict[bytes, list[float]] = {}
    live = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()
    opened: list[Console] = []
    for start in range(0, consoles, CONNECTED_AT_ONCE):
        count = min(CONNECTED_AT_ONCE, consoles - start)
        made = await asyncio.gather(
            *(
                loop.create_connection(lambda: Console(opening, seen, live), "127.0.0.1", house.port)
                for _ in range(count)
            )
        )
        opened += [console for _, console in made]
        for _ in range(count):
            await live.acquire()
    await asyncio.sleep(SETTLE_SECONDS)
    before = house.cpu_seconds()
    sent = await press(house, seconds, numbers)
    messages = consoles * len(sent)
    for _ in range(int(HEARD_SECONDS_MAX / SETTLE_SECONDS)):
        await asyncio.sleep(SETTLE_SECONDS)
        if sum(len(heard) for heard in seen.values()) >= messages:
            break
    cpu_us = (house.cpu_seconds() - before) / messages * 1e6
    for console in opened:
        console.transport.close()
    latencies = sorted((heard - sent[call]) * 1000 for call in sent for heard in seen.get(call, []))
    missing = messages - len(latencies)
    return {
        f"p50_ms_{consoles}": round(latencies[len(latencies) // 2], 2),
        f"p99_ms_{consoles}": round(latencies[int(len(latencies) * 0.99)], 2),
        f"missing_{consoles}": missing,
        f"cpu_us_per_message_{consoles}": round(cpu_us, 1),
    }


async def press(house: Installation, seconds: float, numbers: Any) -> dict[bytes, float]:
    """Press at a steady pace; when each call that came of it was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    sent: dict[bytes, float] = {}
    due = clock.monotonic()
    for _ in range(max(1, int(seconds * PRESSES_PER_SECOND))):
        await asyncio.sleep(max(0.0, due - clock.monotonic()))
        due += 1 / PRESSES_PER_SECOND
        device = f"live-{next(numbers)}"
        headers = {"authorization": f"Device {device}:{device_key(house.secret, device)}"}
        body = msgspec.json.encode({"key": f"press-{device}", "lat": -6.7, "lon": 108.55})
        began = clock.monotonic()
        writer.write(request("/api/panik", headers, body))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = msgspec.json.decode(await reader.readexactly(length))
        sent[answer["call"].encode()] = began
    writer.close()
    return sent
