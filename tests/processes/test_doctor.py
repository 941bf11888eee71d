"""Seeded faults: the doctor finds each one, says it in plain words and names what to do."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import psutil
import pytest

from siaga.processes import certificate, doctor, machine_checks
from siaga.processes.account import postgres_account
from siaga.processes.database_check import clocks_finding, database, version_finding
from siaga.processes.finding import Finding, Level, fault, fine, warning, worst
from siaga.processes.fsync import FsyncRate, measure
from siaga.processes.guard import Keeper
from siaga.processes.trouble import Words
from siaga.settings import Settings

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder the database's account may enter."""
    with tempfile.TemporaryDirectory(prefix="siaga-t-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


def settings(home: Path, **env: str) -> Settings:
    quiet = {"SIAGA_HTTP_PORT": "0", "SIAGA_HTTPS_PORT": "0", "SIAGA_SIP_PORT": "0"}
    return Settings.from_env({"SIAGA_HOME": str(home), "SIAGA_CITY": "/", **quiet, **env})


def one(findings: list[Finding], check: str) -> Finding:
    (found,) = [finding for finding in findings if finding.check == check]
    return found


def assert_explained(finding: Finding, level: Level, *words: str) -> None:
    """It has the level, says the words, and tells in both languages what to do."""
    assert finding.level == level
    for word in words:
        assert word in finding.what.id + finding.what.en
    assert finding.remedy is not None
    assert finding.remedy.id
    assert finding.remedy.en
    assert finding.what.id != finding.what.en


def taken_port(kind: socket.SocketKind) -> tuple[socket.socket, int]:
    holder = socket.socket(socket.AF_INET, kind)
    holder.bind(("127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        holder.listen()
    return holder, holder.getsockname()[1]


@pytest.mark.parametrize(
    ("check", "variables", "kind"),
    [
        ("port-http", {"SIAGA_HTTP_PORT": "{}", "SIAGA_WEB_HOST": "127.0.0.1"}, socket.SOCK_STREAM),
        ("port-https", {"SIAGA_HTTPS_PORT": "{}", "SIAGA_HTTPS_HOST": "127.0.0.1"}, socket.SOCK_STREAM),
        ("port-sip-tcp", {"SIAGA_SIP_PORT": "{}", "SIAGA_SIP_HOST": "127.0.0.1"}, socket.SOCK_STREAM),
        ("port-sip-udp", {"SIAGA_SIP_PORT": "{}", "SIAGA_SIP_HOST": "127.0.0.1"}, socket.SOCK_DGRAM),
    ],
)
def test_a_taken_port_is_named_with_the_program_that_holds_it(
    home: Path, check: str, variables: dict[str, str], kind: socket.SocketKind
) -> None:
    holder, port = taken_port(kind)
    with holder:
        env = {name: value.format(port) for name, value in variables.items()}
        found = one(list(doctor.ports(settings(home, **env), NOW)), check)

    assert_explained(found, Level.FAULT, f"{port}/", psutil.Process().name(), f"PID {os.getpid()}")
    assert found.remedy is not None
    assert f"kill {os.getpid()}" in found.remedy.id


def test_behind_an_exchange_the_sip_port_is_not_ours_to_want(home: Path) -> None:
    holder, port = taken_port(socket.SOCK_DGRAM)
    with holder:
        chosen = settings(home, SIAGA_SIP_PORT=str(port), SIAGA_PHONE_ENGINE="asterisk", SIAGA_HTTP_PORT="0")
        found = list(doctor.ports(chosen, NOW))

    assert {finding.check for finding in found} == {"port-http", "port-https"}


def test_our_own_ports_are_no_fault_while_siaga_runs(home: Path) -> None:
    holder, port = taken_port(socket.SOCK_STREAM)
    home.mkdir()
    keeper = Keeper(home / "up.lock")
    keeper.take()
    with holder:
        found = list(doctor.ports(settings(home, SIAGA_HTTP_PORT=str(port)), NOW))
    keeper.leave()

    assert worst(found) == Level.OK


def test_an_address_that_is_not_ours_cannot_be_listened_on(home: Path) -> None:
    elsewhere = settings(home, SIAGA_HTTP_PORT="8112", SIAGA_WEB_HOST="203.0.113.7")

    assert_explained(one(list(doctor.ports(elsewhere, NOW)), "port-http"), Level.FAULT, "203.0.113.7")


def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100 * 2**20))
    assert_explained(machine_checks.disk(settings(home)), Level.FAULT, "100 MB")

    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=2000 * 2**20))
    assert_explained(machine_checks.disk(settings(home)), Level.WARNING, "2000 MB")


