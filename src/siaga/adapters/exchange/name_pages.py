"""/pengawas/nama-tempat: a list of names as a file, looked at, kept, and taken back whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.adapters.exchange.name_file import names_as_text, read_name_file
from siaga.adapters.exchange.reading import FROM_A_BROWSER
from siaga.adapters.exchange.uploads import file_of, plain_name, read_beside, text_of
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.known_place import PlaceSource
from siaga.domain.roles import May, Viewer
from siaga.features.places.actions import bring_in, new_batch, take_back
from siaga.features.places.name_table import NameTable
from siaga.features.places.pages import HERE, Words, page_of
from siaga.records.postgres import PostgresArchive

WRONG_SHOWN_MAX = 50  # somebody mends the first fifty and uploads again
FileForm = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What keeping the file would do. ``wrong``: line and reason; ``content``: the good rows as text."""

    name: str
    good: int
    by_kind: tuple[tuple[str, int], ...]
    without_point: int
    repeated: int
    unknown: tuple[str, ...]
    wrong: tuple[tuple[int, str], ...]
    wrong_count: int
    content: str


@post(HERE + "/berkas", status_code=200)
async def look(
    data: FileForm, archive: PostgresArchive, city: City, viewer: Viewer, words: Words
) -> Template:
    """What the file would add, and which rows are wrong. Nothing is kept."""
    viewer.must(May.SUPERVISE)
    try:
        name, content = await file_of(data)
        table = await read_beside(partial(read_name_file, content, city, "", FROM_A_BROWSER))
    except RuleBroken as refusal:
        problem = words(refusal.message, **refusal.words)
        return await page_of(archive, city, problem=problem, status=422)
    return await page_of(archive, city, preview=_preview(name, table, words))


@post(HERE + "/berkas/simpan", status_code=200)
async def keep(
    data: FileForm, archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Redirect | Template:
    """Keep what was looked at; screens suggest the names a moment later."""
    viewer.must(May.SUPERVISE)
    batch = new_batch()
    try:
        content = text_of(data, "content").encode()
        table = await read_beside(partial(read_name_file, content, city, batch, FROM_A_BROWSER))
        await bring_in(
            archive, table.good, batch=batch, file=plain_name(text_of(data, "name")) or "berkas",
            source=PlaceSource.FILE, by=viewer.person, now=now,
        )  # fmt: skip
    except NotAllowed:
        raise
    except RuleBroken as refusal:
        problem = words(refusal.message, **refusal.words)
        return await page_of(archive, city, problem=problem, status=409)
    return Redirect(HERE, status_code=303)


@post(HERE + "/impor/{batch:str}/batal", status_code=200)
async def undo(batch: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """Take a whole list back."""
    viewer.must(May.SUPERVISE)
    await take_back(archive, batch, by=viewer.person, now=now)
    return Redirect(HERE, status_code=303)


def _preview(name: str, table: NameTable, words: Words) -> Preview:
    wrong = [
        (row.row, " ".join(words(one.refusal.message, **one.refusal.words) for one in row.mistakes))
        for row in table.wrong[:WRONG_SHOWN_MAX]
    ]
    return Preview(
        name=name,
        good=len(table.good),
        by_kind=tuple(sorted(table.by_kind.items(), key=lambda kind: -kind[1])),
        without_point=table.without_point,
        repeated=table.repeated,
        unknown=table.unknown,
        wrong=tuple(wrong),
        wrong_count=len(table.wrong),
        content=names_as_text(table.good) if table.good else "",
    )


PAGES: list[Any] = [look, keep, undo]
