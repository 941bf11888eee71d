"""Files made by others that lie beside the repository; a test that needs one is skipped where they are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_file(*parts: str) -> Path:
    """The path of a shared file, or a skip that says what is missing."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"../shared/{'/'.join(parts)} is not here")
    return path


def outlines_of(region: str) -> Path:
    """GeoJSON of a region's kelurahan, such as "32.74"."""
    folder = shared_file("data", "geo", "wilayah_boundaries")
    found = sorted(folder.glob(f"{region}_*_kelurahan.geojson"))
    if not found:
        pytest.skip(f"no kelurahan outlines of {region} in {folder.name}")
    return found[0]
