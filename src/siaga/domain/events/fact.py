"""Everything that can happen, as past-tense frozen facts.

Rule 1: the journal stores ``name``, never a class path; a changed meaning gets a new version.
Rule 2: events carry references, never a person's name, number, voice or words (those live in erasable rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact. ``at`` is when it became true (aware UTC)."""

    name: ClassVar[str]
    at: datetime
