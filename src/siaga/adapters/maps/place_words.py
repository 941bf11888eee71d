"""Taking apart what a caller says about a place: "depan masjid, jl kartini no 3, RT3/5".

Rule 1: what was said stays as it was said. A part knows where its words stand, so that a name found for it takes
exactly their place; everything else is left alone.
Rule 2: relation words are the city's grammar of places, not names; what follows them is what is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SAID_CHARACTERS_MAX = 1_000  # a pasted link may be this long
READ_CHARACTERS_MAX = 200  # longer is a story; its beginning is taken apart, the rest is kept
PARTS_MAX = 4  # "depan masjid, jl kartini, kelurahan": nobody names more; commas must not cost time


class Relation(StrEnum):
    """How a place lies to what was named."""

    FRONT = "front"
    OPPOSITE = "opposite"
    BESIDE = "beside"
    BEHIND = "behind"
    NEAR = "near"
    BETWEEN = "between"
    JUNCTION = "junction"
    TOWARDS = "towards"
    UNDER = "under"
    END = "end"
    SIDE = "side"  # utara, selatan ... of something


_WORDS: dict[Relation, tuple[str, ...]] = {
    Relation.FRONT: ("depan", "dpn", "hadapan", "depannya"),
    Relation.OPPOSITE: ("seberang", "sebrang", "sbrg", "seberangnya"),
    Relation.BESIDE: ("samping", "smpg", "sebelah", "sblh", "sampingnya", "pinggir"),
    Relation.BEHIND: ("belakang", "blkg", "blkng", "belakangnya"),
    Relation.NEAR: ("dekat", "deket", "dkt", "sekitar", "sekitaran", "daerah", "kawasan", "area", "patokan",
                    "patokannya", "sebelum", "sesudah", "setelah", "lewat"),
    Relation.BETWEEN: ("antara", "di antara", "diantara"),
    Relation.JUNCTION: ("perempatan", "prapatan", "prempatan", "pertigaan", "simpang", "persimpangan", "simpangan",
                        "lampu merah", "bundaran", "bunderan", "simpang tiga", "simpang empat", "simpang lima"),
    Relation.TOWARDS: ("arah", "ke arah", "menuju"),
    Relation.UNDER: ("bawah", "kolong", "jembatan", "flyover", "fly over", "underpass"),
    Relation.END: ("ujung", "pojok", "tikungan", "masuk", "pintu masuk", "mulut"),
    Relation.SIDE: ("utara", "selatan", "timur", "barat"),
}  # fmt: skip
_RELATION_OF = {word: relation for relation, words in _WORDS.items() for word in words}
_ALSO_NAMES = frozenset(
    {Relation.JUNCTION, Relation.UNDER, Relation.SIDE, Relation.END}
)  # "Simpang Lima" is a place
_RELATION = re.compile(rf"(?:di\s+)?({'|'.join(sorted(_RELATION_OF, key=len, reverse=True))})\b[\s.:]*")
_STREET_WORD = r"(?:jl|jln|jaln|jalan|gg|gang)\b\.?\s*"
_STREET = re.compile(rf"{_STREET_WORD}(?=\w)")
_ONLY_STREET_WORD = re.compile(_STREET_WORD)
_RT = re.compile(
    r"\brt\s*[./:]?\s*0*(\d{1,3})(?:(?:\s*[/,.-]\s*|\s*)rw\s*[./:]?\s*0*(\d{1,3})|\s*[/,-]\s*0*(\d{1,3}))?\b"
)
_RW = re.compile(r"\brw\s*[./:]?\s*0*(\d{1,3})(?:(?:\s*[/,.-]\s*|\s*)rt\s*[./:]?\s*0*(\d{1,3}))?\b")
_HOUSE = re.compile(
    r"\b(?:no|nomor|nomer|nmr|blok|blk|kav|kavling|lantai|lt)\b\.?\s*[a-z]{0,2}[\s.-]?\d{1,4}[a-z]?(?:\s*[-/]\s*\d{1,4})?\b"
)
_AREA = re.compile(
    r"(?<!jl )(?<!jln )(?<!jalan )(?<!gg )(?<!gang )(?<!jl. )\b(kel|kelurahan|desa|kec|kecamatan)\b[.:]?\s+"
    r"((?:(?!(?:jl|jln|jalan|gg|gang|rt|rw|no|nomor|kec|kecamatan|kel|kelurahan)\b)[a-z']+\s*){1,3})"
)
_AREA_IS_KECAMATAN = frozenset({"kec", "kecamatan"})
_TOKEN = re.compile(r"[^\s,;()]+|[,;()]")
_BREAKS = frozenset(",;()")
_LEADING = re.compile(
    r"(?:(?:di|dan|itu|yang|pas|persis|tepat|tepatnya|dari|ke|saya|kami|ada|lokasi|lokasinya|alamat|alamatnya|posisi|"
    r"posisinya|sama|wilayah)\b[\s.:]*)+"
)
_TRAILING = re.compile(r"(?:[\s.:]+(?:itu|ya|yah|pak|bu|mas|mbak|nih|sana|situ|dan|di|no|lah|aja|saja))+$")
_TWO = re.compile(r"\s+(?:dan|sama|dengan)\s+|\s*[-/&]\s+|\s+[-/&]\s*")
_GENERIC = frozenset({
    "rumah", "warung", "toko", "kios", "kontrakan", "kosan", "kost", "kos", "sawah", "kebun", "lapangan", "parkiran",
    "jalan", "jl", "jln", "gang", "gg", "teras", "orang", "ruko", "warkop", "kantor", "trotoar", "got",
    "kali", "sungai", "pohon", "tiang", "listrik", "besar", "kecil", "kosong", "raya", "pinggir", "saya", "dia",
    "tetangga", "nya", "rumahnya",
})  # fmt: skip
# Words for things that stand everywhere: alone they name no place.


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that was named. ``start`` and ``end``: where its words stand in what was said.

    ``whole_start``: where it begins with its relation word, because "Simpang Lima" may be the name itself.
    """

    words: str
    start: int
    end: int
    relation: Relation | None = None
    whole_start: int

    def whole(self, said: str) -> str:
        """Its words with the relation word, or nothing when that cannot be part of a name."""
        may_be = self.relation in _ALSO_NAMES and self.whole_start < self.start
        return said[self.whole_start : self.end] if may_be else ""


