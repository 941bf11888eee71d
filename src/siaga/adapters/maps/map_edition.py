"""The imported map of a city on disk: editions side by side, and one small file that says which one is used.

An edition is written whole into a folder of its own and only then named in that file, in one step; a reader sees the
old map or the new one. The one before stays, so that a bad import is taken back by naming it again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from siaga.adapters.maps.geojson import MapFileRefused

BASEMAP, ROADS, LINES, SPOTS, ABOUT = (
    "basemap.pmtiles",
    "roads.npz",
    "roads.geojson",
    "spots.json",
    "about.json",
)
POINTER = "used.json"
HASH_BYTES = 1 << 20


class About(msgspec.Struct, kw_only=True):
    """What an edition is. ``digests``: SHA-256 of each file; ``counts``: what was found, by name."""

    city: str
    source: str
    imported_at: str
    clip_km: float
    counts: dict[str, int]
    digests: dict[str, str] = {}
    sample: bool = False


class Used(msgspec.Struct, kw_only=True):
    """Which edition is used, and which was before it."""

    edition: str
    before: str = ""


def maps_folder(home: Path) -> Path:
    """Where all editions lie."""
    return home / "maps"


def used(home: Path) -> Used | None:
    """Which edition is used; None when no map was imported. Raises MapFileRefused when that cannot be read."""
    path = maps_folder(home) / POINTER
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Used)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise MapFileRefused(
            f"{path} rusak ({error}). Impor ulang petanya: siaga city import-osm BERKAS"
        ) from error
    if {found.edition, found.before} & {"..", "."} or "/" in found.edition + found.before:
        raise MapFileRefused(f"{path} menunjuk ke luar folder peta. Impor ulang petanya.")
    return found


def edition_folder(home: Path) -> Path | None:
    """The folder of the edition in use, if there is one. Raises MapFileRefused."""
    now = used(home)
    return maps_folder(home) / now.edition if now is not None else None


def about(folder: Path) -> About:
    """What an edition says of itself. Raises MapFileRefused."""
    try:
        return msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    except (msgspec.DecodeError, OSError) as error:
        raise MapFileRefused(f"{folder / ABOUT} rusak ({error}). Impor ulang petanya.") from error


@contextmanager
def workshop(home: Path) -> Iterator[Path]:
    """A folder on the same disk to make an edition in; whatever is left in it is removed. Raises OSError."""
    folder = maps_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def adopt(home: Path, made: Path, told: About, now: datetime) -> str:
    """Put a finished folder into use and keep the one before; older ones are removed. Returns its name."""
    told.digests = {file.name: digest(file) for file in sorted(made.iterdir())}
    (made / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(told)))
    for file in made.iterdir():
        _to_disk(file)
    folder = maps_folder(home)
    name = f"{now:%Y%m%d-%H%M%S}-{os.urandom(2).hex()}"
    made.rename(folder / name)
    try:
        before = used(home)
    except MapFileRefused:
        before = None  # a damaged pointer is exactly what a new import puts right
    _point(folder, Used(edition=name, before=before.edition if before is not None else ""))
    _tidy(folder)
    return name


def go_back(home: Path) -> str:
    """Use the edition before this one again; doing it twice returns. Raises MapFileRefused when there is none."""
    now = used(home)
    if now is None or not now.before or not (maps_folder(home) / now.before).is_dir():
        raise MapFileRefused("Tidak ada peta sebelumnya.")
    about(maps_folder(home) / now.before)
    _point(maps_folder(home), Used(edition=now.before, before=now.edition))
    return now.before


def damage(folder: Path) -> list[str]:
    """Names of the edition's files that are missing or are not what was written. Raises MapFileRefused."""
    told = about(folder)
    return [
        name for name, written in told.digests.items()
        if not (folder / name).is_file() or digest(folder / name) != written
    ]  # fmt: skip


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(HASH_BYTES):
            total.update(part)
    return total.hexdigest()


def _point(folder: Path, to: Used) -> None:
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{POINTER}.")
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(to))
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(folder / POINTER)


def _tidy(folder: Path) -> None:
    now = msgspec.json.decode((folder / POINTER).read_bytes(), type=Used)
    for other in folder.iterdir():
        if other.is_dir() and other.name not in (now.edition, now.before) and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)


def _to_disk(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
