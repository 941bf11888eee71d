"""What is broken just now, in words for a call taker: what it means for her, and what to do instead.

Nothing here waits for a broken thing: it looks at signs of life, at the disk, and at one short answer of the record.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from siaga import clock
from siaga.domain.city import City
from siaga.domain.errors import TooBusy
from siaga.domain.heartbeat import PHONE, WORKER, Life
from siaga.domain.house_fault import (
    CLOCKS_APART_SECONDS_MAX,
    DISK_NEARLY_FULL_MIB,
    NODE_CLOCK_SECONDS_MAX,
    RELEASED,
)
from siaga.features.incidents.labels import Words
from siaga.records.postgres import PostgresArchive, Row

ANSWER_SECONDS_MAX = 1.5  # a healthy record answers in a few thousandths
UNHEARD_SECONDS_MAX = 6.0  # two polls of a desk; a restart of a service takes two to three seconds
NODE_FORGOTTEN_HOURS = 24  # a node nobody has heard for a day has been taken away, not lost
MEBIBYTE = 1024 * 1024

TROUBLE_LABELS = {
    "database": "Basis data tidak menjawab. Teruskan mengetik: isian disimpan di komputer ini dan akan dikirim.",
    "telephony": "Telepon tidak terhubung ke layar – jawab di pesawat, F3 untuk lembar baru.",
    "node": "Telepon {node} tidak menjawab sejak {time} – penelepon di sana ada di Terlewat; telepon lain bekerja.",
    "worker": "Panggilan tidak berdering sendiri – ambil dari Antrean dengan F2. OPD belum diberi tahu: telepon OPD.",
    "disk": "Cakram hampir penuh, tinggal {free} MB – beri tahu admin. Panggilan tetap jalan, rekaman berhenti dulu.",
    "clock_wrong": "Jam server salah – tulis jam dari jam dinding di catatan, beri tahu admin.",
    "clock_apart": "Jam komputer server berselisih {seconds} detik – jam di layar bisa meleset, beri tahu admin.",
    "messages": "Belum ada saluran pesan ke OPD: setelah Kirim, telepon OPD sendiri. Nomornya di lembar cetak.",
    "map": "Batas kelurahan belum ada: kelurahan di layar ini perkiraan, tanyakan lagi.",
}


@dataclass(frozen=True)
class Trouble:
    """One thing that is broken. ``code`` is its name on the screen; the most serious comes first in a list."""

    code: str
    words: str
    critical: bool = False


@dataclass(frozen=True)
class _Record:
    """What the record says of all this."""

    hearts: list[Row]
    now: datetime
    contacts: int


@dataclass
class Pulses:
    """When each sign of life last moved, by our own clock; one for each web process."""

    monotonic: Callable[[], float] = clock.monotonic
    _moved: dict[tuple[str, str], tuple[str, int, float]] = field(default_factory=dict)
    _asking: asyncio.Task[_Record] | None = None

    async def ask(self, archive: PostgresArchive) -> _Record | None:
        """What the record says, or ``None`` when it does not say so quickly. A question it sits on is not repeated."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(_ask(archive))
        asking = self._asking
        await asyncio.wait({asking}, timeout=ANSWER_SECONDS_MAX)
        if not asking.done():
            return None
        try:
            return asking.result()
        except (TooBusy, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None

    def unheard(self, row: Row | Mapping[str, Any]) -> bool:
        """Whether this count has stood still for too long."""
        key = (row["kind"], row["name"])
        now = self.monotonic()
        known = self._moved.get(key)
        if known is None or known[:2] != (row["life"], row["beats"]):
            self._moved[key] = (row["life"], row["beats"], now)
            return False
        return now - known[2] > UNHEARD_SECONDS_MAX


async def _ask(archive: PostgresArchive) -> _Record:
    hearts = await archive.rows(
        "select kind, name, life, beats, beat_at, state, silent_since from heartbeat where city_id = $1 order by name"
    )
    return _Record(
        hearts,
        await archive.value("select clock_timestamp() where $1::text is not null"),
        await archive.value("select count(*) from contact where city_id = $1 and active"),
    )


async def troubles(
    archive: PostgresArchive,
    city: City,
    pulses: Pulses,
    words: Words,
    now: datetime,
    *,
    home: Path,
    outlined: int,
    demo: bool,
) -> list[Trouble]:
    """Everything that is broken, the most serious first."""
    record = await pulses.ask(archive)
    if record is None:
        return [_trouble("database", words, critical=True), *_of_machine(home, words, now)]
    found = [
        *_of_phones(record.hearts, pulses, words, city, now),
        *_of_worker(record.hearts, pulses, words),
        *_of_machine(home, words, now),
        *_of_clocks(record.hearts, record.now, words, now),
    ]
    if not record.contacts and not demo:
        found.append(_trouble("messages", words))
    if not outlined:
        found.append(_trouble("map", words))
    return found


def _trouble(label: str, words: Words, *, critical: bool = False, **filled: object) -> Trouble:
    """One of the sentences above; the word before a low line is its code."""
    return Trouble(label.partition("_")[0], words(TROUBLE_LABELS[label]).format(**filled), critical)


def _of_phones(rows: list[Row], pulses: Pulses, words: Words, city: City, now: datetime) -> list[Trouble]:
    forgotten = now - timedelta(hours=NODE_FORGOTTEN_HOURS)
    nodes = [row for row in rows if row["kind"] == PHONE and row["beat_at"] > forgotten]
    down = [row for row in nodes if pulses.unheard(row) or row["state"] != Life.UP.value]
    if not down and nodes:
        return []
    if len(down) == len(nodes):
        return [_trouble("telephony", words, critical=True)]
    first = down[0]
    since = (first["silent_since"] or first["beat_at"]).astimezone(city.zone)
    return [_trouble("node", words, node=first["name"], time=f"{since:%H:%M}")]


def _of_worker(rows: list[Row], pulses: Pulses, words: Words) -> list[Trouble]:
    if any(row["kind"] == WORKER and not pulses.unheard(row) for row in rows):
        return []
    return [_trouble("worker", words, critical=True)]


def _of_machine(home: Path, words: Words, now: datetime) -> list[Trouble]:
    found = []
    free = shutil.disk_usage(home).free // MEBIBYTE
    if free < DISK_NEARLY_FULL_MIB:
        found.append(_trouble("disk", words, free=free))
    if now < RELEASED:
        found.append(_trouble("clock_wrong", words))
    return found


def _of_clocks(rows: list[Row], record_now: datetime, words: Words, now: datetime) -> list[Trouble]:
    """Clocks of other machines that are not ours: times of one case would not fit together."""
    apart = abs((record_now - now).total_seconds())
    beats = [
        abs((row["beat_at"] - now).total_seconds())
        for row in rows
        if row["kind"] == PHONE and row["state"] == Life.UP.value
    ]
    limits = [(apart, CLOCKS_APART_SECONDS_MAX), *((beat, NODE_CLOCK_SECONDS_MAX) for beat in beats)]
    worst = max((seconds for seconds, limit in limits if seconds > limit), default=0.0)
    return [_trouble("clock_apart", words, seconds=round(worst))] if worst else []
