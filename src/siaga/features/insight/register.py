"""One line of an old register becomes one incident of the past, or is handed back with the reason.

Rule 1: only *when* and *what* can make a line unusable, and coordinates that cannot be true.
Rule 2: what is not understood (an agency, an outcome, a kelurahan nobody knows) is kept as words in the note and
        reported; it never costs an incident.
Rule 3: nothing is guessed: a type counts only under a name the city's own list has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.incident import NOTE_CHARACTERS_MAX, Outcome
from siaga.domain.incident_type import IncidentType
from siaga.domain.place import Place, PlaceFinder, PlaceMethod
from siaga.domain.spelling import folded
from siaga.domain.type_match import match_types, resolve_type
from siaga.features.insight.cells import point_of, words_of
from siaga.features.insight.columns import Columns, Field
from siaga.features.insight.moments import is_blank, is_clock_only, moment

T = TypeVar("T")

TEXT_CHARACTERS_MAX = 500  # a place or a name; what is longer belongs in the note
SHOWN_CHARACTERS_MAX = 60  # of a word we did not understand: enough to find it in the file
AGENCIES_PER_ROW_MAX = 8  # more agencies than that never stood in one cell of a register

OUTCOME_WORDS: dict[Outcome, tuple[str, ...]] = {
    Outcome.HANDLED: (
        "ditangani", "handled", "selesai", "tertangani", "sudah ditangani", "sudah selesai", "selesai ditangani",
        "teratasi", "tuntas", "closed", "done", "resolved", "ditutup",
    ),
    Outcome.FALSE_ALARM: ("laporan palsu", "false_alarm", "alarm palsu", "palsu", "hoaks", "hoax", "tidak benar"),
    Outcome.DUPLICATE: ("ganda", "duplicate", "duplikat", "laporan ganda", "double"),
    Outcome.HANDED_OVER: (
        "diteruskan", "handed_over", "dialihkan", "dilimpahkan", "diteruskan ke opd", "diteruskan ke instansi",
        "transferred", "referred",
    ),
    Outcome.NOT_FOUND: ("tidak ditemukan", "not_found", "nihil", "tidak ada di lokasi"),
    Outcome.CANCELLED: ("dibatalkan", "cancelled", "canceled", "batal", "dibatalkan pelapor"),
}  # fmt: skip
# The first word of each line is the one in the drop-down list of the form.
PRIORITY_WORDS = {
    1: ("kritis", "critical"),
    2: ("tinggi", "high"),
    3: ("sedang", "medium"),
    4: ("rendah", "low"),
}

REMARK_SENTENCES = {
    "outside": "Titik di luar wilayah kota.",
    "kelurahan": "Kelurahan tidak dikenal: “{text}”.",
    "kecamatan": "Kecamatan tidak dikenal: “{text}”.",
    "elsewhere": "Kelurahan ini bukan di kecamatan yang tertulis: “{text}”.",
    "outcome": "Hasil tidak dikenal, dicatat sebagai ditangani: “{text}”.",
    "priority": "Prioritas tidak dikenal: “{text}”.",
    "agency": "Instansi tidak dikenal: “{text}”.",
}

_OUTCOMES = {folded(word): outcome for outcome, words in OUTCOME_WORDS.items() for word in words}
_PRIORITIES = {word: level for level, words in PRIORITY_WORDS.items() for word in words}
_PRIORITIES |= {
    f"{prefix}{level}": level for level in PRIORITY_WORDS for prefix in ("", "p", "p ", "prioritas ")
}
_AREA_WORD = re.compile(r"^(kelurahan|kecamatan|kel|kec|desa|ds)\.?\s+", re.I)
_AGENCIES_APART = re.compile(r"\s*(?:[,;/&+|]|\bdan\b)\s*", re.I)
_BRACKETS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, kw_only=True)
class PastIncident:
    """An incident of the past, as far as the register tells. ``row`` is its line in the file."""

    row: int
    opened_at: datetime
    closed_at: datetime
    type: IncidentType
    priority: int
    place: Place
    landmark: str | None = None
    rt_rw: str | None = None
    outcome: Outcome = Outcome.HANDLED
    agencies: tuple[str, ...] = ()
    note: str = ""

    @property
    def likeness(self) -> tuple[object, ...]:
        """What makes two lines the same incident when a file is given twice.

        The area of a point is left out: it is ours, and changes when outlines are imported.
        """
        place = self.place
        area = (None, None) if place.has_point else (place.kelurahan, place.kecamatan)
        return (self.opened_at, self.type.code, place.text, place.lat, place.lon, *area)


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a row. ``column`` is the index of the cell to look at, ``None`` for the whole row."""

    column: int | None
    refusal: RuleBroken


