"""What stands in a field somebody else has changed: in words, and as the sheet's own fields, so that one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from siaga.domain.city import City
from siaga.domain.incident import Incident
from siaga.domain.roles import Viewer
from siaga.features.incidents.desk.queries import type_choice
from siaga.features.incidents.page.queries import changed_by
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive


async def contested_fields(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    incident: str,
    contested: Sequence[str],
    now: datetime,
) -> list[dict[str, Any]]:
    """Each contested field as web/src/amending.ts expects it; nothing when nobody was in the way."""
    if not contested:
        return []
    known = await archive.look(_known, incident=incident)
    told = []
    for field in contested:
        who, _ = await changed_by(archive, viewer, city, incident, field)
        told.append({"field": field, "who": who, **_value(city, known, field, viewer, now)})
    return told


async def _known(tx: Transaction, *, incident: str) -> Incident:
    return await tx.get(Incident, incident)


def _value(city: City, known: Incident, field: str, viewer: Viewer, now: datetime) -> dict[str, Any]:
    match field:
        case "type":
            kind = city.type(known.type)
            choice = type_choice(city, kind, "", viewer.language, now)
            return {
                "words": choice["name"], "fields": {"type": kind.code, "what": choice["name"]}, "chosen": choice,
            }  # fmt: skip
        case "place":
            place = known.place
            kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
            point = None
            if place.has_point:
                point = {
                    "text": place.text, "lat": place.lat, "lon": place.lon, "accuracy_m": place.accuracy_m,
                    "kelurahan": kelurahan.name if kelurahan is not None else None,
                    "kecamatan": kelurahan.kecamatan_name if kelurahan is not None else None,
                }  # fmt: skip
            words = ", ".join(part for part in (place.text, kelurahan.name if kelurahan else "") if part)
            return {"words": words, "fields": {"where": place.text, "place": point}}
        case _:
            value = str(getattr(known, field) or "")
            return {"words": value or "–", "fields": {field: value}}
