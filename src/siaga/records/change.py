"""A change set: everything one action wants to be remembered, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from siaga.domain.errors import RuleBroken, TooBusy
from siaga.domain.event import Event


class Moved(Exception):
    """A row this action had read has changed since; load and decide again."""


class TooContended(RuleBroken):
    """Other people kept changing the same thing."""

    def __init__(self) -> None:
        super().__init__("Data ini sedang diubah orang lain. Lihat yang terbaru, lalu coba lagi.")


class Busy(TooBusy):
    """The writer's bounded queue is full."""

    def __init__(self) -> None:
        super().__init__("Sistem sedang sangat sibuk. Coba lagi sebentar.")


class NotRecorded(RuleBroken):
    """The record refused this change set for a reason of its own (a constraint); its neighbours are safe."""

    status = 422

    def __init__(self, detail: str) -> None:
        super().__init__("Data ini tidak dapat dicatat. Periksa isinya lalu kirim lagi.")
        self.detail = detail


@dataclass(slots=True)
class Write:
    """One row written. ``expected`` is the version read, ``None`` for a new row; ``entity`` ``None`` deletes."""

    table: str
    key: tuple[Any, ...]
    expected: int | None
    entity: Any


@dataclass(slots=True)
class ChangeSet:
    """What one action decided: rows with the versions it read, and its events, in order."""

    writes: dict[tuple[str, tuple[Any, ...]], Write] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    idempotency_key: str | None = None
    result: Any = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the archive answers after it is on disk.

    ``position`` is the journal position of the last event (0 when there was none); ``numbers`` are the
    incident numbers given, by incident id; ``repeated`` says an idempotency key was seen before, and then
    ``result`` is the first answer as JSON would carry it.
    """

    result: Any
    position: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)
    repeated: bool = False