@dataclass(frozen=True, kw_only=True)
class WrongRow:
    """A line that was not taken, as it stood in the file."""

    row: int
    cells: tuple[object, ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Remark:
    """Something that was kept only as words. ``message`` is Indonesian, with a gap {text}."""

    message: str
    text: str = ""

    def __str__(self) -> str:
        return self.message.format(text=self.text)


@dataclass(frozen=True)
class _Unclear:
    """The remarks of one row, and the words that go into its note."""

    remarks: list[Remark]
    kept: list[str]

    def add(self, message: str, text: str = "", *, label: str = "") -> None:
        self.remarks.append(Remark(message, text[:SHOWN_CHARACTERS_MAX]))
        if label:
            self.kept.append(f"{label}: {text}")


class Interpreter:
    """Reads the rows of one file. ``remarks`` counts how often something was kept only as words."""

    def __init__(self, city: City, columns: Columns, finder: PlaceFinder | None, now: datetime) -> None:
        self._city = city
        self._columns = columns
        self._finder = finder
        self._now = now
        self._types: dict[str, IncidentType | None] = {}
        self._agencies = _agency_names(city)
        self._kelurahan = {_area(name): one.code for one in city.kelurahan for name in (one.name, one.code)}
        self._kecamatan = {
            _area(name): code for code, label in city.kecamatan_names.items() for name in (label, code)
        }
        self.remarks: Counter[Remark] = Counter()

    def read(self, row: int, cells: Sequence[object]) -> PastIncident | WrongRow:
        """The incident of one row, or the row with everything that is wrong with it."""
        mistakes: list[Mistake] = []
        unclear = _Unclear([], [])

        def attempt(reading: Callable[[], T], *fields: Field) -> T | None:
            try:
                return reading()
            except RuleBroken as refusal:
                mistakes.append(Mistake(self._columns.index(*fields), refusal))
                return None

        opened_at = attempt(lambda: self._opened_at(cells), Field.RECEIVED_AT, Field.DAY)
        kind = attempt(lambda: self._type(cells), Field.TYPE, Field.KIND)
        place = attempt(lambda: self._place(cells, unclear), Field.LAT, Field.POINT)
        closed_at = attempt(lambda: self._closed_at(cells, opened_at), Field.CLOSED_AT)
        attempt(lambda: self._check_lengths(cells), Field.PLACE, Field.LANDMARK)
        if mistakes or opened_at is None or kind is None or place is None:
            return WrongRow(row=row, cells=tuple(cells), mistakes=tuple(mistakes))
        outcome = self._outcome(cells, unclear)
        agencies = self._agency_codes(cells, unclear)
        priority = self._priority(cells, unclear) or kind.priority
        self.remarks.update(unclear.remarks)
        note = "\n".join(
            [*filter(None, [words_of(self._columns.cell(cells, Field.NOTE), lines=True)]), *unclear.kept]
        )
        return PastIncident(
            row=row,
            opened_at=opened_at,
            closed_at=closed_at or opened_at,
            type=kind,
            priority=priority,
            place=place,
            landmark=self._words(cells, Field.LANDMARK) or None,
            rt_rw=self._words(cells, Field.RT_RW) or None,
            outcome=outcome,
            agencies=agencies,
            note=note[:NOTE_CHARACTERS_MAX],
        )

    def _words(self, cells: Sequence[object], field: Field) -> str:
        return words_of(self._columns.cell(cells, field))

    # --- when and what -----------------------------------------------------------------------------------

    def _opened_at(self, cells: Sequence[object]) -> datetime:
        received = self._columns.cell(cells, Field.RECEIVED_AT)
        day = self._columns.cell(cells, Field.DAY)
        clock = self._columns.cell(cells, Field.CLOCK)
        if is_blank(received):
            return self._moment(day, clock)
        if not is_blank(day) and is_clock_only(received):
            return self._moment(day, received)
        return self._moment(received, clock)

    def _moment(self, day: object, clock: object = None) -> datetime:
        return moment(day, clock, zone=self._city.zone, now=self._now)

    def _closed_at(self, cells: Sequence[object], opened_at: datetime | None) -> datetime | None:
        cell = self._columns.cell(cells, Field.CLOSED_AT)
        if opened_at is None or is_blank(cell) or folded(words_of(cell)) in (*_OUTCOMES, "ya", "sudah"):
            return None  # some registers tick the column instead of writing the time
        if is_clock_only(cell):
            closed_at = self._moment(opened_at.astimezone(self._city.zone).date(), cell)
        else:
            closed_at = self._moment(cell)
        if closed_at < opened_at:
            raise RuleBroken("Waktu selesai lebih awal daripada waktu diterima.")
        return closed_at

    def _type(self, cells: Sequence[object]) -> IncidentType:
        said = [self._words(cells, field) for field in (Field.TYPE, Field.KIND)]
        said = [text for text in said if text]
        for text in said:
            if found := self._type_named(text):
                return found
        if not said:
            raise RuleBroken("Jenis belum diisi.")
        near = match_types(self._city, said[0], limit=1)
        text = said[0][:SHOWN_CHARACTERS_MAX]
        if near:
            raise RuleBroken(
                "Jenis “{text}” tidak ada di daftar kota. Maksudnya “{near}”?",
                text=text,
                near=near[0].type.name,
            )
        raise RuleBroken("Jenis “{text}” tidak ada di daftar kota.", text=text)

    def _type_named(self, text: str) -> IncidentType | None:
        if text not in self._types:
            plain = _BRACKETS.sub("", text)
            self._types[text] = resolve_type(self._city, text) or (
                resolve_type(self._city, plain) if plain else None
            )
        return self._types[text]

    # --- where -------------------------------------------------------------------------------------------

    def _place(self, cells: Sequence[object], unclear: _Unclear) -> Place:
        words = self._words(cells, Field.PLACE)
        kelurahan, kecamatan = self._area(cells, unclear)
        lat, lon = point_of(
            *(self._columns.cell(cells, field) for field in (Field.LAT, Field.LON, Field.POINT))
        )
        if kelurahan is not None or kecamatan is not None:
            return Place(
                text=words,
                lat=lat,
                lon=lon,
                kelurahan=kelurahan,
                kecamatan=kecamatan,
                method=PlaceMethod.GIVEN,
            )
        if lat is None or lon is None or self._finder is None:
            return Place(text=words, lat=lat, lon=lon)
        found = self._finder.locate(lat, lon, text=words)
        if found.is_outside:
            unclear.add(REMARK_SENTENCES["outside"])
        return found

    def _area(self, cells: Sequence[object], unclear: _Unclear) -> tuple[str | None, str | None]:
        """Codes of kelurahan and kecamatan, as far as their names are known."""
        village, district = self._words(cells, Field.KELURAHAN), self._words(cells, Field.KECAMATAN)
        kelurahan, kecamatan = self._kelurahan.get(_area(village)), self._kecamatan.get(_area(district))
        if village and kelurahan is None:
            unclear.add(REMARK_SENTENCES["kelurahan"], village, label="Kelurahan")
        if district and kecamatan is None:
            unclear.add(REMARK_SENTENCES["kecamatan"], district, label="Kecamatan")
        if kelurahan is None:
            return None, kecamatan
        own = self._city.kelurahan_by_code[kelurahan].kecamatan
        if kecamatan is not None and kecamatan != own:
            unclear.add(
                "Kelurahan ini bukan di kecamatan yang tertulis: “{text}”.", village, label="Kelurahan"
            )
        return kelurahan, own

    def _check_lengths(self, cells: Sequence[object]) -> None:
        for field in (Field.PLACE, Field.LANDMARK, Field.RT_RW):
            if len(self._words(cells, field)) > TEXT_CHARACTERS_MAX:
                raise RuleBroken("Teks terlalu panjang: paling banyak {max} huruf.", max=TEXT_CHARACTERS_MAX)

    # --- the rest ----------------------------------------------------------------------------------------

    def _outcome(self, cells: Sequence[object], unclear: _Unclear) -> Outcome:
        said = self._words(cells, Field.OUTCOME)
        outcome = _OUTCOMES.get(folded(said))
        if said and outcome is None:
            unclear.add(REMARK_SENTENCES["outcome"], said, label="Hasil")
        return outcome or Outcome.HANDLED

    def _priority(self, cells: Sequence[object], unclear: _Unclear) -> int | None:
        said = self._words(cells, Field.PRIORITY)
        priority = _PRIORITIES.get(folded(said))
        if said and priority is None:
            unclear.add(REMARK_SENTENCES["priority"], said, label="Prioritas")
        return priority

    def _agency_codes(self, cells: Sequence[object], unclear: _Unclear) -> tuple[str, ...]:
        said = self._words(cells, Field.AGENCY)
        if code := self._agencies.get(folded(said)):
            return (code,)
        codes: dict[str, None] = {}
        for name in filter(None, _AGENCIES_APART.split(said)[:AGENCIES_PER_ROW_MAX]):
            if code := self._agencies.get(folded(name)):
                codes[code] = None
            else:
                unclear.add(REMARK_SENTENCES["agency"], name, label="Instansi")
        return tuple(codes)


def _agency_names(city: City) -> dict[str, str]:
    """Codes by every name an agency has; a name two agencies share names neither."""
    names: dict[str, str | None] = {}
    for agency in city.agencies:
        for name in {folded(name) for name in (agency.code, agency.name, agency.name_en, agency.short)}:
            names[name] = agency.code if name not in names else None
    return {name: code for name, code in names.items() if code is not None and name}


def _area(name: str) -> str:
    """A kelurahan or kecamatan as it is compared: "Kel. Suka Maju" and "SUKAMAJU" are one."""
    return folded(_AREA_WORD.sub("", name)).replace(" ", "")
