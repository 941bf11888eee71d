"""What the web process knows of the type model: the newest one that can be used, and what it says about a text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from siaga.domain.city import City
from siaga.domain.incident_type import IncidentType
from siaga.domain.type_match import TYPED_CHARACTERS_MAX
from siaga.features.incidents.types.model import LinearModel, ModelUnreadable, unpacked

log = logging.getLogger("siaga.web")


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A type the model proposes, sure enough. ``words`` weighed most."""

    type: IncidentType
    words: tuple[str, ...]

    @property
    def because(self) -> str:
        """The reason in Indonesian."""
        said = ", ".join(f"“{word}”" for word in self.words)
        return f"usulan model: {said}" if said else "usulan model"


class TypeAdvice:
    """The model in use, or silence."""

    def __init__(self, model: LinearModel | None = None, threshold: float | None = None) -> None:
        self._model, self._threshold = model, threshold
        self.edition = 0

    async def refresh(self, archive: Reader) -> None:
        """Take the newest model. One that cannot be read leaves the one in use."""
        rows = await archive.rows(
            "select edition, threshold, digest, case when threshold is null or edition = $2 then '' else weights end "
            "as weights from type_model where city_id = $1 order by edition desc limit 1",
            self.edition,
        )
        if not rows or rows[0]["edition"] == self.edition:
            return
        newest = rows[0]
        try:
            model = None
            if newest["threshold"] is not None:
                model = await asyncio.to_thread(unpacked, newest["weights"], newest["digest"])
        except ModelUnreadable as broken:
            log.error("type model %d is not used: %s", newest["edition"], broken)
            return
        self._model, self._threshold, self.edition = model, newest["threshold"], newest["edition"]

    def on(self, city: City, text: str) -> tuple[Advice, ...]:
        """The types it is sure enough about: the best one, then its next thoughts; empty below the threshold."""
        if self._model is None or self._threshold is None:
            return ()
        found = self._model.propose(text[-TYPED_CHARACTERS_MAX:])
        if not found or found[0].confidence < self._threshold:
            return ()
        return tuple(
            Advice(type=city.type_by_code[one.type], words=one.words)
            for one in found
            if one.type in city.type_by_code and not city.type_by_code[one.type].protected
        )