@dataclass(frozen=True, kw_only=True)
class SpokenPlace:
    """The parts of what was said, the nearest to the caller first."""

    said: str
    parts: tuple[Part, ...] = ()
    rt: str = ""
    rw: str = ""
    kelurahan: str = ""
    kecamatan: str = ""

    @property
    def rt_rw(self) -> str:
        """As the sheet has it, "3/5"; "3" when no RW was said, "-/5" without an RT."""
        if not self.rw:
            return self.rt
        return f"{self.rt or '-'}/{self.rw}"

    def with_name(self, part: Part, name: str, *, whole: bool = False) -> str:
        """What was said, with this name in the place of the part's words. Never longer than needed, never shorter."""
        start = part.whole_start if whole else part.start
        return f"{self.said[:start]}{name}{self.said[part.end :]}"


def tidy(text: str) -> str:
    """What was typed, blanks in a row made one, cut where no place can be that long."""
    return " ".join(text[:SAID_CHARACTERS_MAX].split())


def taken_apart(text: str) -> SpokenPlace:
    """The parts of a spoken place. Never fails; an empty text has no parts."""
    said = tidy(text)
    lower = _lower(said[:READ_CHARACTERS_MAX])
    rt, rw, lower = _neighbourhood(lower)
    lower = _blanked(_HOUSE, lower)
    areas = {"kelurahan": "", "kecamatan": ""}
    for found in list(_AREA.finditer(lower)):
        level = "kecamatan" if found[1] in _AREA_IS_KECAMATAN else "kelurahan"
        areas[level] = areas[level] or found[2].strip()
        lower = f"{lower[: found.start()]}{',' * (found.end() - found.start())}{lower[found.end() :]}"
    named = list(_parts(lower))
    parts = [
        part for part in named if not _is_generic(part.words)
    ] or named  # "Gang Sawah" begins with "sawah"
    return SpokenPlace(said=said, parts=tuple(parts[:PARTS_MAX]), rt=rt, rw=rw, **areas)


