"""The report as a file: all tables in one workbook, or one table as CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from litestar import Response, get

from siaga.adapters.exchange.writing import make_csv, make_workbook
from siaga.domain.city import City
from siaga.domain.roles import May, Viewer
from siaga.features.insight.labels import TABLE_LABELS, Words
from siaga.features.insight.pages import Asked, Day, asked_for, report_of
from siaga.features.insight.tables import Table, tables
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


async def _tables(
    archive: PostgresArchive, asked: Asked, viewer: Viewer, now: datetime, *,
    city: City, demo: bool, words: Words, language: str,
) -> dict[str, Table]:  # fmt: skip
    report = await report_of(archive, city, asked.period, viewer, now, demo=demo)
    return tables(report, words, language)


def _file(content: bytes, media_type: str, asked: Asked, ending: str) -> Response[bytes]:
    name = f"laporan-112-{asked.period.first.isoformat()}-{asked.period.last.isoformat()}{ending}"
    return Response(
        content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


@get("/laporan/unduh.xlsx")
async def workbook(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, settings: Settings, words: Words,
    frame: Any, periode: Day = "", dari: Day = "", sampai: Day = "",
) -> Response[bytes]:  # fmt: skip
    """All tables, one to a sheet."""
    viewer.must(May.SEE_REPORTS)
    asked = asked_for(city, now, periode, dari, sampai)
    if asked.problem is not None:
        raise asked.problem
    made = await _tables(
        archive, asked, viewer, now, city=city, demo=settings.demo, words=words, language=frame.language
    )
    sheets = [(words(TABLE_LABELS[name]), table) for name, table in made.items()]
    return _file(make_workbook(sheets), XLSX, asked, ".xlsx")


@get("/laporan/unduh.csv")
async def one_table(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, settings: Settings, words: Words,
    frame: Any,
    tabel: Literal["kelompok", "jenis", "wilayah", "waktu", "panggilan", "kecepatan", "keterangan"] = "kelompok",
    periode: Day = "", dari: Day = "", sampai: Day = "",
) -> Response[bytes]:  # fmt: skip
    """One table."""
    viewer.must(May.SEE_REPORTS)
    asked = asked_for(city, now, periode, dari, sampai)
    if asked.problem is not None:
        raise asked.problem
    made = await _tables(
        archive, asked, viewer, now, city=city, demo=settings.demo, words=words, language=frame.language
    )
    return _file(make_csv(made[tabel]), CSV, asked, f"-{tabel}.csv")


PAGES: list[Any] = [workbook, one_table]
