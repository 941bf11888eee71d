"""Is this machine fit to run Siaga? Each check looks at one thing and says it in plain words."""

from __future__ import annotations

import ctypes
import locale
import os
import resource
import shutil
import sys
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import psutil

from siaga.processes import fsync
from siaga.processes.account import postgres_account
from siaga.processes.binaries import pg_bin
from siaga.processes.finding import Finding, fault, fine, warning
from siaga.processes.trouble import Trouble, Words
from siaga.settings import Settings

MEBIBYTE = 1024 * 1024
PYTHON_MIN = (3, 11)
DISK_FAULT_MIB = 500
DISK_WARNING_MIB = 5_000
# A conversation in stereo takes about 2 MB a minute; 5 GB is a fortnight of a quiet city.
MEMORY_FAULT_MIB = 300
MEMORY_WARNING_MIB = 1_000
FSYNC_SLOW_MS = 5.0
FSYNC_TOO_FAST_MS = 0.02
# No disk writes a page in 20 millionths of a second: something says "written" that has not written.
OPEN_FILES_MIN = 1_024
TIME_ERROR = 5  # what adjtimex answers while the clock is not disciplined
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
# A clock before this has lost its battery.


def python(_settings: Settings, version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """The Python that runs us."""
    text = ".".join(map(str, version))
    if version < PYTHON_MIN:
        return fault(
            "python",
            Words(f"Python {text} terlalu tua.", f"Python {text} is too old."),
            Words("Pasang Python 3.11 atau lebih baru.", "Install Python 3.11 or newer."),
        )
    return fine("python", f"Python {text}.", f"Python {text}.")


def disk(settings: Settings) -> Finding:
    """Room for recordings and the database."""
    free = shutil.disk_usage(_nearest(settings.home)).free // MEBIBYTE
    if free >= DISK_WARNING_MIB:
        return fine("disk", f"Ruang cakram {free} MB.", f"{free} MB of disk free.")
    what = Words(f"Ruang cakram tinggal {free} MB.", f"Only {free} MB of disk are free.")
    remedy = Words(
        f"Kosongkan ruang (lihat isinya: du -sh {settings.home}/*) atau pindahkan folder data dengan SIAGA_HOME.",
        f"Free some space (see what uses it: du -sh {settings.home}/*) or move the data folder with SIAGA_HOME.",
    )
    return (fault if free < DISK_FAULT_MIB else warning)("disk", what, remedy)


def memory(_settings: Settings) -> Finding:
    """Room for the processes."""
    free = psutil.virtual_memory().available // MEBIBYTE
    if free >= MEMORY_WARNING_MIB:
        return fine("memory", f"Memori tersedia {free} MB.", f"{free} MB of memory available.")
    what = Words(f"Memori tersedia tinggal {free} MB.", f"Only {free} MB of memory are available.")
    remedy = Words(
        "Tutup program lain atau tambah memori; Siaga memerlukan sekitar 1000 MB. Lihat pemakaian: free -m",
        "Close other programs or add memory; Siaga needs about 1000 MB. See what is used: free -m",
    )
    return (fault if free < MEMORY_FAULT_MIB else warning)("memory", what, remedy)


def home(settings: Settings) -> Finding:
    """Whether the data folder can be written."""
    place = _nearest(settings.home)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return fine(
            "home",
            f"Folder data {settings.home} dapat ditulisi.",
            f"The data folder {settings.home} can be written.",
        )
    return fault(
        "home",
        Words(
            f"Folder data {settings.home} tidak dapat ditulisi.",
            f"The data folder {settings.home} cannot be written.",
        ),
        Words(
            f"Beri hak: sudo chown -R $USER {place}   atau pilih folder lain: SIAGA_HOME=/folder/lain ./siaga up",
            f"Give the right: sudo chown -R $USER {place}   or choose another: SIAGA_HOME=/another ./siaga up",
        ),
    )


def disk_speed(settings: Settings, rate: fsync.FsyncRate | None = None) -> Finding:
    """How long the disk takes to promise that something is kept."""
    try:
        measured = rate or fsync.measure(_nearest(settings.home))
    except OSError as error:
        return fault(
            "disk-speed",
            Words(
                f"Cakram tidak dapat diukur: {error.strerror}.",
                f"The disk cannot be measured: {error.strerror}.",
            ),
            Words("Lihat pemeriksaan home dan disk.", "See the checks home and disk."),
        )
    figures = f"{measured.per_second:.0f}/s, p50 {measured.p50_ms:.2f} ms, p99 {measured.p99_ms:.2f} ms"
    if measured.p50_ms < FSYNC_TOO_FAST_MS:
        return warning(
            "disk-speed",
            Words(
                f"Cakram mengaku menyimpan terlalu cepat ({figures}); saat listrik padam data bisa hilang.",
                f"The disk claims to store impossibly fast ({figures}); a power cut may lose data.",
            ),
            Words(
                "Letakkan SIAGA_HOME di cakram sungguhan, bukan tmpfs; matikan write cache tanpa baterai: "
                "hdparm -W0 /dev/...",
                "Put SIAGA_HOME on a real disk, not tmpfs; switch off a write cache without battery: "
                "hdparm -W0 /dev/...",
            ),
        )
    if measured.p99_ms > FSYNC_SLOW_MS:
        return warning(
            "disk-speed",
            Words(f"Cakram lambat menyimpan ({figures}).", f"The disk is slow to store ({figures})."),
            Words(
                "Siaga tetap benar, tetapi lambat saat ramai. Pakai SSD, atau jauhkan beban lain dari cakram ini.",
                "Siaga stays correct but is slow in a rush. Use an SSD, or keep other load off this disk.",
            ),
        )
    return fine("disk-speed", f"Cakram menyimpan {figures}.", f"The disk stores {figures}.")


def clock_set(_settings: Settings, now: datetime, disciplined: bool | None = None) -> Finding:
    """Whether the machine's clock can be believed."""
    if now < RELEASED:
        return fault(
            "clock",
            Words(
                f"Jam mesin menunjuk {now:%Y-%m-%d %H:%M} UTC: salah.",
                f"The clock says {now:%Y-%m-%d %H:%M} UTC: wrong.",
            ),
            Words("Setel jam: timedatectl set-ntp true", "Set the clock: timedatectl set-ntp true"),
        )
    disciplined = _clock_is_disciplined() if disciplined is None else disciplined
    if disciplined is False:
        return warning(
            "clock",
            Words(
                f"Jam mesin ({now:%H:%M:%S} UTC) tidak disetel terhadap waktu resmi; jam pada laporan bisa meleset.",
                f"The clock ({now:%H:%M:%S} UTC) is not kept to the official time; times in reports may be off.",
            ),
            Words("Nyalakan: timedatectl set-ntp true", "Switch it on: timedatectl set-ntp true"),
        )
    return fine(
        "clock", f"Jam mesin {now:%Y-%m-%d %H:%M:%S} UTC.", f"The clock says {now:%Y-%m-%d %H:%M:%S} UTC."
    )


def time_zone(_settings: Settings, known: int | None = None) -> Finding:
    """Whether the zones of the world are known, because screens show the city's time."""
    count = len(zoneinfo.available_timezones()) if known is None else known
    if count:
        return fine("time-zone", f"{count} zona waktu dikenal.", f"{count} time zones known.")
    return fault(
        "time-zone",
        Words("Mesin ini tidak mengenal zona waktu.", "This machine knows no time zones."),
        Words("Pasang: apt install tzdata", "Install: apt install tzdata"),
    )


def terminal(_settings: Settings, encoding: str | None = None) -> Finding:
    """Whether names and arrows can be printed."""
    found = (encoding or locale.getpreferredencoding(do_setlocale=False)).lower().replace("-", "")
    if found == "utf8":
        return fine("locale", "Terminal memakai UTF-8.", "The terminal uses UTF-8.")
    return warning(
        "locale",
        Words(
            f"Terminal memakai {found}; huruf khusus akan rusak.",
            f"The terminal uses {found}; letters will break.",
        ),
        Words("Jalankan: export LC_ALL=C.UTF-8", "Run: export LC_ALL=C.UTF-8"),
    )


def open_files(_settings: Settings, limit: int | None = None) -> Finding:
    """How many files and connections one process may have open."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if limit is None else limit
    if allowed == resource.RLIM_INFINITY or allowed >= OPEN_FILES_MIN:
        return fine("open-files", f"Batas berkas terbuka {allowed}.", f"Open files allowed: {allowed}.")
    return warning(
        "open-files",
        Words(
            f"Hanya {allowed} berkas boleh terbuka; layar dan panggilan bisa ditolak saat ramai.",
            f"Only {allowed} files may be open; screens and calls may be refused in a rush.",
        ),
        Words(f"Jalankan dulu: ulimit -n {OPEN_FILES_MIN * 8}", f"Run first: ulimit -n {OPEN_FILES_MIN * 8}"),
    )


def account(settings: Settings) -> Finding:
    """Who runs Siaga and who runs the database."""
    try:
        keeper = postgres_account(settings.postgres_user)
    except Trouble as trouble:
        return fault(
            "account",
            trouble.words,
            Words("Buat akun: useradd --system siaga", "Create it: useradd --system siaga"),
        )
    if not keeper.is_other or settings.database_url:
        return fine("account", f"Berjalan sebagai {keeper.name}.", f"Runs as {keeper.name}.")
    place = _nearest(settings.home.parent)
    if not keeper.can_enter(place):
        return fault(
            "account",
            Words(
                f"Akun {keeper.name}, yang menjalankan basis data, tidak dapat masuk ke {place}.",
                f"The account {keeper.name}, which runs the database, cannot enter {place}.",
            ),
            Words(
                "Pilih folder lain: SIAGA_HOME=/var/lib/siaga",
                "Choose another folder: SIAGA_HOME=/var/lib/siaga",
            ),
        )
    return warning(
        "account",
        Words(
            f"Siaga dijalankan oleh root; basis data dijalankan oleh {keeper.name}.",
            f"Siaga is run by root; the database by {keeper.name}.",
        ),
        Words(
            "Lebih aman: useradd --system --create-home siaga, lalu jalankan sebagai siaga.",
            "Safer: useradd --system --create-home siaga, and run it as siaga.",
        ),
    )


def postgres_programs(settings: Settings) -> Finding:
    """Whether the embedded database's programs are here and run."""
    if settings.database_url:
        return fine("postgres-programs", "Basis data di tempat lain.", "The database is elsewhere.")
    try:
        found = pg_bin(settings.postgres_binaries)
    except Trouble as trouble:
        return fault("postgres-programs", trouble.words, Words("Jalankan: ./siaga up", "Run: ./siaga up"))
    return fine(
        "postgres-programs", f"PostgreSQL {found.major_version}.", f"PostgreSQL {found.major_version}."
    )


def _nearest(place: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (place, *place.parents) if folder.exists())


def _clock_is_disciplined() -> bool | None:
    """Whether something (NTP, the hypervisor) keeps the kernel's clock right; None where it cannot be known."""
    if sys.platform != "linux":
        return None
    room = ctypes.create_string_buffer(512)  # struct timex, all zero: only asks
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(room)
    return None if answer < 0 else bool(answer != TIME_ERROR)
