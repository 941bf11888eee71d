"""Can the database be reached, is it new enough, does it agree about the time?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urlsplit

import asyncpg

from siaga import clock
from siaga.processes.binaries import MAJOR_VERSION_MIN
from siaga.processes.database import embedded, ensure_running
from siaga.processes.finding import Finding, fault, fine
from siaga.processes.trouble import Trouble, Words
from siaga.settings import Settings

CONNECT_SECONDS_MAX = 5.0
CLOCKS_APART_SECONDS_MAX = 2.0
# A call's times come from this machine, some marks from the database; more than this would show in a report.

UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)
# ValueError: asyncpg raises it for an address it cannot read.

Look = Callable[[asyncpg.Connection], Awaitable[Finding]]


def database(settings: Settings, look: Look) -> list[Finding]:
    """Reach the database, starting the embedded one for the moment when it is not running.

    `look(connection)` is awaited for what only the records know (migrations).
    """
    if not settings.database_url and not (embedded(settings).data / "PG_VERSION").exists():
        return [fine("database", "Basis data dibuat saat siaga up.", "The database is made by siaga up.")]
    try:
        with ensure_running(settings) as dsn:
            return asyncio.run(_look_inside(dsn, look))
    except Trouble as trouble:
        log = settings.logs / "postgres.log"
        return [fault("database", trouble.words, Words(f"Baca: tail -50 {log}", f"Read: tail -50 {log}"))]
    except UNREACHABLE as error:
        return [unreachable(settings, error)]


def try_to_reach(settings: Settings) -> None:
    """Connect once to DATABASE_URL. Raises Trouble, in words, when that does not work."""
    try:
        asyncio.run(_connect_once(settings.database_url or ""))
    except UNREACHABLE as error:
        raise Trouble(unreachable(settings, error).what) from error


async def _connect_once(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS_MAX)
    await connection.close()


def unreachable(settings: Settings, error: Exception) -> Finding:
    """What to say when connecting ended in `error`, one of UNREACHABLE."""
    where = urlsplit(settings.database_url or "").hostname or "socket"
    reason = str(error) or type(error).__name__
    return fault(
        "database",
        Words(
            f"Basis data di {where} tidak tercapai: {reason}",
            f"The database at {where} cannot be reached: {reason}",
        ),
        Words(
            f"Periksa DATABASE_URL, sandi, dan jaringan: ping {where}; psql \"$DATABASE_URL\" -c 'select 1'",
            f"Check DATABASE_URL, the password and the network: ping {where}; psql \"$DATABASE_URL\" -c 'select 1'",
        ),
    )


async def _look_inside(dsn: str, look: Look) -> list[Finding]:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS_MAX)
    try:
        version = connection.get_server_version()
        findings = [version_finding(version.major)]
        if version.major >= MAJOR_VERSION_MIN:
            theirs: datetime = await connection.fetchval("select clock_timestamp()")
            findings.append(clocks_finding((theirs - clock.now()).total_seconds()))
            findings.append(await look(connection))
        return findings
    finally:
        await connection.close()


def version_finding(major: int) -> Finding:
    """Whether this major version of PostgreSQL will do."""
    if major >= MAJOR_VERSION_MIN:
        return fine("database", f"PostgreSQL {major} menjawab.", f"PostgreSQL {major} answers.")
    return fault(
        "database",
        Words(f"PostgreSQL {major} terlalu tua.", f"PostgreSQL {major} is too old."),
        Words(
            f"Pakai PostgreSQL {MAJOR_VERSION_MIN} atau lebih baru, atau kosongkan DATABASE_URL untuk yang bawaan.",
            f"Use PostgreSQL {MAJOR_VERSION_MIN} or newer, or unset DATABASE_URL for the embedded one.",
        ),
    )


def clocks_finding(seconds_apart: float) -> Finding:
    """Whether the database's machine and this one agree about the time."""
    if abs(seconds_apart) <= CLOCKS_APART_SECONDS_MAX:
        return fine(
            "clocks", "Jam mesin dan basis data sama.", "This machine and the database agree on the time."
        )
    return fault(
        "clocks",
        Words(
            f"Jam basis data berbeda {seconds_apart:+.0f} detik dari mesin ini.",
            f"The database's clock is {seconds_apart:+.0f} s away from this machine's.",
        ),
        Words("Setel di kedua mesin: timedatectl set-ntp true", "Set both: timedatectl set-ntp true"),
    )
