"""`siaga up`, the whole of it, as a newcomer types it; then everything is killed in turn."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 120.0
BACK_SECONDS_MAX = 30.0
# A restarted web process takes 2-3 s on a quiet machine; a shared one is slower, not different.


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """One `siaga up` in a home of its own."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.home = folder / "home"
        self.http, self.https, self.sip = free_port(), free_port(), free_port()
        self.started: list[subprocess.Popen[str]] = []

    def command(self, *words: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "siaga", *words],
            env={**os.environ, "SIAGA_HOME": str(self.home), "SIAGA_LANG": "en", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def up(self) -> tuple[subprocess.Popen[str], str]:
        """Started and ready, with everything it said until then."""
        ports = ("--http-port", str(self.http), "--https-port", str(self.https), "--sip-port", str(self.sip))
        process = self.command("up", "--demo", "--host", "127.0.0.1", *ports)
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "Ctrl+C stops everything" in line:
                return process, "".join(said)
        raise AssertionError("".join(said))

    def page(self) -> int:
        """Status of the sign-in page, 0 when nobody answers."""
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.http}/masuk", timeout=2).status_code
        return 0


@pytest.fixture
def installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="siaga-t-", ignore_cleanup_errors=True) as folder:
        place = Installation(Path(folder))
        yield place
        for process in place.started:
            if process.poll() is None:
                process.terminate()
            process.wait(PATIENCE_SECONDS)
            assert process.stdout is not None
            process.stdout.close()


def service(process: subprocess.Popen[str], word: str) -> psutil.Process | None:
    for one in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):
            if one.status() != psutil.STATUS_ZOMBIE and any(part.endswith(word) for part in one.cmdline()):
                return one
    return None


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_a_newcomer_sees_everything_needed_and_ctrl_c_leaves_nothing_behind(
    installation: Installation,
) -> None:
    process, said = installation.up()
    family = psutil.Process(process.pid).children(recursive=True)

    assert f"http://localhost:{installation.http}" in said
    assert f"sip:112@127.0.0.1:{installation.sip}" in said
    assert f"https://127.0.0.1:{installation.https}" in said
    assert "taker1" in said
    assert stat.S_IMODE(installation.home.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
    assert "█" in said  # the QR code
    assert installation.page() == 200
    secure = httpx.get(f"https://127.0.0.1:{installation.https}/masuk", verify=False)
    assert secure.status_code == 200

    again = installation.command("up", "--http-port", str(free_port()))
    told, _ = again.communicate(timeout=PATIENCE_SECONDS)
    assert "already running" in told
    assert str(process.pid) in told
    assert again.returncode == 1

    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0
    assert time.monotonic() - began < 15
    assert alive(family) == []


def test_each_process_is_killed_in_turn_and_everything_comes_back(installation: Installation) -> None:
    process, _ = installation.up()
    for word in ("web", "phone", "worker", "postgres"):
        killed = service(process, word)
        assert killed is not None, word
        its_own = killed.children(recursive=True)
        killed.kill()
        deadline = time.monotonic() + BACK_SECONDS_MAX
        while (
            (back := service(process, word)) is None or back.pid == killed.pid or installation.page() != 200
        ):
            assert time.monotonic() < deadline, f"{word} did not come back"
            time.sleep(0.1)
        while alive(its_own):
            assert time.monotonic() < deadline, f"children of the killed {word} stay: {alive(its_own)}"
            time.sleep(0.1)


def test_the_supervisor_is_killed_and_a_second_start_goes_on_in_seconds_with_the_same_accounts(
    installation: Installation,
) -> None:
    process, first = installation.up()
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    deadline = time.monotonic() + BACK_SECONDS_MAX
    while alive(family):
        assert time.monotonic() < deadline, f"orphans: {alive(family)}"
        time.sleep(0.1)

    began = time.monotonic()
    _, second = installation.up()

    assert time.monotonic() - began < BACK_SECONDS_MAX
    assert "First accounts" in first
    assert "First accounts" not in second
    assert installation.page() == 200


def test_a_taken_port_is_said_before_anything_is_started(installation: Installation) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        refused = installation.command("up", "--http-port", str(holder.getsockname()[1]), "--https-port", "0")
        told, _ = refused.communicate(timeout=PATIENCE_SECONDS)

    assert refused.returncode == 1
    assert "already used by" in told
    assert "--http-port" in told
    assert not (installation.home / "postgres").exists()


def quiet_ports() -> tuple[str, ...]:
    return ("--http-port", str(free_port()), "--https-port", "0", "--sip-port", str(free_port()))


def test_a_database_that_cannot_be_reached_is_one_sentence(installation: Installation) -> None:
    url = f"postgresql://siaga:rahasia@127.0.0.1:{free_port()}/siaga"
    refused = installation.command("up", *quiet_ports(), DATABASE_URL=url)
    told, _ = refused.communicate(timeout=PATIENCE_SECONDS)

    assert refused.returncode == 1
    assert "The database at 127.0.0.1 cannot be reached" in told
    assert "Traceback" not in told
    assert "rahasia" not in told


def test_a_city_that_cannot_be_read_is_one_sentence_and_nothing_stays_running(
    installation: Installation,
) -> None:
    city = installation.home.parent / "city"
    city.mkdir()
    (city / "city.toml").write_text("name = ")
    refused = installation.command("up", *quiet_ports(), SIAGA_CITY=str(city))
    told, _ = refused.communicate(timeout=PATIENCE_SECONDS)

    assert refused.returncode == 1
    assert "city.toml" in told
    assert "Traceback" not in told
    assert not (installation.home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_database_of_ones_own_serves_as_well(
    installation: Installation, make_database: Callable[..., str]
) -> None:
    ports = quiet_ports()
    process = installation.command("up", "--host", "127.0.0.1", *ports, DATABASE_URL=make_database())
    assert process.stdout is not None
    assert any("Ctrl+C stops everything" in line for line in process.stdout)

    assert httpx.get(f"http://127.0.0.1:{ports[1]}/masuk", timeout=5).status_code == 200
    assert not (installation.home / "postgres").exists()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
