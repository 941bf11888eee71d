"""What we hand out: rows to mend, an empty form, tables for Excel."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from siaga.adapters.exchange.import_form import COLUMNS, make_form
from siaga.adapters.exchange.reading import read_sheets
from siaga.adapters.exchange.returned_rows import REASON_HEADING, free_name, returned_csv, returned_xlsx
from siaga.adapters.exchange.writing import WRONG, make_csv, make_workbook
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.features.insight.history import Register, read_register
from siaga.features.insight.register import OUTCOME_WORDS
from siaga.settings import Settings

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
ROWS: list[tuple[int, tuple[object, ...]]] = [
    (1, ("No", "Tanggal", "Jenis", "Lokasi", "Lintang", "Bujur")),
    (2, (1, "29/10/2018", "kebakaran", "Jl. A", "", "")),
    (3, (2, datetime(2018, 10, 30, 14, 5), "naga", '=cmd|"x"!A1', "-6,7213", "108,55")),
    (4, (3, "32/10/2018", "banjir", "Jl. C\x07")),
]


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Settings.from_env({}).city)


def register(city: City, rows: list[tuple[int, tuple[object, ...]]] = ROWS) -> Register:
    found = read_register(rows, city=city, finder=None, now=NOW)
    assert found is not None
    return found


def test_wrong_rows_come_back_as_a_workbook_with_red_cells(city: City) -> None:
    found = register(city)

    data = returned_xlsx(found.columns.headings, found.wrong, str)

    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    red = {
        (cell.row, get_column_letter(cell.column or 0))
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == WRONG.fgColor.rgb
    }
    assert lines[0] == ["No", "Tanggal", "Jenis", "Lokasi", "Lintang", "Bujur", REASON_HEADING]
    assert lines[1] == [2, datetime(2018, 10, 30, 14, 5), "naga", '=cmd|"x"!A1', "-6,7213", "108,55",
                        "Baris 3: Jenis “naga” tidak ada di daftar kota."]  # fmt: skip
    assert lines[2][:4] == [3, "32/10/2018", "banjir", "Jl. C"]
    assert red == {(2, "C"), (2, "G"), (3, "B"), (3, "G")}
    assert sheet["D2"].data_type == "s"  # text, not a formula
    assert sheet.freeze_panes == "A2"


def test_the_mended_workbook_is_imported_as_it_is(city: City) -> None:
    found = register(city)
    book = load_workbook(io.BytesIO(returned_xlsx(found.columns.headings, found.wrong, str)))
    sheet = book.active
    assert sheet is not None
    sheet["C2"], sheet["B3"] = "kebakaran", "31/10/2018"
    stream = io.BytesIO()
    book.save(stream)

    mended = register(city, next(iter(read_sheets(stream.getvalue()))).rows)

    assert (len(mended.good), len(mended.wrong)) == (2, 0)
    assert mended.columns.unknown == ("No", REASON_HEADING)
    assert mended.good[0].place.text == '=cmd|"x"!A1'


def test_the_mended_csv_is_imported_as_it_is(city: City) -> None:
    found = register(city)
    text = returned_csv(found.columns.headings, found.wrong, str).decode("utf-8-sig")

    assert text.splitlines()[1] == (
        '2;2018-10-30 14:05;naga;"\'=cmd|""x""!A1";-6,7213;108,55;Baris 3: Jenis “naga” tidak ada di daftar kota.'
    )
    mended = register(
        city,
        next(iter(read_sheets(text.replace("naga;", "banjir;").replace("32/10", "31/10").encode()))).rows,
    )
    assert (len(mended.good), len(mended.wrong)) == (2, 0)
    assert mended.good[0].place.text == '=cmd|"x"!A1'
    assert mended.good[0].place.lat == -6.7213


def test_a_file_somebody_may_be_mending_is_never_written_over(tmp_path: Path) -> None:
    wanted = tmp_path / "r-salah.xlsx"
    assert free_name(wanted) == wanted
    wanted.touch()
    (tmp_path / "r-salah-2.xlsx").touch()
    assert free_name(wanted) == tmp_path / "r-salah-3.xlsx"


def test_the_empty_form_has_the_city_s_words_in_its_lists(city: City) -> None:
    book = load_workbook(io.BytesIO(make_form(city)))

    form, lists = book["Kejadian"], book["Daftar"]
    validations = {str(each.sqref).split("2:")[0]: each for each in form.data_validations.dataValidation}
    columns = {
        cell.value: [below.value for below in column[1:] if below.value]
        for column in lists.iter_cols()
        for cell in column[:1]
    }
    assert book.sheetnames == ["Kejadian", "Petunjuk", "Daftar"]
    assert lists.sheet_state == "hidden"
    assert columns["Kelurahan"] == sorted(one.name for one in city.kelurahan)
    assert columns["Hasil"] == [words[0].capitalize() for words in OUTCOME_WORDS.values()]
    assert validations["B"].formula1 == f"=Daftar!$A$2:$A${len(city.types) + len(city.report_groups) + 1}"
    assert len(validations) == len(COLUMNS)


def test_every_word_of_the_form_s_lists_is_understood_by_the_import(city: City) -> None:
    book = load_workbook(io.BytesIO(make_form(city)))
    headings = [cell.value for cell in next(book["Kejadian"].iter_rows(max_row=1))]
    lists = {
        column[0].value: [cell.value for cell in column[1:] if cell.value]
        for column in book["Daftar"].iter_cols()
    }
    rows = []
    for number in range(max(len(words) for words in lists.values())):
        row = {name: words[number % len(words)] for name, words in lists.items()}
        del row["Kecamatan"]  # beside a kelurahan of another kecamatan it would be a remark
        rows.append(tuple({"Diterima": "29/10/2018 14:05", **row}.get(name) for name in headings))
    alone = tuple(
        "29/10/2018" if name == "Diterima" else "kebakaran" if name == "Jenis" else None for name in headings
    )
    rows += [tuple(name if heading == "Kecamatan" else cell for heading, cell in zip(headings, alone, strict=True))
             for name in lists["Kecamatan"]]  # fmt: skip

    found = register(city, list(enumerate([tuple(headings), *rows], start=1)))

    assert found.columns.unknown == ()
    assert not found.wrong
    assert not found.remarks
    assert len(found.good) == len(rows)


def test_a_table_for_excel_has_typed_cells_a_frozen_heading_and_a_filter() -> None:
    data = make_workbook(
        [("Angka", [["Jenis", "Hari", "Jumlah"], ["=A1", date(2018, 10, 29), 14], ["+62", None, 2.5]])]
    )

    sheet = load_workbook(io.BytesIO(data))["Angka"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Jenis", "Hari", "Jumlah"], ["=A1", datetime(2018, 10, 29), 14], ["+62", None, 2.5],
    ]  # fmt: skip
    assert sheet["A2"].data_type == "s"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C3"


def test_a_table_as_csv_opens_in_excel_and_runs_nothing() -> None:
    data = make_csv([["a", "b"], ["=1+1", "-6,72"], ["@x", None]])

    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig")))) == [
        ["a", "b"],
        ["'=1+1", "-6,72"],
        ["'@x", ""],
    ]
