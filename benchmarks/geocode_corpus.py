"""Names for the geocoding benchmark, and what callers make of them. Everything is drawn from a seed.

Real names: streets of two Indonesian cities, from ../shared/data/geo. The other entries of the 84,000 are the names of
the country's desa and kelurahan, and streets and alleys made up of words that Indonesian streets are called by.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARED_GEO = Path(__file__).resolve().parents[2] / "shared" / "data" / "geo"
STREETS = SHARED_GEO / "cirebon_poi" / "streets_cirebon.txt"
OSM = SHARED_GEO / "balikpapan_osm" / "balikpapan_kota.osm.pbf"
VILLAGES = SHARED_GEO / "desa_indonesia_simplified" / "desa.geojsonl.gz"
NEEDED = (STREETS, OSM, VILLAGES)

KINDS = ("abbreviation", "one_typo", "two_typos", "old_spelling", "partial", "noisy")
_NEARBY_KEYS = {
    "a": "qsz", "s": "adw", "d": "sfe", "f": "dgr", "g": "fht", "h": "gjy", "j": "hku", "k": "jli", "l": "ko",
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "o", "z": "xa", "x": "zcs", "c": "xvd", "v": "cbf", "b": "vng", "n": "bmh", "m": "n",
}  # fmt: skip
_OLD_LETTERS = (
    ("u", "oe"),
    ("c", "tj"),
    ("j", "dj"),
    ("y", "j"),
    ("k", "kh"),
    ("f", "v"),
    ("s", "sy"),
    ("i", "ie"),
)
_NOISE = (" no 12", " rt 03 rw 05", " dekat warung", "", " nomor 4 rt 2/7")
_FIRST = (
    "Melati", "Mawar", "Kenanga", "Flamboyan", "Cendana", "Merpati", "Elang", "Garuda", "Pahlawan", "Merdeka", "Sultan",
    "Pangeran", "Kyai", "Haji", "Mayor", "Letnan", "Kapten", "Nyi", "Ki", "Raden", "Sunan", "Gajah", "Maja", "Surya",
    "Candra", "Bima", "Arjuna", "Srikandi", "Nusa", "Tirta", "Wana", "Giri", "Buana", "Cempaka", "Anggrek", "Kamboja",
)  # fmt: skip
_SECOND = (
    "Indah", "Jaya", "Sari", "Mulya", "Makmur", "Sentosa", "Abadi", "Baru", "Lama", "Raya", "Dalam", "Utara", "Selatan",
    "Timur", "Barat", "Tengah", "Permai", "Asri", "Lestari", "Kencana", "Mukti", "Rahayu", "Wangi", "Agung", "Wetan",
    "Kulon", "Lor", "Kidul", "Wijaya", "Kusuma", "Negara", "Pura", "Santoso", "Hidayat", "Rahman", "Setiawan",
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """Somebody typed ``text`` and meant the street ``name``."""

    kind: str
    text: str
    name: str


def missing() -> list[str]:
    """What of ../shared is not here."""
    return [str(path.relative_to(SHARED_GEO.parents[2])) for path in NEEDED if not path.is_file()]


def real_streets() -> list[str]:
    """The real street names, sorted."""
    import osmium

    names = {line.strip() for line in STREETS.read_text("utf-8").splitlines() if line.strip()}
    for way in osmium.FileProcessor(str(OSM)).with_filter(osmium.filter.KeyFilter("highway")):
        name = way.tags.get("name")
        if name and not name.startswith("["):
            names.add(name)
    return sorted(names)


def villages() -> list[tuple[str, float, float]]:
    """All desa and kelurahan of the country: name, latitude and longitude of a point of the outline."""
    found = []
    with gzip.open(VILLAGES, "rt", encoding="utf-8") as file:
        for line in file:
            feature = json.loads(line)
            shape = feature["geometry"]
            at = shape["geometries"][0]["coordinates"] if "geometries" in shape else shape["coordinates"]
            while isinstance(at[0], list):
                at = at[0]
            found.append((feature["properties"]["nama"], at[1], at[0]))
    return found


def made_up_streets(amount: int, luck: random.Random) -> Iterator[str]:
    """Streets and alleys that no city has but any might."""
    for _ in range(amount):
        number = luck.choice(("", "", "", " I", " II", " III", " IV", " 1", " 2", " 3"))
        yield f"{luck.choice(('Jalan', 'Jalan', 'Gang'))} {luck.choice(_FIRST)} {luck.choice(_SECOND)}{number}"


def queries(names: list[str], seed: int) -> list[Query]:
    """Five or six distorted ways of typing each name."""
    luck = random.Random(seed)
    return [query for name in names for query in _distorted(name, luck)]


def _distorted(name: str, luck: random.Random) -> Iterator[Query]:
    body = re.sub(r"^(Jalan|Gang|Jl\.?)\s+", "", name)
    words = body.split()
    yield Query("abbreviation", luck.choice(("jl. ", "jln ", "Jl ", "")) + body, name)
    yield Query("one_typo", luck.choice(("jl ", "jalan ", "")) + _mistyped(body, 1, luck), name)
    yield Query("two_typos", luck.choice(("jl ", "jalan ", "")) + _mistyped(body, 2, luck), name)
    yield Query("old_spelling", luck.choice(("jl ", "")) + _as_of_old(body, luck), name)
    if len(words) > 1:
        part = words[:-1] if luck.random() < 0.4 else words[1:]
        yield Query("partial", luck.choice(("jl ", "")) + " ".join(part), name)
    before = luck.choice(("di ", "depan jl ", "sekitar "))
    yield Query("noisy", before + _mistyped(body, 1, luck) + luck.choice(_NOISE), name)


def _mistyped(text: str, slips: int, luck: random.Random) -> str:
    letters = list(text)
    for _ in range(slips):
        places = [at for at, letter in enumerate(letters) if letter.isalpha()]
        if len(places) < 3:
            break
        at = luck.choice(places)
        match luck.randrange(4):
            case 0:
                letters[at] = luck.choice(_NEARBY_KEYS.get(letters[at].lower(), "a"))
            case 1:
                letters.pop(at)
            case 2:
                letters.insert(at, luck.choice("aiueon"))
            case _ if at + 1 < len(letters):
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _as_of_old(text: str, luck: random.Random) -> str:
    text = text.lower()
    for new, old in luck.sample(_OLD_LETTERS, 2):
        text = text.replace(new, old, 1)
    return text
