"""What the desk and the incident page show of where a caller is said to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from siaga.domain.call import Call
from siaga.domain.caller_location import (
    FAR_METRES,
    STALE_SECONDS,
    CallerLocation,
    LocationAsk,
    LocationSource,
    best_first,
    metres_from_circle,
)
from siaga.domain.city import City
from siaga.domain.location_link import JUST_SENT, LocationLink, why_no_link
from siaga.domain.roles import Viewer
from siaga.features.locating.labels import ASK_LABELS, NO_CALL, SOURCE_LABELS
from siaga.features.locating.links import SmsWay
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import CALL_VISIBLE, sight_of

EARLIER_SHOWN_MAX = (
    12  # older fixes of a source are a trail on the map; a list of a hundred is read by nobody
)
UNMATCHED_SHOWN_MAX = 20

Words = Callable[[str], str]


async def call_on_desk(archive: PostgresArchive, viewer: Viewer) -> Mapping[str, Any] | None:
    """The call and incident of the sheet that lies open on her desk (features/incidents/desk/queries.py)."""
    found = await archive.rows(
        "select sheet.id as sheet, sheet.call, sheet.incident from sheet left join seat "
        "on seat.city_id = sheet.city_id and seat.taker = sheet.taker "
        "where sheet.city_id = $1 and sheet.taker = $2 and sheet.done_at is null "
        "order by (sheet.call is not null and sheet.call = seat.call) desc nulls last, sheet.saved_at desc limit 1",
        viewer.person,
    )
    return dict(found[0]) if found else None


async def is_on_her_sheet(archive: PostgresArchive, call: str, viewer: Viewer) -> bool:
    """Whether this call's sheet is hers, or she was let onto it."""
    found = await archive.value(
        "select 1 from sheet s where s.city_id = $1 and s.call = $2 and (s.taker = $3 or exists (select from "
        "sheet_guest g where g.city_id = s.city_id and g.sheet = s.id and g.person = $3 and g.left_at is null)) "
        "limit 1",
        call,
        viewer.person,
    )
    return found is not None


async def known_of(tx: Transaction, *, call: str) -> dict[str, Any]:
    """Everything known of where the caller is."""
    return {
        "call": await tx.seek(Call, call),
        "locations": await tx.find(CallerLocation, call=call, order=("received_at",)),
        "asks": await tx.find(LocationAsk, call=call, order=("id",)),
        "links": await tx.find(LocationLink, call=call, order=("sent_at",)),
    }


async def panel_context(
    archive: PostgresArchive, city: City, call: str | None, way: SmsWay, words: Words, now: datetime
) -> dict[str, Any]:
    """What locations.html needs; ``call`` is ``None`` when no call lies on the desk."""
    if call is None:
        return {"call": None, "rows": [], "earlier": [], "notes": [], "circles": [], "reason": words(NO_CALL)}
    known = await archive.look(known_of, call=call)
    caller: Call | None = known["call"]
    if caller is None:
        return {"call": None, "rows": [], "earlier": [], "notes": [], "circles": [], "reason": words(NO_CALL)}
    shown, earlier = newest_of_each(known["locations"], now)
    reason = why_no_link(
        caller, known["links"], rules=city.room.locations, callers=city.room.callers, gateway=way.gateway,
        public_url=way.public_url, now=now,
    )  # fmt: skip
    return {
        "call": caller.id,
        "rows": [_row(one, words, now) for one in shown],
        "earlier": [_row(one, words, now) for one in earlier[:EARLIER_SHOWN_MAX]],
        "notes": _notes(known["asks"], known["links"], city, words, now),
        "circles": [_circle(one) for one in (*shown, *earlier[:EARLIER_SHOWN_MAX])],
        "reason": words(reason),
        "wait": city.room.locations.link_again_seconds if reason == JUST_SENT else 0,
        "can_ask": any(ask.can_be_asked for ask in known["asks"]),
    }


def newest_of_each(
    locations: Sequence[CallerLocation], now: datetime
) -> tuple[list[CallerLocation], list[CallerLocation]]:
    """The newest fix of each source, best first, and all older ones, newest first."""
    newest: dict[LocationSource, CallerLocation] = {}
    for one in sorted(locations, key=lambda each: (each.at, each.received_at)):
        newest[one.source] = one
    kept = {one.id for one in newest.values()}
    earlier = [one for one in sorted(locations, key=lambda each: each.at, reverse=True) if one.id not in kept]
    return best_first(newest.values(), now), earlier


