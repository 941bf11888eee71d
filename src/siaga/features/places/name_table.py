"""A spreadsheet of place names as we understand it: which column is what, which rows can be taken, and why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.known_place import ALIASES_MAX, NAME_CHARACTERS_MAX, NOTE_CHARACTERS_MAX, PlaceName
from siaga.domain.place import metres_between, on_earth
from siaga.domain.spelling import folded

HEADINGS = {
    "name": ("nama", "nama tempat", "nama jalan", "name", "place", "tempat"),
    "kind": ("jenis", "tipe", "kategori", "type", "kind", "category"),
    "kelurahan": ("kelurahan", "desa", "kelurahan desa", "desa kelurahan", "kel", "village"),
    "lat": ("lat", "lintang", "latitude", "garis lintang"),
    "lon": ("lon", "lng", "long", "bujur", "longitude", "garis bujur"),
    "point": ("koordinat", "titik", "titik koordinat", "coordinates", "coordinate"),
    "aliases": ("alias", "aliases", "nama lain", "sebutan", "disebut juga", "other names"),
    "note": ("catatan", "keterangan", "note", "notes", "remark"),
    "verified": ("dipastikan", "terverifikasi", "verified", "confirmed"),
}
HEADING_ROWS_MAX = 15  # titles and a logo stand above the headings
KIND_DEFAULT = "patokan"
KIND_CHARACTERS_MAX = 40
STREET_WORDS = {
    "jl": "jalan",
    "jln": "jalan",
    "street": "jalan",
    "road": "jalan",
    "gg": "gang",
    "alley": "gang",
}
REACH_METRES = (
    150_000.0  # a point farther from the city is a slip: latitude and longitude exchanged, a lost comma
)
NO = frozenset({"tidak", "belum", "no", "n", "t", "0", "false", "salah"})
_SEPARATORS = re.compile(r"[;|/\n]")
_NUMBERS = re.compile(r"-?\d{1,3}(?:[.,]\d+)?")

Cells = Sequence[object]


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


@dataclass(frozen=True, kw_only=True)
class NameTable:
    """A file as we understand it. Nothing has been recorded yet. ``repeated``: rows said before in the same file."""

    headings: tuple[str, ...]
    good: tuple[PlaceName, ...]
    wrong: tuple[WrongRow, ...]
    unknown: tuple[str, ...]
    repeated: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)

    @property
    def without_point(self) -> int:
        """Good rows nobody can drive to yet; they still help to spell the name."""
        return sum(name.lat is None for name in self.good)


def read_names(
    rows: Sequence[tuple[int, tuple[object, ...]]], *, city: City, batch: str, make_id: Callable[[], str]
) -> NameTable | None:
    """The names of a sheet; None when none of its first rows are headings we know."""
    found = _columns(rows)
    if found is None:
        return None
    at, columns, headings, unknown = found
    reader = _Reader(city, columns, batch, make_id)
    good: list[PlaceName] = []
    wrong: list[WrongRow] = []
    seen: set[tuple[object, ...]] = set()
    repeated = 0
    for line, cells in rows[at + 1 :]:
        name, mistakes = reader.read(cells)
        if name is None:
            wrong.append(WrongRow(row=line, cells=tuple(cells), mistakes=tuple(mistakes)))
            continue
        likeness = (
            folded(name.name),
            name.kelurahan,
            name.lat and round(name.lat, 4),
            name.lon and round(name.lon, 4),
        )
        if likeness in seen:
            repeated += 1
            continue
        seen.add(likeness)
        good.append(name)
    kinds: dict[str, int] = {}
    for name in good:
        kinds[name.kind] = kinds.get(name.kind, 0) + 1
    return NameTable(
        headings=headings,
        good=tuple(good),
        wrong=tuple(wrong),
        unknown=unknown,
        repeated=repeated,
        by_kind=kinds,
    )


def _columns(
    rows: Sequence[tuple[int, tuple[object, ...]]],
) -> tuple[int, dict[str, int], tuple[str, ...], tuple[str, ...]] | None:
    """Where the headings stand, which column is what, the headings as written, and those nobody knows."""
    known = {heading: field for field, headings in HEADINGS.items() for heading in headings}
    for at, (_, cells) in enumerate(rows[:HEADING_ROWS_MAX]):
        columns: dict[str, int] = {}
        unknown = []
        for index, cell in enumerate(cells):
            text = _text(cell)
            meaning = known.get(folded(text))
            if meaning is not None:
                columns.setdefault(meaning, index)
            elif text:
                unknown.append(text)
        if "name" in columns and len(columns) > 1:
            return at, columns, tuple(_text(cell) for cell in cells), tuple(unknown)
    return None


class _Reader:
    """Reads one row after the other."""

    def __init__(self, city: City, columns: dict[str, int], batch: str, make_id: Callable[[], str]) -> None:
        self._city = city
        self._columns = columns
        self._batch = batch
        self._make_id = make_id
        self._areas: dict[str, list[str]] = {}
        for area in city.kelurahan:
            self._areas.setdefault(folded(area.name).replace(" ", ""), []).append(area.code)

    def read(self, cells: Cells) -> tuple[PlaceName | None, list[Mistake]]:
        """The name, or what is wrong with the row."""
        mistakes: list[Mistake] = []
        name = self._cell(cells, "name")
        if not name or len(name) > NAME_CHARACTERS_MAX:
            words = "Nama tempat harus diisi, paling banyak {max} huruf."
            mistakes.append(Mistake(self._columns["name"], RuleBroken(words, max=NAME_CHARACTERS_MAX)))
        kelurahan = self._kelurahan(cells, mistakes)
        lat, lon = self._point(cells, mistakes)
        if mistakes:
            return None, mistakes
        made = PlaceName(
            id=self._make_id(),
            batch=self._batch,
            name=name,
            kind=self._kind(cells, name),
            lat=lat,
            lon=lon,
            kelurahan=kelurahan,
            aliases=tuple(self._aliases(cells, name)),
            note=self._cell(cells, "note")[:NOTE_CHARACTERS_MAX],
            verified=folded(self._cell(cells, "verified")) not in NO,
        )
        return made, []

    def _cell(self, cells: Cells, name: str) -> str:
        index = self._columns.get(name)
        return "" if index is None or index >= len(cells) else _text(cells[index])

    def _kind(self, cells: Cells, name: str) -> str:
        said = folded(self._cell(cells, "kind"))[:KIND_CHARACTERS_MAX]
        first = folded(name).split(" ", 1)[0]
        begun = STREET_WORDS.get(first) or (first if first in ("jalan", "gang") else "")
        return STREET_WORDS.get(said, said) or begun or KIND_DEFAULT

    def _kelurahan(self, cells: Cells, mistakes: list[Mistake]) -> str | None:
        """The code of a kelurahan given by code or name; a name that two of them bear must be a code."""
        text = self._cell(cells, "kelurahan")
        if not text:
            return None
        if text in self._city.kelurahan_by_code:
            return text
        bare = re.sub(r"^(kelurahan|kel|desa) ", "", folded(text)).replace(" ", "")
        codes = self._areas.get(bare, [])
        if len(codes) == 1:
            return codes[0]
        words = (
            "Kelurahan “{text}” tidak ada di kota ini."
            if not codes
            else "Ada beberapa kelurahan “{text}”: tulis kodenya."
        )
        mistakes.append(Mistake(self._columns["kelurahan"], RuleBroken(words, text=text[:60])))
        return None

    def _point(self, cells: Cells, mistakes: list[Mistake]) -> tuple[float | None, float | None]:
        texts = [self._cell(cells, "lat"), self._cell(cells, "lon")]
        column = self._columns.get("lat", self._columns.get("point"))
        if not any(texts) and (both := self._cell(cells, "point")):
            texts = _NUMBERS.findall(both)
            column = self._columns["point"]
        if not any(texts):
            return None, None
        try:
            lat, lon = (float(text.replace(",", ".")) for text in texts)
        except ValueError:
            mistakes.append(
                Mistake(column, RuleBroken("Koordinat tidak terbaca: tulis lintang dan bujur dalam derajat."))
            )
            return None, None
        if not self._is_near(lat, lon) and self._is_near(lon, lat):
            lat, lon = lon, lat  # written the other way round
        if not self._is_near(lat, lon):
            mistakes.append(
                Mistake(
                    column, RuleBroken("Koordinat ini jauh di luar kota. Periksa tanda koma dan urutannya.")
                )
            )
            return None, None
        return lat, lon

    def _is_near(self, lat: float, lon: float) -> bool:
        return on_earth(lat, lon) and metres_between(lat, lon, self._city.lat, self._city.lon) <= REACH_METRES

    def _aliases(self, cells: Cells, name: str) -> Iterator[str]:
        said = dict.fromkeys(part.strip() for part in _SEPARATORS.split(self._cell(cells, "aliases")))
        kept = [one for one in said if one and one != name and len(one) <= NAME_CHARACTERS_MAX]
        yield from kept[:ALIASES_MAX]


def _text(cell: object) -> str:
    """A cell as somebody reads it; a whole number without its ".0"."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
