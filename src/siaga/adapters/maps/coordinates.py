"""Coordinates people read out or paste: decimal, degrees-minutes-seconds, and links of map programs.

Rule 1: a link is only read, never fetched: the desk works without the internet, and a link may be a trap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote_plus

from siaga.domain.place import on_earth

LINK_CHARACTERS_MAX = 2_000  # what browsers copy; a longer "link" is read only so far
_NUMBER = r"(-?\d{1,3}(?:[.,]\d{1,15})?)"
_DECIMAL = r"(-?\d{1,3}[.,]\d{2,15})"
_LINK = re.compile(
    r"(?:https?://|www\.|geo:)\S+|\b(?:maps\.app\.goo\.gl|goo\.gl|maps\.google\.[a-z.]+)/\S+", re.IGNORECASE
)
_IN_LINK = (
    re.compile(rf"!3d{_DECIMAL}!4d{_DECIMAL}"),  # the pin; "@" is only where the screen was
    re.compile(rf"[?&](?:q|query|ll|daddr|destination|center|sll|cp)=(?:loc:)?{_NUMBER}\s*[,~]\s*{_NUMBER}"),
    re.compile(rf"[?&]mlat={_NUMBER}&(?:amp;)?mlon={_NUMBER}"),
    re.compile(rf"geo:{_NUMBER},{_NUMBER}", re.IGNORECASE),
    re.compile(rf"#map=\d{{1,2}}(?:\.\d+)?/{_NUMBER}/{_NUMBER}"),
    re.compile(rf"/(?:place|search|dir)/{_DECIMAL},\s?{_DECIMAL}"),
    re.compile(rf"@{_DECIMAL},{_DECIMAL}"),
)
_PLACE_IN_LINK = re.compile(r"/maps/(?:place|search)/([^/@?]+)|[?&](?:q|query)=([^&#]+)", re.IGNORECASE)
_SHORT = re.compile(
    r"(?:maps\.app\.goo\.gl|goo\.gl|g\.co|bit\.ly|s\.id|tinyurl\.com|t\.co|wa\.me|osm\.org/go|what3words\.com|w3w\.co)/",
    re.IGNORECASE,
)
_DECIMAL_PAIR = re.compile(rf"(?<![\d.]){_DECIMAL}\s*(?:,|;|\s|/)\s*{_DECIMAL}(?![\d])")
_SIDE = r"(LU|LS|BT|BB|[NSEWUTB])"
_MINUTES = r"(\d{1,2}(?:[.,]\d+)?)\s*(?:'|′|’|men(?:it)?\.?|m)\s*"
_SECONDS = r"(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|”|''|det(?:ik)?\.?|s)\s*"
_ANGLE = rf"(\d{{1,3}})\s*(?:°|º|der(?:ajat)?\.?|d)\s*(?:{_MINUTES})?(?:{_SECONDS})?"
_DMS = re.compile(rf"(?:\b{_SIDE}\s*)?{_ANGLE}\s*(?:{_SIDE}\b)?", re.IGNORECASE)
_SOUTH, _WEST, _LATITUDE = {"S", "LS"}, {"W", "BB"}, {"N", "S", "U", "LU", "LS"}
_AMBIGUOUS = {"B": "BB", "T": "BT"}  # barat, timur


@dataclass(frozen=True, kw_only=True)
class ReadPoint:
    """A point in degrees, and where in the text it stood. ``precise_m``: what its last decimal is worth."""

    lat: float
    lon: float
    start: int
    end: int
    precise_m: float


@dataclass(frozen=True, kw_only=True)
class ReadLink:
    """A pasted link. ``point`` when it holds one; ``name`` when it names a place; ``is_short``: it hides both."""

    start: int
    end: int
    point: ReadPoint | None = None
    name: str = ""
    is_short: bool = False


def find_link(text: str) -> ReadLink | None:
    """The first link of a text, read as far as it can be without asking anybody."""
    found = _LINK.search(text)
    if found is None:
        return None
    start, end = found.span()
    link = unquote_plus(found[0][:LINK_CHARACTERS_MAX])
    for pattern in _IN_LINK:
        if (hit := pattern.search(link)) and (pair := _pair(hit[1], hit[2])):
            point = ReadPoint(lat=pair[0], lon=pair[1], start=start, end=end, precise_m=_worth(hit[1]))
            return ReadLink(start=start, end=end, point=point)
    if _SHORT.search(found[0]):
        return ReadLink(start=start, end=end, is_short=True)
    named = _PLACE_IN_LINK.search(link)
    name = (named[1] or named[2] or "").strip() if named else ""
    return ReadLink(start=start, end=end, name=name)


def find_point(text: str) -> ReadPoint | None:
    """Coordinates in a text. The order is mended when only the other one is possible."""
    for found in (*_IN_LINK[0].finditer(text), *_DECIMAL_PAIR.finditer(text)):
        if pair := _pair(found[1], found[2]):
            return ReadPoint(
                lat=pair[0], lon=pair[1], start=found.start(), end=found.end(), precise_m=_worth(found[1])
            )
    return _degrees_and_minutes(text)


def _pair(first: str, second: str) -> tuple[float, float] | None:
    lat, lon = float(first.replace(",", ".")), float(second.replace(",", "."))
    if on_earth(lat, lon):
        return lat, lon
    return (lon, lat) if on_earth(lon, lat) else None


def _worth(number: str) -> float:
    """Half of the last decimal's step in metres; never less than a telephone's own doubt on a good day."""
    decimals = len(number.replace(",", ".").partition(".")[2])
    return max(5.0, 111_195.0 * 0.5 * 10.0**-decimals)


def _degrees_and_minutes(text: str) -> ReadPoint | None:
    """Two angles in a row, such as ``6°43'55"S 108°33'08"E`` or ``6 derajat 43 menit LS 108 derajat 33 menit BT``."""
    angles = [found for found in _DMS.finditer(text) if found[1] or found[5] or found[3]]
    for one, other in pairwise(angles):
        if len(text[one.end() : other.start()].strip(" ,;/dan")) > 0:
            continue
        first, second = _angle(one), _angle(other)
        lat, lon = (first, second) if first[1] in _LATITUDE or second[1] not in _LATITUDE else (second, first)
        if on_earth(lat[0], lon[0]):
            doubt = 16.0 if one[4] else 930.0  # half a second, half a minute of arc
            return ReadPoint(lat=lat[0], lon=lon[0], start=one.start(), end=other.end(), precise_m=doubt)
    return None


def _angle(found: re.Match[str]) -> tuple[float, str]:
    side = (found[1] or found[5] or "").upper()
    side = _AMBIGUOUS.get(side, side)
    minutes, seconds = (float((part or "0").replace(",", ".")) for part in (found[3], found[4]))
    value = int(found[2]) + minutes / 60.0 + seconds / 3600.0
    return (-value if side in _SOUTH or side in _WEST else value), side
