"""`siaga city import-cells FILE.csv`: the antennas of the operators, so that a call's cell becomes a circle.

Columns (any order, other columns are passed over): `cell` as the network writes it, or `radio, mcc, mnc, area, cell` in
decimal numbers as open tables have them; `lat`, `lon`, `radius_m` (or `range`); perhaps `azimuth`, `width`, `name`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.commands.open_house import EXIT_REFUSED, House, in_the_house
from siaga.commands.terminal import complain, said, say
from siaga.domain.access_network import cell_key, key_of_numbers
from siaga.domain.caller_location import ACCURACY_METRES_MAX, Cell
from siaga.domain.place import on_earth
from siaga.records.archive import AnyOf, Transaction

ROWS_MAX = 500_000  # a province's antennas; a country's file was meant to be cut first
AT_ONCE = 500  # rows of one transaction
PROBLEMS_SHOWN_MAX = 10
RADIUS_DEFAULT_M = 1000.0  # an urban cell, when the table does not say
CELL_DIGITS = {"gsm": 4, "umts": 7, "lte": 7, "nr": 9}


class RowRefused(ValueError):
    """A line that cannot be a cell; says why."""


def import_cells(
    file: Annotated[
        Path, typer.Argument(help=said("CSV antena operator.", "CSV of the operators' antennas."))
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=said("Lihat saja, jangan simpan.", "Only look, keep nothing."))
    ] = False,
) -> None:
    """Bring in the operators' antennas. A cell that is there already is replaced; running processes use it at once."""
    try:
        cells, problems = read_cells(file, clock.now())
    except (OSError, UnicodeDecodeError, csv.Error) as unreadable:
        complain(said(f"Berkas tidak terbaca: {unreadable}", f"The file cannot be read: {unreadable}"))
        raise typer.Exit(EXIT_REFUSED) from None
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        complain(problem)
    if len(problems) > PROBLEMS_SHOWN_MAX:
        complain(
            said(
                f"... dan {len(problems) - PROBLEMS_SHOWN_MAX} baris lain.",
                f"... and {len(problems) - PROBLEMS_SHOWN_MAX} more.",
            )
        )
    if not cells:
        complain(said("Tidak ada antena yang bisa dibaca.", "No antenna could be read."))
        raise typer.Exit(EXIT_REFUSED)
    if not dry_run:
        in_the_house(lambda house: _keep(house, cells))
    say(
        f"{len(cells)} antena {'terbaca, tidak disimpan' if dry_run else 'disimpan'}; {len(problems)} baris ditolak.",
        f"{len(cells)} antennas {'read, not kept' if dry_run else 'kept'}; {len(problems)} lines refused.",
    )


def read_cells(file: Path, now: datetime) -> tuple[list[Cell], list[str]]:
    """The cells of a file, and a sentence for each line that is none. Raises OSError, csv.Error, UnicodeDecodeError."""
    found: dict[str, Cell] = {}
    problems: list[str] = []
    for number, row in _rows(file):
        try:
            cell = cell_of(row, now)
        except (RowRefused, ValueError) as refused:
            problems.append(said(f"Baris {number}: {refused}", f"Line {number}: {refused}"))
            continue
        found[cell.id] = cell
        if len(found) >= ROWS_MAX:
            problems.append(
                said(f"Lebih dari {ROWS_MAX} antena: potong dulu.", f"More than {ROWS_MAX} antennas: cut it.")
            )
            break
    return list(found.values()), problems


def cell_of(row: Mapping[str, str], now: datetime) -> Cell:
    """One line as a cell. Raises ValueError."""
    lat, lon = float(row.get("lat") or "nan"), float(row.get("lon") or "nan")
    if not on_earth(lat, lon):
        raise RowRefused(said("lat dan lon bukan koordinat", "lat and lon are no coordinates"))
    radius = float(row.get("radius_m") or row.get("range") or RADIUS_DEFAULT_M)
    if not 0 < radius <= ACCURACY_METRES_MAX:
        raise RowRefused(said("radius tidak masuk akal", "the radius cannot be"))
    azimuth, width = row.get("azimuth", ""), row.get("width", "")
    return Cell(
        id=_id(row), lat=lat, lon=lon, radius_m=radius, azimuth_deg=float(azimuth) % 360 if azimuth else None,
        width_deg=min(360.0, max(1.0, float(width))) if width else 120.0, name=row.get("name", "")[:60],
        imported_at=now,
    )  # fmt: skip


def _id(row: Mapping[str, str]) -> str:
    area = row.get("area") or row.get("lac") or row.get("tac") or ""
    if not (row.get("mcc") and area):
        key = cell_key(row.get("cell", ""))
        if len(key) < 10:
            raise RowRefused(
                said("kolom cell kosong atau terlalu pendek", "column cell is empty or too short")
            )
        return key
    mcc, mnc, cell = (
        row["mcc"].strip(),
        row.get("mnc", "").strip().zfill(2),
        int(row.get("cell") or row.get("cid") or ""),
    )
    key = key_of_numbers(mcc, mnc, int(area), cell)
    digits = CELL_DIGITS.get(row.get("radio", "").strip().lower())
    if digits is not None:
        area_digits = 6 if digits == 9 else 4
        key = f"{mcc}{mnc}{int(area):0{area_digits}x}{cell:0{digits}x}"
    return key


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        head = lines.readline()
        separator = ";" if head.count(";") > head.count(",") else ","
        lines.seek(0)
        for number, row in enumerate(csv.DictReader(lines, delimiter=separator), start=2):
            yield (
                number,
                {
                    (key or "").strip().lower(): (value or "").strip()
                    for key, value in row.items()
                    if isinstance(value, str)
                },
            )


async def _keep(house: House, cells: list[Cell]) -> None:
    for first in range(0, len(cells), AT_ONCE):
        await house.archive.do(put_cells, cells=cells[first : first + AT_ONCE], now=clock.now())


async def put_cells(tx: Transaction, *, cells: list[Cell], now: datetime) -> None:
    """These antennas as they are known now."""
    await tx.find(Cell, id=AnyOf(*(cell.id for cell in cells)))  # so that known ones are replaced
    tx.put(*cells)
