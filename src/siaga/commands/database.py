"""`siaga database`: only the database, for backups, for moving the data, for looking inside."""

from __future__ import annotations

import signal

import typer

from siaga.commands.terminal import said, say
from siaga.processes.binaries import pg_bin
from siaga.processes.cluster import DATABASE, OWNER
from siaga.processes.database import ensure_running
from siaga.processes.socket_folder import socket_folder
from siaga.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add `siaga database`."""
    app.command(
        "database",
        help=said(
            "Jalankan basis data saja (cadangan, pemindahan), sampai Ctrl+C.",
            "Run only the database (backup, moving), until Ctrl+C.",
        ),
    )(run)


def run() -> None:
    """Start the embedded server, or join the one that runs, and say how to reach it."""
    settings = Settings.from_env()
    stop = {signal.SIGINT, signal.SIGTERM}
    with ensure_running(settings) as dsn:
        say(f"Basis data berjalan: {dsn}", f"The database runs: {dsn}")
        if not settings.database_url:
            programs = pg_bin(settings.postgres_binaries).bin
            reach = f"-h {socket_folder(settings.home)} -U {OWNER}"
            say(
                f"  lihat     {programs}/psql {reach} {DATABASE}\n"
                f"  cadangkan {programs}/pg_dump {reach} -Fc {DATABASE} > siaga.dump\n"
                "Ctrl+C menghentikan.",
                f"  look      {programs}/psql {reach} {DATABASE}\n"
                f"  back up   {programs}/pg_dump {reach} -Fc {DATABASE} > siaga.dump\n"
                "Ctrl+C stops it.",
            )
        signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # only now: the server must not inherit it
        signal.sigwait(stop)
