"""Rows of a CSV file: any of the separators and encodings that Excel writes in Indonesia and elsewhere."""

from __future__ import annotations

import codecs
import csv
import io

from siaga.adapters.exchange.reading import COLUMNS_MAX, FileRefused, Limits, Sheet, too_many_rows, weighed

DELIMITERS = (";", ",", "\t", "|")
SAMPLE_LINES = 30  # titles stand above the headings, so one line is not enough to see the separator
CELL_CHARACTERS_MAX = 32_767  # Excel's own limit of a cell; a longer one is a missing quotation mark

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_csv(data: bytes, limits: Limits) -> Sheet:
    """The rows of a CSV file. Raises FileRefused when it is no text or its quotation marks do not close."""
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    delimiter = None
    skipped = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own hint
        delimiter, text, skipped = first.strip()[4], rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=False)
    rows: list[tuple[int, tuple[object, ...]]] = []
    before = csv.field_size_limit(CELL_CHARACTERS_MAX)
    try:
        line, characters = 1, 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                characters = weighed(tuple(cells), characters, limits)
                rows.append((line + skipped, tuple(cells[:COLUMNS_MAX])))
            if len(rows) > limits.rows + 1:
                raise too_many_rows(limits)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(
            "Baris {line} tidak terbaca: mungkin ada tanda kutip yang tidak ditutup.",
            line=reader.line_num + skipped,
        ) from error
    finally:
        csv.field_size_limit(before)
    return Sheet(name="", rows=rows)


def _decoded(data: bytes) -> str:
    if data.startswith(_UTF16):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise FileRefused("Ini bukan berkas CSV atau XLSX.") from error
    if b"\x00" in data:
        raise FileRefused("Ini bukan berkas CSV atau XLSX.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The separator that stands in most of the first lines equally often; a comma in doubt."""
    lines = [line for line in text.splitlines()[:SAMPLE_LINES] if line.strip()]

    def fit(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=lambda count: (counts.count(count), count), default=0) if counts else 0
        return (counts.count(usual) if usual else 0, usual)

    best = max(DELIMITERS, key=fit)
    return best if fit(best)[0] else ","
