"""The empty form for history: right headings, an explanation, and drop-down lists with the city's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from siaga.adapters.exchange.writing import MOMENT_FORMAT, saved, set_widths, styled
from siaga.domain.city import City
from siaga.features.insight.columns import HEADINGS, Field
from siaga.features.insight.register import OUTCOME_WORDS, PRIORITY_WORDS

FORM_ROWS = 5_000  # rows with drop-down lists; a longer register is pasted in whole and needs none
LISTS_SHEET = "Daftar"

COLUMNS = (
    (Field.RECEIVED_AT, "Wajib. Tanggal dan jam laporan diterima, contoh 29/10/2018 14:05."),
    (Field.TYPE, "Wajib. Jenis kejadian: nama atau kode dari daftar kota, atau nama kelompok laporan."),
    (Field.PLACE, "Jalan, gang, nama tempat, seperti yang dikatakan pelapor."),
    (Field.LANDMARK, "Patokan di dekatnya."),
    (Field.KELURAHAN, "Nama kelurahan."),
    (Field.KECAMATAN, "Nama kecamatan; cukup kelurahan bila diketahui."),
    (Field.LAT, "Lintang, contoh -6,7213. Kosongkan bila tidak ada."),
    (Field.LON, "Bujur, contoh 108,5524."),
    (Field.AGENCY, "Perangkat daerah yang menangani; beberapa dipisah titik koma."),
    (Field.OUTCOME, "Hasil akhir. Kosong berarti ditangani."),
    (Field.PRIORITY, "Prioritas. Kosong berarti prioritas baku jenisnya."),
    (Field.CLOSED_AT, "Tanggal dan jam selesai, atau jam saja pada hari yang sama."),
    (Field.NOTE, "Uraian. Jangan menulis nama atau nomor telepon pelapor."),
)


def make_form(city: City) -> bytes:
    """The form as a workbook for Excel or LibreOffice."""
    book = Workbook()
    form: Any = book.active
    form.title = "Kejadian"
    lists = _lists(city)
    form.freeze_panes = "A2"
    headings = [HEADINGS[field][0].capitalize() for field, _ in COLUMNS]
    set_widths(form, [[f"{heading:<18}" for heading in headings]])
    for index, (field, meaning) in enumerate(COLUMNS, start=1):
        letter = get_column_letter(index)
        cells = f"{letter}2:{letter}{FORM_ROWS + 1}"
        form.add_data_validation(_validation(field, meaning, lists, cells))
        if field in (Field.RECEIVED_AT, Field.CLOSED_AT):
            form.column_dimensions[letter].number_format = MOMENT_FORMAT
    form.append([styled(form, heading, heading=True) for heading in headings])
    _write_guide(book, city, headings)
    _write_lists(book, lists)
    return saved(book)


def _lists(city: City) -> dict[Field, list[str]]:
    return {
        Field.TYPE: [one.name for one in city.types] + [group.name for group in city.report_groups],
        Field.KELURAHAN: sorted({one.name for one in city.kelurahan}),
        Field.KECAMATAN: list(city.kecamatan_names.values()),
        Field.AGENCY: [agency.short for agency in city.agencies],
        Field.OUTCOME: [words[0].capitalize() for words in OUTCOME_WORDS.values()],
        Field.PRIORITY: [words[0].capitalize() for words in PRIORITY_WORDS.values()],
    }


def _validation(field: Field, meaning: str, lists: dict[Field, list[str]], cells: str) -> DataValidation:
    """A list warns but does not forbid: the import knows more words than the list holds."""
    if field in lists:
        letter = get_column_letter(list(lists).index(field) + 1)
        rule = DataValidation(
            type="list",
            formula1=f"={LISTS_SHEET}!${letter}$2:${letter}${len(lists[field]) + 1}",
            errorStyle="warning",
        )
    else:
        rule = DataValidation()
    rule.allow_blank = True
    rule.promptTitle, rule.prompt = HEADINGS[field][0].capitalize(), meaning
    rule.showInputMessage = True
    rule.add(cells)
    return rule


def _write_guide(book: Workbook, city: City, headings: Sequence[str]) -> None:
    sheet: Any = book.create_sheet("Petunjuk")
    rows = [
        ["Kolom", "Arti"],
        *([heading, meaning] for heading, (_, meaning) in zip(headings, COLUMNS, strict=True)),
        ["", ""],
        ["Cara", f"Isi lembar Kejadian ({city.full_name}), simpan, lalu: siaga import incidents BERKAS.xlsx"],
        ["", "Tanpa --yes tidak ada yang dicatat: hanya diperiksa."],
    ]
    set_widths(sheet, rows)
    for number, row in enumerate(rows):
        sheet.append([styled(sheet, cell, heading=number == 0) for cell in row])


def _write_lists(book: Workbook, lists: dict[Field, list[str]]) -> None:
    sheet: Any = book.create_sheet(LISTS_SHEET)
    sheet.sheet_state = "hidden"
    sheet.append([styled(sheet, HEADINGS[field][0].capitalize(), heading=True) for field in lists])
    for number in range(max(len(words) for words in lists.values())):
        sheet.append([words[number] if number < len(words) else None for words in lists.values()])
