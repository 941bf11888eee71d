"""What the type model is, when it learns, and when it may speak.

Rule 1: it proposes, a person chooses; nothing is ever sent by it.
Rule 2: it is silent until it has seen enough labels, and below the confidence at which it was measured to be right.
Rule 3: what it has learned holds no words of one caller: only what occurs in several incidents is kept, or stands in
the city's own list of types.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

NIGHTLY = "nightly"
LABELS_MIN = 200
# Below some 200 labels the same kind of model was right in seven of ten at best (design, s.6): words do better then.
TYPE_LABELS_MIN = 5  # of one type; fewer cannot be learned, they only count as what it gets wrong
INCIDENTS_PER_FEATURE_MIN = 3  # a word of fewer incidents may be a name, and is not kept
PRECISION_WANTED = 0.95
ANSWERED_MIN = 30  # a precision measured on fewer answers is luck
EDITIONS_WITH_WEIGHTS = 3  # the newest keep their weights, older ones only their figures
RETRY_MINUTES = 30  # after a training that failed


@dataclass(frozen=True, kw_only=True)
class LearningRules:
    """When the city's desk is quiet. ``at``: local time of the nightly training."""

    at: time = time(3, 20)


STANDARD_LEARNING = LearningRules()  # a city whose room.toml says nothing about it


@dataclass(frozen=True, kw_only=True)
class TypeModel:
    """One trained model. ``weights``: base64 of a NumPy archive without pickles; empty when it is too old.

    ``figures``: JSON of how it was measured. ``threshold``: confidence from which it speaks; none: it is silent.
    """

    id: str
    edition: int
    trained_at: datetime
    labels: int
    types: int
    threshold: float | None
    figures: str
    digest: str
    weights: str = ""


@dataclass(frozen=True, kw_only=True)
class Learning:
    """The deadline of the next training, kept as a row so that a restart forgets nothing."""

    id: str
    due_at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = ""


def next_night(rules: LearningRules, now: datetime, zone: tzinfo) -> datetime:
    """When the next training is due after ``now``."""
    local = now.astimezone(zone)
    tonight = local.replace(hour=rules.at.hour, minute=rules.at.minute, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)
