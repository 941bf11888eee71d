"""/atur/tempat/berkas: a register of hazards and contacts as Excel or CSV, looked at like a table that was pasted."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template

from siaga.adapters.exchange.reading import FROM_A_BROWSER, read_sheets
from siaga.adapters.exchange.uploads import file_of, read_beside
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Viewer
from siaga.features.incidents.premises.pages import Keeping, Words, may_look, page_of
from siaga.features.incidents.premises.paste import Pasted, preview_of, read_rows
from siaga.records.postgres import PostgresArchive

FileForm = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@post("/atur/tempat/berkas", status_code=200)
async def look(
    data: FileForm, archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer, words: Words,
    now: datetime,
) -> Template:  # fmt: skip
    """What the file would add, and which rows are wrong. Nothing is kept; the page sends the rows back as text."""
    may_look(viewer)
    given = Keeping(owner=viewer.agency or "")
    try:
        _, content = await file_of(data)
        pasted, rows = await read_beside(partial(_read, content, city, finder, viewer, now))
    except NotAllowed:
        raise
    except RuleBroken as refusal:
        return await page_of(archive, city, viewer, words, now, given=given, file_problem=refusal, status=422)
    return await page_of(
        archive, city, viewer, words, now, given=given, preview=preview_of(pasted, rows, words)
    )


def _read(
    content: bytes, city: City, finder: PlaceFinder, viewer: Viewer, now: datetime
) -> tuple[Pasted, str]:
    """The facts of the first sheet that is not empty, and its rows as text. Raises RuleBroken."""
    for sheet in read_sheets(content, FROM_A_BROWSER):
        rows = [(line, [_text(cell) for cell in cells]) for line, cells in sheet.rows]
        if rows:
            return read_rows(rows, city, finder, viewer, now), _as_text([cells for _, cells in rows])
    raise RuleBroken("Berkas ini kosong.")


def _as_text(rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _text(cell: object) -> str:
    """A cell as somebody reads it: on one line, a whole number without its ".0"."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else " ".join(str(cell).split())


PAGES: list[Any] = [look]
