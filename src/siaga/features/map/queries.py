"""What is on the map just now: open incidents with a point, and units where their status says they are.

Rule 1: a protected incident is on no map, whoever looks: a map is read over shoulders, from the wall, on a second
screen. Its page shows it to its circle. A unit that works there has no place on the map either.
Rule 2: hazards of places are drawn as a sign only, and never those about persons: the words are on the sheet.
Rule 3: no unit reports its position yet. One that is on scene stands at its incident; any other at its post, drawn
hollow, and one whose post has no known point is counted, not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from siaga.domain.city import City
from siaga.domain.place import PlaceMethod
from siaga.domain.premises import PremisesKind
from siaga.domain.roles import May, Viewer
from siaga.domain.spelling import folded
from siaga.domain.unit import UnitStatus
from siaga.records.sight import VISIBLE, sight_of

INCIDENTS_SHOWN_MAX = (
    300  # more symbols than this on one city are a grey surface; the board says how many there are
)
HAZARDS_SHOWN_MAX = 500
DOUBTFUL_METRES = 100.0  # a circle smaller than this disappears under its symbol
VAGUE = (PlaceMethod.CENTROID.value, PlaceMethod.UNKNOWN.value, PlaceMethod.GIVEN.value)


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


async def scene(archive: Reader, viewer: Viewer, city: City, now: datetime) -> dict[str, Any]:
    """Everything that moves, for a viewer; three queries."""
    sight = sight_of(viewer, city)
    incidents = await archive.rows(
        f"""select i.id, i.number, i.type, i.priority, i.lat, i.lon, i.accuracy_m, i.method, i.place_text, i.demo
            from incident i
            where i.city_id = $1 and i.outcome is null and not i.protected and i.lat is not null and {VISIBLE}
            order by i.priority, i.opened_at, i.id limit {INCIDENTS_SHOWN_MAX}""",
        *sight,
    )
    units = await archive.rows(
        f"""select u.code, u.agency, u.what, u.status, u.station, i.id as incident, i.lat, i.lon
            from unit u left join incident i
              on i.city_id = u.city_id and i.id = u.incident and not i.protected and {VISIBLE}
            where u.city_id = $1 and ($7::bool or u.agency = $5::text) order by u.code""",
        *sight,
        viewer.may(May.SEE_ALL_INCIDENTS),
    )
    hazards = await archive.rows(
        f"""select id, text, lat, lon from premises
            where city_id = $1 and kind = $2 and not about_person and ended_at is null and expires_at > $3 and $4::bool
            order by id limit {HAZARDS_SHOWN_MAX}""",
        PremisesKind.HAZARD.value,
        now,
        viewer.may(May.SEE_ALL_INCIDENTS),
    )
    placed = [_unit(row, city) for row in units]
    return {
        "incidents": [_incident(row, city, viewer.language) for row in incidents],
        "units": [one for one in placed if one["lat"] is not None],
        "hazards": [
            {
                "id": row["id"],
                "layer": "hazards",
                "kind": "",
                "name": row["text"],
                "lat": row["lat"],
                "lon": row["lon"],
            }
            for row in hazards
        ],
        "units_without_place": sum(one["lat"] is None for one in placed),
    }


def _incident(row: Mapping[str, Any], city: City, language: str) -> dict[str, Any]:
    kind = city.type_by_code.get(row["type"])
    name = row["type"] if kind is None else kind.name_en if language == "en" else kind.name
    accuracy = row["accuracy_m"] or 0.0
    return {
        "id": row["id"],
        "number": row["number"],
        "priority": row["priority"],
        "name": name,
        "place": row["place_text"],
        "lat": row["lat"],
        "lon": row["lon"],
        "radius_m": round(accuracy) if accuracy >= DOUBTFUL_METRES else 0,
        "vague": row["method"] in VAGUE,
        "demo": row["demo"],
    }


def _unit(row: Mapping[str, Any], city: City) -> dict[str, Any]:
    on_scene = row["status"] == UnitStatus.ON_SCENE.value
    if on_scene:
        point = (row["lat"], row["lon"]) if row["lat"] is not None else None
    else:
        point = stations(city).get(folded(row["station"] or ""))
    return {
        "code": row["code"],
        "status": row["status"],
        "what": row["what"],
        "lat": point[0] if point else None,
        "lon": point[1] if point else None,
        "sure": on_scene,
        "incident": row["incident"],
    }


@lru_cache(maxsize=8)
def stations(city: City) -> Mapping[str, tuple[float, float]]:
    """Where the posts named in the city's list of units stand, by folded name: the gazetteer's points."""
    wanted = {folded(unit.station) for unit in city.units if unit.station}
    found: dict[str, tuple[float, float]] = {}
    for landmark in city.landmarks:
        if landmark.lat is None or landmark.lon is None:
            continue
        for name in (landmark.name, *landmark.aliases):
            if folded(name) in wanted:
                found.setdefault(folded(name), (landmark.lat, landmark.lon))
    return found
