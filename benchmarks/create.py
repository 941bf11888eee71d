"""Durable creation of incidents over HTTP, as the desk does it: session, CSRF token, validation, routing, journal."""

from __future__ import annotations

from typing import Any

import msgspec
from benchmarks.installation import Installation, installation
from benchmarks.load import Prepared, Target, in_turns, request

from siaga.domain.roles import Role

WARM_UP_SECONDS = 0.4


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    rounds, seconds = (4, 2.5) if size == "full" else (1, 0.4)
    async with installation() as house, house.beside(("benchmarks.floor", "create")) as (port, process):
        prepared = reports(house, *await house.session(Role.TAKER))
        one, ours, many = (Target(house.port, prepared, house.server) for _ in range(3))
        floor = Target(port, prepared, process)
        await in_turns(one, rounds=rounds, connections=1, seconds=seconds / 2, warm_up=WARM_UP_SECONDS)
        await in_turns(ours, floor, rounds=rounds, connections=32, seconds=seconds, warm_up=WARM_UP_SECONDS)
        await in_turns(many, rounds=rounds, connections=256, seconds=seconds / 2, warm_up=WARM_UP_SECONDS)
        bodies = [*one.total.bodies, *ours.total.bodies, *many.total.bodies]
        kept = await compared(house, bodies)
    refused = one.total.refused | ours.total.refused | many.total.refused
    return {
        "rps_1": round(one.total.per_second),
        "rps_32": round(ours.total.per_second),
        "rps_256": round(many.total.per_second),
        "p50_ms_1": round(one.total.p_ms(0.50), 2),
        "p99_ms_1": round(one.total.p_ms(0.99), 2),
        "p99_ms_32": round(ours.total.p_ms(0.99), 2),
        "p99_ms_256": round(many.total.p_ms(0.99), 2),
        "floor_rps_32": round(floor.total.per_second),
        "floor_p99_ms_32": round(floor.total.p_ms(0.99), 2),
        "share_of_floor": round(ours.total.per_second / floor.total.per_second, 2),
        "cpu_us": round(ours.cpu_us),
        "floor_cpu_us": round(floor.cpu_us),
        **kept,
        "refused": refused,
        "fsync_per_s": round(house.fsync.per_second),
        "fsync_p99_ms": round(house.fsync.p99_ms, 2),
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
    rows = await house.archive.rows(
        "select id, number from incident where city_id = $1"
    )  # the floor's as well
    kept = {row["id"]: row["number"] for row in rows}
    return {
        "acknowledged": len(bodies),
        "lost": sum(1 for incident, number in told.items() if kept.get(incident) != number),
        "duplicates": len(bodies) - len(set(told.values())) + len(kept) - len(set(kept.values())),
    }
