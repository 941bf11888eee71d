"""Opening a spreadsheet somebody gave us: XLSX or CSV, told apart by what is in it, never by its name.

The file may be broken or meant to harm. Formulas are never calculated (the value Excel saved beside one is taken),
macros never run, nothing outside the file is fetched, and every size has its limit before anything is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from siaga.domain.errors import RuleBroken

FILE_BYTES_MAX = 32 * 1024 * 1024  # 100,000 rows of a register are 5 MiB as XLSX and 9 MiB as CSV
COLUMNS_MAX = 64  # registers have 10 to 20; a sheet of 16,384 columns is a trap
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileRefused(RuleBroken):
    """This file cannot be read; the sentence says what to do about it."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one file may hold once it is opened. ``characters``: of all its cells together.

    A workbook may name one long text in every cell, so that its unpacked size alone bounds nothing.
    """

    rows: int
    unpacked_bytes: int
    characters: int


AT_THE_TERMINAL = Limits(
    rows=100_000,  # ten years of 27 incidents a day; read and kept in memory at once, some 200 MB
    unpacked_bytes=256 * 1024 * 1024,  # 100,000 rows of 11 columns unpack to 49 MiB
    characters=128 * 1024 * 1024,
)
FROM_A_BROWSER = Limits(
    rows=5_000,  # read in a thread beside live calls: at most some two seconds of one core
    unpacked_bytes=32 * 1024 * 1024,
    characters=2 * 1024 * 1024,  # so much a page can carry and send back
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet: its name (empty for CSV) and its rows, each with its line number in the file from 1."""

    name: str
    rows: list[tuple[int, tuple[object, ...]]]


def is_workbook(data: bytes) -> bool:
    """Whether these bytes are a zip archive, as every XLSX is."""
    return data.startswith(ZIP_MAGIC)


def load(path: Path) -> bytes:
    """The file's bytes. Raises FileRefused when there is none or it is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise FileRefused(
            "Berkas {name} tidak bisa dibuka: {why}.", name=path.name, why=error.strerror
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise FileRefused(
            "Berkas terlalu besar: paling banyak {max} MiB. Bagi per tahun.", max=FILE_BYTES_MAX // 1024**2
        )
    if not data.strip():
        raise FileRefused("Berkas ini kosong.")
    return data


def read_sheets(data: bytes, limits: Limits = AT_THE_TERMINAL) -> Iterator[Sheet]:
    """The sheets of a file one after the other, each read when it is asked for. Raises FileRefused."""
    from siaga.adapters.exchange.csv_reading import read_csv
    from siaga.adapters.exchange.xlsx_reading import read_xlsx

    if data.startswith(OLE_MAGIC):
        raise FileRefused(
            "Ini berkas Excel lama (.xls) atau berkata sandi. Simpan sebagai .xlsx tanpa sandi."
        )
    if is_workbook(data):
        yield from read_xlsx(data, limits)
    else:
        yield read_csv(data, limits)


def too_many_rows(limits: Limits) -> FileRefused:
    """The refusal of a sheet that is longer than the limits allow."""
    return FileRefused(
        "Terlalu banyak baris: paling banyak {max}. Bagi menjadi beberapa berkas.",
        max=f"{limits.rows:,}".replace(",", "."),
    )


def weighed(cells: tuple[object, ...], before: int, limits: Limits) -> int:
    """The characters of all cells so far. Raises FileRefused when they are too many."""
    so_far = before + sum(len(cell) for cell in cells if isinstance(cell, str))
    if so_far > limits.characters:
        raise FileRefused("Isi berkas ini terlalu panjang. Bagi menjadi beberapa berkas.")
    return so_far
