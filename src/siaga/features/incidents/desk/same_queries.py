"""*Mungkin sama*: the open incidents a caller may mean, likeliest first, with the evidence a taker judges by."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, radians
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from siaga.domain.city import City
from siaga.domain.linking import Background, Known, Likeness, Linking, Report
from siaga.domain.place import METRES_PER_DEGREE, Place, PlaceMethod
from siaga.domain.roles import Viewer
from siaga.features.incidents.labels import STATE_LABELS, Words
from siaga.records.postgres import PostgresArchive, Row
from siaga.records.sight import VISIBLE, sight_of

NARRATIVE_LINES = 2  # enough to judge by, short enough to read while he talks
UNITS_SHOWN_MAX = 4
_LINKING: WeakKeyDictionary[City, Linking] = WeakKeyDictionary()  # a city never changes: built once each


def linking_of(city: City) -> Linking:
    """The city's linking."""
    known = _LINKING.get(city)
    if known is None:
        known = _LINKING[city] = Linking(city)
    return known


async def same_context(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    words: Words,
    now: datetime,
    *,
    type: str,
    place: Place,
    sheet: str,
) -> dict[str, Any]:
    """What same.html shows once what and where exist. Without a place the caller's own position stands in."""
    linking = linking_of(city)
    if type not in linking.category_of:
        return {"same": []}
    if not place.has_point and not place.text.strip():
        place = await _caller_at(archive, sheet) or place
    if not place.has_point and not place.text.strip():
        return {"same": []}
    found = linking.propose(
        Report(type=type, place=place, at=now),
        await _open_incidents(archive, city, viewer, linking, now, sheet=sheet),
        await _background(archive, linking, place, now),
    )
    shown = await _shown(archive, city, viewer, words, found)
    return {"same": [shown[like.id] for like in found if like.id in shown]}


async def _caller_at(archive: PostgresArchive, sheet: str) -> Place | None:
    """The newest position of the sheet's caller."""
    rows = await archive.rows(
        "select p.lat, p.lon, p.accuracy_m from sheet s, lateral ("
        "(select l.lat, l.lon, l.accuracy_m, l.at from caller_location l "
        "where l.city_id = s.city_id and l.call = s.call order by l.at desc limit 1) "
        "union all (select c.lat, c.lon, c.accuracy_m, c.arrived_at from call c "
        "where c.city_id = s.city_id and c.id = s.call and c.lat is not null and c.lon is not null)) p "
        "where s.city_id = $1 and s.id = $2 order by p.at desc limit 1",
        sheet,
    )
    if not rows:
        return None
    return Place(lat=rows[0]["lat"], lon=rows[0]["lon"], accuracy_m=rows[0]["accuracy_m"])


async def _open_incidents(
    archive: PostgresArchive, city: City, viewer: Viewer, linking: Linking, now: datetime, *, sheet: str
) -> list[Known]:
    """The open incidents this viewer may know of, newest first, without the sheet's own and those she ruled out."""
    oldest = max(category.minutes for category in linking.categories.values())
    rows = await archive.rows(
        f"""
        with mine as (select s.incident, s.different_from from sheet s where s.city_id = $1 and s.id = $7)
        select i.id, i.type, i.opened_at, i.lat, i.lon, i.accuracy_m, i.method, i.kelurahan, i.place_text,
               (select count(*) from reporter r where r.city_id = i.city_id and r.incident = i.id) as callers,
               (select jsonb_agg(jsonb_build_object('lat', t.lat, 'lon', t.lon, 'accuracy_m', t.accuracy_m))
                from statement t where t.city_id = i.city_id and t.incident = i.id and t.parted_at is null
                  and t.lat is not null) as said
        from incident i
        where i.city_id = $1 and i.outcome is null and i.opened_at >= $8 and {VISIBLE}
          and i.id is distinct from (select incident from mine)
          and not i.id = any(coalesce((select different_from from mine), '{{}}'))
        order by i.opened_at desc limit $9""",
        *sight_of(viewer, city),
        sheet,
        now - timedelta(minutes=oldest),
        linking.rules.candidates_max,
    )
    return [_known(row) for row in rows]


