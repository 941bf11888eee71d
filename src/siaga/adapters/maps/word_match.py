"""How well the words somebody said are the words of a name, in any order, some missing, the last only begun."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

LEFT_OVER = 16.0  # taken off for words of the name that were not said, at most
UNSAID = 48.0  # taken off for words said that the name does not have, at most
BEGUN_WORD = 0.94  # a word that is only begun, beside the whole word
INITIAL = 0.80  # "a yani" for "ahmad yani"
LIKENESS_MIN = 0.5  # less alike words are different words
WEAK_WEIGHT = 0.25  # a title, or the city's own name, beside a word that tells one name from another


def word_by_word(said: Sequence[str], name: Sequence[str], weak: frozenset[str]) -> float:
    """0 to 100: each word said beside its best word of the name, less what is left over on either side."""
    weight_said = [_weight(word, weak) for word in said]
    weight_name = [_weight(word, weak) for word in name]
    last = len(said) - 1
    pairs = sorted(
        (
            (weight_said[i] * value, value, -i, -j)
            for i, word in enumerate(said)
            for j, other in enumerate(name)
            if (value := _likeness(word, other, begun=i == last)) >= LIKENESS_MIN
        ),
        reverse=True,
    )
    of_said: dict[int, float] = {}
    taken: set[int] = set()
    for _, value, i, j in pairs:
        if -i not in of_said and -j not in taken:
            of_said[-i] = value
            taken.add(-j)
    if not of_said:
        return 0.0
    told = sum(weight_said[i] for i in of_said)
    quality = sum(weight_said[i] * value for i, value in of_said.items()) / told
    unsaid = 1.0 - told / sum(weight_said)
    left_over = 1.0 - sum(weight_name[j] for j in taken) / sum(weight_name)
    return 100.0 * quality - UNSAID * unsaid - LEFT_OVER * left_over


def _weight(word: str, weak: frozenset[str]) -> float:
    return len(word) * (WEAK_WEIGHT if word in weak else 1.0)


def _likeness(word: str, other: str, *, begun: bool) -> float:
    """0 to 1. The last word may be only begun; one letter may stand for a name; a number is itself or not."""
    if word == other:
        return 1.0
    if word.isdigit() or other.isdigit():
        return 0.0
    if len(word) == 1:
        return INITIAL if other.startswith(word) else 0.0
    if begun and other.startswith(word):
        return BEGUN_WORD
    return (fuzz.ratio(word, other) / 100.0 + OSA.normalized_similarity(word, other)) / 2.0
