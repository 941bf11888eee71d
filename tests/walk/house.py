"""A whole installation for tests: started by the command a new user types, in a folder and on ports of its own.

`House(folder).start()`, then `url`, `sip`, `password`, `pid_of("web")`, `kill("web")`, `rows("select ...")`,
`stop()`. Nothing is imported from it into the test's own process, so that it can be killed like the real one.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from siaga.processes.database import dsn
from siaga.settings import Settings
from tests.conftest import run_apart

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "siaga" / "static" / "manifest.json"
PASSWORD = "walk-through-112"
START_SECONDS_MAX = 90.0  # a first start makes the database's files; 8 s alone, more on a busy machine
STOP_SECONDS_MAX = 30.0
RTP_PORTS = 200  # a hundred conversations, more than any test holds
SERVICES = ("web", "phone", "worker")


class House:
    """`siaga up --demo`. Start and stop it as often as a test needs; the folder stays the same."""

    def __init__(self, *, https: bool = False, env: dict[str, str] | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="siaga-house-"))
        self.home.chmod(0o711)  # the database runs as another account when the test runs as root
        self.http_port, self.sip_port = free_port(), free_port()
        self.https_port = free_port() if https else 0
        rtp_first = random.randrange(22_000, 58_000, 2)
        self._env = {
            **os.environ,
            "SIAGA_HOME": str(self.home),
            "SIAGA_HTTP_PORT": str(self.http_port),
            "SIAGA_HTTPS_PORT": str(self.https_port),
            "SIAGA_HTTPS_HOST": "127.0.0.1",
            "SIAGA_SIP_HOST": "127.0.0.1",
            "SIAGA_SIP_PORT": str(self.sip_port),
            "SIAGA_RTP_PORT_FIRST": str(rtp_first),
            "SIAGA_RTP_PORT_LAST": str(rtp_first + RTP_PORTS - 1),
            "SIAGA_DEMO_PASSWORD": PASSWORD,
            "SIAGA_LANG": "id",
            **(env or {}),
        }
        self._env.pop("DATABASE_URL", None)
        self.said: list[str] = []
        self._up: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address for a browser on this machine; a microphone is given to it."""
        return f"http://localhost:{self.http_port}"

    @property
    def sip(self) -> str:
        """host:port a telephone dials."""
        return f"127.0.0.1:{self.sip_port}"

    @property
    def settings(self) -> Settings:
        """What the installation was told."""
        return Settings.from_env(self._env)

    # --- starting and stopping ---

    def start(self) -> None:
        """`python -m siaga up --demo`, and wait until the web pages and the telephone answer."""
        if not STATIC.exists():
            raise RuntimeError("the screens are not built; run these tests with ./siaga test -m browser")
        if self._up is not None:
            self._up.wait(STOP_SECONDS_MAX)
        self._up = subprocess.Popen(
            [sys.executable, "-P", "-m", "siaga", "up", "--demo"],
            cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, args=(self._up,), daemon=True)
        self._listener.start()
        self.wait_until(lambda: self.ready and self.phone_answers(), "the house is ready", START_SECONDS_MAX)

    def stop(self) -> int:
        """Ctrl+C. Returns the exit status."""
        assert self._up is not None
        if self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
        return self._up.wait(STOP_SECONDS_MAX)

    def close(self) -> None:
        """Stop whatever still runs and take the folder away."""
        children = self._family()
        try:
            if self._up is not None and self._up.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.stop()
        finally:
            for process in children:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            if self._listener is not None:
                self._listener.join(5)
            shutil.rmtree(self.home, ignore_errors=True)

    @property
    def is_up(self) -> bool:
        """Whether the supervisor runs."""
        return self._up is not None and self._up.poll() is None

    @property
    def ready(self) -> bool:
        """Whether the web process says it can work."""
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.http_port}/readyz", timeout=2).status_code == 200
        return False

    def phone_answers(self) -> bool:
        """Whether the telephone answers an OPTIONS, as a carrier's probe would ask."""
        probe = (
            f"OPTIONS sip:112@{self.sip} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bK{random.random()}\r\n"
            f"From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:112@{self.sip}>\r\nCall-ID: {random.random()}\r\n"
            "CSeq: 1 OPTIONS\r\nContact: <sip:probe@127.0.0.1>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.sip_port), 1) as line:
            line.settimeout(2)
            line.sendall(probe.encode())
            return line.recv(100).startswith(b"SIP/2.0 ")
        return False

    def wait_until(self, true: Callable[[], bool], what: str, seconds: float) -> float:
        """Wait for it; returns how long it took. Raises AssertionError with the house's last words."""
        began = time.monotonic()
        while not true():
            if self._up is not None and self._up.poll() is not None:
                raise AssertionError(
                    f"not: {what}; the house ended with {self._up.returncode}\n{self.last_words()}"
                )
            if time.monotonic() - began > seconds:
                raise AssertionError(f"not within {seconds} s: {what}\n{self.last_words()}")
            time.sleep(0.05)
        return time.monotonic() - began

    def last_words(self) -> str:
        """What the house said, and the end of every log."""
        logs = sorted((self.home / "logs").glob("*.log"))
        ends = [f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs]
        return "\n".join(["".join(self.said[-40:]), *ends])

    # --- its processes ---

    def pid_of(self, name: str) -> int:
        """Process number of "up", "web", "phone", "worker", "media" or "postgres"."""
        assert self._up is not None
        if name == "up":
            return self._up.pid
        if name == "postgres":
            lock = next((self.home / "postgres").glob("*/postmaster.pid"))
            return int(lock.read_text().splitlines()[0])
        words = ["siaga.adapters.phone.media.process"] if name == "media" else ["siaga", "serve", name]
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                line = process.cmdline()
                if any(line[at : at + len(words)] == words for at in range(len(line))):
                    return process.pid
        raise LookupError(f"no process {name}")

    def kill(self, name: str) -> int:
        """SIGKILL, as the out-of-memory killer would. Returns the pid that died."""
        pid = self.pid_of(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def came_back(self, name: str, dead: int) -> bool:
        """Whether another process has taken the dead one's place."""
        with contextlib.suppress(LookupError, OSError, StopIteration, ValueError):
            pid = self.pid_of(name)
            return pid != dead and psutil.pid_exists(pid)
        return False

    def _family(self) -> list[psutil.Process]:
        if self._up is None:
            return []
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._up.pid).children(recursive=True)
        return []

    def _listen(self, up: subprocess.Popen[str]) -> None:
        assert up.stdout is not None
        with up.stdout:
            for line in up.stdout:
                self.said.append(line)

    # --- its record ---

    def rows(self, sql: str, *given: object) -> list[dict[str, Any]]:
        """What the database holds."""

        async def ask() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(dsn(self.settings))
            try:
                return [dict(row) for row in await connection.fetch(sql, *given)]
            finally:
                await connection.close()

        return run_apart(ask())

    def value(self, sql: str, *given: object) -> Any:
        """The first value of the first row; ``None`` without rows."""
        found = self.rows(sql, *given)
        return next(iter(found[0].values())) if found else None

    def command(self, *words: str, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Another `siaga` command on the same home."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "siaga", *words],
            cwd=ROOT, env=self._env, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip


def free_port() -> int:
    """A port free for TCP and UDP on loopback."""
    while True:
        with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            with contextlib.suppress(OSError):
                datagrams.bind(("127.0.0.1", port))
                return port
