"""Plus Codes as callers read them out: in full, or the four characters and two of their city.

Rule 1: there is no check digit. One misheard character is another street, so the screen always says what lies there.
Rule 2: only the fixed short form counts: four characters, plus, two. Anything shorter depends on who shortened it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from openlocationcode import openlocationcode as olc

LETTERS = "23456789CFGHJMPQRVWX"
CELL_METRES = 14.0  # a ten-digit code is a square of 13.9 m
PREFIX_LETTERS = 4  # one degree: what a city's codes have in common
MEANT_MAX = 4  # readings of a misheard code offered to the taker
_CODE = re.compile(r"(?<![\w+])([0-9a-z]{4}|[0-9a-z]{8})\s?\+\s?([0-9a-z]{2,3})(?![\w+])", re.IGNORECASE)
_MEANT = {
    "0": "QC", "1": "7", "A": "HJ", "B": "8PV", "D": "GPV", "E": "CF", "I": "J9", "K": "HQ", "L": "J", "N": "M",
    "O": "Q", "S": "5X", "T": "7P", "U": "V", "Y": "VX", "Z": "2",
}  # fmt: skip
# A character no code has, and what it is usually misread or misheard for.


@dataclass(frozen=True, kw_only=True)
class ReadCode:
    """A code somebody said. ``wrong``: characters no Plus Code has, with their place counted from 1."""

    code: str
    start: int
    end: int
    wrong: tuple[tuple[str, int], ...] = ()

    @property
    def is_full(self) -> bool:
        return self.code.index("+") == 2 * PREFIX_LETTERS

    def readings(self) -> list[str]:
        """The code, or what a misheard one may have been, most likely first."""
        if not self.wrong:
            return [self.code]
        choices = [_MEANT.get(letter, "") if letter not in f"{LETTERS}+" else letter for letter in self.code]
        if not all(choices):
            return []
        return ["".join(letters) for letters, _ in zip(product(*choices), range(MEANT_MAX), strict=False)]


def find_code(text: str) -> ReadCode | None:
    """The Plus Code in a text, also one with characters that cannot be in it."""
    for found in _CODE.finditer(text):
        code = f"{found[1]}+{found[2]}".upper()
        letters = code.replace("+", "")
        if sum(letter in LETTERS for letter in letters) * 2 < len(letters):
            continue  # "2024+10" or "abad+20" is something else
        if letters.isdigit() and len(found[1]) == PREFIX_LETTERS and not _is_code(letters):
            continue
        wrong = tuple((letter, at) for at, letter in enumerate(letters, start=1) if letter not in LETTERS)
        return ReadCode(code=code, start=found.start(), end=found.end(), wrong=wrong)
    return None


def point_of(full_code: str) -> tuple[float, float] | None:
    """The middle of a full code's square; None for what no code can be."""
    if not olc.isFull(full_code):
        return None
    area = olc.decode(full_code)
    return area.latitudeCenter, area.longitudeCenter


def nearest_of(short_code: str, lat: float, lon: float) -> str:
    """The full code with this 4+2 end that lies nearest to a point."""
    full: str = olc.recoverNearest(short_code, lat, lon)
    return full


def prefixes_of(points: Iterable[tuple[float, float]]) -> tuple[str, ...]:
    """The first four characters of the codes of these points, sorted."""
    return tuple(sorted({olc.encode(lat, lon)[:PREFIX_LETTERS] for lat, lon in points}))


def code_of(lat: float, lon: float) -> str:
    """The full ten-digit code of a point."""
    code: str = olc.encode(lat, lon)
    return code


def _is_code(letters: str) -> bool:
    return all(letter in LETTERS for letter in letters)
