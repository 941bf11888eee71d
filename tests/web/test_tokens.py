"""Colours: recomputed from web/css/tokens.css, so that nobody can make a screen unreadable by taste (UT-23)."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "web" / "css"
BLOCK = re.compile(r"([^{}]*)\{([^{}]*)\}")
VALUE = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
RAW_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")
PANELS = ("bg-0", "bg-1", "bg-2", "bg-3")
GLARE_MAX = 15.0  # body text brighter than this on a dark screen makes halos in a dark room
BODY_MIN, TEXT_MIN, EDGE_MIN = 7.0, 4.5, 3.0


def themes() -> dict[str, dict[str, str]]:
    found = {}
    for selector, body in BLOCK.findall((CSS / "tokens.css").read_text(encoding="utf-8")):
        names = dict(VALUE.findall(body))
        if names:
            found[selector.strip().splitlines()[-1].strip()] = names
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_the_standard_one() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_two_copies_of_the_light_theme_are_equal() -> None:
    found = themes()
    assert set(found) == {":root", ':root:not([data-theme="dark"])', ':root[data-theme="light"]'}
    assert found[':root:not([data-theme="dark"])'] == found[':root[data-theme="light"]']
    assert set(found[":root"]) == set(found[':root[data-theme="light"]'])


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="light"]'])
def test_contrast(theme: str) -> None:
    token = themes()[theme]
    weak = []

    def need(text: str, ground: str, least: float) -> None:
        got = contrast(token[text], token[ground])
        if got < least:
            weak.append(f"{text} on {ground}: {got:.2f} < {least}")

    for ground in PANELS:
        need("tx-1", ground, BODY_MIN)
        for text in ("tx-2", "tx-3", "link", "ok-tx", "info-tx", "warn-tx", "crit-tx"):
            need(text, ground, TEXT_MIN)
        for edge in ("line-ctl", "focus", "c1", "c2", "c3", "c4", "c5", "c6"):
            need(edge, ground, EDGE_MIN)
    for text in ("tx-1", "tx-2", "tx-3"):
        need(text, "sel", TEXT_MIN)
    chips = ("p1", "p2", "p3", "p4", "act", "u-sd", "u-dt", "u-jl", "u-tb", "u-bw", "u-kb", "u-ts")
    for chip in chips:
        need(f"{chip}-fg", f"{chip}-bg", TEXT_MIN)
    need("focus", "focus-ring", EDGE_MIN)
    assert weak == []


def test_body_text_does_not_glare_in_the_dark() -> None:
    token = themes()[":root"]
    assert max(contrast(token["tx-1"], token[ground]) for ground in PANELS) <= GLARE_MAX


def test_red_means_critical_and_nothing_else() -> None:
    token = themes()[":root"]
    fills = {name: value for name, value in token.items() if name.endswith("-bg")}
    reds = [
        name
        for name, value in fills.items()
        if int(value[1:3], 16) > 2 * max(int(value[3:5], 16), int(value[5:7], 16))
    ]
    assert reds == ["p1-bg"]
    assert all(contrast(one, other) > 1.0 for one, other in combinations(fills.values(), 2) if one != other)


def test_no_colour_is_written_outside_the_tokens() -> None:
    wrong = [
        f"{file.name}: {line.strip()}"
        for file in sorted(CSS.glob("*.css"))
        if file.name != "tokens.css"
        for line in file.read_text(encoding="utf-8").splitlines()
        if RAW_COLOUR.search(line)
    ]
    assert wrong == []


def test_every_token_used_exists() -> None:
    known = set(themes()[":root"]) | {"sans", "mono", "radius"}
    used = {
        name for file in CSS.glob("*.css") for name in re.findall(r"var\(--([\w-]+)", file.read_text("utf-8"))
    }
    set_by_the_wall = {
        name for name in used if name.startswith("wall-")
    }  # from the size and distance of the screen
    assert used - known - set_by_the_wall == set()
