"""The bundles: small enough for the phones they are for, free of other people's hosts, tested in their own language."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KIB = 1024
CONSOLE_MAX, AGENCY_MAX, WALL_MAX = (
    350 * KIB,
    40 * KIB,
    60 * KIB,
)  # gzipped JavaScript; an agency is on a phone
MAP_MAX = 480 * KIB  # MapLibre and its worker: fetched after the first picture, only where a map has a ground
MAP_HOSTS = {
    "www.w3.org",
    "maplibre.org",
    "maplibre.invalid",
    "github.com",
    "wiki.openstreetmap.org",
    "www.unicode.org",
}
# What MapLibre names in its messages; tests/browser/test_map.py sees that none of them is asked.
RESERVED = {"F5", "F11", "F12", *(f"Ctrl+{letter}" for letter in "NTWRLF")}


def shortcuts() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((ROOT / "web" / "shortcuts.json").read_text("utf-8"))
    return found


def test_sizes(static: Path) -> None:
    manifest = json.loads((static / "manifest.json").read_text())
    size = {
        name: len(gzip.compress((static / made["js"]).read_bytes()))
        for name, made in manifest["bundles"].items()
    }
    worker = len(gzip.compress((static / manifest["worker"]).read_bytes()))
    assert size["console"] + worker <= CONSOLE_MAX
    assert size["agency"] + worker <= AGENCY_MAX
    assert size["wall"] + worker <= WALL_MAX


def test_the_map_is_small_enough_and_no_screen_waits_for_it(static: Path) -> None:
    manifest = json.loads((static / "manifest.json").read_text())
    files = [static / name for name in manifest["map"].values()]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= MAP_MAX
    for bundle in manifest["bundles"].values():
        assert "maplibregl" not in (static / bundle["js"]).read_text("utf-8")
    for file in files:
        text = file.read_text("utf-8")
        assert set(re.findall(r"https?://([\w.-]+)", text)) <= MAP_HOSTS, file.name
        assert "new Function(" not in text, "the content policy forbids it"
    assert (static / "licences" / "maplibre-gl.txt").stat().st_size > 1000
    assert "BSD-3-Clause" in (static / "licences" / "pmtiles.txt").read_text()


def test_nothing_is_fetched_from_elsewhere(static: Path) -> None:
    apart = set(json.loads((static / "manifest.json").read_text())["map"].values())
    for file in [*static.glob("*.js"), *static.glob("*.css"), *static.glob("*.svg")]:
        if file.name in apart:
            continue
        hosts = set(re.findall(r"https?://([\w.-]+)", file.read_text("utf-8")))
        assert hosts <= {"www.w3.org"}, file.name


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    picked = json.loads((ROOT / "web" / "icons.json").read_text("utf-8"))
    names = {*picked["tabler"], *picked["mdi"]}
    assert len(names) == len(picked["tabler"]) + len(picked["mdi"])
    templates = list((ROOT / "src" / "siaga").rglob("templates/**/*.html"))
    used = {name for file in templates for name in re.findall(r'icon\("([\w-]+)"\)', file.read_text("utf-8"))}
    assert templates
    assert used - names == set()


def test_each_key_has_one_owner_and_none_is_the_browsers() -> None:
    owners: dict[tuple[str, str, str], str] = {}
    for one in shortcuts():
        for screen in one["screens"]:  # type: ignore[attr-defined]
            for key in one["keys"]:  # type: ignore[attr-defined]
                place = (str(screen), str(one.get("scope", "")), str(key))
                assert place not in owners, f"{place}: {owners.get(place)} and {one['id']}"
                owners[place] = str(one["id"])
                assert key not in RESERVED


def test_single_letters_work_only_in_a_list() -> None:
    for one in shortcuts():
        if any(re.fullmatch(r"[A-Z0-9]", key) for key in one["keys"]):  # type: ignore[attr-defined]
            assert str(one.get("scope", "")).startswith(("list", "after ")), one["id"]


def test_every_shortcut_a_template_names_exists() -> None:
    known = {str(one["id"]) for one in shortcuts()}
    for file in (ROOT / "src" / "siaga").rglob("templates/**/*.html"):
        text = file.read_text("utf-8")
        named = set(re.findall(r'(?:ui\.key|aria_keys)\("(\w+)"\)', text)) | set(
            re.findall(r'data-shortcut="(\w+)"', text)
        )
        assert named <= known, file.name


def test_the_lock_names_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert not any("resolved" in package for package in lock["packages"].values())


@pytest.mark.slow
def test_types(node: str) -> None:
    tsc = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [node, str(tsc), "--noEmit", "-p", "web/tsconfig.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_logic(node: str) -> None:
    assert shutil.which(node)
    done = subprocess.run([node, "web/test.mjs"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
