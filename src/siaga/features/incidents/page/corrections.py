"""What is put right on an incident's page, one field at a time, so that nobody overwrites what he has not seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.field_change import ChangedMeanwhile, value_now
from siaga.domain.incident import Incident, Note
from siaga.domain.place import PlaceMethod
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.actions import amend_incident
from siaga.records.archive import Transaction

WRITABLE = ("type", "priority", "place", "landmark", "rt_rw", "hazards")


async def change_field(
    tx: Transaction,
    *,
    city: City,
    incident: str,
    field: str,
    before: str,
    value: str,
    by: Viewer,
    now: datetime,
    kelurahan: str = "",
) -> bool:
    """Put one field right. ``before``: its value when the form was drawn. Refuses when it has moved since."""
    by.must(May.OPEN_INCIDENTS)
    known = await tx.get(Incident, incident)
    text = value.strip()
    wanted = f"{text}|{kelurahan}" if field == "place" else text
    stands = value_now(known, field)
    if stands == wanted:
        return False  # whoever was first meant the same
    if stands != before:
        raise ChangedMeanwhile(field, now=stands, wanted=wanted)
    match field:
        case "type":
            city.type(text)
            change: dict[str, object] = {"type": text}
        case "priority":
            change = {"priority": int(text) if text in ("1", "2", "3", "4") else 0}
        case "hazards":
            change = {"hazards": tuple(code for code in text.split(",") if code in city.hazard_by_code)}
        case "place":
            change = {"place": _place(known, city, text, kelurahan)}
        case _:
            change = {field: text}
    return await amend_incident(
        tx,
        city=city,
        incident=incident,
        by=by.person,
        viewer=by,
        now=now,
        **change,  # type: ignore[arg-type]
    )


def _place(known: Incident, city: City, text: str, kelurahan: str) -> object:
    """Other words keep the point on the map; another kelurahan is a person's word against the map's, and wins."""
    place = replace(known.place, text=text)
    if kelurahan == (known.place.kelurahan or ""):
        return place
    found = city.kelurahan_by_code.get(kelurahan)
    if found is None:
        raise RuleBroken("Kelurahan ini tidak ada di daftar kota.")
    return replace(place, kelurahan=found.code, kecamatan=found.kecamatan, method=PlaceMethod.GIVEN)


async def strike_note(tx: Transaction, *, incident: str, note: str, by: Viewer, now: datetime) -> None:
    """A line was wrong: it stays readable, struck through, with who struck it."""
    known = await tx.get(Note, note)
    if known.incident != incident:
        raise RuleBroken("Catatan ini bukan dari kejadian ini.")
    struck, event = known.struck(by=by, at=now)
    if event is not None:
        tx.keep((struck, event))
