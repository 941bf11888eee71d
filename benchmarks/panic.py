"""The hot path with its own keys, limits and figures: durable panic presses a second at 256 connections."""

from __future__ import annotations

from typing import Any

from benchmarks.installation import installation
from benchmarks.load import Prepared, Target, in_turns, request

from siaga.adapters.web.tokens import device_key

CONNECTIONS = 256
DEVICES = 60_000  # a stadium's worth; presses beyond six an hour and device would meet the limit, which is not measured
WARM_UP_SECONDS = 0.4
FLOOR_FIRST = 100_000_000  # numbers of the floor's requests, apart from ours


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    rounds, seconds = (4, 3.0) if size == "full" else (1, 0.5)
    async with installation() as house, house.beside(("benchmarks.floor", "panic")) as (port, process):
        prepared = presses(house.secret)
        ours = Target(house.port, prepared, house.server)
        floor = Target(port, prepared, process, first=FLOOR_FIRST)
        await in_turns(
            ours, floor, rounds=rounds, connections=CONNECTIONS, seconds=seconds, warm_up=WARM_UP_SECONDS
        )
        recorded = await house.archive.value(
            "select count(*) from call where city_id = $1 and channel = 'panic' and device <> 'floor'"
        )
    bodies = ours.total.bodies
    return {
        "rps_256": round(ours.total.per_second),
        "p50_ms_256": round(ours.total.p_ms(0.50), 2),
        "p99_ms_256": round(ours.total.p_ms(0.99), 2),
        "floor_rps_256": round(floor.total.per_second),
        "floor_p99_ms_256": round(floor.total.p_ms(0.99), 2),
        "share_of_floor": round(ours.total.per_second / floor.total.per_second, 2),
        "cpu_us": round(ours.cpu_us),
        "floor_cpu_us": round(floor.cpu_us),
        "acknowledged": len(bodies),
        "lost": max(0, len(bodies) - recorded),
        "duplicates": len(bodies) - len(set(bodies)),
        "refused": ours.total.refused,
        "fsync_per_s": round(house.fsync.per_second),
        "fsync_p99_ms": round(house.fsync.p99_ms, 2),
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
