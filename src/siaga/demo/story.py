"""The demonstration's story: who calls when, from where, and says what. The same seed tells the same story."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from pathlib import Path

from siaga.domain.city import City, Kelurahan

PHRASES = Path(__file__).with_name("phrases.toml")
PANIC_SHARE = 0.12  # of what are incidents: enough to see one within the first minutes
NUMBER_PREFIX = (
    "0899000"  # a block no operator uses for subscribers in the city; and every call is marked CONTOH
)
JITTER_DEGREES = 0.004  # about 450 m around a kelurahan's centre
FIRST_SECOND = 2.0  # the city comes to life at once
CLIP_PREFIX = "demo_"


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """One thing people say. ``typed`` is empty for what is not an incident."""

    clip: str
    say: str
    typed: str
    disposition: str | None
    weight: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call or press. ``at`` in seconds from the beginning; ``talk`` is how long the taker needs."""

    at: float
    is_panic: bool
    phrase: Phrase
    number: str
    kelurahan: Kelurahan
    lat: float
    lon: float
    talk: float


def phrases() -> tuple[Phrase, ...]:
    """Everything people say in the demonstration."""
    with PHRASES.open("rb") as file:
        table = tomllib.load(file)
    return tuple(
        Phrase(
            clip=clip,
            say=entry["say"],
            typed=entry.get("typed", ""),
            disposition=entry.get("disposition"),
            weight=entry["weight"],
        )
        for clip, entry in table.items()
    )


def story(city: City, *, seed: int, minutes: float, per_minute: float) -> tuple[Scene, ...]:
    """The scenes of one compressed day, in order. Callers come by chance, as callers do (a Poisson stream)."""
    luck = random.Random(seed)  # noqa: S311 - a story, not a secret
    known = phrases()
    scenes: list[Scene] = []
    at = FIRST_SECOND
    while at < minutes * 60:
        phrase = luck.choices(known, [one.weight for one in known])[0]
        if not scenes:  # a newcomer should see help being sent before a prank
            phrase = next(one for one in known if one.typed)
        kelurahan = luck.choice(city.kelurahan)
        scenes.append(
            Scene(
                at=at,
                is_panic=bool(phrase.typed) and luck.random() < PANIC_SHARE,
                phrase=phrase,
                number=f"{NUMBER_PREFIX}{luck.randrange(100_000):05d}",
                kelurahan=kelurahan,
                lat=kelurahan.lat + luck.uniform(-JITTER_DEGREES, JITTER_DEGREES),
                lon=kelurahan.lon + luck.uniform(-JITTER_DEGREES, JITTER_DEGREES),
                talk=luck.uniform(8, 20) if phrase.typed else luck.uniform(3, 8),
            )
        )
        at += luck.expovariate(per_minute / 60)
    return tuple(scenes)
