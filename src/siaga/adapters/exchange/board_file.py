"""The open incidents of the board as a workbook. A protected case is in no file, whoever asks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from litestar import Response, get

from siaga.adapters.exchange.downloads import XLSX
from siaga.adapters.exchange.writing import Table, make_workbook
from siaga.domain.city import City
from siaga.domain.progress import Step
from siaga.domain.roles import May, Viewer
from siaga.features.dispatch.board_queries import Row, board
from siaga.features.insight.labels import Words
from siaga.records.postgres import PostgresArchive

COLUMN_LABELS = (
    "Prioritas", "No", "Jenis", "Lokasi / patokan", "Wilayah", "Unit", "OPD", "Pelapor", "Dibuka", "Langkah",
)  # fmt: skip
STEP_LABELS = {
    Step.NEW: "Belum diteruskan",
    Step.FORWARDED: "Diteruskan",
    Step.ACCEPTED: "Diterima",
    Step.EN_ROUTE: "Menuju TKP",
    Step.ON_SCENE: "Di TKP",
    Step.FINISHED: "Selesai, belum ditutup",
    Step.CLOSED: "Ditutup",
}


@get("/papan/kejadian.xlsx")
async def open_incidents(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, words: Words, frame: Any
) -> Response[bytes]:
    """What the board shows, in its order."""
    viewer.must(May.SEE_ALL_INCIDENTS)
    shown = [row for row in (await board(archive, viewer, city)).rows if not row.incident.protected]
    heading = [words(label) for label in COLUMN_LABELS]
    table: Table = [heading, *(_cells(row, city, words, english=frame.language == "en") for row in shown)]
    content = await asyncio.to_thread(make_workbook, [(words("Kejadian terbuka"), table)])
    name = f"kejadian-terbuka-{now.astimezone(city.zone):%Y-%m-%d-%H%M}.xlsx"
    return Response(
        content, media_type=XLSX, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _cells(row: Row, city: City, words: Words, *, english: bool) -> list[object]:
    incident, place = row.incident, row.incident.place
    kind = city.type_by_code.get(incident.type)
    where = [place.text, incident.landmark or "", f"RT/RW {incident.rt_rw}" if incident.rt_rw else ""]
    agencies = dict.fromkeys(one.agency for one in row.assignments if one.is_open)
    return [
        incident.priority,
        incident.number,
        incident.type if kind is None else kind.name_en if english else kind.name,
        ", ".join(part for part in where if part),
        city.area_name(place.kelurahan, place.kecamatan),
        ", ".join(f"{unit.code} {unit.status}" for unit in row.units),
        ", ".join(city.agency(code).short for code in agencies),
        row.callers,
        incident.opened_at.astimezone(city.zone),
        words(STEP_LABELS[row.step]),
    ]


PAGES = [open_incidents]
