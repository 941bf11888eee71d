"""Taking apart what a caller says about a place: "depan masjid, jl kartini no 3, RT3/5" or "-6.73,108.55".

Rule 1: what is not understood stays in ``search``; nothing a caller said is thrown away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from siaga.domain.place import on_earth
from siaga.domain.spelling import folded

PLACE_CHARACTERS_MAX = 200  # longer is a story; the place box compares its beginning only

_RELATIONS = (
    "di antara", "antara", "depan", "dpn", "seberang", "sebrang", "samping", "sebelah", "belakang", "blkg", "dekat",
    "deket", "dkt", "sekitar", "arah", "menuju", "perempatan", "prapatan", "pertigaan", "simpang", "bundaran",
    "bunderan", "bawah", "tikungan", "masuk", "ujung", "pojok", "utara", "selatan", "timur", "barat",
)  # fmt: skip
_RELATION = re.compile(rf"^(?:di\s+)?((?:(?:{'|'.join(_RELATIONS)})\b\s*)+)", re.IGNORECASE)
_STREET = re.compile(r"^(?:jl|jln|jalan|gg|gang)\b\.?\s*", re.IGNORECASE)
_BEFORE_STREET = re.compile(r"\s+(?=(?:jl|jln|jalan|gg|gang)\b)", re.IGNORECASE)  # "masjid agung jl melati"
_RT_RW = re.compile(r"\brt\s*\.?\s*0*(\d{1,3})(?:\s*[/,\s]\s*(?:rw)?\s*\.?\s*0*(\d{1,3}))?\b", re.IGNORECASE)
_KELURAHAN = re.compile(
    r"\b(?:kel|kelurahan|desa)\b\.?\s+([a-z' ]{3,40}?)(?=,|$|\bkec|\brt\b)", re.IGNORECASE
)
_DECIMAL = r"(-?\d{1,3}[.,]\d{2,15})"
_COORDINATES = (
    re.compile(rf"!3d{_DECIMAL}!4d{_DECIMAL}"),  # a pin in a pasted map link
    re.compile(rf"{_DECIMAL}\s*(?:,|;|\s|%2C)\s*{_DECIMAL}"),
)
_TITLES = frozenset({
    "brigjen", "dr", "h", "hj", "ir", "jend", "jenderal", "kapten", "kh", "kol", "letjen", "mayjen", "pangeran", "prof",
    "ra", "raya",
})  # fmt: skip
# Said or left out as people please.


@dataclass(frozen=True, kw_only=True)
class SpokenPlace:
    """The parts of what was said. ``search`` are the names to look for, most exact first."""

    said: str
    search: tuple[str, ...] = ()
    relation: str = ""
    rt_rw: str = ""
    kelurahan: str = ""
    point: tuple[float, float] | None = None


def taken_apart(text: str) -> SpokenPlace:
    """The parts of a spoken place. Never fails; an empty text has no parts."""
    said = " ".join(text[:PLACE_CHARACTERS_MAX].split())
    if point := _point(said):
        return SpokenPlace(said=said, point=point)
    rest, rt_rw, kelurahan = said, "", ""
    if found := _RT_RW.search(rest):
        rt_rw = f"RT {found[1]}/RW {found[2]}" if found[2] else f"RT {found[1]}"
        rest = f"{rest[: found.start()]} , {rest[found.end() :]}"
    if found := _KELURAHAN.search(rest):
        kelurahan = found[1].strip()
        rest = f"{rest[: found.start()]} , {rest[found.end() :]}"
    parts = [part.strip() for part in rest.split(",") if len(part.strip()) > 1]
    relation = ""
    if parts and (found := _RELATION.match(parts[0])) and parts[0][found.end() :].strip():
        relation = found[1].strip()
        parts[0] = parts[0][found.end() :].strip()
    parts = [
        piece.strip() for part in parts for piece in _BEFORE_STREET.split(part) if len(piece.strip()) > 1
    ]
    return SpokenPlace(said=said, search=tuple(parts), relation=relation, rt_rw=rt_rw, kelurahan=kelurahan)


def comparable(name: str) -> str:
    """A name without the word for street and without titles: ``"Jl. Dr. Cipto"`` is ``"cipto"``."""
    words = folded(_STREET.sub("", name)).split()
    return " ".join(word for word in words if word not in _TITLES) or " ".join(words)


def is_street(name: str) -> bool:
    """Whether the caller said street or alley."""
    return _STREET.match(name) is not None


def _point(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; the order is mended when only the other one is possible."""
    for pattern in _COORDINATES:
        if found := pattern.search(text):
            lat, lon = (float(number.replace(",", ".")) for number in found.groups())
            if on_earth(lat, lon):
                return lat, lon
            if on_earth(lon, lat):
                return lon, lat
    return None
