"""What a typed command would do, said in words, together with the act that does exactly this.

A planner reads in a transaction and answers a ``Plan``; nothing is written until ``Plan.act`` runs in the same
transaction. Preview and run therefore cannot differ: the sentence and the act come out of one function.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siaga.domain.city import City
from siaga.domain.command import Command
from siaga.domain.command_words import Verb
from siaga.domain.errors import RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Viewer
from siaga.records.archive import Transaction

FINGERPRINT_CHARACTERS = 32


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One command, who typed it, and where."""

    command: Command
    city: City
    finder: PlaceFinder
    by: Viewer
    now: datetime


@dataclass(frozen=True)
class Said:
    """A sentence: an Indonesian msgid and what fills its gaps. ``translated`` gaps are msgids themselves."""

    text: str
    gaps: Mapping[str, Any] = field(default_factory=dict)
    translated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of it besides the record, for the screen. ``lines`` may be personal data: shown, never kept."""

    url: str = ""
    show: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Said, ...] = ()


Act = Callable[[Transaction], Awaitable[Done | None]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``says`` is the preview; ``basis`` names what else must not have changed until Enter (ids, states)."""

    says: tuple[Said, ...]
    act: Act
    basis: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Another one: it would do something else than was shown."""
        said = [[one.text, dict(one.gaps), dict(one.translated)] for one in self.says]
        text = json.dumps([said, list(self.basis)], sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_CHARACTERS]


@dataclass(frozen=True)
class Choice:
    """A word that may be meant, and what it is. ``label`` is in the city's or the viewer's words already."""

    word: str
    label: str = ""


class Unclear(RuleBroken):
    """A word of the command means nothing, or several things; ``choices`` are what it may have meant."""

    def __init__(self, message: str, *, choices: tuple[Choice, ...] = (), **words: object) -> None:
        super().__init__(message, **words)
        self.choices = choices


Planner = Callable[[Transaction, Asked], Awaitable[Plan]]


@dataclass(frozen=True, kw_only=True)
class CommandTable:
    """All verbs of this house with who plans them."""

    planners: Mapping[Verb, Planner]
