"""Non-calls put right and judged a second time (/meja/bukan), and the supervisor's page on pranks (/pengawas/iseng)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.domain.city import City
from siaga.domain.prank_review import REASON_CHARACTERS_MAX
from siaga.domain.roles import May, Viewer
from siaga.features.calls.pranks import actions as pranks
from siaga.features.calls.pranks import restrictions
from siaga.features.calls.pranks.queries import non_calls_context, put_away_context, supervisor_context
from siaga.records.postgres import PostgresArchive

Form = RequestEncodingType.URL_ENCODED
Words = Callable[[str], str]
Reason = Annotated[str, msgspec.Meta(max_length=REASON_CHARACTERS_MAX)]
Short = Annotated[str, msgspec.Meta(max_length=80)]

REAL = "real"  # a correction's choice that means: its sheet again, so that it can become an incident
UNKNOWN = "unknown"  # and the one that means: nobody knows, the caller is owed


class Judging(msgspec.Struct):
    """The second person's word."""

    agrees: Annotated[str, msgspec.Meta(pattern="^(yes|no)$")]
    reason: Reason = ""


class Correcting(msgspec.Struct):
    """What it was instead, and why."""

    kind: Annotated[str, msgspec.Meta(max_length=20)]
    reason: Reason = ""


class Referring(msgspec.Struct):
    """To which neighbour."""

    neighbour: Short


class Restricting(msgspec.Struct):
    """For how many days, and why."""

    days: Annotated[int, msgspec.Meta(ge=1, le=366)]
    reason: Reason = ""


class Revoking(msgspec.Struct):
    """Why a restriction is taken back."""

    reason: Reason = ""


@get("/meja/bukan/terakhir")
async def put_away(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """Her last non-call, with what may be said of it afterwards."""
    viewer.must(May.TAKE_CALLS)
    return Template("calls/put_away.html", context=await put_away_context(archive, city, viewer, words, now))


@get("/meja/bukan")
async def non_calls_page(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """The short list for a second person, and the list on which a disposition is corrected."""
    viewer.must(May.TAKE_CALLS)
    return Template(
        "calls/non_calls_page.html", context=await non_calls_context(archive, city, viewer, words, now)
    )


@post("/meja/bukan/{call:str}/nilai", status_code=200)
async def judge(
    call: str,
    data: Annotated[Judging, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> Redirect:
    """A prank, or not."""
    agrees = data.agrees == "yes"
    await archive.do(pranks.judge_prank, call=call, agrees=agrees, by=viewer, reason=data.reason, now=now)
    return Redirect("/meja/bukan", status_code=303)


@post("/meja/bukan/{call:str}/ubah", status_code=200)
async def correct(
    call: str,
    data: Annotated[Correcting, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> Redirect:
    """What was said of it was wrong. Real: its sheet lies on her desk again."""
    if data.kind == REAL:
        await archive.do(pranks.reopen_as_real, call=call, by=viewer, reason=data.reason, now=now)
        return Redirect("/meja", status_code=303)
    kind = None if data.kind == UNKNOWN else data.kind
    await archive.do(pranks.correct_disposition, call=call, kind=kind, by=viewer, reason=data.reason, now=now)
    return Redirect("/meja/bukan", status_code=303)


@post("/meja/bukan/{call:str}/rujuk", status_code=200)
async def refer(
    call: str, data: Referring, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """To whom a caller from outside the city was given."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(
        pranks.refer, call=call, neighbour=data.neighbour, by=viewer.person, room=city.room, now=now
    )
    return {}


@get("/pengawas/iseng")
async def supervisor_page(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """Restrictions, and what our own flags cost."""
    viewer.must(May.SUPERVISE)
    return Template("calls/pranks.html", context=await supervisor_context(archive, city, words, now))


@post("/pengawas/iseng/{call:str}/redam", status_code=200)
async def restrict(
    call: str,
    data: Annotated[Restricting, Body(media_type=Form)],
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
) -> Redirect:
    """The number of this call stands back for some days."""
    await archive.do(
        restrictions.restrict_caller,
        call=call, days=data.days, reason=data.reason, by=viewer, rules=city.room.pranks, now=now,
    )  # fmt: skip
    return Redirect("/pengawas/iseng", status_code=303)


@post("/pengawas/peredaman/{restriction:str}/tinjau", status_code=200)
async def review(restriction: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """Looked at again and kept."""
    await archive.do(restrictions.review_restriction, restriction=restriction, by=viewer, now=now)
    return Redirect("/pengawas/iseng", status_code=303)


@post("/pengawas/peredaman/{restriction:str}/cabut", status_code=200)
async def revoke(
    restriction: str,
    data: Annotated[Revoking, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> Redirect:
    """Taken back."""
    await archive.do(
        restrictions.revoke_restriction, restriction=restriction, why=data.reason, by=viewer, now=now
    )
    return Redirect("/pengawas/iseng", status_code=303)


PAGES: list[Any] = [
    put_away, non_calls_page, judge, correct, refer, supervisor_page, restrict, review, revoke,
]  # fmt: skip