def _lower(text: str) -> str:
    """Lower case without changing any letter's place: some letters become two when folded."""
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


def _neighbourhood(lower: str) -> tuple[str, str, str]:
    if found := _RT.search(lower):
        rt, rw = found[1], found[2] or found[3] or ""
    elif found := _RW.search(lower):
        rt, rw = found[2] or "", found[1]
    else:
        return "", "", lower
    blank = "," * (found.end() - found.start())
    rest = f"{lower[: found.start()]}{blank}{lower[found.end() :]}"
    if not rw and (other := _RW.search(rest)):
        rw = other[1]
        rest = f"{rest[: other.start()]}{',' * (other.end() - other.start())}{rest[other.end() :]}"
    return rt, rw, rest


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """The text with every hit made commas: they part names and name nothing."""
    return pattern.sub(lambda found: "," * (found.end() - found.start()), text)


def _parts(lower: str) -> Iterator[Part]:
    """The named things in a text, left to right."""
    start: int | None = None  # where the words of the part begin
    whole_start = end = 0
    relation: Relation | None = None
    pos = 0
    while found := _TOKEN.search(lower, pos):
        at = found.start()
        if found[0] in _BREAKS:
            yield from _closed(lower, start, end, whole_start, relation)
            start, relation, pos = None, None, found.end()
            continue
        if (said := _RELATION.match(lower, at)) and (
            start is None or _parts_here(lower, start, at, said.end())
        ):
            yield from _closed(lower, start, end, whole_start, relation)
            if start is not None or relation is None:
                whole_start = said.start(1)
            relation = _RELATION_OF[said[1]] if relation is None or start is not None else relation
            start, pos = None, max(said.end(), found.end())
            if said.end() >= len(lower):
                yield from _closed(lower, whole_start, len(lower), whole_start, None)
            continue
        if start is not None and _STREET.match(lower, at) and not _STREET.match(lower, start, at):
            yield from _closed(lower, start, end, whole_start, relation)
            start, relation = None, None
        if start is None:
            if (filler := _LEADING.match(lower, at)) and filler.end() > at and filler.end() < len(lower):
                pos = filler.end()
                continue
            start = at
            if relation is None:
                whole_start = at
        end = pos = found.end()
    yield from _closed(lower, start, end, whole_start, relation)


def _parts_here(lower: str, start: int, at: int, end: int) -> bool:
    """Whether a relation word inside a part begins another: not at the end of a name ("Kebon Baru Utara"), nor right
    behind the word for street ("gang belakang pasar")."""
    rest = lower[end:].lstrip()
    return bool(rest) and rest[0] not in _BREAKS and not _ONLY_STREET_WORD.fullmatch(lower, start, at)


def _closed(
    lower: str, start: int | None, end: int, whole_start: int, relation: Relation | None
) -> Iterator[Part]:
    """The part that ends here; two of them for "antara X dan Y" and "perempatan X - Y"."""
    if start is None or end <= start:
        return
    words = _TRAILING.sub("", lower[start:end]).rstrip(" .:")
    if len(words) < 2:
        return
    if relation in (Relation.BETWEEN, Relation.JUNCTION) and (two := _TWO.search(words)):
        first, second = words[: two.start()], words[two.end() :]
        if len(first) > 1 and len(second) > 1:
            yield Part(
                words=first, start=start, end=start + len(first), relation=relation, whole_start=whole_start
            )
            begins = start + two.end()
            yield Part(
                words=second, start=begins, end=begins + len(second), relation=relation, whole_start=begins
            )
            return
    yield Part(words=words, start=start, end=start + len(words), relation=relation, whole_start=whole_start)


def _is_generic(words: str) -> bool:
    return all(word in _GENERIC for word in words.split())
