"""Eight digits that say where somebody is, made to be read out on a telephone: ``4215 8806``.

A square grid lies around the city's middle, 3,162 squares a side. The square's number has seven digits; the eighth
is a check (Damm 2004), so that one digit misheard, or two neighbours swapped, is always noticed. The page behind our
link makes the code without any network; docs/locations.md has the arithmetic for others.

Rule: the grid is the city's (middle and side of a square), so a code means nothing in another city.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import cos, floor, radians

from siaga.domain.city import City
from siaga.domain.place import METRES_PER_DEGREE

SQUARES_A_SIDE = 3162  # the largest square number of seven digits: 3,162 squared is 9,998,244
DIGITS = 8

# Damm's table of order ten: totally anti-symmetric, so every single error and every swap of neighbours is found.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

_WRITTEN = re.compile(r"\s*(\d{4})[\s.-]?(\d{4})\s*")
_SPACED = re.compile(r"\s*(?:\d[\s.-]?){7}\d\s*")


@dataclass(frozen=True, kw_only=True)
class CodeGrid:
    """The city's grid: degrees of its middle, and the side of a square in metres."""

    lat: float
    lon: float
    cell_m: float

    @property
    def _lat_step(self) -> float:
        return self.cell_m / METRES_PER_DEGREE

    @property
    def _lon_step(self) -> float:
        return self.cell_m / (METRES_PER_DEGREE * cos(radians(self.lat)))

    @property
    def accuracy_m(self) -> float:
        """Half the diagonal of a square, rounded up: what the code itself adds to the doubt."""
        return round(self.cell_m * 0.7072 + 0.5)


def grid_of(city: City) -> CodeGrid:
    """The city's own grid."""
    return CodeGrid(lat=city.lat, lon=city.lon, cell_m=city.room.locations.code_cell_m)


@dataclass(frozen=True, kw_only=True)
class CodeMisheard:
    """Eight digits that are no code of this city: one was misheard."""


def encode(grid: CodeGrid, lat: float, lon: float) -> str | None:
    """The code of the square a point lies in, as ``4215 8806``; ``None`` outside the grid."""
    north = floor((lat - grid.lat) / grid._lat_step + SQUARES_A_SIDE / 2)
    east = floor((lon - grid.lon) / grid._lon_step + SQUARES_A_SIDE / 2)
    if not (0 <= north < SQUARES_A_SIDE and 0 <= east < SQUARES_A_SIDE):
        return None
    seven = f"{north * SQUARES_A_SIDE + east:07d}"
    digits = seven + str(check_digit(seven))
    return f"{digits[:4]} {digits[4:]}"


def decode(grid: CodeGrid, text: str) -> tuple[float, float] | CodeMisheard | None:
    """The middle of the square; ``CodeMisheard`` when the check fails; ``None`` when the text is no code at all."""
    if not _WRITTEN.fullmatch(text) and not _SPACED.fullmatch(text):
        return None
    digits = re.sub(r"\D", "", text)
    number = int(digits[:7])
    north, east = divmod(number, SQUARES_A_SIDE)
    if check_digit(digits) != 0 or north >= SQUARES_A_SIDE:
        return CodeMisheard()
    half = SQUARES_A_SIDE / 2
    return (
        grid.lat + (north + 0.5 - half) * grid._lat_step,
        grid.lon + (east + 0.5 - half) * grid._lon_step,
    )


def check_digit(digits: str) -> int:
    """Damm's digit of these; 0 for digits that already end with theirs."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return interim
