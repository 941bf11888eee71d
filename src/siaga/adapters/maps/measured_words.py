"""Places said by measure: "KM 207+400 arah ...", and "laut 2 mil utara pelabuhan"."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAUTICAL_MILE_METRES = 1852.0
DISTANCE_METRES_MAX = 400_000.0  # farther out is not this city's sea
_KM = re.compile(r"(?<![\d.,])\bkm\.?\s*(\d{1,4})(?:\s*([+.,])\s*(\d{1,3}))?(?!\d)", re.IGNORECASE)
_JALUR = re.compile(r"\bjalur\s+([ab])\b", re.IGNORECASE)
_ARAH = re.compile(
    r"\b(?:arah|menuju|ke arah)\s+([a-z' -]{2,40}?)(?=[,;()]|$|\bjalur\b|\bkm\b|\btol\b)", re.IGNORECASE
)
_WINDS = {
    "utara": 0.0, "timur laut": 45.0, "timur": 90.0, "tenggara": 135.0, "selatan": 180.0, "barat daya": 225.0,
    "barat": 270.0, "barat laut": 315.0,
}  # fmt: skip
_WIND = "|".join(sorted(_WINDS, key=len, reverse=True))
_UNITS = {
    "mil laut": NAUTICAL_MILE_METRES, "mil": NAUTICAL_MILE_METRES, "nm": NAUTICAL_MILE_METRES,
    "kilometer": 1000.0, "km": 1000.0, "meter": 1.0, "m": 1.0,
}  # fmt: skip
_BEARING = re.compile(
    rf"(?:\b(?:laut|perairan|di laut)\s+)?(?<![\d.,])"
    rf"(\d{{1,6}}(?:[.,]\d{{1,3}})?|setengah|satu|dua|tiga|empat|lima|sepuluh)"
    rf"\s*({'|'.join(sorted(_UNITS, key=len, reverse=True))})\s+"
    rf"(?:(?:di|ke|arah|sebelah|ke arah|sisi)\s+)*({_WIND})\s+(?:(?:dari|nya|pantai)\s+)?(\S.*)$",
    re.IGNORECASE,
)
_COUNTED = {"setengah": 0.5, "satu": 1.0, "dua": 2.0, "tiga": 3.0, "empat": 4.0, "lima": 5.0, "sepuluh": 10.0}


@dataclass(frozen=True, kw_only=True)
class SaidKilometre:
    """A kilometre post. ``road``: the other words, to find the road by; ``towards`` and ``side`` ("A"): as said;
    ``is_post``: written as posts are, "207+400", or with a carriageway."""

    km: float
    road: str
    towards: str = ""
    side: str = ""
    is_post: bool = False


@dataclass(frozen=True, kw_only=True)
class SaidBearing:
    """So far from a place in a direction. ``start``: where the place's words begin."""

    metres: float
    degrees: float
    place: str
    start: int


def find_kilometre(text: str) -> SaidKilometre | None:
    """The kilometre post in a text. "+4" and "+40" are read as decimals, as "+400" is."""
    found = _KM.search(text)
    if found is None:
        return None
    km = float(found[1]) + (int(found[3]) / 10.0 ** len(found[3]) if found[3] else 0.0)
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    towards, side = _ARAH.search(rest), _JALUR.search(rest)
    for part in (towards, side):
        if part:
            rest = rest.replace(part[0], " ")
    return SaidKilometre(
        km=km,
        road=" ".join(rest.replace(",", " ").split()),
        towards=towards[1].strip() if towards else "",
        side=side[1].upper() if side else "",
        is_post=found[2] == "+" or side is not None,
    )


def find_bearing(text: str) -> SaidBearing | None:
    """A distance and a direction from a place."""
    found = _BEARING.search(text)
    if found is None:
        return None
    amount = _COUNTED.get(found[1].casefold())
    if amount is None:
        amount = float(found[1].replace(",", "."))
    metres = amount * _UNITS[found[2].casefold()]
    if not 0.0 < metres <= DISTANCE_METRES_MAX:
        return None
    return SaidBearing(
        metres=metres, degrees=_WINDS[found[3].casefold()], place=found[4].strip(), start=found.start(4)
    )
