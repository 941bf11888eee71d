"""Spreadsheets strangers made: every sort is read, every trap is refused in words."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from siaga.adapters.exchange import reading, xlsx_reading
from siaga.adapters.exchange.reading import AT_THE_TERMINAL, FileRefused, load, read_sheets
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.features.insight.history import read_register
from siaga.settings import Settings
from tests.features.insight import first_months

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def first_sheet(data: bytes) -> list[tuple[int, tuple[object, ...]]]:
    return next(iter(read_sheets(data))).rows


def workbook(*rows: list[object], **options: object) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, change(content) if part.filename == name else content)
    return stream.getvalue()


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Settings.from_env({}).city)


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(";", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16"), ("|", "utf-8"), (",", "utf-8")],
)
def test_the_same_register_in_every_dialect_of_csv(
    tmp_path: Path, city: City, delimiter: str, encoding: str
) -> None:
    file = first_months.write_csv(tmp_path / "r.csv", delimiter=delimiter, encoding=encoding)

    register = read_register(first_sheet(load(file)), city=city, finder=None, now=NOW)

    assert register is not None
    assert (len(register.good), len(register.wrong)) == (111, 0)


def test_the_same_register_as_a_workbook_with_a_cover_and_a_title(tmp_path: Path, city: City) -> None:
    sheets = list(read_sheets(load(first_months.write_xlsx(tmp_path / "r.xlsx"))))

    registers = [read_register(sheet.rows, city=city, finder=None, now=NOW) for sheet in sheets]

    assert [sheet.name for sheet in sheets] == ["Sampul", "Laporan"]
    assert registers[0] is None
    assert registers[1] is not None
    assert (len(registers[1].good), len(registers[1].wrong)) == (111, 0)


def test_quotes_line_ends_and_line_numbers_of_csv() -> None:
    data = (
        b'tanggal,jenis,lokasi\r\n"1/1/2020","kebakaran","Jl. A, no 3\nlantai 2"\r\n\r\n2/1/2020,banjir,x\n'
    )

    assert first_sheet(data) == [
        (1, ("tanggal", "jenis", "lokasi")),
        (2, ("1/1/2020", "kebakaran", "Jl. A, no 3\nlantai 2")),
        (5, ("2/1/2020", "banjir", "x")),
    ]


def test_excel_s_own_hint_of_the_separator() -> None:
    assert first_sheet(b"sep=;\r\na;b\r\n1,5;2\r\n") == [(2, ("a", "b")), (3, ("1,5", "2"))]


def test_cp1252_is_read_when_it_is_no_utf_8() -> None:
    assert first_sheet("a;Caf\u00e9 \u201cX\u201d\n".encode("cp1252")) == [
        (1, ("a", "Caf\u00e9 \u201cX\u201d"))
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel", "berkata sandi"),
        (b"PK\x03\x04 not a zip", "rusak"),
        (b"\x7fELF\x00\x00", "bukan berkas CSV"),
        (b"\xff\xfe\x00", "bukan berkas CSV"),
        (b'tanggal,jenis\n"' + b"x" * 40_000, "tanda kutip"),
    ],
)
def test_what_is_no_spreadsheet_is_said_so(data: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        list(read_sheets(data))


def test_missing_empty_and_too_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.csv"
    with pytest.raises(FileRefused, match=r"r\.csv tidak bisa dibuka"):
        load(file)
    with pytest.raises(FileRefused, match="tidak bisa dibuka"):
        load(tmp_path)
    file.write_bytes(b" \r\n ")
    with pytest.raises(FileRefused, match="kosong"):
        load(file)
    monkeypatch.setattr(reading, "FILE_BYTES_MAX", 10)
    file.write_bytes(b"x" * 11)
    with pytest.raises(FileRefused, match="terlalu besar"):
        load(file)


@pytest.mark.parametrize(
    "make", [lambda rows: workbook(*rows), lambda rows: b"".join(b"a,b\n" for _ in rows)]
)
def test_too_many_rows_are_refused(
    make: Callable[[list[list[object]]], bytes],
) -> None:
    ten = replace(AT_THE_TERMINAL, rows=10)

    (sheet,) = read_sheets(make([["a", "b"]] * 11), ten)
    assert len(sheet.rows) == 11  # ten rows and their headings
    with pytest.raises(FileRefused, match="Terlalu banyak baris"):
        list(read_sheets(make([["a", "b"]] * 12), ten))


@pytest.mark.parametrize("make", [lambda rows: workbook(*rows), lambda rows: b"x" * 300 + b",b\n"])
def test_cells_that_are_too_long_together_are_refused(make: Callable[[list[list[object]]], bytes]) -> None:
    few = replace(AT_THE_TERMINAL, characters=1_000)

    with pytest.raises(FileRefused, match="terlalu panjang"):
        list(read_sheets(make([["x" * 300, "b"]]), replace(few, characters=300)))
    assert list(read_sheets(make([["x" * 300, "b"]]), few))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    one_mebibyte = replace(AT_THE_TERMINAL, unpacked_bytes=1_000_000)
    bomb = with_part(workbook(["a"]), "xl/worksheets/sheet1.xml", lambda old: old + b" " * 2_000_000)

    assert len(bomb) < 20_000
    with pytest.raises(FileRefused, match="setelah dibuka"):
        list(read_sheets(bomb, one_mebibyte))


def test_a_zip_that_lies_about_its_size_gains_nothing() -> None:
    honest = with_part(workbook(["a"]), "xl/worksheets/sheet1.xml", lambda old: old + b" " * 2_000_000)
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    liar = honest.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))

    assert liar != honest
    with pytest.raises(FileRefused, match="rusak"):
        list(read_sheets(liar))


def test_a_zip_of_very_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_reading, "PARTS_MAX", 3)
    with pytest.raises(FileRefused, match="setelah dibuka"):
        list(read_sheets(workbook(["a"])))


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml", "_rels/.rels"]
)
def test_entities_are_refused_wherever_they_stand(part: str) -> None:
    laughs = (
        b'<?xml version="1.0"?><!-- '
        + b". " * 2000
        + b' --><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    )
    bomb = with_part(
        workbook(["a"]),
        part,
        lambda old: laughs + old.removeprefix(b"<?xml version='1.0' encoding='utf-8'?>"),
    )

    with pytest.raises(FileRefused, match="tidak dibuka"):
        list(read_sheets(bomb))


def test_a_formula_counts_as_the_value_saved_beside_it_and_is_never_calculated() -> None:
    data = with_part(
        workbook(["tanggal", "jenis"], ["=1+1", "=2+2"]),
        "xl/worksheets/sheet1.xml",
        lambda old: old.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>7</v>").replace(
            b"<f>1+1</f><v></v>", b"<f>1+1</f><v>7</v>"
        ),
    )

    assert first_sheet(data)[1] == (2, (7,))  # the second formula has no saved value: an empty cell


def test_a_cell_in_the_farthest_corner_costs_nothing() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "tanggal", "x"
    stream = io.BytesIO()
    book.save(stream)
    began = time.perf_counter()

    assert first_sheet(stream.getvalue()) == [(1, ("tanggal",))]
    assert time.perf_counter() - began < 5.0


def test_hidden_sheets_are_passed_over() -> None:
    book = Workbook()
    hidden = book.create_sheet("rahasia", 0)
    hidden.sheet_state = "hidden"
    hidden.append(["tanggal", "jenis"])
    stream = io.BytesIO()
    book.save(stream)

    assert [sheet.name for sheet in read_sheets(stream.getvalue())] == ["Sheet"]


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_workbook_is_refused_never_a_crash(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(workbook(["tanggal", "jenis"], [datetime(2020, 1, 1), "kebakaran"], [43402.5, "banjir"]))
    for _ in range(chance.choice((1, 3, 20))):
        data[chance.randrange(4, len(data))] = chance.randrange(256)
    try:
        sheets = list(read_sheets(bytes(data)))
    except FileRefused:
        return
    assert all(len(cells) <= reading.COLUMNS_MAX for sheet in sheets for _, cells in sheet.rows)


@pytest.mark.parametrize("seed", range(60))
def test_nonsense_inside_an_intact_zip_is_refused_never_a_crash(seed: int) -> None:
    chance = random.Random(seed)
    part = chance.choice(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml",
                          "[Content_Types].xml", "xl/_rels/workbook.xml.rels"])  # fmt: skip

    def spoil(content: bytes) -> bytes:
        spoiled = bytearray(content)
        for _ in range(chance.choice((1, 5, 30))):
            spoiled[chance.randrange(len(spoiled))] = chance.choice(b"<>/\"'=&0A9zR ")
        return bytes(spoiled)

    data = with_part(workbook(["tanggal", "jenis"], [datetime(2020, 1, 1), "kebakaran"]), part, spoil)
    try:
        list(read_sheets(data))
    except FileRefused:
        return


@given(st.binary(max_size=300))
def test_no_bytes_break_the_csv_reader(data: bytes) -> None:
    try:
        for sheet in read_sheets(data):
            assert all(line >= 1 for line, _ in sheet.rows)
    except FileRefused:
        pass
