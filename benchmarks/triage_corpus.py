"""Texts to find the type of: invented Indonesian ones from the city's words, and real places from real dispatches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from siaga.domain.city import City
from siaga.domain.incident_type import IncidentType
from siaga.features.incidents.types.training import Label

BEFORE = (
    "", "", "tolong pak", "ada", "bu ini ada", "lapor pak", "mohon bantuan", "cepat pak", "halo", "di sini ada", "pak",
)  # fmt: skip
AFTER = (
    "", "", "", "di depan masjid", "dekat pasar", "sejak tadi", "banyak orang", "di rt 3", "di gang sempit", "sekarang",
    "tetangga saya", "belum ada yang datang", "tolong segera", "di jalan raya", "anak kecil", "malam ini",
)  # fmt: skip
SHARED = (
    "rumah", "warga", "motor", "mobil", "orang", "anak", "jalan", "api", "air", "luka", "ribut", "bapak", "ibu",
)  # fmt: skip
# Words people say about anything, which a keyword list hears as one type and not another.
TYPO_SHARE, DROP_SHARE, PHRASES_MAX, WRONG_SHARE = 0.10, 0.12, 2, 0.04
# A slip in one word of ten, a word left out in one of eight, and one label in twenty-five simply wrong: takers err.
LOST_SHARE = 0.5  # of the words of a real type
SEED = 112
SKEW = 0.9  # as in every register: a few types are most of the calls


def spoken_texts(city: City, amount: int) -> Iterator[tuple[Label, str]]:
    """So many invented texts, types as uneven as in a register: each as it was labelled, and the type it meant."""
    random = np.random.default_rng(SEED)
    types = [kind for kind in city.types if not kind.protected and len(_said(kind)) > 1]
    order = random.permutation(len(types))
    shares = 1.0 / np.arange(1, len(types) + 1) ** SKEW
    shares /= shares.sum()
    for _ in range(amount):
        kind = types[order[random.choice(len(types), p=shares)]]
        label = types[random.integers(len(types))] if random.random() < WRONG_SHARE else kind
        yield Label(_text(kind, random), label.code), kind.code


def _said(kind: IncidentType) -> list[str]:
    return [kind.name, *kind.synonyms, *(word.text for word in kind.local_words)]


def _text(kind: IncidentType, random: np.random.Generator) -> str:
    phrases = random.permutation(_said(kind))[: 1 + random.integers(PHRASES_MAX)].tolist()
    words = " ".join(
        [str(random.choice(BEFORE)), *phrases, str(random.choice(SHARED)), str(random.choice(AFTER))]
    )
    kept = [_slipped(word, random) for word in words.lower().split() if random.random() > DROP_SHARE]
    return " ".join(kept) or words


def _slipped(word: str, random: np.random.Generator) -> str:
    """One letter missing, doubled or swapped, sometimes."""
    if len(word) < 4 or random.random() > TYPO_SHARE:
        return word
    at = int(random.integers(1, len(word) - 1))
    match int(random.integers(3)):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case _:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def real_places(folder: Path, amount: int) -> list[Label]:
    """Real dispatches of Montgomery County: where, in words, and whether traffic, medical or fire; [] without them."""
    return [Label(f"{row['addr']} {row['twp']}", row["category"]) for row in _rows(folder, amount)]


def real_types_cut_short(folder: Path, amount: int) -> list[Label]:
    """The same dispatches: half of the words of their type lost among the words of the place; the type is asked."""
    random = np.random.default_rng(SEED + 1)
    labels = []
    for row in _rows(folder, amount):
        words = re.findall(r"[A-Z]+", row["type"].upper())
        kept = [word for word in words if random.random() > LOST_SHARE]
        labels.append(Label(" ".join([*kept, row["addr"]]), row["type"]))
    return labels


def _rows(folder: Path, amount: int) -> list[dict[str, str]]:
    path = folder / "montgomery-pa-911" / "calls.parquet"
    if not path.is_file():
        return []
    from pyarrow import parquet

    table = parquet.read_table(path, columns=["addr", "twp", "category", "type"]).to_pylist()
    chosen = np.random.default_rng(SEED).permutation(len(table))[:amount].tolist()
    return [
        table[at] for at in chosen if all(table[at][name] for name in ("addr", "twp", "category", "type"))
    ]
