"""The rows that could not be taken, given back in the kind of file they came in: mend them there, import that file.

Only these rows are in it, as they were, with a last column that says why; in XLSX the cells to look at are red.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from openpyxl import Workbook

from siaga.adapters.exchange.writing import make_csv, saved, set_widths, styled
from siaga.domain.errors import RuleBroken

REASON_HEADING = (
    "Masalah"  # a heading the import does not know, so that the mended file can be given as it is
)
NAMES_MAX = 1000  # files of the same name in one folder; beyond it somebody else must tidy up

Speak = Callable[[RuleBroken], str]


class Mistake(Protocol):
    """What is wrong with a row. ``column`` is the index of the cell to look at, ``None`` for the whole row."""

    @property
    def column(self) -> int | None: ...

    @property
    def refusal(self) -> RuleBroken: ...


class WrongRow(Protocol):
    """A line of any import that was not taken, as it stood in the file."""

    @property
    def row(self) -> int: ...

    @property
    def cells(self) -> tuple[object, ...]: ...

    @property
    def mistakes(self) -> Sequence[Mistake]: ...


def returned_xlsx(headings: Sequence[str], rows: Sequence[WrongRow], speak: Speak) -> bytes:
    """A workbook with the rows, their wrong cells red. ``speak`` puts a refusal into the reader's language."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(REASON_HEADING)
    sheet.freeze_panes = "A2"
    full = [*headings, REASON_HEADING]
    set_widths(sheet, [full, *(_with_reason(row, len(headings), speak) for row in rows)])
    sheet.append([styled(sheet, heading, heading=True) for heading in full])
    for row in rows:
        red = {mistake.column for mistake in row.mistakes} | {len(headings)}
        cells = _with_reason(row, len(headings), speak)
        sheet.append([styled(sheet, cell, wrong=index in red) for index, cell in enumerate(cells)])
    return saved(book)


def returned_csv(headings: Sequence[str], rows: Sequence[WrongRow], speak: Speak) -> bytes:
    """A CSV file with the rows and their reasons; semicolons, because decimal commas may stand in the cells."""
    full = [*headings, REASON_HEADING]
    return make_csv([full, *(_with_reason(row, len(headings), speak) for row in rows)], delimiter=";")


def _with_reason(row: WrongRow, columns: int, speak: Speak) -> list[object]:
    cells = [*row.cells[:columns], *([None] * (columns - len(row.cells)))]
    reasons = " ".join(speak(mistake.refusal) for mistake in row.mistakes)
    return [*cells, f"Baris {row.row}: {reasons}"]


def free_name(wanted: Path) -> Path:
    """``wanted``, or ``wanted`` with -2, -3 ...: a file somebody may be mending is never written over."""
    if not wanted.exists():
        return wanted
    for number in range(2, NAMES_MAX):
        other = wanted.with_stem(f"{wanted.stem}-{number}")
        if not other.exists():
            return other
    raise FileExistsError(wanted)
