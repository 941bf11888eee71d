"""A whole installation for one benchmark: embedded PostgreSQL with fsync on, and the web process as its own process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from siaga import clock
from siaga.adapters.web.sessions import hashed
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.roles import Role
from siaga.features.people.actions import add_person, sign_in_checked
from siaga.processes.fsync import FsyncRate, measure
from siaga.processes.postgres import Postgres
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from siaga.secret import installation_secret
from siaga.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS_MAX = 30.0
FILES_OPEN = 16_384  # both ends of two thousand streams live on this machine


@dataclass(frozen=True)
class Installation:
    """An installation that runs. ``port`` answers HTTP on the loopback."""

    settings: Settings
    city: City
    archive: PostgresArchive
    port: int
    secret: bytes
    fsync: FsyncRate
    server: psutil.Process

    def cpu_seconds(self) -> float:
        """Processor time the web process has used so far: what a busy machine cannot falsify much."""
        times = self.server.cpu_times()
        return times.user + times.system

    @asynccontextmanager
    async def beside(self, command: Sequence[str]) -> AsyncIterator[tuple[int, psutil.Process]]:
        """Another server on the same installation, on a port of its own."""
        settings = replace(self.settings, http_port=_free_port())
        async with served(settings, command) as process:
            yield settings.http_port, process

    async def session(self, role: Role) -> tuple[str, str]:
        """A signed-in browser: its cookie and its CSRF token."""
        cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        person = await self.archive.do(
            add_person, username=f"bench-{secrets.token_hex(4)}", name="Benchmark", password_hash="-", roles=(role,),
            must_change_password=False, by="benchmark", now=clock.now(),
        )  # fmt: skip
        await self.archive.do(
            sign_in_checked, person=person, session=hashed(cookie), csrf=csrf, now=clock.now()
        )
        return cookie, csrf


@asynccontextmanager
async def installation(command: Sequence[str] = ("siaga", "serve", "web")) -> AsyncIterator[Installation]:
    """Start everything in a temporary home; stop and remove it at the end. ``command``: a Python module to serve."""
    _raise_file_limit()
    with _home() as home:
        postgres = Postgres(home)
        postgres.start()
        try:
            settings = Settings.from_env(
                {"SIAGA_HOME": str(home), "SIAGA_HTTP_PORT": str(_free_port()), "SIAGA_HTTPS_PORT": "0"}
            )
            fsync = measure(home)
            await migrate(postgres.dsn)
            city = load_city(settings.city)
            archive = await PostgresArchive.open(postgres.dsn, city.code)
            try:
                async with served(settings, command) as process:
                    secret = installation_secret(home)
                    yield Installation(settings, city, archive, settings.http_port, secret, fsync, process)
            finally:
                await archive.close()
        finally:
            postgres.stop()


@asynccontextmanager
async def served(settings: Settings, command: Sequence[str]) -> AsyncIterator[psutil.Process]:
    """Run ``python -m command`` with these settings until the block ends"""
    log = settings.home / "logs" / "benchmark.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", *command],
            env={**os.environ, **settings.as_env(), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    try:
        await _until_open(settings.http_port, process, log)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = clock.monotonic() + READY_SECONDS_MAX
    while clock.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"the server did not open its port:\n{log.read_text()[-2000:]}")


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="siaga-bench-"))
    home.chmod(0o711)  # the database may run as another account
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_OPEN if hard == resource.RLIM_INFINITY else min(FILES_OPEN, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
