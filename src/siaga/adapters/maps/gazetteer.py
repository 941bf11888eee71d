"""Names of a city, searched while somebody types. In memory: a hundred thousand names of a large regency fit.

Spelling is forgiven (old spelling, doubled letters, slips of the finger, a missing title, a missing word); nothing is
invented. A rough sieve (`NameIndex`) finds some hundred names that share letters; only those are looked at closely.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from siaga.adapters.maps.name_index import NameIndex
from siaga.adapters.maps.spoken_names import TITLES, comparable, heard, is_street, without_titles
from siaga.adapters.maps.word_match import word_by_word
from siaga.domain.place import METRES_PER_DEGREE

SCORE_MIN = 58.0  # below this the names only share letters
SIEVED_MAX = 300  # names of which the whole spelling is compared
CLOSELY_MAX = 60  # of those, names that are compared word by word
SHORT_LETTERS = (
    6  # one slip leaves so short a word hardly a pair of letters: all short names are compared with it
)
SHORT_FOUND_MAX = 40
BEGINNINGS_LETTERS = 3  # up to here she is still beginning to type: what begins so comes first
BEGINS_BONUS = 6.0  # the name begins with what was typed
STREET_BONUS = 5.0  # the caller said "jalan"
SAME_NUMBER = 6.0  # "pramuka 2": the number is half of the name
OTHER_NUMBER = 8.0  # taken off when another number was said, or the name has none
WRITTEN_WEIGHT = 0.05  # of two that sound alike the one that is also spelt alike
NEAR_BONUS = 8.0  # for a name where the caller is said to be; half of it at NEAR_METRES
NEAR_METRES = 1_500.0
NEAR_SIEVE = 0.2  # the same in the sieve, whose scores end at about 1.6

NOWHERE = float("nan")  # nobody knows where it is

Scores = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One name of the gazetteer. ``index`` is the entry it stands for; ``rank`` decides between equal scores.

    ``doubt`` is taken off its score: a name somebody has yet to confirm comes behind one that is sure.
    """

    text: str
    index: int
    street: bool
    rank: int
    lat: float | None = None
    lon: float | None = None
    doubt: float = 0.0


