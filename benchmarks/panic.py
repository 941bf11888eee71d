"""The hot path with its own keys, limits and figures: durable panic presses a second at 256 connections."""

from __future__ import annotations

from typing import Any

from benchmarks.installation import installation
from benchmarks.load import Prepared, load, request

from siaga.adapters.web.tokens import device_key

CONNECTIONS = 256
DEVICES = 20_000  # a stadium's worth; presses beyond six an hour and device would meet the limit, which is not measured
FLOOR_FIRST = 100_000_000  # numbers of the floor's requests, apart from ours


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    seconds, warm_up = (8.0, 2.0) if size == "full" else (0.5, 0.3)
    async with installation() as house:
        before = house.cpu_seconds()
        ours = await load(
            house.port,
            presses(house.secret),
            connections=CONNECTIONS,
            seconds=seconds,
            warm_up=warm_up,
            first=0,
        )
        cpu_us = (house.cpu_seconds() - before) / max(1, len(ours.bodies)) * 1e6
        recorded = await house.archive.value(
            "select count(*) from call where city_id = $1 and channel = 'panic'"
        )
        distinct = len(set(ours.bodies))
    async with installation(("benchmarks.floor", "panic")) as house:
        before = house.cpu_seconds()
        floor = await load(
            house.port, presses(house.secret), connections=CONNECTIONS, seconds=seconds, warm_up=warm_up,
            first=FLOOR_FIRST,
        )  # fmt: skip
        floor_cpu_us = (house.cpu_seconds() - before) / max(1, len(floor.bodies)) * 1e6
        fsync = house.fsync
    return {
        "rps_256": round(ours.per_second),
        "p50_ms_256": round(ours.p_ms(0.50), 2),
        "p99_ms_256": round(ours.p_ms(0.99), 2),
        "floor_rps_256": round(floor.per_second),
        "share_of_floor": round(ours.per_second / floor.per_second, 2),
        "cpu_us_per_press": round(cpu_us),
        "floor_cpu_us": round(floor_cpu_us),
        "acknowledged": len(ours.bodies),
        "lost": len(ours.bodies) - recorded if recorded < len(ours.bodies) else 0,
        "duplicates": len(ours.bodies) - distinct,
        "refused": ours.refused,
        "fsync_per_s": round(fsync.per_second),
        "fsync_p99_ms": round(fsync.p99_ms, 2),
    }


def presses(secret: bytes) -> Prepared:
    """Requests whose devices and keys are all different; only the digits differ between them."""
    keys = [device_key(secret, f"bench-{number:05d}") for number in range(DEVICES)]
    body = b'{"key":"press-%010d","lat":-6.7063,"lon":108.5570,"accuracy_m":14.5,"number":"+628123456789"}'
    head = request("/api/panik", {"authorization": "Device bench-%05d:%s"}, body % 0)
    head = head[: head.index(b"\r\n\r\n") + 4].replace(b"%s", b"%b")

    def prepared(number: int) -> bytes:
        device = number % DEVICES
        return head % (device, keys[device].encode()) + body % number

    return prepared
