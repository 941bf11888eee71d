"""Rows of an XLSX workbook that strangers may have made.

Before the library sees the file its zip is weighed: number of parts, unpacked size (the sizes a zip declares hold,
because Python reads no byte beyond them) and no XML part with a document type, the door of entity bombs.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from siaga.adapters.exchange.reading import COLUMNS_MAX, FileRefused, Limits, Sheet, too_many_rows, weighed

PARTS_MAX = 2_000  # a workbook has some ten parts, one with many pictures some hundred
CHUNK_BYTES = 1024 * 1024
DOCUMENT_TYPE = b"<!DOCTYPE"
EMPTY_ROWS_MAX = 1_000  # this many empty rows end a sheet: a cell left at row 1,048,576 costs nothing

_BROKEN = (
    zipfile.BadZipFile, zlib.error, ParseError, InvalidFileException, KeyError, ValueError, TypeError, IndexError,
    AttributeError, EOFError, OverflowError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip
# Everything the zip reader, the XML parser and openpyxl were seen to raise on damaged files: a damaged file is
# expected here, and none of these can mean a bug of ours, because only their code runs inside.


def read_xlsx(data: bytes, limits: Limits) -> Iterator[Sheet]:
    """The visible sheets of a workbook. Raises FileRefused."""
    _weigh(data, limits)
    book = _opened(data)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                yield Sheet(name=sheet.title, rows=_rows(sheet, limits))
    finally:
        book.close()


def _weigh(data: bytes, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > limits.unpacked_bytes:
                raise FileRefused(
                    "Isi berkas ini terlalu besar setelah dibuka: paling banyak {max} MiB.",
                    max=limits.unpacked_bytes // 1024**2,
                )
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused("Berkas ini berkata sandi. Simpan tanpa sandi.")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _refuse_document_type(stream)
    except _BROKEN as broken:
        raise _damaged() from broken


def _refuse_document_type(stream: IO[bytes]) -> None:
    """Looks through the whole part, because comments may stand before it. The words cannot occur in a cell."""
    tail = b""
    while chunk := stream.read(CHUNK_BYTES):
        chunk = chunk.replace(b"\x00", b"")  # the zeros of UTF-16
        if DOCUMENT_TYPE in tail + chunk:
            raise FileRefused("Berkas ini bukan Excel biasa dan tidak dibuka.")
        tail = chunk[-len(DOCUMENT_TYPE) :]


def _opened(data: bytes) -> Workbook:
    try:
        with _quietly():
            return load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except _BROKEN as broken:
        raise _damaged() from broken


def _rows(sheet: Any, limits: Limits) -> list[tuple[int, tuple[object, ...]]]:
    """``sheet`` is openpyxl's read-only kind, which its type stubs do not know."""
    rows: list[tuple[int, tuple[object, ...]]] = []
    empty = characters = 0
    try:
        with _quietly():
            sheet.reset_dimensions()  # what a sheet says of its own size is often wrong
            for line, cells in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX, values_only=True), start=1):
                if any(cell is not None for cell in cells):
                    characters = weighed(cells, characters, limits)
                    rows.append((line, _without_tail(cells)))
                    empty = 0
                else:
                    empty += 1
                if len(rows) > limits.rows + 1:
                    raise too_many_rows(limits)
                if empty > EMPTY_ROWS_MAX:
                    break
    except _BROKEN as broken:
        raise _damaged() from broken
    return rows


def _without_tail(cells: tuple[object, ...]) -> tuple[object, ...]:
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return cells[:end]


def _quietly() -> warnings.catch_warnings[None]:
    """openpyxl warns of parts it passes over (drop-down lists, old styles); a person at the terminal needs none."""
    return warnings.catch_warnings(action="ignore")


def _damaged() -> FileRefused:
    return FileRefused(
        "Berkas ini rusak atau bukan XLSX. Buka di Excel, simpan ulang sebagai .xlsx, lalu coba lagi."
    )
