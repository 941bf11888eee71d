"""The operators' antennas: read from the tables that exist, refused line by line in words, kept and replaced."""

from __future__ import annotations

from pathlib import Path

from siaga.commands.city_cells import put_cells, read_cells
from siaga.domain.access_network import cells_in
from siaga.domain.caller_location import Cell
from siaga.features.locating.recording import fix_of_cell
from tests.room import NINE, Room

OPEN = """radio,mcc,mnc,area,cell,lon,lat,range
LTE,510,10,4660,1193046,108.55,-6.72,800
GSM,510,1,43981,4660,108.56,-6.73,
LTE,510,10,4660,x,108.55,-6.72,800
LTE,510,10,4660,7,208.55,-96.72,800
"""
OWN = (
    "\ufeffcell;lat;lon;radius_m;azimuth;width;name\n"
    "5101012340123456;-6.72;108.55;600;400;65;Kesambi 1\n;-6.7;108;600;;;\n"
)


def file_with(folder: Path, text: str) -> Path:
    path = folder / "cells.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_open_tables_and_the_operators_own_are_read(tmp_path: Path) -> None:
    cells, problems = read_cells(file_with(tmp_path, OPEN), NINE)
    assert [one.id for one in cells] == ["5101012340123456", "51001abcd1234"]
    assert [one.radius_m for one in cells] == [800, 1000]
    assert len(problems) == 2
    assert problems[0].startswith("Baris 4")
    assert cells_in("3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=5101012340123456") == (cells[0].id,)
    (own,), refused = read_cells(file_with(tmp_path, OWN), NINE)
    assert (own.azimuth_deg, own.width_deg, own.name, len(refused)) == (40, 65, "Kesambi 1", 1)
    assert (fix_of_cell(own).accuracy_m or 0) < 600


async def test_a_cell_that_is_there_is_replaced(tmp_path: Path) -> None:
    room = Room()
    cells, _ = read_cells(file_with(tmp_path, OPEN), NINE)
    await room.do(put_cells, cells=cells)
    moved, _ = read_cells(file_with(tmp_path, OPEN.replace("-6.72,800", "-6.70,500")), NINE)
    await room.do(put_cells, cells=moved)
    assert (await room.one(Cell, "5101012340123456")).radius_m == 500
    assert len(await room.all(Cell)) == 2
