"""What is known about places: near a point for the sheet, all hazards for the map, everything for the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from siaga.domain.place import METRES_PER_DEGREE
from siaga.domain.premises import ORDER, RADIUS_M_MAX, Premises, PremisesKind, may_read_about_persons
from siaga.domain.roles import May, Viewer
from siaga.records.tables import NAMED

NEAR_METRES = 150.0  # as far as the past of a place is looked for
LOOKED_AT_MAX = 500
LISTED_MAX = 2_000
MAP_MAX = 5_000

# An agency reads every hazard and way in: its crews meet them. Contacts and notes are for the room and their owner.
READABLE = """(p.ended_at is null and p.expires_at > $2 and (not p.about_person or $3::bool)
    and ($4::bool or p.owner = $5::text or (not p.about_person and p.kind in ('hazard', 'access'))))"""


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Known:
    """One fact as a reader may see it; of a fact about a person only that there is one (``text`` is empty)."""

    id: str
    kind: PremisesKind
    text: str
    where: str
    lat: float
    lon: float
    radius_m: float
    owner: str
    expires_at: datetime
    about_person: bool
    distance_m: int | None = None


async def near(
    archive: Reader,
    viewer: Viewer,
    now: datetime,
    *,
    lat: float,
    lon: float,
    metres: float = NEAR_METRES,
) -> list[Known]:
    """What is known within ``metres`` of a point: hazards first, then by distance."""
    span = (metres + RADIUS_M_MAX) / METRES_PER_DEGREE
    rows = await archive.rows(
        f"select p.* from premises p where p.city_id = $1 and {READABLE} "
        "and p.lat between $6::float8 - $7::float8 and $6::float8 + $7::float8 limit $8",
        *_reading(viewer, now),
        lat,
        span,
        LOOKED_AT_MAX,
    )
    found = []
    for row in rows:
        premises: Premises = NAMED["premises"].from_row(dict(row))
        distance = premises.metres_to(lat, lon)
        if distance <= metres:
            found.append(_known(premises, round(distance)))
    return sorted(found, key=lambda one: (ORDER.index(one.kind), one.distance_m or 0, one.id))


async def hazards_near(
    archive: Reader, viewer: Viewer, now: datetime, *, lat: float, lon: float, metres: float = NEAR_METRES
) -> list[Known]:
    """Only the hazards, nearest first."""
    found = await near(archive, viewer, now, lat=lat, lon=lon, metres=metres)
    return [one for one in found if one.kind is PremisesKind.HAZARD]


async def hazards_all(archive: Reader, viewer: Viewer, now: datetime) -> list[Known]:
    """Every hazard the viewer may see, for a layer of the map; never one about a person."""
    rows = await archive.rows(
        f"select p.* from premises p where p.city_id = $1 and {READABLE} and p.kind = 'hazard' "
        "and not p.about_person order by p.id limit $6",
        *_reading(viewer, now),
        MAP_MAX,
    )
    return [_known(NAMED["premises"].from_row(dict(row)), None) for row in rows]


async def listed(archive: Reader, viewer: Viewer, now: datetime, *, sought: str = "") -> list[Premises]:
    """Everything the viewer may see, what ends first at the top. The words of facts about persons are left out."""
    like = sought.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await archive.rows(
        f"select p.* from premises p where p.city_id = $1 and {READABLE} "
        "and ($6 = '' or p.\"where\" ilike '%' || $6 || '%' or (not p.about_person and p.text ilike '%' || $6 || '%')) "
        "order by p.expires_at, p.id limit $7",
        *_reading(viewer, now),
        like,
        LISTED_MAX,
    )
    found = []
    for row in rows:
        data = dict(row)
        if data["about_person"]:
            data["text"] = ""
        found.append(NAMED["premises"].from_row(data))
    return found


def _reading(viewer: Viewer, now: datetime) -> tuple[datetime, bool, bool, str]:
    """The values of READABLE: when, whether facts about persons, whether everybody's, and whose own."""
    room = viewer.may(May.OPEN_INCIDENTS) or viewer.may(May.ADMINISTER)
    own = viewer.agency if viewer.may(May.ANSWER_FOR_AGENCY) else None
    return now, may_read_about_persons(viewer), room, own or ""


def _known(premises: Premises, distance_m: int | None) -> Known:
    return Known(
        id=premises.id,
        kind=premises.kind,
        text="" if premises.about_person else premises.text,
        where=premises.where,
        lat=premises.lat,
        lon=premises.lon,
        radius_m=premises.radius_m,
        owner=premises.owner,
        expires_at=premises.expires_at,
        about_person=premises.about_person,
        distance_m=distance_m,
    )
