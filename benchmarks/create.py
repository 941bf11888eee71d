"""Durable creation of incidents over HTTP, as the desk does it: session, CSRF token, validation, routing, journal."""

from __future__ import annotations

from typing import Any

import msgspec
from benchmarks.installation import Installation, installation
from benchmarks.load import Prepared, Result, load, request

from siaga.domain.roles import Role

FLOOR_FIRST = 500_000_000


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    seconds, warm_up = (6.0, 1.5) if size == "full" else (0.5, 0.3)
    runs: dict[int, Result] = {}
    async with installation() as house:
        cookie, csrf = await house.session(Role.TAKER)
        prepared = reports(house, cookie, csrf)
        first, cpu = 0, 0.0
        for connections in (1, 32, 256):
            before = house.cpu_seconds()
            runs[connections] = await load(
                house.port, prepared, connections=connections, seconds=seconds, warm_up=warm_up, first=first
            )
            first += 1_000_000
            if connections == 32:
                cpu = (house.cpu_seconds() - before) / max(1, len(runs[32].bodies)) * 1e6
        kept = await compared(house, [body for one in runs.values() for body in one.bodies])
    async with installation(("benchmarks.floor", "create")) as house:
        floor = await load(
            house.port,
            reports(house, "", ""),
            connections=32,
            seconds=seconds,
            warm_up=warm_up,
            first=FLOOR_FIRST,
        )
        fsync = house.fsync
    return {
        "rps_1": round(runs[1].per_second),
        "rps_32": round(runs[32].per_second),
        "rps_256": round(runs[256].per_second),
        "p50_ms_1": round(runs[1].p_ms(0.50), 2),
        "p99_ms_1": round(runs[1].p_ms(0.99), 2),
        "p99_ms_32": round(runs[32].p_ms(0.99), 2),
        "p99_ms_256": round(runs[256].p_ms(0.99), 2),
        "floor_rps_32": round(floor.per_second),
        "share_of_floor": round(runs[32].per_second / floor.per_second, 2),
        "cpu_us_per_create": round(cpu),
        **kept,
        "refused": {status: n for one in runs.values() for status, n in one.refused.items()},
        "fsync_per_s": round(fsync.per_second),
        "fsync_p99_ms": round(fsync.p99_ms, 2),
    }


def reports(house: Installation, cookie: str, csrf: str) -> Prepared:
    """Reports of different types at different places, all of one taker."""
    places = [(area.lat, area.lon) for area in house.city.kelurahan]
    types = [entry.code for entry in house.city.types]
    headers = {"cookie": f"siaga_session={cookie}", "x-csrftoken": csrf}
    made = [
        request(
            "/api/kejadian",
            headers,
            msgspec.json.encode(
                {
                    "type": types[number % len(types)],
                    "place": "Jl. Contoh Panjang Sekali 12, dekat pasar",
                    "lat": places[number % len(places)][0],
                    "lon": places[number % len(places)][1],
                    "accuracy_m": 25.0,
                    "reporter_name": "Ani Contoh",
                    "reporter_number": "+628123456789",
                    "notes": ["Asap tebal dari lantai dua."],
                }
            ),
        )
        for number in range(len(types))
    ]
    return lambda number: made[number % len(made)]


async def compared(house: Installation, bodies: list[bytes]) -> dict[str, int]:
    """Whether every acknowledged incident is there, under the number it was told, and no number was given twice."""
    told = {answer["incident"]: answer["number"] for answer in map(msgspec.json.decode, bodies)}
    rows = await house.archive.rows("select id, number from incident where city_id = $1")
    kept = {row["id"]: row["number"] for row in rows}
    return {
        "acknowledged": len(bodies),
        "lost": sum(1 for incident, number in told.items() if kept.get(incident) != number),
        "duplicates": len(bodies) - len(set(told.values())) + len(kept) - len(set(kept.values())),
    }
