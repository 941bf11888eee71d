"""The call taker's desk: one sheet, what and where, sent in one act, corrected while help is moving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import Parameter
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.place import PlaceFinder, PlaceMethod
from siaga.domain.roles import May, Viewer
from siaga.domain.routing import agencies_for
from siaga.domain.type_match import match_types
from siaga.features.incidents import actions
from siaga.features.incidents.actions import NewerElsewhere
from siaga.features.incidents.desk_forms import (
    Amending,
    Joining,
    Saving,
    Sending,
    Short,
    note_lines,
    place_of,
    report_of,
)
from siaga.features.incidents.desk_queries import (
    history_context,
    one_sheet,
    open_sheet,
    progress_context,
    same_context,
    sheet_context,
    type_choice,
)
from siaga.features.incidents.strip_queries import strip_context
from siaga.records.postgres import PostgresArchive

CHOICES_MAX = 6  # what fits under a field without scrolling at 1366x768

Words = Callable[[str], str]
LineContext = Callable[[Viewer, Words, datetime], Awaitable[dict[str, Any]]]


@get("/meja")
async def desk(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
    words: Words,
    line_context: LineContext,
    secret: bytes,
) -> Template:
    """The whole screen."""
    viewer.must(May.TAKE_CALLS)
    found = await open_sheet(archive, viewer)
    context = {
        **await line_context(viewer, words, now),
        **await sheet_context(archive, city, found, viewer, words, now, secret),
        "same": [],
        "history": [],
        "city_map": {
            "points": [{"name": one.name, "lat": one.lat, "lon": one.lon} for one in city.kelurahan],
            "outlines": [],
        },
        "circle": None,
    }
    return Template("incidents/desk.html", context=context)


@get("/meja/lembar")
async def sheet(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
    words: Words,
    line_context: LineContext,
    secret: bytes,
) -> Template:
    """Her open sheet, or the words of an idle desk."""
    viewer.must(May.TAKE_CALLS)
    found = await open_sheet(archive, viewer)
    context = await sheet_context(archive, city, found, viewer, words, now, secret)
    return Template("incidents/sheet.html", context={**await line_context(viewer, words, now), **context})


@post("/meja/lembar", status_code=200)
async def start_sheet(archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """A sheet without a call."""
    viewer.must(May.OPEN_INCIDENTS)
    return {"sheet": await archive.do(actions.new_sheet, taker=viewer.person, now=now)}


@put("/meja/lembar/{sheet_id:str}")
async def save(
    sheet_id: str, data: Saving, archive: PostgresArchive, viewer: Viewer, now: datetime
) -> Response[dict[str, Any]]:
    """Autosave."""
    viewer.must(May.OPEN_INCIDENTS)
    draft = msgspec.json.encode(data.fields).decode()
    try:
        revision = await archive.do(
            actions.save_sheet,
            sheet=sheet_id,
            taker=viewer.person,
            draft=draft,
            revision=data.version,
            now=now,
        )
    except NewerElsewhere as newer:
        known = newer.sheet
        return Response(
            {"version": known.revision, "fields": msgspec.json.decode(known.draft), "detail": str(newer)},
            status_code=409,
        )
    return Response({"version": revision})


@get("/meja/lembar/{sheet_id:str}/pita")
async def strip(
    sheet_id: str,
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
    words: Words,
    secret: bytes,
) -> Template:
    """The call of a sheet."""
    viewer.must(May.TAKE_CALLS)
    found = await _her_sheet(archive, sheet_id, viewer)
    context = await strip_context(archive, city, found, words, now, secret)
    return Template("incidents/strip.html", context=context)


@get("/meja/lembar/{sheet_id:str}/kemajuan")
async def progress(
    sheet_id: str, archive: PostgresArchive, city: City, viewer: Viewer, words: Words
) -> Template:
    """What the agencies do."""
    viewer.must(May.TAKE_CALLS)
    found = await _her_sheet(archive, sheet_id, viewer)
    return Template("incidents/progress.html", context=await progress_context(archive, city, found, words))


@post("/meja/lembar/{sheet_id:str}/kirim", status_code=200)
async def send(
    sheet_id: str,
    data: Sending,
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    now: datetime,
) -> dict[str, Any]:
    """What and where are known: help is asked now. Sending twice is one incident."""
    viewer.must(May.OPEN_INCIDENTS)
    found = await _her_sheet(archive, sheet_id, viewer)
    report = report_of(city, finder, data.fields)
    incident = found["incident"] or await archive.do(
        actions.open_incident,
        key=f"sheet:{sheet_id}",
        city=city,
        report=report,
        by=viewer.person,
        call=found["call"],
        sheet=sheet_id,
        now=now,
    )
    number = await archive.value("select number from incident where city_id = $1 and id = $2", incident)
    kind = city.type(report.type)
    routes = agencies_for(city, kind, report.place, kind.priority, now, hazards=report.hazards)
    names = [city.agency(route.agency).short for route in routes]
    return {"incident": incident, "number": number, "url": f"/kejadian/{incident}", "agencies": names}


@post("/meja/lembar/{sheet_id:str}/gabung", status_code=200)
async def join(
    sheet_id: str, data: Joining, archive: PostgresArchive, viewer: Viewer, now: datetime
) -> dict[str, Any]:
    """Her caller reports an incident we have: one more reporter, and what she typed goes into its story."""
    viewer.must(May.OPEN_INCIDENTS)
    found = await _her_sheet(archive, sheet_id, viewer)
    if found["incident"] is None:
        await archive.do(
            actions.join_sheet,
            key=f"sheet:{sheet_id}",
            incident=data.incident,
            call=found["call"],
            sheet=sheet_id,
            notes=note_lines(data.fields),
            by=viewer.person,
            now=now,
        )
    incident = found["incident"] or data.incident
    number = await archive.value("select number from incident where city_id = $1 and id = $2", incident)
    return {"incident": incident, "number": number, "url": f"/kejadian/{incident}"}


@post("/meja/lembar/{sheet_id:str}/selesai", status_code=200)
async def finish(sheet_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She has done with this sheet."""
    viewer.must(May.OPEN_INCIDENTS)
    await archive.do(actions.finish_sheet, sheet=sheet_id, taker=viewer.person, now=now)
    return {}


