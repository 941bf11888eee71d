"""Training the type model on what takers finally chose, and measuring honestly how far it can be trusted.

TF-IDF of words and pieces of words, and a linear classifier. The city's own words for each type are learned beside the
incidents, so that a type nobody has reported yet is known too. Every figure comes from cross-validation: each incident
is judged by a model that has not seen it. Incidents of types too rare to learn take part and count as wrong.

Only a training process loads the training library; the web process never does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np
import numpy.typing as npt

from siaga.domain.type_learning import (
    ANSWERED_MIN,
    INCIDENTS_PER_FEATURE_MIN,
    LABELS_MIN,
    PRECISION_WANTED,
    TYPE_LABELS_MIN,
)
from siaga.features.incidents.types.model import FEATURES_MAX, TYPES_MAX, Floats, LinearModel
from siaga.features.incidents.types.words import features_of, words_of

FOLDS = 5
SEED = 112
REGULARISATION = 1.0
PRECISIONS_SHOWN = (0.90, 0.95, 0.98)
THRESHOLDS_TRIED = 200
SURENESS = 1.645  # standard errors: the precision promised is below the true one in 19 trainings of 20


@dataclass(frozen=True)
class Label:
    """One incident: what was typed, and the type it finally had."""

    text: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How a model was measured. Shares are of all labels, also of those it cannot know.

    ``thresholds``: for each wanted precision the confidence, the share answered and the precision measured there.
    """

    labels: int
    types: int
    majority: float
    top_1: float
    top_3: float
    thresholds: dict[str, dict[str, float]] = field(default_factory=dict)
    train_seconds: float = 0.0
    why_silent: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """A model ready to be kept. ``threshold`` None: it stays silent, and ``figures.why_silent`` says why."""

    model: LinearModel | None
    threshold: float | None
    figures: Figures


def train(labels: Sequence[Label], own: Sequence[Label] = (), *, labels_min: int = LABELS_MIN) -> Trained:
    """The model for these labels. Needs seconds and a core; never call it on an event loop.

    ``own``: what the city itself calls its types. They are learned, never judged by, and count as no label.
    """
    counted = Counter(label.type for label in labels)
    often = Counter(label.type for label in (*labels, *own))
    learned = sorted(type for type, times in often.items() if times >= TYPE_LABELS_MIN)[:TYPES_MAX]
    majority = max(counted.values(), default=0) / len(labels) if labels else 0.0
    if len(labels) < labels_min or len(learned) < 2:
        why = "labels" if len(labels) < labels_min else "types"
        figures = Figures(
            labels=len(labels), types=len(learned), majority=majority, top_1=0.0, top_3=0.0, why_silent=why
        )
        return Trained(model=None, threshold=None, figures=figures)
    import_module("sklearn.svm")  # loaded here, so that it is not counted as training
    began = time.perf_counter()
    model = fit(labels, learned, own)
    seconds = time.perf_counter() - began
    judged = cross_validated(labels, learned, own)
    thresholds = {
        f"{wanted:.2f}": found
        for wanted in PRECISIONS_SHOWN
        if (found := threshold_for(judged, wanted)) is not None
    }
    chosen = thresholds.get(f"{PRECISION_WANTED:.2f}")
    figures = Figures(
        labels=len(labels),
        types=len(learned),
        majority=round(majority, 4),
        top_1=round(float(np.mean(judged.right)), 4),
        top_3=round(float(np.mean(judged.among_three)), 4),
        thresholds=thresholds,
        train_seconds=round(seconds, 2),
        why_silent="" if chosen else "precision",
    )
    return Trained(model=model, threshold=chosen["confidence"] if chosen else None, figures=figures)


def fit(labels: Sequence[Label], learned: Sequence[str], own: Sequence[Label] = ()) -> LinearModel:
    """One linear model over the labels of these types, and over the city's own words for them."""
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    wanted = set(learned)
    known = [label for label in labels if label.type in wanted]
    named = [label for label in own if label.type in wanted]
    features, rarity = _vocabulary(known, named)
    known += named
    place_of = {name: at for at, name in enumerate(features)}
    blank = LinearModel(
        types=tuple(learned),
        features=features,
        rarity=rarity,
        weights=np.zeros((len(learned), len(features)), np.float32),
        bias=np.zeros(len(learned), np.float32),
    )
    rows, columns, values = [], [], []
    for row, label in enumerate(known):
        places, value = blank.values(words_of(label.text))
        rows += [row] * len(places)
        columns += places.tolist()
        values += value.tolist()
    matrix = csr_matrix((values, (rows, columns)), shape=(len(known), len(place_of)), dtype=np.float64)
    order = {type: at for at, type in enumerate(learned)}
    targets = np.array([order[label.type] for label in known])
    machine = LinearSVC(C=REGULARISATION, random_state=SEED)
    machine.fit(matrix, targets)
    weights, bias = _per_type(machine.coef_, machine.intercept_, machine.classes_, len(learned))
    return LinearModel(types=tuple(learned), features=features, rarity=rarity, weights=weights, bias=bias)


