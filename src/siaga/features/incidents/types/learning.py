"""What the type model learns from, and keeping what it has learned.

Rule 1: no text leaves this process: not into a log, not into the journal, not into the stored model.
Rule 2: protected incidents are never learned from, nor are types that protect, nor rehearsals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from siaga.domain.city import City
from siaga.domain.event import TypeModelTrained
from siaga.domain.spelling import folded
from siaga.domain.type_learning import EDITIONS_WITH_WEIGHTS, TypeModel
from siaga.features.incidents.types.model import packed
from siaga.features.incidents.types.training import Label, Trained
from siaga.records.archive import Transaction

LABELS_MAX = 50_000  # the newest; ten years of a city
LEARNED_DAYS = 1095  # older words describe another city

# The first line of an incident's story is what its taker typed into Apa, when that said more than the type's name.
_TYPED = """
    select i.type, said.text from incident i
    cross join lateral (
        select n.text from note n
        where n.city_id = i.city_id and n.incident = i.id and n.struck_at is null order by n.at, n.id limit 1
    ) said
    where i.city_id = $1 and i.opened_at >= $2 and not i.protected and not i.demo
      and i.type = any($3::text[])
    order by i.opened_at desc limit $4
"""


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


async def labels_of(archive: Reader, city: City, now: datetime) -> list[Label]:
    """What takers typed and which type the incident finally had."""
    open_types = [kind.code for kind in city.types if not kind.protected]
    rows = await archive.rows(_TYPED, now - timedelta(days=LEARNED_DAYS), open_types, LABELS_MAX)
    names = {kind.code: {folded(name) for name in (kind.name, kind.name_en)} for kind in city.types}
    return [
        Label(row["text"], row["type"])
        for row in rows
        if folded(row["text"]) and folded(row["text"]) not in names[row["type"]]
    ]


def own_words(city: City) -> list[Label]:
    """What the city itself calls each type it may learn: its name and its synonyms in every language of the list."""
    return [
        Label(text, kind.code)
        for kind in city.types
        if not kind.protected
        for text in dict.fromkeys([kind.name, *kind.synonyms, *(word.text for word in kind.local_words)])
    ]


async def keep_model(tx: Transaction, *, trained: Trained, now: datetime) -> int:
    """Store what was trained as the next edition, also when it will stay silent; returns its number."""
    known = await tx.find(TypeModel, order=("edition",))
    edition = known[-1].edition + 1 if known else 1
    speaks = trained.model is not None and trained.threshold is not None
    weights, digest = packed(trained.model) if trained.model is not None and speaks else ("", "")
    model = TypeModel(
        id=f"{edition:06d}",
        edition=edition,
        trained_at=now,
        labels=trained.figures.labels,
        types=trained.figures.types,
        threshold=trained.threshold if speaks else None,
        figures=msgspec.json.encode(asdict(trained.figures)).decode(),
        digest=digest,
        weights=weights,
    )
    tx.put(model)
    for old in known[: max(0, len(known) + 1 - EDITIONS_WITH_WEIGHTS)]:
        if old.weights:
            tx.put(replace(old, weights="", threshold=None))
    tx.record(TypeModelTrained(version=edition, labels=model.labels, speaks=speaks, at=now))
    return edition