@patch("/kejadian/{incident_id:str}")
async def amend(
    incident_id: str,
    data: Amending,
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    now: datetime,
) -> dict[str, bool]:
    """Something is known better."""
    viewer.must(May.OPEN_INCIDENTS)
    place = None
    if data.where is not None or data.place is not None:
        place = place_of(city, finder, data.where or (data.place.text if data.place else ""), data.place)
    changed = await archive.do(
        actions.amend_incident,
        city=city,
        incident=incident_id,
        by=viewer.person,
        viewer=viewer,
        type=data.type,
        place=place,
        priority=data.priority,
        hazards=tuple(data.hazards) if data.hazards is not None else None,
        landmark=data.landmark,
        rt_rw=data.rt_rw,
        now=now,
    )
    return {"changed": changed}


@get("/meja/apa")
async def what(q: Short, city: City, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    """Proposals for *Apa*, best first, each with its reason."""
    viewer.must(May.OPEN_INCIDENTS)
    found = match_types(city, q, CHOICES_MAX)
    return [type_choice(city, match.type, match.because, viewer.language, now) for match in found]


@get("/meja/dimana")
async def where(
    q: Short,
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    words: Words,
    lat: Annotated[float | None, Parameter(ge=-90, le=90)] = None,
    lon: Annotated[float | None, Parameter(ge=-180, le=180)] = None,
) -> list[dict[str, Any]]:
    """Proposals for *Di mana*, best first."""
    viewer.must(May.OPEN_INCIDENTS)
    proposals = []
    for found in finder.suggest(q, CHOICES_MAX):
        place = found.place
        kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
        proposals.append({
            "text": found.label,
            "lat": place.lat,
            "lon": place.lon,
            "accuracy_m": place.accuracy_m,
            "code": place.kelurahan if place.method is PlaceMethod.GIVEN else None,
            "kelurahan": kelurahan.name if kelurahan is not None else None,
            "kecamatan": kelurahan.kecamatan_name if kelurahan is not None else None,
            "kind": found.kind,
            "note": words("belum dipastikan") if found.unverified else words(place.label) if place.label else None,
        })  # fmt: skip
    return proposals


@get("/meja/sama")
async def same(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    words: Words,
    now: datetime,
    sheet: Short = "",
    type: Short = "",
    text: Short = "",
    lat: float | None = None,
    lon: float | None = None,
) -> Template:
    """Open incidents that may be this one."""
    viewer.must(May.OPEN_INCIDENTS)
    found = await same_context(
        archive, city, viewer, words, now, type=type, lat=lat, lon=lon, text=text, sheet=sheet
    )
    return Template("incidents/same.html", context=found)


@get("/meja/riwayat")
async def history(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    words: Words,
    now: datetime,
    sheet: Short = "",
    text: Short = "",
    lat: float | None = None,
    lon: float | None = None,
) -> Template:
    """What is known about the place, without what this very sheet has become."""
    viewer.must(May.OPEN_INCIDENTS)
    found = await history_context(
        archive, city, words, now, lat=lat, lon=lon, text=text, sheet=sheet, language=viewer.language
    )
    return Template("incidents/history.html", context=found)


async def _her_sheet(archive: PostgresArchive, sheet_id: str, viewer: Viewer) -> Any:
    found = await one_sheet(archive, sheet_id, viewer)
    if found is None:
        raise NotFound("Lembar ini tidak ada atau sedang diisi petugas lain.")
    return found


PAGES: list[Any] = [
    desk, sheet, start_sheet, save, strip, progress, send, join, finish, amend, what, where, same, history,
]  # fmt: skip
