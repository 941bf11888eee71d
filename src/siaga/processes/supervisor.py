"""Runs one installation on one machine: the database and the services, in order, until somebody says stop.

Rule 1: a service that dies or hangs is started again, at once the first time, within 2 s however often.
Rule 2: whatever kills us, nothing of ours stays behind (the kernel tells the children).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from siaga import clock
from siaga.processes.child import Child, Service
from siaga.processes.database import embedded
from siaga.processes.guard import Keeper
from siaga.processes.home import make_home
from siaga.processes.logs import shrink
from siaga.processes.trouble import Trouble, Words
from siaga.settings import Settings

LOOK_SECONDS = 0.5
# Deaths wake us at once (SIGCHLD); this is for stuck children and for those waiting to be started again.
READY_SECONDS_MAX = 60.0
EARLY_DEATHS_MAX = 4
# A service that never once came up is a fault of the installation; trying for ever would only hide it.
SHRINK_SECONDS = 60.0
DATABASE_WAIT_SECONDS_MAX = 30.0

Say = Callable[[Words], None]


class Supervisor:
    """Everything `siaga up` keeps alive. Use it once, from the main thread."""

    def __init__(self, settings: Settings, services: Sequence[Service], *, say: Say) -> None:
        """`services` are started in this order and stopped in the opposite one. `say` speaks to the person."""
        self.settings = settings
        self.postgres = None if settings.database_url else embedded(settings)
        self._say = say
        self._stop_asked = False
        self._database_down = False
        self._keeper = Keeper(settings.home / "up.lock")
        env = {**os.environ, **settings.as_env(), "PYTHONUNBUFFERED": "1"}
        self.children = [
            Child(service, env=env, log=settings.logs / f"{service.name}.log") for service in services
        ]

    def run(self, *, address: str, prepare: Callable[[], None], when_ready: Callable[[], None]) -> None:
        """Start the database, call `prepare()`, start the services, call `when_ready()`, and watch until told
        to stop (SIGINT, SIGTERM). Raises Trouble when something cannot be started; everything is stopped then.
        """
        self._take_home(address)
        with self._woken() as wake:
            try:
                self._start_database()
                if not self._stopping():
                    prepare()
                if not self._stopping():
                    self._start_services(wake)
                if not self._stopping():
                    when_ready()
                self._watch(wake)
            finally:
                self._stop_everything()
                self._keeper.leave()

    def _take_home(self, address: str) -> None:
        make_home(self.settings.home, inside=(self.settings.logs,))
        if not self._keeper.take():
            facts = {"pid": "?", "address": "?"}
            with contextlib.suppress(ValueError):
                facts |= json.loads(self._keeper.read())
            pid, where = facts["pid"], facts["address"]
            raise Trouble(
                Words(
                    f"Siaga sudah berjalan dengan folder data ini (proses {pid}, {where}). "
                    f"Hentikan dulu dengan: kill {pid}, atau pilih folder lain dengan SIAGA_HOME.",
                    f"Siaga is already running with this data folder (process {pid}, {where}). "
                    f"Stop it first with: kill {pid}, or choose another folder with SIAGA_HOME.",
                )
            )
        self._keeper.write(json.dumps({"pid": os.getpid(), "address": address}))

    def _start_database(self) -> None:
        if self.postgres is None:
            return
        deadline = clock.monotonic() + DATABASE_WAIT_SECONDS_MAX
        told = False
        while not self.postgres.keeper.take():
            if clock.monotonic() > deadline or self._stopping():
                break
            if not told:
                self._say(
                    Words(
                        "Menunggu perintah Siaga lain yang sedang memakai basis data ...",
                        "Waiting for another Siaga command that is using the database ...",
                    )
                )
                told = True
            select.select([], [], [], 0.2)
        self.postgres.start()

    def _start_services(self, wake: socket.socket) -> None:
        """Start all, then wait until each says it is ready. Raises Trouble with the last words of one that is not."""
        for child in self.children:
            child.start()
        deadline = clock.monotonic() + READY_SECONDS_MAX
        while not self._stopping() and not all(child.ready for child in self.children):
            self._sleep(wake, 0.05)
            for child in self.children:
                child.check()
                if child.deaths > EARLY_DEATHS_MAX or (clock.monotonic() > deadline and not child.ready):
                    raise self._not_started(child)

    def _not_started(self, child: Child) -> Trouble:
        name, log, words = child.service.name, child.log, child.last_words()
        return Trouble(
            Words(
                f"Layanan {name} tidak mau berjalan. Baris terakhir {log}:\n{words}",
                f"The service {name} does not start. Last lines of {log}:\n{words}",
            )
        )

    def _watch(self, wake: socket.socket) -> None:
        shrink_at = clock.monotonic() + SHRINK_SECONDS
        while not self._stopping():
            self._look()
            if clock.monotonic() > shrink_at:
                shrink_at = clock.monotonic() + SHRINK_SECONDS
                for log in self.settings.logs.glob("*.log"):
                    shrink(log)
            self._sleep(wake, LOOK_SECONDS)

    def _look(self) -> None:
        """See to the database first: without it no service can come up."""
        if self.postgres is not None and self.postgres.pid is None:
            if not self._database_down:
                self._say(
                    Words("Basis data berhenti; dijalankan lagi.", "The database stopped; starting it again.")
                )
            try:
                self.postgres.start()
                self._database_down = False
            except Trouble as trouble:
                if not self._database_down:  # said once; tried again and again
                    self._say(trouble.words)
                self._database_down = True
        for child in self.children:
            happened = child.check()
            if happened:
                name, log = child.service.name, child.log
                self._say(
                    Words(
                        f"Layanan {name} {'berhenti' if happened == 'died' else 'macet'}; dijalankan lagi. "
                        f"Sebabnya di {log}",
                        f"The service {name} {'stopped' if happened == 'died' else 'was stuck'}; starting it "
                        f"again. The reason is in {log}",
                    )
                )

    def _stop_everything(self) -> None:
        for child in reversed(self.children):
            child.ask_to_stop()
            child.wait_stopped()
        if self.postgres is not None:
            self.postgres.stop()

    @contextlib.contextmanager
    def _woken(self) -> Iterator[socket.socket]:
        """Signals end a sleep at once, and SIGINT and SIGTERM ask us to stop."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        wanted = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup siaga up` outlives its terminal
            wanted.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in wanted}
        previous = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield ours
        finally:
            signal.set_wakeup_fd(previous)
            for number, handler in before.items():
                signal.signal(number, handler)
            ours.close()
            theirs.close()

    def _stopping(self) -> bool:
        return self._stop_asked

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._stop_asked = True

    @staticmethod
    def _sleep(wake: socket.socket, seconds: float) -> None:
        """Sleep until a signal comes or the time is over."""
        if select.select([wake], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                while wake.recv(4096):
                    pass
