"""A table copied out of a spreadsheet, pasted into the page: looked at first, kept only when somebody has seen it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Response, Template

from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Viewer
from siaga.features.incidents.premises import actions as premises
from siaga.features.incidents.premises.actions import IMPORT_ROWS_MAX, Fact, checked
from siaga.features.incidents.premises.pages import KIND_LABELS, Keeping, Words, fact_of, page_of
from siaga.records.postgres import PostgresArchive

PASTED_CHARACTERS_MAX = 200_000  # some two thousand lines of a table
WRONG_SHOWN_MAX = 20  # somebody mends the first twenty and pastes again
WHERE_CHARACTERS_MAX = 200
HEADING_ROWS_MAX = 15  # a title and a letterhead stand above the headings of a register
COLUMNS = (
    "macam", "isi", "tempat", "koordinat", "lintang", "bujur", "radius", "pemilik", "hari", "alasan",
)  # fmt: skip
REQUIRED = ("macam", "isi", "tempat", "pemilik")
# The table may be longer than a form's fields may be (the door's FORM_BYTES_MAX), so the form is one with parts.
Form = Body(media_type=RequestEncodingType.MULTI_PART)


@dataclass(frozen=True)
class Pasting:
    """The pasted table, and whether it has been looked at."""

    rows: str = ""
    keep: str = ""


@dataclass(frozen=True)
class Pasted:
    """What the table means: the facts, and which lines cannot be kept and why (Indonesian)."""

    good: tuple[Fact, ...]
    wrong: tuple[tuple[int, RuleBroken], ...]


@post("/atur/tempat/tempel", status_code=200)
async def paste(
    data: Annotated[Pasting, Form], archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer,
    words: Words, now: datetime,
) -> Response[Any] | Template:  # fmt: skip
    """Look at the table, or keep all of it."""
    given = Keeping(owner=viewer.agency or "")
    try:
        if len(data.rows) > PASTED_CHARACTERS_MAX:
            raise RuleBroken("Tabel ini terlalu panjang untuk ditempel. Unggah berkasnya.")
        pasted = await asyncio.to_thread(read_pasted, data.rows, city, finder, viewer, now)
        if data.keep and pasted.wrong:
            raise RuleBroken("Masih ada baris yang salah. Perbaiki dulu, lalu tempel lagi.")
        if data.keep:
            await archive.do(premises.import_premises, city=city, facts=pasted.good, by=viewer, now=now)
            return Redirect(path="/atur/tempat", status_code=303)
    except NotAllowed:
        raise
    except RuleBroken as refusal:
        return await page_of(archive, city, viewer, words, now, given=given, file_problem=refusal, status=409)
    return await page_of(
        archive, city, viewer, words, now, given=given, preview=preview_of(pasted, data.rows, words)
    )


def preview_of(pasted: Pasted, rows: str, words: Words) -> dict[str, Any]:
    """What the page shows before anything is kept. ``rows``: the table as text, which the page sends back."""
    return {
        "good": pasted.good,
        "wrong": [(line, words(why.message, **why.words)) for line, why in pasted.wrong[:WRONG_SHOWN_MAX]],
        "wrong_count": len(pasted.wrong),
        "rows": rows,
    }


def read_pasted(text: str, city: City, finder: PlaceFinder, by: Viewer, now: datetime) -> Pasted:
    """The facts of a table with a heading; tabs (copied cells), semicolons or commas. Raises RuleBroken.

    Looks every place up by its words where there is no point: for a long table some seconds, never on the event loop.
    """
    lines = text.strip("\r\n")
    if not lines.strip():
        raise RuleBroken("Tempel dulu tabelnya, dengan baris judul.")
    delimiter = max("\t;,", key=lines.splitlines()[0].count)
    reader = csv.reader(io.StringIO(lines), delimiter=delimiter)
    rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    return read_rows(rows, city, finder, by, now)


def read_rows(
    rows: Sequence[tuple[int, Sequence[str]]], city: City, finder: PlaceFinder, by: Viewer, now: datetime
) -> Pasted:
    """The facts of rows, each with its line number; the headings stand in one of the first. Raises RuleBroken."""
    at, headings = _headings(rows)
    if len(rows) - at - 1 > IMPORT_ROWS_MAX:
        raise RuleBroken("Terlalu banyak baris: paling banyak {max}.", max=IMPORT_ROWS_MAX)
    good: list[Fact] = []
    wrong: list[tuple[int, RuleBroken]] = []
    for line, row in rows[at + 1 :]:
        cells = dict.fromkeys(COLUMNS, "") | dict(zip(headings, (cell.strip() for cell in row), strict=False))
        try:
            fact = _fact(cells, city, finder)
            checked(fact, id="", by=by, now=now)
            good.append(fact)
        except RuleBroken as why:
            wrong.append((line, why))
    return Pasted(tuple(good), tuple(wrong))


def _headings(rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[int, list[str]]:
    """Where the headings stand, and the headings; titles may stand above them."""
    found = [[cell.strip().lower() for cell in row] for _, row in rows[:HEADING_ROWS_MAX]] or [[""]]
    best = max(range(len(found)), key=lambda at: (len(set(REQUIRED) & set(found[at])), -at))
    if missing := [name for name in REQUIRED if name not in found[best]]:
        raise RuleBroken(
            "Kolom {names} tidak ada. Baris pertama harus berisi judul.", names=", ".join(missing)
        )
    return best, found[best]


def _fact(cells: dict[str, str], city: City, finder: PlaceFinder) -> Fact:
    usual = Keeping()
    if not cells["isi"]:
        raise RuleBroken("Tulis apa yang perlu diketahui tentang tempat ini.")
    if not cells["tempat"] or len(cells["tempat"]) > WHERE_CHARACTERS_MAX:
        raise RuleBroken("Tulis tempatnya, paling banyak {max} huruf.", max=WHERE_CHARACTERS_MAX)
    both = f"{cells['lintang']}; {cells['bujur']}" if cells["lintang"] and cells["bujur"] else ""
    return fact_of(
        Keeping(
            kind=_kind(cells["macam"]),
            text=cells["isi"],
            where=cells["tempat"],
            point=cells["koordinat"] or both,
            radius_m=cells["radius"] or usual.radius_m,
            owner=_owner(cells["pemilik"], city),
            days=cells["hari"] or usual.days,
            long_reason=cells["alasan"],
        ),
        finder,
    )


def _kind(word: str) -> str:
    for kind, label in KIND_LABELS.items():
        if word.casefold() in (kind.value, label.casefold()):
            return kind.value
    raise RuleBroken("Pilih macam catatannya: bahaya, akses, kontak, atau catatan.")


def _owner(word: str, city: City) -> str:
    for agency in city.agencies:
        if word.casefold() in (agency.code.casefold(), agency.short.casefold(), agency.name.casefold()):
            return agency.code
    raise RuleBroken("Pemilik {name} tidak ada di daftar perangkat daerah.", name=word or "?")


PAGES: list[Any] = [paste]
