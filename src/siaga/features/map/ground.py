"""What a map lies on, as the pages ask for it: the files of the imported map and the city's own outlines."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Ground(Protocol):
    """The ground of one city's maps. Reads the disk: ask from a thread. None of it needs a database."""

    def basemap(self) -> Path | None:
        """The tiles; None when no map was imported."""

    def lines(self) -> Path | None:
        """The roads as GeoJSON, for the case that the tiles cannot be used; None when no map was imported."""

    def described(self) -> tuple[str, bytes]:
        """Tag and JSON: bounds, outlines, names, fixed points, and where tiles and roads are fetched."""
