"""What is printed: empty sheets with the room's telephones, and what is open now; and what was typed from paper."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from siaga.domain.call import NON_CALLS
from siaga.domain.city import City
from siaga.domain.incident import Outcome
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.labels import OUTCOME_LABELS, STATE_LABELS, Words
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import VISIBLE, sight_of

AGENCY_ROWS = 6  # a sheet holds six agencies in handwriting; a bigger case takes a second sheet
NOTE_ROWS = 5
OPEN_SHOWN_MAX = 500  # a flood on forty pages; who has more needs another way
ENTRIES_SHOWN_MAX = 30

NON_CALL_LABELS = {
    "ghost": "Senyap", "prank": "Iseng", "information": "Informasi", "wrong_number": "Salah sambung",
    "outside_area": "Di luar wilayah",
}  # fmt: skip


def form_context(city: City, words: Words, *, copies: int = 1, language: str = "id") -> dict[str, Any]:
    """Empty sheets, in the order of the screen, and every telephone of the city's table with its ladder."""
    return {
        "what": "form",
        "copies": copies,
        "hazards": [hazard.name_en if language == "en" else hazard.name for hazard in city.hazards],
        "non_calls": [words(NON_CALL_LABELS[kind.value]) for kind in NON_CALLS],
        "outcomes": [words(OUTCOME_LABELS[one.value]) for one in Outcome if one is not Outcome.DUPLICATE],
        "agency_rows": AGENCY_ROWS,
        "note_rows": NOTE_ROWS,
        "agencies": telephones(city),
    }


def telephones(city: City) -> list[dict[str, Any]]:
    """Who is rung, and who next when nobody answers. Empty where the city has not said: room to write it in."""
    return [
        {
            "short": agency.short,
            "name": agency.name,
            "phone": agency.phone,
            "ladder": [(rung.role, rung.name, rung.contact) for rung in agency.ladder],
        }
        for agency in city.agencies
        if agency.active
    ]


async def pack_context(archive: PostgresArchive, city: City, words: Words, now: datetime) -> dict[str, Any]:
    """Open incidents and units, without anybody's name or number. Protected cases are never printed."""
    incidents = await archive.rows(
        "select i.id, i.number, i.year, i.priority, i.type, i.place_text, i.kelurahan, i.landmark, i.rt_rw, "
        "i.hazards, i.opened_at, coalesce("
        "(select json_agg(json_build_object('agency', a.agency, 'state', a.state) order by a.sent_at) "
        "from assignment a where a.city_id = i.city_id and a.incident = i.id)::text, '[]') as asked "
        "from incident i where i.city_id = $1 and i.outcome is null and not i.protected "
        "order by i.priority, i.opened_at limit $2",
        OPEN_SHOWN_MAX,
    )
    units = await archive.rows(
        "select u.code, u.agency, u.status, u.since, i.number from unit u left join incident i "
        "on i.city_id = u.city_id and i.id = u.incident and not i.protected "
        "where u.city_id = $1 order by u.agency, u.code"
    )
    return {
        "what": "pack",
        "incidents": [_incident(row, city, words) for row in incidents],
        "units": [{**dict(row), "agency": _short(city, row["agency"])} for row in units],
        "agencies": telephones(city),
        "made_at": now,
    }


def _incident(row: Any, city: City, words: Words) -> dict[str, Any]:
    kelurahan = city.kelurahan_by_code.get(row["kelurahan"] or "")
    kind = city.type_by_code.get(row["type"])
    where = [row["place_text"], row["landmark"], f"RT/RW {row['rt_rw']}" if row["rt_rw"] else None]
    hazards = [city.hazard_by_code[code].name for code in row["hazards"] if code in city.hazard_by_code]
    return {
        "number": row["number"],
        "priority": row["priority"],
        "type": kind.name if kind is not None else row["type"],
        "where": ", ".join(part for part in where if part),
        "kelurahan": kelurahan.name if kelurahan is not None else "",
        "hazards": ", ".join(hazards),
        "opened_at": row["opened_at"],
        "asked": [
            f"{_short(city, one['agency'])}: {words(STATE_LABELS[one['state']])}"
            for one in json.loads(row["asked"])
        ],
    }


def _short(city: City, code: str) -> str:
    agency = city.agency_by_code.get(code)
    return agency.short if agency is not None else code


async def typing_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words
) -> dict[str, Any]:
    """What the typing form offers, and the last sheets that were typed."""
    rows = await archive.rows(
        "select e.id, e.form, e.still_going, e.at, e.undone_at, e.by, p.name as typist, c.arrived_at, "
        "c.disposition, i.number, i.type, i.id as incident "
        "from paper_entry e left join call c on c.city_id = e.city_id and c.id = e.call "
        "left join incident i on i.city_id = e.city_id and i.id = e.incident "
        "left join person p on p.city_id = e.city_id and p.id = e.by "
        "where e.city_id = $1 "
        f"and (i.id is null or {VISIBLE}) order by e.at desc limit $7",
        *sight_of(viewer, city),
        ENTRIES_SHOWN_MAX,
    )
    kinds = {kind.code: kind for kind in city.kinds}
    groups: dict[str, list[tuple[str, str]]] = {}
    for type in city.types:
        name = type.name_en if viewer.language == "en" else type.name
        groups.setdefault(kinds[type.kind].name if type.kind in kinds else type.kind, []).append(
            (type.code, name)
        )
    return {
        "groups": list(groups.items()),
        "kelurahan": [(one.code, f"{one.name} – {one.kecamatan_name}") for one in city.kelurahan],
        "hazards": [(one.code, one.name_en if viewer.language == "en" else one.name) for one in city.hazards],
        "agencies": [(one.code, one.short) for one in city.agencies if one.active],
        "non_calls": [(kind.value, words(NON_CALL_LABELS[kind.value])) for kind in NON_CALLS],
        "outcomes": [
            (one.value, words(OUTCOME_LABELS[one.value])) for one in Outcome if one is not Outcome.DUPLICATE
        ],
        "entries": [_entry(row, city, viewer, words) for row in rows],
    }


def _entry(row: Any, city: City, viewer: Viewer, words: Words) -> dict[str, Any]:
    kind = city.type_by_code.get(row["type"] or "")
    if row["number"] is not None:
        what = f"#{row['number']} {kind.name if kind is not None else row['type']}"
    else:
        what = words(NON_CALL_LABELS[row["disposition"]]) if row["disposition"] in NON_CALL_LABELS else ""
    mine = row["by"] == viewer.person or viewer.may(May.SUPERVISE)
    return {
        "id": row["id"],
        "form": row["form"],
        "what": what,
        "url": f"/kejadian/{row['incident']}" if row["incident"] else "",
        "arrived_at": row["arrived_at"],
        "at": row["at"],
        "typist": row["typist"] or row["by"],
        "undone_at": row["undone_at"],
        "still_going": row["still_going"],
        "may_undo": mine and row["undone_at"] is None and not row["still_going"],
    }
