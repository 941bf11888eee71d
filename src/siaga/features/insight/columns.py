"""Which column of a register means what, whatever its heading is called and wherever it stands.

Headings are compared folded (case, accents, punctuation do not matter). A heading nobody knows is left out and
named to the person; columns with callers' names and numbers are left out on purpose: counting needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from siaga.domain.spelling import folded
from siaga.features.insight.cells import words_of

HEADING_ROWS_MAX = 20  # registers carry a title, a letterhead, an empty line above their headings


class Field(StrEnum):
    """What a column can mean."""

    RECEIVED_AT = "received_at"
    DAY = "day"
    CLOCK = "clock"
    TYPE = "type"
    KIND = "kind"
    PLACE = "place"
    LANDMARK = "landmark"
    RT_RW = "rt_rw"
    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    LAT = "lat"
    LON = "lon"
    POINT = "point"
    AGENCY = "agency"
    OUTCOME = "outcome"
    PRIORITY = "priority"
    CLOSED_AT = "closed_at"
    NOTE = "note"


HEADINGS: dict[Field, tuple[str, ...]] = {
    Field.RECEIVED_AT: (
        "diterima", "received_at", "received", "diterima pada", "waktu", "waktu diterima", "waktu lapor",
        "waktu laporan", "waktu kejadian", "waktu masuk", "waktu panggilan", "tanggal waktu", "tanggal dan waktu",
        "tanggal jam", "tanggal dan jam", "tgl jam", "hari tanggal jam", "datetime", "date time", "timestamp",
        "opened_at", "created_at", "reported_at", "call time", "call_received", "incident time",
    ),
    Field.DAY: (
        "tanggal", "tgl", "hari tanggal", "tanggal kejadian", "tgl kejadian", "tanggal lapor", "tanggal laporan",
        "tgl lapor", "tanggal masuk", "tanggal diterima", "date", "day", "incident date", "report date",
    ),
    Field.CLOCK: ("jam", "pukul", "jam kejadian", "jam lapor", "jam laporan", "jam diterima", "time", "hour"),
    Field.TYPE: (
        "jenis", "type", "jenis kejadian", "jenis laporan", "jenis kedaruratan", "jenis kasus", "tipe", "kejadian",
        "kasus", "klasifikasi", "incident", "incident type", "type of incident", "nature", "sub jenis", "sub kategori",
    ),
    Field.KIND: ("kategori", "kind", "kelompok", "golongan", "bidang", "category", "group", "report group"),
    Field.PLACE: (
        "lokasi", "place", "alamat", "tempat", "tkp", "lokasi kejadian", "alamat kejadian", "tempat kejadian",
        "lokasi tkp", "alamat lengkap", "location", "address", "where",
    ),
    Field.LANDMARK: ("patokan", "landmark", "titik kenal", "ancar ancar", "dekat"),
    Field.RT_RW: ("rt rw", "rt", "rtrw"),
    Field.KELURAHAN: ("kelurahan", "kel", "desa", "kelurahan desa", "desa kelurahan", "village"),
    Field.KECAMATAN: ("kecamatan", "kec", "district", "subdistrict", "sub district"),
    Field.LAT: ("lat", "lintang", "latitude", "y"),
    Field.LON: ("lon", "bujur", "lng", "long", "longitude", "x"),
    Field.POINT: ("koordinat", "titik koordinat", "coordinate", "coordinates", "lat lon", "latlong", "lat long", "gps"),
    Field.AGENCY: (
        "instansi", "agency", "opd", "agencies", "dinas", "skpd", "perangkat daerah", "opd terkait",
        "instansi terkait", "ditangani oleh", "petugas yang menangani", "penanganan oleh", "handled by", "unit kerja",
    ),
    Field.OUTCOME: (
        "hasil", "outcome", "hasil penanganan", "hasil akhir", "status", "status laporan", "status penanganan",
        "result", "disposition",
    ),
    Field.PRIORITY: ("prioritas", "priority", "tingkat", "tingkat kedaruratan", "urgensi", "urgency"),
    Field.CLOSED_AT: ("selesai", "closed_at", "waktu selesai", "jam selesai", "ditutup", "waktu ditutup", "closed"),
    Field.NOTE: (
        "keterangan", "note", "notes", "uraian", "uraian kejadian", "kronologi", "kronologis", "catatan", "deskripsi",
        "isi laporan", "description", "remarks", "details",
    ),
}  # fmt: skip
# The first word of each line is the heading of the form we hand out (`siaga import template`).

_FIELD_OF = {folded(heading): field for field, headings in HEADINGS.items() for heading in headings}
_MOMENTS = (Field.RECEIVED_AT, Field.DAY)
_KINDS = (Field.TYPE, Field.KIND)


class Columns:
    """The columns of one file: where each field stands, and the headings that were not understood."""

    def __init__(self, headings: Sequence[object]) -> None:
        self.headings = tuple(words_of(cell) for cell in headings)
        self.at: dict[Field, int] = {}
        unknown = []
        for index, heading in enumerate(self.headings):
            field = _FIELD_OF.get(folded(heading))
            if field is not None and field not in self.at:
                self.at[field] = index
            elif heading:
                unknown.append(heading)
        self.unknown = tuple(unknown)

    @property
    def are_enough(self) -> bool:
        """There is a column for the moment and one for the type."""
        return any(field in self.at for field in _MOMENTS) and any(field in self.at for field in _KINDS)

    def are_repeated_in(self, cells: Sequence[object]) -> bool:
        """Whether a row is the headings again, as long registers print them on every page."""
        return all(
            index < len(cells) and folded(words_of(cells[index])) == folded(self.headings[index])
            for index in self.at.values()
        )

    def cell(self, cells: Sequence[object], field: Field) -> object:
        """The cell of this field in a row; ``None`` when there is no such column or the row ends before it."""
        index = self.at.get(field)
        return cells[index] if index is not None and index < len(cells) else None

    def index(self, *fields: Field) -> int | None:
        """The column of the first of these fields that exists."""
        return next((self.at[field] for field in fields if field in self.at), None)


def find_columns(rows: Sequence[Sequence[object]]) -> tuple[int, Columns] | None:
    """The index of the heading row among the first rows, and its columns; ``None`` when there is none."""
    best: tuple[int, Columns] | None = None
    for index, cells in enumerate(rows[:HEADING_ROWS_MAX]):
        columns = Columns(cells)
        if columns.are_enough and (best is None or len(columns.at) > len(best[1].at)):
            best = (index, columns)
    return best