def _known(row: Row) -> Known:
    place = Place(
        text=row["place_text"] or "", lat=row["lat"], lon=row["lon"], accuracy_m=row["accuracy_m"],
        kelurahan=row["kelurahan"], method=PlaceMethod(row["method"]),
    )  # fmt: skip
    said = msgspec.json.decode(row["said"], type=tuple[Place, ...]) if row["said"] else ()
    return Known(
        id=row["id"], type=row["type"], place=place, opened_at=row["opened_at"], callers=max(row["callers"], 1),
        said=said,
    )  # fmt: skip


async def _background(archive: PostgresArchive, linking: Linking, place: Place, now: datetime) -> Background:
    """What happens in the city just now, usually, and around this place."""
    rules = linking.rules
    side = linking.box_km(place)
    degrees = side * 1000.0 / METRES_PER_DEGREE
    rows = await archive.rows(
        "select type, count(*) as usual, count(*) filter (where opened_at >= $3) as recent, "
        "count(*) filter (where lat between $4 - $6::float8 and $4 + $6 and lon between $5 - $7::float8 and $5 + $7) "
        "as near from incident where city_id = $1 and opened_at >= $2 group by type",
        now - timedelta(days=rules.usual_days),
        now - timedelta(minutes=rules.recent_minutes),
        place.lat,
        place.lon,
        degrees,
        degrees / max(cos(radians(place.lat or 0.0)), 0.01),
    )
    usual = {row["type"]: row["usual"] for row in rows}
    crowding = 1.0
    if place.has_point:
        crowding = linking.crowding(sum(row["near"] for row in rows), sum(usual.values()), side)
    return linking.background({row["type"]: row["recent"] for row in rows}, usual, crowding)


async def _shown(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, found: list[Likeness]
) -> dict[str, dict[str, Any]]:
    """The proposals in words: what is known of each, its first lines, its units. Sight is decided here again."""
    if not found:
        return {}
    rows = await archive.rows(
        f"""
        select i.id, i.number, i.type, i.place_text, i.priority, i.opened_at, i.major,
            (select count(*) from reporter r where r.city_id = i.city_id and r.incident = i.id) as callers,
            (select array_agg(t.text order by t.at, t.id) from (
                select text, at, id from note n where n.city_id = i.city_id and n.incident = i.id
                and n.struck_at is null order by n.at, n.id limit {NARRATIVE_LINES}) t) as told,
            (select array_agg(u.code || ' ' || u.status order by u.code)
             from unit u where u.city_id = i.city_id and u.incident = i.id) as units,
            (select a.state from assignment a where a.city_id = i.city_id and a.incident = i.id
             order by array_position(array['on_scene','acknowledged','sent'], a.state) limit 1) as state
        from incident i where i.city_id = $1 and {VISIBLE} and i.id = any($7)""",
        *sight_of(viewer, city),
        [like.id for like in found],
    )
    like_of = {like.id: like for like in found}
    return {row["id"]: _evidence(city, like_of[row["id"]], row, words, viewer.language) for row in rows}


def _evidence(city: City, like: Likeness, row: Row, words: Words, language: str) -> dict[str, Any]:
    kind = city.type_by_code.get(row["type"])
    name = (kind.name_en if language == "en" else kind.name) if kind is not None else row["type"]
    units = [unit.split(" ", 1) for unit in row["units"] or []]
    return {
        "id": row["id"], "number": row["number"], "type": name, "place": row["place_text"],
        "priority": row["priority"], "opened_at": row["opened_at"], "callers": row["callers"], "major": row["major"],
        "because": [words(reason.text).format(**reason.values) for reason in like.in_words()],
        "percent": like.percent, "told": list(row["told"] or []),
        "units": [{"code": code, "status": status} for code, status in units[:UNITS_SHOWN_MAX]],
        "units_more": max(len(units) - UNITS_SHOWN_MAX, 0),
        "progress": words(STATE_LABELS[row["state"] or "sent"]),
        "distance_m": None if like.distance_m is None else round(like.distance_m),
    }  # fmt: skip
