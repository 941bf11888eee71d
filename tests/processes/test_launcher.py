"""The launcher tells a newcomer what is missing, and does nothing twice."""

from __future__ import annotations

import builtins
import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tests.architecture.source import ROOT

STDLIB_ONLY_PATH = "/usr/bin:/bin"


@pytest.fixture
def launcher(tmp_path: Path) -> ModuleType:
    """The launcher, as it would be in a checkout of its own with two input files."""
    shutil.copy(ROOT / "siaga", tmp_path / "siaga")
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
        (tmp_path / name).write_text(f"{name}\n")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "desk.ts").write_text("one")
    loader = SourceFileLoader("launcher_under_test", str(tmp_path / "siaga"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Steps:
    """Records what the launcher would have run, and pretends that it worked."""

    def __init__(self, launcher: ModuleType) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.launcher = launcher

    def run(self, _indonesian: str, _english: str, *words: str) -> None:
        self.commands.append(words)
        if words[-2:] == ("venv", self.launcher.VENV):
            bin_folder = Path(self.launcher.VENV) / "bin"
            bin_folder.mkdir(parents=True)
            (bin_folder / "python").write_text("")
        if words[-2:] == ("-e", "."):
            built = Path(self.launcher.ROOT) / self.launcher.BUILT
            built.parent.mkdir(parents=True, exist_ok=True)
            built.write_text("")

    def since(self, number: int) -> list[str]:
        """What each command after the first `number` was about: its last word."""
        return [words[-1] for words in self.commands[number:]]


@pytest.fixture
def steps(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Steps:
    recorded = Steps(launcher)
    monkeypatch.setattr(launcher, "run", recorded.run)
    return recorded


def test_a_fresh_clone_gets_everything_once_and_a_second_start_runs_nothing(
    launcher: ModuleType, steps: Steps
) -> None:
    launcher.ready("requirements.lock")
    assert steps.since(0) == [launcher.VENV, "requirements-uv.lock", "requirements.lock", "."]

    launcher.ready("requirements.lock")
    assert len(steps.commands) == 4


def test_tests_add_the_development_tools_and_up_afterwards_removes_nothing(
    launcher: ModuleType, steps: Steps
) -> None:
    launcher.ready("requirements.lock")
    launcher.ready("requirements-dev.lock")
    launcher.ready("requirements.lock")

    assert steps.since(4) == ["requirements-dev.lock"]


def test_a_changed_screen_is_built_again_and_a_changed_lock_is_installed_again(
    launcher: ModuleType, steps: Steps
) -> None:
    launcher.ready("requirements.lock")
    (Path(launcher.ROOT) / "web" / "desk.ts").write_text("two")
    launcher.ready("requirements.lock")
    (Path(launcher.ROOT) / "requirements.lock").write_text("newer")
    launcher.ready("requirements.lock")

    assert steps.since(4) == [".", "requirements.lock"]


def test_screens_that_somebody_deleted_are_built_again(launcher: ModuleType, steps: Steps) -> None:
    launcher.ready("requirements.lock")
    (Path(launcher.ROOT) / launcher.BUILT).unlink()
    launcher.ready("requirements.lock")

    assert steps.since(4) == ["."]


def test_a_virtual_environment_whose_python_is_gone_is_made_again(launcher: ModuleType, steps: Steps) -> None:
    launcher.ready("requirements.lock")
    Path(launcher.PYTHON).unlink()
    launcher.ready("requirements.lock")

    assert steps.since(4) == [launcher.VENV, "requirements-uv.lock", "requirements.lock", "."]


def test_a_step_that_fails_is_not_remembered_as_done(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launcher, "PYTHON", sys.executable)
    with pytest.raises(SystemExit):
        launcher.run("Mencoba", "Trying", sys.executable, "-c", "raise SystemExit('No space left on device')")

    assert "Cakram penuh" in capsys.readouterr().err
    assert launcher.stamp("requirements.lock") == ""


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("error: Failed to fetch: dns error", "internet"),
        ("npm ERR! code ENOTFOUND", "internet"),
        ("OSError: [Errno 28] No space left on device", "Cakram penuh"),
        ("invalid peer certificate: UnknownIssuer", "Sertifikat"),
        ("something else", "keterangannya di atas"),
    ],
)
def test_a_failed_download_is_explained(
    launcher: ModuleType, capsys: pytest.CaptureFixture[str], output: str, words: str
) -> None:
    with pytest.raises(SystemExit):
        launcher.explain(output)

    assert words in capsys.readouterr().err


def test_a_python_without_venv_is_told_what_to_install(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without_ensurepip(name: str, *rest: object, **more: object) -> ModuleType:
        if name == "ensurepip":
            raise ImportError("no module named ensurepip", name="ensurepip")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_ensurepip)
    with pytest.raises(SystemExit):
        launcher.check_machine()

    assert "apt install python3" in capsys.readouterr().err


def test_too_little_disk_is_said_before_anything_begins(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launcher.shutil, "disk_usage", lambda _: SimpleNamespace(free=3 * 2**20))
    with pytest.raises(SystemExit):
        launcher.check_machine()

    assert "3 MB" in capsys.readouterr().err


def test_an_old_python_goes_on_with_a_newer_one_or_says_what_to_install(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []

    def execute(_program: str, words: list[str]) -> None:
        started.append(words)
        raise SystemExit(0)  # a real exec never comes back

    monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(launcher.os, "execv", execute)
    monkeypatch.setattr(
        launcher.shutil, "which", lambda name: f"/opt/{name}" if name == "python3.12" else None
    )
    with pytest.raises(SystemExit):
        launcher.check_python()
    assert started[0][0] == "/opt/python3.12"

    monkeypatch.setattr(launcher.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit):
        launcher.check_python()
    assert "3.9" in capsys.readouterr().err


def test_caches_go_somewhere_writable_when_the_account_has_no_home(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    environment = launcher.environment()

    assert environment["UV_CACHE_DIR"].startswith(launcher.VENV)
    assert "PYTHONPATH" not in environment


def test_it_is_readable_by_very_old_pythons() -> None:
    """So that they can at least say what is missing: no syntax newer than Python 3.6."""
    import ast

    ast.parse((ROOT / "siaga").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.slow
def test_it_works_from_another_folder_with_an_empty_environment(tmp_path: Path) -> None:
    """On this very checkout, which is already set up: the help of the command line appears."""
    if not (ROOT / ".venv" / ".siaga-package").exists():
        pytest.skip("this checkout was not set up by ./siaga")
    shown = subprocess.run(
        [ROOT / "siaga", "--help"],
        cwd=tmp_path,
        env={"PATH": STDLIB_ONLY_PATH, "HOME": os.environ.get("HOME", str(tmp_path))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert shown.returncode == 0, shown.stderr
    assert "doctor" in shown.stdout
