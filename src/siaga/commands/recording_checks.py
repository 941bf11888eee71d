"""What `siaga doctor` says about the recordings: their keys, and the room they have."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from siaga.domain.sound_shape import BYTES_PER_SECOND
from siaga.processes.finding import Finding, fault, fine, warning
from siaga.processes.trouble import Words
from siaga.records.recording_keys import KeyRing
from siaga.records.sealed_sound import NotSealed, key_of
from siaga.settings import Settings

ROOM_WARNING_DAYS = 30  # time enough for an office to buy a disk
ROOM_FAULT_DAYS = 3
LATELY_DAYS = 7  # what a day takes is counted over a week: Mondays and Sundays differ
QUIET_HOURS_A_DAY = 4.0  # hours of conversation a day that are assumed while there is no week to count
OTHERS = 0o077  # the permission bits of everybody who is not us


def recordings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether every recording can be opened, nobody else can read the keys, and there is room for more."""
    files = sorted(settings.recordings.rglob("*.rec*")) if settings.recordings.is_dir() else []
    yield from _keys(settings.recording_key_folder, files)
    yield _plain(settings.recordings)
    yield _room(settings.recordings, files, now)


def _keys(folder: Path, files: list[Path]) -> Iterator[Finding]:
    bring_back = Words(
        f"Kembalikan berkas kunci dari cadangan ke {folder} (docs/recipes/recordings.md).",
        f"Bring the key file back from the copy into {folder} (docs/recipes/recordings.md).",
    )
    try:
        known = KeyRing(folder).all()
    except OSError as unreadable:
        text = str(unreadable)
        yield fault("recording-keys", Words(f"Kunci rekaman tidak terbaca: {text}", f"Unreadable recording key: {text}"), bring_back)  # noqa: E501  # fmt: skip
        return
    missing: dict[bytes, int] = {}
    for file in files:
        try:
            needed = key_of(file)
        except (NotSealed, OSError):
            continue
        if needed not in {key.id for key in known}:
            missing[needed] = missing.get(needed, 0) + 1
    if missing:
        count, names = sum(missing.values()), ", ".join(sorted(name.hex() for name in missing))
        yield fault(
            "recording-keys",
            Words(f"{count} rekaman tidak dapat dibuka: kunci {names} tidak ada.",
                  f"{count} recordings cannot be opened: key {names} is not here."),
            bring_back,
        )  # fmt: skip
    elif not known:
        yield fine("recording-keys", "Kunci rekaman dibuat saat rekaman pertama.", "The recording key is made with the first recording.")  # noqa: E501  # fmt: skip
    else:
        yield fine("recording-keys", f"{len(known)} kunci rekaman; simpan salinannya.", f"{len(known)} recording keys; keep a copy.")  # noqa: E501  # fmt: skip
    open_files = [
        path for path in (folder, *folder.glob("*.key")) if path.exists() and path.stat().st_mode & OTHERS
    ]
    if open_files:
        yield warning(
            "recording-keys",
            Words(f"Akun lain dapat membaca {open_files[0]}.", f"Other accounts can read {open_files[0]}."),
            Words(f"Tutup: chmod -R go= {folder}", f"Close it: chmod -R go= {folder}"),
        )


def _plain(folder: Path) -> Finding:
    """No voice in clear: an older version kept WAV files."""
    plain = sorted(folder.rglob("*.wav*")) if folder.is_dir() else []
    if not plain:
        return fine("recordings-sealed", "Semua rekaman tersegel.", "All recordings are sealed.")
    return warning(
        "recordings-sealed",
        Words(f"{len(plain)} rekaman lama tidak tersegel, misalnya {plain[0]}.",
              f"{len(plain)} old recordings are not sealed, {plain[0]} for one."),
        Words("Hapus bila tidak diperlukan lagi; Siaga ini tidak memakainya.",
              "Remove them when nobody needs them; this Siaga does not use them."),
    )  # fmt: skip


def _room(folder: Path, files: list[Path], now: datetime) -> Finding:
    since = (now - timedelta(days=LATELY_DAYS)).timestamp()
    lately = sum(file.stat().st_size for file in files if file.exists() and file.stat().st_mtime >= since)
    a_day = max(lately / LATELY_DAYS, QUIET_HOURS_A_DAY * 3600 * BYTES_PER_SECOND)
    place = next(one for one in (folder, *folder.parents) if one.exists())
    days = int(shutil.disk_usage(place).free / a_day)
    if days >= ROOM_WARNING_DAYS:
        return fine("recordings-room", f"Ruang untuk sekitar {days} hari rekaman.", f"Room for about {days} days of recordings.")  # noqa: E501  # fmt: skip
    return (fault if days < ROOM_FAULT_DAYS else warning)(
        "recordings-room",
        Words(f"Ruang untuk sekitar {days} hari rekaman lagi; panggilan tetap berjalan, rekamannya yang hilang.",
              f"Room for about {days} more days of recordings; calls go on, their recordings would be lost."),
        Words(f"Tambah ruang cakram di {folder}, atau pendekkan masa simpan di room.toml [recordings].",
              f"Add disk space at {folder}, or shorten the days in room.toml [recordings]."),
    )  # fmt: skip
