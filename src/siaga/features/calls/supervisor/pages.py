"""The supervisor's room: who sits where, who waits, who talks; listen, whisper, take part, reassign, set seats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.features.calls.supervisor import actions as supervising
from siaga.features.calls.supervisor.queries import seats_context, talks_context, waiting_context
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]
Short = Annotated[str, msgspec.Meta(max_length=80)]


class Listening(msgspec.Struct):
    """How the supervisor follows a call."""

    mode: Literal["listen", "whisper", "barge", "off"]


class Given(msgspec.Struct):
    """To whose seat."""

    to: Short


class SeatMove(msgspec.Struct):
    """What a seat is made to do, and why."""

    verb: Literal["come", "pause"]
    reason: Short = ""


@get("/pengawas")
async def supervisor(archive: PostgresArchive, city: City, viewer: Viewer, words: Words) -> Template:
    """The whole screen."""
    viewer.must(May.SUPERVISE)
    context = {
        **await seats_context(archive, words),
        **await waiting_context(archive),
        **await talks_context(archive, city, viewer),
    }
    return Template("calls/supervisor.html", context=context)


@get("/pengawas/meja")
async def seats(archive: PostgresArchive, viewer: Viewer, words: Words) -> Template:
    """Seats."""
    viewer.must(May.SUPERVISE)
    return Template("calls/supervisor_seats.html", context=await seats_context(archive, words))


@get("/pengawas/antrean")
async def waiting(archive: PostgresArchive, viewer: Viewer) -> Template:
    """The queue."""
    viewer.must(May.SUPERVISE)
    return Template("calls/supervisor_queue.html", context=await waiting_context(archive))


@get("/pengawas/percakapan")
async def talks(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """The conversations."""
    viewer.must(May.SUPERVISE)
    return Template("calls/supervisor_talks.html", context=await talks_context(archive, city, viewer))


@post("/pengawas/panggilan/{call:str}/dengar", status_code=204)
async def listen(
    call: str,
    data: Annotated[Listening, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Listen, whisper, take part, or stop; each is an entry in the journal with who and when."""
    viewer.must(May.SUPERVISE)
    await archive.do(
        supervising.monitor_call, call=call, mode=data.mode, by=viewer.person, viewer=viewer, now=now
    )


@post("/pengawas/panggilan/{call:str}/alih", status_code=204)
async def reassign(
    call: str,
    data: Annotated[Given, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> None:
    """This call rings at the chosen seat."""
    viewer.must(May.SUPERVISE)
    await archive.do(supervising.reassign_call, call=call, to=data.to, by=viewer.person, now=now)


@post("/pengawas/meja/{taker:str}", status_code=204)
async def set_seat(
    taker: str,
    data: Annotated[SeatMove, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Ready or away, with a reason."""
    viewer.must(May.SUPERVISE)
    await archive.do(
        supervising.set_seat,
        taker=taker,
        verb=data.verb,
        reason=data.reason or None,
        by=viewer.person,
        now=now,
    )


PAGES: list[Any] = [supervisor, seats, waiting, talks, listen, reassign, set_seat]
