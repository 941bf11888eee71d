"""What the desk shows around a call sheet: the sheet, its call, possible duplicates, the place's past, progress."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from siaga.domain.city import City
from siaga.domain.incident_type import Hazard, IncidentType
from siaga.domain.place import Place
from siaga.domain.roles import Viewer
from siaga.domain.routing import agencies_for
from siaga.domain.type_match import match_types
from siaga.features.incidents.desk.strip_queries import SEND_SECONDS_TARGET, strip_context
from siaga.features.incidents.labels import STATE_LABELS, Words
from siaga.features.incidents.types.advice import TypeAdvice
from siaga.records.postgres import PostgresArchive

TYPES_SHOWN_MAX = 6  # what fits under a field without scrolling at 1366x768


async def open_sheet(archive: PostgresArchive, viewer: Viewer) -> Mapping[str, Any] | None:
    """The sheet that lies open on her desk: that of her present call, else the last one she touched."""
    found = await archive.rows(
        "select sheet.id, sheet.call, sheet.incident, sheet.draft, sheet.revision, incident.number, incident.year, "
        "incident.priority as incident_priority "
        "from sheet left join seat on seat.city_id = sheet.city_id and seat.taker = sheet.taker "
        "left join incident on incident.city_id = sheet.city_id and incident.id = sheet.incident "
        "where sheet.city_id = $1 and sheet.taker = $2 and sheet.done_at is null "
        "order by (sheet.call is not null and sheet.call = seat.call) desc nulls last, sheet.saved_at desc limit 1",
        viewer.person,
    )
    return dict(found[0]) if found else None


async def one_sheet(archive: PostgresArchive, sheet: str, viewer: Viewer) -> Mapping[str, Any] | None:
    """One of her sheets, or one she was let onto."""
    found = await archive.rows(
        "select sheet.id, sheet.taker, sheet.call, sheet.incident, sheet.draft, sheet.revision, incident.number, "
        "incident.year, incident.priority as incident_priority, "
        "(select count(*) from statement parted where parted.city_id = sheet.city_id and parted.sheet = sheet.id "
        "and parted.parted_at is not null) as parted "
        "from sheet left join incident on incident.city_id = sheet.city_id and incident.id = sheet.incident "
        "where sheet.city_id = $1 and sheet.id = $2 and (sheet.taker = $3 or exists (select from sheet_guest guest "
        "where guest.city_id = sheet.city_id and guest.id = sheet.id || ':' || $3 and guest.left_at is null))",
        sheet,
        viewer.person,
    )
    return dict(found[0]) if found else None


def sheet_key(found: Mapping[str, Any]) -> str:
    """What makes sending a sheet twice one act. After a joining was undone, sending it is another act."""
    parted = found.get("parted") or 0
    return f"sheet:{found['id']}" + (f":{parted}" if parted else "")


async def last_call_at(archive: PostgresArchive, viewer: Viewer) -> datetime | None:
    """When her last call ended."""
    found: datetime | None = await archive.value(
        "select max(ended_at) from call where city_id = $1 and taker = $2", viewer.person
    )
    return found


async def sheet_context(
    archive: PostgresArchive,
    city: City,
    found: Mapping[str, Any] | None,
    viewer: Viewer,
    words: Words,
    now: datetime,
    secret: bytes,
) -> dict[str, Any]:
    """Everything sheet.html, strip.html and progress.html need."""
    if found is None:
        nothing: dict[str, Any] = {
            "sheet": None,
            "chosen": None,
            "hazards": [],
            "glossary": [],
            "call": None,
            "incident": None,
            "assignments": [],
        }
        return {**nothing, "last_call": await last_call_at(archive, viewer), "sent": False,
                "send_seconds_target": SEND_SECONDS_TARGET}  # fmt: skip
    fields = msgspec.json.decode(found["draft"] or "{}")
    kind = city.type_by_code.get(fields.get("type") or "")
    sheet = {
        "id": found["id"],
        "version": found["revision"],
        "fields": fields,
        "incident": incident_link(found),
    }
    return {
        "sheet": sheet,
        "chosen": type_choice(city, kind, "", viewer.language, now) if kind is not None else None,
        "hazards": default_hazards(city, viewer.language),
        "glossary": glossary(city),
        "last_call": None,
        **await strip_context(archive, city, found, words, now, secret),
        **await progress_context(archive, city, found, words),
    }


def glossary(city: City) -> list[dict[str, Any]]:
    """The words callers say, traps first, with what is not confirmed."""
    return [
        {
            "text": word.text, "spoken": city.speech.named(word.languages), "means": word.means, "ask": word.ask,
            "trap": word.trap, "confirmed": word.confirmed,
        }
        for word in sorted(city.speech.words, key=lambda word: (not word.trap, word.text))
    ]  # fmt: skip


def incident_link(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the desk names the sheet's incident."""
    if found["incident"] is None:
        return None
    return {
        "id": found["incident"],
        "number": found["number"],
        "url": f"/kejadian/{found['incident']}",
        "priority": found.get("incident_priority"),
    }


