"""A load generator: as many connections as wanted, each sending its next prepared request when the last is answered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil

from siaga import clock

Prepared = Callable[[int], bytes]
# The complete request with this number, as bytes.


@dataclass
class Result:
    """What one run gave."""

    seconds: float
    answered: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def __iadd__(self, other: Result) -> Result:
        """Another window of the same kind."""
        self.seconds += other.seconds
        self.answered += other.answered
        self.bodies += other.bodies
        self.latencies += other.latencies
        for status, count in other.refused.items():
            self.refused[status] = self.refused.get(status, 0) + count
        return self

    @property
    def per_second(self) -> float:
        return self.answered / self.seconds

    def p_ms(self, share: float) -> float:
        """The latency in ms that this share of the answers did not exceed."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass
class Target:
    """A server under load: where it is, what is sent to it, and what has come of it so far."""

    port: int
    prepared: Prepared
    process: psutil.Process
    first: int = 0
    total: Result = field(default_factory=lambda: Result(0.0))
    cpu_seconds: float = 0.0

    @property
    def cpu_us(self) -> float:
        """Processor time of the server for one answer, in microseconds: a busy machine falsifies it least."""
        return self.cpu_seconds / max(1, len(self.total.bodies)) * 1e6

    async def window(self, *, connections: int, seconds: float, warm_up: float) -> Result:
        """Load it for a while; the figures are added to ``total`` and given for this window alone."""
        before = _cpu_seconds(self.process)
        result = await load(
            self.port,
            self.prepared,
            connections=connections,
            seconds=seconds,
            warm_up=warm_up,
            first=self.first,
        )
        self.cpu_seconds += _cpu_seconds(self.process) - before
        self.first += len(result.bodies) + connections
        self.total += result
        return result


async def in_turns(*targets: Target, rounds: int, connections: int, seconds: float, warm_up: float) -> None:
    """Load one after the other, again and again: whatever else the machine does, it does to all of them."""
    for _ in range(rounds):
        for target in targets:
            await target.window(connections=connections, seconds=seconds, warm_up=warm_up)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


class _Connection(asyncio.Protocol):
    """One keep-alive connection. Understands exactly the answers our server gives: a length, then a body."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.rest = b""
        self.sent_at = 0.0
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        if self.run.over:
            self.transport.close()
            return
        self.sent_at = clock.monotonic()
        self.transport.write(self.run.prepared(next(self.run.numbers)))

    def data_received(self, data: bytes) -> None:
        data = self.rest + data if self.rest else data
        head = data.find(b"\r\n\r\n")
        if head < 0:
            self.rest = data
            return
        at = data.find(b"content-length: ") + 16
        length = int(data[at : data.find(b"\r\n", at)])
        if len(data) < head + 4 + length:
            self.rest = data
            return
        self.rest = b""
        self.run.answered(int(data[9:12]), data[head + 4 :], clock.monotonic() - self.sent_at)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.run.closed()


class _Run:
    def __init__(self, prepared: Prepared, connections: int, first: int, success: int) -> None:
        self.prepared = prepared
        self.numbers = itertools.count(first)
        self.over = False
        self.measuring = False
        self.success = success
        self.open = connections
        self.done = asyncio.get_running_loop().create_future()
        self.result = Result(0.0)
        self.acknowledged: list[bytes] = []

    def answered(self, status: int, body: bytes, seconds: float) -> None:
        if status != self.success:
            self.result.refused[status] = self.result.refused.get(status, 0) + 1
            return
        self.acknowledged.append(body)
        if self.measuring:
            self.result.answered += 1
            self.result.latencies.append(seconds)

    def closed(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)


async def load(
    port: int,
    prepared: Prepared,
    *,
    connections: int,
    seconds: float,
    warm_up: float,
    first: int,
    success: int = 201,
) -> Result:
    """Keep ``connections`` busy for ``warm_up + seconds``; figures are of the ``seconds``, ``bodies`` of all of it."""
    loop = asyncio.get_running_loop()
    run = _Run(prepared, connections, first, success)
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
    await asyncio.sleep(warm_up)
    run.measuring, began = True, clock.monotonic()
    await asyncio.sleep(seconds)
    run.measuring, run.over = False, True
    run.result.seconds = clock.monotonic() - began
    async with asyncio.timeout(15):
        await run.done
    run.result.bodies = run.acknowledged
    return run.result


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A complete POST."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body
