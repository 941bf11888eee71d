"""A colleague's sheet on a page of its own, who is on it, and the news that a sheet was taken over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.response import Redirect, Template

from siaga.domain.city import City
from siaga.domain.errors import NotFound
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.desk import sharing
from siaga.features.incidents.desk.pages import LineContext, Words
from siaga.features.incidents.desk.queries import one_sheet, sheet_context
from siaga.features.incidents.desk.sharing import NOT_HERS
from siaga.records.postgres import PostgresArchive

OTHERS_SHOWN_MAX = 50  # a room's sheets; a city has some dozens of seats

FIELD_LABELS = {
    "what": "Apa",
    "where": "Di mana",
    "landmark": "Patokan",
    "rt_rw": "RT/RW",
    "caller_name": "Pelapor",
    "notes": "Catatan",
    "hazards": "Bahaya",
}


class Here(msgspec.Struct):
    """Where her caret is, and which version she has."""

    field: Annotated[str, msgspec.Meta(max_length=40)] = ""
    version: int = 0


@get("/lembar")
async def sheets(archive: PostgresArchive, city: City, viewer: Viewer, words: Words) -> Template:
    """Everybody's open sheets: whose, since when, and how to help or take over."""
    viewer.must(May.TAKE_CALLS)
    rows = await archive.rows(
        "select s.id, s.taker, s.saved_at, s.call, c.answered_at, c.state, p.name, "
        "coalesce(seat.state, 'off') as seat from sheet s "
        "left join call c on c.city_id = s.city_id and c.id = s.call "
        "left join incident i on i.city_id = s.city_id and i.id = s.incident "
        "left join person p on p.city_id = s.city_id and p.id = s.taker "
        "left join seat on seat.city_id = s.city_id and seat.taker = s.taker "
        "where s.city_id = $1 and s.done_at is null and (i.id is null or not i.protected) "
        "order by s.saved_at desc limit $2",
        OTHERS_SHOWN_MAX,
    )
    return Template(
        "incidents/sheets.html", context={"rows": [dict(row) for row in rows], "me": viewer.person}
    )


@post("/lembar/{sheet_id:str}/ikut")
async def join(sheet_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """She helps a colleague with her sheet."""
    await _may_know(archive, sheet_id, viewer)
    await archive.do(sharing.join, sheet=sheet_id, by=viewer, now=now)
    return Redirect(path=f"/lembar/{sheet_id}", status_code=303)


@post("/lembar/{sheet_id:str}/pergi", status_code=200)
async def leave(sheet_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She goes again."""
    await archive.do(sharing.leave, sheet=sheet_id, by=viewer.person, now=now)
    return {}


@get("/lembar/{sheet_id:str}")
async def shared(
    sheet_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, words: Words,
    line_context: LineContext, secret: bytes,
) -> Template:  # fmt: skip
    """The colleague's sheet, whole, in her own browser."""
    viewer.must(May.TAKE_CALLS)
    found = await _at(archive, sheet_id, viewer)
    context = await sheet_context(archive, city, found, viewer, words, now, secret)
    return Template(
        "incidents/shared_sheet.html",
        context={
            **await line_context(viewer, words, now),
            **context,
            "owner": await _name(archive, found["taker"]),
        },
    )


@get("/lembar/{sheet_id:str}/isi")
async def shared_inside(
    sheet_id: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, words: Words,
    line_context: LineContext, secret: bytes,
) -> Template:  # fmt: skip
    """Its inside, fetched again."""
    viewer.must(May.TAKE_CALLS)
    context = await sheet_context(
        archive, city, await _at(archive, sheet_id, viewer), viewer, words, now, secret
    )
    return Template("incidents/sheet.html", context={**await line_context(viewer, words, now), **context})


@post("/meja/lembar/{sheet_id:str}/hadir", status_code=200)
async def here(
    sheet_id: str, data: Here, archive: PostgresArchive, viewer: Viewer, words: Words, now: datetime
) -> dict[str, Any]:
    """She is here; who else is, and what has changed since her version."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(sharing.present, sheet=sheet_id, by=viewer.person, field=data.field, now=now)
    sheet, guests = await archive.look(sharing.company, sheet=sheet_id)
    others = [
        {
            "name": await _name(archive, guest.person),
            "field": words(FIELD_LABELS[guest.field]) if guest.field in FIELD_LABELS else "",
            "id": guest.field,
        }
        for guest in guests
        if guest.person != viewer.person and guest.is_present(now)
    ]
    told: dict[str, Any] = {
        "version": sheet.revision,
        "others": others,
        "owner": sheet.taker == viewer.person,
    }
    if sheet.revision > data.version:
        told["fields"] = msgspec.json.decode(sheet.draft or "{}")
    return told


@get("/meja/lembar/{sheet_id:str}/bersama")
async def who(sheet_id: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Template:
    """Who else is on this sheet, in words."""
    viewer.must(May.TAKE_CALLS)
    await _at(archive, sheet_id, viewer)
    _, guests = await archive.look(sharing.company, sheet=sheet_id)
    names = [
        await _name(archive, guest.person)
        for guest in guests
        if guest.person != viewer.person and guest.is_present(now)
    ]
    return Template("incidents/company.html", context={"names": names})


@get("/meja/diambil")
async def takings(archive: PostgresArchive, viewer: Viewer) -> Template:
    """Sheets that were taken from her: by whom, why, until she has read it."""
    viewer.must(May.TAKE_CALLS)
    return await _takings(archive, viewer)


@post("/meja/diambil/{taking:str}/tahu")
async def told(taking: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Template:
    """She has read it."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(sharing.told, taking=taking, by=viewer.person, now=now)
    return await _takings(archive, viewer)


async def _takings(archive: PostgresArchive, viewer: Viewer) -> Template:
    found = await archive.look(sharing.untold, taker=viewer.person)
    rows = [{"one": one, "name": await _name(archive, one.taken_by)} for one in found]
    return Template("incidents/takings.html", context={"rows": rows})


async def _at(archive: PostgresArchive, sheet_id: str, viewer: Viewer) -> Any:
    found = await one_sheet(archive, sheet_id, viewer)
    if found is None:
        raise NotFound(NOT_HERS)
    return found


async def _may_know(archive: PostgresArchive, sheet_id: str, viewer: Viewer) -> None:
    """A sheet whose incident is protected is nobody's but its taker's and the circle's."""
    hidden = await archive.value(
        "select 1 from sheet s join incident i on i.city_id = s.city_id and i.id = s.incident "
        "where s.city_id = $1 and s.id = $2 and i.protected and s.taker <> $3 and not $4 and not i.id = any($5)",
        sheet_id, viewer.person, viewer.in_circle, [*viewer.cases],
    )  # fmt: skip
    if hidden is not None:
        raise NotFound(NOT_HERS)


async def _name(archive: PostgresArchive, person: str) -> str:
    found = await archive.value("select name from person where city_id = $1 and id = $2", person)
    return str(found or person)


PAGES: list[Any] = [sheets, join, leave, shared, shared_inside, here, who, takings, told]
