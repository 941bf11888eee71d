"""What is committed names no machine and no package host, and the lock files agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
TEXT_BYTES_MAX = 2_000_000
HOSTS = re.compile("|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs")))
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|work)/")


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and file.stat().st_size < TEXT_BYTES_MAX]


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text(encoding="utf-8")))


def test_no_committed_file_names_a_package_host_or_a_path_of_somebodys_machine() -> None:
    found = []
    for file in committed():
        text = file.read_text(encoding="utf-8", errors="ignore")
        for pattern in (HOSTS, MACHINE_PATHS):
            found += [f"{file.relative_to(ROOT)}: {hit.group()}" for hit in pattern.finditer(text)]

    assert found == []


def test_the_development_lock_holds_everything_of_the_other_one() -> None:
    product, development = pins("requirements.lock"), pins("requirements-dev.lock")

    assert len(product) > 20
    assert {name: development.get(name) for name in product} == product


def test_every_dependency_is_locked_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[><=\[]", line)[0].lower() for line in project["project"]["dependencies"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert wanted <= set(pins("requirements.lock"))
    assert lock.count("--hash=sha256:") > len(pins("requirements.lock"))
