"""Names of a city, searched while somebody types. In memory: a city has some thousand names.

Spelling is forgiven (old spelling, doubled letters, a slip of the finger, a missing title); nothing is invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from siaga.adapters.maps.place_words import comparable, is_street
from siaga.domain.spelling import as_heard

SCORE_MIN = 60.0  # below this the names only share letters
FUZZY_LETTERS_MIN = 4  # with fewer letters everything resembles everything: only beginnings count
HEARD_WEIGHT = 0.95  # what merely sounds the same ranks behind what is spelt the same
BEGINS_BONUS = 15.0
WORDS_BEGIN_BONUS = 8.0
STREET_BONUS = 4.0  # the caller said "jalan"
LENGTH_WEIGHT = 0.05  # of two equal matches the closer in length

Scores = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Name:
    """One name of the gazetteer. ``index`` is the entry it stands for; ``rank`` decides between equal scores."""

    text: str
    index: int
    street: bool
    rank: int


class Gazetteer:
    """Finds names. Built once, then only read; safe to share between threads."""

    def __init__(self, names: list[Name]) -> None:
        self._names = names
        self._written = [comparable(name.text) for name in names]
        self._heard = [as_heard(written) for written in self._written]
        self._padded = [f" {written}" for written in self._written]
        self._streets = np.array([name.street for name in names], dtype=bool)

    def find(self, text: str, limit: int) -> list[tuple[int, float]]:
        """The best entries for ``text`` as (index, score 0 to about 125), best first, each entry once."""
        typed = comparable(text)
        if not typed or not self._names:
            return []
        scores = self._begins(typed)
        if len(typed) >= FUZZY_LETTERS_MIN:
            scores += self._alike(typed)
        else:
            scores[scores > 0] += SCORE_MIN
        if is_street(text):
            scores[self._streets & (scores > 0)] += STREET_BONUS
        best: dict[int, float] = {}
        order = sorted(
            np.flatnonzero(scores >= SCORE_MIN), key=lambda at: (-scores[at], self._names[at].rank, at)
        )
        for at in order:
            best.setdefault(self._names[at].index, float(scores[at]))
            if len(best) == limit:
                break
        return list(best.items())

    def _begins(self, typed: str) -> Scores:
        """Bonus for names that begin with what was typed, or all of whose words do."""
        words = [f" {word}" for word in typed.split()]
        scores = np.zeros(len(self._names))
        for at, padded in enumerate(self._padded):
            if padded.startswith(typed, 1):
                scores[at] = BEGINS_BONUS
            elif all(word in padded for word in words):
                scores[at] = WORDS_BEGIN_BONUS
        return scores

    def _alike(self, typed: str) -> Scores:
        written = process.cdist([typed], self._written, scorer=fuzz.WRatio)[0]
        heard = process.cdist([as_heard(typed)], self._heard, scorer=fuzz.token_set_ratio)[0]
        length = process.cdist([typed], self._written, scorer=fuzz.ratio)[0]
        scores: Scores = np.maximum(written, heard * HEARD_WEIGHT).astype(np.float64) + LENGTH_WEIGHT * length
        return scores
