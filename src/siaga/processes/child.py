"""One supervised process: started, heard, found dead or stuck, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from siaga import clock
from siaga.processes.guard import dies_with_parent
from siaga.processes.logs import shrink
from siaga.processes.pulse import HUNG_SECONDS_MAX, PULSE_ENV

RESTART_SECONDS = (0.0, 0.2, 0.5, 1.0, 2.0)
# The first restart is at once; the last is the cap, because a call centre must come back.
HEALTHY_SECONDS = 30.0
# After this long without trouble the next death is again a first one.
LOG_TAIL_CHARACTERS = 1500


@dataclass(frozen=True)
class Service:
    """A line of the caller's table: what to run, and how long it may take to say goodbye."""

    name: str
    command: Sequence[str]
    stop_seconds_max: float = 5.0


class Child:
    """The process of one service, and its successors."""

    def __init__(self, service: Service, *, env: Mapping[str, str], log: Path) -> None:
        self.service = service
        self.log = log
        self.ready = False
        self.deaths = 0
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: int | None = None
        self._started = 0.0
        self._last_beat: float | None = None
        self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process. Must be called from a thread that lives as long as the process."""
        shrink(self.log)
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                list(self.service.command),
                env={**self._env, PULSE_ENV: str(theirs)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs,),
                start_new_session=True,  # Ctrl+C belongs to the supervisor, which stops things in order
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509  one thread, libc loaded before
            )
        os.close(theirs)
        self._close_pipe()
        self._pipe = ours
        self._started = clock.monotonic()
        self._last_beat = None
        self.ready = False

    def check(self) -> str | None:
        """Look once. Returns what happened, `"died"`, `"hung"`, or None; restarts when its waiting time is over."""
        if self._process is None:
            if clock.monotonic() >= self._start_at:
                self.start()
            return None
        self._listen()
        happened = None
        if self._process.poll() is not None:
            happened = "died"
        elif self._last_beat is not None and clock.monotonic() - self._last_beat > HUNG_SECONDS_MAX:
            self._process.kill()
            self._process.wait()
            happened = "hung"
        elif clock.monotonic() - self._started > HEALTHY_SECONDS:
            self.deaths = 0
        if happened:
            pause = RESTART_SECONDS[min(self.deaths, len(RESTART_SECONDS) - 1)]
            self.deaths += 1
            self.ready = False
            self._process = None
            self._start_at = clock.monotonic() + pause
            if pause == 0:
                self.start()
        return happened

    def _listen(self) -> None:
        if self._pipe is None:
            return
        with contextlib.suppress(BlockingIOError):
            while heard := os.read(self._pipe, 4096):
                self.ready = self.ready or b"ready" in heard
                if b"beat" in heard:
                    self._last_beat = clock.monotonic()

    def ask_to_stop(self) -> None:
        """Ask politely. The process may finish what it is doing."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_stopped(self) -> bool:
        """Wait until it has gone, then insist. False when it had to be killed."""
        polite = True
        if self._process is not None:
            try:
                self._process.wait(self.service.stop_seconds_max)
            except subprocess.TimeoutExpired:
                polite = False
                self._process.kill()
                self._process.wait()
        self._process = None
        self._start_at = float("inf")
        self._close_pipe()
        return polite

    def last_words(self) -> str:
        """The end of its log, for the person who has to find out why."""
        with contextlib.suppress(FileNotFoundError):
            return self.log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:].strip()
        return ""

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