def test_too_little_memory(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=100 * 2**20))

    assert_explained(machine_checks.memory(settings(home)), Level.FAULT, "100 MB")


def test_a_python_that_is_too_old(home: Path) -> None:
    assert_explained(machine_checks.python(settings(home), (3, 10, 4)), Level.FAULT, "3.10.4")


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_text("")

    assert_explained(machine_checks.home(settings(not_a_folder)), Level.FAULT, str(not_a_folder))


def test_a_slow_disk_and_a_disk_that_lies(home: Path) -> None:
    slow = machine_checks.disk_speed(settings(home), FsyncRate(per_second=120, p50_ms=4, p99_ms=30))
    lying = machine_checks.disk_speed(settings(home), FsyncRate(per_second=90_000, p50_ms=0.01, p99_ms=0.02))

    assert_explained(slow, Level.WARNING, "lambat", "p99 30.00 ms")
    assert_explained(lying, Level.WARNING, "impossibly fast")


def test_the_disk_is_really_measured_and_nothing_is_left_behind(tmp_path: Path) -> None:
    rate = measure(tmp_path, seconds_max=0.2)

    assert rate.per_second > 1
    assert 0 < rate.p50_ms <= rate.p99_ms
    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_lost_its_battery_and_one_that_nobody_keeps(home: Path) -> None:
    lost = machine_checks.clock_set(settings(home), datetime(1970, 1, 1, tzinfo=UTC))
    loose = machine_checks.clock_set(settings(home), NOW, disciplined=False)
    kept = machine_checks.clock_set(settings(home), NOW, disciplined=True)

    assert_explained(lost, Level.FAULT, "1970-01-01")
    assert_explained(loose, Level.WARNING, "03:00:00")
    assert kept.level == Level.OK


def test_a_machine_without_time_zones(home: Path) -> None:
    assert_explained(machine_checks.time_zone(settings(home), 0), Level.FAULT, "zona waktu")


def test_a_terminal_that_cannot_print_our_letters(home: Path) -> None:
    assert_explained(machine_checks.terminal(settings(home), "ANSI_X3.4-1968"), Level.WARNING)


def test_too_few_open_files(home: Path) -> None:
    assert_explained(machine_checks.open_files(settings(home), 256), Level.WARNING, "256")


def test_too_few_ports_for_voices(home: Path) -> None:
    narrow = settings(home, SIAGA_RTP_PORT_FIRST="20000", SIAGA_RTP_PORT_LAST="20019")

    assert_explained(one(list(doctor.voice_ports(narrow, NOW)), "voice-ports"), Level.WARNING, "20000-20019")


