"""Where the caller is said to be, on the desk and on the incident's page: shown beside, never instead."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template

from siaga.domain.call import Call
from siaga.domain.caller_location import CallerLocation
from siaga.domain.city import City
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import PersonalDataRead
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import May, Viewer
from siaga.features.locating import asking, links, recording
from siaga.features.locating.labels import NO_CALL, SOURCE_LABELS
from siaga.features.locating.links import SmsWay
from siaga.features.locating.queries import (
    Words,
    call_on_desk,
    incident_locations,
    is_on_her_sheet,
    panel_context,
    unmatched,
)
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive
from siaga.records.sight import VISIBLE, sight_of
from siaga.settings import Settings

REASON_CHARACTERS_MAX = 200  # a purpose is a few words
NOT_HERS = "Panggilan ini tidak ada di lembar Anda."


class Purpose(msgspec.Struct):
    """What the place is needed for."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARACTERS_MAX)] = ""


def way_of(settings: Settings, secret: bytes, public_url: str) -> SmsWay:
    """How this installation writes to callers."""
    return SmsWay(secret=secret, public_url=public_url, gateway=bool(settings.sms_gateway))


@get("/meja/lokasi")
async def panel(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime, settings: Settings,
    secret: bytes, public_url: str,
) -> Template:  # fmt: skip
    """The panel of the call on her desk."""
    viewer.must(May.TAKE_CALLS)
    on_desk = await call_on_desk(archive, viewer)
    call = on_desk["call"] if on_desk is not None else None
    way = way_of(settings, secret, public_url)
    return Template(
        "locating/locations.html", context=await panel_context(archive, city, call, way, words, now)
    )


@post("/meja/panggilan/{call:str}/lokasi/minta", status_code=200)
async def ask_by_text(
    call: str, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime,
    settings: Settings, secret: bytes, public_url: str,
) -> dict[str, str]:  # fmt: skip
    """F8: a text with a link behind which his telephone says where it is."""
    viewer.must(May.TAKE_CALLS)
    await _hers(archive, call, viewer)
    way = way_of(settings, secret, public_url)
    await archive.do(links.send_link, call=call, by=viewer.person, city=city, way=way, now=now)
    return {"words": words("SMS dengan tautan lokasi sedang dikirim.")}


@post("/meja/panggilan/{call:str}/lokasi/ulang", status_code=200)
async def rebid(
    call: str, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> dict[str, str]:
    """R: ask the network again, or hear why it cannot be asked."""
    viewer.must(May.TAKE_CALLS)
    await _hers(archive, call, viewer)
    said = await archive.do(asking.rebid, call=call, by=viewer.person, rules=city.room.locations, now=now)
    return {"words": words(said)}


@post("/meja/lokasi/{location:str}/pakai", status_code=200)
async def adopt(
    location: str, archive: PostgresArchive, finder: PlaceFinder, city: City, viewer: Viewer, words: Words,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """She takes a fix as the place: answered as GET /meja/dimana proposes one, and it goes into her sheet."""
    viewer.must(May.TAKE_CALLS)
    found = await archive.look(_one, location=location)
    await _hers(archive, found.call or "", viewer)
    adopted = await archive.do(recording.adopt, location=location, taker=viewer.person, now=now)
    place = finder.locate(adopted.lat, adopted.lon, accuracy_m=adopted.accuracy_m)
    kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
    doubt = f" ±{round(adopted.accuracy_m)} m" if adopted.accuracy_m is not None else ""
    return {
        "text": f"{words('Lokasi penelepon')}, {words(SOURCE_LABELS[adopted.source])}{doubt}",
        "lat": adopted.lat,
        "lon": adopted.lon,
        "accuracy_m": adopted.accuracy_m,
        "kelurahan": kelurahan.name if kelurahan is not None else None,
        "kecamatan": kelurahan.kecamatan_name if kelurahan is not None else None,
        "kind": words("lokasi penelepon"),
        "note": words(place.label) if place.label else None,
        "code": None,
    }


@get("/kejadian/{incident_id:str}/lokasi")
async def of_incident(
    incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """What is known of where the incident's callers were, without the places themselves."""
    viewer.must(May.OPEN_INCIDENTS)
    shown = await incident_locations(archive, city, incident_id, viewer, words, now)
    return Template("locating/incident_locations.html", context={"incident": incident_id, "rows": shown})


@post("/kejadian/{incident_id:str}/lokasi/{location:str}/lihat", status_code=200)
async def reveal(
    incident_id: str, location: str, data: Annotated[Purpose, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime,
) -> Template:  # fmt: skip
    """The place of one fix, for a purpose that is recorded together with who asked."""
    viewer.must(May.OPEN_INCIDENTS)
    seen = await archive.rows(
        f"select 1 from incident i where i.city_id = $1 and i.id = $7 and {VISIBLE}",
        *sight_of(viewer, city),
        incident_id,
    )
    if not seen:
        raise NotFound("Kejadian ini tidak ada.")
    found = await archive.do(
        read_location, incident=incident_id, location=location, reason=data.reason, by=viewer, now=now
    )
    return Template("locating/location_shown.html", context={"one": found, "incident": incident_id})


@get("/pengawas/lokasi")
async def unmatched_page(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """Telephones that said where they are, whose call never came."""
    viewer.must(May.SUPERVISE)
    rows = await unmatched(archive, words, now, minutes=24 * 60)
    return Template("locating/unmatched.html", context={"rows": rows})


async def read_location(
    tx: Transaction, *, incident: str, location: str, reason: str, by: Viewer, now: datetime
) -> CallerLocation:
    """One caller's place; the look is in the journal."""
    if not reason.strip():
        raise RuleBroken("Sebutkan untuk apa lokasi ini dibuka.")
    found = await tx.get(CallerLocation, location)
    its = await tx.seek(Call, found.call or "")
    if its is None or its.incident != incident:
        raise NotFound("Lokasi ini tidak ada.")
    tx.record(
        PersonalDataRead(
            by=by.person,
            subject=location,
            what="location",
            reason=reason.strip()[:REASON_CHARACTERS_MAX],
            at=now,
        )
    )
    return found


async def _one(tx: Transaction, *, location: str) -> CallerLocation:
    return await tx.get(CallerLocation, location)


async def _hers(archive: PostgresArchive, call: str, viewer: Viewer) -> None:
    if not call:
        raise RuleBroken(NO_CALL)
    if not await is_on_her_sheet(archive, call, viewer):
        raise NotFound(NOT_HERS)


PAGES: list[Any] = [panel, ask_by_text, rebid, adopt, of_incident, reveal, unmatched_page]
