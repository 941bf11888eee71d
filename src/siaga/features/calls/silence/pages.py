"""The silent panel of the desk: ask a caller for a sign, ask him questions he answers with a key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.features.calls.silence import actions as silent_actions
from siaga.features.calls.silence.queries import silent_context
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """Which of the city's questions."""

    code: Annotated[str, msgspec.Meta(max_length=40)]


@get("/meja/senyap")
async def panel(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """The panel as it is now."""
    viewer.must(May.TAKE_CALLS)
    return Template("calls/silent.html", context=await silent_context(archive, city, viewer, words, now))


@post("/meja/panggilan/{call:str}/senyap", status_code=200)
async def begin(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """Ask for a sign (Alt+V)."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(silent_actions.begin_check, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/senyap/henti", status_code=200)
async def stop(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She hears somebody: the recorded voice ends."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(silent_actions.stop_check, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/tanya", status_code=200)
async def ask(
    call: str, data: Question, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """A question answered by key: 1 yes, 2 no."""
    viewer.must(May.TAKE_CALLS)
    asked = await archive.do(
        silent_actions.ask_question, call=call, code=data.code, taker=viewer.person, city=city, now=now
    )
    return {"question": asked}


PAGES: list[Any] = [panel, begin, stop, ask]
