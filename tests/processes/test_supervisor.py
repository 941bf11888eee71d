"""A service that dies comes back, and nothing is left behind when the supervisor goes."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from siaga.processes import child as child_module
from siaga.processes.child import Child, Service
from siaga.processes.logs import LOGS_KEPT, shrink

pytestmark = pytest.mark.slow  # real processes, real waiting

PATIENCE_SECONDS = 30.0

SERVICE = """
import asyncio, os, sys
from siaga.processes.pulse import Pulse, leave_when_orphaned

async def work():
    leave_when_orphaned()
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat_forever())
    pulse.ready()
    print("working", os.getpid(), flush=True)
    await asyncio.sleep(600)

asyncio.run(work())
"""

HOUSE = """
import sys
from siaga.processes.child import Service
from siaga.processes.supervisor import Supervisor
from siaga.processes.trouble import Trouble
from siaga.settings import Settings

services = [Service(name, (sys.executable, "-c", open(sys.argv[1]).read(), name)) for name in ("desk", "phone")]
supervisor = Supervisor(Settings.from_env(), services, say=lambda words: print(words.en, flush=True))
try:
    supervisor.run(
        address="http://here",
        prepare=lambda: print("prepared", flush=True),
        when_ready=lambda: print("up", *(child.pid for child in supervisor.children), flush=True),
    )
except Trouble as trouble:
    print(trouble.words.en, flush=True)
    sys.exit(1)
"""


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


class House:
    """A supervisor with two services, run as a program of its own so that it can be killed."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.home = folder / "home"
        self.script = folder / "service.py"
        self.script.write_text(SERVICE)
        self.started: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        environment = {"SIAGA_HOME": str(self.home), "SIAGA_CITY": "/", "PATH": os.environ["PATH"]}
        process = subprocess.Popen(
            [sys.executable, "-c", HOUSE, str(self.script)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def heard(self, process: subprocess.Popen[str], word: str) -> str:
        """The first line it prints that begins with `word`."""
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(word):
                return line.strip()
        raise AssertionError(f"it ended without saying {word!r}")

    def up(self) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
        process = self.start()
        services = [psutil.Process(int(pid)) for pid in self.heard(process, "up").split()[1:]]
        return process, services

    def family(self, process: subprocess.Popen[str]) -> list[psutil.Process]:
        return psutil.Process(process.pid).children(recursive=True)

    def working(self, name: str) -> list[int]:
        """Process numbers this service has had, oldest first."""
        log = self.home / "logs" / f"{name}.log"
        return [int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith("working")]


@pytest.fixture
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="siaga-t-", ignore_cleanup_errors=True) as folder:
        house = House(Path(folder))
        yield house
        for process in house.started:
            if process.poll() is None:
                process.terminate()
            process.communicate()


def gone(processes: list[psutil.Process]) -> bool:
    return all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in processes)


def test_a_killed_service_is_working_again_within_two_seconds(house: House) -> None:
    _, (desk, _) = house.up()
    began = time.monotonic()
    desk.kill()
    until(lambda: len(house.working("desk")) == 2)

    assert time.monotonic() - began < 2
    assert house.working("desk")[0] == desk.pid


def test_a_killed_database_is_working_again_and_the_services_live_on(house: House) -> None:
    process, (desk, phone) = house.up()
    postgres = next(
        one for one in house.family(process) if one.name() == "postgres" and one.ppid() == process.pid
    )
    postgres.kill()
    house.heard(process, "The database stopped")
    until(lambda: "ready" in (house.home / "postgres/data/postmaster.pid").read_text())

    assert desk.is_running()
    assert phone.is_running()


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_stops_everything_within_seconds(house: House, order: signal.Signals) -> None:
    process, _ = house.up()
    family = house.family(process)
    began = time.monotonic()
    process.send_signal(order)

    assert process.wait(PATIENCE_SECONDS) == 0
    assert time.monotonic() - began < 5
    assert gone(family)
    assert "database system is shut down" in (house.home / "logs/postgres.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_killed_supervisor_leaves_no_orphan_and_the_next_one_starts(house: House) -> None:
    process, _ = house.up()
    family = house.family(process)
    process.kill()
    process.wait()

    until(lambda: gone(family))
    house.up()


def test_a_second_one_on_the_same_home_says_who_is_there(house: House) -> None:
    first, _ = house.up()
    second = house.start()

    assert house.heard(second, "Siaga is already running").count(f"process {first.pid}, http://here") == 1
    assert second.wait(PATIENCE_SECONDS) == 1
    assert first.poll() is None


def test_a_service_that_cannot_start_is_quoted_and_everything_stops(house: House) -> None:
    house.script.write_text("raise SystemExit('the city is not described')")
    process = house.start()

    house.heard(process, "The service desk does not start")
    house.heard(process, "the city is not described")
    assert process.wait(PATIENCE_SECONDS) == 1


def _child(folder: Path, code: str) -> Child:
    return Child(Service("one", (sys.executable, "-c", code)), env=dict(os.environ), log=folder / "one.log")


def test_a_stuck_service_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "HUNG_SECONDS_MAX", 3.0)
    one = _child(tmp_path, SERVICE)
    one.start()
    try:
        until(lambda: one.check() is None and one.ready)
        first = one.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        until(lambda: one.check() == "hung")
        until(lambda: one.check() is None and one.pid not in {None, first})
    finally:
        one.ask_to_stop()
        assert one.wait_stopped()


def test_a_service_that_ignores_the_polite_order_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(99)"
    one = Child(
        Service("one", (sys.executable, "-c", deaf), stop_seconds_max=0.3),
        env=dict(os.environ),
        log=tmp_path / "one.log",
    )
    one.start()
    until(lambda: one.last_words() == "1")
    one.ask_to_stop()

    assert one.wait_stopped() is False
    assert one.pid is None


def test_restarts_slow_down_to_two_seconds_and_never_further(tmp_path: Path) -> None:
    one = _child(tmp_path, "raise SystemExit(3)")
    one.start()
    deaths: list[float] = []
    while len(deaths) < 7:
        if one.check() == "died":
            deaths.append(time.monotonic())
        time.sleep(0.01)
    pauses = [after - before for before, after in itertools.pairwise(deaths)]
    one.wait_stopped()

    assert pauses[0] < 1.0
    assert all(2.0 <= pause < 3.5 for pause in pauses[-2:])


def test_a_log_is_emptied_in_place_and_a_few_old_ones_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with open(log, "ab", buffering=0) as writer:
        for number in range(LOGS_KEPT + 2):
            writer.write(f"{number}".encode() * 20)
            shrink(log, bytes_max=10)
        writer.write(b"goes on")

    assert log.read_bytes() == b"goes on"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "web.log",
        "web.log.1",
        "web.log.2",
        "web.log.3",
    ]
    assert (tmp_path / "web.log.1").read_bytes() == b"4" * 20
