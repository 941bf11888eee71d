"""The features a text is told apart by: its words, pairs of words, and pieces of words. The same in training and use.

Rule 1: digits are masked before anything else, so that no house or telephone number is ever learned.
Rule 2: pieces never reach across words, so that every piece can be explained by the word it is of.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from siaga.domain.spelling import folded

PIECE_LETTERS_MIN, PIECE_LETTERS_MAX = 2, 5
WORDS_MAX = 200  # of one text; the rest is a story, not what happened
WORD_LETTERS_MAX = 30
_DIGITS = re.compile(r"\d+")


def words_of(text: str) -> list[str]:
    """The words as they are compared: lower case, no accents, every run of digits a single 0."""
    return [word[:WORD_LETTERS_MAX] for word in _DIGITS.sub("0", folded(text)).split()[:WORDS_MAX]]


def features_of(words: list[str]) -> Counter[str]:
    """How often each feature occurs. ``w:`` a word, ``b:`` two in a row, ``c:`` a piece with the word's ends as _."""
    found: Counter[str] = Counter()
    for word in words:
        found.update(pieces_of(word))
    found.update(f"b:{first} {second}" for first, second in pairwise(words))
    return found


@lru_cache(maxsize=20_000)
def pieces_of(word: str) -> tuple[str, ...]:
    """The word itself and its pieces."""
    padded = f"_{word}_"
    pieces = [
        f"c:{padded[at : at + letters]}"
        for letters in range(PIECE_LETTERS_MIN, PIECE_LETTERS_MAX + 1)
        for at in range(len(padded) - letters + 1)
    ]
    return (f"w:{word}", *pieces)
