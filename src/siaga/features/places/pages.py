"""/pengawas/nama-tempat: what takers taught about places, and the lists of names that were imported."""

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
from siaga.domain.roles import May, Viewer
from siaga.features.places.actions import FORGOTTEN, forget_lesson, judge_lesson
from siaga.features.places.queries import places_context
from siaga.records.postgres import PostgresArchive

Form = RequestEncodingType.URL_ENCODED
Words = Callable[..., str]
HERE = "/pengawas/nama-tempat"


class Judging(msgspec.Struct):
    """confirmed, rejected or forgotten."""

    state: Annotated[str, msgspec.Meta(max_length=20)]


@get(HERE)
async def places(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """Everything on one page."""
    viewer.must(May.SUPERVISE)
    return await page_of(archive, city)


@post(HERE + "/{lesson:str}", status_code=200)
async def judge(
    lesson: str,
    data: Annotated[Judging, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> Redirect:
    """One lesson is confirmed, rejected or forgotten."""
    viewer.must(May.SUPERVISE)
    if data.state == FORGOTTEN:
        await archive.do(forget_lesson, lesson=lesson, by=viewer, now=now)
    else:
        await archive.do(judge_lesson, lesson=lesson, state=data.state, by=viewer, now=now)
    return Redirect(HERE, status_code=303)


async def page_of(
    archive: PostgresArchive, city: City, *, preview: Any = None, problem: str = "", status: int = 200
) -> Template:
    """The page. ``preview``: what a file that was given would add; ``problem``: what is wrong with that file."""
    context = await places_context(archive, city) | {"preview": preview, "problem": problem}
    return Template("places/places.html", context=context, status_code=status)


PAGES: list[Any] = [places, judge]