class Gazetteer:
    """Finds names. Built once, then only read; safe to share between threads.

    ``weak``: words that tell little in this city, such as its own name, beside titles everybody leaves out.
    """

    def __init__(self, names: Iterable[Name], weak: frozenset[str] = frozenset()) -> None:
        self._weak = TITLES | weak
        self._written: list[str] = []
        self._heard: list[str] = []
        self._core: list[str] = []
        self._numbers: list[str] = []
        figures = [array("d") for _ in range(6)]  # read without a copy, in which the event loop would wait
        for name in names:
            written = comparable(name.text)
            sounding = heard(written)
            plain = self._weak.isdisjoint(written.split())
            self._written.append(written)
            self._heard.append(sounding)
            self._core.append(sounding.replace(" ", "") if plain else self._core_of(written))
            self._numbers.append(_number(written))
            lat, lon = (NOWHERE if one is None else one for one in (name.lat, name.lon))
            values = (name.index, name.rank, name.street, name.doubt, lat, lon)
            for column, value in zip(figures, values, strict=True):
                column.append(value)
        entries, ranks, streets, self._doubts, self._lats, self._lons = (
            np.frombuffer(column, np.float64) for column in figures
        )
        self._entries, self._ranks, self._streets = (
            entries.astype(np.int64),
            ranks.astype(np.int64),
            streets > 0,
        )
        self._index = NameIndex(self._heard)
        self._short = np.array(
            [at for at, core in enumerate(self._core) if len(core) <= SHORT_LETTERS + 1], np.int64
        )
        self._short_core = [self._core[at] for at in self._short]

    def __len__(self) -> int:
        return len(self._written)

    def find(self, text: str, limit: int, near: tuple[float, float] | None = None) -> list[tuple[int, float]]:
        """The best entries for ``text`` as (index, score 0 to about 125), best first, each entry once.

        ``near``: latitude and longitude in degrees of where the caller is said to be.
        """
        typed = comparable(text)
        if not typed or not self._written:
            return []
        found = self._sieved(typed, near)
        if not len(found):
            return []
        scores = self._alike(typed, found) - self._doubts[found]
        if is_street(text):
            scores += STREET_BONUS * self._streets[found]
        if near is not None:
            scores += NEAR_BONUS * self._closeness(found, *near)
        return self._best(found, scores, limit)

    def around(self, lat: float, lon: float, reach_m: float) -> list[tuple[int, float]]:
        """The entries within ``reach_m`` metres of a point, each once with its distance, in no order."""
        metres = _metres(self._lats, self._lons, lat, lon)
        near: dict[int, float] = {}
        for at in np.flatnonzero(metres <= reach_m):
            near.setdefault(int(self._entries[at]), float(metres[at]))
        return list(near.items())

    def _sieved(self, typed: str, near: tuple[float, float] | None) -> Places:
        def bonus(found: Places) -> Scores:
            return NEAR_SIEVE * self._closeness(found, *near) if near else np.zeros(len(found))

        found = self._index.candidates(heard(typed), SIEVED_MAX, bonus if near else None)
        core = self._core_of(typed)
        if len(core) <= SHORT_LETTERS and len(self._short):
            alike = process.cdist(
                [core], self._short_core, scorer=OSA.normalized_similarity, score_cutoff=0.45
            )[0]
            best = np.argsort(-alike, kind="stable")[:SHORT_FOUND_MAX]
            found = np.union1d(found, self._short[best[alike[best] > 0]])
        return found

    def _best(self, found: Places, scores: Scores, limit: int) -> list[tuple[int, float]]:
        good = [
            (float(score), int(at)) for score, at in zip(scores, found, strict=True) if score >= SCORE_MIN
        ]
        good.sort(key=lambda hit: (-round(hit[0], 3), self._ranks[hit[1]], hit[1]))
        best: dict[int, float] = {}
        for score, at in good:
            best.setdefault(int(self._entries[at]), score)
            if len(best) == limit:
                break
        return list(best.items())

    def _closeness(self, found: Places, lat: float, lon: float) -> Scores:
        """1 for names at this point, a half for those NEAR_METRES away, 0 for those nobody knows where."""
        metres = _metres(self._lats[found], self._lons[found], lat, lon)
        close: Scores = np.nan_to_num(NEAR_METRES / (NEAR_METRES + metres), nan=0.0)
        return close

    def _alike(self, typed: str, found: Places) -> Scores:
        """How alike, 0 to about 115: the whole spelling for all, word by word for the best of them."""
        sounds, core = heard(typed), self._core_of(typed)
        spelt = [self._written[at] for at in found]
        sounding = [self._heard[at] for at in found]
        scores = _similar(core, [self._core[at] for at in found])
        if core != sounds.replace(" ", ""):
            scores = np.maximum(
                scores, _similar(sounds.replace(" ", ""), [one.replace(" ", "") for one in sounding])
            )
        rough = np.maximum(scores, process.cdist([sounds], sounding, scorer=fuzz.token_set_ratio)[0] * 0.95)
        words, number = sounds.split(), _number(typed)
        for at in np.argsort(-rough, kind="stable")[:CLOSELY_MAX]:
            name = sounding[at]
            scores[at] = max(scores[at], word_by_word(words, name.split(), self._weak))
            if name.startswith(sounds) or self._core[found[at]].startswith(core):
                scores[at] += BEGINS_BONUS
            elif len(core) <= BEGINNINGS_LETTERS and f" {sounds}" not in name:
                scores[at] -= 2.0 * BEGINS_BONUS
            if number:
                scores[at] += SAME_NUMBER if self._numbers[found[at]] == number else -OTHER_NUMBER
        letters: Scores = process.cdist([typed], spelt, scorer=fuzz.ratio)[0].astype(np.float64)
        return scores + WRITTEN_WEIGHT * letters

    def _core_of(self, written: str) -> str:
        """What of a name is compared in one piece: no titles, no blanks, as it sounds."""
        if self._weak.isdisjoint(written.split()):
            return heard(written).replace(" ", "")
        return heard(without_titles(written, self._weak)).replace(" ", "")


def _metres(lats: Scores, lons: Scores, lat: float, lon: float) -> Scores:
    """Metres from a point to every name; nan for those nobody knows where."""
    width = float(np.cos(np.radians(lat)))
    metres: Scores = METRES_PER_DEGREE * np.hypot(lats - lat, (lons - lon) * width)
    return metres


def _similar(text: str, others: Sequence[str]) -> Scores:
    """0 to 100: shared letters in order, and slips of the finger (a swap is one slip), half and half."""
    shared = process.cdist([text], others, scorer=fuzz.ratio)[0].astype(np.float64)
    slips = process.cdist([text], others, scorer=OSA.normalized_similarity)[0].astype(np.float64)
    both: Scores = (shared + 100.0 * slips) / 2.0
    return both


def _number(written: str) -> str:
    """The number a name ends with, or nothing."""
    last = written.rpartition(" ")[2]
    return last if last.isdigit() else ""
