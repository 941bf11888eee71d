"""The web process as it really runs: two ports, one loop, and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from siaga import clock
from siaga.adapters.web.rendering import STATIC_FOLDER
from siaga.adapters.web.sessions import hashed
from siaga.app import first_run
from siaga.city_files import load_city
from siaga.domain.roles import Person
from siaga.features.people.actions import sign_in_checked
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 6
COOKIE = "x" * 43

pytestmark = [
    pytest.mark.slow,  # a real process, real waiting
    pytest.mark.skipif(
        not (STATIC_FOLDER / "manifest.json").exists(),
        reason="the browser files are not built (pip install -e .)",
    ),
]


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(postgres_dsn: str, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "SIAGA_HOME": str(tmp_path),
            "DATABASE_URL": postgres_dsn,
            "SIAGA_HTTP_PORT": str(free_port()),
            "SIAGA_HTTPS_HOST": "127.0.0.1",
            "SIAGA_HTTPS_PORT": str(free_port()),
            "SIAGA_DEMO": "1",
        }
    )


async def prepare(settings: Settings, *, with_session: bool) -> None:
    """Accounts, and perhaps a session for the first of them."""
    await first_run(settings)
    if not with_session:
        return
    archive = await PostgresArchive.open(str(settings.database_url), load_city(settings.city).code)

    async def open_a_session(tx: Transaction) -> None:
        [person] = await tx.find(Person, username="taker1")
        await sign_in_checked(tx, person=person.id, session=hashed(COOKIE), csrf="c", now=clock.now())

    await archive.do(open_a_session)
    await archive.close()


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "siaga", "serve", "web"],
        env={**os.environ, **settings.as_env()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", settings.http_port), 1):
                break
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_it_answers_on_both_ports_and_stops_cleanly_with_streams_open(settings: Settings) -> None:
    asyncio.run(prepare(settings, with_session=True))
    with running(settings) as process:
        plain, secure = f"http://127.0.0.1:{settings.http_port}", f"https://127.0.0.1:{settings.https_port}"
        trust = ssl.create_default_context(cafile=str(settings.certificate))
        with httpx.Client(verify=trust, timeout=10) as client:
            assert client.get(f"{plain}/readyz").json()["status"] == "ok"
            assert client.get(f"{secure}/readyz").json()["status"] == "ok"
            assert settings.certificate_key.stat().st_mode & 0o077 == 0
            page = client.get(f"{secure}/masuk", headers={"sec-fetch-mode": "navigate"})
            assert "taker1" in page.text, "a demonstration shows its accounts"
            asset = page.text.split('src="/static/')[1].split('"')[0]
            script = client.get(f"{secure}/static/{asset}")
            assert script.status_code == 200
            assert "immutable" in script.headers["cache-control"]
            with client.stream(
                "GET", f"{plain}/siaran", headers={"cookie": f"siaga_session={COOKIE}"}
            ) as stream:
                assert stream.status_code == 200
                first = next(stream.iter_text())
                assert "event: pulse" in first
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert process.wait(STOP_SECONDS_MAX) == 0
                assert time.monotonic() - began < STOP_SECONDS_MAX
        assert process.stdout is not None
        said = process.stdout.read().decode()
        assert "Traceback" not in said
        assert "Exception" not in said


def test_a_taken_port_is_said_in_one_sentence(settings: Settings) -> None:
    asyncio.run(prepare(settings, with_session=False))
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", settings.http_port))
        other.listen()
        with running(settings) as process:
            assert process.wait(START_SECONDS_MAX) == 1
            assert process.stdout is not None
            said = process.stdout.read().decode()
    assert f"127.0.0.1:{settings.http_port}" in said
    assert "Traceback" not in said
