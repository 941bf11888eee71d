"""The type model in use: a few additions in NumPy, no training library, no pickle.

A text becomes TF-IDF values of the features the model knows; each type has a weight for each. How far the best type
is ahead of the second is the confidence; below the measured threshold the model says nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from siaga.domain.spelling import FILLERS
from siaga.features.incidents.types.words import features_of, pieces_of, words_of

PROPOSED_MAX = 3
WORDS_SHOWN_MAX = 2
FEATURES_MAX = 40_000
TYPES_MAX = 1_000
KNOWN_WORDS_MIN = 1  # a text of which the model knows no word is none of its business
PACKED_BYTES_MAX = 64 * 1024 * 1024

Floats = npt.NDArray[np.float32]


class ModelUnreadable(Exception):
    """What was stored is not a model this program can use."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One type the model thinks of. ``words`` weighed most; ``confidence`` is how far it is ahead, in score."""

    type: str
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearModel:
    """``weights``: one row a type. ``rarity``: inverse document frequency of each feature, by its place."""

    types: tuple[str, ...]
    features: tuple[str, ...]
    rarity: Floats
    weights: Floats
    bias: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place_of", {feature: at for at, feature in enumerate(self.features)})

    def propose(self, text: str) -> tuple[Proposal, ...]:
        """The best types, best first, however unsure; empty when the model knows no word of the text."""
        words = words_of(text)
        places, values = self.values(words)
        if not len(places) or not any(f"w:{word}" in self._places for word in words):
            return ()
        scores = self.weights[:, places].astype(np.float32) @ values + self.bias
        order = np.argsort(-scores, kind="stable")[:PROPOSED_MAX]
        second = float(scores[order[1]]) if len(scores) > 1 else -1.0
        return tuple(
            Proposal(
                type=self.types[at],
                confidence=float(scores[at]) - (second if rank == 0 else float(scores[order[0]])),
                words=self._telling(int(at), words, places, values),
            )
            for rank, at in enumerate(order)
        )

    def values(self, words: Sequence[str]) -> tuple[npt.NDArray[np.int64], Floats]:
        """Places of the known features, and their TF-IDF values, of length one together."""
        counted = features_of(list(words))
        known = [(self._places[name], count) for name, count in counted.items() if name in self._places]
        places = np.array([place for place, _ in known], dtype=np.int64)
        counts = np.array([count for _, count in known], dtype=np.float32)
        if not known:
            return places, counts
        values = (1.0 + np.log(counts)) * self.rarity[places]
        length = float(np.sqrt(np.sum(values * values))) or 1.0
        return places, (values / length).astype(np.float32)

    @property
    def _places(self) -> dict[str, int]:
        found: dict[str, int] = self._place_of  # type: ignore[attr-defined]
        return found

    def _telling(
        self, type: int, words: Sequence[str], places: npt.NDArray[np.int64], values: Floats
    ) -> tuple[str, ...]:
        """The words that speak for this type most: each is worth what it and its pieces are worth."""
        worth = dict(zip(places.tolist(), (self.weights[type, places] * values).tolist(), strict=True))
        weighed = {
            word: sum(worth.get(self._places.get(piece, -1), 0.0) for piece in pieces_of(word))
            for word in words
            if word not in FILLERS  # people say them around anything
        }
        best = sorted(weighed, key=lambda word: -weighed[word])[:WORDS_SHOWN_MAX]
        return tuple(word for word in best if weighed[word] > 0)


def packed(model: LinearModel) -> tuple[str, str]:
    """The model as base64 of a NumPy archive (arrays) with its names as JSON inside, and its SHA-256."""
    names = json.dumps({"types": model.types, "features": model.features}, ensure_ascii=False)
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        names=np.frombuffer(names.encode(), dtype=np.uint8),
        rarity=model.rarity.astype(np.float32),
        weights=model.weights.astype(np.float16),  # half the size; the scores move in the third digit
        bias=model.bias.astype(np.float32),
    )
    data = stream.getvalue()
    return base64.b64encode(data).decode(), hashlib.sha256(data).hexdigest()


def unpacked(weights: str, digest: str) -> LinearModel:
    """The model again. Raises ModelUnreadable when it is damaged or not ours; nothing in it is ever executed."""
    try:
        data = base64.b64decode(weights, validate=True)
        if len(data) > PACKED_BYTES_MAX or hashlib.sha256(data).hexdigest() != digest:
            raise ModelUnreadable("the stored model is damaged")
        with np.load(io.BytesIO(data), allow_pickle=False) as parts:
            names: dict[str, Any] = json.loads(bytes(parts["names"]).decode())
            model = LinearModel(
                types=tuple(names["types"]),
                features=tuple(names["features"]),
                rarity=parts["rarity"].astype(np.float32),
                weights=parts["weights"].astype(np.float32),
                bias=parts["bias"].astype(np.float32),
            )
    except (binascii.Error, ValueError, KeyError, TypeError, OSError, BadZipFile) as broken:
        raise ModelUnreadable(f"the stored model cannot be read: {type(broken).__name__}") from broken
    if model.weights.shape != (len(model.types), len(model.features)) or len(model.bias) != len(model.types):
        raise ModelUnreadable("the stored model does not fit together")
    return model
