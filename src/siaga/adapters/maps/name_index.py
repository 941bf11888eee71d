"""Which of a hundred thousand names share letters with what was typed: the first, rough sieve of the gazetteer.

Every name is cut into groups of two and three letters; a name is a candidate when it shares rare groups with the
query. All of it is a few numpy arrays: 84,000 names take some megabytes, and a query one or two milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

ALPHABET = (
    " abcdefghijklmnopqrstuvwxyz0123456789"  # what `folded` leaves; the blank marks where words begin and end
)
LETTERS = len(ALPHABET) + 1  # one more for anything else
PAIRS_FROM = LETTERS**3  # codes of three letters come first, then those of two
GROUPS = PAIRS_FROM + LETTERS**2
COMMON_SHARE = 0.12  # a group in more names than this tells too little for what counting it costs
NAME_SHARE_WEIGHT = (
    0.6  # how much it matters that nothing of the name is left over, beside nothing of the query
)
TOLD_MIN = 4  # with fewer rare groups than this the common ones are counted as well
SHARED_SHARE_MIN = 0.22  # a name that shares less than this of what the best one shares is not looked at

PORTION = 4_000  # names at once: whatever numpy does to all of them in one step, the event loop waits for

_CODE = np.full(256, LETTERS - 1, dtype=np.int64)
for _at, _letter in enumerate(ALPHABET):
    _CODE[ord(_letter)] = _at

Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]


class NameIndex:
    """The letters of many names. Built once, then only read."""

    def __init__(self, names: Sequence[str]) -> None:
        self._count = len(names)
        keys = np.sort(
            np.concatenate([self._keys(names, first) for first in range(0, len(names) or 1, PORTION)])
        )
        keys = keys[np.diff(keys, prepend=-1) > 0]  # each group once a name
        groups, owners = np.divmod(keys, max(self._count, 1))
        self._owners = owners.astype(np.int32)
        self._starts = np.searchsorted(groups, np.arange(GROUPS + 1)).astype(np.int64)
        amounts = np.diff(self._starts)
        self._rarity = np.log((self._count + 1.0) / (amounts + 0.5))
        self._weights = np.bincount(owners, weights=self._rarity[groups], minlength=self._count)
        self._common = max(COMMON_SHARE * self._count, 50.0)

    def _keys(self, names: Sequence[str], first: int) -> Numbers:
        """One number for each group of each name from ``first`` on: the group, then the name."""
        groups, owners = _groups_of(names[first : first + PORTION])
        return groups * max(self._count, 1) + (owners + first)

    def candidates(self, typed: str, most: int, bonus: Callable[[Numbers], Scores] | None = None) -> Numbers:
        """The at most ``most`` names that share most with ``typed`` (folded words), in no order.

        ``bonus``: something to add for some names (0 to 1), when letters alone do not decide.
        """
        if not self._count or not typed:
            return np.zeros(0, dtype=np.int64)
        groups = np.unique(_groups_of([typed])[0])
        amounts = self._starts[groups + 1] - self._starts[groups]
        told = amounts > 0
        if (rare := told & (amounts <= self._common)).sum() >= min(len(groups), TOLD_MIN):
            told = rare
        total = float(self._rarity[groups].sum())
        groups, amounts = groups[told], amounts[told]
        if not len(groups):
            return np.zeros(0, dtype=np.int64)
        owners = np.concatenate([self._owners[self._starts[g] : self._starts[g + 1]] for g in groups])
        weights = np.repeat(self._rarity[groups], amounts)
        shared = np.bincount(owners, weights=weights, minlength=self._count)
        found = np.flatnonzero(shared >= SHARED_SHARE_MIN * shared.max())
        scores = shared[found] * (1.0 / total + NAME_SHARE_WEIGHT / self._weights[found])
        if bonus is not None:
            scores = scores + bonus(found)
        if len(found) > most:
            found = found[np.argpartition(scores, -most)[-most:]]
        return found


def _groups_of(names: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Codes of all groups of all names, and beside each the number of its name.

    Threes know where words begin; twos do not, because "karang getas" and "karanggetas" are one street.
    """
    spaced = [f" {name} ".encode("ascii", "replace") for name in names]
    joined = [name.replace(" ", "").encode("ascii", "replace") for name in names]
    threes, three_owners = _runs(spaced, 3)
    twos, two_owners = _runs(joined, 2)
    return np.concatenate([threes, twos + PAIRS_FROM]), np.concatenate([three_owners, two_owners])


def _runs(texts: Sequence[bytes], length: int) -> tuple[Numbers, Numbers]:
    """Every ``length`` letters in a row within one text, as a number."""
    sizes = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    letters = _CODE[np.frombuffer(b"".join(texts), dtype=np.uint8)]
    if len(letters) < length:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), sizes)
    last = len(letters) - length + 1
    codes = np.zeros(last, dtype=np.int64)
    for at in range(length):
        codes = codes * LETTERS + letters[at : at + last]
    inside = owners[:last] == owners[length - 1 :]
    return codes[inside], owners[:last][inside]
