"""One embedded PostgreSQL server as a direct child of ours: made, started, stopped, brought back after kill -9.

Rule 1: nothing outside the home folder is touched, no port is opened, no account is created.
Rule 2: while the `keeper` lock is ours, any other server on this folder is an orphan and is asked to go.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from siaga import clock
from siaga.processes import cluster, orphans
from siaga.processes.account import Account, own_name, postgres_account
from siaga.processes.binaries import Binaries, pg_bin
from siaga.processes.guard import Keeper, dies_with_parent
from siaga.processes.home import make_home
from siaga.processes.logs import shrink
from siaga.processes.socket_folder import socket_folder
from siaga.processes.trouble import Trouble, Words

READY_SECONDS_MAX = 60
# Replaying a gigabyte of log after a power cut took 20 s on the slowest disk we tried.
STOP_SECONDS_MAX = 20
POLL_SECONDS = 0.02
LOG_TAIL_CHARACTERS = 600
STATUS_LINES = 8


class Postgres:
    """The server of one home folder. `start()` may be called again whenever it is not running."""

    def __init__(
        self,
        home: Path,
        *,
        source: str = "auto",
        user: str = "",
        options: Mapping[str, str] | None = None,
    ) -> None:
        """`options` are configuration lines that override ours (tests switch fsync off)."""
        self.home = home
        self.data = home / "postgres" / "data"
        self.log = home / "logs" / "postgres.log"
        self.keeper = Keeper(home / "postgres.lock")
        self.options = dict(options or {})
        self._source = source
        self._user = user
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """Address of the database `siaga`, for its owner, who is not a superuser."""
        return self.dsn_of(cluster.DATABASE, cluster.OWNER)

    def dsn_of(self, database: str, role: str) -> str:
        """Address of any database on this server for `role` (`siaga`, or the superuser `postgres`)."""
        folder = quote(str(socket_folder(self.home)), safe="/")
        return f"postgresql://{role}@/{quote(database)}?host={folder}"

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def start(self) -> None:
        """Make the cluster when there is none, clear away what a crash left, start, and wait until it answers.

        Must be called from a thread that lives as long as the server: on Linux the server stops when that thread
        ends. Raises Trouble when another process keeps this home, or when the server does not come up.
        """
        self.make_folders()
        if not self.keeper.take():
            raise Trouble(
                Words(
                    f"Basis data di {self.home} sudah dijalankan oleh proses Siaga lain.",
                    f"The database in {self.home} is already run by another Siaga process.",
                )
            )
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def make_folders(self) -> None:
        """Make the home and what the server needs in it. Raises Trouble when it cannot be written."""
        make_home(self.home, inside=(self.log.parent, self.data.parent))

    def _start(self) -> None:
        account = postgres_account(self._user)
        binaries = self._runnable(pg_bin(self._source), account)
        sockets = socket_folder(self.home)
        self._open_home_to(account, sockets)
        if not (self.data / "PG_VERSION").exists():
            cluster.make(self.data, binaries, account)
        cluster.check_version(self.data, binaries)
        cluster.configure(self.data, account, sockets=sockets, caller=own_name(), options=self.options)
        orphans.clear(self.data, sockets)
        shrink(self.log)
        with open(self.log, "ab") as log:
            self._child = subprocess.Popen(
                [binaries.bin / "postgres", "-D", self.data],
                env=cluster.environment(self.home),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C belongs to the supervisor, which stops things in order
                preexec_fn=dies_with_parent(signal.SIGINT),  # noqa: PLW1509  SIGINT: fast, clean shutdown
                **account.popen,
            )
        self._wait_until_ready()

    def _runnable(self, binaries: Binaries, account: Account) -> Binaries:
        """The same programs where `account` can run them: copied into the home when the venv is closed to it."""
        if not account.is_other or account.can_run(binaries.bin):
            return binaries
        package = binaries.bin.parent.parent
        kept = self.home / "postgres" / f"{package.name}-{binaries.major_version}"
        if not kept.exists():
            fresh = kept.with_name(f".{kept.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            fresh.rename(kept)
        return Binaries(kept / package.name / "pginstall" / "bin", binaries.major_version)

    def _open_home_to(self, account: Account, sockets: Path) -> None:
        """Let the database's account reach its own folders, and nobody else anything more."""
        if account.is_other:
            for folder in (self.home, self.data.parent):
                folder.chmod(0o711)  # may pass through, may not look around
            if not account.can_enter(self.data.parent):
                raise Trouble(
                    Words(
                        f"Akun {account.name}, yang menjalankan basis data, tidak dapat masuk ke {self.home}. "
                        "Pilih folder lain, misalnya SIAGA_HOME=/var/lib/siaga.",
                        f"The account {account.name}, which runs the database, cannot enter {self.home}. "
                        "Choose another folder, for example SIAGA_HOME=/var/lib/siaga.",
                    )
                )
        account.owns(sockets)

    def is_ready(self) -> bool:
        """Whether a server on this home accepts sessions, ours or another process's.

        Read from the status line the server keeps in its pid file, as pg_ctl does: a connection would also succeed
        while it is still replaying a crash or already going down.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        if len(lines) < STATUS_LINES or lines[-1].strip() != "ready":
            return False
        return self._child is None or lines[0].strip() == str(self._child.pid)

    def _wait_until_ready(self) -> None:
        child = self._child
        assert child is not None
        deadline = clock.monotonic() + READY_SECONDS_MAX
        while not self.is_ready():
            if child.poll() is not None:
                raise self._not_started(f"exit {child.returncode}")
            if clock.monotonic() > deadline:
                raise self._not_started(f"> {READY_SECONDS_MAX} s")
            time.sleep(POLL_SECONDS)

    def _not_started(self, reason: str) -> Trouble:
        tail = self.log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:].strip()
        return Trouble(
            Words(
                f"Basis data tidak mau berjalan ({reason}). Baris terakhir {self.log}:\n{tail}",
                f"The database does not start ({reason}). Last lines of {self.log}:\n{tail}",
            )
        )

    def stop(self) -> None:
        """Stop cleanly; when it does not obey within STOP_SECONDS_MAX, harder. Nothing committed is ever lost."""
        child = self._child
        if child is not None:
            for order, seconds in (
                (signal.SIGINT, STOP_SECONDS_MAX),
                (signal.SIGQUIT, 5),
                (signal.SIGKILL, 5),
            ):
                if child.poll() is not None:
                    break
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, order)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(seconds)
            self._child = None
        self.keeper.leave()
