"""Callers for `bench link`: real incidents of a real city, and people made up who report them.

When and where the incidents happened and what they were is real (one American city's dispatch log); who calls is not:
a dispatch log has one row an incident. How many call, how late and how exactly they say it are the design's values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

EPOCH = datetime(2025, 12, 23, tzinfo=UTC)  # from here on the log names fire and medical calls as well
BOX = (38.85, 39.1, -92.5, -92.15)  # the city; a few rows lie on the wrong side of the country
KM_PER_DEGREE = 111.195

TYPE_OF = {
    # what the log calls it             the sample city's type
    "Structure Fire": "kebakaran.bangunan",
    "Vehicle Fire": "kebakaran.kendaraan",
    "Outside Fire": "kebakaran.lahan",
    "Smoke": "kebakaran.lain",
    "Fire Alarm": "kebakaran.bangunan",
    "Medical Response": "kesehatan.lain",
    "ollision": "kecelakaan.lalu_lintas",
    "ACCIDENT": "kecelakaan.lalu_lintas",
    "TRAFFIC HAZARD": "bencana.pohon",
    "Electrical Hazard": "bencana.pohon",
    "DISTURBANCE": "kerusuhan.tawuran",
    "SHOTS HEARD": "kerusuhan.massa",
    "FIREWORKS": "kerusuhan.massa",
}
TWICE_MINUTES, TWICE_KM = 15.0, 0.25  # so near each other the rows of two services are of one incident
RECENT_ROWS = 60  # more than happens in TWICE_MINUTES
STORM_TYPE = "bencana.pohon"
STORM_TREES = 120
STORM_DELAY_MINUTES = 60.0  # mean time of a tree's fall after the storm begins
STORM_KM = 4.0  # one standard deviation around the middle of the city
# How many more call about one incident of a family, on average (geometric: most one, some ten).
CALLERS_MORE = {"api": 4.0, "sakit": 0.15, "tabrakan": 1.5, "angin": 0.6, "keributan": 0.5}
DELAY_MINUTES = 6.0
# Standard deviation in km and share of the callers: a phone's own position, a landmark or street, "near the market".
EXACT_KM, STREET_KM, VAGUE_KM = 0.06, 0.5, 1.5
EXACT_SHARE, STREET_SHARE = 0.55, 0.35
WRONG_FAMILY = 0.08
WRONG_TYPE = 0.17  # another type of the same family


@dataclass(frozen=True, slots=True)
class Happened:
    """One incident: minutes since EPOCH, kilometres east and north of the middle."""

    minutes: float
    x: float
    y: float
    type: str


@dataclass(frozen=True, slots=True)
class Caller:
    """One call. ``truth``: the index of what he reports; ``sigma_km``: how exactly he says where."""

    minutes: float
    x: float
    y: float
    sigma_km: float
    type: str
    truth: int

    @property
    def at(self) -> datetime:
        return EPOCH + timedelta(minutes=self.minutes)


def incidents_of(path: Path) -> tuple[list[Happened], list[Happened]]:
    """The log's incidents of the families above, oldest first: each once, and as logged.

    Police and fire brigade each log the accident both drive to. Two rows of different services, near each other in
    time and place, are one incident: whoever takes its callers for the same is right. Rows of one service stay two.
    """
    import pyarrow.parquet as parquet  # type: ignore[import-untyped]  # no stubs; development only

    rows = parquet.read_table(path, columns=["dt", "service", "type", "lat", "lon"]).to_pylist()
    middle = (BOX[0] + BOX[1]) / 2.0, (BOX[2] + BOX[3]) / 2.0
    width = KM_PER_DEGREE * math.cos(math.radians(middle[0]))
    logged = []
    for row in rows:
        kind = _type_of(row)
        if kind is not None:
            minutes = (row["dt"].replace(tzinfo=UTC) - EPOCH).total_seconds() / 60.0
            east, north = (row["lon"] - middle[1]) * width, (row["lat"] - middle[0]) * KM_PER_DEGREE
            logged.append((Happened(minutes, east, north, kind), row["service"]))
    logged.sort(key=lambda one: one[0].minutes)
    kept: list[tuple[Happened, str]] = []
    for one, service in logged:
        if not any(
            other != service and _is_one(one, before) for before, other in reversed(kept[-RECENT_ROWS:])
        ):
            kept.append((one, service))
    return [one for one, _ in kept], [one for one, _ in logged]


def _is_one(one: Happened, other: Happened) -> bool:
    return (
        one.type == other.type
        and abs(one.minutes - other.minutes) <= TWICE_MINUTES
        and math.hypot(one.x - other.x, one.y - other.y) <= TWICE_KM
    )


def _type_of(row: dict[str, Any]) -> str | None:
    lat, lon = row["lat"], row["lon"]
    if lat is None or not (BOX[0] < lat < BOX[1] and BOX[2] < lon < BOX[3]):
        return None
    if row["dt"].replace(tzinfo=UTC) < EPOCH:
        return None
    return next((kind for words, kind in TYPE_OF.items() if words in row["type"]), None)


def storm_days(real: list[Happened], seed: int) -> list[Happened]:
    """Two real days in the middle, and between them a storm that fells STORM_TREES trees in about two hours."""
    luck = np.random.default_rng(seed)
    middle = real[len(real) // 2].minutes
    kept = [one for one in real if abs(one.minutes - middle) < 1440.0]
    x, y = sum(one.x for one in real) / len(real), sum(one.y for one in real) / len(real)
    trees = [
        Happened(middle + luck.exponential(STORM_DELAY_MINUTES), x + luck.normal(0, STORM_KM),
                 y + luck.normal(0, STORM_KM), STORM_TYPE)
        for _ in range(STORM_TREES)
    ]  # fmt: skip
    return sorted([*kept, *trees], key=lambda one: one.minutes)


def callers_of(real: list[Happened], families: dict[str, list[str]], seed: int) -> list[Caller]:
    """Everybody who calls, in the order of calling. ``families``: the types of each family that are said at all."""
    luck = np.random.default_rng(seed)
    calls = [call for index, one in enumerate(real) for call in _about(index, one, families, luck)]
    return sorted(calls, key=lambda call: call.minutes)


def _about(
    index: int, one: Happened, families: dict[str, list[str]], luck: np.random.Generator
) -> Iterator[Caller]:
    family = next(code for code, types in families.items() if one.type in types)
    number = 1 + int(luck.negative_binomial(1, 1.0 / (1.0 + CALLERS_MORE[family])))
    for nth in range(number):
        share = luck.random()
        sigma = (
            EXACT_KM if share < EXACT_SHARE else STREET_KM if share < EXACT_SHARE + STREET_SHARE else VAGUE_KM
        )
        late = 0.0 if nth == 0 else luck.exponential(DELAY_MINUTES)
        yield Caller(
            one.minutes + late, one.x + luck.normal(0, sigma), one.y + luck.normal(0, sigma), sigma,
            _said(one.type, family, families, luck), index,
        )  # fmt: skip


def _said(type: str, family: str, families: dict[str, list[str]], luck: np.random.Generator) -> str:
    share = luck.random()
    if share < WRONG_FAMILY:
        codes = list(families)
        other = families[codes[int(luck.integers(len(codes)))]]
        return other[int(luck.integers(len(other)))]
    near = [code for code in families[family] if code != type]
    if share < WRONG_FAMILY + WRONG_TYPE and near:
        return near[int(luck.integers(len(near)))]
    return type
