"""Colours: recomputed from web/css/tokens.css, so that nobody can make a screen unreadable by taste (UT-23, UT-24)."""

from __future__ import annotations

import math
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
UNITS = ("u-sd", "u-dt", "u-jl", "u-tb", "u-bw", "u-kb", "u-ts")
UNIT_DIFFERENCE_MIN = 18.0  # colours of this distance are named differently at a glance, on a small chip too
PRIORITY_DIFFERENCE_MIN = 13.0  # each also has a shape of its own
# How eyes see that lack one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1.0), in linear RGB.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip
D65 = (0.95047, 1.0, 1.08883)


def themes() -> dict[str, dict[str, str]]:
    found = {}
    for selector, body in BLOCK.findall((CSS / "tokens.css").read_text(encoding="utf-8")):
        names = dict(VALUE.findall(body))
        if names:
            found[selector.strip().splitlines()[-1].strip()] = names
    return found


def linear_rgb(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    linear = linear_rgb(colour)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, eye: str) -> tuple[float, float, float]:
    """CIE L*a*b* of a colour as this kind of eye sees it."""
    seen = linear_rgb(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, seen, strict=True))))
        for row in EYES[eye]
    )
    xyz = (
        0.4124564 * red + 0.3575761 * green + 0.1804375 * blue,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        0.0193339 * red + 0.1191920 * green + 0.9503041 * blue,
    )
    x, y, z = (
        ratio ** (1 / 3) if ratio > 216 / 24389 else (24389 / 27 * ratio + 16) / 116
        for ratio in (part / white for part, white in zip(xyz, D65, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """CIEDE2000, as published by Sharma, Wu and Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean**7 / (mean**7 + 25**7)))
    c1, c2 = math.hypot((1 + g) * a1, b1), math.hypot((1 + g) * a2, b2)
    h1, h2 = (math.degrees(math.atan2(b, (1 + g) * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    h = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = (
        1 - 0.17 * math.cos(math.radians(h - 30)) + 0.24 * math.cos(math.radians(2 * h))
        + 0.32 * math.cos(math.radians(3 * h + 6)) - 0.20 * math.cos(math.radians(4 * h - 63))
    )  # fmt: skip
    sl = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rt = (
        -2
        * math.sqrt(chroma**7 / (chroma**7 + 25**7))
        * math.sin(math.radians(60 * math.exp(-(((h - 275) / 25) ** 2))))
    )
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return math.sqrt(dl * dl + dc * dc + dh * dh + rt * dc * dh)


def test_the_formula_is_the_standard_one() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ],
)
def test_the_difference_of_colours_is_the_published_one(
    one: tuple[float, float, float], other: tuple[float, float, float], published: float
) -> None:
    assert difference(one, other) == pytest.approx(published, abs=1e-4)
    assert difference(other, one) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", [":root", ':root[data-theme="light"]'])
def test_chips_are_told_apart_by_every_kind_of_eye(theme: str, eye: str) -> None:
    token = themes()[theme]

    def closest(names: tuple[str, ...]) -> float:
        seen = [lab(token[f"{name}-bg"], eye) for name in names]
        return min(difference(one, other) for one, other in combinations(seen, 2))

    assert closest(UNITS) >= UNIT_DIFFERENCE_MIN
    assert closest(("p1", "p2", "p3", "p4")) >= PRIORITY_DIFFERENCE_MIN


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
    for ground in ("map-land", "map-water", "map-green", "map-field", "map-work"):
        need("map-label", ground, TEXT_MIN)
    chips = ("p1", "p2", "p3", "p4", "act", *UNITS)
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


def test_nothing_moves_or_flashes_by_style() -> None:
    """No animation at all, so nothing flashes three times a second; what fades takes at most 150 ms (UT-30)."""
    moving = re.compile(r"@keyframes|(?:animation|transition)\s*:(?!\s*none)")
    assert [file.name for file in sorted(CSS.glob("*.css")) if moving.search(file.read_text("utf-8"))] == []


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
