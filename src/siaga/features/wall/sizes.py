"""How large letters must be to be read from where people stand, and how many tiles then fit on the screen.

NUREG-0700: the height of a capital is at least 0.004 of the distance; a capital is about 0.70 of the font size.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

CAP_PER_DISTANCE_MIN = 0.004
CAP_PER_EM = 0.70
MM_PER_INCH = 25.4
MM_PER_METRE = 1000.0
TILE_WIDTH_EM = 16  # the longest title of two lines and a figure of six digits
TILE_HEIGHT_EM = 9  # title, figure, one comparison, foot
STRIP_HEIGHT_EM = 5  # the top bar and the strip of 112, with their gaps
COLUMNS_MAX = 5  # thirteen panels and a double one of 112 are five by three
ROWS_MAX = 3
ROOT_PX_MIN, ROOT_PX_MAX = 10, 200  # a mistyped distance must not leave an empty wall


@dataclass(frozen=True, kw_only=True)
class Wall:
    """A wall of screens used as one. Inches, metres, pixels."""

    diagonal_inches: float
    distance_metres: float
    width_px: int
    height_px: int

    @property
    def root_px(self) -> float:
        """The smallest font size that is read from there."""
        mm_per_px = self.diagonal_inches * MM_PER_INCH / hypot(self.width_px, self.height_px)
        cap_mm = CAP_PER_DISTANCE_MIN * self.distance_metres * MM_PER_METRE
        return min(max(cap_mm / mm_per_px / CAP_PER_EM, ROOT_PX_MIN), ROOT_PX_MAX)

    @property
    def columns(self) -> int:
        return _fit(self.width_px, TILE_WIDTH_EM * self.root_px, COLUMNS_MAX)

    @property
    def rows(self) -> int:
        return _fit(self.height_px - STRIP_HEIGHT_EM * self.root_px, TILE_HEIGHT_EM * self.root_px, ROWS_MAX)


def _fit(length_px: float, each_px: float, most: int) -> int:
    return min(max(int(length_px // each_px), 1), most)
