"""Ten rounds of kill -9 under load: whatever was acknowledged must be there, once, and the chain must hold.

Three kinds of round, in turn: the database and the writing process die together; the database dies alone and the
writing process has to go on without doubt; the writing process dies alone.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from siaga import clock
from siaga.processes.fsync import measure
from siaga.processes.postgres import Postgres
from siaga.records.journal import verify_table
from siaga.records.migrate import migrate

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = {"full": 10, "smoke": 3}
CITY = "crash"
UNDER_LOAD_SECONDS = (0.8, 1.5)
GOES_ON_SECONDS = 1.0  # a surviving writer is given this long after the database is back
SEED = 112


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    luck = random.Random(SEED)
    home = Path(tempfile.mkdtemp(prefix="siaga-crash-"))
    home.chmod(0o711)  # the database may run as another account
    acknowledged = home / "acknowledged.txt"
    postgres = Postgres(home)
    recoveries: list[float] = []
    try:
        postgres.start()
        fsync = measure(home)
        await migrate(postgres.dsn)
        for number in range(ROUNDS[size]):
            writer = _writer(postgres.dsn, acknowledged, number)
            await _until_writing(writer, acknowledged)
            await asyncio.sleep(luck.uniform(*UNDER_LOAD_SECONDS))
            kind = number % 3
            if kind != 2:
                _kill_database(postgres)
            if kind == 0:
                _kill(writer)
            if kind != 2:
                recoveries.append(_restart_ms(postgres))
            if kind == 1:
                await asyncio.sleep(GOES_ON_SECONDS)
            _kill(writer)
        figures = await _counted(postgres.dsn, acknowledged)
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)
    return {
        **figures,
        "recovery_ms": round(max(recoveries)),
        "rounds": ROUNDS[size],
        "fsync_per_s": round(fsync.per_second),
    }


def _writer(dsn: str, acknowledged: Path, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "benchmarks.crash_writer", dsn, CITY, str(acknowledged), str(number)],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,  # it dies in the middle of a sentence, ten times
    )


async def _until_writing(writer: subprocess.Popen[bytes], acknowledged: Path) -> None:
    """The load has begun when the file of acknowledgements grows."""
    before = _size(acknowledged)
    deadline = clock.monotonic() + 30
    while _size(acknowledged) == before:
        if writer.poll() is not None or clock.monotonic() > deadline:
            raise RuntimeError("the writing process does not write")
        await asyncio.sleep(0.02)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _kill_database(postgres: Postgres) -> None:
    """The postmaster and every one of its processes, as a power cut would."""
    assert postgres.pid is not None
    postmaster = psutil.Process(postgres.pid)
    for process in [postmaster, *postmaster.children(recursive=True)]:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue


def _kill(writer: subprocess.Popen[bytes]) -> None:
    writer.kill()
    writer.wait()


def _restart_ms(postgres: Postgres) -> float:
    """From a dead server to one that answers, recovery included."""
    begun = clock.monotonic()
    postgres.start()
    return (clock.monotonic() - begun) * 1000


async def _counted(dsn: str, acknowledged: Path) -> dict[str, Any]:
    connection = await asyncpg.connect(dsn)
    try:
        stored = [row["id"] for row in await connection.fetch("select id from call where city_id = $1", CITY)]
        keys = await connection.fetchval("select count(*) from idempotency where city_id = $1", CITY)
        verdict = await verify_table(connection, CITY)
    finally:
        await connection.close()
    promised = acknowledged.read_text().split()
    return {
        "acknowledged": len(promised),
        "lost": len(set(promised) - set(stored)),
        "duplicates": len(stored) - keys,
        "chain_ok": verdict.is_whole,
        "journal_entries": verdict.entries,
    }
