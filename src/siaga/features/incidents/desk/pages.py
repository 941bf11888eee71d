"""The call taker's desk: one sheet, what and where, sent in one act, corrected while help is moving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import Parameter
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.place import Place, PlaceFinder, PlaceMethod
from siaga.domain.roles import May, Viewer
from siaga.domain.routing import agencies_for
from siaga.features.incidents import actions, joining
from siaga.features.incidents.actions import NewerElsewhere
from siaga.features.incidents.amending import BLIND, amend_from_sheet
from siaga.features.incidents.desk import sharing
from siaga.features.incidents.desk.forms import (
    Amending,
    Joining,
    Saving,
    Sending,
    Short,
    lesson_of,
    place_of,
    report_of,
    told_of,
)
from siaga.features.incidents.desk.queries import (
    one_sheet,
    open_sheet,
    progress_context,
    sheet_context,
    sheet_key,
    type_choices,
)
from siaga.features.incidents.desk.same_queries import same_context
from siaga.features.incidents.desk.strip_queries import strip_context
from siaga.features.incidents.page.contested_queries import contested_fields
from siaga.features.incidents.premises.history import history_context
from siaga.features.incidents.premises.lessons import meant_by_move, place_before, remember
from siaga.features.incidents.types.advice import TypeAdvice
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
    try:
        saved = await archive.do(
            sharing.save,
            sheet=sheet_id,
            by=viewer.person,
            fields=data.fields,
            was=data.was,
            revision=data.version,
            resolved=tuple(data.resolved),
            now=now,
        )
    except NewerElsewhere as newer:
        known = newer.sheet
        return Response(
            {"version": known.revision, "fields": msgspec.json.decode(known.draft), "detail": str(newer)},
            status_code=409,
        )
    answer: dict[str, Any] = {"version": saved.revision}
    if saved.fields is not None:
        answer |= {"fields": saved.fields, "contested": saved.contested}
    return Response(answer)


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
        key=sheet_key(found),
        city=city,
        report=report,
        by=viewer.person,
        call=found["call"],
        sheet=sheet_id,
        now=now,
    )
    if found["incident"] is None:
        await remember(archive, incident, lesson_of(data.fields.place, report.place), viewer, now)
    number = await archive.value("select number from incident where city_id = $1 and id = $2", incident)
    kind = city.type(report.type)
    routes = agencies_for(city, kind, report.place, kind.priority, now, hazards=report.hazards)
    names = [city.agency(route.agency).short for route in routes]
    return {"incident": incident, "number": number, "url": f"/kejadian/{incident}", "agencies": names}


@post("/meja/lembar/{sheet_id:str}/gabung", status_code=200)
async def join(
    sheet_id: str,
    data: Joining,
    archive: PostgresArchive,
    city: City,
    finder: PlaceFinder,
    viewer: Viewer,
    now: datetime,
) -> dict[str, Any]:
    """Her caller reports an incident we have: one more reporter, and what she typed goes into its story."""
    viewer.must(May.OPEN_INCIDENTS)
    found = await _her_sheet(archive, sheet_id, viewer)
    if found["incident"] is None:
        await archive.do(
            joining.join_caller,
            key=sheet_key(found),
            city=city,
            incident=data.incident,
            call=found["call"],
            sheet=sheet_id,
            told=told_of(city, finder, data.fields),
            by=viewer,
            now=now,
        )
    incident = found["incident"] or data.incident
    number = await archive.value("select number from incident where city_id = $1 and id = $2", incident)
    return {"incident": incident, "number": number, "url": f"/kejadian/{incident}"}


@post("/meja/lembar/{sheet_id:str}/pisah", status_code=200)
async def undo_join(sheet_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """Joined by mistake: within seconds her sheet is a sheet again."""
    viewer.must(May.OPEN_INCIDENTS)
    await _her_sheet(archive, sheet_id, viewer)
    await archive.do(joining.undo_join, sheet=sheet_id, by=viewer, now=now)
    return {}


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
) -> dict[str, Any]:
    """Something is known better. Answers the priority it has now, and what somebody else had changed meanwhile."""
    viewer.must(May.OPEN_INCIDENTS)
    place = None
    if data.where is not None or data.place is not None:
        place = place_of(city, finder, data.where or (data.place.text if data.place else ""), data.place)
    before = await archive.look(place_before, incident=incident_id) if place is not None else None
    changed, contested = await archive.do(
        amend_from_sheet,
        city=city,
        incident=incident_id,
        wanted=data.wanted(place),
        believed=data.before.believed() if data.before is not None else BLIND,
        by=viewer,
        now=now,
    )
    if changed and place is not None and before is not None and "place" not in contested:
        lesson = lesson_of(data.place, place) or meant_by_move(before, place)
        await remember(archive, incident_id, lesson, viewer, now)
    priority = await archive.value(
        "select priority from incident where city_id = $1 and id = $2", incident_id
    )
    told = await contested_fields(archive, city, viewer, incident_id, contested, now)
    return {"changed": changed, "priority": priority, "contested": told}


@get("/meja/apa")
async def what(
    q: Short, city: City, advice: TypeAdvice, viewer: Viewer, now: datetime
) -> list[dict[str, Any]]:
    """Proposals for *Apa*, each with its reason: the city's own words first, then what the model is sure enough of."""
    viewer.must(May.OPEN_INCIDENTS)
    return type_choices(city, advice, q, viewer.language, now)


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
    lat: Annotated[float | None, Parameter(ge=-90, le=90)] = None,
    lon: Annotated[float | None, Parameter(ge=-180, le=180)] = None,
    accuracy_m: Annotated[float | None, Parameter(ge=0, le=100_000)] = None,
    code: Annotated[str, Parameter(max_length=20)] = "",
) -> Template:
    """Open incidents that may be this one."""
    viewer.must(May.OPEN_INCIDENTS)
    place = Place(text=text)
    if lat is not None and lon is not None:
        method = PlaceMethod.GIVEN if code else PlaceMethod.UNKNOWN
        place = replace(place, lat=lat, lon=lon, accuracy_m=accuracy_m, kelurahan=code or None, method=method)
    found = await same_context(archive, city, viewer, words, now, type=type, place=place, sheet=sheet)
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
    found = await history_context(archive, city, viewer, words, now, lat=lat, lon=lon, text=text, sheet=sheet)
    return Template("incidents/history.html", context=found)


async def _her_sheet(archive: PostgresArchive, sheet_id: str, viewer: Viewer) -> Any:
    found = await one_sheet(archive, sheet_id, viewer)
    if found is None:
        raise NotFound("Lembar ini tidak ada atau sedang diisi petugas lain.")
    return found


PAGES: list[Any] = [
    desk, sheet, start_sheet, save, strip, progress, send, join, undo_join, finish, amend, what, same, history,
]  # fmt: skip
