"""Conversations by text on the desk: her sessions, what was written, a reply, aside and back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.features.calls.queries import Line
from siaga.features.calls.texts import actions as texts
from siaga.records.postgres import PostgresArchive

LINES_SHOWN_MAX = 30  # of the open session; the story of the incident has all of it


class Reply(msgspec.Struct):
    """What she writes back."""

    text: Annotated[str, msgspec.Meta(max_length=1000)]


@get("/meja/pesan")
async def panel(archive: PostgresArchive, city: City, line: Line, viewer: Viewer) -> Template:
    """Her sessions, the open one first."""
    viewer.must(May.TAKE_CALLS)
    rows = await archive.rows(
        "select id, number, arrived_at, aside_at, said_at, demo, "
        "coalesce(aside_at is not null and said_at > seen_at, false) as is_new "
        "from call where city_id = $1 and channel = 'text' and state = 'talking' and taker = $2 "
        "order by aside_at is not null, is_new desc, said_at",
        viewer.person,
    )
    sessions = [dict(row) for row in rows]
    opened = sessions[0] if sessions and sessions[0]["aside_at"] is None else None
    lines: list[Any] = []
    if opened is not None:
        lines = await archive.rows(
            "select at, by, text from text_line where city_id = $1 and call = $2 order by at desc, id desc limit $3",
            opened["id"],
            LINES_SHOWN_MAX,
        )
    context = {
        "opened": opened,
        "aside": [one for one in sessions if one["aside_at"] is not None],
        "lines": [dict(row) for row in reversed(lines)],
        "replies": city.room.texts.replies,
        "held": len(sessions),
        "per_taker": city.room.texts.per_taker,
        "gateway": line.sms or (opened is not None and opened["demo"]),
    }
    return Template("calls/texts.html", context=context)


@post("/meja/pesan/{call:str}/balas", status_code=200)
async def reply(
    call: str, data: Reply, archive: PostgresArchive, line: Line, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """She writes back by SMS."""
    viewer.must(May.TAKE_CALLS)
    written = await archive.do(
        texts.reply, call=call, text=data.text, taker=viewer.person, gateway=line.sms, now=now
    )
    return {"line": written}


@post("/meja/pesan/{call:str}/sisihkan", status_code=200)
async def lay_aside(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She is ready for others."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(texts.lay_aside, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/pesan/{call:str}/buka", status_code=200)
async def take_up(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """A session that lies aside comes back."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(texts.take_up, call=call, taker=viewer.person, now=now)
    return {"sheet": call}


PAGES: list[Any] = [panel, reply, lay_aside, take_up]