def test_an_account_that_does_not_exist(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root chooses another account for the database")
    found = machine_checks.account(settings(home, SIAGA_POSTGRES_USER="nobody-of-that-name"))

    assert_explained(found, Level.FAULT, "nobody-of-that-name")


def test_a_home_that_the_database_account_cannot_enter(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the database as another account")
    tmp_path.chmod(0o700)
    found = machine_checks.account(settings(tmp_path / "a" / "home"))

    assert_explained(found, Level.FAULT, postgres_account().name, str(tmp_path))


def test_database_programs_that_are_not_there(home: Path) -> None:
    found = machine_checks.postgres_programs(settings(home, SIAGA_POSTGRES_BINARIES="/nowhere"))

    assert_explained(found, Level.FAULT, "/nowhere")


def test_screens_and_prompts_that_were_not_built(home: Path, tmp_path: Path) -> None:
    found = list(doctor.assets(settings(home), NOW, package=tmp_path))

    assert_explained(one(found, "screens"), Level.FAULT)
    assert_explained(one(found, "prompts"), Level.FAULT)


def test_a_certificate_that_has_ended_ends_soon_or_cannot_be_read(home: Path) -> None:
    office = settings(home, SIAGA_HTTPS_PORT="8443")
    certificate.ensure(office.certificate, office.certificate_key, now=NOW, hosts=["localhost"])
    life = timedelta(days=certificate.VALID_DAYS)

    def at(now: datetime) -> Finding:
        return one(list(doctor.tls(office, now)), "certificate")

    assert at(NOW).level == Level.OK
    assert_explained(at(NOW + life - timedelta(days=3)), Level.WARNING, "2029-")
    assert_explained(at(NOW + life + timedelta(days=1)), Level.FAULT, "2029-")
    office.certificate.write_text("not a certificate")
    assert_explained(at(NOW), Level.FAULT, "tidak terbaca")


def test_without_https_the_microphone_is_explained(home: Path) -> None:
    assert_explained(
        one(list(doctor.microphone(settings(home), NOW)), "microphone"), Level.WARNING, "mikrofon"
    )
    with_https = one(list(doctor.microphone(settings(home, SIAGA_HTTPS_PORT="8443"), NOW)), "microphone")
    assert with_https.level == Level.OK
    assert "https://" in with_https.what.en
    assert "localhost" in with_https.what.en


async def _nothing_to_add(_connection: asyncpg.Connection) -> Finding:
    return fine("migrations", "Baik.", "Well.")


def test_a_database_that_cannot_be_reached(home: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://siaga:x@127.0.0.1:{closed.getsockname()[1]}/siaga"
        found = database(settings(home, DATABASE_URL=url), _nothing_to_add)

    assert_explained(one(found, "database"), Level.FAULT, "127.0.0.1")


def test_a_database_with_the_wrong_name(home: Path, postgres_dsn: str) -> None:
    wrong = postgres_dsn.replace("/siaga_test", "/no_such_test")
    found = database(settings(home, DATABASE_URL=wrong), _nothing_to_add)

    assert_explained(one(found, "database"), Level.FAULT, "no_such_test")


def test_a_database_that_answers(home: Path, postgres_dsn: str) -> None:
    found = database(settings(home, DATABASE_URL=postgres_dsn), _nothing_to_add)

    assert [finding.check for finding in found] == ["database", "clocks", "migrations"]
    assert worst(found) == Level.OK


def test_an_old_database_and_one_whose_clock_is_off() -> None:
    assert_explained(version_finding(14), Level.FAULT, "14")
    assert_explained(clocks_finding(-90.0), Level.FAULT, "-90")
    assert version_finding(15).level == Level.OK
    assert clocks_finding(0.4).level == Level.OK


def test_an_embedded_database_that_does_not_start(home: Path) -> None:
    broken = settings(home, SIAGA_POSTGRES_BINARIES="/nowhere")
    (home / "postgres" / "data").mkdir(parents=True)
    (home / "postgres" / "data" / "PG_VERSION").write_text("18\n")
    found = database(broken, _nothing_to_add)

    assert_explained(one(found, "database"), Level.FAULT, "/nowhere")


def test_the_exit_code_is_the_worst_of_all() -> None:
    well = fine("a", "baik", "well")
    careful = warning("b", Words("awas", "careful"), Words("x", "y"))
    broken = fault("c", Words("salah", "wrong"), Words("x", "y"))

    assert [int(worst(found)) for found in ([], [well], [well, careful], [broken, careful])] == [0, 0, 1, 2]


def test_everything_is_looked_at_and_more_checks_can_be_added(home: Path) -> None:
    extra: Callable[[Settings, datetime], list[Finding]] = lambda _settings, _now: [fine("extra", "a", "b")]  # noqa: E731
    checks = [finding.check for finding in doctor.examine(settings(home), NOW, more=(extra,))]

    assert len(set(checks)) == len(checks) >= 15
    assert checks[-1] == "extra"
