"""The supervisor's switches for the room: night, flood, takers on call, notices, groups, skills. Each leaves a fact."""

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
from siaga.features.calls.room import actions
from siaga.features.calls.room.queries import room_context
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]
Short = Annotated[str, msgspec.Meta(max_length=80)]
Form = RequestEncodingType.URL_ENCODED


class Night(msgspec.Struct):
    """On, off, or by the clock."""

    to: Literal["on", "off", "clock"]


class Switch(msgspec.Struct):
    """On or off."""

    on: Literal["yes", "no"]


class NoticeSwitch(msgspec.Struct):
    """Whose notice, on or off."""

    incident: Short
    on: Literal["yes", "no"]


class Preparing(msgspec.Struct):
    """A seat's group, and its taker's skills separated by blanks."""

    taker: Short
    group: Short = ""
    skills: Annotated[list[Short], msgspec.Meta(max_length=30)] | Short = ""


@get("/pengawas/ruang")
async def room_page(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """The page of its own."""
    viewer.must(May.SUPERVISE)
    return Template(
        "calls/room_page.html", context=await room_context(archive, city, words, now, viewer.language)
    )


@get("/pengawas/ruang/isi")
async def room(archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime) -> Template:
    """The panel, for this page and the supervisor's."""
    viewer.must(May.SUPERVISE)
    return Template("calls/room.html", context=await room_context(archive, city, words, now, viewer.language))


@post("/pengawas/ruang/malam", status_code=204)
async def night(
    data: Annotated[Night, Body(media_type=Form)], archive: PostgresArchive, viewer: Viewer, now: datetime
) -> None:
    """Night mode."""
    viewer.must(May.SUPERVISE)
    await archive.do(actions.switch_night, to=data.to, by=viewer.person, now=now)


@post("/pengawas/ruang/ramai", status_code=204)
async def flood(
    data: Annotated[Switch, Body(media_type=Form)], archive: PostgresArchive, viewer: Viewer, now: datetime
) -> None:
    """Flood mode."""
    viewer.must(May.SUPERVISE)
    await archive.do(actions.switch_flood, on=data.on == "yes", by=viewer.person, now=now)


@post("/pengawas/ruang/siaga", status_code=204)
async def on_call(
    data: Annotated[Switch, Body(media_type=Form)],
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Takers on call: come, or go."""
    viewer.must(May.SUPERVISE)
    await archive.do(actions.switch_on_call, city=city, on=data.on == "yes", by=viewer.person, now=now)


@post("/meja/pemberitahuan", status_code=204)
async def notice(
    data: Annotated[NoticeSwitch, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Waiting callers hear that this incident is known, or no longer. Any taker may: she hears it first."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(
        actions.switch_notice, incident=data.incident, on=data.on == "yes", by=viewer.person, now=now
    )


@post("/pengawas/ruang/meja", status_code=204)
async def prepare(
    data: Annotated[Preparing, Body(media_type=Form)],
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    now: datetime,
) -> None:
    """A seat's group and skills."""
    viewer.must(May.SUPERVISE)
    skills = (data.skills,) if isinstance(data.skills, str) else tuple(data.skills)
    await archive.do(
        actions.prepare_seat, city=city, taker=data.taker, group=data.group,
        skills=tuple(filter(None, skills)), by=viewer.person, now=now,
    )  # fmt: skip


PAGES: list[Any] = [room_page, room, night, flood, on_call, notice, prepare]