def _vocabulary(labels: Sequence[Label], own: Sequence[Label]) -> tuple[tuple[str, ...], Floats]:
    """The features that occur in several incidents or in the city's own words, the commonest when there are too many,
    and how rare each is among the incidents."""
    seen = _occurrences(labels)
    kept = {name: times for name, times in seen.items() if times >= INCIDENTS_PER_FEATURE_MIN}
    kept |= {name: max(1, seen[name]) for name in _occurrences(own)}
    chosen = sorted(kept.items(), key=lambda one: (-one[1], one[0]))[:FEATURES_MAX]
    chosen.sort()
    times = np.array([times for _, times in chosen], dtype=np.float64)
    return tuple(name for name, _ in chosen), (np.log((1 + len(labels)) / (1 + times)) + 1).astype(np.float32)


def _occurrences(labels: Sequence[Label]) -> Counter[str]:
    """In how many texts each feature occurs."""
    return Counter(name for label in labels for name in features_of(words_of(label.text)))


def _per_type(
    weights: npt.NDArray[np.float64], bias: npt.NDArray[np.float64], seen: npt.NDArray[np.int64], types: int
) -> tuple[Floats, Floats]:
    """One row a type: of two types the library gives one row; a type missing from a fold can never win."""
    if len(seen) == 2 and len(weights) == 1:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    all_weights = np.zeros((types, weights.shape[1]), np.float32)
    all_bias = np.full(types, -10.0, np.float32)
    all_weights[seen], all_bias[seen] = weights, bias
    return all_weights, all_bias


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """For each label: how sure the model was, whether it was right, and whether the truth was among its three."""

    confidence: npt.NDArray[np.float64]
    right: npt.NDArray[np.bool_]
    among_three: npt.NDArray[np.bool_]


def cross_validated(labels: Sequence[Label], learned: Sequence[str], own: Sequence[Label] = ()) -> Judged:
    """Each label judged by a model of the other folds; a fold keeps the mix of types. Same words, same fold."""
    folds = _folds(labels)
    confidence, right, among = np.zeros(len(labels)), np.zeros(len(labels), bool), np.zeros(len(labels), bool)
    for fold in range(FOLDS):
        model = fit([label for label, of in zip(labels, folds, strict=True) if of != fold], learned, own)
        for at in (at for at, of in enumerate(folds) if of == fold):
            found = model.propose(labels[at].text)
            if found:
                confidence[at] = found[0].confidence
                right[at] = found[0].type == labels[at].type
                among[at] = labels[at].type in {one.type for one in found}
    return Judged(confidence=confidence, right=right, among_three=among)


def _folds(labels: Sequence[Label]) -> list[int]:
    """A fold for each label. Texts of the same words stay together, or the model would only have to remember."""
    random = np.random.default_rng(SEED)
    groups: dict[str, str] = {}
    for label in labels:
        groups.setdefault(" ".join(words_of(label.text)), label.type)
    fold_of: dict[str, int] = {}
    for type in sorted(set(groups.values())):
        texts = sorted(text for text, of in groups.items() if of == type)
        start = int(random.integers(FOLDS))
        for at, chosen in enumerate(random.permutation(len(texts))):
            fold_of[texts[chosen]] = (start + at) % FOLDS
    return [fold_of[" ".join(words_of(label.text))] for label in labels]


def threshold_for(judged: Judged, wanted: float) -> dict[str, float] | None:
    """The lowest confidence from which on the answers were right that often; None when there is none.

    By the lower end of what such a count allows (Wilson's interval), so that it holds for the next texts as well and
    not only for these: few answers must be the more often right.
    """
    sure = judged.confidence[judged.confidence > 0]
    if len(sure) < ANSWERED_MIN:
        return None
    found = None
    for confidence in np.unique(np.quantile(sure, np.linspace(1.0, 0.0, THRESHOLDS_TRIED)))[::-1]:
        answered = judged.confidence >= confidence
        if answered.sum() < ANSWERED_MIN:
            continue
        precision = float(judged.right[answered].mean())
        if _at_least(precision, int(answered.sum())) >= wanted:
            found = {
                "confidence": float(confidence),
                "answered": round(float(answered.mean()), 4),
                "precision": round(precision, 4),
            }
    return found


def _at_least(share: float, amount: int) -> float:
    """The lower end of Wilson's interval of a share counted on so many."""
    z2 = SURENESS**2 / amount
    middle = share + z2 / 2
    return (middle - float(np.sqrt(share * (1 - share) * z2 + z2**2 / 4))) / (1 + z2)
