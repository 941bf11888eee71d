"""Paper: forms to print before it is dark, what is open printed at any time, and typing the paper in afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect, Template

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.roles import May, Viewer
from siaga.features.incidents.paper.actions import type_paper, undo_paper
from siaga.features.incidents.paper.forms import blank, sheet_of
from siaga.features.incidents.paper.queries import form_context, pack_context, typing_context
from siaga.records.identity import new_id
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]
Copies = Annotated[int, Parameter(ge=1, le=50)]
Entry = Annotated[str, Parameter(max_length=80)]
Typed = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/meja/kertas")
async def form(city: City, viewer: Viewer, words: Words, lembar: Copies = 1) -> Template:
    """Empty call sheets and the list of telephones, for the printer."""
    viewer.must(May.TAKE_CALLS)
    context = form_context(city, words, copies=lembar, language=viewer.language)
    return Template("incidents/paper_print.html", context={**context, "on_screen": True})


@get("/meja/kertas/paket")
async def pack(archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime) -> Template:
    """What is open and where every unit is, for the printer."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    context = await pack_context(archive, city, words, now)
    return Template("incidents/paper_print.html", context={**context, "on_screen": True})


@get("/meja/kertas/ketik")
async def typing(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    words: Words,
    now: datetime,
    selesai: Entry = "",
) -> Template:
    """An empty form to type a sheet of paper into, and what has been typed."""
    viewer.must(May.OPEN_INCIDENTS)
    context = await typing_context(archive, city, viewer, words)
    given = blank(now, city.zone, token=new_id())
    return Template(
        "incidents/paper_type.html",
        context={**context, "given": given, "problem": "", "problem_at": "", "done": selesai},
    )


@post("/meja/kertas/ketik", status_code=200)
async def typed(
    data: Typed, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template | Redirect:
    """A sheet of paper goes into the record; what cannot be true comes back with everything that was typed."""
    viewer.must(May.OPEN_INCIDENTS)
    try:
        sheet = sheet_of(data, city)
        entry = await archive.do(
            type_paper, key=f"paper:{viewer.person}:{data.get('token', '')}", city=city, sheet=sheet,
            by=viewer.person, now=now,
        )  # fmt: skip
    except RuleBroken as refusal:
        context = await typing_context(archive, city, viewer, words)
        said = words(refusal.message).format(**refusal.words)
        return Template(
            "incidents/paper_type.html",
            context={**context, "given": data, "problem": said, "problem_at": refusal.at, "done": ""},
            status_code=422,
        )
    return Redirect(f"/meja/kertas/ketik?selesai={entry}", status_code=303)


@post("/meja/kertas/{entry:str}/batal", status_code=200)
async def undo(entry: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """What was typed is taken back."""
    viewer.must(May.OPEN_INCIDENTS)
    await archive.do(undo_paper, entry=entry, by=viewer, now=now)
    return Redirect("/meja/kertas/ketik", status_code=303)


PAGES: list[Any] = [form, pack, typing, typed, undo]
