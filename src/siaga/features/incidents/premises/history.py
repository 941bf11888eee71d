"""*Riwayat lokasi*: what is kept about a place and what happened there in a year, in four lines, hazards first.

A protected case leaves no trace here, not even a number; an agency reads only of what it was asked about itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from siaga.domain.city import City
from siaga.domain.incident_type import Hazard, IncidentType
from siaga.domain.place import METRES_PER_DEGREE, metres_between
from siaga.domain.premises import PremisesKind
from siaga.domain.roles import Viewer
from siaga.features.incidents.labels import OUTCOME_LABELS, Words
from siaga.features.incidents.premises.queries import NEAR_METRES, Known, near
from siaga.records.postgres import PostgresArchive, Row
from siaga.records.sight import VISIBLE, sight_of

LINES_SHOWN_MAX = 4  # what fits beside the sheet without scrolling at 1366x768
HISTORY_DAYS = 365
LOOKED_AT_MAX = 200
LETTERS_MIN = 3  # fewer letters of a street are found everywhere
BOX = 1.2  # the box asked of the index is a little wider than the circle, which decides

PAST = f"""
    select i.type, i.hazards, i.outcome, i.opened_at, i.lat, i.lon from incident i
    where i.city_id = $1 and not i.protected and {VISIBLE} and i.opened_at >= $7
      and (($8::float8 is not null and i.lat between $8 - $10 and $8 + $10 and i.lon between $9 - $10 and $9 + $10)
        or ($8::float8 is null and i.place_text ilike '%' || $11 || '%'))
      and i.id <> $13 and i.id is distinct from
        (select s.incident from sheet s where s.city_id = $1 and s.id = $12)
    order by i.opened_at desc limit {LOOKED_AT_MAX}
"""


async def history_context(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    words: Words,
    now: datetime,
    *,
    lat: float | None,
    lon: float | None,
    text: str,
    sheet: str = "",
    incident: str = "",
) -> dict[str, Any]:
    """What history.html needs, without what this sheet has become or this incident is."""
    if lat is None and len(text.strip()) < LETTERS_MIN:
        return {"history": []}
    known: list[Known] = []
    if lat is not None and lon is not None:
        known = await near(archive, viewer, now, lat=lat, lon=lon)
    past = await _past(archive, city, viewer, now, lat, lon, text, sheet, incident)
    dangers = [_kept(one, city, words) for one in known if one.kind is PremisesKind.HAZARD]
    dangers += [_reported(row, code, city, words, viewer) for row in past for code in row["hazards"]
                if code in city.hazard_by_code]  # fmt: skip
    others = [_kept(one, city, words) for one in known if one.kind is not PremisesKind.HAZARD]
    counted = _counted(past, city, words, viewer)
    shown = (dangers + others)[: LINES_SHOWN_MAX - bool(counted)]
    return {"history": (shown + counted)[:LINES_SHOWN_MAX], "place_is_known": True}


async def _past(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, lat: float | None,
    lon: float | None, text: str, sheet: str, incident: str,
) -> list[Row]:  # fmt: skip
    rows = await archive.rows(
        PAST,
        *sight_of(viewer, city),
        now - timedelta(days=HISTORY_DAYS),
        lat,
        lon,
        NEAR_METRES / METRES_PER_DEGREE * BOX,
        text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"),
        sheet,
        incident,
    )
    if lat is None or lon is None:
        return list(rows)
    return [row for row in rows if metres_between(lat, lon, row["lat"], row["lon"]) <= NEAR_METRES]


def _kept(one: Known, city: City, words: Words) -> dict[str, Any]:
    owner = city.agency_by_code.get(one.owner)
    return {
        "text": words("catatan tentang orang, dibuka dengan alasan") if one.about_person else one.text,
        "hazard": one.kind is PremisesKind.HAZARD,
        "kind": one.kind.value,
        "distance_m": one.distance_m,
        "owner": owner.short if owner is not None else one.owner,
        "person": one.id if one.about_person else "",
    }


def _reported(row: Row, code: str, city: City, words: Words, viewer: Viewer) -> dict[str, Any]:
    hazard = _called(city.hazard_by_code[code], viewer.language)
    return {
        "text": words("{hazard} dilaporkan {day}").format(hazard=hazard, day=_day(row, city)),
        "hazard": True,
    }


def _counted(past: list[Row], city: City, words: Words, viewer: Viewer) -> list[dict[str, Any]]:
    if not past:
        return []
    last = city.type_by_code.get(past[0]["type"])
    what = _called(last, viewer.language) if last is not None else past[0]["type"]
    outcome = f" – {words(OUTCOME_LABELS[past[0]['outcome']])}" if past[0]["outcome"] else ""
    return [
        {"text": words("{n} kejadian dalam 12 bulan").format(n=len(past)), "hazard": False},
        {"text": f"{_day(past[0], city)}: {what}{outcome}", "hazard": False},
    ]


def _called(thing: IncidentType | Hazard, language: str) -> str:
    return thing.name_en if language == "en" else thing.name


def _day(row: Row, city: City) -> str:
    opened: datetime = row["opened_at"]
    return opened.astimezone(city.zone).strftime("%d-%m-%Y")
