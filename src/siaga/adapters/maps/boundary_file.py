"""Keeping imported outlines in the data folder, so that every process finds them at its next start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from siaga.adapters.maps.boundaries import Boundary
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.domain.city import City

FORMAT_VERSION = 1


class _Kept(msgspec.Struct):
    version: int
    city: str
    source: str
    imported_at: str
    boundaries: list[Boundary]


def boundary_path(home: Path, city: City) -> Path:
    """The file of this city's outlines below the data folder."""
    return home / "boundaries" / f"{city.code}.msgpack"


def keep_boundaries(
    home: Path, city: City, boundaries: Sequence[Boundary], *, source: str, imported_at: str
) -> Path:
    """Write the outlines, whole or not at all; a file that was there is replaced. Raises OSError."""
    path = boundary_path(home, city)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = _Kept(
        version=FORMAT_VERSION,
        city=city.code,
        source=source,
        imported_at=imported_at,
        boundaries=list(boundaries),
    )
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.msgpack.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path


def kept_boundaries(home: Path, city: City) -> tuple[Boundary, ...]:
    """The outlines imported for this city; empty when none were. Raises MapFileRefused when the file is damaged."""
    path = boundary_path(home, city)
    try:
        kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return ()
    except (msgspec.DecodeError, OSError) as error:
        raise MapFileRefused(f"{path} rusak ({error}). Impor ulang garis batasnya.") from error
    if kept.version != FORMAT_VERSION or kept.city != city.code:
        raise MapFileRefused(f"{path} bukan garis batas kota {city.code}. Impor ulang garis batasnya.")
    return tuple(kept.boundaries)
