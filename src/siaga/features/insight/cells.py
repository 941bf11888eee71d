"""What a cell of a spreadsheet says, as words or as degrees.

Cells come from files other people made: error values, control characters and guards against formulas are taken out
here, so that nothing behind this has to think of them.
"""

from __future__ import annotations

import re

from siaga.domain.errors import RuleBroken
from siaga.features.insight.moments import is_blank

ERROR_CELLS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
FORMULA_GUARDED = (
    "'=",
    "'+",
    "'-",
    "'@",
)  # our own CSV files put the quote before what Excel would calculate

_NOT_PRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DEGREES = re.compile(r"^([-+−]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*(ls|lu|bt|bb|s|n|e|w)?$", re.I)
_POINT = re.compile(r"^([-+−]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([-+−]?\d{1,3}(?:\.\d+)?)$")


def words_of(cell: object, *, lines: bool = False) -> str:
    """The words of a cell on one line (or as they stand with ``lines``); empty for a blank or an error value."""
    if is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = _NOT_PRINTED.sub("", str(cell))
    if text.strip() in ERROR_CELLS:
        return ""
    if text.startswith(FORMULA_GUARDED):
        text = text[1:]
    return text.strip() if lines else " ".join(text.split())


def degrees_of(cell: object) -> float | None:
    """Degrees of a latitude or longitude, with a decimal point or comma, or with a side such as "6,71 LS"."""
    if is_blank(cell):
        return None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    found = _DEGREES.match(words_of(cell))
    if not found:
        raise RuleBroken("Koordinat tidak terbaca. Contoh: -6.7123 dan 108.5567.")
    degrees = float(found[1].replace(",", ".").replace("−", "-"))
    side = (found[2] or "").lower()
    return -abs(degrees) if side in ("ls", "s", "bb", "w") else degrees


def point_of(lat: object, lon: object, together: object) -> tuple[float | None, float | None]:
    """Latitude and longitude from two cells, or from one such as "-6.7123, 108.5567". Raises RuleBroken."""
    if is_blank(lat) and is_blank(lon) and not is_blank(together):
        found = _POINT.match(words_of(together))
        if not found:
            raise RuleBroken("Koordinat tidak terbaca. Contoh: -6.7123, 108.5567.")
        lat, lon = found[1], found[2]
    point = degrees_of(lat), degrees_of(lon)
    if point[0] is not None and abs(point[0]) > 90 and point[1] is not None and abs(point[1]) <= 90:
        raise RuleBroken("Lintang dan bujur tertukar.")
    return point