async def incident_locations(
    archive: PostgresArchive, city: City, incident: str, viewer: Viewer, words: Words, now: datetime
) -> list[dict[str, Any]]:
    """Fixes of the incident's callers without their coordinates: those are opened with a reason, as a number is."""
    rows = await archive.rows(
        f"""select l.*, i.lat as place_lat, i.lon as place_lon, c.arrived_at
            from caller_location l
            join call c on c.city_id = l.city_id and c.id = l.call
            join incident i on i.city_id = c.city_id and i.id = c.incident
            where l.city_id = $1 and c.incident = $7 and {CALL_VISIBLE}
            order by l.received_at desc limit 60""",
        *sight_of(viewer, city),
        incident,
    )
    shown: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if (row["call"], row["source"]) in seen:
            continue
        seen.add((row["call"], row["source"]))
        one = location_of(row)
        line = _row(one, words, now)
        line.pop("lat")
        line.pop("lon")
        if row["place_lat"] is not None:
            apart = metres_from_circle(one, row["place_lat"], row["place_lon"])
            line["apart"], line["far"] = round(apart), apart > FAR_METRES
        shown.append(line)
    return shown


def location_of(row: Any) -> CallerLocation:
    """A row of the table as what it is."""
    return msgspec.convert(
        {name: row[name] for name in CallerLocation.__dataclass_fields__}, CallerLocation, strict=False
    )


async def unmatched(
    archive: PostgresArchive, words: Words, now: datetime, minutes: int
) -> list[dict[str, Any]]:
    """Telephones that said where they are and whose call we do not know: when and how exactly, never where or who."""
    rows = await archive.rows(
        "select *  from caller_location where city_id = $1 and call is null and "
        "received_at > $2::timestamptz - make_interval(mins => $3) order by received_at desc limit $4",
        now,
        minutes,
        UNMATCHED_SHOWN_MAX,
    )
    return [{key: value for key, value in _row(location_of(row), words, now).items() if key not in ("lat", "lon")}
            for row in rows]  # fmt: skip


def _row(one: CallerLocation, words: Words, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "source": one.source.value,
        "label": words(SOURCE_LABELS[one.source]),
        "method": one.method,
        "accuracy_m": round(one.accuracy_m) if one.accuracy_m is not None else None,
        "confidence": one.confidence_percent,
        "at": one.at,
        "stale": one.is_stale(now),
        "stale_seconds": STALE_SECONDS,
        "lat": one.lat,
        "lon": one.lon,
        "adopted_at": one.adopted_at,
    }


def _circle(one: CallerLocation) -> dict[str, Any]:
    return {
        "id": one.id, "lat": one.lat, "lon": one.lon, "accuracy_m": one.accuracy_m, "at": one.at.isoformat(),
        "source": one.source.value,
    }  # fmt: skip


def _notes(
    asks: Sequence[LocationAsk], links: Sequence[LocationLink], city: City, words: Words, now: datetime
) -> list[dict[str, Any]]:
    """What a source says of itself beside its fixes: a trouble, or how the link stands."""
    notes: list[dict[str, Any]] = []
    for ask in asks:
        if ask.trouble:
            notes.append(
                {
                    "label": words(ASK_LABELS[ask.kind]),
                    "text": _trouble(ask.trouble, words),
                    "at": ask.asked_at,
                }
            )
        elif ask.can_be_asked and ask.next_at is not None:
            notes.append({"label": words(ASK_LABELS[ask.kind]), "text": words("sedang ditanya"), "at": None})
    if links:
        notes.append({"label": words("Tautan SMS"), **_link_state(links[-1], city, words, now)})
    return notes


def _trouble(text: str, words: Words) -> str:
    """A stored trouble in the viewer's language; what stands behind the colon is a number or a name."""
    said, colon, detail = text.partition(": ")
    return f"{words(said)}{colon}{detail}"


def _link_state(link: LocationLink, city: City, words: Words, now: datetime) -> dict[str, Any]:
    rules = city.room.locations
    if link.ended_at is not None:
        return {"text": words("dihentikan penelepon"), "at": link.ended_at}
    if link.shares(now, rules):
        return {"text": words("sedang mengirim lokasi"), "at": link.first_fix_at}
    if link.first_fix_at is not None:
        return {"text": words("selesai berbagi"), "at": link.last_fix_at}
    if now > link.expires_at:
        return {"text": words("kedaluwarsa, tidak dipakai"), "at": link.sent_at}
    if link.opened_at is not None:
        return {"text": words("halaman dibuka, belum menekan tombol"), "at": link.opened_at}
    return {"text": words("SMS dikirim, belum dibuka"), "at": link.sent_at}
