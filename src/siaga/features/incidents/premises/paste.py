"""A table copied out of a spreadsheet, pasted into the page: looked at first, kept only when somebody has seen it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Response, Template

from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Viewer
from siaga.features.incidents.premises import actions as premises
from siaga.features.incidents.premises.actions import IMPORT_ROWS_MAX, Fact
from siaga.features.incidents.premises.pages import KIND_LABELS, Keeping, Words, fact_of, page_of
from siaga.records.postgres import PostgresArchive

PASTED_CHARACTERS_MAX = 200_000  # some two thousand lines of a table
WRONG_SHOWN_MAX = 20  # somebody mends the first twenty and pastes again
COLUMNS = ("macam", "isi", "tempat", "koordinat", "radius", "pemilik", "hari", "alasan")
REQUIRED = ("macam", "isi", "tempat", "pemilik")
Form = Body(media_type=RequestEncodingType.URL_ENCODED)


class Pasting(msgspec.Struct):
    """The pasted table, and whether it has been looked at."""

    rows: Annotated[str, msgspec.Meta(max_length=PASTED_CHARACTERS_MAX)] = ""
    keep: Annotated[str, msgspec.Meta(max_length=5)] = ""


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
        pasted = read_pasted(data.rows, city, finder)
        if data.keep and pasted.wrong:
            raise RuleBroken("Masih ada baris yang salah. Perbaiki dulu, lalu tempel lagi.")
        if data.keep:
            await archive.do(premises.import_premises, city=city, facts=pasted.good, by=viewer, now=now)
            return Redirect(path="/atur/tempat", status_code=303)
    except NotAllowed:
        raise
    except RuleBroken as refusal:
        return await page_of(archive, city, viewer, words, now, given=given, problem=refusal, status=409)
    preview = {
        "good": pasted.good,
        "wrong": [(line, words(str(why))) for line, why in pasted.wrong[:WRONG_SHOWN_MAX]],
        "wrong_count": len(pasted.wrong),
        "rows": data.rows,
    }
    return await page_of(archive, city, viewer, words, now, given=given, preview=preview)


def read_pasted(text: str, city: City, finder: PlaceFinder) -> Pasted:
    """The facts of a table with a heading; tabs (copied cells), semicolons or commas. Raises RuleBroken."""
    lines = text.strip("\r\n")
    if not lines.strip():
        raise RuleBroken("Tempel dulu tabelnya, dengan baris judul.")
    head = lines.splitlines()[0]
    delimiter = max("\t;,", key=head.count)
    reader = csv.DictReader(io.StringIO(lines), delimiter=delimiter)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in REQUIRED if name not in reader.fieldnames]
    if missing:
        raise RuleBroken(
            "Kolom {names} tidak ada. Baris pertama harus berisi judul.", names=", ".join(missing)
        )
    good: list[Fact] = []
    wrong: list[tuple[int, RuleBroken]] = []
    for row in reader:
        if len(good) + len(wrong) >= IMPORT_ROWS_MAX:
            raise RuleBroken("Terlalu banyak baris: paling banyak {max}.", max=IMPORT_ROWS_MAX)
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        try:
            good.append(_fact(cells, city, finder))
        except RuleBroken as why:
            wrong.append((reader.line_num, why))
    return Pasted(tuple(good), tuple(wrong))


def _fact(cells: dict[str, str], city: City, finder: PlaceFinder) -> Fact:
    usual = Keeping()
    if not cells["isi"]:
        raise RuleBroken("Tulis apa yang perlu diketahui tentang tempat ini.")
    return fact_of(
        Keeping(
            kind=_kind(cells["macam"]),
            text=cells["isi"],
            where=cells["tempat"],
            point=cells["koordinat"],
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
