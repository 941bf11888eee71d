"""Writing spreadsheets people open in Excel: text stays text, the heading stays in sight, dates are dates.

A cell that begins with = + - or @ is never a formula here, whoever typed it: in XLSX its type says text, in CSV a
quote stands before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as cp1252
COLUMN_WIDTH_MIN, COLUMN_WIDTH_MAX = 8, 60  # characters
WIDTH_ROWS = 200  # rows looked at to choose the widths; enough to look right, few enough to cost nothing
CELL_CHARACTERS_MAX = 32_767  # Excel's limit
SHEET_NAME_MAX = 31  # Excel's limit

HEADING = PatternFill("solid", fgColor="DCE6F1")
WRONG = PatternFill("solid", fgColor="FFC7CE")
WRONG_FONT = Font(color="9C0006")
DATE_FORMAT = "dd/mm/yyyy"
MOMENT_FORMAT = "dd/mm/yyyy hh:mm"

Table = Sequence[Sequence[object]]


def excel_cell(value: object) -> Any:
    """A value openpyxl can write; what it cannot becomes its text, without signs XML does not allow."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.replace(tzinfo=None)
    if value is None or isinstance(value, bool | int | float | datetime | date):
        return value
    return ILLEGAL_CHARACTERS_RE.sub("", str(value))[:CELL_CHARACTERS_MAX]


def make_workbook(sheets: Iterable[tuple[str, Table]]) -> bytes:
    """A workbook of tables, each with its heading frozen and filtered. The first row of a table is its heading."""
    book = Workbook(write_only=True)
    for name, table in sheets:
        sheet: Any = book.create_sheet(name[:SHEET_NAME_MAX])
        sheet.freeze_panes = "A2"
        set_widths(sheet, table)
        if table:
            sheet.auto_filter.ref = f"A1:{get_column_letter(max(1, len(table[0])))}{len(table)}"
        for number, row in enumerate(table):
            sheet.append([styled(sheet, value, heading=number == 0) for value in row])
    return saved(book)


def styled(sheet: Any, value: object, *, heading: bool = False, wrong: bool = False) -> Any:
    """One cell of a write-only sheet, its text never a formula."""
    cell = WriteOnlyCell(sheet, value=excel_cell(value))
    if isinstance(value, str):
        cell.data_type = "s"
    elif isinstance(value, datetime):
        cell.number_format = MOMENT_FORMAT
    elif isinstance(value, date):
        cell.number_format = DATE_FORMAT
    if heading:
        cell.font, cell.fill = Font(bold=True), HEADING
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    if wrong:
        cell.font, cell.fill = WRONG_FONT, WRONG
    return cell


def set_widths(sheet: Any, table: Table) -> None:
    """Columns as wide as what stands in them, within reason."""
    for index in range(max((len(row) for row in table[:WIDTH_ROWS]), default=0)):
        longest = max(len(str(row[index])) for row in table[:WIDTH_ROWS] if index < len(row))
        width = min(max(longest + 2, COLUMN_WIDTH_MIN), COLUMN_WIDTH_MAX)
        sheet.column_dimensions[get_column_letter(index + 1)].width = width


def saved(book: Workbook) -> bytes:
    """The workbook's bytes."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def make_csv(table: Table, *, delimiter: str = ",") -> bytes:
    """A table as CSV in UTF-8 with a byte order mark."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    for row in table:
        writer.writerow([_csv_cell(value) for value in row])
    return (BYTE_ORDER_MARK + stream.getvalue()).encode()


def _csv_cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return "" if value is None else value


def _is_number(text: str) -> bool:
    """``-6,7213`` begins like a formula and is none."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