def default_hazards(city: City, language: str) -> list[dict[str, Any]]:
    """The toggles before a type is chosen: the first the city lists."""
    return [
        {"code": hazard.code, "name": _called(hazard, language), "raises_to": hazard.raises_to, "adds": []}
        for hazard in city.hazards[:4]
    ]


def type_choice(
    city: City, kind: IncidentType, why: str, language: str, now: datetime, *, is_model: bool = False
) -> dict[str, Any]:
    """One proposal for *Apa*, with whom the city's table would ask before a place is known.

    ``is_model``: proposed by the type model, so that no machine's thought stands in for a choice.
    """
    routes = agencies_for(city, kind, Place(), kind.priority, now)
    asked = [route.agency for route in routes]
    english = language == "en"
    return {
        "code": kind.code,
        "name": kind.name_en if english else kind.name,
        "priority": kind.priority,
        "why": why,
        "is_model": is_model,
        "agencies": [city.agency(agency).short for agency in asked],
        "hazards": [
            {
                "code": one.code,
                "name": one.name_en if english else one.name,
                "raises_to": one.raises_to,
                "adds": [
                    city.agency(route.agency).short
                    for route in agencies_for(city, kind, Place(), kind.priority, now, hazards=(one.code,))
                    if route.agency not in asked
                ],
            }
            for one in city.hazards_of(kind.code, kind.hazards)
        ],
    }


def type_choices(
    city: City, advice: TypeAdvice, text: str, language: str, now: datetime
) -> list[dict[str, Any]]:
    """The city's own words first, then what the model adds; a type both name is said once, with both reasons."""
    advised = {one.type.code: one for one in advice.on(city, text)}
    matches = match_types(city, text, TYPES_SHOWN_MAX)[: TYPES_SHOWN_MAX - (1 if advised else 0)]
    choices = []
    for match in matches:
        also = advised.pop(match.type.code, None)
        why = f"{match.because} · {also.because}" if also is not None else match.because
        choices.append(type_choice(city, match.type, why, language, now))
    choices += [
        type_choice(city, one.type, one.because, language, now, is_model=True) for one in advised.values()
    ]
    return choices[:TYPES_SHOWN_MAX]


async def progress_context(
    archive: PostgresArchive, city: City, found: Mapping[str, Any], words: Words
) -> dict[str, Any]:
    """What the agencies do, so that she can tell the caller."""
    if found["incident"] is None:
        return {"incident": None, "assignments": []}
    rows = await archive.rows(
        "select id, agency, state, within_seconds, sent_at, due_at, acknowledged_at, on_scene_at, done_at, "
        "(select i.protected from incident i where i.city_id = $1 and i.id = $2) as protected "
        "from assignment where city_id = $1 and incident = $2 order by sent_at, id",
        found["incident"],
    )
    assignments = [
        {
            "id": row["id"],
            "agency": city.agency_by_code[row["agency"]].short
            if row["agency"] in city.agency_by_code
            else row["agency"],
            "state": words(STATE_LABELS[row["state"]]),
            "since": row["done_at"] or row["on_scene_at"] or row["acknowledged_at"] or row["sent_at"],
            "due_seconds": row["within_seconds"] if row["state"] == "sent" else None,
            "done": row["state"] in ("done", "withdrawn", "declined"),
        }
        for row in rows
    ]
    restricted = any(row["protected"] for row in rows)
    return {"incident": incident_link(found), "assignments": assignments, "restricted": restricted}


def _called(thing: IncidentType | Hazard, language: str) -> str:
    return thing.name_en if language == "en" else thing.name
